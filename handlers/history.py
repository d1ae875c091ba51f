"""History: what happened to a record, and taking the last thing back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from handlers.cards import FIELDS, member_name
from handlers.chat.arguments import AnyRecord, Hidden, Line, stage_name
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Table, Text
from models import undo as taking_back
from models.change import Change, last_said
from models.company import Company
from models.contact import Contact
from models.deal import Stage
from models.errors import AlreadyDone
from models.money import Money
from models.record import Record
from models.reminder import Reminder, ReminderState, instant

# The word `undo` reaches this far back; a receipt's button as long as it serves.
_UNDO_WITHIN = timedelta(hours=24)
# Lines of a history: a phone's screen.
_PAGE = 10
_STATES = {
    ReminderState.OPEN: msg("open"),
    ReminderState.DONE: msg("done"),
    ReminderState.CANCELLED: msg("cancelled"),
}
# A value longer than this is cut in the history; the card has it whole.
_LONGEST_VALUE = 80


@command(msg("Take the last thing back"))
async def undo(ctx: Context, said: Hidden | None = None) -> Reply:
    """Take back what a message wrote: the receipt's, or the speaker's last within 24 hours."""
    name = said or await last_said(ctx.member, since=ctx.now - _UNDO_WITHIN)
    if name is None:
        raise AlreadyDone("undo")
    records = await taking_back.undo(ctx.author, name)
    shown = ", ".join([_named(record) for record in records])
    for record in records:
        if isinstance(record, Reminder):
            ctx.amend(record.subject, Reply((Text(ctx.text("↩︎ Undone · {names}", names=record.text)),)))
    sentence = ctx.text("↩︎ Undone ({time}) · {names}", time=ctx.locale.time(ctx.now), names=shown)
    return Reply((Text(sentence),), replaces=ctx.request.pressed is not None)


def _named(record: Record) -> str:
    return f"{record.reference} {record.title}" if record.title != record.reference else record.reference


@command(msg("Correct what was written"), hidden=True)
async def edit(ctx: Context, said: Hidden, line: Line) -> Reply:
    """Replace what a message wrote by what a corrected line says."""
    await taking_back.undo(ctx.author, said)
    return await ctx.answer(ctx, line)


@command(msg("What happened to a record"), reads=True)
async def history(ctx: Context, record: AnyRecord) -> Reply:
    """The last changes of a record: when, who, and what was what before."""
    ctx.memory.show(record)
    rows = Change.filter(workspace_id=ctx.member.workspace_id, kind=record.KIND, record_id=record.id)
    changes = await rows.order_by("-id").limit(_PAGE + 1)
    lines = [line for change in changes[:_PAGE] for line in await _lines(ctx, record, change)]
    columns = (ctx.text("When"), ctx.text("Who"), ctx.text("What"))
    table = Table(columns, tuple(lines), title=f"{record.reference} {record.title}")
    more = (Text(ctx.text("… older changes are kept too.")),) if len(changes) > _PAGE else ()
    open_ = Button(ctx.text("Open"), Invocation("show", {"record": record.reference}))
    return Reply((table, *more, Buttons((open_,))))


async def _lines(ctx: Context, record: Record, change: Change) -> list[tuple[str, str, str]]:
    when, who = ctx.instant(change.at), await member_name(change.member_id)
    values = change.fields_json.items()
    whats = [await _what(ctx, record, name, before, after) for name, (before, after) in values]
    whats = [what for what in whats if what]
    if change.created:
        whats.insert(0, ctx.text("created"))
    if change.undo_of is not None:
        whats.insert(0, ctx.text("undone"))
    return [(when, who, ", ".join(whats))] if whats else []


async def _what(ctx: Context, record: Record, name: str, before: Any, after: Any) -> str:
    if name == "deleted_at":
        return ctx.text("removed") if after else ctx.text("brought back")
    if name not in FIELDS:
        return ""
    old, new = await _value(ctx, record, name, before), await _value(ctx, record, name, after)
    label = ctx.text(FIELDS[name])
    return f"{label} {old} → {new}" if old else f"{label} {new}"


async def _value(ctx: Context, record: Record, name: str, value: Any) -> str:
    if value is None:
        return ""
    match name:
        case "amount":
            money = Money.from_minor(
                value, getattr(record, "currency", None) or ctx.member.workspace.currency
            )
            shown = ctx.locale.money(money.amount, money.currency)
        case "expected_close":
            shown = ctx.locale.date(date.fromisoformat(value), now=ctx.now)
        case "wall" if isinstance(record, Reminder):
            shown = ctx.instant(instant(datetime.fromisoformat(value), record.zone))
        case "state":
            shown = ctx.text(_STATES[value])
        case "stage_id":
            stage = await Stage.get_or_none(id=value)
            shown = stage_name(ctx, stage) if stage else ""
        case "owner_id" | "member_id":
            shown = await member_name(value)
        case "company_id":
            company = await Company.visible_to(ctx.member).get_or_none(id=value)
            shown = company.name if company else ""
        case "contact_id":
            contact = await Contact.visible_to(ctx.member).get_or_none(id=value)
            shown = contact.name if contact else ""
        case _:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return shown if len(shown) <= _LONGEST_VALUE else shown[: _LONGEST_VALUE - 1] + "…"
