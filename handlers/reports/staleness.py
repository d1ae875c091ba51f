"""What is stale, and why: shared by the list of it and the digest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tortoise.queryset import QuerySet

from handlers.chat.arguments import stage_name
from handlers.chat.context import Context
from handlers.reports.tables import stages_by_id
from models import filters
from models.deal import Deal


async def stale_of(ctx: Context, rows: QuerySet[Deal], after: timedelta | None = None) -> QuerySet[Deal]:
    """Those that are stale, the one that was left alone for longest first."""
    condition = await filters.stale(ctx.member, ctx.now, after)
    return await filters.by_last_touch(rows.filter(condition), ctx.member)


async def reasons(ctx: Context, found: Sequence[Deal], after: timedelta | None = None) -> list[str]:
    """For each deal how long nobody touched it, what is allowed, and whether nothing is to come."""
    last = await filters.last_touches(ctx.member, found)
    stages = await stages_by_id(found)
    ids = [deal.id for deal in found]
    rows = Deal.visible_to(ctx.member).filter(filters.without_step(ctx.member, ctx.now), id__in=ids)
    idle = set(await rows.values_list("id", flat=True))
    return [
        " · ".join(
            [
                _reason(
                    ctx,
                    last[deal.id],
                    stages[deal.stage_id].stale_days,
                    stage_name(ctx, stages[deal.stage_id]),
                    after,
                ),
                *([ctx.text("without next step")] if deal.id in idle else []),
            ]
        )
        for deal in found
    ]


def _reason(ctx: Context, last: datetime, allowed: int | None, stage: str, after: timedelta | None) -> str:
    days = (ctx.now - last).days
    untouched = ctx.locale.plural("no touch for {n} day", "no touch for {n} days", days)
    if after is not None or allowed is None:
        return untouched
    return ctx.text("{untouched}, {stage} allows {n}", untouched=untouched, stage=stage, n=allowed)
