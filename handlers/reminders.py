"""Follow-ups: asked for, shown, done, put off, and pushed back into the chat when they are due."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.cards import about, reminder_buttons
from handlers.chat import when
from handlers.chat.arguments import AnyReminder, Hidden, NamedDeal, OtherReading, Rest, Someone, Until, When
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.push import composer
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Table, Text
from models.activity import Activity
from models.contact import Contact
from models.deal import Deal
from models.errors import InvalidValue
from models.notification import Notification
from models.reminder import Reminder, ReminderState

# A push is called late from here on: the tick runs every second, and a reminder has minutes.
_LATE = timedelta(minutes=2)
# Lines of `today`.
_PAGE = 20
# The text column's length.
_LONGEST_TEXT = 1000


@command(msg("Set a follow-up"))
async def remind(
    ctx: Context,
    text: Rest,
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
        return _past(ctx, known, at, contact)
    if at.typed_date and not kept and at.wall.weekday() not in ctx.speaker.working_days:
        return _day_off(ctx, known, at, swapped)
    reminder = await Reminder.schedule(
        text,
        ctx.author,
        wall=at.wall,
        zone=at.zone,
        contact_id=contact.id if contact else None,
        company_id=contact.company_id if contact else None,
        deal_id=deal.id if deal else None,
    )
    ctx.memory.show(reminder)
    chips = [f"⏰ {_clock(ctx, reminder.due_at)}", text, *([deal.reference] if deal else [])]
    lines = [" · ".join(chips), *_remarks(ctx, at)]
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


def _about(deal: Deal | None, contact: Contact | None) -> dict[str, str]:
    known = {"deal": deal, "contact": contact}
    return {name: record.reference for name, record in known.items() if record is not None}


def _clock(ctx: Context, at: datetime) -> str:
    """An instant on the member's clock; with the city where that is not the workspace's."""
    shown = ctx.instant(at)
    if ctx.zone == ctx.member.workspace.zone:
        return shown
    return f"{shown} ({ctx.zone.rsplit('/', 1)[-1].replace('_', ' ')})"


def _remarks(ctx: Context, at: when.When) -> list[str]:
    """What the reader should know of how a time was found."""
    remarks = []
    if at.gap:
        remarks.append(
            ctx.text("The clocks go forward that night: that hour does not exist, so it is later.")
        )
    if at.moved_from is not None:
        day = ctx.locale.date(at.moved_from, now=ctx.now)
        remarks.append(ctx.text("{day} is a day off, so it is the next working day.", day=day))
    return remarks


def _past(ctx: Context, known: dict[str, str], at: when.When, contact: Contact | None) -> Reply:
    tomorrow = ctx.upcoming("tomorrow").wall.date()
    again = when.at(datetime.combine(tomorrow, at.wall.time()), ctx.zone)
    buttons = []
    if contact is not None:
        happened = {"contact": contact.reference, "at": when.dump(at), "notes": known["text"]}
        buttons.append(Button(ctx.text("Log it as a call"), Invocation("call", happened)))
    label = ctx.instant(again.instant)
    buttons.append(Button(label, Invocation("remind", {**known, "at": when.dump(again)})))
    buttons.append(Button(ctx.text("Cancel"), Invocation("cancel")))
    sentence = ctx.text("That is in the past ({time}). Nothing was set.", time=ctx.instant(at.instant))
    return Reply((Text(sentence), Buttons(tuple(buttons))), replaces=ctx.request.pressed is not None)


def _day_off(ctx: Context, known: dict[str, str], at: when.When, swapped: when.When | None) -> Reply:
    following = at.wall.date() + timedelta(days=1)
    while following.weekday() not in ctx.speaker.working_days:
        following += timedelta(days=1)
    other = when.at(datetime.combine(following, time(9)), ctx.zone)
    buttons = [
        Button(ctx.instant(other.instant), Invocation("remind", {**known, "at": when.dump(other)})),
        Button(ctx.text("Keep"), Invocation("remind", {**known, "at": when.dump(at), "kept": "yes"})),
    ]
    if swapped is not None:
        other_way = {**known, "at": when.dump(swapped), "kept": "yes"}
        buttons.append(Button(ctx.instant(swapped.instant), Invocation("remind", other_way)))
    sentence = ctx.text("⏰ {time} is a day off. When shall I remind you?", time=ctx.instant(at.instant))
    return Reply((Text(sentence), Buttons(tuple(buttons))), replaces=ctx.request.pressed is not None)


@command(msg("Your follow-ups for today"), reads=True)
async def today(ctx: Context) -> Reply:
    """The speaker's follow-ups until the end of their day, overdue ones first."""
    here = ctx.now.astimezone(ZoneInfo(ctx.zone))
    midnight = when.at(datetime.combine(here.date() + timedelta(days=1), time()), ctx.zone).instant
    rows = Reminder.visible_to(ctx.member).filter(
        member_id=ctx.member.id, state=ReminderState.OPEN, due_at__lt=midnight
    )
    due = await rows.order_by("due_at", "id").limit(_PAGE + 1)
    if not due:
        return Reply((Text(ctx.text("Nothing is due today. 👍")),))
    page = due[:_PAGE]
    ctx.memory.listed = [reminder.reference for reminder in page]
    lines = [await _line(ctx, number, reminder) for number, reminder in enumerate(page, start=1)]
    columns = (ctx.text("No."), ctx.text("When"), ctx.text("What"), ctx.text("About"))
    table = Table(columns, tuple(lines), title=ctx.text("Today"), numeric=(0,))
    hint = ctx.text("Answer with “done 1” or “snooze 1 2h”.")
    if len(due) > _PAGE:
        hint = ctx.text("There are more. Finish some, then ask again.") + " " + hint
    return Reply((table, Text(hint)))


async def _line(ctx: Context, number: int, reminder: Reminder) -> tuple[str, ...]:
    time_shown = ctx.instant(reminder.due_at)
    if reminder.due_at < ctx.now:
        time_shown = ctx.text("{time} (overdue)", time=time_shown)
    return str(number), time_shown, reminder.text, await about(ctx, reminder)


@command(msg("Finish a follow-up"))
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
    undo = Button(ctx.text("Undo"), Invocation("undo", {"said": ctx.author.said}))
    return Reply((Text(sentence), Buttons((undo,))), replaces=ctx.request.pressed is not None)


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
    lines = "\n".join([sentence, *_remarks(ctx, at)])
    undo = Button(ctx.text("Undo"), Invocation("undo", {"said": ctx.author.said}))
    return Reply((Text(lines), Buttons((undo,))), replaces=ctx.request.pressed is not None)


@command(msg("Leave it"), hidden=True)
async def skip(ctx: Context) -> Reply:
    """No next step for now."""
    return Reply((Text(ctx.text("All right, no next step for now.")),), private=True)


@composer("reminder")
async def compose(ctx: Context, notification: Notification) -> Reply | None:
    """The push of a due reminder; None where it was done, deleted or hidden meanwhile."""
    reminder = await Reminder.visible_to(ctx.member).get_or_none(id=notification.record_id)
    if reminder is None or reminder.state is not ReminderState.OPEN:
        return None
    lines = [f"⏰ {reminder.text}", *await _why(ctx, reminder)]
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
    touch = await _last_note(ctx, reminder)
    if touch:
        lines.append(ctx.text("Last note: {note}", note=touch))
    return lines


async def _last_note(ctx: Context, reminder: Reminder) -> str:
    rows = Activity.visible_to(ctx.member).exclude(notes="")
    if reminder.contact_id is not None:
        rows = rows.filter(contact_id=reminder.contact_id)
    elif reminder.deal_id is not None:
        rows = rows.filter(deal_id=reminder.deal_id)
    else:
        return ""
    last = await rows.order_by("-at", "-id").first()
    return last.notes.split("\n", 1)[0] if last else ""
