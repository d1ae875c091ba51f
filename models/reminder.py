"""Reminder: what to do, for whom, at which wall time."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tortoise import fields
from tortoise.expressions import Q

from models.activity import PARENTS, Activity, ActivityStatus, seen_with_parents
from models.change import Author, Change
from models.errors import AlreadyDone
from models.fields import UTCDatetimeField, personal, public
from models.member import Member
from models.notification import Notification, NotificationState
from models.record import Record

if TYPE_CHECKING:
    from models.company import Company
    from models.contact import Contact
    from models.deal import Deal
    from models.lead import Lead


class ReminderState(StrEnum):
    """Open until somebody did it or called it off."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class Reminder(Record):
    """A follow-up. ``wall`` is the local wall time, ``YYYY-MM-DDTHH:MM``, in ``zone`` (IANA).

    The wall time is the promise; ``due_at`` is its instant in UTC, kept for order and for showing.
    ``rule`` is an RRULE (RFC 5545) or empty. ``snoozes`` counts how often it was put off.
    """

    KIND = "reminder"
    LETTER = "R"

    text = personal(fields.CharField(max_length=1000))
    member: fields.ForeignKeyRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, on_delete=fields.RESTRICT)
    )
    member_id: int
    wall = public(fields.CharField(max_length=16))
    zone = public(fields.CharField(max_length=64))
    rule = public(fields.CharField(max_length=200, default=""))
    due_at = public(UTCDatetimeField())
    state = public(fields.CharEnumField(ReminderState, max_length=10, default=ReminderState.OPEN))
    snoozes = public(fields.IntField(default=0))
    completed_at = public(UTCDatetimeField(null=True))
    completed_by: fields.ForeignKeyNullableRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, null=True, on_delete=fields.SET_NULL)
    )
    completed_by_id: int | None
    contact: fields.ForeignKeyNullableRelation[Contact] = public(
        fields.ForeignKeyField(
            "models.Contact", related_name="reminders", null=True, on_delete=fields.SET_NULL
        )
    )
    contact_id: int | None
    company: fields.ForeignKeyNullableRelation[Company] = public(
        fields.ForeignKeyField(
            "models.Company", related_name="reminders", null=True, on_delete=fields.SET_NULL
        )
    )
    company_id: int | None
    lead: fields.ForeignKeyNullableRelation[Lead] = public(
        fields.ForeignKeyField("models.Lead", related_name="reminders", null=True, on_delete=fields.SET_NULL)
    )
    lead_id: int | None
    deal: fields.ForeignKeyNullableRelation[Deal] = public(
        fields.ForeignKeyField("models.Deal", related_name="reminders", null=True, on_delete=fields.SET_NULL)
    )
    deal_id: int | None

    class Meta:
        table = "reminder"
        unique_together = (("workspace", "number"),)
        indexes = (
            ("workspace_id", "member_id", "state", "due_at"),
            ("workspace_id", "state", "deal_id"),
            ("contact_id",),
            ("deal_id",),
        )

    @property
    def title(self) -> str:
        return self.text

    @property
    def subject(self) -> str:
        """What a push about it carries, see Reply.subject."""
        return f"{self.KIND}:{self.id}"

    @classmethod
    def seen_by(cls, member: Member) -> Q:
        return member.owned("member") & seen_with_parents(member)

    async def owner_of(self) -> int | None:
        return self.member_id

    @classmethod
    async def schedule(
        cls,
        text: str,
        by: Author,
        *,
        wall: datetime,
        zone: str,
        member: Member | None = None,
        **parents: Any,
    ) -> Reminder:
        """Remind ``member`` (the author where None) at ``wall``, a naive local time in ``zone``.

        Of a wall time that exists twice, ``wall.fold`` chooses.
        """
        reminder = await cls.add(
            by,
            text=text,
            member_id=(member or by.member).id,
            wall=_minute(wall),
            zone=zone,
            due_at=instant(wall, zone),
            **parents,
        )
        if not (by.refilled and await reminder._is_placed()):
            await reminder._notify()
        return reminder

    async def complete(self, by: Author) -> None:
        """Done, and so is the activity that was planned together with it.

        Raises:
            AlreadyDone: it is not open any more.
        """
        await self._require_open()
        await self.write(by, state=ReminderState.DONE, completed_at=by.now, completed_by_id=by.member.id)
        await self._cancel_notifications()
        if (activity := await self.planned()) is not None:
            await activity.write(by, status=ActivityStatus.DONE, at=min(activity.at, by.now))

    async def planned(self) -> Activity | None:
        """The activity, still planned, that was written down in one line with it."""
        changes = Change.filter(workspace_id=self.workspace_id)
        made = await changes.filter(kind=self.KIND, record_id=self.id, created=True).first()
        if made is None:
            return None
        parents = {f"{parent}_id": getattr(self, f"{parent}_id") for parent in PARENTS}
        rows = Activity.filter(
            **{name if each else f"{name}__isnull": each or True for name, each in parents.items()},
            workspace_id=self.workspace_id,
            owner_id=made.fields_json["member_id"][1],
            at=made.fields_json["due_at"][1],
            status=ActivityStatus.PLANNED,
            deleted_at__isnull=True,
        )
        for activity in await rows.order_by("id"):
            if await changes.filter(
                kind=activity.KIND, record_id=activity.id, said=made.said, created=True
            ).exists():
                return activity
        return None

    async def snooze(self, by: Author, *, wall: datetime, zone: str) -> None:
        """Put it off to ``wall`` in ``zone``; a recurrence keeps its own times.

        Raises:
            AlreadyDone: it is not open any more.
        """
        await self._require_open()
        await self.write(
            by, wall=_minute(wall), zone=zone, due_at=instant(wall, zone), snoozes=self.snoozes + 1
        )
        await self._notify()

    async def rezone(self, by: Author, zone: str) -> None:
        """Let its wall time be another zone's.

        Raises:
            AlreadyDone: it is not open any more.
        """
        await self._require_open()
        await self.write(by, zone=zone, due_at=instant(datetime.fromisoformat(self.wall), zone))
        await self._notify()

    async def cancel(self, by: Author) -> None:
        """Call it off: what it was about is over.

        Raises:
            AlreadyDone: it is not open any more.
        """
        await self._require_open()
        await self.write(by, state=ReminderState.CANCELLED, completed_at=by.now, completed_by_id=by.member.id)
        await self._cancel_notifications()

    async def reopen(self, by: Author) -> None:
        """Let one that was called off ring again; at once, where its time is over."""
        await self.write(by, state=ReminderState.OPEN, completed_at=None, completed_by_id=None)
        await self._notify()

    async def hand_to(self, member: Member, by: Author) -> None:
        """Let it ring for another member, at the same moment.

        Raises:
            AlreadyDone: it is not open any more.
        """
        await self._require_open()
        await self.write(by, member_id=member.id)
        await self._notify()

    async def after_undo(self, by: Author) -> None:
        await self._notify()

    async def _require_open(self) -> None:
        if self.state is ReminderState.OPEN:
            return
        who = await Member.get_or_none(id=self.completed_by_id) if self.completed_by_id else None
        raise AlreadyDone("reminder", at=self.completed_at, by=who.name if who else "")

    async def _notify(self) -> None:
        """One waiting Notification for an open reminder, none for any other."""
        await self._cancel_notifications()
        if self.state is not ReminderState.OPEN or self.deleted_at is not None:
            return
        # The revision makes the key unique for each time that the reminder was placed.
        await Notification.create(
            workspace_id=self.workspace_id,
            member_id=self.member_id,
            kind=self.KIND,
            key=f"{self.subject}:{self.revision}",
            record_id=self.id,
            due_at=self.due_at,
        )

    async def _is_placed(self) -> bool:
        """Whether it waits already as it is now: one that an amended message leaves as it was."""
        waiting = Notification.filter(workspace_id=self.workspace_id, state=NotificationState.WAITING)
        return await waiting.filter(key=f"{self.subject}:{self.revision}").exists()

    async def _cancel_notifications(self) -> None:
        await Notification.filter(
            workspace_id=self.workspace_id,
            kind=self.KIND,
            record_id=self.id,
            state=NotificationState.WAITING,
        ).update(state=NotificationState.CANCELLED)


def instant(wall: datetime, zone: str) -> datetime:
    """The instant of a naive wall time, aware UTC.

    Of a wall time that exists twice ``fold`` chooses; one that does not exist is read with the offset
    before the gap, which moves it forward by the length of the gap.
    """
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _minute(wall: datetime) -> str:
    return wall.strftime("%Y-%m-%dT%H:%M")
