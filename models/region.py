"""Which currencies, countries, time zones and locales there are, and which one was probably meant.

Each function returns None for one that exists, else the nearest that does, or "" where none is near.
Currencies and countries are those of the CLDR data that babel carries; zones those of the machine,
or else of the tzdata package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

# By its path: importing the package would load every command, only to list a folder.
SENTENCES = Path(__file__).parent.parent / "handlers" / "locale"


def no_currency(code: str) -> str | None:
    """Whether it is a currency that some country uses today (ISO 4217, three capitals)."""
    return _nearest(code, _currencies())


def no_country(code: str) -> str | None:
    """Whether it is a country or territory (ISO 3166-1 alpha-2, two capitals)."""
    from babel.core import get_global

    return _nearest(code, (name for name in get_global("territory_currencies") if name.isalpha()))


def no_zone(name: str) -> str | None:
    """Whether it is a time zone (IANA, spelled exactly)."""
    # Listing all zones costs a hundred times as much as opening one, and start should be quick.
    if re.fullmatch(r"[A-Z][A-Za-z0-9_+/-]*", name):
        try:
            ZoneInfo(name)
        except (OSError, ValueError, KeyError):
            pass
        else:
            return None
    zones = available_timezones()
    cities = {zone.rpartition("/")[2].lower(): zone for zone in sorted(zones)} | _cities()
    return _nearest(name, zones) or cities.get(name.lower().replace(" ", "_"), "")


def _cities() -> dict[str, str]:
    """Zones by the names of their cities in each language: londres, pékin."""
    from babel.core import Locale

    return {
        str(names["city"]).lower().replace(" ", "_"): zone
        for language in sorted(languages())
        for zone, names in Locale(language).time_zones.items()
        if "city" in names
    }


def no_locale(tag: str) -> str | None:
    """Whether it is a language that Parley speaks in a country that uses it, as ``fr-FR``.

    The country is needed: it decides the order of dates, the clock and how numbers are written.
    """
    from babel import localedata

    known = (name for name in localedata.locale_identifiers() if name[:2] in languages())
    if re.fullmatch(r"[a-z]{2}-[A-Z]{2}", tag) and tag[:2] in languages():
        return None if localedata.exists(tag.replace("-", "_")) else _nearest(tag, _tags(known))
    return _nearest(tag, _tags(known))


def locale_of(language: str, country: str) -> str:
    """A language as it is written in a country; where it is not, as in the land it is known for."""
    from babel import localedata
    from babel.core import get_global

    if localedata.exists(f"{language}_{country}"):
        return f"{language}-{country}"
    # CLDR's likeliest English is American. Whoever reads English outside an English-speaking country
    # expects days before months.
    likely = "en_Latn_GB" if language == "en" else get_global("likely_subtags").get(language, language)
    return f"{language}-{likely.rpartition('_')[2]}"


def country_of(zone: str) -> str:
    """The country that an IANA zone's clock belongs to (ISO 3166, from CLDR); empty where it is none's."""
    from babel.core import get_global

    country = str(get_global("zone_territories").get(zone, ""))
    return country if country.isalpha() else ""


def languages() -> frozenset[str]:
    """What Parley speaks: English, and each language with a file of sentences."""
    return frozenset({"en", *(path.stem for path in SENTENCES.glob("*.po"))})


def _tags(identifiers: Iterable[str]) -> Iterable[str]:
    return (name.replace("_", "-") for name in identifiers if re.fullmatch(r"[a-z]{2}_[A-Z]{2}", name))


def _currencies() -> frozenset[str]:
    from babel.core import get_global

    used = (entry for country in get_global("territory_currencies").values() for entry in country)
    return frozenset(code for code, _, until, tender in used if tender and until is None)


def _nearest(word: str, known: Iterable[str]) -> str | None:
    names = {name.lower(): name for name in sorted(known)}
    if names.get(word.lower()) == word:
        return None
    found = get_close_matches(word.lower(), names, n=1, cutoff=0.7)
    return names[found[0]] if found else ""
