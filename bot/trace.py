"""``parley trace``: what became of one message. Commands, outcomes and times; never what was said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

from bot.refused import Refused
from models.change import Change
from models.kept import KINDS
from models.messaging.inbox import Incoming, inbox_id, reference

# What is read of an inbox row: neither what was said nor where.
COLUMNS = (
    "id",
    "platform",
    "received_at",
    "state",
    "member_id",
    "command",
    "outcome",
    "attempts",
    "done_at",
    "took_ms",
)


async def told(ref: str) -> str:
    """One turn as lines of ``name  value``; instants in UTC, durations in milliseconds.

    Raises:
        Refused: there is no such turn.
    """
    number = inbox_id(ref)
    if number is None:
        raise Refused(f"{ref!r} is no reference. One looks like {reference(1)}.", status=2)
    turns = await Incoming.filter(id=number).only(*COLUMNS) if number < 2**63 else []
    if not turns:
        raise Refused(f"There is no turn {ref}; old ones are pruned.")
    lines = [*facts(turns[0]), *[("change", change) async for change in _changes(turns[0])]]
    return "\n".join(f"{name:<9}{value}" for name, value in lines)


def facts(turn: Incoming) -> Iterator[tuple[str, str]]:
    """What the inbox row tells without its payload and its address."""
    yield "turn", reference(turn.id)
    yield "platform", turn.platform
    yield "received", _instant(turn.received_at)
    yield "state", turn.state.value
    yield "member", str(turn.member_id or "-")
    yield "command", turn.command or "-"
    yield "outcome", turn.outcome or "-"
    yield "attempts", str(turn.attempts)
    if turn.done_at is not None:
        yield "done", _instant(turn.done_at)
        yield (
            "waited",
            f"{(turn.done_at - turn.received_at).total_seconds() * 1000:.0f} ms from receipt to answer",
        )
    if turn.took_ms is not None:
        yield "took", f"{turn.took_ms} ms"


async def _changes(turn: Incoming) -> AsyncIterator[str]:
    """Each record that the turn wrote, by its human id, with the names of the fields."""
    for change in await Change.filter(said__startswith=f"{turn.id}.").order_by("id"):
        record = await KINDS[change.kind].get_or_none(pk=change.record_id)
        name = record.reference if record else f"{change.kind} {change.record_id}"
        what = "created" if change.created else "undone" if change.undo_of else "written"
        yield f"{name} {what}: {', '.join(sorted(change.fields_json))}"


def _instant(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="milliseconds")
