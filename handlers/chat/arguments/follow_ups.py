"""Parameters that are follow-ups: by their line in the last list, their number, or their words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from handlers.chat.arguments.base import MOST_CHOICES, Argument, Bound
from handlers.chat.arguments.records import _only
from handlers.chat.context import Context
from handlers.chat.errors import Choice, Misread
from handlers.chat.i18n import msg
from handlers.chat.reading import Kind, Reading
from models import search
from models.errors import NotFound
from models.messaging.lane import HIGHEST_BUTTON
from models.reminder import Reminder, ReminderState


class ReminderArgument(Argument[Reminder]):
    """A reminder: line 3 of the last list, ``R-5``, words of it, or the one last shown."""

    shape = msg("number")
    kinds = frozenset({Kind.ID})
    prompt = msg("Which follow-up?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Reminder | None:
        span = next((span for span in reading.free(Kind.ID) if span.value[0] == Reminder.LETTER), None)
        if span is not None:
            reading.claim(span.start, span.end)
            return await Reminder.by_number(ctx.member, int(span.value[2:]))
        other = reading.take(Kind.ID)
        if other is not None:
            raise NotFound(Reminder.KIND, other.value)
        start, end = reading.head()
        typed = reading.text[start:end].strip()
        reading.claim(start, end)
        if not typed:
            return await self._last_shown(ctx)
        return await self._line(ctx, int(typed)) if _is_line(typed) else await self._named(ctx, typed)

    async def _line(self, ctx: Context, number: int) -> Reminder:
        listed = ctx.memory.listed
        if not 1 <= number <= len(listed) or listed[number - 1][0] != Reminder.LETTER:
            raise Misread(ctx.text("There is no line {n} in the last list. Try: today", n=number))
        return await Reminder.by_number(ctx.member, int(listed[number - 1][2:]))

    async def _named(self, ctx: Context, typed: str) -> Reminder:
        wanted = search.words(typed)
        mine = await self._open(ctx)
        found = [reminder for reminder in mine if set(wanted) <= set(search.words(reminder.text))]
        return cast("Reminder", _only(found[:MOST_CHOICES], "reminder", typed))

    async def _last_shown(self, ctx: Context) -> Reminder | None:
        for ref in ctx.memory.shown:
            if ref[0] == Reminder.LETTER:
                return await Reminder.by_number(ctx.member, int(ref[2:]))
        mine = await self._open(ctx)
        return mine[0] if len(mine) == 1 else None

    async def _open(self, ctx: Context) -> list[Reminder]:
        rows = Reminder.visible_to(ctx.member).filter(member_id=ctx.member.id, state=ReminderState.OPEN)
        return await rows.order_by("due_at", "id")

    def dump(self, value: Reminder) -> str:
        return value.reference

    async def load(self, ctx: Context, stored: str) -> Reminder:
        return await Reminder.by_number(ctx.member, int(stored[2:]))

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        return [
            Choice(reminder.text, reminder.reference) for reminder in (await self._open(ctx))[:MOST_CHOICES]
        ]


def _is_line(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) <= len(str(HIGHEST_BUTTON)) + 1
