"""Settings: how a member reads, and when they are left in peace."""

from __future__ import annotations

import json
import re
from datetime import datetime, time
from zoneinfo import ZoneInfo

from handlers.cards import undoable
from handlers.chat.arguments import Hidden
from handlers.chat.command import command
from handlers.chat.context import Context, load_question
from handlers.chat.date_order import DAY_FIRST, MONTH_FIRST, DateOrder
from handlers.chat.errors import Misread
from handlers.chat.i18n import Locale, languages, msg
from handlers.chat.language import languages as grammars
from handlers.chat.preferences import WhichHour, WhichHours, WhichLanguage, WhichZone
from handlers.chat.regions import locale_tag, own_name, zone_called
from handlers.chat.reply import Block, Button, Buttons, Card, Field, Invocation, Reply, Text
from handlers.chat.verbs import shown
from models import search
from models.member import ChatIdentity
from models.reminder import Reminder, ReminderState

# Quiet hours that are none.
_OFF = "00:00"


@command(msg("Show who you are here"), reads=True)
async def me(ctx: Context) -> Reply:
    """The member's own card."""
    accounts = await ChatIdentity.filter(member_id=ctx.member.id).order_by("id")
    linked = ", ".join(dict.fromkeys(account.platform.capitalize() for account in accounts))
    role = {"rep": msg("rep"), "manager": msg("manager"), "admin": msg("admin")}[ctx.member.role.value]
    fields = (
        Field(ctx.text("E-mail"), ctx.member.email),
        Field(ctx.text("Role"), ctx.text(role)),
        *_preferences(ctx),
        Field(ctx.text("Accounts"), linked),
    )
    return Reply((Card(ctx.member.name, fields),))


@command(msg("Show and change your settings"), reads=True)
async def settings(ctx: Context) -> Reply:
    """What can be set, each with a line that sets it."""
    language = ctx.locale.language
    lines = [grammar.examples[name] for grammar in grammars() if grammar.tag == language for name in _SETTERS]
    other = next(tag for tag in languages() if tag != language)
    blocks: tuple[Block, ...] = (
        Card(ctx.text("Your settings"), _preferences(ctx), ctx.text("Change them by a line such as:")),
        Text("\n".join([*lines, f"{shown('digest', language)} {_USUAL_DIGEST}"])),
        Buttons(
            (
                Button(own_name(other), Invocation("lang", {"language": other})),
                Button(
                    ctx.text("Another order of dates"), Invocation("date_order", {"order": _other_order(ctx)})
                ),
            )
        ),
    )
    return Reply(blocks)


def _other_order(ctx: Context) -> str:
    return MONTH_FIRST if ctx.speaker.day_first else DAY_FIRST


_SETTERS = ("lang", "tz", "quiet")
_USUAL_DIGEST = "8:00"


def _preferences(ctx: Context) -> tuple[Field, ...]:
    member = ctx.member
    quiet = f"{_shown(ctx, member.quiet_from)} – {_shown(ctx, member.quiet_until)}"
    return (
        Field(ctx.text("Language"), f"{own_name(ctx.locale.language)} ({member.locale})"),
        Field(ctx.text("Zone"), f"{member.zone} · {ctx.locale.time(ctx.now)}"),
        Field(ctx.text("Dates"), ctx.text("3/4 is {date}", date=_third_or_fourth(ctx))),
        Field(ctx.text("Quiet hours"), quiet if _has_quiet(member.quiet_from, member.quiet_until) else "–"),
        Field(ctx.text("Digest"), _shown(ctx, member.digest_at) if member.digest_at else "–"),
    )


def _has_quiet(start: str, end: str) -> bool:
    return start != end


@command(msg("Choose the language of the answers"))
async def lang(ctx: Context, language: WhichLanguage) -> Reply:
    """Answer in another language from now on: ``fr``, ``English``, ``en-US``."""
    tag = locale_tag(ctx, language)
    # Whoever names a country means its order of dates as well.
    order = {"day_first": None} if "-" in language.replace("_", "-") else {}
    await ctx.member.write(ctx.author, locale=tag, **order)
    ctx.locale = Locale(tag, ctx.member.zone)
    return undoable(ctx, ctx.text("✅ Language: {name} ({tag})", name=own_name(tag[:2]), tag=tag))


@command(msg("Set your time zone"))
async def tz(ctx: Context, zone: WhichZone) -> Reply:
    """Move to another zone. What waits keeps its moment, unless its hour is moved too."""
    name = zone_called(ctx, zone)
    before = ctx.member.zone
    await ctx.member.write(ctx.author, zone=name)
    ctx.locale = Locale(ctx.member.locale, name)
    fact = ctx.text("✅ Zone: {zone}, where it is {time} now", zone=name, time=ctx.locale.time(ctx.now))
    waiting = await _waiting(ctx, name)
    if not waiting or before == name:
        return undoable(ctx, fact)
    question = ctx.locale.plural(
        "{n} follow-up keeps its moment: {time} here. Move it to the hour it was set for?",
        "{n} follow-ups keep their moment, the next {time} here. Move them to the hours they were set for?",
        len(waiting),
        time=ctx.instant(waiting[0].due_at),
    )
    buttons = Buttons(
        (
            Button(ctx.text("Move to my clock"), Invocation("tz_move", {"zone": name})),
            Button(ctx.text("Keep"), Invocation("tz_keep")),
        )
    )
    return undoable(ctx, fact, Text(question), buttons)


@command(msg("Say whether the day or the month comes first"), hidden=True)
async def date_order(
    ctx: Context,
    order: DateOrder,
    line: Hidden | None = None,
    typed: Hidden | None = None,
    question: Hidden | None = None,
) -> Reply:
    """Read 3/4 in that order from now on; the line that it was asked about is answered after it."""
    await ctx.member.write(ctx.author, day_first=order == DAY_FIRST)
    ctx.then = line or ""
    if question:
        ctx.memory.question = load_question(json.loads(question))
    return undoable(ctx, ctx.text("✅ 3/4 is {date} from now on", date=_third_or_fourth(ctx)))


def _third_or_fourth(ctx: Context) -> str:
    """What 3/4 is to the member, in letters."""
    return ctx.locale.day_of_year(4, 3) if not ctx.speaker.day_first else ctx.locale.day_of_year(3, 4)


async def _waiting(ctx: Context, zone: str) -> list[Reminder]:
    rows = Reminder.visible_to(ctx.member).filter(member_id=ctx.member.id, state=ReminderState.OPEN)
    return await rows.filter(due_at__gt=ctx.now).exclude(zone=zone).order_by("due_at", "id")


@command(msg("Move what waits to your clock"), hidden=True)
async def tz_move(ctx: Context, zone: Hidden) -> Reply:
    """Let what waits ring at the hour it was set for, in the new zone."""
    moved = await _waiting(ctx, zone)
    for reminder in moved:
        await reminder.rezone(ctx.author, zone)
    fact = ctx.locale.plural("✅ {n} follow-up moved", "✅ {n} follow-ups moved", len(moved))
    return undoable(ctx, fact)


@command(msg("Keep the moments"), hidden=True)
async def tz_keep(ctx: Context) -> Reply:
    """Leave what waits where it is."""
    return Reply((Text(ctx.text("All right, everything keeps its moment.")),), private=True)


_HOURS = re.compile(
    r"(?:(?:from|between|de|entre)\s+)?(?P<h1>\d{1,2})(?:[:h.](?P<m1>\d{2}))?\s*h?\s*(?P<p1>[ap]m)?"
    r"\s*(?:-|–|to|until|and|à|a|et)\s*"
    r"(?P<h2>\d{1,2})(?:[:h.](?P<m2>\d{2}))?\s*h?\s*(?P<p2>[ap]m)?",
    re.IGNORECASE,
)


@command(msg("Set the hours in which you are left in peace"))
async def quiet(ctx: Context, hours: WhichHours) -> Reply:
    """Hours in which nothing comes that Parley chose itself; a time that you chose rings all the same."""
    start, end = _span(ctx, hours)
    await ctx.member.write(ctx.author, quiet_from=start, quiet_until=end)
    if not _has_quiet(start, end):
        return undoable(ctx, ctx.text("✅ No quiet hours"))
    return undoable(
        ctx, ctx.text("✅ Quiet from {start} to {end}", start=_shown(ctx, start), end=_shown(ctx, end))
    )


def _span(ctx: Context, typed: str) -> tuple[str, str]:
    if search.fold(typed.strip()) in {word for grammar in grammars() for word in grammar.off}:
        return _OFF, _OFF
    match = _HOURS.fullmatch(typed.strip())
    first = match and _clock(match["h1"], match["m1"], match["p1"])
    second = match and _clock(match["h2"], match["m2"], match["p2"])
    if not first or not second:
        raise Misread(ctx.text("I need two hours, as 19:00-08:00, or “off”."))
    return first, second


@command(msg("Choose when the digest comes"), hidden=True)
async def digest_at(ctx: Context, hour: WhichHour) -> Reply:
    """Let the digest come at another hour of the member's clock, or not at all."""
    off = search.fold(hour.strip()) in {word for grammar in grammars() for word in grammar.off}
    match = _HOUR.fullmatch(hour.strip())
    at = "" if off or match is None else _clock(match["h"], match["m"], match["p"])
    if not at and not off:
        raise Misread(ctx.text("I need an hour, as 8:00, or “off”."))
    await ctx.member.write(ctx.author, digest_at=at)
    if not at:
        return undoable(ctx, ctx.text("✅ No digest"))
    return undoable(ctx, ctx.text("✅ The digest comes at {time}", time=_shown(ctx, at)))


_HOUR = re.compile(r"(?P<h>\d{1,2})(?:[:h.](?P<m>\d{2}))?\s*h?\s*(?P<p>[ap]m)?", re.ASCII | re.IGNORECASE)


def _clock(hour: str, minute: str | None, half: str | None) -> str:
    """``HH:MM``, empty where there is no such time."""
    hours, minutes = int(hour), int(minute or 0)
    if half:
        if not 1 <= hours <= 12:
            return ""
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    if hours == 24 and not minutes:
        hours = 0
    return f"{hours:02}:{minutes:02}" if hours < 24 and minutes < 60 else ""


def _shown(ctx: Context, clock: str) -> str:
    """A time of day on the member's clock."""
    local = datetime.combine(ctx.now.date(), time.fromisoformat(clock), ZoneInfo(ctx.member.zone))
    return ctx.locale.time(local)
