"""The forecast: open deals by the month of their expected close, as they stand and weighted; what is won."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from handlers.chat.arguments import Argument, Bound
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.filters import DealFilter, Filter, understood
from handlers.chat.filters.periods import Period, counted_from_now, months_of, today
from handlers.chat.filters.scan import phrases
from handlers.chat.i18n import msg
from handlers.chat.language import languages
from handlers.chat.reading import Reading, flat
from handlers.chat.reply import Reply, Table, Text
from handlers.chat.whose import Whose
from handlers.reports import amounts
from handlers.reports.scope import reported
from models import sums
from models.deal import Deal, StageKind
from models.sums import Part

Unit = Literal["month", "quarter"]


class HorizonArgument(Argument[Unit]):
    """Whether this month and the next are meant, or quarters."""

    shape = msg("month")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Unit | None:
        for unit in ("quarter", "month"):
            match = _unit_pattern(unit).search(flat(reading.text))
            if match:
                reading.claim(*match.span())
                return "quarter" if unit == "quarter" else "month"
        return None

    def dump(self, value: Unit) -> str:
        return value

    async def load(self, ctx: Context, stored: str) -> Unit:
        return "month" if stored == "month" else "quarter"


@cache
def _unit_pattern(unit: str) -> re.Pattern[str]:
    """This month, ce trimestre, and both by themselves; a month that is over is no forecast."""
    words = [
        phrase
        for language in languages()
        for phrase, (each, offset) in language.filters.periods.items()
        if each == unit and offset >= 0
    ]
    words += [phrase.rsplit(maxsplit=1)[-1] for phrase in words]
    return re.compile(rf"(?<!\w){phrases(words).pattern}")


Horizon = Annotated[Unit, HorizonArgument()]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a period holds: its open deals, and those that were won in it."""

    period: Period
    open: list[Part]
    won: list[Part]


@command(msg("What is likely to be won, by month"), reads=True, cost=5)
async def forecast(
    ctx: Context,
    whose: Whose | None = None,
    horizon: Horizon | None = None,
    *,
    filter: DealFilter | None = None,
) -> Reply:
    """This fiscal quarter and the next, or this month and the next; one's own, for managers the team's."""
    owners = await reported(
        ctx,
        whose,
        others=ctx.text("Only managers can view another rep's forecast."),
        team=ctx.text("Only managers can view the team's forecast."),
    )
    chosen = filter or await understood(ctx, Deal, "")
    rows = Deal.visible_to(ctx.member).filter(owners.of(ctx))
    wholes = horizons(ctx, horizon)
    months = [month for whole in wholes for month in months_of(whole)]
    closing = chosen.narrow(rows).filter(closed_at__isnull=True)
    # One pass over the deals for all months, and for those that no month has.
    odd = (Q(expected_close__isnull=True), Q(expected_close__lt=months[0].first))
    expected = await sums.parts(closing, *(month.of_dates("expected_close") for month in months), *odd)
    won = await sums.parts(_won(rows, chosen), *(month.of_moments(ctx, "closed_at") for month in months))
    outlooks = [
        Outlook(
            month, [part for part in expected if part.span == n], [part for part in won if part.span == n]
        )
        for n, month in enumerate(months)
    ]
    chances = await sums.probabilities(part for each in outlooks for part in each.open)
    lines = [" · ".join([ctx.text("Forecast"), owners.shown(ctx), *chosen.words])]
    for whole in wholes:
        lines += await _total(ctx, whole, [each for each in outlooks if _within(each.period, whole)], chances)
    undated, past = (
        sums.count(part for part in expected if part.span == len(months) + n) for n in range(len(odd))
    )
    left_out = _left_out(ctx, undated, past, wholes[0])
    return Reply((Text("\n".join(lines)), _table(ctx, outlooks, chances), *left_out))


def horizons(ctx: Context, unit: Unit | None) -> list[Period]:
    """This period and the next, for the member's today."""
    return [counted_from_now(ctx, today(ctx), unit or "quarter", offset) for offset in (0, 1)]


def _within(month: Period, whole: Period) -> bool:
    return (
        month.first is not None
        and whole.first is not None
        and whole.last is not None
        and (whole.first <= month.first <= whole.last)
    )


def _won(rows: QuerySet[Deal], chosen: Filter) -> QuerySet[Deal]:
    """What was won; what the filter says of a deal's state is about those that may still be."""
    won = rows.filter(stage__kind=StageKind.WON)
    for criterion in chosen.criteria:
        won = won if criterion.state else won.filter(criterion.condition)
    return won


async def _total(
    ctx: Context, whole: Period, outlooks: Sequence[Outlook], chances: Mapping[int, int]
) -> list[str]:
    """One line for the whole period and one for each currency."""
    found = [part for each in outlooks for part in each.open]
    won = sums.sums(part for each in outlooks for part in each.won)
    first = f"{whole.shown(ctx)} · {ctx.locale.plural('{n} deal', '{n} deals', sums.count(found))}"
    added = await amounts.lines(ctx, open=sums.sums(found), weighted=sums.weighted(found, chances), won=won)
    return [first, *added]


def _table(ctx: Context, outlooks: Sequence[Outlook], chances: Mapping[int, int]) -> Table:
    head = (ctx.text("Month"), ctx.text("Deals"), ctx.text("Amount"), ctx.text("Weighted"), ctx.text("Won"))
    rows = [row for each in outlooks for row in _rows(ctx, each, chances)]
    return Table(head, tuple(rows), numeric=(1, 2, 3, 4))


def _rows(ctx: Context, outlook: Outlook, chances: Mapping[int, int]) -> list[tuple[str, ...]]:
    """A row for each currency of a month; one with nothing in it where there is none."""
    columns = (sums.sums(outlook.open), sums.weighted(outlook.open, chances), sums.sums(outlook.won))
    assert outlook.period.first is not None  # a month has both of its ends
    names = (ctx.locale.month(outlook.period.first), ctx.locale.number(sums.count(outlook.open)))
    rows = list[tuple[str, ...]]()
    for currency in amounts.currencies(ctx, *columns) or [""]:
        figures = [
            amounts.shown(ctx, column[currency], currency) if currency in column else amounts.NOTHING
            for column in columns
        ]
        rows.append((*(names if not rows else ("", "")), *figures))
    return rows


def _left_out(ctx: Context, undated: int, past: int, whole: Period) -> tuple[Text, ...]:
    """What no month counts: open deals without an expected close, and those whose close is long over."""
    lines = list[str]()
    if undated:
        lines.append(
            ctx.locale.plural(
                "Not counted: {n} deal without an expected close",
                "Not counted: {n} deals without an expected close",
                undated,
            )
        )
    if past:
        assert whole.first is not None
        lines.append(
            ctx.locale.plural(
                "Not counted: {n} deal that was to close before {day}",
                "Not counted: {n} deals that were to close before {day}",
                past,
                day=ctx.locale.date(whole.first, now=ctx.now),
            )
        )
    return (Text("\n".join(lines)),) if lines else ()
