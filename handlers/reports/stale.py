"""What was left alone: open deals without a touch for longer than their stage allows, or a next step."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from tortoise.queryset import QuerySet

from handlers.chat.arguments import Argument, Bound, Hidden
from handlers.chat.command import REGISTER, command
from handlers.chat.context import Context
from handlers.chat.filters import DealFilter, Filter, understood
from handlers.chat.filters.periods import days, unit_words
from handlers.chat.i18n import msg
from handlers.chat.reading import Reading, flat
from handlers.chat.reply import Block, Button, Buttons, Invocation, Reply, Table, Text
from handlers.chat.whose import Owners, Whose
from handlers.reports import staleness, tables
from handlers.reports.scope import reported
from models import filters
from models.deal import Deal

# Of the deals without next step so many are shown under those that are stale.
_MOST_IDLE = 5
# As it is typed in a filter, in any language.
_IDLE = "without next step"


class DaysArgument(Argument[timedelta]):
    """How long: ``14d``, ``2 weeks``, ``14j``, at the beginning or alone."""

    shape = msg("14d")
    prompt = msg("How long did it take?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> timedelta | None:
        match = re.match(rf"\s*([0-9]{{1,4}})\s*({unit_words()})(?!\w)", flat(reading.text))
        if match is None:
            return None
        reading.claim(*match.span())
        return timedelta(days=days(int(match[1]), match[2]))

    def dump(self, value: timedelta) -> int:
        return value.days

    async def load(self, ctx: Context, stored: int) -> timedelta:
        return timedelta(days=stored)


Days = Annotated[timedelta, DaysArgument()]


@command(msg("Open deals that nobody touched for too long"), reads=True, cost=5)
async def stale(
    ctx: Context,
    whose: Whose | None = None,
    length: Days | None = None,
    *,
    filter: DealFilter | None = None,
    after: Hidden | None = None,
) -> Reply:
    """Each with its reason; under them those for which nothing is to come."""
    owners = await reported(
        ctx,
        whose,
        others=ctx.text("Only managers can view another rep's stale deals."),
        team=ctx.text("Only managers can view the team's stale deals."),
    )
    chosen = filter or await understood(ctx, Deal, "")
    rows = chosen.narrow(Deal.visible_to(ctx.member).filter(owners.of(ctx)))
    old = await staleness.stale_of(ctx, rows, length)
    count, start = await old.count(), tables.starting(after)
    found = await tables.page(old, start)
    counted = ctx.locale.plural("{n} deal", "{n} deals", count)
    heading = " · ".join([ctx.text("Stale"), owners.shown(ctx), *chosen.words, counted])
    blocks: list[Block] = [Text(heading)]
    if found:
        why = await staleness.reasons(ctx, found, length)
        rows_shown = [(deal.reference, deal.name, reason) for deal, reason in zip(found, why, strict=True)]
        blocks.append(_table(ctx, rows_shown))
    blocks += tables.following(ctx, start + len(found), count)
    if not start:
        condition = await filters.stale(ctx.member, ctx.now, length)
        idle = rows.filter(filters.without_step(ctx.member, ctx.now), closed_at__isnull=True)
        blocks += await _idle(ctx, idle.exclude(condition), owners, chosen)
    return Reply(tuple(blocks))


def _table(ctx: Context, rows: list[tuple[str, str, str]]) -> Table:
    return Table((ctx.text("Id"), ctx.text("Name"), ctx.text("Why")), tuple(rows))


async def _idle(ctx: Context, rows: QuerySet[Deal], owners: Owners, chosen: Filter) -> list[Block]:
    """The others that have no next step, and the way to all of them."""
    count = await rows.count()
    if not count:
        return []
    found = await tables.by_close(rows).limit(_MOST_IDLE)
    counted = ctx.locale.plural("{n} more without next step", "{n} more without next step", count)
    blocks: list[Block] = [
        Text(counted),
        _table(ctx, [(d.reference, d.name, ctx.text("without next step")) for d in found]),
    ]
    if count > len(found):
        typed = f"{chosen.text} {_IDLE}".strip()
        whose = REGISTER["deals"].parameter("whose").argument.dump(owners)
        label = ctx.text("All without next step")
        blocks.append(Buttons((Button(label, Invocation("deals", {"whose": whose, "filter": typed})),)))
    return blocks
