"""Tables of records: a page of them, and the way to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tortoise.functions import Coalesce
from tortoise.queryset import QuerySet

from handlers.cards import KIND_NAMES, LEAD_STATUSES, about
from handlers.chat import binding
from handlers.chat.arguments import stage_name
from handlers.chat.command import REGISTER
from handlers.chat.context import Context
from handlers.chat.options import option_name
from handlers.chat.reply import Block, Button, Buttons, Invocation, Table
from models.activity import Activity
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Pipeline, Stage
from models.lead import Lead
from models.member import Member
from models.record import Record

# Lines of a list, a phone's screen.
PAGE = 10


async def page(rows: QuerySet[Any], start: int) -> list[Any]:
    """The rows of one page."""
    return await rows.offset(start).limit(PAGE)


def starting(after: str | None) -> int:
    """The number of rows that were shown before; a button keeps it as text."""
    return int(after) if after and after.isascii() and after.isdigit() and len(after) < 10 else 0


def following(ctx: Context, shown: int, count: int) -> tuple[Block, ...]:
    """The button for what comes after so many rows, where there is more."""
    if shown >= count:
        return ()
    known = {**binding.dump(REGISTER[ctx.command], ctx.bound), "after": str(shown)}
    return (Buttons((Button(ctx.text("Next"), Invocation(ctx.command, known)),)),)


def by_close(rows: QuerySet[Deal]) -> QuerySet[Deal]:
    """What closes first first; without a date last, on which the databases do not agree by themselves."""
    return rows.annotate(soon=Coalesce("expected_close", date.max)).order_by("soon", "id")


async def deals(ctx: Context, found: Sequence[Deal], *, owners: bool) -> Table:
    """Deals, with their owners where they are several people's."""
    stages, names = await stages_by_id(found), await owners_by_id(found)
    head = (ctx.text("Id"), ctx.text("Name"), ctx.text("Stage"), ctx.text("Amount"), ctx.text("Close"))
    rows = [
        (*_deal(ctx, deal, stages), *([names.get(deal.owner_id, "")] if owners else [])) for deal in found
    ]
    columns = (*head, ctx.text("Owner")) if owners else head
    return Table(columns, tuple(rows), numeric=(3,))


def _deal(ctx: Context, deal: Deal, stages: Mapping[int, Stage]) -> tuple[str, ...]:
    return (
        deal.reference,
        deal.name,
        stage_name(ctx, stages[deal.stage_id]),
        ctx.locale.money(deal.money.amount, deal.money.currency) if deal.money else "",
        ctx.locale.date(deal.expected_close, now=ctx.now) if deal.expected_close else "",
    )


async def stages_by_id(found: Sequence[Deal]) -> dict[int, Stage]:
    """The stages that some deals are in."""
    return {stage.id: stage for stage in await Stage.filter(id__in={deal.stage_id for deal in found})}


async def owners_by_id(found: Sequence[Any]) -> dict[int | None, str]:
    """The names of those whose the records are."""
    ids = {record.owner_id for record in found if record.owner_id is not None}
    return {member.id: member.name for member in await Member.filter(id__in=ids)}


async def several_pipelines(ctx: Context) -> dict[int, str]:
    """The names of the pipelines, where there are several."""
    found = await Pipeline.of(ctx.member.workspace_id)
    return {pipeline.id: pipeline.name for pipeline in found} if len(found) > 1 else {}


async def records(ctx: Context, model: type[Record], found: Sequence[Any]) -> Table:
    """Contacts, companies, leads or activities."""
    if model is Contact:
        companies = await _companies(ctx, found)
        head = (ctx.text("Id"), ctx.text("Name"), ctx.text("Company"), ctx.text("City"), ctx.text("Phone"))
        rows = [_contact(contact, companies) for contact in found]
    elif model is Company:
        head = (ctx.text("Id"), ctx.text("Name"), ctx.text("City"), ctx.text("Website"), ctx.text("Tags"))
        rows = [
            (each.reference, each.name, _town(each), each.website, ", ".join(each.tags)) for each in found
        ]
    elif model is Lead:
        head = (ctx.text("Id"), ctx.text("Name"), ctx.text("Company"), ctx.text("Source"), ctx.text("Status"))
        rows = [_lead(ctx, lead) for lead in found]
    else:
        names = await owners_by_id(found)
        head = (ctx.text("When"), ctx.text("What"), ctx.text("About"), ctx.text("By"), ctx.text("Note"))
        rows = [await _activity(ctx, activity, names) for activity in found]
    return Table(head, tuple(rows))


async def _companies(ctx: Context, found: Sequence[Contact]) -> dict[int | None, Company]:
    ids = {contact.company_id for contact in found if contact.company_id is not None}
    return {company.id: company for company in await Company.visible_to(ctx.member).filter(id__in=ids)}


def _contact(contact: Contact, companies: Mapping[int | None, Company]) -> tuple[str, ...]:
    company = companies.get(contact.company_id)
    town = _town(contact) or (_town(company) if company else "")
    phones = contact.phones[:1] or [""]
    return contact.reference, contact.name, company.name if company else "", town, phones[0]


def _town(record: Contact | Company) -> str:
    return f"{record.postcode} {record.city}".strip()


def _lead(ctx: Context, lead: Lead) -> tuple[str, ...]:
    source = option_name(ctx, lead.source) if lead.source else ""
    return lead.reference, lead.person, lead.company, source, ctx.text(LEAD_STATUSES[lead.status])


async def _activity(ctx: Context, activity: Activity, names: Mapping[int | None, str]) -> tuple[str, ...]:
    first = activity.notes.split("\n", 1)[0] or activity.subject
    kind = ctx.text(KIND_NAMES[activity.kind])
    by = names.get(activity.owner_id, "")
    return ctx.instant(activity.at), kind, await about(ctx, activity), by, first[:_LONGEST_NOTE]


# A note in a table is cut; its card has it whole.
_LONGEST_NOTE = 60
