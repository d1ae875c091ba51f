"""Merging: two records of one kind become one, after a look at what the survivor gains."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any

from handlers.cards import FIELDS, column_shown, receipt
from handlers.chat import twins
from handlers.chat.arguments import MOST_CHOICES, Bound, Hidden, RecordArgument
from handlers.chat.command import command
from handlers.chat.confirming import confirmation
from handlers.chat.context import Context
from handlers.chat.errors import Choice, Misread
from handlers.chat.i18n import msg
from handlers.chat.language import languages
from handlers.chat.reading import SEPARATOR, Kind, Reading, flat
from handlers.chat.reply import Reply
from models import search
from models.activity import Activity
from models.change import plain
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.merge import Mergeable
from models.record import LETTERS, Record
from models.reminder import Reminder


class OtherArgument(RecordArgument):
    """The second of two records, of the first one's kind; those that look the same are offered."""

    def __init__(self) -> None:
        super().__init__(Contact, Company, Deal, prompt=msg("Which one becomes a part of it?"))
        self.shape = msg("who or what")  # type: ignore[misc] # as any record's

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Record | None:
        kind = type(bound["record"]) if "record" in bound else None
        if kind is None:
            return None
        for span in reading.free(Kind.ID):
            if LETTERS[span.value[0]] is not kind:
                raise Misread(ctx.text("Only two records of one kind can be merged."))
        for separator in SEPARATOR.finditer(reading.text):
            reading.claim(*separator.span())  # what stands behind it is the second name
        for start, end in reading.stretches():
            if joint := _joint().match(flat(reading.text), start, end):
                reading.claim(*joint.span())
        return await RecordArgument(kind, prompt=self.prompt).take(ctx, reading, bound)

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        alike = await twins.like(ctx, bound["record"]) if "record" in bound else []
        return [Choice(f"{other.reference} {other.title}", other.reference) for other in alike[:MOST_CHOICES]]


@cache
def _joint() -> re.Pattern[str]:
    """What may stand between the two: and, with."""
    words = {search.fold(word) for entry in languages() for word in (*entry.time.joins, *entry.beside)}
    return re.compile(rf"\s*(?:{'|'.join(map(re.escape, sorted(words)))})\s")


Kept = Annotated[
    Mergeable,
    RecordArgument(Contact, Company, Deal, prompt=msg("Which one stays?"), shape=msg("who or what")),
]
Other = Annotated[Mergeable, OtherArgument()]


@command(msg("Make one record of two"))
async def merge(ctx: Context, record: Kept, other: Other, *, confirmed: Hidden | None = None) -> Reply:
    """Let the second of two contacts, companies or deals become a part of the first; nothing is lost."""
    if type(record) is not type(other):
        raise Misread(ctx.text("Only two records of one kind can be merged."))
    if record.id == other.id:
        raise Misread(ctx.text("{id} is one and the same.", id=record.reference))
    fact = ctx.text("{other} becomes a part of {record}.", other=_headed(other), record=_headed(record))
    lines = [fact, *await _gained(ctx, record, other), *await _moving(ctx, other)]
    if asked := await confirmation(ctx, lines, record, other, risky=True):
        return asked
    await record.absorb(other, ctx.author)
    done = ctx.text("✅ {other} is a part of {record} now", other=_headed(other), record=_headed(record))
    return receipt(ctx, done, record)


def _headed(record: Record) -> str:
    return f"{record.reference} {record.title}"


async def _gained(ctx: Context, record: Mergeable, other: Mergeable) -> list[str]:
    """What the survivor gains, one line for each column that people know by a name."""
    lines = list[str]()
    for name, value in record.gains(other).items():
        if name in FIELDS:
            # Of a list, what is new; an amount in the currency it comes with.
            new = (
                [each for each in value if each not in getattr(record, name)]
                if isinstance(value, list)
                else value
            )
            shown = await column_shown(ctx, other, name, plain(new))
            lines.append(ctx.text("+ {field}: {value}", field=ctx.text(FIELDS[name]), value=shown))
    return sorted(lines)


async def _moving(ctx: Context, other: Mergeable) -> list[str]:
    """What of the other's moves to the survivor, as far as the member sees it."""
    column: dict[str, Any] = {f"{other.KIND}_id": other.id}
    chips = list[str]()
    if n := await Activity.visible_to(ctx.member).filter(**column).count():
        chips.append(ctx.locale.plural("{n} touch", "{n} touches", n))
    if n := await Reminder.visible_to(ctx.member).filter(**column).count():
        chips.append(ctx.locale.plural("{n} follow-up", "{n} follow-ups", n))
    if not isinstance(other, Deal):
        deals = {"links__contact_id": other.id} if isinstance(other, Contact) else column
        if n := await Deal.visible_to(ctx.member).filter(**deals).count():
            chips.append(ctx.locale.plural("{n} deal", "{n} deals", n))
    if isinstance(other, Company) and (n := await Contact.visible_to(ctx.member).filter(**column).count()):
        chips.append(ctx.locale.plural("{n} contact", "{n} contacts", n))
    return [f"+ {', '.join(chips)}"] if chips else []
