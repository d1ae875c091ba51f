"""The way through the pipeline: a deal moves, and what its new stage requires is asked for."""

from __future__ import annotations

from handlers.cards import receipt
from handlers.chat import binding
from handlers.chat.arguments import Hidden, OpenDeal
from handlers.chat.command import REGISTER, command
from handlers.chat.confirming import confirmation
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.reply import Invocation, Reply
from handlers.deals.arguments import DealStage, Price
from handlers.deals.requirements import Filled, answered, columns, require
from handlers.deals.sentences import already, headed, repriced, restaged
from models.deal import Stage, StageKind

# A deal is won and lost by commands of their own: they confirm, and a loss has its reason.
_CLOSING = {StageKind.WON: "won", StageKind.LOST: "lost"}


@command(msg("Move a deal to a stage"))
async def move(
    ctx: Context,
    deal: OpenDeal,
    stage: DealStage,
    amount: Price | None = None,
    *,
    filled: Filled | None = None,
    confirmed: Hidden | None = None,
) -> Reply:
    """Move a deal; to a won or lost stage as ``won`` and ``lost`` do."""
    before, old = await Stage.get(id=deal.stage_id), deal.money
    if stage.kind is not StageKind.OPEN and stage.id != before.id:
        known = binding.dump(REGISTER["move"], ctx.bound)
        known.pop("confirmed", None)
        return await ctx.press(ctx, Invocation(_CLOSING[stage.kind], known))
    if stage.id == before.id and amount is not None and amount == old:
        return already(ctx, deal)
    await require(ctx, deal, stage, filled, amount)
    lines = [headed(deal), restaged(ctx, before, stage)]
    lines += [repriced(ctx, old, amount)] if amount else []
    lines += answered(ctx, filled)
    if asked := await confirmation(ctx, lines, deal):
        return asked
    changed = await deal.move_to(stage, ctx.author, money=amount, **columns(deal, filled))
    chips = [deal.reference]
    if "stage_id" in changed:
        chips.append(restaged(ctx, before, stage))
    if amount is not None and ("amount" in changed or "currency" in changed):
        chips.append(repriced(ctx, old, amount))
    return receipt(ctx, " · ".join(chips), deal)
