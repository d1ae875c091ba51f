"""How a forecast has changed: what deals were likely to bring at some moment, told from their Changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from models.change import Change, plain
from models.deal import Deal, Stage, StageKind
from models.member import Member

# More changes than people make in a day are an import; it is not told deal by deal.
_MOST_CHANGES = 2_000
_COLUMNS = ("amount", "currency", "stage_id", "probability", "expected_close", "owner_id", "deleted_at")


@dataclass(frozen=True, slots=True)
class Shift:
    """By how much a deal's likely amount has changed, in hundredths of a minor unit of ``currency``."""

    deal: Deal
    currency: str
    hundredths: int


async def shifts(
    rows: QuerySet[Deal], member: Member, since: datetime, first: date, last: date
) -> list[Shift] | None:
    """What changed since then (aware) in the weighted forecast of ``first`` to ``last``, the largest first.

    ``rows`` are the deals that count today, removed ones among them; one that came to them from somebody
    else counts wholly. None where there were too many changes to tell.
    """
    changes = Change.filter(workspace_id=member.workspace_id, kind=Deal.KIND, at__gte=since)
    found = (
        await changes.filter(record_id__in=Subquery(rows.values("id")))
        .order_by("id")
        .limit(_MOST_CHANGES + 1)
    )
    if len(found) > _MOST_CHANGES:
        return None
    stages = {stage.id: stage for stage in await Stage.filter(pipeline__workspace_id=member.workspace_id)}
    deals = await rows.filter(id__in={change.record_id for change in found}).order_by("id")
    owners = {deal.owner_id for deal in deals}
    shifted = list[Shift]()
    for deal in deals:
        now = {name: plain(getattr(deal, name)) for name in _COLUMNS}
        before = _before(now, [change for change in found if change.record_id == deal.id])
        if before is not None and before["owner_id"] not in owners:
            before = None
        difference = _likely(now, stages, first, last)
        for currency, value in _likely(before, stages, first, last).items():
            difference[currency] = difference.get(currency, 0) - value
        shifted += [Shift(deal, currency, value) for currency, value in difference.items() if value]
    return sorted(shifted, key=lambda shift: (-abs(shift.hundredths), shift.deal.id))


def _before(now: Mapping[str, Any], changes: Sequence[Change]) -> dict[str, Any] | None:
    """The columns as they were before these Changes, the oldest first; None: the deal was not there."""
    before = dict(now)
    for change in reversed(changes):
        if change.created:
            return None
        before |= {name: pair[0] for name, pair in change.fields_json.items() if name in before}
    return before


def _likely(
    columns: Mapping[str, Any] | None, stages: Mapping[int, Stage], first: date, last: date
) -> dict[str, int]:
    """Amount times probability by currency, of an open deal that is to close within those days."""
    if columns is None or columns["deleted_at"] or not columns["currency"] or not columns["expected_close"]:
        return {}
    stage = stages[columns["stage_id"]]
    if stage.kind is not StageKind.OPEN or not first <= date.fromisoformat(columns["expected_close"]) <= last:
        return {}
    percent = stage.probability if columns["probability"] is None else columns["probability"]
    return {columns["currency"]: columns["amount"] * percent}
