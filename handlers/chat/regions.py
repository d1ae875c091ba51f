"""Regions as people call them: languages, locales and time zones."""

from __future__ import annotations

from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import languages
from models import region, search


def own_name(language: str) -> str:
    """A language in its own words."""
    from babel.core import Locale as BabelLocale

    return str(BabelLocale(language).get_display_name(language)).capitalize()


def locale_tag(ctx: Context, typed: str) -> str:
    """A locale, by its tag or a language's name.

    Raises:
        Misread: a language that Parley does not speak.
    """
    wanted = typed.strip().replace("_", "-")
    for language in languages():
        names = {language, *map(search.fold, _names_of(language))}
        if search.fold(wanted) in names:
            return region.locale_of(language, region.country_of(ctx.zone) or ctx.member.workspace.country)
    language, _, country = wanted.partition("-")
    tag = f"{language.lower()}-{country.upper()}"
    if region.no_locale(tag) is None:
        return tag
    known = ", ".join(f"{own_name(each)} ({each})" for each in languages())
    raise Misread(ctx.text("I speak {languages}. For a country: en-US.", languages=known))


def _names_of(language: str) -> set[str]:
    """What a language is called in all languages that Parley speaks."""
    from babel.core import Locale as BabelLocale

    return {str(BabelLocale(language).get_display_name(other)) for other in languages()}


def zone_called(ctx: Context, typed: str) -> str:
    """A time zone, by its name or its city's.

    Raises:
        Misread: a place that names no zone, or several.
    """
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
