"""Lists by a filter: deals, contacts, companies, leads, activities; ten at a time, counted, and added up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tortoise.queryset import QuerySet

from handlers.chat.arguments import Hidden
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.filters import (
    ActivityFilter,
    CompanyFilter,
    ContactFilter,
    DealFilter,
    Filter,
    LeadFilter,
    understood,
)
from handlers.chat.i18n import msg
from handlers.chat.reply import Reply, Text
from handlers.chat.whose import Owners, Whose
from handlers.reports import amounts, tables
from models import sums
from models.activity import Activity, ActivityStatus
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.lead import Lead
from models.member import Member
from models.record import Record


@command(msg("List deals, by a filter in words"), reads=True, cost=5)
async def deals(
    ctx: Context,
    whose: Whose | None = None,
    *,
    filter: DealFilter | None = None,
    after: Hidden | None = None,
) -> Reply:
    """Deals, the one that closes first first, with their sums; open ones, unless the filter says which."""
    chosen = filter or await understood(ctx, Deal, "")
    rows = chosen.narrow(_owned(ctx, Deal.visible_to(ctx.member), whose))
    parts = await sums.parts(rows)
    count, start = sums.count(parts), tables.starting(after)
    heading = _heading(ctx, ctx.locale.plural("{n} deal", "{n} deals", count), whose, chosen)
    found = await tables.page(tables.by_close(rows), start)
    if not found:
        return _nothing(ctx, heading)
    added = await amounts.lines(ctx, sum=sums.sums(parts))
    single = whose is not None and isinstance(whose.who, Member)
    table = await tables.deals(ctx, found, owners=not single)
    return Reply(
        (Text("\n".join([heading, *added])), table, *tables.following(ctx, start + len(found), count))
    )


def _owned(ctx: Context, rows: QuerySet[Any], whose: Owners | None) -> QuerySet[Any]:
    return rows if whose is None else rows.filter(whose.of(ctx))


def _heading(ctx: Context, counted: str, whose: Owners | None, chosen: Filter) -> str:
    """How many, and what was understood."""
    return " · ".join([counted, *([whose.shown(ctx)] if whose else []), *chosen.words])


def _nothing(ctx: Context, heading: str) -> Reply:
    return Reply((Text(f"{heading}\n" + ctx.text("Nothing fits. Leave a condition out to see more.")),))


@command(msg("List contacts, by a filter in words"), reads=True, cost=5)
async def contacts(
    ctx: Context,
    whose: Whose | None = None,
    *,
    filter: ContactFilter | None = None,
    after: Hidden | None = None,
) -> Reply:
    """Contacts, the one that was changed last first."""
    rows = Contact.visible_to(ctx.member).order_by("-updated_at", "-id")
    return await _listed(ctx, Contact, rows, whose=whose, filter=filter, after=after)


@command(msg("List companies, by a filter in words"), reads=True, cost=5)
async def companies(
    ctx: Context,
    whose: Whose | None = None,
    *,
    filter: CompanyFilter | None = None,
    after: Hidden | None = None,
) -> Reply:
    """Companies, the one that was changed last first."""
    rows = Company.visible_to(ctx.member).order_by("-updated_at", "-id")
    return await _listed(ctx, Company, rows, whose=whose, filter=filter, after=after)


@command(msg("List leads, by a filter in words"), reads=True, cost=5)
async def leads(
    ctx: Context,
    whose: Whose | None = None,
    *,
    filter: LeadFilter | None = None,
    after: Hidden | None = None,
) -> Reply:
    """Leads, the newest first; converted ones only where the filter says so."""
    chosen = filter or await understood(ctx, Lead, "")
    said = any(criterion.state for criterion in chosen.criteria)
    rows = Lead.visible_to(ctx.member) if said else Lead.open_to(ctx.member)
    return await _listed(
        ctx, Lead, rows.order_by("-created_at", "-id"), whose=whose, filter=chosen, after=after
    )


@command(msg("List calls, meetings and other activities, by a filter in words"), reads=True, cost=5)
async def activities(
    ctx: Context,
    whose: Whose | None = None,
    *,
    filter: ActivityFilter | None = None,
    after: Hidden | None = None,
) -> Reply:
    """Activities, the latest first; what was called off is none."""
    rows = Activity.visible_to(ctx.member).exclude(status=ActivityStatus.CANCELLED)
    return await _listed(ctx, Activity, rows.order_by("-at", "-id"), whose=whose, filter=filter, after=after)


async def _listed(
    ctx: Context,
    model: type[Record],
    rows: QuerySet[Any],
    *,
    whose: Owners | None,
    filter: Filter | None,
    after: str | None,
) -> Reply:
    chosen = filter or await understood(ctx, model, "")
    rows = chosen.narrow(_owned(ctx, rows, whose))
    count, start = await rows.count(), tables.starting(after)
    heading = _heading(ctx, _counted(ctx, model, count), whose, chosen)
    found: Sequence[Any] = await tables.page(rows, start)
    if not found:
        return _nothing(ctx, heading)
    table = await tables.records(ctx, model, found)
    return Reply((Text(heading), table, *tables.following(ctx, start + len(found), count)))


def _counted(ctx: Context, model: type[Record], n: int) -> str:
    if model is Contact:
        return ctx.locale.plural("{n} contact", "{n} contacts", n)
    if model is Company:
        return ctx.locale.plural("{n} company", "{n} companies", n)
    if model is Lead:
        return ctx.locale.plural("{n} lead", "{n} leads", n)
    return ctx.locale.plural("{n} activity", "{n} activities", n)
