"""A deal's own figures: amount, expected close, probability, next step."""

from __future__ import annotations

from typing import Any

from handlers.cards import receipt
from handlers.chat.arguments import Close, Hidden, OpenDeal, OtherReading, Rest
from handlers.chat.command import command
from handlers.chat.confirming import confirmation
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import msg
from handlers.chat.remarks import day_off, moved
from handlers.chat.reply import Reply
from handlers.deals.arguments import AChance, Price
from handlers.deals.sentences import already, changed, headed, redated, repriced
from models.deal import Deal, Stage

# The next_step column's length.
_LONGEST_STEP = 500


@command(msg("Change a deal's amount"))
async def amount(ctx: Context, deal: OpenDeal, amount: Price, *, confirmed: Hidden | None = None) -> Reply:
    """Change what a deal is worth; a number alone is in its currency."""
    values = {"amount": amount.minor(), "currency": amount.currency}
    return await _write(ctx, deal, values, repriced(ctx, deal.money, amount))


@command(msg("Change when a deal is expected to close"))
async def close(
    ctx: Context,
    deal: OpenDeal,
    close: Close,
    *,
    swapped: OtherReading | None = None,
    kept: Hidden | None = None,
    confirmed: Hidden | None = None,
) -> Reply:
    """Change the day a deal is expected to close; a typed day off is asked about."""
    if asked := day_off(ctx, "close", close, swapped):
        return asked
    day = close.wall.date()
    fact = redated(ctx, deal.expected_close, day)
    return await _write(ctx, deal, {"expected_close": day}, fact, moved(ctx, close))


@command(msg("Set a deal's own probability"))
async def probability(
    ctx: Context, deal: OpenDeal, chance: AChance, *, confirmed: Hidden | None = None
) -> Reply:
    """Set how likely a deal is, or leave that to its stage."""
    stage = await Stage.get(id=deal.stage_id)
    before, after = (
        ctx.text("{n}%", n=stage.probability if percent is None else percent)
        for percent in (deal.probability, chance.percent)
    )
    fact = changed(ctx.text("Probability"), before, after)
    if chance.percent is None:
        fact += " " + ctx.text("(its stage’s)")
    return await _write(ctx, deal, {"probability": chance.percent}, fact)


@command(msg("Say what comes next for a deal"), apart=True)
async def next_step(ctx: Context, deal: OpenDeal, step: Rest, *, confirmed: Hidden | None = None) -> Reply:
    """Write down a deal's next step, in words; a follow-up with a time is ``remind``'s."""
    step = " ".join(step.split())
    if len(step) > _LONGEST_STEP:
        most, n = ctx.locale.number(_LONGEST_STEP), ctx.locale.number(len(step))
        raise Misread(ctx.text("A next step may have {most} characters; this one has {n}.", most=most, n=n))
    return await _write(ctx, deal, {"next_step": step}, changed(ctx.text("Next step"), deal.next_step, step))


async def _write(
    ctx: Context, deal: Deal, values: dict[str, Any], fact: str, remarks: list[str] | None = None
) -> Reply:
    """Write some columns at once where the deal is one's own, else after a look at the difference."""
    if all(getattr(deal, name) == value for name, value in values.items()):
        return already(ctx, deal)
    if asked := await confirmation(ctx, [headed(deal), fact, *(remarks or [])], deal):
        return asked
    await deal.write(ctx.author, **values)
    return receipt(ctx, "\n".join([f"{deal.reference} · {fact}", *(remarks or [])]), deal)
