"""What a reference leads to: the records that a message shows, and what was said in one."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import Q

from models.kept import KINDS
from models.messaging.outbox import Outgoing
from models.record import Record


async def shown_by(platform: str, address: str, ref: str) -> Sequence[str]:
    """The human ids of what a message of ours shows, the one that it is about first; none where none."""
    rows = Outgoing.filter(_with(ref), platform=platform, address=address)
    for message in await rows.order_by("-id").limit(_MOST_EDITS):
        if message.shown:
            return message.shown
        if message.subject and (about := await _subject(message.subject)):
            return [about]
    return ()


# Rows of one message that are looked at: it itself, and its later editions.
_MOST_EDITS = 10


def _with(ref: str) -> Q:
    """A message by its reference; one of several parts is known by its last, see its platform's."""
    return Q(message_ref=ref) | Q(message_ref__gte=f"{ref}+", message_ref__lt=f"{ref},")


async def _subject(subject: str) -> str:
    kind, _, record_id = subject.partition(":")
    model = KINDS.get(kind)
    record = await model.get_or_none(pk=int(record_id)) if model and issubclass(model, Record) else None
    return record.reference if record is not None else ""
