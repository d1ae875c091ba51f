"""Pipelines: new ones, their names, and which one new deals enter."""

from __future__ import annotations

from handlers.cards import undoable
from handlers.chat.arguments import Hidden, Rest, stage_name
from handlers.chat.command import command
from handlers.chat.confirming import confirmation
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import msg
from handlers.chat.reply import Reply
from handlers.setup.places import pipeline_leading, pipelines
from handlers.setup.words import already, behind_joint, name_of, none_called
from models.deal import Pipeline
from models.errors import Indispensable, InUse
from models.member import Role

MOST_PIPELINES = 20


@command(msg("Add a pipeline"), role=Role.ADMIN)
async def pipeline_new(ctx: Context, words: Rest) -> Reply:
    """With the usual stages, to be changed from there."""
    await ctx.member.workspace.hold()
    if len(await pipelines(ctx)) >= MOST_PIPELINES:
        raise Misread(ctx.text("There are at most {most} pipelines.", most=MOST_PIPELINES))
    pipeline = await Pipeline.begin(ctx.author, name_of(ctx, words, Pipeline))
    stages = ", ".join([stage_name(ctx, stage) for stage in await pipeline.in_order()])
    return undoable(ctx, ctx.text("✅ New pipeline: {name} · {stages}", name=pipeline.name, stages=stages))


@command(msg("Rename a pipeline"), role=Role.ADMIN)
async def pipeline_rename(ctx: Context, words: Rest) -> Reply:
    """``Partners Resellers``."""
    await ctx.member.workspace.hold()
    pipeline, rest = await pipeline_leading(ctx, words)
    name, before = name_of(ctx, behind_joint(rest), Pipeline), pipeline.name
    if name == before:
        raise already(ctx)
    await pipeline.rename(ctx.author, name)
    return undoable(ctx, ctx.text("✅ Pipeline {before} → {after}", before=before, after=name))


@command(msg("Choose the pipeline that new deals enter"), role=Role.ADMIN)
async def pipeline_default(ctx: Context, words: Rest) -> Reply:
    """Unless ``deal new`` names another."""
    await ctx.member.workspace.hold()
    pipeline = await _whole(ctx, words)
    before = await Pipeline.default_of(ctx.member.workspace_id)
    if before.id == pipeline.id:
        return undoable(ctx, ctx.text("New deals enter {name} already.", name=pipeline.name))
    await pipeline.make_default(ctx.author)
    fact = ctx.text("✅ New deals enter: {before} → {after}", before=before.name, after=pipeline.name)
    return undoable(ctx, fact)


@command(msg("Remove a pipeline"), role=Role.ADMIN)
async def pipeline_remove(ctx: Context, words: Rest, *, confirmed: Hidden | None = None) -> Reply:
    """One in which there is no deal, after a look at it; its stages go with it."""
    await ctx.member.workspace.hold()
    pipeline = await _whole(ctx, words)
    if pipeline.is_default:
        raise Indispensable(pipeline, "default")
    if n := await pipeline.uses():
        raise InUse(pipeline, "deal", n)
    stages = ", ".join([stage_name(ctx, stage) for stage in await pipeline.in_order()])
    lines = [ctx.text("Remove {name}?", name=pipeline.name), ctx.text("No deal stands in it."), stages]
    if asked := await confirmation(ctx, lines, risky=True):
        return asked
    await pipeline.remove(ctx.author)
    return undoable(ctx, ctx.text("✅ {name} removed", name=pipeline.name))


async def _whole(ctx: Context, text: str) -> Pipeline:
    pipeline, rest = await pipeline_leading(ctx, text)
    if rest:
        raise none_called(ctx, text, [row.name for row in await pipelines(ctx)])
    return pipeline
