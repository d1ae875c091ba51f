"""A new deal, and its card."""

from __future__ import annotations

from handlers.cards import card, receipt
from handlers.chat.arguments import AnAmount, AnyDeal, Close, Hidden, Name, Rest, stage_name
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.remarks import day_off, moved
from handlers.chat.reply import Invocation, Reply
from handlers.deals.arguments import InPipeline
from handlers.deals.people import With, Without
from handlers.deals.sentences import money_shown
from models import search
from models.company import Company
from models.deal import Deal, Pipeline, Stage


@command(msg("Open a new deal"))
async def deal_new(
    ctx: Context,
    close: Close | None = None,
    amount: AnAmount | None = None,
    pipeline: InPipeline | None = None,
    *,
    name: Name,
    notes: Rest | None = None,
    kept: Hidden | None = None,
) -> Reply:
    """Open a deal in the first stage of a pipeline; its company is the one its name begins with."""
    if close and (asked := day_off(ctx, "close", close)):
        return asked
    company = await _company_in(ctx, name)
    way = pipeline or await Pipeline.default_of(ctx.member.workspace_id)
    stage = await Stage.first_of(way)
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
    chips = [ctx.text("✅ New deal {id}", id=deal.reference), name]
    chips += [way.name] if pipeline else []
    chips += [stage_name(ctx, stage)]
    chips += [money_shown(ctx, amount)] if amount else []
    chips += [ctx.text("close {date}", date=ctx.locale.date(close.wall.date(), now=ctx.now))] if close else []
    lines = [" · ".join(chips), *(moved(ctx, close) if close else [])]
    return receipt(ctx, "\n".join(lines), deal)


async def _company_in(ctx: Context, name: str) -> Company | None:
    """The company whose whole name the deal's begins with, the longest one."""
    typed = search.words(name)
    if not typed:
        return None
    candidates = await search.find(Company, ctx.member, typed[0])
    fitting = [each for each in candidates if (own := search.words(each.name)) == typed[: len(own)]]
    return max(fitting, key=lambda company: len(company.name), default=None)


@command(msg("Show a deal, or change who it is made with"))
async def deal(
    ctx: Context, deal: AnyDeal, joining: With | None = None, leaving: Without | None = None
) -> Reply:
    """Show a deal's card; with somebody behind ``with`` or ``without``, change its contacts."""
    if joining is None and leaving is None:
        return Reply(await card(ctx, deal))
    known = {"deal": deal, "joining": joining, "leaving": leaving}
    references = {name: record.reference for name, record in known.items() if record is not None}
    return await ctx.press(ctx, Invocation("deal_people", references))
