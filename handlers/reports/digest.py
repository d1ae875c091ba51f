"""Digest: what a day brought and what it asks for, with names and reasons; nothing where there is nothing."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from handlers.cards import member_name, undoable
from handlers.chat.arguments import RestArgument, stage_name
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import msg
from handlers.chat.language import languages
from handlers.chat.periods import instants, period
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Text, text
from handlers.chat.sums import sums_of, sums_shown
from handlers.reports.forecast import weighted
from handlers.reports.quiet import quiet, quiet_line
from handlers.reports.scope import team_s
from models.deal import Deal, Stage, StageChange, StageKind
from models.member import Member, Role
from models.reminder import Reminder, ReminderState
from models.search import fold
from models.selection import Lack, Selection

# Of each part so many are named, the rest is counted.
_MOST = 3


class HourArgument(RestArgument):
    """``now``, an hour, or a word such as ``off``."""

    shape = msg("now, 8:00 or off")
    prompt = msg("Now, or at which hour each working day? Or “off”.")


@command(msg("Show the digest, or set its hour"))
async def digest(ctx: Context, hour: Annotated[str, HourArgument()]) -> Reply:
    """The digest of this moment; or the hour at which it comes, or that it does not."""
    said = fold(hour).strip()
    if said in {fold(word) for language in languages() for word in language.now}:
        return await _now(ctx)
    if said in {fold(word) for language in languages() for word in language.off}:
        await ctx.member.write(ctx.author, digest_at="")
        return undoable(ctx, ctx.text("✅ No digest any more."))
    at = _clock(said)
    if at is None:
        raise Misread(ctx.text("I need an hour, as 8:00, or “now”, or “off”."))
    await ctx.member.write(ctx.author, digest_at=at)
    local = datetime.combine(ctx.now.date(), time.fromisoformat(at), ZoneInfo(ctx.zone))
    return undoable(
        ctx, ctx.text("✅ Your digest comes at {time} on working days.", time=ctx.locale.time(local))
    )


_HOUR = re.compile(r"(\d{1,2})(?:\s*[:h.]\s*(\d{2})?)?\s*([ap]m)?")


def _clock(typed: str) -> str | None:
    """``HH:MM``, None where there is no such hour."""
    match = _HOUR.fullmatch(typed)
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


async def _now(ctx: Context) -> Reply:
    rows, since = await team_s(ctx, None), _since(ctx)
    parts = [
        await _won(ctx, rows, since),
        await _moved(ctx, rows, since),
        await _due(ctx),
        await _quiet(ctx),
        await _without_step(ctx, rows),
        await _likely(ctx, rows),
    ]
    said = [part for part in parts if part]
    if not said:
        return text(ctx.text("Nothing to report: nothing moved, nothing is due, nothing is quiet."))
    lines = [line for part in said for line in part]
    buttons = tuple(
        Button(ctx.text("Open {id}", id=reference), Invocation("show", {"record": reference}))
        for reference in dict.fromkeys(re.findall(r"\bD-\d+\b", "\n".join(lines)))
    )[: _MOST + 2]
    return Reply((Text("\n".join(lines)), *((Buttons(buttons),) if buttons else ())))


def _since(ctx: Context) -> datetime:
    """The beginning of the last working day before today, on the member's clock."""
    day = period(ctx, "day 0").first - timedelta(days=1)
    working = ctx.speaker.working_days or frozenset(range(7))
    while day.weekday() not in working:
        day -= timedelta(days=1)
    return datetime.combine(day, time(), ZoneInfo(ctx.zone)).astimezone(ZoneInfo("UTC"))


async def _won(ctx: Context, rows: QuerySet[Any], since: datetime) -> list[str]:
    won = rows.filter(stage__kind=StageKind.WON, closed_at__gte=since)
    lines = [await _named(ctx, deal) for deal in await won.order_by("-closed_at", "id").limit(_MOST)]
    if not lines:
        return []
    sums = await sums_shown(ctx, await sums_of(won))
    return [_head(ctx, ctx.text("🎉 Won"), await won.count(), sums), *lines]


async def _moved(ctx: Context, rows: QuerySet[Any], since: datetime) -> list[str]:
    moves = StageChange.filter(at__gte=since, deal_id__in=Subquery(rows.values("id")))
    moves = moves.filter(to_stage__kind=StageKind.OPEN)
    latest = await moves.order_by("-at", "-id").limit(_MOST)
    lines = [await _move(ctx, move) for move in latest]
    return [_head(ctx, ctx.text("➡ Moved"), await moves.count()), *lines] if lines else []


async def _move(ctx: Context, move: StageChange) -> str:
    deal = await Deal.get(id=move.deal_id)
    before, after = await Stage.get(id=move.from_stage_id), await Stage.get(id=move.to_stage_id)
    return f"{await _named(ctx, deal)} · {stage_name(ctx, before)} → {stage_name(ctx, after)}"


async def _due(ctx: Context) -> list[str]:
    """Follow-ups of those one leads, due by tonight; whose they are is said where it is not one's own."""
    tonight = instants(ctx, period(ctx, "day 0")).until
    rows = Reminder.visible_to(ctx.member).filter(
        _led(ctx.member), state=ReminderState.OPEN, due_at__lt=tonight
    )
    found = await rows.order_by("due_at", "id").limit(_MOST)
    lines = list[str]()
    for reminder in found:
        whose = "" if reminder.member_id == ctx.member.id else f" · {await member_name(reminder.member_id)}"
        late = ctx.text("{time} (overdue)", time=ctx.instant(reminder.due_at))
        shown = late if reminder.due_at < ctx.now else ctx.instant(reminder.due_at)
        lines.append(f"{reminder.reference} {reminder.text}{whose} · {shown}")
    return [_head(ctx, ctx.text("⏰ Due"), await rows.count()), *lines] if lines else []


def _led(member: Member) -> Q:
    """The condition on follow-ups of oneself and of whom one leads."""
    if member.role is Role.ADMIN:
        return Q()
    own = Q(member_id=member.id)
    return own | Q(member__team__manager_id=member.id) if member.role is Role.MANAGER else own


async def _quiet(ctx: Context) -> list[str]:
    rows = await quiet(ctx, None)
    lines = [
        f"{await _named(ctx, deal)} · {(await quiet_line(ctx, deal))[-1]}"
        for deal in await rows.order_by("updated_at", "id").limit(_MOST)
    ]
    return [_head(ctx, ctx.text("💤 Quiet"), await rows.count()), *lines] if lines else []


async def _without_step(ctx: Context, rows: QuerySet[Any]) -> list[str]:
    lacking = Selection(stage_kind=StageKind.OPEN, lacks=frozenset({Lack.STEP})).narrow(rows, ctx.member)
    lines = [await _named(ctx, deal) for deal in await lacking.order_by("-amount", "id").limit(_MOST)]
    return [_head(ctx, ctx.text("❓ Without a next step"), await lacking.count()), *lines] if lines else []


async def _likely(ctx: Context, rows: QuerySet[Any]) -> list[str]:
    """What this quarter is likely to bring, beside what it has brought."""
    quarter = period(ctx, "quarter 0")
    moments = instants(ctx, quarter)
    won = rows.filter(stage__kind=StageKind.WON, closed_at__gte=moments.first, closed_at__lt=moments.until)
    ahead = rows.filter(
        stage__kind=StageKind.OPEN, expected_close__gte=quarter.first, expected_close__lt=quarter.until
    )
    likely, brought = await weighted(ahead), await sums_of(won)
    if not likely and not brought:
        return []
    return [
        ctx.text(
            "📈 This quarter: won {won}, likely {likely}",
            won=await sums_shown(ctx, brought),
            likely=await sums_shown(ctx, likely),
        )
    ]


def _head(ctx: Context, name: str, count: int, more: str = "") -> str:
    counted = ctx.text("{label}: {value}", label=name, value=ctx.locale.number(count))
    return f"{counted} · {more}" if more else counted


async def _named(ctx: Context, deal: Deal) -> str:
    """A deal in a line: id, name, amount, and whose it is where it is somebody else's."""
    chips = [f"{deal.reference} {deal.name}"]
    chips += [ctx.locale.money(deal.money.amount, deal.money.currency)] if deal.money else []
    chips += [await member_name(deal.owner_id)] if deal.owner_id not in (None, ctx.member.id) else []
    return " · ".join(chips)
