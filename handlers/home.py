"""Home: the tab that a platform keeps open for a member: the day, what can be written down, settings."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.cards import about, reminder_buttons
from handlers.chat import forms, verbs, when
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.reply import Block, Button, Buttons, Card, Invocation, Reply, Text
from models.reminder import Reminder, ReminderState

# Follow-ups with buttons of their own; the rest is one press away.
_MOST = 10
# What is offered first: what a rep writes down most.
_WRITTEN = ("call", "remind", "deal_new")
# Lines to try, of three kinds: one that writes, one that sets, one that asks.
_TRIED = ("call", "remind", "find")


@command(msg("Your day at a glance"), hidden=True, reads=True)
async def home(ctx: Context) -> Reply:
    """Today's follow-ups with Done and Snooze, three forms, the settings, three lines to try."""
    settings = await ctx.press(ctx, Invocation("settings"))
    chosen = tuple(block for block in settings.blocks if isinstance(block, Card))
    examples = [verbs.example(name, ctx.locale.language) for name in _TRIED]
    tried = "\n".join([ctx.text("Three things to try:"), *(f"• {line}" for line in examples)])
    return Reply((*await _day(ctx), _written(ctx), *chosen, _changed(ctx), Text(tried)))


async def _day(ctx: Context) -> tuple[Block, ...]:
    rows = Reminder.visible_to(ctx.member).filter(
        member_id=ctx.member.id, state=ReminderState.OPEN, due_at__lt=_midnight(ctx)
    )
    due = await rows.order_by("due_at", "id").limit(_MOST)
    if not due:
        return Card(ctx.text("Today")), Text(ctx.text("Nothing is due today. 👍"))
    blocks: list[Block] = [Card(ctx.text("Today"))]
    for reminder in due:
        blocks += [Text(await _line(ctx, reminder)), Buttons(reminder_buttons(ctx, reminder))]
    more = await rows.count() - len(due)
    if more > 0:
        label = ctx.text("… {n} more", n=more)
        blocks.append(Buttons((Button(label, Invocation("today", {"after": str(len(due))})),)))
    return tuple(blocks)


def _midnight(ctx: Context) -> datetime:
    here = ctx.now.astimezone(ZoneInfo(ctx.zone))
    return when.at(datetime.combine(here.date() + timedelta(days=1), time()), ctx.zone).instant


async def _line(ctx: Context, reminder: Reminder) -> str:
    shown = ctx.instant(reminder.due_at)
    if reminder.due_at < ctx.now:
        shown = ctx.text("{time} (overdue)", time=shown)
    chips = [f"⏰ {shown}", reminder.text, await about(ctx, reminder)]
    return " · ".join(chip for chip in chips if chip)


def _written(ctx: Context) -> Buttons:
    written = [entry for entry in forms.offered(ctx) if entry.name in _WRITTEN]
    return Buttons(tuple(forms.opener(forms.title_of(ctx.locale, entry), entry.name) for entry in written))


def _changed(ctx: Context) -> Buttons:
    return Buttons(
        (
            Button(ctx.text("Settings"), Invocation("settings")),
            Button(ctx.text("Help"), Invocation("help")),
        )
    )
