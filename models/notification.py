"""Notification: a reply that is due later. The only place where "due" stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.expressions import Q, Subquery
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models.fields import UTCDatetimeField, public
from models.member import Member

if TYPE_CHECKING:
    from models.workspace import Workspace


class Priority(IntEnum):
    """What is sent first: what is said of the answers themselves, then answers, reminders, digests."""

    AT_ONCE = -1
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
    async def once(
        cls, *, member: Member, kind: str, key: str, record_id: int | None, due_at: datetime
    ) -> None:
        """Place one, unless one of that key was placed before."""
        await cls.bulk_create(
            [
                cls(
                    workspace_id=member.workspace_id,
                    member_id=member.id,
                    kind=kind,
                    key=key,
                    record_id=record_id,
                    due_at=due_at,
                )
            ],
            ignore_conflicts=True,
        )

    @classmethod
    async def due(cls, now: datetime, limit: int, *, without: Collection[int] = ()) -> list[Notification]:
        """The next ones that are due, locked; rows that another process holds are passed over.

        ``without`` are ids that are passed over too.
        """
        return await (
            cls._deliverable()
            .exclude(id__in=list(without))
            .filter(due_at__lte=now)
            .order_by("due_at", "id")
            .limit(limit)
            .select_for_update(skip_locked=True)
        )

    @classmethod
    async def next_due(cls, *, without: Collection[int] = ()) -> datetime | None:
        """When the next waiting one falls due, aware UTC."""
        first = await cls._deliverable().exclude(id__in=list(without)).order_by("due_at").first()
        return first.due_at if first else None

    @classmethod
    async def overdue(cls, since: datetime) -> int:
        """How many should have been sent by then."""
        return await cls._deliverable().filter(due_at__lt=since).count()

    @classmethod
    def _deliverable(cls) -> QuerySet[Notification]:
        """Waiting ones. Those of a colleague who cannot be written to wait until that has changed."""
        reached = Q(identities__reachable=True) | Q(active=False)
        members = Subquery(Member.filter(reached).values("id"))
        return cls.filter(state=NotificationState.WAITING, member_id__in=members)

    async def place_again(self, *, because: int) -> None:
        """It did not arrive: place another like it. ``because`` tells it from others, such as a row's id."""
        await Notification.create(
            workspace_id=self.workspace_id,
            member_id=self.member_id,
            kind=self.kind,
            key=f"{self.key}:{because}",
            record_id=self.record_id,
            due_at=self.due_at,
            priority=self.priority,
        )

    async def hand_on(self, heirs: Sequence[Member]) -> None:
        """Its member has left: place one like it for each of those who lead them."""
        for heir in heirs:
            key = f"left:{self.id}:{heir.id}"
            await Notification.once(
                member=heir, kind=self.kind, key=key, record_id=self.record_id or 0, due_at=self.due_at
            )

    async def settle(self, now: datetime) -> None:
        """It was composed, or need not be any more."""
        self.state = NotificationState.SETTLED
        self.settled_at = now
        await self.save(update_fields=["state", "settled_at"])
