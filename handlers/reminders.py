"""Follow-ups: asked for, shown, done, put off, and pushed back into the chat when they are due."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated

from handlers.cards import about, last_note, reminder_buttons, undoable
from handlers.chat import verbs, when
from handlers.chat.arguments import (
    AnyReminder,
    Bound,
    Hidden,
    NamedDeal,
    OtherReading,
    RestArgument,
    Someone,
    Until,
    When,
    people_in,
)
from handlers.chat.command import Handler, command
from handlers.chat.context import Context
from handlers.chat.focus import SUBJECTS, focused, is_pronoun
from handlers.chat.i18n import msg
from handlers.chat.next_step import next_step
from handlers.chat.people import parents
from handlers.chat.push import composer
from handlers.chat.reading import Reading
from handlers.chat.remarks import next_working_day, remarks
from handlers.chat.reply import Block, Button, Buttons, Invocation, Reply, Text
from models import search
from models.activity import Activity, ActivityKind
from models.contact import Contact
from models.deal import Deal, StageKind
from models.errors import InvalidValue
from models.lead import Lead
from models.member import Member
from models.notification import Notification
from models.reminder import Reminder, ReminderState

# A push is called late from here on: the tick runs every second, and a reminder has minutes.
_LATE = timedelta(minutes=2)
# The text column's length.
_LONGEST_TEXT = 1000
# The column of an activity's subject; its follow-up has the text whole.
_LONGEST_SUBJECT = 300


class TaskArgument(RestArgument):
    """What to do; where no words say it, to follow up whom, or what, the line is about."""

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        text = await super().take(ctx, reading, bound)
        if text and not is_pronoun(text):
            return text
        refs = ctx.memory.shown if text else ctx.memory.replied
        about = bound.get("contact") or await focused(ctx, refs, SUBJECTS)
        if about is None:
            return None
        if isinstance(about, Contact | Lead):
            return ctx.text("Follow up with {name}", name=about.title)
        return ctx.text("Follow up on {name}", name=about.title)


Task = Annotated[str, TaskArgument()]


def _setting(kind: ActivityKind | None) -> Handler:
    """The handler that sets a follow-up; of a kind, it is what a planned activity of that kind rings by."""

    async def remind(
        ctx: Context,
        text: Task,
        at: When,
        deal: NamedDeal | None = None,
        contact: Someone | None = None,
        *,
        swapped: OtherReading | None = None,
        kept: Hidden | None = None,
    ) -> Reply:
        """Remind the speaker; a past time is refused, a typed date on a day off is asked about."""
        if len(text) > _LONGEST_TEXT:
            raise InvalidValue("text", text, "too_long")
        known = {"text": text, **_about(deal, contact)}
        if at.instant <= ctx.said_at:
            return await _past(ctx, known, at, contact)
        if at.typed_date and not kept and at.wall.weekday() not in ctx.speaker.working_days:
            return _day_off(ctx, known, at, swapped)
        about_whom = parents(contact, deal)
        if kind is not None:
            await Activity.plan(
                kind, ctx.author, at=at.instant, subject=text[:_LONGEST_SUBJECT], **about_whom
            )
        reminder = await Reminder.schedule(text, ctx.author, wall=at.wall, zone=at.zone, **about_whom)
        return _set(ctx, reminder, at, deal, contact)

    return remind


command(msg("Set a follow-up"), name="remind")(_setting(None))
command(msg("Plan a task"), name="task")(_setting(ActivityKind.TASK))


def _set(
    ctx: Context, reminder: Reminder, at: when.When, deal: Deal | None, contact: Contact | Lead | None
) -> Reply:
    ctx.memory.show(reminder)
    chips = [f"⏰ {_clock(ctx, reminder.due_at)}", reminder.text]
    # Whoever the words alone led to is named: the follow-up will ring with their number.
    if contact is not None and not set(search.parts(contact.title)) <= set(search.parts(reminder.text)):
        chips.append(contact.title)
    chips += [deal.reference] if deal else []
    lines = [" · ".join(chips), *remarks(ctx, at)]
    said = {"said": ctx.author.said}
    buttons = [
        Button(ctx.text("Undo"), Invocation("undo", said)),
        Button(ctx.text("Edit"), Invocation("edit", said)),
    ]
    if at.weekday_next:
        week = when.at(at.wall + timedelta(days=7), at.zone)
        later = {"reminder": reminder.reference, "at": when.dump(week)}
        buttons.append(Button(ctx.text("+1 week"), Invocation("snooze", later)))
    return Reply((Text("\n".join(lines)), Buttons(tuple(buttons))), replaces=ctx.request.pressed is not None)


def _about(deal: Deal | None, contact: Contact | Lead | None) -> dict[str, str]:
    known = {"deal": deal, "contact": contact}
    return {name: record.reference for name, record in known.items() if record is not None}


def _clock(ctx: Context, at: datetime) -> str:
    """An instant on the member's clock; with the city where that is not the workspace's."""
    shown = ctx.instant(at)
    if ctx.zone == ctx.member.workspace.zone:
        return shown
    return f"{shown} ({ctx.zone.rsplit('/', 1)[-1].replace('_', ' ')})"


async def _past(ctx: Context, known: dict[str, str], at: when.When, contact: Contact | Lead | None) -> Reply:
    tomorrow = ctx.upcoming("tomorrow").wall.date()
    again = when.at(datetime.combine(tomorrow, at.wall.time()), ctx.zone)
    buttons = []
    if happened := await _happened(ctx, known["text"], at, contact):
        buttons.append(Button(ctx.text("Log it as a call"), happened))
    label = ctx.instant(again.instant)
    buttons.append(Button(label, Invocation(ctx.command, {**known, "at": when.dump(again)})))
    buttons.append(Button(ctx.text("Cancel"), Invocation("cancel")))
    sentence = ctx.text("That is in the past ({time}). Nothing was set.", time=ctx.instant(at.instant))
    return Reply((Text(sentence), Buttons(tuple(buttons))), replaces=ctx.request.pressed is not None)


async def _happened(
    ctx: Context, text: str, at: when.When, contact: Contact | Lead | None
) -> Invocation | None:
    """The call that it may have been; of several namesakes one is asked for then."""
    if contact is not None:
        return Invocation("call", {"contact": contact.reference, "at": when.dump(at), "notes": text})
    if not await people_in(ctx, text):
        return None
    verb = verbs.shown("call", ctx.locale.language)
    return Invocation("say", {"line": f"{verb} {text} {at.wall:%Y-%m-%dT%H:%M}"})


def _day_off(ctx: Context, known: dict[str, str], at: when.When, swapped: when.When | None) -> Reply:
    following = next_working_day(ctx, at.wall.date())
    other = when.at(datetime.combine(following, time(9)), ctx.zone)
    buttons = [
        Button(ctx.instant(other.instant), Invocation(ctx.command, {**known, "at": when.dump(other)})),
        Button(ctx.text("Keep"), Invocation(ctx.command, {**known, "at": when.dump(at), "kept": "yes"})),
    ]
    if swapped is not None:
        other_way = {**known, "at": when.dump(swapped), "kept": "yes"}
        buttons.append(Button(ctx.instant(swapped.instant), Invocation(ctx.command, other_way)))
    sentence = ctx.text("⏰ {time} is a day off. When shall I remind you?", time=ctx.instant(at.instant))
    return Reply((Text(sentence), Buttons(tuple(buttons))), replaces=ctx.request.pressed is not None)


@command(msg("Finish a follow-up"), apart=True)
async def done(ctx: Context, reminder: AnyReminder) -> Reply:
    """Finish a follow-up; its pushes already sent say so from then on."""
    await reminder.require_writable(ctx.member)
    await reminder.complete(ctx.author)
    sentence = ctx.text(
        "✅ Done by {name}, {time} · {text}",
        name=ctx.member.name,
        time=ctx.instant(ctx.now),
        text=reminder.text,
    )
    ctx.amend(reminder.subject, Reply((Text(sentence),)))
    return undoable(ctx, sentence, *await _further(ctx, reminder))


async def _further(ctx: Context, reminder: Reminder) -> tuple[Block, ...]:
    """The question for a next step, where it was about an open deal and somebody."""
    rows = Deal.visible_to(ctx.member).filter(stage__kind=StageKind.OPEN)
    deal = await rows.get_or_none(id=reminder.deal_id) if reminder.deal_id else None
    if deal is None:
        return ()
    people = [reminder.contact_id] if reminder.contact_id else await deal.contact_ids()
    person = await Contact.visible_to(ctx.member).filter(id__in=people[:1]).first()
    return await next_step(ctx, person, deal) if person is not None else ()


@command(msg("Put a follow-up off"))
async def snooze(ctx: Context, reminder: AnyReminder, at: Until) -> Reply:
    """Put a follow-up off to a chosen time."""
    await reminder.require_writable(ctx.member)
    if at.instant <= ctx.said_at:
        return Reply((Text(ctx.text("That is in the past ({time}).", time=ctx.instant(at.instant))),))
    await reminder.snooze(ctx.author, wall=at.wall, zone=at.zone)
    ctx.memory.show(reminder)
    sentence = ctx.text(
        "⏰ Put off to {time} · {text}", time=_clock(ctx, reminder.due_at), text=reminder.text
    )
    ctx.amend(reminder.subject, Reply((Text(sentence),)))
    return undoable(ctx, "\n".join([sentence, *remarks(ctx, at)]))


@command(msg("Let a follow-up go"), apart=True)
async def skip(ctx: Context, reminder: AnyReminder) -> Reply:
    """Let a follow-up go that nobody is going to do; its pushes already sent say so from then on."""
    await reminder.require_writable(ctx.member)
    await reminder.cancel(ctx.author)
    sentence = ctx.text("✅ Skipped by {name} · {text}", name=ctx.member.name, text=reminder.text)
    ctx.amend(reminder.subject, Reply((Text(sentence),)))
    return undoable(ctx, sentence)


@command(msg("Leave it"), hidden=True)
async def leave(ctx: Context) -> Reply:
    """No next step for now."""
    return Reply((Text(ctx.text("All right, no next step for now.")),), private=True)


@composer("reminder")
async def compose(ctx: Context, notification: Notification) -> Reply | None:
    """The push of a due reminder; None where it was done, deleted or hidden meanwhile."""
    reminder = await Reminder.visible_to(ctx.member).get_or_none(id=notification.record_id)
    if reminder is None or reminder.state is not ReminderState.OPEN:
        return None
    lines = [f"⏰ {reminder.text}", *await _why(ctx, reminder)]
    owner = await Member.get(id=reminder.member_id)
    if not owner.active:
        lines.append(ctx.text("It was {name}'s, who is no longer a member here.", name=owner.name))
    if ctx.now - notification.due_at > _LATE:
        lines.append(ctx.text("Late: it was due {time}.", time=ctx.instant(notification.due_at)))
    buttons = Buttons(reminder_buttons(ctx, reminder))
    return Reply((Text("\n".join(lines)), buttons), subject=reminder.subject)


async def _why(ctx: Context, reminder: Reminder) -> list[str]:
    """Whom it is about, the number to call, and the last note."""
    lines = [shown] if (shown := await about(ctx, reminder)) else []
    contact = await Contact.visible_to(ctx.member).get_or_none(id=reminder.contact_id)
    if contact is not None and contact.phones:
        lines.append(f"📞 {contact.phones[0]}")
    touch = await last_note(ctx, reminder)
    if touch:
        lines.append(ctx.text("Last note: {note}", note=touch))
    return lines
