"""Time as people type it, in English and French at once: the only way in.

What is read, and how it is understood, seen from ``now`` in the speaker's zone:

- tomorrow, demain, hier, après-demain; ``thu``, ``jeudi``: the nearest to come (in a log: the last that
  was). next, prochain: the nearest, or the week after where that is at most two days away. en huit: the
  nearest and a week. last, dernier: the last before today. jeudi de la semaine prochaine: as it says.
- ``15 oct``, ``Oct 15th``, ``30/11`` (in the order of the locale, or the only one that exists),
  ``30.11.2026``, ``2027-04-05``, ``le 15``. Without its year: the next to come; in a log the last one,
  unless the next is within three months.
- ``in 3 days``, ``dans 2 semaines``, ``3 days ago``, ``in 3 business days``; end of week is its last
  working day, next week its Monday, next month its first; end, mid and start of a month, named or not.
  These days are computed: one to come that falls on a day off moves to the next working day.
- ``10am``, ``10h30``, ``14:30``, noon, half past ten; ``at 10`` and ``à 10``, never a bare 10. Without
  am or pm, 1 to 6 are of the afternoon, unless written as ``06:00`` or ``6h``. noon is 12:00, midnight ends
  the day it is said with. morning 09:00, afternoon 14:00, tonight 19:00, eod and fin de journée 18:00.
  ``1h30`` to ``6h`` with neither a day nor à before it is a length, see find_durations().
- ``in 2h``, ``dans 20 min``: counted in real time, whatever clocks do.

A date never eats a name. A month needs the number of a day beside it. A weekday alone is a day at the
end of its clause, beside an hour, after on or le, or in the middle where nothing speaks for a name (a
capital that its language does not write, a name right after it); Sun, Sam, mer and the like need more,
see names.py. What is not certain stays text, and the person is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from handlers.chat.when.instants import When, at, zone_named
from handlers.chat.when.lengths import length
from handlers.chat.when.line import Line
from handlers.chat.when.moments import Bias, moments
from handlers.chat.when.parts import Calendar, Found, Problem
from handlers.chat.when.resolve import Impossible, Setting, next_working_day, resolve

__all__ = [
    "Bias",
    "Problem",
    "Span",
    "When",
    "at",
    "dump",
    "find",
    "find_durations",
    "load",
    "next_working_day",
    "zone_named",
]


# How a stored time says what was said of it; "second" of two equal wall times is the later.
_FLAGS = ("has_date", "has_time", "typed_date", "computed", "weekday_next", "gap")
_MOVED = "moved_from="
_SECOND = "second"


@dataclass(frozen=True, slots=True)
class Span:
    """A day, an hour or both in a text, by character, with the words that lead to it (on, le, at).

    Either ``when`` is set, or ``error`` says why there is no such instant. ``swapped`` is the other
    reading of day and month in 3/4, where that exists.
    Two spans of one clause with an equal ``when`` are one moment said in two places.
    """

    start: int
    end: int
    when: When | None
    error: Problem | None = None
    swapped: When | None = None


def find(
    text: str, *, now: datetime, zone: str, day_first: bool, bias: Bias, working_days: frozenset[int]
) -> list[Span]:
    """Every moment in the text, in order, none within another.

    ``now`` is aware; ``zone`` the speaker's IANA zone; ``day_first`` reads 3/4 as 3 April;
    ``bias`` is plan for what is to come and log for what was; ``working_days`` 0 is Monday.

    Raises:
        ValueError: ``now`` without a zone, or an unknown ``zone``.
    """
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    today = now.astimezone(zone_named(zone)).date()
    setting = Setting(now, zone, today, bias, working_days)
    line = Line(text)
    return [_span(line, found, setting) for found in moments(line, day_first=day_first, bias=bias)]


def find_durations(text: str) -> list[tuple[int, int, timedelta]]:
    """Every length in minutes and hours as (start, end, length), by character: 20m, 1h30, half an hour.

    Whether it counts is the reader's to say: ``10h`` is an hour of the day as well, ``in 2h`` a moment.
    """
    line, found, index = Line(text), [], 0
    while index < len(line):
        seen = length(line, index) if line.open(index) else None
        if seen and line.closed(seen[1]):
            found.append((line.tokens[index].start, line.tokens[seen[1] - 1].end, seen[0]))
        index = seen[1] if seen else index + 1
    return found


def dump(when: When) -> str:
    """As one line that :func:`load` reads: wall time, zone, and what was said of it."""
    words = [when.wall.isoformat(timespec="minutes"), when.zone]
    words += [name for name in _FLAGS if getattr(when, name)]
    words += [_SECOND] if when.wall.fold else []
    words += [f"{_MOVED}{when.moved_from.isoformat()}"] if when.moved_from else []
    return " ".join(words)


def load(stored: str) -> When:
    """From :func:`dump`'s line.

    Raises:
        ValueError: it is none, or its zone is not known here.
    """
    wall, zone, *words = stored.split(" ")
    moved = [word.removeprefix(_MOVED) for word in words if word.startswith(_MOVED)]
    flags = {word for word in words if not word.startswith(_MOVED)}
    if not flags <= {*_FLAGS, _SECOND}:
        raise ValueError(f"not a stored time: {stored[:100]!r}")
    return replace(
        at(datetime.fromisoformat(wall).replace(fold=_SECOND in flags), zone),
        moved_from=date.fromisoformat(moved[0]) if moved else None,
        has_date="has_date" in flags,
        has_time="has_time" in flags,
        typed_date="typed_date" in flags,
        computed="computed" in flags,
        weekday_next="weekday_next" in flags,
        gap="gap" in flags,
    )


def _span(line: Line, found: Found, setting: Setting) -> Span:
    start, end = line.tokens[found.at].start, line.tokens[found.after - 1].end
    if found.problem:
        return Span(start, end, None, found.problem)
    try:
        return Span(start, end, resolve(found, setting), swapped=_swapped(found, setting))
    except Impossible as impossible:
        return Span(start, end, None, impossible.problem)


def _swapped(found: Found, setting: Setting) -> When | None:
    if not isinstance(found.day, Calendar) or found.day.swapped is None:
        return None
    try:
        return resolve(replace(found, day=found.day.swapped), setting)
    except Impossible:
        return None
