"""People and what stands around them: a contact or a lead, and what a touch with one is about."""

from __future__ import annotations

from typing import Annotated, Any

from tortoise.queryset import QuerySet

from handlers.chat.arguments import RecordArgument
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.lead import Lead, LeadStatus
from models.record import Record


class LivingArgument(RecordArgument):
    """A record, among which a converted lead is found by its id alone: its contact has taken its place."""

    def _rows(self, ctx: Context, model: type[Record]) -> QuerySet[Any]:
        rows = super()._rows(ctx, model)
        return rows.exclude(status=LeadStatus.CONVERTED) if model is Lead else rows


APerson = Annotated[
    Contact | Lead, LivingArgument(Contact, Lead, prompt=msg("Who is it about?"), shape=msg("who"))
]
ALead = Annotated[Lead, LivingArgument(Lead, prompt=msg("Which lead?"), shape=msg("lead"))]
ACompany = Annotated[Company, RecordArgument(Company, prompt=msg("Which company?"), shape=msg("company"))]
_ANYTHING = (Contact, Company, Deal, Lead)
Anything = Annotated[
    Record, LivingArgument(*_ANYTHING, prompt=msg("What is it about?"), shape=msg("who or what"))
]
# Of a note: its words may name anybody, so in a reply they do not choose the record.
Noted = Annotated[
    Record,
    LivingArgument(*_ANYTHING, prompt=msg("What is it about?"), shape=msg("who or what"), by_reply=True),
]


def parents(person: Contact | Lead | None, deal: Deal | None = None) -> dict[str, Any]:
    """The columns of a touch or a follow-up that name whom it is about, and which deal."""
    return {
        "contact_id": person.id if isinstance(person, Contact) else None,
        "lead_id": person.id if isinstance(person, Lead) else None,
        "company_id": person.company_id if isinstance(person, Contact) else None,
        "deal_id": deal.id if deal else None,
    }
