"""Removal: a record goes, and with it the follow-ups that are about nothing else; all of it can come back."""

from __future__ import annotations

from typing import TypeVar

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from models.change import Author, Change
from models.member import Member
from models.merge import Mergeable
from models.record import Record
from models.reminder import Reminder, ReminderState

R = TypeVar("R", bound=Record)


async def hanging_on(record: Record) -> list[Reminder]:
    """The open follow-ups about a record, whoever's they are, the next one first.

    One about a company's person or deal is theirs, not the company's.
    """
    rows = Reminder.filter(
        workspace_id=record.workspace_id,
        state=ReminderState.OPEN,
        deleted_at__isnull=True,
        **{f"{record.KIND}_id": record.pk},
    )
    if record.KIND == "company":
        rows = rows.filter(contact_id__isnull=True, deal_id__isnull=True, lead_id__isnull=True)
    return await rows.order_by("due_at", "id")


async def remove(record: Record, by: Author) -> list[Reminder]:
    """Remove a record and call its open follow-ups off; returns these."""
    called_off = await hanging_on(record)
    for reminder in called_off:
        await reminder.cancel(by)
    await record.write(by, deleted_at=by.now)
    return called_off


async def bring_back(record: Record, by: Author) -> list[Reminder]:
    """Bring a removed record back, with the follow-ups that its removal called off; returns these."""
    removal = await removal_of(record)
    await record.write(by, deleted_at=None)
    if removal is None:
        return []
    theirs = Change.filter(workspace_id=record.workspace_id, said=removal.said, kind=Reminder.KIND)
    rows = Reminder.filter(
        id__in=[change.record_id for change in await theirs],
        state=ReminderState.CANCELLED,
        deleted_at__isnull=True,
    )
    called_off = await rows.order_by("due_at", "id")
    for reminder in called_off:
        await reminder.reopen(by)
    return called_off


async def removal_of(record: Record) -> Change | None:
    """The Change that removed a record last; None where it was never removed, or that was undone."""
    changes = Change.filter(
        workspace_id=record.workspace_id, kind=record.KIND, record_id=record.pk, undone_at__isnull=True
    )
    async for change in changes.order_by("-id"):
        if change.removes:
            return change
    return None


def removed(model: type[R], member: Member) -> QuerySet[R]:
    """The removed records of a kind that this member could see.

    Those merged into another are not gone; those whose creation was taken back were never there.
    """
    rows = model.filter(model.seen_by(member), workspace_id=member.workspace_id, deleted_at__isnull=False)
    undone = Change.filter(
        workspace_id=member.workspace_id, kind=model.KIND, created=True, undone_at__isnull=False
    )
    rows = rows.exclude(id__in=Subquery(undone.values("record_id")))
    return rows.filter(merged_into__isnull=True) if issubclass(model, Mergeable) else rows
