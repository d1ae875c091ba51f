"""Contact: a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from tortoise import fields

from models.company import Company
from models.fields import personal, public
from models.merge import Mergeable

if TYPE_CHECKING:
    from models.member import Member


class Contact(Mergeable):
    """A person outside the workspace.

    ``phones`` are E.164 texts, ``emails`` lower-case addresses, the first of each is the main one.
    ``consent`` is empty where never asked, else ``given`` or ``refused``, with source and date.
    """

    KIND = "contact"
    LETTER = "C"
    SEARCHED = frozenset({"name", "company_id", "phones", "emails", "city", "postcode", "tags"})

    name = personal(fields.CharField(max_length=200))
    job_title = personal(fields.CharField(max_length=200, default=""))
    company: fields.ForeignKeyNullableRelation[Company] = public(
        fields.ForeignKeyField(
            "models.Company", related_name="contacts", null=True, on_delete=fields.SET_NULL
        )
    )
    company_id: int | None
    owner: fields.ForeignKeyNullableRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, null=True, on_delete=fields.SET_NULL)
    )
    owner_id: int | None
    phones: list[str] = personal(fields.JSONField(default=list))
    emails: list[str] = personal(fields.JSONField(default=list))
    street = personal(fields.CharField(max_length=300, default=""))
    postcode = personal(fields.CharField(max_length=20, default=""))
    city = personal(fields.CharField(max_length=100, default=""))
    country = personal(fields.CharField(max_length=2, default=""))
    tags: list[str] = personal(fields.JSONField(default=list))
    consent = personal(fields.CharField(max_length=10, default=""))
    consent_source = personal(fields.CharField(max_length=200, default=""))
    consent_on: date | None = personal(fields.DateField(null=True))
    notes = personal(fields.TextField(default=""))
    custom: dict[str, Any] = personal(fields.JSONField(default=dict))

    class Meta:
        table = "contact"
        unique_together = (("workspace", "number"),)
        indexes = (("workspace_id", "owner_id"), ("workspace_id", "company_id"))

    @property
    def title(self) -> str:
        return self.name

    async def search_text(self) -> str:
        return " ".join([self.name, *self.emails, *self.phones, *self.tags, self.city, self.postcode])

    def facets(self) -> Mapping[str, Sequence[str]]:
        return {"tag": self.tags, "city": [self.city], "postcode": [self.postcode]}

    async def company_text(self) -> str:
        return await Company.words_of(self.company_id)
