"""Focus: which record "it" is; what a reply continues, and what was shown last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from handlers.chat.context import Context
from handlers.chat.language import languages
from handlers.chat.reading import Reading, flat
from models.activity import Activity
from models.attachment import Attachment
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.lead import Lead
from models.record import LETTERS, Record
from models.reminder import Reminder
from models.search import fold

# What a note, a file or a visit can be about.
SUBJECTS: tuple[type[Record], ...] = (Deal, Contact, Lead, Company)


async def focused(ctx: Context, refs: Sequence[str], models: Sequence[type[Record]]) -> Record | None:
    """The first of these human ids that is, or is about, a record of these kinds and that the member sees.

    A touch, a follow-up or a file stands for what it is about; a deal with one contact for that person too.
    """
    for ref in refs:
        record = await _seen(ctx, LETTERS[ref[0]], number=int(ref[2:]))
        for each in [record, *await _behind(ctx, record)]:
            if isinstance(each, tuple(models)):
                return each
    return None


async def replied_to(ctx: Context) -> Record | None:
    """The record that a reply continues; None where the message is no reply to one."""
    return await focused(ctx, ctx.memory.replied, SUBJECTS)


async def last_shown(ctx: Context) -> Record | None:
    """What a reply continues, else what was shown last within 15 minutes."""
    return await replied_to(ctx) or await focused(ctx, ctx.memory.shown, SUBJECTS)


async def _behind(ctx: Context, record: Record | None) -> list[Record]:
    """What a record stands for beside itself, the nearest first."""
    found = list[Record | None]()
    if isinstance(record, Activity | Reminder | Attachment):
        ids = (record.deal_id, record.contact_id, record.lead_id, record.company_id)
        for model, record_id in zip(SUBJECTS, ids, strict=True):
            found.append(await _seen(ctx, model, id=record_id) if record_id is not None else None)
    if isinstance(record, Deal):
        people = await record.contact_ids()
        found.append(await _seen(ctx, Contact, id=people[0]) if len(people) == 1 else None)
    return [each for each in found if each is not None]


async def _seen(ctx: Context, model: type[Record], **key: Any) -> Record | None:
    return await model.visible_to(ctx.member).get_or_none(**key)


def pronoun(reading: Reading) -> tuple[int, int] | None:
    """Where the line's first words are a pronoun: "it", "her", « la »; None where they are not."""
    start, end = reading.head()
    match = _pronouns().match(flat(reading.text[start:end]))
    return (start + match.start(1), start + match.end(1)) if match else None


def is_pronoun(text: str) -> bool:
    """Whether a text is nothing but a pronoun."""
    match = _pronouns().match(flat(text))
    return match is not None and match.end(1) == len(text.rstrip())


@cache
def _pronouns() -> re.Pattern[str]:
    """An article of another language (la) is a pronoun only where it stands alone, or before "to"."""
    always = _any(word for entry in languages() for word in entry.pronouns)
    alone = _any(word for entry in languages() for word in (*entry.pronouns, *entry.pronouns_alone))
    to = _any(word for entry in languages() for word in entry.to)
    return re.compile(rf"\s*((?:{always})(?=\s|$)|(?:{alone})(?=\s*$|\s+(?:{to})\s))")


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(fold(word)) for word in words)
