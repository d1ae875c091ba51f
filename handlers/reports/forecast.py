"""Forecast: what the next months are likely to bring, beside what they have brought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from tortoise.functions import Sum
from tortoise.queryset import QuerySet

from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.periods import instants, months_of, period
from handlers.chat.reply import Reply, Table, Text
from handlers.chat.sums import side_by_side, sums_of, sums_shown
from handlers.reports.scope import Wanted, team_s
from models.deal import StageKind
from models.selection import Days


@command(msg("Show the forecast"), reads=True)
async def forecast(ctx: Context, wanted: Wanted | None = None) -> Reply:
    """By month of this quarter and the next: what is won, and what is open, whole and weighted."""
    rows = await team_s(ctx, wanted)
    this, following = period(ctx, "quarter 0"), period(ctx, "quarter 1")
    lines = [await _month(ctx, rows, month) for month in (*months_of(this), *months_of(following))]
    columns = (ctx.text("Month"), ctx.text("Won"), ctx.text("Weighted"), ctx.text("Total"))
    table = Table(columns, tuple(lines), title=ctx.text("Forecast"))
    return Reply((table, *await _beside(ctx, rows, Days(this.first, following.until))))


async def _month(ctx: Context, rows: QuerySet[Any], month: Days) -> tuple[str, str, str, str]:
    moments = instants(ctx, month)
    won = rows.filter(stage__kind=StageKind.WON, closed_at__gte=moments.first, closed_at__lt=moments.until)
    open_ = rows.filter(
        stage__kind=StageKind.OPEN, expected_close__gte=month.first, expected_close__lt=month.until
    )
    shown = [await sums_of(won), await weighted(open_), await sums_of(open_)]
    return (ctx.locale.month(month.first), *[side_by_side(ctx, sums) for sums in shown])  # type: ignore[return-value]


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


async def _beside(ctx: Context, rows: QuerySet[Any], both: Days) -> Sequence[Text]:
    """What the months make together; open deals that none holds: past their date, or without one."""
    open_ = rows.filter(stage__kind=StageKind.OPEN)
    likely = await weighted(open_.filter(expected_close__gte=both.first, expected_close__lt=both.until))
    late = open_.filter(expected_close__lt=_today(ctx))
    undated = open_.filter(expected_close__isnull=True)
    lines = [ctx.text("Weighted, together: {sums}", sums=await sums_shown(ctx, likely))] if likely else []
    if n := await late.count():
        sums = await sums_shown(ctx, await sums_of(late))
        lines.append(
            ctx.locale.plural("{n} past its date: {sums}", "{n} past their date: {sums}", n, sums=sums)
        )
    if n := await undated.count():
        sums = await sums_shown(ctx, await sums_of(undated))
        lines.append(
            ctx.locale.plural("{n} without a date: {sums}", "{n} without a date: {sums}", n, sums=sums)
        )
    return (Text("\n".join(lines)),) if lines else ()


def _today(ctx: Context) -> date:
    return period(ctx, "day 0").first
