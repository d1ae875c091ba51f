"""What the lines have left in the database, seen from outside while and after the server works on it."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Set
from datetime import datetime

from models.activity import Activity
from models.change import Change
from models.deal import Deal, StageChange
from models.messaging.inbox import InboxState, Incoming
from models.messaging.outbox import OutboxState, Outgoing
from models.notification import Notification, NotificationState
from models.reminder import Reminder

_TRACE = re.compile(r"\b(?:kx|due)\d{5}\b")
_LOOK_EVERY = 0.2  # seconds


def named(text: str) -> list[str]:
    """The traces in a text."""
    return _TRACE.findall(text)


async def left() -> Counter[str]:
    """How often each line's trace stands in the records; a move's, in the deals' histories.

    A move that Slack delivered after a later one may find its deal in that stage already: then its amount
    is all that it changes.
    """
    texts = [
        *await Activity.all().values_list("notes", flat=True),
        *await Reminder.all().values_list("text", flat=True),
        *await Deal.all().values_list("name", flat=True),
    ]
    found = Counter(trace for text in texts for trace in named(str(text)))
    moves = [change.fields_json for change in await Change.filter(kind="deal", created=False)]
    found.update(f"to{fields['amount'][1] // 100}" for fields in moves if "amount" in fields)
    return found


async def written_twice() -> list[str]:
    """The messages that stand twice in the history of one record, and moves that no history knows."""
    changes = await Change.all()
    told = Counter(f"{change.said} on {change.kind} {change.record_id}" for change in changes)
    moved = sorted(
        change.said for change in changes if "stage_id" in change.fields_json and not change.created
    )
    found = [name for name, times in told.items() if times > 1]
    if moved != sorted(str(said) for said in await StageChange.all().values_list("said", flat=True)):
        found.append("moves that differ from the histories")
    return found


async def taken_back() -> Counter[str]:
    """How often each reminder, by its trace, was undone; it must be gone too."""
    gone = {row.id: row.text async for row in Reminder.exclude(deleted_at=None)}
    undos = await Change.filter(kind="reminder").exclude(undo_of=None)
    return Counter(trace for undo in undos for trace in named(gone.get(undo.record_id, "")))


async def answers() -> dict[str, str]:
    """The reference of the message that answers each delivery, by the delivery's key; done rows only."""
    rows = dict(await Incoming.filter(state=InboxState.DONE).values_list("id", "key"))
    sent = Outgoing.filter(state=OutboxState.SENT, dedupe_key__startswith="turn:").exclude(message_ref=None)
    found = {
        int(str(key).partition(":")[2]): str(ref)
        for key, ref in await sent.values_list("dedupe_key", "message_ref")
    }
    return {str(key): found[row] for row, key in rows.items() if row in found}


async def sent_once() -> int:
    """How many messages the bot has sent anew, as far as the outbox knows."""
    return await Outgoing.filter(state=OutboxState.SENT, edits_ref=None).count()


async def set_aside() -> list[str]:
    """Why deliveries were quarantined and messages given up; nothing, if all went well."""
    quarantined = await Incoming.filter(state=InboxState.QUARANTINED).values_list("outcome", flat=True)
    failed = await Outgoing.filter(state=OutboxState.FAILED).values_list("error", flat=True)
    return [str(reason) for reason in (*quarantined, *failed)]


async def nothing_waits(deliveries: Set[str], now: Callable[[], datetime], within: float) -> None:
    """Wait until these deliveries have come in and all are answered, every message is sent, nothing is due.

    Raises: TimeoutError, after so many seconds.
    """
    async with asyncio.timeout(within):
        while await _missing(deliveries) or await _waiting(now()):  # noqa: ASYNC110 # a database rings no bell
            await asyncio.sleep(_LOOK_EVERY)


async def _missing(deliveries: Set[str]) -> bool:
    if await Incoming.all().count() < len(deliveries):
        return True
    return bool(deliveries - {str(key) for key in await Incoming.all().values_list("key", flat=True)})


async def _waiting(now: datetime) -> int:
    return (
        await Incoming.filter(state=InboxState.WAITING).count()
        + await Outgoing.filter(state=OutboxState.WAITING).count()
        + await Notification.filter(state=NotificationState.WAITING, due_at__lte=now).count()
    )
