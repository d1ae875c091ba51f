"""What a phrase says of a day and of an hour, before it is known which instant that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from handlers.chat.language import Edge, Part, Turn

Reading = Literal["bare", "written", "sure"]
Problem = Literal["no such date", "no such time", "not that weekday", "repeats"]


@dataclass(frozen=True, slots=True)
class Counted:
    """Today and its neighbours, in days from today."""

    days: int


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week, 0 is Monday. ``week`` is counted from this one, None where none was named."""

    day: int
    turn: Turn | None = None
    week: int | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """A date of the calendar. What was not typed is None; ``weekday`` was typed beside it.

    ``swapped`` is the same digits in the other order of day and month.
    """

    day: int
    month: int | None = None
    year: int | None = None
    weekday: int | None = None
    swapped: Calendar | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """A point in a week, month or year counted from this one, or in a month that was named."""

    edge: Edge
    unit: Literal["week", "month", "year"]
    offset: int = 0
    month: int | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """So many days, weeks, months or years from today; below zero: ago."""

    amount: int
    unit: Literal["day", "working day", "week", "month", "year"]


@dataclass(frozen=True, slots=True)
class After:
    """So many minutes from now, which leaves no hour to be told; below zero: ago."""

    delta: timedelta


@dataclass(frozen=True, slots=True)
class Exactly:
    """An instant typed with its offset from UTC, aware; None where it is outside of the calendar."""

    instant: datetime | None


Day = Counted | Weekday | Calendar | Period | Ahead | After | Exactly


@dataclass(frozen=True, slots=True)
class Clock:
    """An hour as typed; -1 for one that no clock shows.

    ``reading``: a bare hour (10) may be of either half of the day; a written one (10h, 08:30) is of the
    24-hour clock unless evening is said beside it; a sure one (10am, noon) is what it is.
    ``language`` is the language of its words, None for digits and signs.
    """

    hour: int
    minute: int = 0
    reading: Reading = "written"
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A day, an hour or both, from token ``at`` up to ``after``; or what is wrong with it.

    ``weak``: a weekday that may be a name; it counts only where an hour in its clause needs a day.
    """

    at: int
    after: int
    day: Day | None = None
    clock: Clock | None = None
    part: Part | None = None
    problem: Problem | None = None
    weak: bool = False
