"""Files: what comes with a message is kept on the record that it is about, and can be had back."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from handlers.cards import undoable
from handlers.chat import answering, binding
from handlers.chat.arguments import MOST_CHOICES, Hidden, label
from handlers.chat.carrying import SomeFiles, Subject, meant_by
from handlers.chat.command import REGISTER, command
from handlers.chat.context import Context
from handlers.chat.errors import Choice
from handlers.chat.files import AFile
from handlers.chat.i18n import msg
from handlers.chat.people import Anything
from handlers.chat.reply import Button, Buttons, File, Invocation, Reply, Table, Text, text
from handlers.chat.request import Attachment as Shared
from models.attachment import LARGEST, Attachment, AttachmentKind, AttachmentState
from models.errors import NotFound
from models.record import Record

# The name column's length, and the media type's.
_LONGEST_NAME = 200
_LONGEST_TYPE = 100
# Lines of a list, a phone's screen; and buttons under it.
_PAGE = 10

_NAMES: dict[str, str] = {
    "photo": msg("photo"),
    "document": msg("document"),
    "voice": msg("voice note"),
    "audio": msg("recording"),
    "video": msg("video"),
}
_ENDINGS = {"photo": ".jpg", "voice": ".ogg", "audio": ".mp3", "video": ".mp4"}
_CARDS = frozenset({"text/vcard", "text/x-vcard", "text/directory"})


@command(msg("Keep a file"), hidden=True)
async def attach(
    ctx: Context, files: SomeFiles, words: Hidden | None = None, record: Subject | None = None
) -> Reply:
    """Keep files on the record that their caption names, that is replied to or was shown last; else ask."""
    small = [each for each in files if (each.size or 0) <= LARGEST]
    too_large = [_too_large(ctx, each) for each in files if each not in small]
    if not small:
        return text(*too_large)
    meant = await meant_by(ctx, words or "") if record is None else None
    record = meant.record if meant is not None else record
    caption = meant.rest if meant is not None else words or ""
    about: dict[str, Any] = {f"{record.KIND}_id": record.id} if record is not None else {}
    kept = [await _receive(ctx, each, caption, about) for each in small]
    if all(each.kind is AttachmentKind.VCARD for each in kept):
        sentence = ctx.text("I am reading {name}; I will ask about each card.", name=_named(kept))
        return undoable(ctx, "\n".join([sentence, *too_large]))
    if record is not None:
        return _receipt(ctx, kept, record, too_large)
    return await _where(ctx, kept, meant.several if meant is not None else (), too_large)


def _too_large(ctx: Context, file: Shared) -> str:
    return ctx.text(
        "{name} has {size}: I keep files of up to {most}.",
        name=_name(ctx, file),
        size=ctx.locale.file_size(file.size or 0),
        most=ctx.locale.file_size(LARGEST),
    )


async def _receive(ctx: Context, file: Shared, caption: str, about: dict[str, Any]) -> Attachment:
    name = _name(ctx, file)
    is_card = file.media_type in _CARDS or name.casefold().endswith((".vcf", ".vcard"))
    return await Attachment.receive(
        AttachmentKind.VCARD if is_card else AttachmentKind(file.kind),
        ctx.author,
        name=name,
        platform=ctx.request.platform,
        source=file.source,
        media_type=file.media_type[:_LONGEST_TYPE],
        size=file.size,
        seconds=file.seconds,
        caption=caption,
        **({} if is_card else about),
    )


def _name(ctx: Context, file: Shared) -> str:
    """Its own name, without what a path or a control character would do; else what it is and of which day."""
    own = "".join(char for char in file.name if char.isprintable()).replace("\\", "/").rpartition("/")[2]
    if own.strip(" ."):
        stem, dot, ending = own.rpartition(".")
        most = _LONGEST_NAME - len(ending) - 1
        return f"{stem[:most]}.{ending}" if dot and len(ending) < _LONGEST_NAME // 2 else own[:_LONGEST_NAME]
    day = ctx.said_at.astimezone(ZoneInfo(ctx.zone)).date().isoformat()
    ending = mimetypes.guess_extension(file.media_type) or _ENDINGS.get(file.kind, "")
    return f"{ctx.text(_NAMES[file.kind])} {day}{ending}"


def _named(files: Sequence[Attachment]) -> str:
    return ", ".join(file.name for file in files)


def _receipt(ctx: Context, files: Sequence[Attachment], record: Record, more: Sequence[str] = ()) -> Reply:
    """What is kept and where; a voice note says that nobody wrote it down."""
    if all(file.kind is AttachmentKind.VOICE for file in files):
        fact = ctx.text(
            "✅ Saved as audio note on {id} {name}, transcription off", id=record.reference, name=record.title
        )
    else:
        fact = ctx.text("✅ File on {id} {name}", id=record.reference, name=record.title)
    chips = [f"{file.reference} {file.name}" for file in files]
    chips += [ctx.locale.file_size(size)] if (size := sum(file.size or 0 for file in files)) else []
    ctx.memory.show(files[-1])
    ctx.memory.show(record)
    buttons = (
        Button(ctx.text("Undo"), Invocation("undo", {"said": ctx.author.said})),
        Button(ctx.text("Files"), Invocation("files", {"record": record.reference})),
    )
    words = Text("\n".join([" · ".join([fact, *chips]), *more]))
    return Reply((words, Buttons(buttons)), replaces=ctx.request.pressed is not None)


async def _where(
    ctx: Context, files: Sequence[Attachment], several: Sequence[Record], more: Sequence[str]
) -> Reply:
    """Ask what files are about that are kept already: nothing of them is lost without an answer."""
    entry = REGISTER["file_on"]
    known = {"files": " ".join(file.reference for file in files)}
    asked = await binding.asking(ctx, entry, known, entry.parameter("record"))
    if several:
        found = several[:MOST_CHOICES]
        asked.choices = tuple([Choice(await label(ctx, each), each.reference) for each in found])
    asked.prompt = "\n".join([f"📎 {_named(files)} · {asked.prompt}", *more])
    return answering.ask(ctx, asked)


@command(msg("Say what a file is about"), hidden=True)
async def file_on(ctx: Context, files: Hidden, *, record: Subject) -> Reply:
    """Put files that are kept already on a record."""
    kept = [await _file(ctx, each) for each in files.split()]
    for file in kept:
        await file.require_writable(ctx.member)
        await file.write(ctx.author, **_only_on(record))
    return _receipt(ctx, kept, record)


async def _file(ctx: Context, reference: str) -> Attachment:
    letter, _, number = reference.partition("-")
    if letter != Attachment.LETTER or not number.isdigit():
        raise NotFound("attachment", reference)
    return await Attachment.by_number(ctx.member, int(number))


def _only_on(record: Record) -> dict[str, Any]:
    columns = dict.fromkeys(("contact_id", "company_id", "lead_id", "deal_id"))
    return {**columns, f"{record.KIND}_id": record.id}


@command(msg("List the files of a record"), reads=True)
async def files(ctx: Context, record: Anything, *, after: Hidden | None = None) -> Reply:
    """The files of a record, the newest first, with a button for each one."""
    ctx.memory.show(record)
    rows = Attachment.visible_to(ctx.member).filter(**{f"{record.KIND}_id": record.id})
    start = int(after) if after and after.isdigit() else 0
    found = await rows.order_by("-id").offset(start).limit(_PAGE + 1)
    if not found:
        return text(ctx.text("{id} {name} has no files.", id=record.reference, name=record.title))
    lines = tuple(_line(ctx, number, file) for number, file in enumerate(found[:_PAGE], start + 1))
    columns = (ctx.text("No."), ctx.text("Id"), ctx.text("Name"), ctx.text("Size"), ctx.text("When"))
    table = Table(columns, lines, title=f"{record.reference} {record.title}", numeric=(0,))
    buttons = [
        Button(f"{number} {file.name}", Invocation("file", {"attachment": file.reference}))
        for number, file in enumerate(found[:_PAGE], start + 1)
        if file.state is not AttachmentState.LOST
    ]
    if len(found) > _PAGE:
        following = {"record": record.reference, "after": str(start + _PAGE)}
        buttons.append(Button(ctx.text("Older files"), Invocation("files", following)))
    return Reply((table, Buttons(tuple(buttons))))


def _line(ctx: Context, number: int, file: Attachment) -> tuple[str, ...]:
    size = ctx.locale.file_size(file.size) if file.size is not None else "–"
    name = f"{file.name} · {file.caption}" if file.caption else file.name
    return str(number), file.reference, name, size, ctx.instant(file.created_at)


@command(msg("Get a file"), hidden=True, reads=True)
async def file(ctx: Context, attachment: AFile) -> Reply:
    """The file itself, or why it is not here."""
    ctx.memory.show(attachment)
    if attachment.state is AttachmentState.LOST:
        return text(ctx.text("I could not fetch {name}. Please send it again.", name=attachment.name))
    if attachment.sha256 is None:
        sentence = ctx.text("{name} is still on its way to me. Ask again in a moment.", name=attachment.name)
        return text(sentence)
    named = File(attachment.name, attachment.sha256, attachment.media_type, attachment.size or 0)
    return Reply((named,))
