"""Pipeline: what stands where, what it is likely to bring, and what has gone quiet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from tortoise.expressions import Q
from tortoise.functions import Count, Sum
from tortoise.queryset import QuerySet

from handlers.chat.arguments import Hidden, stage_name
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.filters import Filter, FilterArgument
from handlers.chat.i18n import msg
from handlers.chat.periods import instants, months_of, period
from handlers.chat.reply import Reply, Table, Text
from handlers.chat.sums import sums_of, sums_shown
from handlers.lists import deal_line, page
from models.activity import Activity, ActivityStatus
from models.deal import Deal, Stage, StageChange, StageKind
from models.member import Member, Role
from models.selection import Days, idle

Wanted = Annotated[Filter, FilterArgument(Deal)]


@command(msg("Show the pipeline"), reads=True)
async def pipeline(ctx: Context, wanted: Wanted | None = None, *, after: Hidden | None = None) -> Reply:
    """Open deals by stage, with their sums, and the deals themselves, the furthest ones first."""
    rows = (await team_s(ctx, wanted)).filter(stage__kind=StageKind.OPEN)
    listed = rows.order_by("-stage__position", "-amount", "id")
    columns = (ctx.text("Id"), ctx.text("Deal"), ctx.text("Stage"), ctx.text("Amount"), ctx.text("Close"))
    shown = await page(ctx, listed, columns, deal_line, wanted, after)
    if after:
        return shown
    by_stage = await _by_stage(ctx, rows)
    return Reply((by_stage, *shown.blocks)) if by_stage.rows else shown


async def team_s(ctx: Context, wanted: Filter | None) -> QuerySet[Any]:
    """The deals of a report: one's own; for who leads, those of everyone they lead.

    Raises:
        Misread: another's, asked for by somebody who does not lead them.
    """
    rows = Deal.visible_to(ctx.member)
    colleague = wanted.colleague if wanted else None
    if colleague is not None and not await ctx.member.leads(colleague.id):
        raise Misread(ctx.text("Only managers can view another rep’s pipeline."))
    if colleague is None and ctx.member.role is not Role.ADMIN:
        rows = rows.filter(_led(ctx.member))
    return wanted.selection.narrow(rows, ctx.member) if wanted else rows


def _led(member: Member) -> Q:
    if member.role is Role.MANAGER:
        return Q(owner_id=member.id) | Q(owner__team__manager_id=member.id)
    return Q(owner_id=member.id)


async def _by_stage(ctx: Context, rows: QuerySet[Any]) -> Table:
    groups = (
        await rows.order_by("stage_id")
        .annotate(count=Count("id"), total=Sum("amount"))
        .group_by("stage_id", "currency")
        .values("stage_id", "currency", "count", "total")
    )
    stages = await Stage.filter(id__in={group["stage_id"] for group in groups}).order_by("pipeline_id", "position")
    lines = list[tuple[str, str, str]]()
    for stage in stages:
        mine = [group for group in groups if group["stage_id"] == stage.id]
        sums = {group["currency"]: int(group["total"]) for group in mine if group["currency"] and group["total"]}
        count = sum(group["count"] for group in mine)
        lines.append((stage_name(ctx, stage), ctx.locale.number(count), await sums_shown(ctx, sums)))
    return Table((ctx.text("Stage"), ctx.text("Deals"), ctx.text("Sum")), tuple(lines), numeric=(1,))


# -- forecast --------------------------------------------------------------------------------------


@command(msg("Show the forecast"), reads=True)
async def forecast(ctx: Context, wanted: Wanted | None = None) -> Reply:
    """By month of this quarter and the next: what is won, and what is open, whole and weighted."""
    rows = await team_s(ctx, wanted)
    this, following = period(ctx, "quarter 0"), period(ctx, "quarter 1")
    lines = [await _month(ctx, rows, month) for month in (*months_of(this), *months_of(following))]
    columns = (ctx.text("Month"), ctx.text("Won"), ctx.text("Weighted"), ctx.text("Open"))
    table = Table(columns, tuple(lines), title=ctx.text("Forecast"))
    return Reply((table, *await _beside(ctx, rows)))


async def _month(ctx: Context, rows: QuerySet[Any], month: Days) -> tuple[str, str, str, str]:
    moments = instants(ctx, month)
    won = rows.filter(
        stage__kind=StageKind.WON, closed_at__gte=moments.first, closed_at__lt=moments.until
    )
    open_ = rows.filter(
        stage__kind=StageKind.OPEN, expected_close__gte=month.first, expected_close__lt=month.until
    )
    shown = [await sums_of(won), await weighted(open_), await sums_of(open_)]
    return (ctx.locale.month(month.first), *[await sums_shown(ctx, sums) for sums in shown])  # type: ignore[return-value]


async def weighted(rows: QuerySet[Any]) -> dict[str, int]:
    """Minor units by currency, each deal's amount times its own probability or its stage's, rounded once."""
    groups = (
        await rows.filter(amount__isnull=False, currency__isnull=False)
        .order_by("currency")
        .annotate(total=Sum("amount"))
        .group_by("currency", "probability", "stage__probability")
        .values("currency", "probability", "stage__probability", "total")
    )
    hundredths = dict[str, int]()
    for group in groups:
        chance = group["probability"] if group["probability"] is not None else group["stage__probability"]
        hundredths[group["currency"]] = hundredths.get(group["currency"], 0) + int(group["total"]) * chance
    return {currency: (whole + 50) // 100 for currency, whole in hundredths.items()}


async def _beside(ctx: Context, rows: QuerySet[Any]) -> Sequence[Text]:
    """Open deals that no month holds: those past their date, and those without one."""
    open_ = rows.filter(stage__kind=StageKind.OPEN)
    late = open_.filter(expected_close__lt=_today(ctx))
    undated = open_.filter(expected_close__isnull=True)
    lines = list[str]()
    if n := await late.count():
        sums = await sums_shown(ctx, await sums_of(late))
        lines.append(ctx.locale.plural("{n} past its date: {sums}", "{n} past their date: {sums}", n, sums=sums))
    if n := await undated.count():
        sums = await sums_shown(ctx, await sums_of(undated))
        lines.append(ctx.locale.plural("{n} without a date: {sums}", "{n} without a date: {sums}", n, sums=sums))
    return (Text("\n".join(lines)),) if lines else ()


def _today(ctx: Context) -> date:
    return period(ctx, "day 0").first


# -- what has gone quiet ---------------------------------------------------------------------------


@command(msg("Show deals that have gone quiet"), reads=True)
async def stale(ctx: Context, wanted: Wanted | None = None, *, after: Hidden | None = None) -> Reply:
    """Open deals that nobody touched for longer than their stage allows, or for the days that were said."""
    rows = await quiet(ctx, wanted)
    columns = (ctx.text("Id"), ctx.text("Deal"), ctx.text("Why"))
    return await page(ctx, rows.order_by("updated_at", "id"), columns, quiet_line, wanted, after)


async def quiet(ctx: Context, wanted: Filter | None) -> QuerySet[Any]:
    """Open deals that have been left alone for too long."""
    rows = (await team_s(ctx, wanted)).filter(stage__kind=StageKind.OPEN)
    if wanted is not None and wanted.selection.idle_since is not None:
        return rows
    stages = await Stage.filter(
        pipeline__workspace_id=ctx.member.workspace_id, kind=StageKind.OPEN, stale_days__isnull=False
    )
    condition = Q(id__in=[])
    for days in {stage.stale_days for stage in stages if stage.stale_days is not None}:
        since = ctx.now - timedelta(days=days)
        within = [stage.id for stage in stages if stage.stale_days == days]
        condition |= Q(stage_id__in=within) & idle(Deal, since)
    return rows.filter(condition)


async def quiet_line(ctx: Context, deal: Deal) -> Sequence[str]:
    """A deal as a row, and for how long nothing happened."""
    stage = await Stage.get(id=deal.stage_id)
    days = (ctx.now - await last_touch(deal)).days
    why = ctx.locale.plural("nothing for {n} day", "nothing for {n} days", days)
    if stage.stale_days is not None:
        why += " · " + ctx.text("{stage} allows {n}", stage=stage_name(ctx, stage), n=stage.stale_days)
    if not deal.next_step:
        why += " · " + ctx.text("no next step")
    return deal.reference, deal.name, why


async def last_touch(deal: Deal) -> datetime:
    """When something was last done with it: an activity, a move, its creation."""
    done = Activity.filter(deal_id=deal.id, status=ActivityStatus.DONE, deleted_at__isnull=True)
    activity = await done.order_by("-at").first()
    move = await StageChange.filter(deal_id=deal.id).order_by("-at").first()
    return max(deal.created_at, *(row.at for row in (activity, move) if row is not None))
