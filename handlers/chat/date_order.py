"""The order of day and month in 3/4: by the locale; where the zone speaks against it, asked once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated

from handlers.chat import when
from handlers.chat.arguments.base import Argument, Bound
from handlers.chat.context import Context, dump_question
from handlers.chat.errors import Asked, Choice
from handlers.chat.i18n import msg
from handlers.chat.reading import Reading, when_spans
from handlers.chat.reply import Invocation

# What the question's answer is kept as.
DAY_FIRST, MONTH_FIRST = "day", "month"


def require_order(ctx: Context, span: when.Span, typed: str) -> None:
    """Let a date be read that can be two, ``typed`` as it stands in the line.

    Raises:
        Asked: the member's language has both orders, and the country of their zone uses the other one
            than their locale. The answer reads the line again, and is kept.
    """
    if span.when is None or span.swapped is None or span.swapped.wall.date() == span.when.wall.date():
        return
    if ctx.member.day_first is not None or not ctx.locale.contradicts_zone:
        return
    question = dump_question(ctx.memory.question)
    known = {"line": ctx.line, "typed": typed.strip()} | (
        {"question": json.dumps(question)} if question is not None else {}
    )
    choices = _readings(ctx, span.when, span.swapped)
    first, second = (choice.label for choice in choices)
    prompt = ctx.text("Do you mean {first} or {second}? I keep the answer.", first=first, second=second)
    raise Asked(Invocation("date_order", known), "order", prompt, choices)


def _readings(ctx: Context, read: when.When, swapped: when.When) -> Sequence[Choice]:
    """Both dates, the locale's first."""
    orders = (DAY_FIRST, MONTH_FIRST) if ctx.speaker.day_first else (MONTH_FIRST, DAY_FIRST)
    dates = (read.wall.date(), swapped.wall.date())
    return [
        Choice(ctx.locale.date(day, now=ctx.now), order) for day, order in zip(dates, orders, strict=True)
    ]


class DateOrderArgument(Argument[str]):
    """Which order was meant; a date with its month in letters says it too."""

    prompt = msg("Does the day come first, or the month?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        return None

    async def answer(self, ctx: Context, text: str, bound: Bound) -> str | None:
        asked = when_spans(str(bound.get("typed", "")), ctx.speaker, "plan")
        said = when_spans(text, ctx.speaker, "plan")
        if not asked or not said or said[0].swapped is not None:
            return None
        wanted, read, swapped = said[0].when, asked[0].when, asked[0].swapped
        if wanted is None or read is None or swapped is None:
            return None
        for moment, choice in zip((read, swapped), _readings(ctx, read, swapped), strict=True):
            here, there = moment.wall.date(), wanted.wall.date()
            if (here.day, here.month) == (there.day, there.month):
                return str(choice.value)
        return None

    def dump(self, value: str) -> str:
        return value

    async def load(self, ctx: Context, stored: str) -> str:
        return MONTH_FIRST if stored == MONTH_FIRST else DAY_FIRST

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        return [
            Choice(ctx.text("Day first, as in France"), DAY_FIRST),
            Choice(ctx.text("Month first, as in the USA"), MONTH_FIRST),
        ]


DateOrder = Annotated[str, DateOrderArgument()]
