"""Lead: somebody who may become a contact with a deal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.queryset import QuerySet

from models.activity import Activity
from models.change import Author, Change
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Pipeline, Stage
from models.errors import AlreadyDone
from models.fields import personal, public
from models.money import Money
from models.record import Record
from models.reminder import Reminder

if TYPE_CHECKING:
    from models.member import Member


class LeadStatus(StrEnum):
    """Where a lead stands."""

    NEW = "new"
    WORKING = "working"
    CONVERTED = "converted"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Converted:
    """What a lead became."""

    contact: Contact
    company: Company | None
    deal: Deal | None


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

    @classmethod
    def open_to(cls, member: Member) -> QuerySet[Lead]:
        """Those that a member may see and that are not converted: of these, the contact is looked up."""
        return cls.visible_to(member).exclude(status=LeadStatus.CONVERTED)

    @property
    def search_name(self) -> str:
        return self.person

    async def search_text(self) -> str:
        return " ".join([self.person, self.company, *self.emails, *self.phones])

    @property
    def money(self) -> Money | None:
        """Its amount, None where unknown."""
        if self.amount is None or self.currency is None:
            return None
        return Money.from_minor(self.amount, self.currency)

    async def convert(
        self,
        by: Author,
        *,
        contact: Contact | None = None,
        company: Company | None = None,
        money: Money | None = None,
    ) -> Converted:
        """Make it a contact with a company, and with a deal where an amount is known.

        ``contact`` and ``company`` are known ones that it shall join; without them new ones are made,
        a company where the lead names one. ``money`` stands in place of the lead's own amount. Touches
        and follow-ups hang on all of them from then on; the lead keeps them too.

        Raises:
            AlreadyDone: it was converted before.
            InvalidValue: an amount that no column may hold.
        """
        if self.status is LeadStatus.CONVERTED:
            raise AlreadyDone("convert")
        if company is None and contact is not None and contact.company_id is not None:
            company = await Company.get(id=contact.company_id)
        if company is None and self.company:
            company = await Company.add(by, name=self.company, owner_id=self._heir(by))
        if contact is None:
            contact = await self._new_contact(by, company)
        elif gained := self.gains(contact, company):
            await contact.write(by, **gained)
        money = money or self.money
        deal = await self._new_deal(by, contact, company, money) if money else None
        await self._hand_over(by, contact, company, deal)
        records: list[Record | None] = [contact, company, deal]
        became = {record.KIND: record.id for record in records if record is not None}
        await self.write(by, status=LeadStatus.CONVERTED, became=became)
        return Converted(contact, company, deal)

    def _heir(self, by: Author) -> int:
        """Whose the new records are."""
        return self.owner_id or by.member.id

    async def _new_contact(self, by: Author, company: Company | None) -> Contact:
        return await Contact.add(
            by,
            name=self.person,
            company_id=company.id if company else None,
            owner_id=self._heir(by),
            emails=list(self.emails),
            phones=list(self.phones),
            notes=self.notes,
        )

    def gains(self, contact: Contact, company: Company | None) -> dict[str, Any]:
        """What a known contact learns from it: addresses, numbers, an employer where it has none."""
        gained: dict[str, Any] = {}
        for name in ("emails", "phones"):
            known = getattr(contact, name)
            if new := [each for each in getattr(self, name) if each not in known]:
                gained[name] = [*known, *new]
        if self.notes and self.notes not in contact.notes:
            gained["notes"] = f"{contact.notes}\n\n{self.notes}" if contact.notes else self.notes
        if company is not None and contact.company_id is None:
            gained["company_id"] = company.id
        return gained

    async def _new_deal(self, by: Author, contact: Contact, company: Company | None, money: Money) -> Deal:
        stage = await Stage.first_of(await Pipeline.default_of(self.workspace_id))
        # A known contact may work for a company that the author does not see: it is not named, nor touched.
        mine = Company.visible_to(by.member)
        company = await mine.get_or_none(id=company.id) if company else None
        deal = await Deal.add(
            by,
            name=company.name if company else contact.name,
            company_id=company.id if company else None,
            stage_id=stage.id,
            owner_id=self._heir(by),
            amount=money.minor(),
            currency=money.currency,
            source=self.source,
        )
        await deal.set_contacts(by, [contact.id])
        return deal

    async def _hand_over(
        self, by: Author, contact: Contact, company: Company | None, deal: Deal | None
    ) -> None:
        parents = {
            "contact_id": contact.id,
            "company_id": company.id if company else None,
            "deal_id": deal.id if deal else None,
        }
        for model in (Activity, Reminder):
            for row in await model.filter(lead_id=self.id, deleted_at__isnull=True).order_by("id"):
                await row.write(by, **{name: each for name, each in parents.items() if each is not None})

    async def became(self) -> Mapping[str, int]:
        """The ids of what it became, by kind; empty until it is converted."""
        if self.status is not LeadStatus.CONVERTED:
            return {}
        changes = Change.filter(
            workspace_id=self.workspace_id, kind=self.KIND, record_id=self.id, undone_at__isnull=True
        )
        async for change in changes.order_by("-id"):
            if after := change.fields_json.get("became", [None, None])[1]:
                return dict(after)
        return {}

    async def write(self, by: Author, **values: Any) -> dict[str, tuple[Any, Any]]:
        """As any record's; ``became`` is written like a column and stands in its Change alone."""
        if "became" not in values:
            return await super().write(by, **values)
        after, before = values.pop("became"), None
        if after is None and by.undoing is not None:
            before = by.undoing.fields_json["became"][1]
        changed = await super().write(by, **values)
        changed["became"] = (before, after)
        await by.leave(self, {"became": (before, after)})
        return changed
