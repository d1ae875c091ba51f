"""Periods in a filter: this month, le trimestre dernier, Q4, in November, the last 30 days, before 30 Nov."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tortoise.expressions import Q

from handlers.chat import when
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.filters.scan import Bias, Scan
from handlers.chat.i18n import msg
from handlers.chat.language import PeriodUnit, languages
from models import filters
from models.search import fold

# A span of time that people ask for; more is no filter, and keeps every sum far from overflow.
_LONGEST = 36_500
_DAYS = {"day": 1, "working day": 1, "week": 7, "month": 30, "year": 365}


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``first`` to ``last``, both included; None leaves that side open."""

    first: date | None
    last: date | None

    def shown(self, ctx: Context) -> str:
        """As the reader's calendar writes it."""
        if self.first is None or self.last is None:
            day = self.first or self.last
            assert day is not None  # one side is closed
            shown = ctx.locale.date(day, now=ctx.now)
            message = msg("until {day}") if self.first is None else msg("from {day}")
            return ctx.text(message, day=shown)
        first = ctx.locale.date(self.first, now=ctx.now)
        return first if self.first == self.last else f"{first} – {ctx.locale.date(self.last, now=ctx.now)}"

    def of_dates(self, column: str) -> Q:
        """The condition on a column of dates."""
        return filters.on_days(column, self.first, self.last)

    def of_moments(self, ctx: Context, column: str) -> Q:
        """The condition on a column of instants: the days are the member's."""
        start = None if self.first is None else midnight(ctx, self.first)
        end = None if self.last is None else midnight(ctx, self.last + timedelta(days=1))
        return filters.at_moments(column, start, end)


def today(ctx: Context) -> date:
    """The member's day."""
    return ctx.said_at.astimezone(ZoneInfo(ctx.zone)).date()


def midnight(ctx: Context, day: date) -> datetime:
    """The instant (aware UTC) at which a day begins for the member."""
    return when.at(datetime.combine(day, time()), ctx.zone).instant


def period(scan: Scan, at: int, bias: Bias, *, led: bool = False) -> tuple[Period, int] | None:
    """The period there, and its end. ``led``: a word before it says that a time follows."""
    for side in ("before", "by", "after", "since"):
        end = scan.phrase(side, at)
        if end is not None and (found := _whole(scan, scan.skip(end), bias, led=True)):
            return _open(side, found[0]), found[1]
    start = scan.past("during", at)
    return _whole(scan, at, bias, led=led) or _whole(scan, start, bias, led=led or start > at)


def _open(side: str, whole: Period) -> Period:
    """The time on one side of a whole period: before and after it, or with it."""
    assert whole.first is not None and whole.last is not None
    day = timedelta(days=1)
    match side:
        case "before":
            return Period(None, whole.first - day)
        case "by":
            return Period(None, whole.last)
        case "after":
            return Period(whole.last + day, None)
    return Period(whole.first, None)


def _whole(scan: Scan, at: int, bias: Bias, *, led: bool) -> tuple[Period, int] | None:
    return (
        _named(scan, at)
        or _counted(scan, at)
        or _quarter(scan, at)
        or _month(scan, at, bias, led=led)
        or (_day(scan, at, bias))
    )


def _named(scan: Scan, at: int) -> tuple[Period, int] | None:
    found = scan.word(_periods(), at)
    if found is None:
        return None
    unit, offset = _periods()[found[0]]
    return counted_from_now(scan.ctx, scan.today, unit, offset), found[1]


@cache
def _periods() -> dict[str, tuple[PeriodUnit, int]]:
    return {
        fold(words): value for language in languages() for words, value in language.filters.periods.items()
    }


def counted_from_now(ctx: Context, today: date, unit: PeriodUnit, offset: int) -> Period:
    """A day, week, month, quarter or year counted from the one that ``today`` is in.

    Weeks begin as the workspace's do; quarters and fiscal years as its fiscal year does.
    """
    workspace = ctx.member.workspace
    match unit:
        case "day":
            day = today + timedelta(days=offset)
            return Period(day, day)
        case "week":
            ahead = (today.weekday() - workspace.week_start) % 7
            first = today + timedelta(days=7 * offset - ahead)
            return Period(first, first + timedelta(days=6))
        case "month":
            return _months(today.year, today.month + offset, 1)
        case "quarter":
            since = (today.month - workspace.fiscal_year_start) % 3
            return _months(today.year, today.month - since + 3 * offset, 3)
        case "fiscal year":
            since = (today.month - workspace.fiscal_year_start) % 12
            return _months(today.year, today.month - since + 12 * offset, 12)
    return _months(today.year + offset, 1, 12)


def _months(year: int, month: int, length: int) -> Period:
    """So many whole months from that one on, which may be before January or after December."""
    first = _first(year, month)
    after = _first(first.year, first.month + length)
    return Period(first, after - timedelta(days=1))


def _first(year: int, month: int) -> date:
    more, index = divmod(month - 1, 12)
    return date(year + more, index + 1, 1)


def months_of(whole: Period) -> list[Period]:
    """The months that a period has, each whole."""
    assert whole.first is not None and whole.last is not None
    found, first = list[Period](), whole.first.replace(day=1)
    while first <= whole.last:
        found.append(Period(first, first.replace(day=monthrange(first.year, first.month)[1])))
        first = _first(first.year, first.month + 1)
    return found


def _counted(scan: Scan, at: int) -> tuple[Period, int] | None:
    for name, sign in (("recent", -1), ("coming", 1)):
        if match := _count_pattern(name).match(scan.folded, at):
            number = next(group for key, group in match.groupdict().items() if key[0] == "n" and group)
            unit = next(group for key, group in match.groupdict().items() if key[0] == "u" and group)
            far = scan.today + timedelta(days=sign * days(int(number), unit))
            return Period(min(far, scan.today), max(far, scan.today)), match.end()
    return None


def days(number: int, unit: str) -> int:
    """So many days, weeks, months of thirty days or years as days; ``unit`` is a folded word for one."""
    return min(number * _DAYS[units()[unit]], _LONGEST)


@cache
def units() -> dict[str, str]:
    """Every folded word for a unit of a day or more."""
    return {
        fold(word): unit
        for language in languages()
        for word, unit in language.time.units.items()
        if unit in _DAYS
    }


@cache
def _count_pattern(name: str) -> re.Pattern[str]:
    templates = [fold(words) for language in languages() for words in getattr(language.filters, name)]
    each = []
    for number, template in enumerate(sorted(templates, key=len, reverse=True)):
        parts = {"{n}": rf"(?P<n{number}>[0-9]{{1,4}})", "{unit}": rf"(?P<u{number}>{unit_words()})"}
        words = [parts.get(word, re.escape(word)) for word in template.split()]
        each.append(r"\s+".join(words) + r"(?!\w)")
    return re.compile("|".join(each))


def unit_words() -> str:
    """A pattern of the words for a unit, the longest first."""
    return "|".join(re.escape(word) for word in sorted(units(), key=len, reverse=True))


def _quarter(scan: Scan, at: int) -> tuple[Period, int] | None:
    match = _quarter_pattern().match(scan.folded, at)
    if match is None:
        return None
    start = scan.ctx.member.workspace.fiscal_year_start
    this = counted_from_now(scan.ctx, scan.today, "fiscal year", 0)
    assert this.first is not None
    year = int(match["year"]) if match["year"] else this.first.year
    return _months(year, start + 3 * (int(match["number"]) - 1), 3), match.end()


@cache
def _quarter_pattern() -> re.Pattern[str]:
    letters = "".join(re.escape(language.filters.quarter) for language in languages())
    return re.compile(rf"[{letters}](?P<number>[1-4])(?:\s+(?P<year>20[0-9]{{2}}))?(?!\w)")


def _month(scan: Scan, at: int, bias: Bias, *, led: bool) -> tuple[Period, int] | None:
    """November, with its year or the nearest one; a year alone. Either may be a name, where nothing leads."""
    if not led:
        return None
    if match := _YEAR.match(scan.folded, at):
        return _months(int(match.group()), 1, 12), match.end()
    found = scan.word(_month_names(), at)
    # A day right behind it makes a date of it, which is read as one.
    if found is None or scan.day(at, bias) is not None:
        return None
    number, end = _month_names()[found[0]], found[1]
    if match := _YEAR.match(scan.folded, scan.skip(end)):
        return _months(int(match.group()), number, 1), match.end()
    year = scan.today.year
    if bias == "plan" and number < scan.today.month:
        year += 1
    if bias == "log" and number > scan.today.month:
        year -= 1
    return _months(year, number, 1), end


_YEAR = re.compile(r"20[0-9]{2}(?![\w.,-])")


@cache
def _month_names() -> dict[str, int]:
    return {
        fold(name): number
        for language in languages()
        for number, names in enumerate(language.time.months, start=1)
        for name in names
    }


def _day(scan: Scan, at: int, bias: Bias) -> tuple[Period, int] | None:
    span = scan.day(at, bias)
    if span is None:
        return None
    if span.when is None:
        typed = scan.text[span.start : span.end].strip()
        raise Misread(scan.ctx.text("“{text}” is not a date I can find in a calendar.", text=typed))
    if not span.when.has_date:
        return None
    day = span.when.moved_from or span.when.wall.date()
    for side in ("before", "by", "after", "since"):
        # The words that lead to a date are a part of it.
        if scan.phrase(side, at) is not None:
            return _open(side, Period(day, day)), span.end
    return Period(day, day), span.end


def length(scan: Scan, at: int) -> tuple[int, int] | None:
    """So many days, written as 14d, 2 weeks, 3 mois; and their end."""
    match = _length_pattern().match(scan.folded, at)
    return (days(int(match["number"]), match["unit"]), match.end()) if match else None


@cache
def _length_pattern() -> re.Pattern[str]:
    return re.compile(rf"(?P<number>[0-9]{{1,4}})\s*(?P<unit>{unit_words()})(?!\w)")
