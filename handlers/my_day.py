"""My day: what is due, what is overdue, who is next, and what to know before talking to somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from handlers.cards import about, last_note, named, reminder_buttons, touches
from handlers.chat import when
from handlers.chat.arguments import Hidden, stage_name
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.people import Anything
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Table, Text
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Stage
from models.lead import Lead
from models.record import Record
from models.reminder import Reminder, ReminderState

# Lines of a list, a phone's screen.
_PAGE = 10


@command(msg("Your follow-ups for today"), reads=True)
async def today(ctx: Context, after: Hidden | None = None) -> Reply:
    """The speaker's follow-ups until the end of their day, overdue ones first."""
    due = _open(ctx).filter(due_at__lt=_midnight(ctx))
    return await _listed(ctx, due, ctx.text("Today"), ctx.text("Nothing is due today. 👍"), after)


@command(msg("Your follow-ups that are overdue"), reads=True)
async def overdue(ctx: Context, after: Hidden | None = None) -> Reply:
    """The speaker's follow-ups whose time is over, the oldest first."""
    late = _open(ctx).filter(due_at__lt=ctx.now)
    return await _listed(ctx, late, ctx.text("Overdue"), ctx.text("Nothing is overdue. 👍"), after)


def _open(ctx: Context) -> QuerySet[Reminder]:
    rows = Reminder.visible_to(ctx.member).filter(member_id=ctx.member.id, state=ReminderState.OPEN)
    return rows.order_by("due_at", "id")


def _midnight(ctx: Context) -> datetime:
    here = ctx.now.astimezone(ZoneInfo(ctx.zone))
    return when.at(datetime.combine(here.date() + timedelta(days=1), time()), ctx.zone).instant


async def _listed(
    ctx: Context, rows: QuerySet[Reminder], title: str, nothing: str, after: str | None
) -> Reply:
    """A page of follow-ups; ``after`` so many that were shown before, whose line numbers still count."""
    start = int(after or 0)
    due = await rows.limit(start + _PAGE)
    if not due:
        return Reply((Text(nothing),))
    ctx.memory.listed = [reminder.reference for reminder in due]
    lines = [await _line(ctx, number, due[number - 1]) for number in range(start + 1, len(due) + 1)]
    columns = (ctx.text("No."), ctx.text("When"), ctx.text("What"), ctx.text("About"))
    table = Table(columns, tuple(lines), title=title, numeric=(0,))
    hint = Text(ctx.text("Answer with “done 1” or “snooze 1 2h”."))
    more = await rows.count() - len(due)
    if more <= 0:
        return Reply((table, hint))
    next_page = Invocation(ctx.command, {"after": str(len(due))})
    label = ctx.text("… {n} more", n=more)
    return Reply((table, hint, Buttons((Button(label, next_page),))))


async def _line(ctx: Context, number: int, reminder: Reminder) -> tuple[str, ...]:
    shown = ctx.instant(reminder.due_at)
    if reminder.due_at < ctx.now:
        shown = ctx.text("{time} (overdue)", time=shown)
    return str(number), shown, reminder.text, await about(ctx, reminder)


@command(msg("Who is next"), reads=True)
async def next(ctx: Context) -> Reply:  # the command's name
    """The next person that the speaker has to talk to, with the number to call and the last note."""
    reminder = await _open(ctx).filter(Q(contact_id__isnull=False) | Q(lead_id__isnull=False)).first()
    if reminder is None:
        return Reply((Text(ctx.text("Nobody waits for you. 👍")),))
    ctx.memory.show(reminder)
    person = await _person(ctx, reminder)
    lines = [f"⏰ {(await _line(ctx, 1, reminder))[1]} · {reminder.text}", await about(ctx, reminder)]
    lines += [f"📞 {person.phones[0]}"] if person is not None and person.phones else []
    if note := await last_note(ctx, reminder):
        lines.append(ctx.text("Last note: {note}", note=note))
    buttons = list(reminder_buttons(ctx, reminder))
    if person is not None:
        ctx.memory.show(person)
        call = Invocation("call", {"contact": person.reference})
        buttons.insert(0, Button(ctx.text("Log a call"), call))
    return Reply((Text("\n".join(lines)), Buttons(tuple(buttons))))


async def _person(ctx: Context, reminder: Reminder) -> Contact | Lead | None:
    if reminder.contact_id is not None:
        return await Contact.visible_to(ctx.member).get_or_none(id=reminder.contact_id)
    return await Lead.visible_to(ctx.member).get_or_none(id=reminder.lead_id)


# `prep` fills at most eight lines: who, three touches, two deals, two promises.
_MOST_DEALS = 2
_MOST_PROMISES = 2


@command(msg("What to know before you talk"), reads=True)
async def prep(ctx: Context, record: Anything) -> Reply:
    """The last three touches, the open deals and what was promised, in at most eight lines."""
    ctx.memory.show(record)
    lines = [await _who(ctx, record)]
    lines += await touches(ctx, record, planned=False) or [ctx.text("No touch yet.")]
    deals = await _deals(ctx, record)
    lines += _cut(ctx, [await _deal(ctx, deal) for deal in deals], _MOST_DEALS)
    lines += _cut(ctx, await _promises(ctx, record, deals), _MOST_PROMISES)
    open_ = Button(ctx.text("Open"), Invocation("show", {"record": record.reference}))
    return Reply((Text("\n".join(lines)), Buttons((open_,))))


async def _who(ctx: Context, record: Record) -> str:
    shown = await named(ctx, record) if isinstance(record, Contact | Lead) else record.title
    phones = record.phones if isinstance(record, Contact | Lead) else []
    return " · ".join([f"{record.reference} {shown}", *(f"📞 {phone}" for phone in phones[:1])])


async def _deals(ctx: Context, record: Record) -> list[Deal]:
    """The open deals of a person or company, the one that closes first first; of a deal itself."""
    rows = Deal.visible_to(ctx.member).filter(closed_at__isnull=True)
    match record:
        case Contact():
            rows = rows.filter(links__contact_id=record.id)
        case Company():
            rows = rows.filter(company_id=record.id)
        case Deal():
            return [record]
        case _:
            return []
    # Sorted here: the two databases do not agree where a missing date stands.
    return sorted(await rows, key=lambda deal: (deal.expected_close or date.max, deal.id))


async def _deal(ctx: Context, deal: Deal) -> str:
    chips = [f"{deal.reference} {deal.name}", stage_name(ctx, await Stage.get(id=deal.stage_id))]
    chips += [ctx.locale.money(deal.money.amount, deal.money.currency)] if deal.money else []
    return "💼 " + " · ".join([*chips, deal.next_step] if deal.next_step else chips)


async def _promises(ctx: Context, record: Record, deals: Sequence[Deal]) -> list[str]:
    """The open follow-ups about it and its deals, whoever's they are."""
    own = Q(**{f"{record.KIND}_id": record.id}) | Q(deal_id__in=[deal.id for deal in deals])
    rows = Reminder.visible_to(ctx.member).filter(own, state=ReminderState.OPEN).order_by("due_at", "id")
    return [f"⏰ {ctx.instant(reminder.due_at)} · {reminder.text}" for reminder in await rows]


def _cut(ctx: Context, lines: Sequence[str], most: int) -> list[str]:
    """So many lines; the last of them says how many more there are."""
    more = len(lines) - most
    if more <= 0:
        return list(lines)
    counted = ctx.text("… {n} more", n=more)
    return [*lines[: most - 1], f"{lines[most - 1]} ({counted})"]
