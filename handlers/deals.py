"""Deals: a new one, its card, and the way through the pipeline."""

from __future__ import annotations

from typing import Any

from handlers.cards import card, receipt
from handlers.chat.arguments import (
    AnAmount,
    AnyDeal,
    AnyNumber,
    AStage,
    Close,
    Hidden,
    Name,
    OpenDeal,
    Rest,
    stage_name,
)
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Text, text
from models import search
from models.company import Company
from models.deal import Deal, Pipeline, Stage, StageKind
from models.money import Money


@command(msg("Open a new deal"))
async def deal_new(
    ctx: Context,
    close: Close | None = None,
    amount: AnAmount | None = None,
    *,
    name: Name,
    notes: Rest | None = None,
) -> Reply:
    """Open a deal in the first stage of the default pipeline; its company is the one its name begins with."""
    company = await _company_in(ctx, name)
    stage = await Stage.first_of(await Pipeline.default_of(ctx.member.workspace_id))
    deal = await Deal.add(
        ctx.author,
        name=name,
        company_id=company.id if company else None,
        stage_id=stage.id,
        owner_id=ctx.member.id,
        amount=amount.minor() if amount else None,
        currency=amount.currency if amount else None,
        expected_close=close.wall.date() if close else None,
        notes=notes or "",
    )
    chips = [ctx.text("✅ New deal {id}", id=deal.reference), name, stage_name(ctx, stage)]
    chips += [_money(ctx, amount)] if amount else []
    chips += [ctx.text("close {date}", date=ctx.locale.date(close.wall.date(), now=ctx.now))] if close else []
    return receipt(ctx, " · ".join(chips), deal)


async def _company_in(ctx: Context, name: str) -> Company | None:
    """The company whose whole name the deal's begins with, the longest one."""
    typed = search.words(name)
    if not typed:
        return None
    candidates = await search.find(Company, ctx.member, typed[0])
    fitting = [each for each in candidates if (own := search.words(each.name)) == typed[: len(own)]]
    return max(fitting, key=lambda company: len(company.name), default=None)


@command(msg("Show a deal"), reads=True)
async def deal(ctx: Context, deal: AnyDeal) -> Reply:
    """Show a deal's card."""
    return Reply(await card(ctx, deal))


@command(msg("Move a deal to a stage"))
async def move(
    ctx: Context,
    deal: OpenDeal,
    stage: AStage,
    amount: AnyNumber | None = None,
    *,
    confirmed: Hidden | None = None,
) -> Reply:
    """Move a deal; to a won or lost stage only after a look at the difference."""
    await deal.require_writable(ctx.member)
    before = await Stage.get(id=deal.stage_id)
    if stage.kind is not StageKind.OPEN and stage.id != before.id and not confirmed:
        return _confirm(ctx, deal, before, stage, amount)
    old = deal.money
    changed = await deal.move_to(stage, ctx.author, money=amount)
    if not changed:
        return text(ctx.text("{deal} is like that already.", deal=deal.reference))
    chips = [deal.reference]
    if "stage_id" in changed:
        chips.append(_moved(ctx, before, stage))
    if amount is not None and ("amount" in changed or "currency" in changed):
        chips.append(_repriced(ctx, old, amount))
    celebrated = " 🎉" if stage.kind is StageKind.WON else ""
    return receipt(ctx, " · ".join(chips) + celebrated, deal)


def _confirm(ctx: Context, deal: Deal, before: Stage, after: Stage, amount: Money | None) -> Reply:
    lines = [f"{deal.reference} {deal.name}", _moved(ctx, before, after)]
    lines += [_repriced(ctx, deal.money, amount)] if amount else []
    known: dict[str, Any] = {"deal": deal.reference, "stage": after.id, "confirmed": "yes"}
    if amount:
        known["amount"] = [str(amount.amount), amount.currency]
    buttons = (
        Button(ctx.text("Confirm"), Invocation("move", known), "primary"),
        Button(ctx.text("Cancel"), Invocation("cancel")),
    )
    ctx.memory.show(deal)
    return Reply((Text("\n".join(lines)), Buttons(buttons)), replaces=ctx.request.pressed is not None)


def _moved(ctx: Context, before: Stage, after: Stage) -> str:
    names = {"before": stage_name(ctx, before), "after": stage_name(ctx, after)}
    return ctx.text("Stage {before} → {after}", **names)


def _repriced(ctx: Context, before: Money | None, after: Money) -> str:
    if before is None:
        return ctx.text("Amount {after}", after=_money(ctx, after))
    return ctx.text("Amount {before} → {after}", before=_money(ctx, before), after=_money(ctx, after))


def _money(ctx: Context, money: Money) -> str:
    return ctx.locale.money(money.amount, money.currency)
