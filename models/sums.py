"""Sums of deals: added up by the database, in whole minor units, never across currencies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tortoise.expressions import Case, F, Q, RawSQL, When
from tortoise.functions import Count, Sum
from tortoise.queryset import QuerySet

from models.deal import Deal, Stage

# An amount is added up in two parts: a sum of whole ones could leave the 64 bits of a column.
_PART = 1_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """The deals of one stage, one currency and one own probability: how many, and what they are worth.

    ``minor`` is in minor units. ``currency`` None: deals without an amount. ``probability`` in percent,
    None where the stage's counts. ``span`` is the place of the span that they are in, where there are some.
    """

    stage_id: int
    currency: str | None
    probability: int | None
    deals: int
    minor: int
    span: int | None = None


async def parts(rows: QuerySet[Deal], *spans: Q) -> list[Part]:
    """What those deals add up to, by stage, currency and own probability: a few rows, however many deals.

    By ``spans`` too, where some are given: a deal is in the first whose condition it meets, or in none.
    """
    by: tuple[str, ...] = ("stage_id", "currency", "probability")
    if spans:
        by = (*by, "span")
        rows = rows.annotate(span=Case(*(When(each, then=str(n)) for n, each in enumerate(spans))))
    added = rows.order_by().annotate(
        deals=Count("id"),
        whole=Sum(F("amount") / _PART),
        rest=RawSQL(f'SUM("deal"."amount" % {_PART})'),
    )
    return [
        Part(
            row["stage_id"],
            row["currency"],
            row["probability"],
            row["deals"],
            int(row["whole"] or 0) * _PART + int(row["rest"] or 0),
            None if row.get("span") is None else int(row["span"]),
        )
        for row in await added.group_by(*by).values(*by, "deals", "whole", "rest")
    ]


def count(found: Iterable[Part]) -> int:
    """How many deals."""
    return sum(part.deals for part in found)


def sums(found: Iterable[Part]) -> dict[str, int]:
    """Minor units by currency."""
    added: dict[str, int] = {}
    for part in found:
        if part.currency is not None:
            added[part.currency] = added.get(part.currency, 0) + part.minor
    return added


def weighted(found: Iterable[Part], probabilities: Mapping[int, int]) -> dict[str, int]:
    """Minor units by currency, each deal times its probability; ``probabilities`` are the stages' in percent.

    Rounded once, half up.
    """
    hundredths: dict[str, int] = {}
    for part in found:
        if part.currency is not None:
            percent = probabilities[part.stage_id] if part.probability is None else part.probability
            hundredths[part.currency] = hundredths.get(part.currency, 0) + part.minor * percent
    return {currency: (value + 50) // 100 for currency, value in hundredths.items()}


async def probabilities(found: Iterable[Part]) -> dict[int, int]:
    """The probability, in percent, of each stage that the deals are in."""
    stages = await Stage.filter(id__in={part.stage_id for part in found})
    return {stage.id: stage.probability for stage in stages}
