"""Amending: who edits what they said corrects what it wrote; no second record is ever made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from handlers.cards import FIELDS, column_shown
from handlers.chat import answering, carrying
from handlers.chat.arguments import Hidden
from handlers.chat.command import command
from handlers.chat.context import CONFIRMED, Context
from handlers.chat.errors import Asked, Choice, Misread
from handlers.chat.i18n import msg
from handlers.chat.reply import Invocation, Reply, Text
from models import amending
from models.amending import Amendment
from models.change import Change
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.errors import ChangedSince
from models.kept import Kept
from models.lead import Lead
from models.record import Record
from models.reminder import Reminder

# What is not changed by an edit alone: a stage, an amount, and what a card was confirmed for.
_ASKED_FIRST = frozenset(
    {"stage_id", "amount", "currency", "closed_at", "owner_id", "deleted_at", "merged", "became"}
)
# What a line may add or drop beside its record: the follow-up at its end.
_BESIDE = frozenset({Reminder.KIND})


@command(msg("Change what an edited message wrote"), hidden=True)
async def amend(
    ctx: Context,
    said: Hidden,
    words: Hidden,
    at: Hidden,
    *,
    doubt: Hidden | None = None,
    confirmed: Hidden | None = None,
) -> Reply:
    """Let the records of a message say what its edited words say; ask where that is more than a correction.

    ``said`` are the ids of the message's deliveries, ``at`` is when it was said first (ISO 8601). ``doubt``
    says why it is asked about whatever it changes: it was said ``late``, or decided by a ``press``.
    """
    ctx.said_at, known = datetime.fromisoformat(at), {"said": said, "words": words, "at": at}
    changes = await amending.written(ctx.member, [int(each) for each in said.split() if each.isdigit()])
    standing = [change for change in changes if change.undone_at is None]
    if not confirmed and (doubt or not standing):
        raise _offer(ctx, known, _why(ctx, doubt or "", undone=bool(changes) and not standing))
    if not standing:
        return await _anew(ctx, words)
    try:
        amendment = await amending.begin(ctx.author, standing, all_the_same=bool(confirmed))
    except ChangedSince as error:
        raise _offer(ctx, known, _changed(ctx, error)) from error
    reply = await _as_corrected(ctx, words, amendment)
    changed = await amendment.close()
    lines = [line for change in changed if (line := await _difference(ctx, change))]
    if not confirmed and _is_more(amendment, changed):
        raise _offer(ctx, known, ctx.text("You edited that message. Shall I change what I wrote?"), lines)
    await _tell(ctx, amendment)
    return _with(reply, "✏️ " + "\n".join(lines)) if lines else Reply(())


async def _anew(ctx: Context, words: str) -> Reply:
    """Answer the words as if they had been said so at once: nothing of what they wrote first is left."""
    return answering.joined([await ctx.answer(ctx, line) for line in answering.lines_of(words)])


async def _as_corrected(ctx: Context, words: str, amendment: Amendment) -> Reply:
    """Answer the new words; what was chosen for the old ones is chosen again.

    Raises:
        Misread: they leave something open, so that it cannot be told what they change.
    """
    open_question, ctx.memory.question = ctx.memory.question, None
    try:
        reply = answering.joined([await _line(ctx, line, amendment) for line in _lines(ctx, words)])
        if _asks(ctx) or not amendment.wrote:
            raise Misread(_left_open(ctx, reply.headline(), amendment.records))
    finally:
        # What an edit leaves open is not asked: answered later, it would make a second record.
        ctx.memory.question = open_question
    return reply


def _asks(ctx: Context) -> bool:
    return ctx.memory.question is not None


def _lines(ctx: Context, words: str) -> Sequence[str | None]:
    """The lines of the words; None for what the message carries beside them."""
    if not (ctx.request.edited and ctx.request.attachments):
        return answering.lines_of(words)
    return [*answering.lines_of(words), None] if answering.begins_a_line(words) else [None]


async def _line(ctx: Context, line: str | None, amendment: Amendment) -> Reply:
    try:
        if line is not None:
            return await ctx.answer(ctx, line)
        spoken = answering.begins_a_line(ctx.request.text)
        if spoken:
            ctx.memory.reply_to(list(ctx.memory.fresh))
        return await carrying.answer(ctx, "" if spoken else ctx.request.text)
    except Asked as asked:
        chosen = {record.reference for record in await _around(ctx, amendment.records)}
        again = [choice for choice in asked.choices if choice.value in chosen]
        if len(again) != 1:
            raise Misread(_left_open(ctx, asked.prompt, amendment.records)) from asked
        known = {**asked.invocation.arguments, asked.parameter: again[0].value}
        return await ctx.press(ctx, Invocation(asked.invocation.command, known))


async def _around(ctx: Context, records: Sequence[Kept]) -> list[Record]:
    """The records of a message, and what they are about."""
    found = [record for record in records if isinstance(record, Record)]
    for record in list(found):
        for model in (Contact, Company, Lead, Deal):
            record_id = getattr(record, f"{model.KIND}_id", None)
            parent = await model.visible_to(ctx.member).get_or_none(id=record_id) if record_id else None
            found += [parent] if parent is not None else []
    return found


def _is_more(amendment: Amendment, changed: Sequence[Change]) -> bool:
    """Whether it would be more than a correction: it is asked about then."""
    known = {(record.KIND, record.pk) for record in amendment.records}
    gone = {(record.KIND, record.pk) for record in amendment.gone}
    for change in changed:
        key = (change.kind, change.record_id)
        if key in gone or key not in known:
            if change.kind not in _BESIDE:
                return True
        elif _ASKED_FIRST & change.fields_json.keys():
            return True
    return amendment.main_is_gone


def _offer(ctx: Context, known: Mapping[str, str], question: str, lines: Sequence[str] = ()) -> Asked:
    """Nothing is changed before it is said that it shall be."""
    return Asked(
        Invocation("amend", {**known, CONFIRMED: "yes"}),
        CONFIRMED,
        "\n".join([question, *lines]),
        [Choice(ctx.text("Change it"), "yes")],
        [(ctx.text("Leave it as it is"), Invocation("cancel"))],
    )


def _why(ctx: Context, doubt: str, *, undone: bool) -> str:
    if undone:
        return ctx.text("You edited a message that is undone. Shall I write what it says now?")
    if doubt == "late":
        time = ctx.instant(ctx.said_at)
        return ctx.text("You edited your message of {time}. Shall I do what it says now?", time=time)
    return ctx.text("You edited that message. Shall I do what it says now?")


def _changed(ctx: Context, error: ChangedSince) -> str:
    known = {"id": error.record.reference, "name": error.by or "?"}
    return ctx.text("{id} was changed since by {name}. Shall I change it all the same?", **known)


def _left_open(ctx: Context, question: str, records: Sequence[Kept]) -> str:
    names = ", ".join(record.reference for record in records)
    return ctx.text(
        "The edited message leaves something open: {question} I left {names} as it was.",
        question=question,
        names=names,
    )


async def _difference(ctx: Context, change: Change) -> str:
    """What was and what is, of one record; empty where nothing of it is seen."""
    record = await amending.record_of(change)
    if change.created:
        return f"{record.reference} {record.title}"
    parts = list[str]()
    for name, (before, after) in change.fields_json.items():
        if name == "deleted_at":
            parts.append(ctx.text("removed"))
        if name not in FIELDS or not isinstance(record, Record):
            continue
        was = await column_shown(ctx, record, name, before)
        now = await column_shown(ctx, record, name, after)
        if was != now:
            parts.append(f"{ctx.text(FIELDS[name])} {was or '–'} → {now or '–'}")
    return f"{record.reference} · {' · '.join(parts)}" if parts else ""


async def _tell(ctx: Context, amendment: Amendment) -> None:
    """Let the pushes of a follow-up that is gone say so."""
    for record in amendment.gone:
        if isinstance(record, Reminder):
            sentence = ctx.text("↩︎ Undone · {names}", names=record.text)
            ctx.amend(record.subject, Reply((Text(sentence),)))


def _with(reply: Reply, note: str) -> Reply:
    """The receipt with what has changed in its second line."""
    blocks = list(reply.blocks)
    blocks.insert(1, Text(note))
    return replace(reply, blocks=tuple(blocks))
