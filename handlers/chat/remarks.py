"""Remarks: what a reader should know of how a time was found, and the question about a day off."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from handlers.chat import binding, when
from handlers.chat.command import REGISTER
from handlers.chat.context import Context
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Text


def remarks(ctx: Context, at: when.When) -> list[str]:
    """What the reader should know of how an instant was found."""
    if at.gap:
        gap = ctx.text("The clocks go forward that night: that hour does not exist, so it is later.")
        return [gap, *moved(ctx, at)]
    return moved(ctx, at)


def moved(ctx: Context, at: when.When) -> list[str]:
    """Says so where a computed day was moved off a day off."""
    if at.moved_from is None:
        return []
    day = ctx.locale.date(at.moved_from, now=ctx.now)
    return [ctx.text("{day} is a day off, so it is the next working day.", day=day)]


def next_working_day(ctx: Context, day: date) -> date:
    """The first working day of the member after that one."""
    following = day + timedelta(days=1)
    while ctx.speaker.working_days and following.weekday() not in ctx.speaker.working_days:
        following += timedelta(days=1)
    return following


def day_off(ctx: Context, name: str, at: when.When, swapped: when.When | None = None) -> Reply | None:
    """Ask about a day that was typed as a date of the calendar and is a day off; None where it is none.

    ``name`` is the parameter of the running command that holds it; the command needs a parameter
    ``kept`` too. ``swapped`` is the other order of day and month.
    """
    known = binding.dump(REGISTER[ctx.command], ctx.bound)
    day = at.wall.date()
    if "kept" in known or not at.typed_date or day.weekday() in ctx.speaker.working_days:
        return None
    following = when.at(datetime.combine(next_working_day(ctx, day), time(9)), ctx.zone)
    choices: list[tuple[str, dict[str, Any]]] = [
        (_shown(ctx, following), {name: when.dump(following)}),
        (ctx.text("Keep"), {"kept": "yes"}),
    ]
    if swapped is not None:
        choices.append((_shown(ctx, swapped), {name: when.dump(swapped), "kept": "yes"}))
    buttons = [Button(label, Invocation(ctx.command, {**known, **chosen})) for label, chosen in choices]
    sentence = ctx.text("{day} is a day off. Which day shall it be?", day=_shown(ctx, at))
    return Reply((Text(sentence), Buttons(tuple(buttons))), replaces=ctx.request.pressed is not None)


def _shown(ctx: Context, at: when.When) -> str:
    return ctx.locale.date(at.wall.date(), now=ctx.now)
