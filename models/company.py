"""Company: an organisation that contacts work for and deals are made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tortoise import fields

from models.fields import personal, public
from models.merge import Mergeable

if TYPE_CHECKING:
    from models.member import Member


class Company(Mergeable):
    """An organisation. ``country`` is ISO 3166-1 alpha-2; ``tax_number`` its VAT or registration number."""

    KIND = "company"
    LETTER = "O"
    SEARCHED = frozenset({"name", "website", "city", "postcode", "tags"})

    name = public(fields.CharField(max_length=200))
    parent: fields.ForeignKeyNullableRelation[Company] = public(
        fields.ForeignKeyField(
            "models.Company", related_name="children", null=True, on_delete=fields.SET_NULL
        )
    )
    parent_id: int | None
    owner: fields.ForeignKeyNullableRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, null=True, on_delete=fields.SET_NULL)
    )
    owner_id: int | None
    street = public(fields.CharField(max_length=300, default=""))
    postcode = public(fields.CharField(max_length=20, default=""))
    city = public(fields.CharField(max_length=100, default=""))
    country = public(fields.CharField(max_length=2, default=""))
    website = public(fields.CharField(max_length=300, default=""))
    industry = public(fields.CharField(max_length=100, default=""))
    size = public(fields.IntField(null=True))
    tax_number = public(fields.CharField(max_length=50, default=""))
    tags: list[str] = public(fields.JSONField(default=list))
    notes = personal(fields.TextField(default=""))
    custom: dict[str, Any] = personal(fields.JSONField(default=dict))

    class Meta:
        table = "company"
        unique_together = (("workspace", "number"),)
        indexes = (("workspace_id", "owner_id"),)

    @property
    def title(self) -> str:
        return self.name

    @classmethod
    async def name_for(cls, member: Member, company_id: int | None) -> str:
        """Its name, empty where there is none that this member may see."""
        rows = cls.visible_to(member).filter(id=company_id)
        found = await rows.values_list("name", flat=True) if company_id else []
        return str(found[0]) if found else ""

    @classmethod
    async def words_of(cls, company_id: int | None) -> str:
        """The words by which whoever may see it finds what belongs to it; empty where there is none."""
        found = await cls.filter(id=company_id).values_list("name", flat=True) if company_id else []
        return str(found[0]) if found else ""

    async def search_text(self) -> str:
        return " ".join([self.name, self.website, self.city, self.postcode, *self.tags])

    def facets(self) -> Mapping[str, Sequence[str]]:
        return {"tag": self.tags, "city": [self.city], "postcode": [self.postcode]}
