"""Notification: a reply that is due later. The only place where "due" stands."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

from models.fields import UTCDatetimeField, public

if TYPE_CHECKING:
    from models.member import Member
    from models.workspace import Workspace


class Priority(IntEnum):
    """What is sent first: answers, then reminders, then digests."""

    INTERACTIVE = 0
    REMINDER = 1
    DIGEST = 2


class NotificationState(StrEnum):
    """Waiting to be due, settled by the tick, or called off."""

    WAITING = "waiting"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class Notification(Model):
    """One push to one member. ``key`` is unique in the workspace: what exists once is sent once.

    ``due_at`` is aware UTC. ``record_id`` is the id of the record that it is about; ``kind`` names the
    composer that writes it.
    """

    id = public(fields.BigIntField(primary_key=True))
    workspace: fields.ForeignKeyRelation[Workspace] = public(
        fields.ForeignKeyField("models.Workspace", related_name=False, on_delete=fields.RESTRICT)
    )
    workspace_id: int
    member: fields.ForeignKeyRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, on_delete=fields.CASCADE)
    )
    member_id: int
    kind = public(fields.CharField(max_length=30))
    key = public(fields.CharField(max_length=100))
    record_id = public(fields.BigIntField(null=True))
    due_at = public(UTCDatetimeField())
    priority = public(fields.IntEnumField(Priority, default=Priority.REMINDER))
    state = public(fields.CharEnumField(NotificationState, max_length=10, default=NotificationState.WAITING))
    settled_at = public(UTCDatetimeField(null=True))

    class Meta:
        table = "notification"
        unique_together = (("workspace", "key"),)
        indexes = (("state", "due_at"), ("workspace_id", "kind", "record_id"))

    @classmethod
    async def due(cls, now: datetime, limit: int) -> list[Notification]:
        """The next ones that are due, locked; rows that another process holds are passed over."""
        return await (
            cls.filter(state=NotificationState.WAITING, due_at__lte=now)
            .order_by("due_at", "id")
            .limit(limit)
            .select_for_update(skip_locked=True)
        )

    @classmethod
    async def next_due(cls) -> datetime | None:
        """When the next waiting one falls due, aware UTC."""
        first = await cls.filter(state=NotificationState.WAITING).order_by("due_at").first()
        return first.due_at if first else None

    async def settle(self, now: datetime) -> None:
        """It was composed, or need not be any more."""
        self.state = NotificationState.SETTLED
        self.settled_at = now
        await self.save(update_fields=["state", "settled_at"])
