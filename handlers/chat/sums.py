"""Sums of money: one for each currency, never mixed; with rates one more in the workspace's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tortoise.functions import Sum
from tortoise.queryset import QuerySet

from handlers.chat.context import Context
from models import rate
from models.money import Money


async def sums_of(rows: QuerySet[Any]) -> dict[str, int]:
    """Minor units by currency of the deals' amounts, summed by the database."""
    priced = rows.filter(amount__isnull=False, currency__isnull=False).order_by("currency")
    groups = await priced.annotate(total=Sum("amount")).group_by("currency").values("currency", "total")
    return {group["currency"]: int(group["total"]) for group in groups}


def side_by_side(ctx: Context, sums: Mapping[str, int]) -> str:
    """``€120,000 + $45,000``: for a table, whose rows are summed up below it."""
    amounts = [Money.from_minor(minor, currency) for currency, minor in sorted(sums.items())]
    return " + ".join(ctx.locale.money(each.amount, each.currency) for each in amounts) or "–"


async def sums_shown(ctx: Context, sums: Mapping[str, int]) -> str:
    """``€120,000 + $45,000``, and where rates are known what that makes, with the oldest rate's date."""
    shown = side_by_side(ctx, sums)
    if list(sums) in ([], [ctx.member.workspace.currency]):
        return shown
    whole = await rate.total(sums, ctx.member.workspace)
    if whole is None or whole[1] is None:
        return shown
    total = ctx.locale.money(whole[0].amount, whole[0].currency)
    return ctx.text(
        "{sums} = {total} at the rates of {date}",
        sums=shown,
        total=total,
        date=ctx.locale.date(whole[1], now=ctx.now),
    )
