"""Settings: how a member reads, and when they are left in peace."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from handlers.chat.arguments import Bound, Hidden, Rest, RestArgument
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.errors import Choice, Misread
from handlers.chat.i18n import Locale, languages, msg
from handlers.chat.language import languages as grammars
from handlers.chat.reading import Reading
from handlers.chat.reply import Block, Button, Buttons, Card, Field, Invocation, Reply, Text
from handlers.chat.verbs import shown
from models import region, search
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
        Buttons((Button(_own_name(other), Invocation("lang", {"language": other})),)),
    )
    return Reply(blocks)


_SETTERS = ("lang", "tz", "quiet")
_USUAL_DIGEST = "8:00"


def _preferences(ctx: Context) -> tuple[Field, ...]:
    member = ctx.member
    quiet = f"{member.quiet_from} – {member.quiet_until}"
    return (
        Field(ctx.text("Language"), f"{_own_name(ctx.locale.language)} ({member.locale})"),
        Field(ctx.text("Zone"), f"{member.zone} · {ctx.locale.time(ctx.now)}"),
        Field(ctx.text("Quiet hours"), quiet if _has_quiet(member.quiet_from, member.quiet_until) else "–"),
        Field(ctx.text("Digest"), _shown(ctx, member.digest_at) if member.digest_at else "–"),
    )


def _has_quiet(start: str, end: str) -> bool:
    return start != end


class HourArgument(RestArgument):
    """An hour of the day as ``HH:MM``; empty for one of the words that switch something off."""

    shape = msg("8:00")
    prompt = msg("At what hour? “off” for never.")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        return await self.answer(ctx, reading.rest(), bound)

    async def answer(self, ctx: Context, text: str, bound: Bound) -> str | None:
        """Raises: Misread, for what is no hour."""
        if not text.strip():
            return None
        if search.fold(text.strip()) in {word for grammar in grammars() for word in grammar.off}:
            return ""
        match = _HOUR.fullmatch(text.strip())
        hour = match and _clock(match["h"], match["m"], match["p"])
        if not hour:
            raise Misread(ctx.text("I need an hour, as 8:00, or “off”."))
        return hour

    async def load(self, ctx: Context, stored: str) -> str:
        hour = await self.answer(ctx, stored, {}) if stored else ""
        return hour or ""

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        hours = [Choice(_shown(ctx, hour), hour) for hour in ("07:30", "08:00", "08:30", "09:00")]
        return [*hours, Choice(ctx.text("Never"), "")]


_HOUR = re.compile(r"(?P<h>\d{1,2})(?:[:h.](?P<m>\d{2}))?\s*h?\s*(?P<p>[ap]m)?", re.ASCII | re.IGNORECASE)
AnHour = Annotated[str, HourArgument()]


def _own_name(language: str) -> str:
    """A language in its own words."""
    from babel.core import Locale as BabelLocale

    return str(BabelLocale(language).get_display_name(language)).capitalize()


def _receipt(ctx: Context, fact: str, *more: Block) -> Reply:
    undo = Button(ctx.text("Undo"), Invocation("undo", {"said": ctx.author.said}))
    return Reply((Text(fact), *more, Buttons((undo,))), replaces=ctx.request.pressed is not None)


@command(msg("Choose the language of the answers"))
async def lang(ctx: Context, language: Rest) -> Reply:
    """Answer in another language from now on: ``fr``, ``English``, ``en-US``."""
    tag = _locale(ctx, language)
    await ctx.member.write(ctx.author, locale=tag)
    ctx.locale = Locale(tag, ctx.member.zone)
    return _receipt(ctx, ctx.text("✅ Language: {name} ({tag})", name=_own_name(tag[:2]), tag=tag))


def _locale(ctx: Context, typed: str) -> str:
    """Raises: Misread, for a language that Parley does not speak."""
    wanted = typed.strip().replace("_", "-")
    for language in languages():
        names = {language, *map(search.fold, _names_of(language))}
        if search.fold(wanted) in names:
            return region.locale_of(language, ctx.member.workspace.country)
    language, _, country = wanted.partition("-")
    tag = f"{language.lower()}-{country.upper()}"
    if region.no_locale(tag) is None:
        return tag
    known = ", ".join(f"{_own_name(each)} ({each})" for each in languages())
    raise Misread(ctx.text("I speak {languages}. For a country: en-US.", languages=known))


def _names_of(language: str) -> set[str]:
    """What a language is called in all languages that Parley speaks."""
    from babel.core import Locale as BabelLocale

    return {str(BabelLocale(language).get_display_name(other)) for other in languages()}


@command(msg("Set your time zone"))
async def tz(ctx: Context, zone: Rest) -> Reply:
    """Move to another zone. What waits keeps its moment, unless its hour is moved too."""
    name = _zone(ctx, zone)
    before = ctx.member.zone
    await ctx.member.write(ctx.author, zone=name)
    ctx.locale = Locale(ctx.member.locale, name)
    fact = ctx.text("✅ Zone: {zone}, where it is {time} now", zone=name, time=ctx.locale.time(ctx.now))
    waiting = await _waiting(ctx, name)
    if not waiting or before == name:
        return _receipt(ctx, fact)
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
    return _receipt(ctx, fact, Text(question), buttons)


def _zone(ctx: Context, typed: str) -> str:
    """Raises: Misread, for a place that names no zone, or several."""
    wanted = typed.strip().replace(" ", "_")
    if region.no_zone(wanted) is None:
        return wanted
    near = region.no_zone(wanted)
    city = (near or "").rpartition("/")[2]
    if near and search.fold(city) == search.fold(wanted.rpartition("/")[2]):
        return near
    if near:
        raise Misread(
            ctx.text("I know no zone “{zone}”. Did you mean {near}?", zone=typed.strip(), near=near)
        )
    raise Misread(ctx.text("I know no zone “{zone}”. Write it as Europe/Paris.", zone=typed.strip()[:60]))


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
    return _receipt(ctx, fact)


@command(msg("Keep the moments"), hidden=True)
async def tz_keep(ctx: Context) -> Reply:
    """Leave what waits where it is."""
    return Reply((Text(ctx.text("All right, everything keeps its moment.")),), private=True)


_HOURS = re.compile(
    r"(?P<h1>\d{1,2})(?:[:h.](?P<m1>\d{2}))?\s*h?\s*(?P<p1>[ap]m)?"
    r"\s*(?:-|–|to|à|a)\s*"
    r"(?P<h2>\d{1,2})(?:[:h.](?P<m2>\d{2}))?\s*h?\s*(?P<p2>[ap]m)?",
    re.IGNORECASE,
)


@command(msg("Set the hours in which you are left in peace"))
async def quiet(ctx: Context, hours: Rest) -> Reply:
    """Hours in which nothing comes that Parley chose itself; a time that you chose rings all the same."""
    start, end = _span(ctx, hours)
    await ctx.member.write(ctx.author, quiet_from=start, quiet_until=end)
    if not _has_quiet(start, end):
        return _receipt(ctx, ctx.text("✅ No quiet hours"))
    return _receipt(
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
async def digest_at(ctx: Context, hour: AnHour) -> Reply:
    """Let the digest come at another hour of the member's clock, or not at all."""
    await ctx.member.write(ctx.author, digest_at=hour)
    if not hour:
        return _receipt(ctx, ctx.text("✅ No digest"))
    return _receipt(ctx, ctx.text("✅ The digest comes at {time}", time=_shown(ctx, hour)))


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
