"""Periods: this month, last quarter, as days on the member's calendar and the workspace's fiscal year."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.chat.context import Context
from models.selection import Days, Instants

_MONTHS = 12
_IN_A_QUARTER = 3


def period(ctx: Context, said: str) -> Days:
    """The days of ``month -1`` (see Language.periods): a unit of the calendar, so many of them from now.

    Weeks begin on the workspace's day, quarters and years with its fiscal year.
    """
    unit, _, offset = said.partition(" ")
    today, count = ctx.now.astimezone(ZoneInfo(ctx.zone)).date(), int(offset)
    match unit:
        case "day":
            first = today + timedelta(days=count)
            return Days(first, first + timedelta(days=1))
        case "week":
            back = (today.weekday() - ctx.member.workspace.week_start) % 7
            first = today + timedelta(days=7 * count - back)
            return Days(first, first + timedelta(days=7))
        case "month":
            return _months(today.replace(day=1), count, 1)
    long = _IN_A_QUARTER if unit == "quarter" else _MONTHS
    since = (today.month - ctx.member.workspace.fiscal_year_start) % long
    return _months(_later(today.replace(day=1), -since), count * long, long)


def _months(first: date, offset: int, long: int) -> Days:
    start = _later(first, offset)
    return Days(start, _later(start, long))


def _later(first: date, months: int) -> date:
    """The first day of the month so many months after another one's."""
    count = first.year * _MONTHS + first.month - 1 + months
    return date(count // _MONTHS, count % _MONTHS + 1, 1)


def months_of(days: Days) -> list[Days]:
    """The months of a period that begins with one, in order."""
    found, first = list[Days](), days.first
    while first < days.until:
        found.append(Days(first, _later(first, 1)))
        first = _later(first, 1)
    return found


def instants(ctx: Context, days: Days) -> Instants:
    """From the first midnight to the last one on the member's clock."""
    first, until = (
        datetime.combine(day, time(), ZoneInfo(ctx.zone)).astimezone(ZoneInfo("UTC"))
        for day in (days.first, days.until)
    )
    return Instants(first, until)
