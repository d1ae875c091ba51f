"""Parameters that are times: how long, when, until when, what comes next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from typing import cast

from handlers.chat import reading as lines
from handlers.chat import when
from handlers.chat.arguments.base import Argument, Bound
from handlers.chat.context import Context
from handlers.chat.date_order import require_order
from handlers.chat.errors import Choice, Misread
from handlers.chat.i18n import msg
from handlers.chat.reading import Kind, Reading, Span


class DurationArgument(Argument[timedelta]):
    """How long it took. Only the line's first clause is looked at, or a clause that says nothing else."""

    shape = msg("20 min")
    kinds = frozenset({Kind.DURATION})
    prompt = msg("How long did it take?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> timedelta | None:
        clauses = _clauses(reading.text)
        for span in reading.free(Kind.DURATION):
            if _stands_in_a_clause_of_its_own(reading.text, clauses, span):
                reading.claim(span.start, span.end)
                return cast("timedelta", span.value)
        return None

    def dump(self, value: timedelta) -> int:
        return int(value.total_seconds())

    async def load(self, ctx: Context, stored: int) -> timedelta:
        return timedelta(seconds=stored)


def _clauses(text: str) -> list[tuple[int, int]]:
    """Start and end of what stands between separators, in order."""
    separators = [match.span() for match in lines.SEPARATOR.finditer(text)]
    starts, ends = [end for _, end in separators], [start for start, _ in separators]
    return list(zip([0, *starts], [*ends, len(text)], strict=True))


def _stands_in_a_clause_of_its_own(text: str, clauses: Sequence[tuple[int, int]], span: Span) -> bool:
    """Whether it says something about the whole line: in its first clause, or with no other word."""
    index = bisect_right(clauses, span.start, key=itemgetter(0)) - 1
    start, end = clauses[index]
    return index == 0 or not (text[start : span.start] + text[span.end : end]).strip()


# What a rep picks most: read by our own grammar, so that non-working days are passed over.
_LIKELY_TIMES = ("tomorrow 9am", "in 3 days", "next monday 9am")


class WhenArgument(Argument[when.When]):
    """A date, a time, or both."""

    shape = msg("when")
    kinds = frozenset({Kind.WHEN})
    prompt = msg("When?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> when.When | None:
        span = reading.take(Kind.WHEN)
        if span is None:
            return None
        chosen = _checked_when(ctx, span.value, reading.text[span.start : span.end])
        # A day and an hour that stand apart are two spans of one moment: neither belongs to the note.
        for other in list(reading.free(Kind.WHEN)):
            if other.value.when == chosen:
                reading.claim(other.start, other.end)
        return chosen

    def dump(self, value: when.When) -> str:
        return when.dump(value)

    async def load(self, ctx: Context, stored: str) -> when.When:
        return when.load(stored)

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        likely = [ctx.upcoming(words) for words in _LIKELY_TIMES]
        return [Choice(ctx.instant(moment.instant), self.dump(moment)) for moment in likely]


def _checked_when(ctx: Context, span: when.Span, typed: str) -> when.When:
    if span.when is None:
        raise Misread(ctx.text("“{text}” is not a date I can find in a calendar.", text=typed.strip()))
    require_order(ctx, span, typed)
    return span.when


class OtherReadingArgument(WhenArgument):
    """The other order of day and month, where 3/4 was typed and both exist."""

    shape = ""

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> when.When | None:
        spans = (span.value for span in reading.spans if span.kind is Kind.WHEN)
        return next((span.swapped for span in spans if span.swapped is not None), None)


# The usual snoozes; tomorrow 9:00 and next Monday 9:00 follow them.
_SNOOZES = (timedelta(minutes=20), timedelta(hours=1), timedelta(hours=3))


class UntilArgument(WhenArgument):
    """When to remind again: a date, a time, or a while from now (``2h``)."""

    kinds = frozenset({Kind.WHEN, Kind.DURATION})

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> when.When | None:
        span = reading.take(Kind.DURATION)
        if span is not None:
            return when.at(ctx.said_at + span.value, ctx.zone)
        return await super().take(ctx, reading, bound)

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        whiles = [
            Choice(ctx.locale.duration(length), self.dump(when.at(ctx.said_at + length, ctx.zone)))
            for length in _SNOOZES
        ]
        return [*whiles, *(await super().choices(ctx, bound))[::2]]


class CloseArgument(WhenArgument):
    """An expected close: behind ``close``, or the only date of the line."""

    shape = msg("close date")
    kinds = frozenset({Kind.CLOSE, Kind.WHEN})

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> when.When | None:
        span = reading.take(Kind.CLOSE)
        if span is not None:
            return _checked_when(ctx, span.value, reading.text[span.start : span.end])
        return await super().take(ctx, reading, bound)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What to do next, and when. ``text`` is empty where only a time was given."""

    text: str
    at: when.When


class FollowUpArgument(Argument[FollowUp]):
    """A clause such as ``, next demo Thu 10am`` or ``relance jeudi 10h``."""

    shape = msg("next … when")
    kinds = frozenset({Kind.FOLLOW})

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> FollowUp | None:
        span = reading.take(Kind.FOLLOW)
        if span is None:
            return None
        text, found = span.value
        return FollowUp(text, _checked_when(ctx, found, reading.text[span.start : span.end]))

    def dump(self, value: FollowUp) -> list[str]:
        return [value.text, when.dump(value.at)]

    async def load(self, ctx: Context, stored: list[str]) -> FollowUp:
        return FollowUp(stored[0], when.load(stored[1]))
