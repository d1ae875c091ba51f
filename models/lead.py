"""Lead: somebody who may become a contact with a deal."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tortoise import fields

from models.fields import personal, public
from models.record import Record

if TYPE_CHECKING:
    from models.member import Member


class LeadStatus(StrEnum):
    """Where a lead stands."""

    NEW = "new"
    WORKING = "working"
    CONVERTED = "converted"
    LOST = "lost"


class Lead(Record):
    """An inquiry. ``company`` is a name as it was given: no company exists before conversion.

    ``amount`` is in minor units of ``currency`` (ISO 4217), both None where unknown.
    """

    KIND = "lead"
    LETTER = "L"
    SEARCHED = frozenset({"person", "company", "phones", "emails"})

    person = personal(fields.CharField(max_length=200))
    company = personal(fields.CharField(max_length=200, default=""))
    status = public(fields.CharEnumField(LeadStatus, max_length=10, default=LeadStatus.NEW))
    source = public(fields.CharField(max_length=100, default=""))
    owner: fields.ForeignKeyNullableRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, null=True, on_delete=fields.SET_NULL)
    )
    owner_id: int | None
    phones: list[str] = personal(fields.JSONField(default=list))
    emails: list[str] = personal(fields.JSONField(default=list))
    amount = public(fields.BigIntField(null=True))
    currency = public(fields.CharField(max_length=3, null=True))
    notes = personal(fields.TextField(default=""))
    custom: dict[str, Any] = personal(fields.JSONField(default=dict))

    class Meta:
        table = "lead"
        unique_together = (("workspace", "number"),)
        indexes = (("workspace_id", "owner_id"),)

    @property
    def title(self) -> str:
        return self.person

    async def search_text(self) -> str:
        return " ".join([self.person, self.company, *self.emails, *self.phones])
