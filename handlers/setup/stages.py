"""Stages: new ones, their names, order, probability, and when a deal in one counts as stale."""

from __future__ import annotations

import re

from handlers.cards import undoable
from handlers.chat.arguments import Hidden, Rest, stage_name
from handlers.chat.command import command
from handlers.chat.confirming import confirmation
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import msg
from handlers.chat.reply import Block, Reply, Table
from handlers.setup.places import (
    Found,
    index_for,
    pipeline_in,
    pipelines,
    stage_leading,
    stage_names,
)
from handlers.setup.required import requirement_names
from handlers.setup.words import already, behind_joint, name_of, none_called, off, words
from models.deal import Pipeline, Stage, StageKind
from models.errors import Indispensable, InUse, NameTaken
from models.member import Role
from models.search import fold

# A pipeline of more is a list of tasks; and a deal that waits longer than ten years is not stale.
MOST_STAGES = 30
LONGEST_STALE = 3650


@command(msg("Show the pipelines and their stages"), reads=True)
async def stages(ctx: Context) -> Reply:
    """Each pipeline as a table, the default one said so."""
    blocks: list[Block] = [await _table(ctx, pipeline) for pipeline in await pipelines(ctx)]
    return Reply(tuple(blocks))


async def _table(ctx: Context, pipeline: Pipeline) -> Table:
    heads = (ctx.text("Stage"), ctx.text("Probability"), ctx.text("Stale after"), ctx.text("Requires"))
    rows = [
        (
            stage_name(ctx, stage),
            ctx.text("{n}%", n=stage.probability),
            _days(ctx, stage.stale_days),
            ", ".join(await requirement_names(ctx, stage.required)) or "–",
        )
        for stage in await pipeline.in_order()
    ]
    title = (
        ctx.text("{name} (new deals enter it)", name=pipeline.name) if pipeline.is_default else pipeline.name
    )
    return Table(heads, tuple(rows), title=title, numeric=(1,))


def _days(ctx: Context, days: int | None) -> str:
    return "–" if days is None else ctx.locale.plural("{n} day", "{n} days", days)


async def _headed(ctx: Context, found: Found) -> str:
    """A stage as a receipt names it: with its pipeline where there are several."""
    name = stage_name(ctx, found.stage)
    return f"{found.pipeline.name} · {name}" if len(await pipelines(ctx)) > 1 else name


_PERCENT = re.compile(r"(?:^|\s)([0-9]{1,6})\s*%(?=\s|$)")


@command(msg("Add a stage"), role=Role.ADMIN)
async def stage_new(ctx: Context, words: Rest) -> Reply:
    """``Demo after Qualified 40%``; without a place it comes last, its figure is between its neighbours’."""
    await ctx.member.workspace.hold()
    chosen, line = await pipeline_in(ctx, words)
    pipeline = chosen or await Pipeline.default_of(ctx.member.workspace_id)
    percent = _PERCENT.search(line)
    line = f"{line[: percent.start()]} {line[percent.end() :]}".strip() if percent else line
    index, name = await _place(ctx, line, pipeline)
    rows = await pipeline.in_order()
    name = name_of(ctx, name, Stage)
    _require_free(rows, name)
    if len(rows) >= MOST_STAGES:
        raise Misread(ctx.text("A pipeline has at most {most} stages.", most=MOST_STAGES))
    before, after = (rows[index - 1] if index else None), (rows[index] if index < len(rows) else None)
    probability = _percent(ctx, percent[1]) if percent else _between(before, after)
    stage = await Stage.make(
        ctx.author,
        name,
        {"pipeline_id": pipeline.id},
        position=len(rows),
        probability=probability,
        kind=StageKind.OPEN,
        stale_days=before.stale_days if before else None,
        required=[],
    )
    await stage.put(ctx.author, index)
    chips = [
        await _headed(ctx, Found(stage, pipeline, "")),
        ctx.text("{n}%", n=probability),
        ctx.text("stale after {days}", days=_days(ctx, stage.stale_days)),
        await _order(ctx, pipeline),
    ]
    return undoable(ctx, ctx.text("✅ New stage: {stage}", stage=" · ".join(chips)))


async def _place(ctx: Context, line: str, pipeline: Pipeline) -> tuple[int, str]:
    index, name = await index_for(ctx, line, pipeline, None)
    if index is None:
        index = sum(stage.kind is StageKind.OPEN for stage in await pipeline.in_order())
    return index, name


def _require_free(rows: list[Stage], name: str) -> None:
    """Raises: NameTaken, also for what a usual stage is called in another language."""
    if any(fold(name) in names for names in stage_names(rows).values()):
        raise NameTaken(Stage.KIND, name)


def _between(before: Stage | None, after: Stage | None) -> int:
    low = before.probability if before else 0
    high = after.probability if after and after.kind is StageKind.OPEN else 100
    return (low + max(low, high)) // 2


def _percent(ctx: Context, digits: str) -> int:
    if int(digits) > 100:
        raise Misread(ctx.text("A probability is a whole number from 0 to 100."))
    return int(digits)


async def _order(ctx: Context, pipeline: Pipeline) -> str:
    return ", ".join([stage_name(ctx, stage) for stage in await pipeline.in_order()])


@command(msg("Rename a stage"), role=Role.ADMIN)
async def stage_rename(ctx: Context, words: Rest) -> Reply:
    """``Proposal Offer``: deals in it stay there."""
    await ctx.member.workspace.hold()
    found = await stage_leading(ctx, words)
    name = name_of(ctx, behind_joint(found.rest), Stage)
    if name == found.stage.name:
        raise already(ctx)
    _require_free([row for row in await found.pipeline.in_order() if row.id != found.stage.id], name)
    before = await _headed(ctx, found)
    await found.stage.rename(ctx.author, name)
    after = stage_name(ctx, found.stage)
    return undoable(ctx, ctx.text("✅ Stage {before} → {after}", before=before, after=after))


@command(msg("Put a stage elsewhere in its pipeline"), role=Role.ADMIN)
async def stage_order(ctx: Context, words: Rest) -> Reply:
    """``Proposal after Negotiation``, ``Proposal first``."""
    await ctx.member.workspace.hold()
    found = await stage_leading(ctx, words)
    index, left = await index_for(ctx, found.rest, found.pipeline, found.stage)
    if index is None or left:
        raise Misread(ctx.text("Say after or before which stage it comes, or first, or last."))
    before = await _order(ctx, found.pipeline)
    await found.stage.put(ctx.author, index)
    after = await _order(ctx, found.pipeline)
    if before == after:
        raise already(ctx)
    return undoable(ctx, ctx.text("✅ Order {before} → {after}", before=before, after=after))


@command(msg("Set how likely deals in a stage are won"), role=Role.ADMIN)
async def stage_probability(ctx: Context, words: Rest) -> Reply:
    """``Proposal 60``: the figure of every deal in it that has none of its own."""
    await ctx.member.workspace.hold()
    found = await stage_leading(ctx, words)
    figure = re.fullmatch(r"([0-9]{1,6})\s*%?", found.rest)
    if figure is None:
        raise Misread(ctx.text("A probability is a whole number from 0 to 100."))
    percent, stage = _percent(ctx, figure[1]), found.stage
    named = await _headed(ctx, found)
    if stage.kind is not StageKind.OPEN:
        raise Misread(ctx.text("{stage} closes a deal: it is always {n}%.", stage=named, n=stage.probability))
    before = ctx.text("{n}%", n=stage.probability)
    if not await stage.write(ctx.author, probability=percent):
        raise already(ctx)
    fact = ctx.text(
        "✅ {stage}: probability {before} → {after}",
        stage=named,
        before=before,
        after=ctx.text("{n}%", n=percent),
    )
    return undoable(ctx, fact)


@command(msg("Set after how many days a deal in a stage is stale"), role=Role.ADMIN)
async def stage_stale(ctx: Context, words: Rest) -> Reply:
    """``Proposal 10d``, or ``Proposal off``."""
    await ctx.member.workspace.hold()
    found = await stage_leading(ctx, words)
    days = _stale(ctx, found.rest)
    before = _days(ctx, found.stage.stale_days)
    if not await found.stage.write(ctx.author, stale_days=days):
        raise already(ctx)
    fact = ctx.text(
        "✅ {stage}: stale after {before} → {after}",
        stage=await _headed(ctx, found),
        before=before,
        after=_days(ctx, days),
    )
    return undoable(ctx, fact)


def _stale(ctx: Context, text: str) -> int | None:
    if fold(text) in off():
        return None
    match = re.fullmatch(r"([0-9]{1,6})\s*(\D*)", text)
    if (
        match is None
        or (match[2] and fold(match[2]) not in words("days"))
        or not 1 <= int(match[1]) <= LONGEST_STALE
    ):
        raise Misread(
            ctx.text("Say a number of days from 1 to {most}, as 10d, or “off”.", most=LONGEST_STALE)
        )
    return int(match[1])


@command(msg("Remove a stage"), role=Role.ADMIN)
async def stage_remove(ctx: Context, words: Rest, *, confirmed: Hidden | None = None) -> Reply:
    """One in which no deal stands, after a look at it."""
    await ctx.member.workspace.hold()
    found = await stage_leading(ctx, words)
    if found.rest:
        known = [stage_name(ctx, stage) for stage in await found.pipeline.in_order()]
        raise none_called(ctx, words, known)
    await _require_removable(found.stage)
    named = await _headed(ctx, found)
    lines = [ctx.text("Remove {name}?", name=named), ctx.text("No deal stands in it.")]
    if asked := await confirmation(ctx, lines, risky=True):
        return asked
    await found.stage.remove(ctx.author)
    return undoable(ctx, ctx.text("✅ {name} removed", name=named))


async def _require_removable(stage: Stage) -> None:
    """Raises: InUse, Indispensable."""
    if n := await stage.uses():
        raise InUse(stage, "deal", n)
    same = Stage.filter(pipeline_id=stage.pipeline_id, kind=stage.kind, deleted_at__isnull=True)
    if await same.count() < 2:
        raise Indispensable(stage, stage.kind.value)
