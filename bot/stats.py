"""``parley stats``: how many of each there are."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from tortoise.functions import Count
from tortoise.models import Model

from models.activity import Activity, ActivityKind
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.lead import Lead
from models.member import Member
from models.messaging.inbox import InboxState, Incoming
from models.messaging.outbox import OutboxState, Outgoing
from models.reminder import Reminder, ReminderState

Counts = Mapping[str, int]


async def counted() -> dict[str, int | Counts]:
    """Members who are active, records that are not deleted, and messages by state.

    The shape is public: ``parley stats --json`` prints it as it is.
    """
    live = {"deleted_at__isnull": True}
    return {
        "members": await Member.filter(active=True).count(),
        "contacts": await Contact.filter(**live).count(),
        "companies": await Company.filter(**live).count(),
        "leads": await Lead.filter(**live).count(),
        "deals": await Deal.filter(**live).count(),
        "activities": await _by(Activity, "kind", tuple(ActivityKind), live),
        "reminders": await _by(Reminder, "state", (ReminderState.OPEN, ReminderState.DONE), live),
        "inbox": await _by(Incoming, "state", (InboxState.DONE, InboxState.WAITING, InboxState.QUARANTINED)),
        "outbox": await _by(Outgoing, "state", (OutboxState.SENT, OutboxState.WAITING, OutboxState.FAILED)),
    }


def as_text(counts: Mapping[str, int | Counts]) -> str:
    """One line a figure: ``activities.call  12``."""
    flat: dict[str, int] = {}
    for name, value in counts.items():
        if isinstance(value, int):
            flat[name] = value
        else:
            flat.update({f"{name}.{part}": number for part, number in value.items()})
    width = max(map(len, flat))
    return "\n".join(f"{name:<{width}}  {value:>8}" for name, value in flat.items())


async def _by(
    model: type[Model], column: str, values: tuple[StrEnum, ...], only: Mapping[str, Any] | None = None
) -> Counts:
    rows = await model.filter(**(only or {})).annotate(n=Count("id")).group_by(column).values(column, "n")
    found = {row[column]: row["n"] for row in rows}
    return {value.value: found.get(value, 0) for value in values}
