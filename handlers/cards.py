"""Cards: how each record looks in chat, and the receipt that follows a write. The only place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from handlers.chat.arguments import stage_name
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.options import option_name
from handlers.chat.reply import SEPARATOR, Block, Button, Buttons, Card, Field, Invocation, Reply, Text
from handlers.chat.values import country_name, own_values
from models.activity import Activity, ActivityKind, ActivityStatus
from models.attachment import Attachment, AttachmentState
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Pipeline, Stage
from models.lead import Lead, LeadStatus
from models.member import Member
from models.money import Money
from models.record import Record
from models.reminder import Reminder, ReminderState, instant

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
    "job_title": msg("Job"),
    "street": msg("Street"),
    "postcode": msg("Postcode"),
    "city": msg("City"),
    "country": msg("Country"),
    "website": msg("Website"),
    "industry": msg("Industry"),
    "size": msg("Employees"),
    "tax_number": msg("Tax number"),
    "company": msg("Company"),
    "source": msg("Source"),
    "status": msg("Status"),
    "probability": msg("Probability"),
    "lost_reason": msg("Reason"),
    "contacts": msg("Contacts"),
    "duration": msg("Duration"),
    "outcome": msg("Outcome"),
    "at": msg("When"),
    "deal_id": msg("Deal"),
    "lead_id": msg("Lead"),
    "caption": msg("Note"),
}

LEAD_STATUSES: dict[LeadStatus, str] = {
    LeadStatus.NEW: msg("new"),
    LeadStatus.WORKING: msg("in progress"),
    LeadStatus.CONVERTED: msg("converted"),
    LeadStatus.LOST: msg("lost"),
}

_STATUSES: dict[ActivityStatus, str] = {
    ActivityStatus.PLANNED: msg("planned"),
    ActivityStatus.DONE: msg("done"),
    ActivityStatus.CANCELLED: msg("cancelled"),
}

_DIRECTIONS = {"in": msg("incoming"), "out": msg("outgoing")}

REMINDER_STATES: dict[ReminderState, str] = {
    ReminderState.OPEN: msg("open"),
    ReminderState.DONE: msg("done"),
    ReminderState.CANCELLED: msg("cancelled"),
}

# A value longer than this is cut in a history; the card has it whole.
_LONGEST_VALUE = 80
# Follow-ups listed under a question; the rest is counted.
_MOST_FOLLOW_UPS = 10
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
            return await _lead(ctx, record)
        case Reminder():
            return await _reminder(ctx, record)
        case Activity():
            return await _activity(ctx, record)
        case Attachment():
            return await _attachment(ctx, record)
    raise TypeError(record)


def _fields(*pairs: tuple[str, str] | Field) -> tuple[Field, ...]:
    """Those that have a value."""
    fields = (pair if isinstance(pair, Field) else Field(*pair) for pair in pairs)
    return tuple(field for field in fields if field.value)


def _reached_by(ctx: Context, person: Contact | Lead) -> tuple[Field, Field]:
    return (
        Field(ctx.text("Phone"), SEPARATOR.join(person.phones), "phone"),
        Field(ctx.text("E-mail"), SEPARATOR.join(person.emails), "email"),
    )


async def _contact(ctx: Context, contact: Contact) -> tuple[Block, ...]:
    deals = await _open_deals(ctx, contact)
    fields = _fields(
        (ctx.text("Company"), await Company.name_for(ctx.member, contact.company_id)),
        (ctx.text("Job"), contact.job_title),
        *_reached_by(ctx, contact),
        Field(ctx.text("Address"), _address(ctx, contact), "address"),
        (ctx.text("Deals"), ", ".join(f"{deal.reference} {deal.name}" for deal in deals)),
        *await _own(ctx, contact),
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
        (ctx.text("Industry"), company.industry),
        (ctx.text("Employees"), ctx.locale.number(company.size) if company.size is not None else ""),
        (ctx.text("Tax number"), company.tax_number),
        Field(ctx.text("Address"), _address(ctx, company), "address"),
        (ctx.text("Part of"), await Company.name_for(ctx.member, company.parent_id)),
        (ctx.text("Contacts"), ", ".join(f"{contact.reference} {contact.name}" for contact in contacts)),
        (ctx.text("Deals"), ", ".join(f"{deal.reference} {deal.name}" for deal in deals)),
        *await _own(ctx, company),
        (ctx.text("Owner"), await member_name(company.owner_id)),
    )
    history = Button(ctx.text("History"), Invocation("history", {"record": company.reference}))
    return (
        Card(f"{company.reference} {company.name}", fields, await _touches(ctx, company)),
        Buttons((history,)),
    )


def _address(ctx: Context, record: Contact | Company) -> str:
    town = f"{record.postcode} {record.city}".strip()
    country = country_name(ctx, record.country) if record.country else ""
    return ", ".join(part for part in (record.street, town, country) if part)


async def _own(ctx: Context, record: Contact | Company | Deal | Lead) -> list[tuple[str, str]]:
    """The workspace's own fields, tags and the note: what every card of a record ends with."""
    tags = [] if isinstance(record, Lead) else record.tags
    return [
        *await own_values(ctx, record),
        (ctx.text("Tags"), ", ".join(tags)),
        (ctx.text("Note"), record.notes),
    ]


async def _lead(ctx: Context, lead: Lead) -> tuple[Block, ...]:
    fields = _fields(
        (ctx.text("Status"), ctx.text(LEAD_STATUSES[lead.status])),
        (ctx.text("Company"), lead.company),
        (ctx.text("Source"), option_name(ctx, lead.source)),
        *_reached_by(ctx, lead),
        (ctx.text("Amount"), ctx.locale.money(lead.money.amount, lead.money.currency) if lead.money else ""),
        (ctx.text("Became"), await _became(ctx, lead)),
        *await _own(ctx, lead),
        (ctx.text("Owner"), await member_name(lead.owner_id)),
    )
    known = {"contact": lead.reference}
    buttons = [
        Button(ctx.text("Convert"), Invocation("convert", {"lead": lead.reference}), "primary"),
        Button(ctx.text("Log a call"), Invocation("call", known)),
        Button(ctx.text("Remind me"), Invocation("remind", known)),
    ]
    buttons = [] if lead.status is LeadStatus.CONVERTED else buttons
    buttons.append(Button(ctx.text("History"), Invocation("history", {"record": lead.reference})))
    title = f"{lead.reference} {lead.person}"
    return Card(title, fields, await _touches(ctx, lead)), Buttons(tuple(buttons))


async def _became(ctx: Context, lead: Lead) -> str:
    """What a converted lead became, as far as the member may see it and it is still there."""
    ids = await lead.became()
    names = []
    for model in (Contact, Company, Deal):
        found = await model.visible_to(ctx.member).get_or_none(id=ids.get(model.KIND, 0))
        names += [f"{found.reference} {found.title}"] if found is not None else []
    return ", ".join(names)


async def _deal(ctx: Context, deal: Deal) -> tuple[Block, ...]:
    stage = await Stage.get(id=deal.stage_id)
    contacts = (
        await Contact.visible_to(ctx.member).filter(deal_links__deal_id=deal.id).order_by("deal_links__id")
    )
    fields = _fields(
        (ctx.text("Pipeline"), await _pipeline(ctx, stage)),
        (ctx.text("Stage"), stage_name(ctx, stage)),
        (ctx.text("Reason"), option_name(ctx, deal.lost_reason)),
        (ctx.text("Amount"), ctx.locale.money(deal.money.amount, deal.money.currency) if deal.money else ""),
        (ctx.text("Company"), await Company.name_for(ctx.member, deal.company_id)),
        (ctx.text("Contacts"), ", ".join(f"{contact.reference} {contact.name}" for contact in contacts)),
        (
            ctx.text("Expected close"),
            ctx.locale.date(deal.expected_close, now=ctx.now) if deal.expected_close else "",
        ),
        (ctx.text("Probability"), "" if deal.probability is None else ctx.text("{n}%", n=deal.probability)),
        (ctx.text("Next step"), deal.next_step),
        *await _own(ctx, deal),
        (ctx.text("Owner"), await member_name(deal.owner_id)),
    )
    buttons = (
        Button(ctx.text("Move"), Invocation("move", {"deal": deal.reference})),
        Button(ctx.text("Remind me"), Invocation("remind", {"deal": deal.reference})),
        Button(ctx.text("History"), Invocation("history", {"record": deal.reference})),
    )
    title = f"{deal.reference} {deal.name}"
    return Card(title, fields, await _touches(ctx, deal)), Buttons(buttons)


async def _pipeline(ctx: Context, stage: Stage) -> str:
    """The pipeline's name, where the workspace has several."""
    if await Pipeline.of(ctx.member.workspace_id).count() < 2:
        return ""
    return (await Pipeline.get(id=stage.pipeline_id)).name


async def visible_follow_ups(ctx: Context, reminders: Sequence[Reminder]) -> list[Reminder]:
    """Those that the member may see, in their order: only these are shown and counted."""
    rows = Reminder.visible_to(ctx.member).filter(id__in=[reminder.id for reminder in reminders])
    seen = set(await rows.values_list("id", flat=True))
    return [reminder for reminder in reminders if reminder.id in seen]


def follow_ups(ctx: Context, reminders: Sequence[Reminder]) -> list[str]:
    """Follow-ups, one line each; the rest is counted."""
    lines = [
        f"{each.reference} · {ctx.instant(each.due_at)} · {each.text}"
        for each in reminders[:_MOST_FOLLOW_UPS]
    ]
    more = len(reminders) - len(lines)
    return [*lines, *([ctx.text("… {n} more", n=more)] if more else [])]


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
        (ctx.text("Place"), activity.subject if activity.kind is ActivityKind.MEETING else ""),
        (ctx.text("Status"), ctx.text(_STATUSES[activity.status])),
        (ctx.text("About"), await about(ctx, activity)),
        (ctx.text("Direction"), ctx.text(_DIRECTIONS.get(activity.direction, ""))),
        (ctx.text("Outcome"), option_name(ctx, activity.outcome)),
        (
            ctx.text("Duration"),
            ctx.locale.duration(timedelta(seconds=activity.duration)) if activity.duration else "",
        ),
        (ctx.text("By"), await member_name(activity.owner_id)),
    )
    return (Card(f"{activity.reference} {ctx.text(KIND_NAMES[activity.kind])}", fields, activity.notes),)


async def _attachment(ctx: Context, attachment: Attachment) -> tuple[Block, ...]:
    fields = _fields(
        (ctx.text("When"), ctx.instant(attachment.created_at)),
        (ctx.text("About"), await about(ctx, attachment)),
        (ctx.text("Size"), ctx.locale.file_size(attachment.size) if attachment.size is not None else ""),
        (
            ctx.text("Duration"),
            ctx.locale.duration(timedelta(seconds=attachment.seconds)) if attachment.seconds else "",
        ),
        (ctx.text("By"), await member_name(attachment.owner_id)),
    )
    get = Button(
        ctx.text("Get the file"), Invocation("file", {"attachment": attachment.reference}), "primary"
    )
    buttons = (get,) if attachment.state is not AttachmentState.LOST else ()
    title = f"{attachment.reference} {attachment.name}"
    return Card(title, fields, attachment.caption), Buttons(buttons)


async def about(ctx: Context, row: Activity | Reminder | Attachment) -> str:
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


async def named(ctx: Context, person: Contact | Lead) -> str:
    """A person with their company, as a receipt names them."""
    if isinstance(person, Lead):
        company = person.company
    else:
        company = await Company.name_for(ctx.member, person.company_id)
    return f"{person.title} ({company})" if company else person.title


async def _touches(ctx: Context, record: Record) -> str:
    return "\n".join(await touches(ctx, record))


async def touches(
    ctx: Context, record: Record, most: int = _MOST_TOUCHES, *, planned: bool = True
) -> list[str]:
    """The last touches of a record, one line each, the newest first; perhaps those still to come too."""
    rows = Activity.visible_to(ctx.member).filter(**{f"{record.KIND}_id": record.id})
    wanted = [ActivityStatus.DONE, *([ActivityStatus.PLANNED] if planned else [])]
    rows = rows.filter(status__in=wanted)
    return [_touch(ctx, activity) for activity in await rows.order_by("-at", "-id").limit(most)]


def _touch(ctx: Context, activity: Activity) -> str:
    chips = [ctx.instant(activity.at), ctx.text(KIND_NAMES[activity.kind])]
    chips += [ctx.text("planned")] if activity.status is ActivityStatus.PLANNED else []
    chips += [option_name(ctx, activity.outcome)] if activity.outcome else []
    first = activity.notes.split("\n", 1)[0] or activity.subject
    return " · ".join([*chips, first] if first else chips)


async def last_note(ctx: Context, row: Reminder) -> str:
    """The first line of the last note about whom, or the deal that, a follow-up is about."""
    rows = Activity.visible_to(ctx.member).exclude(notes="")
    for parent in ("contact_id", "lead_id", "deal_id"):
        if (record_id := getattr(row, parent)) is not None:
            last = await rows.filter(**{parent: record_id}).order_by("-at", "-id").first()
            return last.notes.split("\n", 1)[0] if last else ""
    return ""


async def column_shown(ctx: Context, record: Record, name: str, value: Any) -> str:
    """A column's JSON value (see models.change) as the member reads it; empty for none or what is hidden."""
    if value is None:
        return ""
    match name:
        case "amount":
            currency = getattr(record, "currency", None) or ctx.member.workspace.currency
            money = Money.from_minor(value, currency)
            shown = ctx.locale.money(money.amount, money.currency)
        case "probability":
            shown = ctx.text("{n}%", n=value)
        case "expected_close":
            shown = ctx.locale.date(date.fromisoformat(value), now=ctx.now)
        case "duration" | "outcome" | "at":
            shown = _touch_shown(ctx, name, value)
        case "wall" if isinstance(record, Reminder):
            shown = ctx.instant(instant(datetime.fromisoformat(value), record.zone))
        case "status" if isinstance(record, Lead):
            shown = ctx.text(LEAD_STATUSES[LeadStatus(value)])
        case "source" | "lost_reason":
            shown = option_name(ctx, value)
        case "country":
            shown = country_name(ctx, value) if value else ""
        case "state":
            shown = ctx.text(REMINDER_STATES[value])
        case _ if name in _NAMED:
            shown = await _NAMED[name](ctx, value)
        case _:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return shown if len(shown) <= _LONGEST_VALUE else shown[: _LONGEST_VALUE - 1] + "…"


def _touch_shown(ctx: Context, name: str, value: Any) -> str:
    """A column that touches alone have."""
    match name:
        case "duration":
            return ctx.locale.duration(timedelta(seconds=value))
        case "at":
            return ctx.instant(datetime.fromisoformat(value))
    return option_name(ctx, value) if value else ""


async def _stage_named(ctx: Context, stage_id: int) -> str:
    stage = await Stage.get_or_none(id=stage_id)
    return stage_name(ctx, stage) if stage else ""


async def _member_named(ctx: Context, member_id: int) -> str:
    return await member_name(member_id)


async def _company_named(ctx: Context, company_id: int) -> str:
    company = await Company.visible_to(ctx.member).get_or_none(id=company_id)
    return company.name if company else ""


async def _deal_named(ctx: Context, deal_id: int) -> str:
    deal = await Deal.visible_to(ctx.member).get_or_none(id=deal_id)
    return f"{deal.reference} {deal.name}" if deal else ""


async def _lead_named(ctx: Context, lead_id: int) -> str:
    lead = await Lead.visible_to(ctx.member).get_or_none(id=lead_id)
    return f"{lead.reference} {lead.person}" if lead else ""


async def _contacts_named(ctx: Context, contact_ids: int | list[int]) -> str:
    ids = contact_ids if isinstance(contact_ids, list) else [contact_ids]
    contacts = await Contact.visible_to(ctx.member).filter(id__in=ids).order_by("id")
    return ", ".join([contact.name for contact in contacts])


# Columns that hold the id of another row, or several.
_NAMED: dict[str, Callable[[Context, Any], Awaitable[str]]] = {
    "stage_id": _stage_named,
    "owner_id": _member_named,
    "member_id": _member_named,
    "company_id": _company_named,
    "deal_id": _deal_named,
    "lead_id": _lead_named,
    "contact_id": _contacts_named,
    "contacts": _contacts_named,
}


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


def undoable(ctx: Context, fact: str, *more: Block) -> Reply:
    """What was written to what is no record: in one line, with Undo under it."""
    undo = Button(ctx.text("Undo"), Invocation("undo", {"said": ctx.author.said}))
    return Reply((Text(fact), *more, Buttons((undo,))), replaces=ctx.request.pressed is not None)


async def deal_line(ctx: Context, deal: Deal) -> Sequence[str]:
    """A deal as a row: id, name, stage, amount, expected close."""
    stage = await Stage.get(id=deal.stage_id)
    amount = ctx.locale.money(deal.money.amount, deal.money.currency) if deal.money else "–"
    close = ctx.locale.date(deal.expected_close, now=ctx.now) if deal.expected_close else "–"
    return deal.reference, deal.name, stage_name(ctx, stage), amount, close
