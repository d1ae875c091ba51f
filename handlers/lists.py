"""Lists: contacts, companies, leads and deals, narrowed in words, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from tortoise.queryset import QuerySet

from handlers.cards import LEAD_STATUSES, deal_line, member_name
from handlers.chat.arguments import Hidden
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.filters import Filter, FilterArgument
from handlers.chat.i18n import msg
from handlers.chat.paging import page
from handlers.chat.reply import Reply
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.lead import Lead
from models.record import Record


@command(msg("List deals"), reads=True)
async def deals(
    ctx: Context,
    wanted: Annotated[Filter, FilterArgument(Deal)] | None = None,
    *,
    after: Hidden | None = None,
) -> Reply:
    """Deals, those touched last first, with their sums by currency."""
    rows = _selected(ctx, Deal, wanted).order_by("-updated_at", "-id")
    columns = (ctx.text("Id"), ctx.text("Deal"), ctx.text("Stage"), ctx.text("Amount"), ctx.text("Close"))
    return await page(ctx, rows, columns, deal_line, wanted=wanted, after=after)


@command(msg("List contacts"), reads=True)
async def contacts(
    ctx: Context,
    wanted: Annotated[Filter, FilterArgument(Contact)] | None = None,
    *,
    after: Hidden | None = None,
) -> Reply:
    """Contacts by name."""
    rows = _selected(ctx, Contact, wanted).order_by("name", "id")
    columns = (ctx.text("Id"), ctx.text("Name"), ctx.text("Company"), ctx.text("Phone"))
    return await page(ctx, rows, columns, _contact_line, wanted=wanted, after=after)


@command(msg("List companies"), reads=True)
async def companies(
    ctx: Context,
    wanted: Annotated[Filter, FilterArgument(Company)] | None = None,
    *,
    after: Hidden | None = None,
) -> Reply:
    """Companies by name."""
    rows = _selected(ctx, Company, wanted).order_by("name", "id")
    columns = (ctx.text("Id"), ctx.text("Name"), ctx.text("City"), ctx.text("Owner"))
    return await page(ctx, rows, columns, _company_line, wanted=wanted, after=after)


@command(msg("List leads"), reads=True)
async def leads(
    ctx: Context,
    wanted: Annotated[Filter, FilterArgument(Lead)] | None = None,
    *,
    after: Hidden | None = None,
) -> Reply:
    """Leads that are not converted, the newest first."""
    rows = Lead.open_to(ctx.member)
    rows = (wanted.selection.narrow(rows, ctx.member) if wanted else rows).order_by("-created_at", "-id")
    columns = (ctx.text("Id"), ctx.text("Name"), ctx.text("Company"), ctx.text("Status"))
    return await page(ctx, rows, columns, _lead_line, wanted=wanted, after=after)


def _selected(ctx: Context, model: type[Record], wanted: Filter | None) -> QuerySet[Any]:
    rows = model.visible_to(ctx.member)
    return wanted.selection.narrow(rows, ctx.member) if wanted else rows


async def _contact_line(ctx: Context, contact: Contact) -> Sequence[str]:
    company = await Company.name_for(ctx.member, contact.company_id)
    return contact.reference, contact.name, company or "–", next(iter(contact.phones), "–")


async def _company_line(ctx: Context, company: Company) -> Sequence[str]:
    return company.reference, company.name, company.city or "–", await member_name(company.owner_id) or "–"


async def _lead_line(ctx: Context, lead: Lead) -> Sequence[str]:
    return lead.reference, lead.person, lead.company or "–", ctx.text(LEAD_STATUSES[lead.status])
