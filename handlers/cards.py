"""Cards: how each record looks in chat, and the receipt that follows a write. The only place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from handlers.chat.arguments import stage_name
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.reply import Block, Button, Buttons, Card, Field, Invocation, Reply, Text
from models.activity import Activity, ActivityKind
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Stage
from models.lead import Lead
from models.member import Member
from models.record import Record
from models.reminder import Reminder

KIND_NAMES: dict[ActivityKind, str] = {
    ActivityKind.CALL: msg("Call"),
    ActivityKind.MEETING: msg("Meeting"),
    ActivityKind.EMAIL: msg("E-mail"),
    ActivityKind.NOTE: msg("Note"),
    ActivityKind.TASK: msg("Task"),
}

# Columns that people know by a name; what is not here is not shown in a history.
FIELDS: dict[str, str] = {
    "name": msg("Name"),
    "person": msg("Name"),
    "text": msg("Text"),
    "notes": msg("Note"),
    "stage_id": msg("Stage"),
    "amount": msg("Amount"),
    "expected_close": msg("Expected close"),
    "next_step": msg("Next step"),
    "company_id": msg("Company"),
    "contact_id": msg("Contact"),
    "owner_id": msg("Owner"),
    "member_id": msg("For"),
    "emails": msg("E-mail"),
    "phones": msg("Phone"),
    "wall": msg("When"),
    "state": msg("State"),
    "tags": msg("Tags"),
}

# Touches shown on a card; the rest is in the history.
_MOST_TOUCHES = 3


async def card(ctx: Context, record: Record) -> tuple[Block, ...]:
    """A record as its card, with the buttons that go with it."""
    ctx.memory.show(record)
    match record:
        case Contact():
            return await _contact(ctx, record)
        case Company():
            return await _company(ctx, record)
        case Deal():
            return await _deal(ctx, record)
        case Lead():
            return (
                Card(f"{record.reference} {record.person}", _fields((ctx.text("Company"), record.company))),
            )
        case Reminder():
            return await _reminder(ctx, record)
        case Activity():
            return await _activity(ctx, record)
    raise TypeError(record)


def _fields(*pairs: tuple[str, str]) -> tuple[Field, ...]:
    return tuple(Field(label, value) for label, value in pairs if value)


async def _contact(ctx: Context, contact: Contact) -> tuple[Block, ...]:
    deals = await _open_deals(ctx, contact)
    fields = _fields(
        (ctx.text("Company"), await Company.name_for(ctx.member, contact.company_id)),
        (ctx.text("Job"), contact.job_title),
        (ctx.text("Phone"), ", ".join(contact.phones)),
        (ctx.text("E-mail"), ", ".join(contact.emails)),
        (ctx.text("Deals"), ", ".join(f"{deal.reference} {deal.name}" for deal in deals)),
        (ctx.text("Owner"), await member_name(contact.owner_id)),
    )
    return (
        Card(f"{contact.reference} {contact.name}", fields, await _touches(ctx, contact)),
        Buttons(
            (
                Button(ctx.text("Log a call"), Invocation("call", {"contact": contact.reference})),
                Button(ctx.text("Remind me"), Invocation("remind", {"contact": contact.reference})),
                Button(ctx.text("History"), Invocation("history", {"record": contact.reference})),
            )
        ),
    )


async def _open_deals(ctx: Context, contact: Contact) -> Sequence[Deal]:
    rows = Deal.visible_to(ctx.member).filter(links__contact_id=contact.id, closed_at__isnull=True)
    return await rows.order_by("id")


async def _company(ctx: Context, company: Company) -> tuple[Block, ...]:
    contacts = await Contact.visible_to(ctx.member).filter(company_id=company.id).order_by("name").limit(5)
    deals = await Deal.visible_to(ctx.member).filter(company_id=company.id).order_by("-updated_at").limit(5)
    fields = _fields(
        (ctx.text("Website"), company.website),
        (ctx.text("City"), company.city),
        (ctx.text("Contacts"), ", ".join(f"{contact.reference} {contact.name}" for contact in contacts)),
        (ctx.text("Deals"), ", ".join(f"{deal.reference} {deal.name}" for deal in deals)),
        (ctx.text("Owner"), await member_name(company.owner_id)),
    )
    history = Button(ctx.text("History"), Invocation("history", {"record": company.reference}))
    return (
        Card(f"{company.reference} {company.name}", fields, await _touches(ctx, company)),
        Buttons((history,)),
    )


async def _deal(ctx: Context, deal: Deal) -> tuple[Block, ...]:
    stage = await Stage.get(id=deal.stage_id)
    contacts = (
        await Contact.visible_to(ctx.member).filter(deal_links__deal_id=deal.id).order_by("deal_links__id")
    )
    fields = _fields(
        (ctx.text("Stage"), stage_name(ctx, stage)),
        (ctx.text("Amount"), ctx.locale.money(deal.money.amount, deal.money.currency) if deal.money else ""),
        (ctx.text("Company"), await Company.name_for(ctx.member, deal.company_id)),
        (ctx.text("Contacts"), ", ".join(f"{contact.reference} {contact.name}" for contact in contacts)),
        (
            ctx.text("Expected close"),
            ctx.locale.date(deal.expected_close, now=ctx.now) if deal.expected_close else "",
        ),
        (ctx.text("Next step"), deal.next_step),
        (ctx.text("Owner"), await member_name(deal.owner_id)),
    )
    buttons = (
        Button(ctx.text("Move"), Invocation("move", {"deal": deal.reference})),
        Button(ctx.text("Remind me"), Invocation("remind", {"deal": deal.reference})),
        Button(ctx.text("History"), Invocation("history", {"record": deal.reference})),
    )
    title = f"{deal.reference} {deal.name}"
    return Card(title, fields, await _touches(ctx, deal)), Buttons(buttons)


async def _reminder(ctx: Context, reminder: Reminder) -> tuple[Block, ...]:
    fields = _fields(
        (ctx.text("When"), ctx.instant(reminder.due_at)),
        (ctx.text("About"), await about(ctx, reminder)),
        (ctx.text("For"), await member_name(reminder.member_id)),
    )
    return Card(f"{reminder.reference} {reminder.text}", fields), Buttons(reminder_buttons(ctx, reminder))


def reminder_buttons(ctx: Context, reminder: Reminder) -> tuple[Button, ...]:
    """What can be done about a follow-up."""
    known = {"reminder": reminder.reference}
    return (
        Button(ctx.text("Done"), Invocation("done", known), "primary"),
        Button(ctx.text("Snooze"), Invocation("snooze", known)),
        Button(ctx.text("Open"), Invocation("show", {"record": reminder.reference})),
    )


async def _activity(ctx: Context, activity: Activity) -> tuple[Block, ...]:
    fields = _fields(
        (ctx.text("When"), ctx.instant(activity.at)),
        (ctx.text("About"), await about(ctx, activity)),
        (
            ctx.text("Duration"),
            ctx.locale.duration(timedelta(seconds=activity.duration)) if activity.duration else "",
        ),
        (ctx.text("By"), await member_name(activity.owner_id)),
    )
    return (Card(f"{activity.reference} {ctx.text(KIND_NAMES[activity.kind])}", fields, activity.notes),)


async def about(ctx: Context, row: Activity | Reminder) -> str:
    """The records that a touch or a follow-up is about, those that the member may see."""
    names = []
    parents: tuple[tuple[type[Record], int | None], ...] = (
        (Contact, row.contact_id),
        (Company, row.company_id),
        (Lead, row.lead_id),
        (Deal, row.deal_id),
    )
    for model, record_id in parents:
        record = await model.visible_to(ctx.member).get_or_none(id=record_id) if record_id else None
        if record is not None:
            names.append(f"{record.reference} {record.title}")
    return ", ".join(names)


async def named(ctx: Context, contact: Contact) -> str:
    """A person with their company, as a receipt names them."""
    company = await Company.name_for(ctx.member, contact.company_id)
    return f"{contact.name} ({company})" if company else contact.name


async def _touches(ctx: Context, record: Record) -> str:
    rows = Activity.visible_to(ctx.member).filter(**{f"{record.KIND}_id": record.id})
    touches = await rows.order_by("-at", "-id").limit(_MOST_TOUCHES)
    return "\n".join([_touch(ctx, activity) for activity in touches])


def _touch(ctx: Context, activity: Activity) -> str:
    line = f"{ctx.instant(activity.at)} · {ctx.text(KIND_NAMES[activity.kind])}"
    first = activity.notes.split("\n", 1)[0] or activity.subject
    return f"{line} · {first}" if first else line


async def member_name(member_id: int | None) -> str:
    """A member's name, empty for nobody."""
    found = await Member.filter(id=member_id).values_list("name", flat=True) if member_id else []
    return str(found[0]) if found else ""


def receipt(ctx: Context, fact: str, record: Record, *, more: Sequence[Block] = ()) -> Reply:
    """What was written, in one line, with Undo, Edit and Open under it."""
    ctx.memory.show(record)
    said = {"said": ctx.author.said}
    buttons = (
        Button(ctx.text("Undo"), Invocation("undo", said)),
        Button(ctx.text("Edit"), Invocation("edit", said)),
        Button(ctx.text("Open"), Invocation("show", {"record": record.reference})),
    )
    return Reply((Text(fact), *more, Buttons(buttons)), replaces=ctx.request.pressed is not None)
