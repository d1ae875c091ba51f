"""Quiet: deals that nobody touched for too long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from handlers.chat.arguments import Hidden, stage_name
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.filters import Filter, FilterArgument
from handlers.chat.i18n import msg
from handlers.chat.paging import page
from handlers.chat.reply import Reply
from handlers.reports.scope import team_s
from models.activity import Activity, ActivityStatus
from models.deal import Deal, Stage, StageChange, StageKind
from models.selection import idle


@command(msg("Show deals that have gone quiet"), reads=True)
async def stale(
    ctx: Context,
    wanted: Annotated[Filter, FilterArgument(Deal, idle=True)] | None = None,
    *,
    after: Hidden | None = None,
) -> Reply:
    """Open deals that nobody touched for longer than their stage allows, or for the days that were said."""
    rows = await quiet(ctx, wanted)
    columns = (ctx.text("Id"), ctx.text("Deal"), ctx.text("Why"))
    return await page(ctx, rows.order_by("updated_at", "id"), columns, quiet_line, wanted=wanted, after=after)


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
    return max([deal.created_at, *(row.at for row in (activity, move) if row is not None)])
