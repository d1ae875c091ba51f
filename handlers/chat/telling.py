"""Telling: what a line says of a touch beside whom and when: who began it, whether it is still to come."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo

from handlers.chat import when
from handlers.chat.arguments import Argument, Bound, WhenArgument
from handlers.chat.clauses import clauses
from handlers.chat.context import Context
from handlers.chat.language import Language, languages
from handlers.chat.reading import Kind, Reading, flat, when_spans
from models.search import fold


class DirectionArgument(Argument[str]):
    """``in`` or ``out``: a clause of its own (incoming), or before the name (from, to)."""

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        start, end = reading.head()
        first = _before_a_name().match(reading.text[start:end])
        if first is not None:
            reading.claim(start, start + first.end())
            return "in" if first["inward"] else "out"
        for start, end in clauses(reading):
            # Among other words it is part of the note: the quote sent is no outgoing call.
            match = _directions().fullmatch(flat(reading.text[start:end]))
            if match is not None:
                reading.claim(start, end)
                return "in" if match["inward"] else "out"
        return None

    def dump(self, value: str) -> str:
        return value

    async def load(self, ctx: Context, stored: str) -> str:
        return stored


def _words(choose: Callable[[Language], tuple[str, ...]]) -> str:
    return "|".join(sorted({re.escape(fold(word)) for entry in languages() for word in choose(entry)}))


@cache
def _directions() -> re.Pattern[str]:
    inward, outward = _words(lambda entry: entry.incoming), _words(lambda entry: entry.outgoing)
    return re.compile(rf"(?P<inward>{inward})|(?P<outward>{outward})")


@cache
def _before_a_name() -> re.Pattern[str]:
    # Unfolded and in small letters: De Vries is a name, and a is a word of two languages.
    inward = "|".join(re.escape(word) for entry in languages() for word in (*entry.inward, *entry.incoming))
    outward = "|".join(re.escape(word) for entry in languages() for word in (*entry.outward, *entry.outgoing))
    return re.compile(rf"(?:(?P<inward>{inward})|(?P<outward>{outward}))\s+(?=\S)")


class PlannedArgument(Argument[bool]):
    """Whether it is still to happen: ``planned``, ``prévu``."""

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> bool | None:
        for start, end in clauses(reading):
            match = _planned().search(flat(reading.text[start:end]))
            if match is not None and (match.start() == 0 or match.end() == end - start):
                reading.claim(start + match.start(), start + match.end())
                return True
        return None

    def dump(self, value: bool) -> bool:
        return value

    async def load(self, ctx: Context, stored: bool) -> bool:
        return stored


@cache
def _planned() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_words(lambda entry: entry.planned)})(?!\w)")


class AheadArgument(WhenArgument):
    """The time to come that was meant, if it was.

    A bare weekday, and an hour that has still to come today, are the last ones where something is told.
    """

    shape = ""

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> when.When | None:
        span = next((span for span in reading.spans if span.kind is Kind.WHEN), None)
        said = span.value.when if span is not None else None
        if span is None or said is None or said.typed_date or said.instant > ctx.said_at:
            return None
        again = when_spans(reading.text[span.start : span.end], ctx.speaker, "plan")
        ahead = again[0].when if again else None
        if ahead is None or ahead.instant <= ctx.said_at:
            return None
        today = ctx.said_at.astimezone(ZoneInfo(ahead.zone)).date()
        return ahead if said.has_date or ahead.wall.date() == today else None


Direction = Annotated[str, DirectionArgument()]
Planned = Annotated[bool, PlannedArgument()]
Ahead = Annotated[when.When, AheadArgument()]
