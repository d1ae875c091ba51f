"""The pipeline: open deals by stage, what they add up to, and the deals themselves."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.chat.arguments import Hidden, stage_name
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.filters import DealFilter, Filter, understood
from handlers.chat.i18n import msg
from handlers.chat.reply import Block, Reply, Table, Text
from handlers.chat.whose import Owners, Whose
from handlers.reports import amounts, tables
from handlers.reports.scope import reported
from models import sums
from models.deal import Deal, Stage
from models.member import Member
from models.sums import Part


@command(msg("Open deals by stage, with their sums"), reads=True, cost=5)
async def pipeline(
    ctx: Context,
    whose: Whose | None = None,
    *,
    filter: DealFilter | None = None,
    after: Hidden | None = None,
) -> Reply:
    """One's own pipeline; for managers their team's, or another's."""
    owners = await reported(
        ctx,
        whose,
        others=ctx.text("Only managers can view another rep's pipeline."),
        team=ctx.text("Only managers can view the team's pipeline."),
    )
    chosen = filter or await understood(ctx, Deal, "")
    rows = chosen.narrow(Deal.visible_to(ctx.member).filter(owners.of(ctx)))
    parts = await sums.parts(rows)
    count, start = sums.count(parts), tables.starting(after)
    found = await tables.page(tables.by_close(rows), start)
    blocks: list[Block] = [Text(await _summary(ctx, owners, chosen, parts))]
    if found:
        blocks += [] if start else [await _by_stage(ctx, parts)]
        blocks += [await tables.deals(ctx, found, owners=not isinstance(owners.who, Member))]
    return Reply((*blocks, *tables.following(ctx, start + len(found), count)))


async def _summary(ctx: Context, owners: Owners, chosen: Filter, parts: Sequence[Part]) -> str:
    """Whose, what was understood, how many, and the sums."""
    heading = " · ".join([ctx.text("Pipeline"), owners.shown(ctx), *chosen.words])
    counted = ctx.locale.plural("{n} deal", "{n} deals", sums.count(parts))
    chances = await sums.probabilities(parts)
    added = await amounts.lines(ctx, sum=sums.sums(parts), weighted=sums.weighted(parts, chances))
    return "\n".join([heading, counted, *added])


async def _by_stage(ctx: Context, parts: Sequence[Part]) -> Table:
    """A row for each stage and currency; for each pipeline, where these were too many for a screen."""
    stages = await Stage.filter(id__in={part.stage_id for part in parts}).order_by(
        "pipeline_id", "position", "id"
    )
    pipelines = await tables.several_pipelines(ctx)
    grouped: dict[str, list[Part]] = {}
    for stage in stages:
        name = stage_name(ctx, stage)
        own = pipelines.get(stage.pipeline_id, "")
        grouped.setdefault(ctx.text("{label}: {value}", label=own, value=name) if own else name, []).extend(
            part for part in parts if part.stage_id == stage.id
        )
    rows = await _rows(ctx, grouped)
    if len(rows) > tables.PAGE:
        names = {stage.id: pipelines.get(stage.pipeline_id, ctx.text("Pipeline")) for stage in stages}
        by_pipeline: dict[str, list[Part]] = {}
        for part in parts:
            by_pipeline.setdefault(names[part.stage_id], []).append(part)
        rows = await _rows(ctx, by_pipeline)
    columns = (ctx.text("Stage"), ctx.text("Deals"), ctx.text("Amount"), ctx.text("Weighted"))
    return Table(columns, tuple(rows), numeric=(1, 2, 3))


async def _rows(ctx: Context, grouped: dict[str, list[Part]]) -> list[tuple[str, ...]]:
    rows = list[tuple[str, ...]]()
    for name, parts in grouped.items():
        added, likely = sums.sums(parts), sums.weighted(parts, await sums.probabilities(parts))
        count = ctx.locale.number(sums.count(parts))
        first = True
        for currency in amounts.currencies(ctx, added) or [""]:
            figures = (
                (
                    amounts.shown(ctx, added[currency], currency),
                    amounts.shown(ctx, likely[currency], currency),
                )
                if currency
                else (amounts.NOTHING, amounts.NOTHING)
            )
            rows.append((name if first else "", count if first else "", *figures))
            first = False
    return rows
