"""What is said of a deal's change, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from handlers.chat.arguments import stage_name
from handlers.chat.context import Context
from handlers.chat.reply import Reply, text
from models.deal import Deal, Pipeline, Stage
from models.money import Money


def headed(deal: Deal) -> str:
    """A deal as the first line of a confirm card."""
    return f"{deal.reference} {deal.name}"


def changed(label: str, before: str, after: str) -> str:
    """``Label before → after``; without what is empty."""
    if not before:
        return f"{label} {after}"
    return f"{label} {before} → {after or '–'}"


def restaged(ctx: Context, before: Stage, after: Stage) -> str:
    names = {"before": stage_name(ctx, before), "after": stage_name(ctx, after)}
    return ctx.text("Stage {before} → {after}", **names)


def repriced(ctx: Context, before: Money | None, after: Money) -> str:
    if before is None:
        return ctx.text("Amount {after}", after=money_shown(ctx, after))
    shown = {"before": money_shown(ctx, before), "after": money_shown(ctx, after)}
    return ctx.text("Amount {before} → {after}", **shown)


def redated(ctx: Context, before: date | None, after: date) -> str:
    shown = ctx.locale.date(before, now=ctx.now) if before else ""
    return changed(ctx.text("Expected close"), shown, ctx.locale.date(after, now=ctx.now))


def money_shown(ctx: Context, money: Money) -> str:
    return ctx.locale.money(money.amount, money.currency)


def already(ctx: Context, deal: Deal) -> Reply:
    """Nothing would change."""
    return text(ctx.text("{deal} is like that already.", deal=deal.reference))


async def stages_of(ctx: Context, pipeline: Pipeline) -> Sequence[str]:
    """The names of a pipeline's stages, in their order."""
    rows = Stage.filter(pipeline_id=pipeline.id, deleted_at__isnull=True).order_by("position", "id")
    return [stage_name(ctx, stage) for stage in await rows]
