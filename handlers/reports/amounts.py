"""Sums as a reader sees them: one line for each currency, and all in the workspace's where rates are set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from handlers.chat.context import Context
from handlers.chat.i18n import msg
from models import rate
from models.money import Money

# What stands for an amount where there is none.
NOTHING = "–"


def shown(ctx: Context, minor: int, currency: str) -> str:
    """One amount in minor units."""
    return ctx.locale.money(Money.from_minor(minor, currency).amount, currency)


def currencies(ctx: Context, *sums: Mapping[str, int]) -> list[str]:
    """The currencies of some sums, the workspace's first."""
    own = ctx.member.workspace.currency
    return sorted({currency for each in sums for currency in each}, key=lambda each: (each != own, each))


def listed(ctx: Context, sums: Mapping[str, int]) -> str:
    """All of them in one line, never added."""
    return " · ".join(shown(ctx, sums[currency], currency) for currency in currencies(ctx, sums))


async def lines(ctx: Context, **sums: Mapping[str, int]) -> list[str]:
    """A line for each currency with what is ``open``, ``weighted``, ``won`` in it; the total where known."""
    known = currencies(ctx, *sums.values())
    found = [
        " · ".join(
            _called(ctx, name, shown(ctx, each.get(currency, 0), currency)) for name, each in sums.items()
        )
        for currency in known
    ]
    return [*found, *await _together(ctx, sums)] if len(known) > 1 else found


_NAMES = {
    "open": msg("open {amount}"),
    "weighted": msg("weighted {amount}"),
    "won": msg("won {amount}"),
}


def _called(ctx: Context, name: str, amount: str) -> str:
    """An amount with what it is; a mere sum needs no name."""
    return ctx.text(_NAMES[name], amount=amount) if name in _NAMES else amount


async def _together(ctx: Context, sums: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The workspace's total, with the date of the oldest rate; why there is none, where one is missing."""
    workspace, parts, dates = ctx.member.workspace, list[str](), set[date]()
    for name, each in sums.items():
        total = await rate.total(each, workspace)
        if total is None:
            return [await _no_total(ctx, currencies(ctx, *sums.values()))]
        money, day = total
        dates |= {day} if day else set()
        parts.append(_called(ctx, name, ctx.locale.money(money.amount, money.currency)))
    return [
        ctx.text(
            "All in {currency}: {sums} (rates of {day})",
            currency=workspace.currency,
            sums=" · ".join(parts),
            day=ctx.locale.date(min(dates), now=ctx.now) if dates else NOTHING,
        )
    ]


async def _no_total(ctx: Context, found: Iterable[str]) -> str:
    missing = [
        currency for currency in found if await rate.total({currency: 0}, ctx.member.workspace) is None
    ]
    return ctx.text(
        "No total in one currency: there is no rate for {currencies}.", currencies=", ".join(missing)
    )
