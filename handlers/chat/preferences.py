"""What a member sets for themselves, asked for in its own words where it is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from handlers.chat.arguments import Bound, RestArgument
from handlers.chat.context import Context
from handlers.chat.errors import Choice
from handlers.chat.i18n import languages, msg
from handlers.chat.language import languages as grammars
from models.member import Member

_MOST_ZONES = 4
_USUAL_HOURS = ("7:30", "8:00", "8:30", "9:00")


class LanguageArgument(RestArgument):
    """A language or a locale, as it was typed."""

    shape = msg("language")
    prompt = msg("Which language?")

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        from babel.core import Locale as BabelLocale

        names = ((tag, str(BabelLocale(tag).get_display_name(tag)).capitalize()) for tag in languages())
        return [Choice(name, tag) for tag, name in names]


class ZoneArgument(RestArgument):
    """A time zone or its city, as it was typed."""

    shape = msg("zone")
    prompt = msg("Which zone? A large city in it will do.")

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        """The zones of the colleagues, the workspace's first."""
        here = ctx.member.workspace
        theirs = Member.filter(workspace_id=here.id, active=True).distinct().order_by("zone")
        zones = [here.zone, *(str(zone) for zone in await theirs.values_list("zone", flat=True))]
        return [Choice(zone, zone) for zone in dict.fromkeys(zones) if zone != ctx.zone][:_MOST_ZONES]


class HoursArgument(RestArgument):
    """From one hour until another, as it was typed."""

    shape = msg("from-until")
    prompt = msg("From when until when?")

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        own = next(entry for entry in grammars() if entry.tag == ctx.locale.language)
        usual = own.examples["quiet"].split(maxsplit=1)[1]
        return [Choice(usual, usual), Choice(ctx.text("No quiet hours"), own.off[0])]


class HourArgument(RestArgument):
    """An hour of the day or a word such as off, as it was typed."""

    shape = msg("8:00")
    prompt = msg("At what hour? “off” for never.")

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        own = next(entry for entry in grammars() if entry.tag == ctx.locale.language)
        return [*(Choice(hour, hour) for hour in _USUAL_HOURS), Choice(ctx.text("Never"), own.off[0])]


WhichLanguage = Annotated[str, LanguageArgument()]
WhichZone = Annotated[str, ZoneArgument()]
WhichHours = Annotated[str, HoursArgument()]
WhichHour = Annotated[str, HourArgument()]
