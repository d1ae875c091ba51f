"""What happened, or is planned: calls, meetings, e-mails, notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from handlers.cards import named, receipt
from handlers.chat import binding, when
from handlers.chat.arguments import Duration, FollowUp, NamedDeal, Next, Rest, When
from handlers.chat.command import REGISTER, Handler, command
from handlers.chat.context import Context
from handlers.chat.errors import Asked, Choice, Misread
from handlers.chat.i18n import msg
from handlers.chat.next_step import next_step
from handlers.chat.options import Outcome, option_name
from handlers.chat.people import APerson, Noted, parents
from handlers.chat.reply import Invocation, Reply
from handlers.chat.telling import Ahead, Direction, Planned
from models.activity import Activity, ActivityKind
from models.contact import Contact
from models.deal import Deal, StageKind
from models.lead import Lead
from models.reminder import Reminder


@dataclass(frozen=True, slots=True)
class _Words:
    """How one kind of touch is spoken of: in the receipts, and in the follow-up of a planned one."""

    logged: str
    planned: str
    reminder: str


_WORDS: dict[ActivityKind, _Words] = {
    ActivityKind.CALL: _Words(msg("Call logged"), msg("Call planned"), msg("Call {name}")),
    ActivityKind.MEETING: _Words(msg("Meeting logged"), msg("Meeting planned"), msg("Meeting with {name}")),
    ActivityKind.EMAIL: _Words(msg("E-mail logged"), msg("E-mail planned"), msg("Write to {name}")),
}

# Who began it, in front of the chips.
_DIRECTIONS = {"in": msg("incoming"), "out": msg("outgoing")}


@dataclass(frozen=True, slots=True)
class _Told:
    """What a line told of one touch; ``at`` is None for now."""

    kind: ActivityKind
    person: Contact | Lead
    deal: Deal | None
    at: when.When | None
    duration: timedelta | None
    outcome: str
    direction: str
    notes: str


def _telling(kind: ActivityKind) -> Handler:
    """The handler that logs, or plans, one kind of touch."""

    async def tell(
        ctx: Context,
        *,
        direction: Direction | None = None,
        contact: APerson,
        deal: NamedDeal | None = None,
        ahead: Ahead | None = None,
        at: When | None = None,
        duration: Duration | None = None,
        planned: Planned | None = None,
        outcome: Outcome | None = None,
        follow_up: Next | None = None,
        notes: Rest | None = None,
    ) -> Reply:
        """Log what was; with a time that lies ahead it is planned instead."""
        deal = deal or await _only_open_deal(ctx, contact)
        told = _Told(kind, contact, deal, at, duration, outcome or "", direction or "", notes or "")
        if planned:
            return await _plan(ctx, told, _planned_for(ctx, ahead or at))
        if at is not None and at.instant > ctx.said_at:
            return await _plan(ctx, told, at)
        # What a meeting is about may be known before it; what was said in a call is not.
        over = duration or outcome or follow_up or (notes and kind is not ActivityKind.MEETING)
        if at is not None and ahead is not None and not over:
            raise _past_or_future(ctx, at, ahead)
        return await _log(ctx, told, follow_up)

    return tell


command(msg("Log a call"), name="call", log=True)(_telling(ActivityKind.CALL))
command(msg("Log an e-mail"), name="email", log=True)(_telling(ActivityKind.EMAIL))
command(msg("Log or plan a meeting"), name="meeting", log=True)(_telling(ActivityKind.MEETING))


def _planned_for(ctx: Context, at: when.When | None) -> when.When:
    """Raises: Asked, without a time; Misread, for one that is over."""
    if at is None:
        raise _asked_when(ctx, ctx.text("When?"), ())
    if at.instant <= ctx.said_at:
        raise Misread(ctx.text("That is in the past ({time}).", time=ctx.instant(at.instant)))
    return at


def _past_or_future(ctx: Context, past: when.When, ahead: when.When) -> Asked:
    """A weekday with nothing told: it may have been, or be still to come."""
    choices = [
        Choice(ctx.text("It was {time}", time=ctx.instant(past.instant)), when.dump(past)),
        Choice(ctx.text("Plan {time}", time=ctx.instant(ahead.instant)), when.dump(ahead)),
    ]
    return _asked_when(ctx, ctx.text("Which day is meant?"), choices)


def _asked_when(ctx: Context, prompt: str, choices: Sequence[Choice]) -> Asked:
    known = binding.dump(REGISTER[ctx.command], ctx.bound)
    known = {name: value for name, value in known.items() if name not in {"at", "ahead"}}
    return Asked(Invocation(ctx.command, known), "at", prompt, choices)


async def _log(ctx: Context, told: _Told, follow_up: FollowUp | None) -> Reply:
    person, deal, at = told.person, told.deal, told.at
    activity = await Activity.log(
        told.kind,
        ctx.author,
        at=at.instant if at else ctx.said_at,
        duration=told.duration,
        outcome=told.outcome,
        direction=told.direction,
        notes=told.notes,
        **parents(person, deal),
    )
    chips = [ctx.text(_WORDS[told.kind].logged), await named(ctx, person), *_chips(ctx, told)]
    chips += [ctx.instant(at.instant)] if at else []
    chips += [ctx.text("linked to {deal}", deal=deal.reference)] if deal else []
    fact = "✅ " + " · ".join(chips)
    if follow_up is not None:
        fact += " → " + await _follow(ctx, follow_up, person, deal)
    more = await next_step(ctx, person, deal) if deal and follow_up is None else ()
    return receipt(ctx, fact, activity, more=more)


def _chips(ctx: Context, told: _Told) -> list[str]:
    chips = [ctx.text(_DIRECTIONS[told.direction])] if told.direction else []
    chips += [ctx.locale.duration(told.duration)] if told.duration else []
    return [*chips, option_name(ctx, told.outcome)] if told.outcome else chips


async def _plan(ctx: Context, told: _Told, at: when.When) -> Reply:
    """Plan it, with the follow-up that rings at its time; finishing that finishes it."""
    words = _WORDS[told.kind]
    activity = await Activity.plan(
        told.kind,
        ctx.author,
        at=at.instant,
        duration=told.duration,
        direction=told.direction,
        notes=told.notes,
        **parents(told.person, told.deal),
    )
    text = ctx.text(words.reminder, name=told.person.title)
    await Reminder.schedule(text, ctx.author, wall=at.wall, zone=at.zone, **parents(told.person, told.deal))
    chips = [ctx.text(words.planned), await named(ctx, told.person), *_chips(ctx, told)]
    chips += [ctx.instant(at.instant)]
    return receipt(ctx, "⏰ " + " · ".join(chips), activity)


async def _follow(ctx: Context, follow_up: FollowUp, person: Contact | Lead, deal: Deal | None) -> str:
    words = follow_up.text or ctx.text("Follow up with {name}", name=person.title)
    reminder = await Reminder.schedule(
        words, ctx.author, wall=follow_up.at.wall, zone=follow_up.at.zone, **parents(person, deal)
    )
    shown = follow_up.text or ctx.text("Follow-up")
    return f"⏰ {shown[:1].upper()}{shown[1:]} {ctx.instant(reminder.due_at)}"


async def _only_open_deal(ctx: Context, person: Contact | Lead) -> Deal | None:
    """The deal that a touch with this person is about, where only one can be meant."""
    if isinstance(person, Lead):
        return None
    rows = Deal.visible_to(ctx.member).filter(stage__kind=StageKind.OPEN)
    mine = await rows.filter(links__contact_id=person.id).limit(2)
    if not mine and person.company_id is not None:
        mine = await rows.filter(company_id=person.company_id).limit(2)
    return mine[0] if len(mine) == 1 else None


@command(msg("Write a note"))
async def note(ctx: Context, record: Noted, *, notes: Rest) -> Reply:
    """Write a note on a contact, company, deal or lead."""
    about: dict[str, Any] = {f"{record.KIND}_id": record.id}
    activity = await Activity.log(ActivityKind.NOTE, ctx.author, at=ctx.said_at, notes=notes, **about)
    fact = ctx.text("✅ Note on {id} {name}", id=record.reference, name=record.title)
    return receipt(ctx, fact, activity)
