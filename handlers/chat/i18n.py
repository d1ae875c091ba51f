"""What people see: sentences in their language; times, amounts and numbers as their locale writes them.

The English sentence is its own key. ``handlers/locale/<language>.po`` holds the others, read by Babel at
first use. Bidirectional and control characters in values are left to the renderers, which escape.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from babel import localedata
from babel.core import Locale as BabelLocale
from babel.core import UnknownLocaleError, get_global
from babel.dates import format_skeleton, format_time, get_timezone_location
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import NumberPattern, format_currency, format_decimal

from handlers.chat.when import zone_named

SOURCE_LANGUAGE = "en"
_FOLDER = Path(__file__).parent.parent / "locale"

# A name in braces and nothing else: no index, no attribute, no format is ever looked at.
_KILO = 1000
_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Locale:
    """How one person reads.

    ``tag`` is BCP 47 (fr-FR, en-GB, en-US): its language chooses the sentences, all of it the order of
    dates, the clock and the numbers. ``zone`` is the IANA zone in which instants are shown.

    Raises:
        ValueError: a tag or a zone that is not known.
    """

    tag: str
    zone: str = "UTC"

    def __post_init__(self) -> None:
        _babel(self.tag)
        zone_named(self.zone)

    @property
    def language(self) -> str:
        """Its language alone: fr, en."""
        return _babel(self.tag).language

    @property
    def day_first(self) -> bool:
        """Whether 3/4 is the third of April here."""
        pattern = _babel(self.tag).date_formats["short"].pattern
        return bool(pattern.index("d") < pattern.index("M"))

    @property
    def contradicts_zone(self) -> bool:
        """Whether people who speak this language where the zone lies write 3/4 the other way round."""
        country = get_global("zone_territories").get(self.zone, "")
        there = f"{self.language}_{country}"
        return localedata.exists(there) and Locale(there).day_first != self.day_first

    @property
    def place(self) -> str:
        """The city that names its zone, as shown beside a time: New York."""
        return get_timezone_location(zone_named(self.zone), locale=_babel(self.tag), return_city=True)

    def text(self, message: str, **values: str | int) -> str:
        """The message in this language, with its ``{placeholders}`` filled; English where there is none.

        Raises:
            KeyError: a placeholder without its value.
        """
        return fill(_translations(self.language).gettext(message) if message else message, values)

    def plural(self, one: str, many: str, n: int, **values: str | int) -> str:
        """The message in the form that this language has for ``n``, which fills ``{n}``."""
        message = _translations(self.language).ngettext(one, many, n)
        return fill(message, {"n": self.number(n), **values})

    def instant(self, moment: datetime, *, now: datetime) -> str:
        """An aware instant on this person's clock, as jeu. 15 oct. 10:00; the year where it is not now's."""
        local = self._local(moment)
        day = self.date(local.date(), now=now)
        return f"{day}{',' if ',' in day else ''} {self.time(moment)}"

    def month(self, day: date) -> str:
        """The month of a day with its year, as oct. 2026."""
        return format_skeleton("yMMM", datetime(day.year, day.month, day.day), locale=_babel(self.tag))  # noqa: DTZ001

    def date(self, day: date, *, now: datetime) -> str:
        """A day, as jeu. 15 oct.; the year where it is not that of ``now`` (aware) on this clock."""
        skeleton = "MMMEd" if day.year == self._local(now).year else "yMMMEd"
        shown = format_skeleton(skeleton, datetime(day.year, day.month, day.day), locale=_babel(self.tag))  # noqa: DTZ001
        return self._first(shown)

    def day_of_year(self, day: int, month: int) -> str:
        """A day that comes every year, as 3 avril."""
        leap = datetime(2028, month, day)  # noqa: DTZ001
        return self._first(format_skeleton("MMMMd", leap, locale=_babel(self.tag)))

    def _first(self, shown: str) -> str:
        """The first of a month as French writes it; CLDR's patterns have no ordinals."""
        return re.sub(r"(?<!\w)1(?= \w)", "1er", shown, count=1) if self.language == "fr" else shown

    def time(self, moment: datetime) -> str:
        """The hour and minute of an aware instant on this person's clock."""
        return format_time(self._local(moment).time(), "short", locale=_babel(self.tag))

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount in major units of an ISO 4217 currency; whole ones without decimals."""
        locale = _babel(self.tag)
        if amount == amount.to_integral_value():
            return str(_whole_money(self.tag).apply(amount, locale, currency=currency, currency_digits=False))
        return format_currency(amount, currency, locale=locale)

    def number(self, value: Decimal | float) -> str:
        """A number, grouped, with at most three decimals."""
        return format_decimal(value, locale=_babel(self.tag))

    def duration(self, length: timedelta) -> str:
        """A length in its two largest units: 20 min, 1 h 30, 2 d 3 h; seconds only below a minute."""
        seconds = abs(int(length.total_seconds()))
        minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
        if days:
            rest = hours % 24
            return self.text("{d} d {h} h", d=days, h=rest) if rest else self.text("{d} d", d=days)
        if hours:
            rest = minutes % 60
            return self.text("{h} h {m}", h=hours, m=f"{rest:02}") if rest else self.text("{h} h", h=hours)
        return self.text("{m} min", m=minutes) if minutes else self.text("{s} s", s=seconds)

    def file_size(self, size: int) -> str:
        """Bytes in the units of the International System, as file managers show them: 12 kB, 1.4 MB."""
        if size < _KILO:
            return self.plural("{n} byte", "{n} bytes", size)
        if size < _KILO**2:
            return self.text("{size} kB", size=self.number(round(size / _KILO, 1)))
        return self.text("{size} MB", size=self.number(round(size / _KILO**2, 1)))

    def _local(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            raise ValueError("an instant must be aware")
        return moment.astimezone(zone_named(self.zone))


def msg(message: str) -> str:
    """Mark a message for translation where no locale is at hand; it is translated when it is shown."""
    return message


def fill(template: str, values: dict[str, str | int]) -> str:
    """The template with each ``{name}`` replaced by its value, as it is; braces in values stay.

    Raises:
        KeyError: a placeholder without its value.
    """
    return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), template)


def placeholders(template: str) -> frozenset[str]:
    """The names that the template wants filled."""
    return frozenset(_PLACEHOLDER.findall(template))


def languages() -> tuple[str, ...]:
    """The languages in which sentences exist, the source language first."""
    return (SOURCE_LANGUAGE, *sorted(path.stem for path in _FOLDER.glob("*.po")))


def untranslated(language: str, messages: Iterable[str]) -> list[str]:
    """Those of the messages that ``language`` has no translation for; a plural goes by its singular."""
    if language == SOURCE_LANGUAGE:
        return []
    known = {entry.id[0] if isinstance(entry.id, tuple) else entry.id for entry in entries(language)}
    return [message for message in messages if message not in known]


def entries(language: str) -> list[Message]:
    """The translations of a language that count: whole, and not marked fuzzy."""
    return [entry for entry in _catalog(language) if entry.id and not entry.fuzzy and _is_whole(entry)]


def _is_whole(entry: Message) -> bool:
    return all(entry.string) if isinstance(entry.string, tuple) else bool(entry.string)


@lru_cache(maxsize=256)  # tags come from outside
def _babel(tag: str) -> BabelLocale:
    try:
        return BabelLocale.parse(tag.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"no locale is called {tag[:64]!r}") from error


@lru_cache(maxsize=256)
def _whole_money(tag: str) -> NumberPattern:
    pattern: NumberPattern = copy(_babel(tag).currency_formats["standard"])
    pattern.frac_prec = (0, 0)
    return pattern


@cache
def _catalog(language: str) -> Catalog:
    path = _FOLDER / f"{language}.po"
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@cache
def _translations(language: str) -> gettext.NullTranslations:
    """The catalog in the form that knows its plural rule; empty entries and fuzzy ones are left out."""
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, _catalog(language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
