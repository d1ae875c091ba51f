"""Activity: what happened with somebody, or is planned to."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.expressions import Q

from models.change import Author
from models.fields import UTCDatetimeField, personal, public
from models.record import Record

if TYPE_CHECKING:
    from models.company import Company
    from models.contact import Contact
    from models.deal import Deal
    from models.lead import Lead
    from models.member import Member

# What a touch or a follow-up is about; a company comes along with the person or the deal.
PARENTS = ("contact", "lead", "deal")


class ActivityKind(StrEnum):
    """What sort of touch."""

    CALL = "call"
    MEETING = "meeting"
    EMAIL = "email"
    NOTE = "note"
    TASK = "task"


class ActivityStatus(StrEnum):
    """Planned, done, or called off."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


def seen_with_parents(member: Member) -> Q:
    """Rows that hang on other records are seen where each of those is seen.

    The company decides only where it is all that they hang on: who calls their own contact sees that
    call, also where the contact's company is a colleague's.
    """
    if member.sees_everything:
        return Q()
    condition, company = Q(), member.owned("company__owner")
    for parent in PARENTS:
        nearer: dict[str, Any] = {f"{parent}_id__isnull": False}
        condition &= member.owned(f"{parent}__owner")
        company |= Q(**nearer)
    return condition & company


class Activity(Record):
    """A call, meeting, e-mail, note or task, on any of contact, company, lead and deal.

    ``at`` is when it happened, or is planned for. ``duration`` in seconds. ``direction`` is ``in``,
    ``out`` or empty; ``outcome`` a short code such as ``voicemail`` or empty. ``owner`` is who did it.
    """

    KIND = "activity"
    LETTER = "A"

    kind = public(fields.CharEnumField(ActivityKind, max_length=10))
    status = public(fields.CharEnumField(ActivityStatus, max_length=10, default=ActivityStatus.DONE))
    direction = public(fields.CharField(max_length=3, default=""))
    outcome = public(fields.CharField(max_length=30, default=""))
    duration = public(fields.IntField(null=True))
    at = public(UTCDatetimeField())
    subject = personal(fields.CharField(max_length=300, default=""))
    notes = personal(fields.TextField(default=""))
    owner: fields.ForeignKeyNullableRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, null=True, on_delete=fields.SET_NULL)
    )
    owner_id: int | None
    contact: fields.ForeignKeyNullableRelation[Contact] = public(
        fields.ForeignKeyField(
            "models.Contact", related_name="activities", null=True, on_delete=fields.SET_NULL
        )
    )
    contact_id: int | None
    company: fields.ForeignKeyNullableRelation[Company] = public(
        fields.ForeignKeyField(
            "models.Company", related_name="activities", null=True, on_delete=fields.SET_NULL
        )
    )
    company_id: int | None
    lead: fields.ForeignKeyNullableRelation[Lead] = public(
        fields.ForeignKeyField("models.Lead", related_name="activities", null=True, on_delete=fields.SET_NULL)
    )
    lead_id: int | None
    deal: fields.ForeignKeyNullableRelation[Deal] = public(
        fields.ForeignKeyField("models.Deal", related_name="activities", null=True, on_delete=fields.SET_NULL)
    )
    deal_id: int | None

    class Meta:
        table = "activity"
        unique_together = (("workspace", "number"),)
        indexes = (
            ("contact_id", "at"),
            ("deal_id", "at"),
            ("company_id", "at"),
            ("workspace_id", "owner_id", "at"),
            ("workspace_id", "at"),
        )

    @classmethod
    def seen_by(cls, member: Member) -> Q:
        return seen_with_parents(member)

    @classmethod
    async def log(
        cls,
        kind: ActivityKind,
        by: Author,
        *,
        at: datetime,
        duration: timedelta | None = None,
        status: ActivityStatus = ActivityStatus.DONE,
        **values: Any,
    ) -> Activity:
        """Write down what happened at ``at`` (aware), by the author; parents as ``contact_id=`` and so on."""
        seconds = int(duration.total_seconds()) if duration is not None else None
        return await cls.add(
            by, kind=kind, status=status, at=at, duration=seconds, owner_id=by.member.id, **values
        )

    @classmethod
    async def plan(cls, kind: ActivityKind, by: Author, *, at: datetime, **values: Any) -> Activity:
        """Write down what is planned for ``at`` (aware)."""
        return await cls.log(kind, by, at=at, status=ActivityStatus.PLANNED, **values)
