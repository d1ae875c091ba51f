"""Tags: words of one's own on contacts, companies and deals, by which they are found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, cast

from handlers.cards import receipt
from handlers.chat.arguments import Argument, Bound, Hidden, RecordArgument
from handlers.chat.command import command
from handlers.chat.confirming import confirmation
from handlers.chat.context import Context
from handlers.chat.errors import Choice, Misread
from handlers.chat.i18n import msg
from handlers.chat.reading import Kind, Reading
from handlers.chat.reply import Reply
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.record import Record
from models.search import fold

# A tag is a word that is typed again; what is longer is a note.
_LONGEST_TAG = 40
_MOST_TAGS = 30
_TAG = r"#?[^\W_][\w.&+-]*"
# The last word of the line, or a list with commas or number signs, behind other words.
_TAIL = re.compile(rf"(?<=\s)(?:{_TAG}(?:\s*,\s*{_TAG})*|#\S+(?:\s+#\S+)*)\s*$")


class TagsArgument(Argument["list[str]"]):
    """One tag or several: all the words beside an id, else what the line ends with."""

    shape = msg("tag")
    prompt = msg("Which tag?")
    kinds = frozenset({Kind.ID, Kind.SLUG})

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> list[str] | None:
        named = next(iter(reading.free(Kind.ID)), None)
        if named is not None:
            parts = [(0, named.start), (named.end, len(reading.text))]
        elif tail := _TAIL.search(reading.text):
            parts = [(tail.start(), len(reading.text))]
        else:
            return None
        typed = " ".join(reading.text[start:end] for start, end in parts)
        for start, end in parts:
            reading.claim(start, end)
        return _tags(ctx, typed)

    async def answer(self, ctx: Context, text: str, bound: Bound) -> list[str] | None:
        return _tags(ctx, text)

    def dump(self, value: list[str]) -> list[str]:
        return value

    async def load(self, ctx: Context, stored: str | list[str]) -> list[str]:
        return [stored] if isinstance(stored, str) else list(stored)

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        record = bound.get("record")
        return [Choice(tag, tag) for tag in _of(record)] if isinstance(record, Record) else []


def _tags(ctx: Context, text: str) -> list[str] | None:
    """The tags of a text, each once.

    Raises:
        Misread: one is too long to be a tag.
    """
    found: dict[str, str] = {}
    for word in re.split(r"[\s,;]+", text):
        tag = word.strip("#:.")
        if len(tag) > _LONGEST_TAG:
            raise Misread(ctx.text("A tag may have {most} characters.", most=_LONGEST_TAG))
        if tag and any(char.isalnum() for char in tag):
            found.setdefault(fold(tag), tag)
    return list(found.values()) or None


def _of(record: Record) -> list[str]:
    return list(cast("Contact | Company | Deal", record).tags)


class TaggedArgument(RecordArgument):
    """What has tags. An address in the line is no tag and names nobody here."""

    def __init__(self) -> None:
        super().__init__(Contact, Company, Deal, prompt=msg("What is it about?"), shape=msg("who or what"))


Tags = Annotated[list[str], TagsArgument()]
Tagged = Annotated[Record, TaggedArgument()]


@command(msg("Put a tag on a record"))
async def tag(ctx: Context, tags: Tags, record: Tagged, *, confirmed: Hidden | None = None) -> Reply:
    """Add tags; one that is there already, in whatever letters, is not added again."""
    known = {fold(each) for each in _of(record)}
    wanted = [*_of(record), *(each for each in tags if fold(each) not in known)]
    if len(wanted) > _MOST_TAGS:
        raise Misread(ctx.text("A record may have {most} tags.", most=_MOST_TAGS))
    return await _retag(ctx, record, wanted)


@command(msg("Take a tag off a record"))
async def untag(ctx: Context, tags: Tags, record: Tagged, *, confirmed: Hidden | None = None) -> Reply:
    """Take tags off, in whatever letters they are typed."""
    unwanted = {fold(each) for each in tags}
    if missing := unwanted - {fold(each) for each in _of(record)}:
        name = next(each for each in tags if fold(each) in missing)
        raise Misread(ctx.text("{id} has no tag “{tag}”.", id=record.reference, tag=name))
    return await _retag(ctx, record, [each for each in _of(record) if fold(each) not in unwanted])


async def _retag(ctx: Context, record: Record, wanted: list[str]) -> Reply:
    before, after = ", ".join(_of(record)) or "–", ", ".join(wanted) or "–"
    difference = ctx.text("Tags: {before} → {after}", before=before, after=after)
    named = f"{record.reference} {record.title}"
    if asked := await confirmation(ctx, [named, difference], record):
        return asked
    if not await record.write(ctx.author, tags=wanted):
        return Reply(receipt(ctx, ctx.text("Tagged so already."), record).blocks[:1])
    return receipt(ctx, f"✅ {named} · {difference}", record)
