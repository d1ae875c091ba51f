"""Pipeline: what stands where."""

from __future__ import annotations

from typing import Any

from tortoise.functions import Count, Sum
from tortoise.queryset import QuerySet

from handlers.cards import deal_line
from handlers.chat.arguments import Hidden, stage_name
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.paging import page
from handlers.chat.reply import Reply, Table
from handlers.chat.sums import side_by_side
from handlers.reports.scope import Wanted, team_s
from models.deal import Pipeline, Stage, StageKind


@command(msg("Show the pipeline"), reads=True)
async def pipeline(ctx: Context, wanted: Wanted | None = None, *, after: Hidden | None = None) -> Reply:
    """Open deals by stage, with their sums, and the deals themselves, the furthest ones first."""
    rows = (await team_s(ctx, wanted)).filter(stage__kind=StageKind.OPEN)
    listed = rows.order_by("-stage__position", "-amount", "id")
    columns = (ctx.text("Id"), ctx.text("Deal"), ctx.text("Stage"), ctx.text("Amount"), ctx.text("Close"))
    shown = await page(ctx, listed, columns, deal_line, wanted=wanted, after=after)
    if after:
        return shown
    by_stage = await _by_stage(ctx, rows)
    return Reply((by_stage, *shown.blocks)) if by_stage.rows else shown


async def _by_stage(ctx: Context, rows: QuerySet[Any]) -> Table:
    groups = (
        await rows.order_by("stage_id")
        .annotate(count=Count("id"), total=Sum("amount"))
        .group_by("stage_id", "currency")
        .values("stage_id", "currency", "count", "total")
    )
    stages = Stage.filter(id__in={group["stage_id"] for group in groups})
    lines = list[tuple[str, str, str]]()
    several = await Pipeline.of(ctx.member.workspace_id).count() > 1
    for stage in await stages.order_by("pipeline_id", "position").select_related("pipeline"):
        mine = [group for group in groups if group["stage_id"] == stage.id]
        priced = [group for group in mine if group["currency"] and group["total"]]
        sums = {group["currency"]: int(group["total"]) for group in priced}
        count = sum(group["count"] for group in mine)
        name = f"{stage.pipeline.name} · {stage_name(ctx, stage)}" if several else stage_name(ctx, stage)
        lines.append((name, ctx.locale.number(count), side_by_side(ctx, sums)))
    return Table((ctx.text("Stage"), ctx.text("Deals"), ctx.text("Sum")), tuple(lines), numeric=(1,))
