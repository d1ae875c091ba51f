"""From what was said to the instant that is meant, seen from now."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from handlers.chat.language import Part
from handlers.chat.when.instants import When, at
from handlers.chat.when.parts import (
    After,
    Ahead,
    Calendar,
    Clock,
    Counted,
    Day,
    Exactly,
    Found,
    Period,
    Problem,
    Weekday,
)

DEFAULT_HOUR = time(9)
CLOSE_OF_DAY = time(18)
_HOURS: dict[Part, time] = {
    "morning": DEFAULT_HOUR,
    "afternoon": time(14),
    "evening": time(19),
    "close": CLOSE_OF_DAY,
}

# A follow-up outside of these years is a slip of the finger, and every zone can reckon with them.
_FIRST_YEAR, _LAST_YEAR = 1900, 2199

# In a log a date without its year is the last one, unless the next is this near: then it is a plan.
_NEAR = timedelta(days=92)

# Friday 15 is of these weeks; farther ones would make a date of fri 9, where an hour was meant.
_CLOSE = timedelta(days=45)


class Impossible(ValueError):
    """There is no such day or hour; ``problem`` says which."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem: Problem = problem


@dataclass(frozen=True, slots=True)
class Setting:
    """Who speaks and when.

    ``now`` aware; ``zone`` IANA; ``today`` the day there; ``working_days`` 0 is Monday.
    """

    now: datetime
    zone: str
    today: date
    bias: Literal["plan", "log"]
    working_days: frozenset[int]

    def works(self, day: date) -> bool:
        """Whether this is a working day; where none is set, all are."""
        return not self.working_days or day.weekday() in self.working_days


@dataclass(frozen=True, slots=True)
class _Hour:
    """A settled hour; ``days`` is 1 where midnight ends the day that was said."""

    time: time
    days: int = 0
    said: bool = True


def resolve(found: Found, setting: Setting) -> When:
    """The instant.

    Raises:
        Impossible: no calendar or clock shows it.
    """
    try:
        return _resolve(found, setting)
    except OverflowError:
        raise Impossible("no such date") from None


def _resolve(found: Found, setting: Setting) -> When:
    match found.day:
        case After(delta):
            return at(setting.now + delta, setting.zone)
        case Exactly(instant):
            if instant is None or not _FIRST_YEAR < instant.year < _LAST_YEAR:
                raise Impossible("no such date")
            return replace(at(instant, setting.zone), typed_date=True)
        case None:
            return _next_hour(_hour(found), setting)
        case day:
            return _on(day, _hour(found), setting)


def _next_hour(hour: _Hour, setting: Setting) -> When:
    """An hour without a day: the next one to come, in a log the last that was."""
    when = _placed(setting.today, hour, setting)
    if setting.bias == "plan" and when.instant <= setting.now:
        when = _placed(setting.today + timedelta(days=1), hour, setting)
    if setting.bias == "log" and when.instant > setting.now:
        when = _placed(setting.today - timedelta(days=1), hour, setting)
    return replace(when, has_date=False)


def _on(day: Day, hour: _Hour, setting: Setting) -> When:
    chosen = _date(day, hour, setting)
    computed = isinstance(day, Ahead | Period)
    kept = chosen
    if computed and chosen > setting.today:
        kept = next_working_day(chosen, setting.working_days)
    return replace(
        _today_without_hour(setting)
        if kept == setting.today and not hour.said
        else _placed(kept, hour, setting),
        has_time=hour.said,
        typed_date=isinstance(day, Calendar),
        computed=computed,
        moved_from=chosen if kept != chosen else None,
        weekday_next=isinstance(day, Weekday) and day.turn == "next",
    )


def _today_without_hour(setting: Setting) -> When:
    """Today at nine; once that has passed, at the close of the day. In a log: now."""
    if setting.bias == "log":
        return at(setting.now.replace(second=0, microsecond=0), setting.zone)
    morning = _placed(setting.today, _Hour(DEFAULT_HOUR), setting)
    return morning if morning.instant > setting.now else _placed(setting.today, _Hour(CLOSE_OF_DAY), setting)


def _placed(day: date, hour: _Hour, setting: Setting) -> When:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Impossible("no such date")
    return at(datetime.combine(day + timedelta(days=hour.days), hour.time), setting.zone)


def _hour(found: Found) -> _Hour:
    if found.clock is None:
        return _Hour(_HOURS[found.part]) if found.part else _Hour(DEFAULT_HOUR, said=False)
    hour, minute = _of_day(found.clock, found.part), found.clock.minute
    if (hour, minute) == (24, 0) and found.clock.reading == "sure":
        return _Hour(time(0), days=1)
    if not (0 <= hour <= 23 and 0 <= minute <= 59):
        raise Impossible("no such time")
    return _Hour(time(hour, minute))


def _of_day(clock: Clock, part: Part | None) -> int:
    """The hour of 24. A bare one to six is of the afternoon, and so is what an evening is beside."""
    late = part in ("afternoon", "evening", "close")
    small = clock.reading == "bare" and 1 <= clock.hour <= 6 and part is None
    if clock.reading != "sure" and 1 <= clock.hour < 12 and (late or small):
        return clock.hour + 12
    return clock.hour


def _date(day: Day, hour: _Hour, setting: Setting) -> date:
    match day:
        case Counted(days):
            return setting.today + timedelta(days=days)
        case Weekday():
            return _weekday(day, hour, setting)
        case Calendar():
            return _calendar(day, setting)
        case Period():
            return _period(day, setting)
        case Ahead(amount, unit):
            return _ahead(amount, unit, setting)
        case _:
            raise AssertionError(day)


def _weekday(day: Weekday, hour: _Hour, setting: Setting) -> date:
    today = setting.today
    if day.week is not None:
        return today + timedelta(days=day.day - today.weekday() + 7 * day.week)
    ahead = (day.day - today.weekday()) % 7
    if day.turn == "last":
        return today - timedelta(days=(today.weekday() - day.day - 1) % 7 + 1)
    if day.turn == "next":
        # The nearest, unless it is so near that one would have said its name alone.
        return today + timedelta(days=ahead + 7 if ahead <= 2 else ahead)
    if day.turn is None and setting.bias == "log":
        behind = today - timedelta(days=(today.weekday() - day.day) % 7)
        late = behind == today and _placed(today, hour, setting).instant > setting.now
        return behind - timedelta(days=7) if late else behind
    nearest = today + timedelta(days=ahead)
    if ahead == 0 and _placed(today, hour, setting).instant <= setting.now:
        nearest += timedelta(days=7)
    return nearest + timedelta(days={"week": 7, "fortnight": 14}.get(day.turn or "", 0))


def _calendar(day: Calendar, setting: Setting) -> date:
    chosen = _chosen(day, setting)
    if day.weekday is not None and chosen.weekday() != day.weekday:
        raise Impossible("not that weekday")
    return chosen


def _chosen(day: Calendar, setting: Setting) -> date:
    if day.year is not None and day.month is not None:
        return _real(day.year, day.month, day.day)
    candidates = _months(day, setting) if day.month is None else _years(day.month, day.day, setting)
    coming = min((each for each in candidates if each >= setting.today), default=None)
    past = max((each for each in candidates if each <= setting.today), default=None)
    chosen = coming if setting.bias == "plan" or _is_near(coming, past, day, setting) else past
    if chosen is None:
        raise Impossible("not that weekday" if day.month is None else "no such date")
    return chosen


def _is_near(coming: date | None, past: date | None, day: Calendar, setting: Setting) -> bool:
    if coming is None or day.month is None or past == setting.today:
        return False
    return coming - setting.today <= _NEAR


def _years(month: int, day: int, setting: Setting) -> list[date]:
    """That day in the years around; 29 February may be eight years away."""
    years = range(setting.today.year - 8, setting.today.year + 9)
    return [date(year, month, day) for year in years if _exists(year, month, day)]


def _months(day: Calendar, setting: Setting) -> list[date]:
    """That day in the months around; on the weekday that was said beside it, only where that is close."""
    first = setting.today.replace(day=1)
    months = [_add_months(first, months) for months in range(-2, 3)]
    days = [month.replace(day=day.day) for month in months if _exists(month.year, month.month, day.day)]
    if day.weekday is None:
        return days
    close = [each for each in days if abs(each - setting.today) <= _CLOSE]
    return [each for each in close if each.weekday() == day.weekday]


def _real(year: int, month: int, day: int) -> date:
    if not _exists(year, month, day):
        raise Impossible("no such date")
    return date(year, month, day)


def _exists(year: int, month: int, day: int) -> bool:
    return 1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def _period(period: Period, setting: Setting) -> date:
    today = setting.today
    match period.unit:
        case "week":
            return _of_week(period, setting)
        case "year":
            year = today.year + period.offset
            return date(year, 12, 31) if period.edge == "end" else date(year, 1, 1)
        case "month" if period.month is None:
            return _of_month(_add_months(today.replace(day=1), period.offset), period)
    if period.year is not None:
        return _of_month(date(period.year, period.month, 1), period)
    this_year = _of_month(date(today.year, period.month, 1), period)
    ahead = this_year if this_year >= today else _of_month(date(today.year + 1, period.month, 1), period)
    behind = this_year if this_year <= today else _of_month(date(today.year - 1, period.month, 1), period)
    return ahead if setting.bias == "plan" or ahead - today <= _NEAR else behind


def _of_month(first: date, period: Period) -> date:
    last = calendar.monthrange(first.year, first.month)[1]
    return first.replace(day={"start": 1, "middle": 15, "end": last}[period.edge])


def _of_week(period: Period, setting: Setting) -> date:
    """Its Monday, or its last working day; the end of a week that is over is that of the next."""
    monday = setting.today + timedelta(days=7 * period.offset - setting.today.weekday())
    if period.edge == "start":
        return monday
    last = max((day for day in range(7) if setting.works(monday + timedelta(days=day))), default=6)
    end = monday + timedelta(days=last)
    return end if end >= setting.today else end + timedelta(days=7)


def _ahead(amount: int, unit: str, setting: Setting) -> date:
    match unit:
        case "day":
            return setting.today + timedelta(days=amount)
        case "week":
            return setting.today + timedelta(weeks=amount)
        case "month":
            return _add_months(setting.today, amount)
        case "year":
            return _add_months(setting.today, 12 * amount)
        case _:
            return _add_working_days(amount, setting)


def _add_months(day: date, months: int) -> date:
    """The same day so many months on, or the last one of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise Impossible("no such date")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _add_working_days(amount: int, setting: Setting) -> date:
    step = timedelta(days=1 if amount >= 0 else -1)
    # Whole weeks at once, so that a large number costs no time.
    weeks, rest = divmod(abs(amount), len(setting.working_days) or 7)
    day = setting.today + 7 * weeks * step
    while rest:
        day += step
        rest -= setting.works(day)
    return day


def next_working_day(day: date, working_days: frozenset[int]) -> date:
    """That day, or the first working day after it; 0 is Monday. Where none is set, all are."""
    ahead = (step for step in range(7) if (day + timedelta(days=step)).weekday() in working_days)
    return day + timedelta(days=next(ahead, 0))
