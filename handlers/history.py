"""History: what happened to a record, and taking the last thing back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from handlers.cards import FIELDS, column_shown, member_name
from handlers.chat.arguments import AnyRecord, Hidden, Line, stage_name
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import msg
from handlers.chat.options import option_name
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Table, Text
from handlers.chat.values import own_fields, shown_value
from models import undo as taking_back
from models.change import BY_FORM, Change, last_said
from models.deal import Stage
from models.errors import AlreadyDone, ChangedSince
from models.kept import Kept
from models.option import Option
from models.record import Record
from models.reminder import Reminder

# The word `undo` reaches this far back; a receipt's button as long as it serves.
_UNDO_WITHIN = timedelta(hours=24)
# A record that was removed, or merged into another, is taken back this long.
_UNDO_REMOVALS_WITHIN = timedelta(days=30)
# Lines of a history: a phone's screen.
_PAGE = 10


@command(msg("Take the last thing back"), final=True)
async def undo(ctx: Context, said: Hidden | None = None) -> Reply:
    """Take back what a message wrote: the receipt's, or the speaker's last within 24 hours."""
    within = {"since": ctx.now - _UNDO_WITHIN, "removals_since": ctx.now - _UNDO_REMOVALS_WITHIN}
    name = said or await last_said(ctx.member, **within)
    if name is None:
        raise AlreadyDone("undo")
    undone = await taking_back.undo(ctx.author, name)
    records = undone.records
    shown = ", ".join([_named(ctx, record) for record in records])
    for record in (*records, *undone.carried):
        if isinstance(record, Reminder):
            ctx.amend(record.subject, Reply((Text(ctx.text("↩︎ Undone · {names}", names=record.text)),)))
    sentence = ctx.text("↩︎ Undone ({time}) · {names}", time=ctx.locale.time(ctx.now), names=shown)
    lines = "\n".join([sentence, *[_left(ctx, each) for each in undone.stayed]])
    return Reply((Text(lines),), replaces=ctx.request.pressed is not None)


def _left(ctx: Context, stayed: taking_back.Stayed) -> str:
    """What an undone merge left as it is."""
    name = stayed.record.reference
    if stayed.children:
        return ctx.locale.plural(
            "{n} thing that went to {id} has moved on since and stays where it is.",
            "{n} things that went to {id} have moved on since and stay where they are.",
            stayed.children,
            id=name,
        )
    fields = ", ".join([ctx.text(FIELDS[field]) for field in stayed.fields if field in FIELDS])
    return ctx.text(
        "{id} keeps what {name} changed since: {fields}", id=name, name=stayed.by, fields=fields or "–"
    )


def _named(ctx: Context, record: Kept) -> str:
    if isinstance(record, Stage):
        return stage_name(ctx, record)
    if isinstance(record, Option):
        return option_name(ctx, record.name)
    return f"{record.reference} {record.title}" if record.title != record.reference else record.reference


@command(msg("Correct what was written"), hidden=True)
async def edit(ctx: Context, said: Hidden, line: Line) -> Reply:
    """Replace what a message wrote by what a corrected line says; what is typed is never lost."""
    try:
        await taking_back.undo(ctx.author, said)
    except AlreadyDone:  # it wrote nothing, or nothing of it is left
        return await ctx.answer(ctx, line)
    except ChangedSince as error:
        raise Misread(
            ctx.text(
                "{id} was changed since by {name}, so I left it as it is. Say it as a new line: {line}",
                id=error.record.reference,
                name=error.by or "?",
                line=line,
            )
        ) from error
    return await ctx.answer(ctx, line)


@command(msg("Say it again"), hidden=True)
async def again(ctx: Context, line: Line) -> Reply:
    """Answer a corrected line in place of one that was not confirmed."""
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
    if await _was_anothers(ctx, record, change):
        return []
    when, who = ctx.instant(change.at), await member_name(change.member_id)
    who = ctx.text("web form") if change.said.endswith(f".{BY_FORM}") else who
    values = change.fields_json.items()
    whats = [await _what(ctx, record, name, before, after) for name, (before, after) in values]
    whats += await _own(ctx, record, *change.fields_json.get("custom", (None, None)))
    whats = [what for what in whats if what]
    if change.created:
        whats.insert(0, ctx.text("created"))
    if change.undo_of is not None:
        whats.insert(0, ctx.text("undone"))
    return [(when, who, ", ".join(whats))] if whats else []


async def _was_anothers(ctx: Context, record: Record, change: Change) -> bool:
    """Whether all of it belongs to a record that is its own again, and that the member does not see."""
    merges = [merge for merge in change.fields_json.get("merged", ()) if merge]
    if not merges or (change.undone_at is None and change.undo_of is None):
        return False
    losers = type(record).ever_visible_to(ctx.member).filter(pk=merges[-1]["loser"])
    return not await losers.exists()


async def _what(ctx: Context, record: Record, name: str, before: Any, after: Any) -> str:
    if name == "deleted_at":
        return ctx.text("removed") if after else ctx.text("brought back")
    if name == "merged" and (after or before):
        loser = await type(record).get_or_none(pk=(after or before)["loser"])
        gone = loser.reference if loser else ""
        return (
            ctx.text("{id} became a part of it", id=gone)
            if after
            else ctx.text("{id} is its own again", id=gone)
        )
    if name not in FIELDS:
        return ""
    old, new = await column_shown(ctx, record, name, before), await column_shown(ctx, record, name, after)
    label = ctx.text(FIELDS[name])
    return f"{label} {old} → {new}" if old else f"{label} {new}"


async def _own(ctx: Context, record: Record, before: Any, after: Any) -> list[str]:
    """What changed in the workspace's own fields."""
    whats, old, new = [], before or {}, after or {}
    for field in await own_fields(ctx, record.KIND) if old != new else ():
        was, now = shown_value(ctx, field, old.get(field.key)), shown_value(ctx, field, new.get(field.key))
        if was != now:
            whats.append(f"{field.label} {was} → {now}" if was else f"{field.label} {now}")
    return whats
