"""The end of a deal: won or lost, and what was still to be done for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.cards import follow_ups, receipt
from handlers.chat.arguments import AnyDeal, Hidden, OpenDeal
from handlers.chat.command import command
from handlers.chat.confirming import confirmation
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.options import option_name
from handlers.chat.reply import Block, Button, Buttons, Invocation, Reply, Text
from handlers.deals.arguments import KnownPrice, KnownStage, Price, Reason
from handlers.deals.requirements import Filled, Filling, answered, columns, require
from handlers.deals.sentences import changed, headed, repriced, restaged
from models.deal import Deal, Stage, StageKind
from models.errors import AlreadyDone, IllegalMove
from models.money import Money
from models.option import Option, OptionList
from models.reminder import Reminder, ReminderState


@command(msg("Win a deal"))
async def won(
    ctx: Context,
    deal: OpenDeal,
    amount: Price | None = None,
    *,
    stage: KnownStage | None = None,
    filled: Filled | None = None,
    confirmed: Hidden | None = None,
) -> Reply:
    """Win a deal, perhaps at another amount, after a look at the difference."""
    return await _close(ctx, deal, StageKind.WON, stage=stage, filled=filled, amount=amount)


@command(msg("Lose a deal, with the reason"))
async def lost(
    ctx: Context,
    deal: OpenDeal,
    reason: Reason,
    *,
    amount: KnownPrice | None = None,
    stage: KnownStage | None = None,
    filled: Filled | None = None,
    confirmed: Hidden | None = None,
) -> Reply:
    """Lose a deal for a reason, after a look at the difference."""
    return await _close(
        ctx, deal, StageKind.LOST, stage=stage, filled=filled, amount=amount, lost_reason=reason
    )


async def _close(
    ctx: Context,
    deal: Deal,
    kind: StageKind,
    *,
    stage: Stage | None,
    filled: Filling | None,
    amount: Money | None,
    **values: Any,
) -> Reply:
    before = await Stage.get(id=deal.stage_id)
    after = stage or (before if before.kind is kind else await Stage.leading_to(kind, before.pipeline_id))
    if after.id == before.id and amount is None and not _differs(deal, values):
        raise IllegalMove("same_stage", deal)
    await require(ctx, deal, after, filled, amount, **values)
    chips = [restaged(ctx, before, after)] if after.id != before.id else []
    chips += [repriced(ctx, deal.money, amount)] if amount else []
    chips += [await _reason(ctx, deal, values["lost_reason"])] if values else []
    if asked := await confirmation(ctx, [headed(deal), *chips, *answered(ctx, filled)], deal, risky=True):
        return asked
    await deal.move_to(after, ctx.author, money=amount, **columns(deal, filled), **values)
    fact = " · ".join([deal.reference, *chips]) + (" 🎉" if kind is StageKind.WON else "")
    return receipt(ctx, fact, deal, more=await _left_open(ctx, deal))


def _differs(deal: Deal, values: dict[str, Any]) -> bool:
    return any(getattr(deal, name) != value for name, value in values.items())


async def _reason(ctx: Context, deal: Deal, reason: str) -> str:
    """The reason before and after; one that is in no list is shown as typed, and said to be none."""
    listed = await Option.of(ctx.member.workspace_id, OptionList.LOST_REASON).filter(name=reason).exists()
    after = option_name(ctx, reason) if listed else f"{reason} {ctx.text('(not in the list)')}"
    return changed(ctx.text("Reason"), option_name(ctx, deal.lost_reason), after)


async def _left_open(ctx: Context, deal: Deal) -> Sequence[Block]:
    """The follow-ups of a closed deal that are still open, with a button that calls them all off."""
    waiting = await _waiting(ctx, deal)
    if not waiting:
        return ()
    question = ctx.text("Still to do for it:")
    known = {"deal": deal.reference}
    button = Button(ctx.text("Call them all off"), Invocation("call_off", known))
    return Text("\n".join([question, *follow_ups(ctx, waiting)])), Buttons((button,))


async def _waiting(ctx: Context, deal: Deal) -> list[Reminder]:
    """The open follow-ups of a deal that the member sees and decides over, the next one first."""
    rows = Reminder.visible_to(ctx.member).filter(deal_id=deal.id, state=ReminderState.OPEN)
    found = await rows.order_by("due_at", "id")
    return [reminder for reminder in found if await ctx.member.leads(reminder.member_id)]


@command(msg("Call a deal's follow-ups off"), hidden=True)
async def call_off(ctx: Context, deal: AnyDeal) -> Reply:
    """Call all open follow-ups of a deal off; their pushes already sent say so from then on."""
    waiting = await _waiting(ctx, deal)
    if not waiting:
        raise AlreadyDone("call_off")
    for reminder in waiting:
        await reminder.cancel(ctx.author)
        sentence = ctx.text("Called off by {name} · {text}", name=ctx.member.name, text=reminder.text)
        ctx.amend(reminder.subject, Reply((Text(sentence),)))
    fact = ctx.locale.plural(
        "✅ {n} follow-up of {deal} called off",
        "✅ {n} follow-ups of {deal} called off",
        len(waiting),
        deal=deal.reference,
    )
    return receipt(ctx, fact, deal)
