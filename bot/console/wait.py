"""How long a simulation lets time pass: ``2h``, ``3d``, ``1h30``, ``until fri 10:00``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from handlers.chat import when
from handlers.chat.i18n import Locale

# Every reminder on the way is looked at: enough to see a yearly one come back, and never endless.
LONGEST = timedelta(days=3 * 366)

_WORDS = {
    "weeks": "w week weeks semaine semaines",
    "days": "d j day days jour jours",
    "hours": "h hour hours heure heures",
    "minutes": "m min mins minute minutes",
    "seconds": "s sec secs second seconds seconde secondes",
}
_UNITS = {word: unit for unit, words in _WORDS.items() for word in words.split()}
_PART = re.compile(r"([0-9]{1,5})\s*([a-z]*)\s*")
_UNTIL = re.compile(r"(?:until|till|jusqu'[àa]|jusqu'au)\s+(.+)", re.IGNORECASE)
_EVERY_DAY = frozenset(range(7))


def target(typed: str, *, now: datetime, locale: Locale) -> datetime | None:
    """The instant to wait for, aware UTC, perhaps in the past; None where ``typed`` says none.

    A length counts from ``now`` (aware). A time after ``until`` is on the clock of ``locale.zone``,
    unless it is ISO 8601 with an offset.
    """
    until = _UNTIL.fullmatch(typed.strip().replace("’", "'"))
    if until:
        return _iso(until[1], locale) or _said(until[1], now, locale)
    length = _length(typed.strip().lower())
    return now + length if length is not None and length <= LONGEST else None


def _length(typed: str) -> timedelta | None:
    """``1h30`` and ``2 d 3 h`` too; a bare number means minutes, and only behind hours."""
    if not typed or _PART.sub("", typed):
        return None
    length, last = timedelta(0), ""
    for number, word in _PART.findall(typed):
        unit = _UNITS.get(word) if word else "minutes" if last == "hours" else None
        if unit is None:
            return None
        length += timedelta(**{unit: int(number)})
        last = unit
    return length


def _iso(typed: str, locale: Locale) -> datetime | None:
    try:
        moment = datetime.fromisoformat(typed)
        return moment.astimezone(UTC) if moment.tzinfo else when.at(moment, locale.zone).instant
    except (ValueError, OverflowError):
        return None


def _said(typed: str, now: datetime, locale: Locale) -> datetime | None:
    # Whoever waits until Sunday means Sunday: no day is off here.
    spans = when.find(
        typed, now=now, zone=locale.zone, day_first=locale.day_first, bias="plan", working_days=_EVERY_DAY
    )
    whole = [span for span in spans if typed[: span.start].strip() == "" == typed[span.end :].strip()]
    return whole[0].when.instant if whole and whole[0].when else None
