"""Lists: contacts, companies, leads and deals, narrowed in words, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from tortoise.queryset import QuerySet

from handlers.cards import LEAD_STATUSES, member_name
from handlers.chat.arguments import Hidden, stage_name
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.filters import Filter, FilterArgument
from handlers.chat.i18n import msg
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Table, Text
from handlers.chat.sums import sums_of, sums_shown
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Stage
from models.lead import Lead
from models.record import Record

# Lines of a page: a phone's screen.
PAGE = 10


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
    return await page(ctx, rows, columns, deal_line, wanted, after)


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
    return await page(ctx, rows, columns, _contact_line, wanted, after)


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
    return await page(ctx, rows, columns, _company_line, wanted, after)


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
    return await page(ctx, rows, columns, _lead_line, wanted, after)


def _selected(ctx: Context, model: type[Record], wanted: Filter | None) -> QuerySet[Any]:
    rows = model.visible_to(ctx.member)
    return wanted.selection.narrow(rows, ctx.member) if wanted else rows


async def page(
    ctx: Context,
    rows: QuerySet[Any],
    columns: Sequence[str],
    line: Any,
    wanted: Filter | None,
    after: str | None,
) -> Reply:
    """A page of a list, how many there are, what narrows it, and for deals their sums."""
    start = int(after or 0)
    found = await rows.offset(start).limit(PAGE)
    total = await rows.count() if start or len(found) == PAGE else len(found)
    head = " · ".join([ctx.locale.plural("{n} found", "{n} found", total), *(wanted.words if wanted else ())])
    if not found:
        return Reply((Text(head),))
    lines = [head]
    if rows.model is Deal and (sums := await sums_of(rows)):
        lines.append(await sums_shown(ctx, sums))
    ctx.memory.listed = [record.reference for record in found]
    table = Table(tuple(columns), tuple([tuple(await line(ctx, record)) for record in found]))
    blocks = [Text("\n".join(lines)), table]
    left = total - start - len(found)
    if left > 0:
        known: dict[str, Any] = {"after": str(start + len(found))}
        known |= {"wanted": wanted.line} if wanted else {}
        label = ctx.text("Next ({n} more)", n=ctx.locale.number(left))
        blocks.append(Buttons((Button(label, Invocation(ctx.command, known)),)))
    return Reply(tuple(blocks), replaces=ctx.request.pressed is not None)


async def deal_line(ctx: Context, deal: Deal) -> Sequence[str]:
    """A deal as a row: id, name, stage, amount, expected close."""
    stage = await Stage.get(id=deal.stage_id)
    amount = ctx.locale.money(deal.money.amount, deal.money.currency) if deal.money else "–"
    close = ctx.locale.date(deal.expected_close, now=ctx.now) if deal.expected_close else "–"
    return deal.reference, deal.name, stage_name(ctx, stage), amount, close


async def _contact_line(ctx: Context, contact: Contact) -> Sequence[str]:
    company = await Company.name_for(ctx.member, contact.company_id)
    return contact.reference, contact.name, company or "–", next(iter(contact.phones), "–")


async def _company_line(ctx: Context, company: Company) -> Sequence[str]:
    return company.reference, company.name, company.city or "–", await member_name(company.owner_id) or "–"


async def _lead_line(ctx: Context, lead: Lead) -> Sequence[str]:
    return lead.reference, lead.person, lead.company or "–", ctx.text(LEAD_STATUSES[lead.status])
