"""What happened: calls and notes."""

from __future__ import annotations

from typing import Any

from handlers.cards import named, receipt
from handlers.chat import when
from handlers.chat.arguments import AnyContact, AnyRecord, Duration, FollowUp, NamedDeal, Next, Rest, When
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.reply import Block, Button, Buttons, Invocation, Reply, Text
from models.activity import Activity, ActivityKind
from models.contact import Contact
from models.deal import Deal, StageKind
from models.reminder import Reminder, ReminderState


@command(msg("Log a call"), log=True)
async def call(
    ctx: Context,
    contact: AnyContact,
    deal: NamedDeal | None = None,
    at: When | None = None,
    duration: Duration | None = None,
    *,
    follow_up: Next | None = None,
    notes: Rest | None = None,
) -> Reply:
    """Log a call with somebody; with an explicit future time it is planned instead."""
    deal = deal or await _only_open_deal(ctx, contact)
    if at is not None and at.instant > ctx.said_at:
        return await _plan_call(ctx, contact, deal, at, notes or "")
    activity = await Activity.log(
        ActivityKind.CALL,
        ctx.author,
        at=at.instant if at else ctx.said_at,
        duration=duration,
        notes=notes or "",
        **_parents(contact, deal),
    )
    chips = [ctx.text("Call logged"), await named(ctx, contact)]
    chips += [ctx.locale.duration(duration)] if duration else []
    chips += [ctx.instant(at.instant)] if at else []
    chips += [ctx.text("linked to {deal}", deal=deal.reference)] if deal else []
    fact = "✅ " + " · ".join(chips)
    if follow_up is not None:
        fact += " → " + await _follow(ctx, follow_up, contact, deal)
    more = await _next_step(ctx, contact, deal) if deal and follow_up is None else ()
    return receipt(ctx, fact, activity, more=more)


async def _plan_call(ctx: Context, contact: Contact, deal: Deal | None, at: when.When, notes: str) -> Reply:
    parents = _parents(contact, deal)
    activity = await Activity.plan(ActivityKind.CALL, ctx.author, at=at.instant, notes=notes, **parents)
    words = ctx.text("Call {name}", name=contact.name)
    await Reminder.schedule(words, ctx.author, wall=at.wall, zone=at.zone, **parents)
    fact = ctx.text(
        "⏰ Call planned · {name} · {time}", name=await named(ctx, contact), time=ctx.instant(at.instant)
    )
    return receipt(ctx, fact, activity)


async def _follow(ctx: Context, follow_up: FollowUp, contact: Contact, deal: Deal | None) -> str:
    words = follow_up.text or ctx.text("Follow up with {name}", name=contact.name)
    reminder = await Reminder.schedule(
        words, ctx.author, wall=follow_up.at.wall, zone=follow_up.at.zone, **_parents(contact, deal)
    )
    shown = follow_up.text or ctx.text("Follow-up")
    return f"⏰ {shown[:1].upper()}{shown[1:]} {ctx.instant(reminder.due_at)}"


def _parents(contact: Contact, deal: Deal | None) -> dict[str, Any]:
    return {
        "contact_id": contact.id,
        "company_id": contact.company_id,
        "deal_id": deal.id if deal else None,
    }


async def _only_open_deal(ctx: Context, contact: Contact) -> Deal | None:
    """The deal that a touch with this person is about, where only one can be meant."""
    rows = Deal.visible_to(ctx.member).filter(stage__kind=StageKind.OPEN)
    mine = await rows.filter(links__contact_id=contact.id).limit(2)
    if not mine and contact.company_id is not None:
        mine = await rows.filter(company_id=contact.company_id).limit(2)
    return mine[0] if len(mine) == 1 else None


# The days offered for a next step; read by our own grammar, so that days off are passed over.
_NEXT_STEPS = (
    (msg("Tomorrow"), "tomorrow"),
    (msg("Friday"), "friday"),
    (msg("Next Monday"), "next monday"),
)


async def _next_step(ctx: Context, contact: Contact, deal: Deal) -> tuple[Block, ...]:
    """Ask for a next step where the deal has none."""
    if await Reminder.visible_to(ctx.member).filter(deal_id=deal.id, state=ReminderState.OPEN).exists():
        return ()
    known = {
        "deal": deal.reference,
        "contact": contact.reference,
        "text": ctx.text("Follow up with {name}", name=contact.name),
    }
    buttons = [
        Button(ctx.text(label), Invocation("remind", {**known, "at": when.dump(ctx.upcoming(words))}))
        for label, words in _NEXT_STEPS
    ]
    buttons.append(Button(ctx.text("Skip"), Invocation("skip")))
    return Text(ctx.text("Next step?")), Buttons(tuple(buttons))


@command(msg("Write a note"))
async def note(ctx: Context, record: AnyRecord, *, notes: Rest) -> Reply:
    """Write a note on a contact, company, deal or lead."""
    parents: dict[str, Any] = {f"{record.KIND}_id": record.id}
    activity = await Activity.log(ActivityKind.NOTE, ctx.author, at=ctx.said_at, notes=notes, **parents)
    fact = ctx.text("✅ Note on {id} {name}", id=record.reference, name=record.title)
    return receipt(ctx, fact, activity)
