"""Lengths of time, and days counted from now: 20 min, 1h30, half an hour, in 3 days, il y a 2 h."""

from __future__ import annotations

from datetime import timedelta

from handlers.chat.language import Unit
from handlers.chat.when.line import Line
from handlers.chat.when.parts import After, Ahead
from handlers.chat.when.words import words

_CURRENCY_SIGNS = "€$£¥"
_DIGITS = 4  # more is no length that a person means, and keeps every sum far from overflow


def length(line: Line, at: int) -> tuple[timedelta, int] | None:
    """The minutes or hours there, and the place after them."""
    if named := words().lengths.find(line, at):
        return timedelta(minutes=named[0]), named[1]
    return _hours(line, at) or _minutes(line, at)


def counted(line: Line, at: int) -> tuple[After | Ahead, int] | None:
    """What is counted from now: in 2h, dans 3 jours, 2 weeks ago, 3 days from now."""
    tables = words()
    for before, sign in ((tables.ahead_before, 1), (tables.ago_before, -1)):
        if (opened := before.find(line, at)) and (step := _step(line, opened[1], sign)):
            return step
    if not (step := _step(line, at, 1)):
        return None
    if closed := tables.ahead_after.find(line, step[1]):
        return step[0], closed[1]
    if closed := tables.ago_after.find(line, step[1]):
        return _ago(step[0]), closed[1]
    return None


def is_unit(line: Line, at: int) -> bool:
    """Whether a unit or a currency there makes the number before it an amount and not a date."""
    return (
        words().units.find(line, at) is not None
        or _priced(line, at)
        or line.sign(at, "%")
        or line.folded(at) == "k"
    )


def _ago(step: After | Ahead) -> After | Ahead:
    return After(-step.delta) if isinstance(step, After) else Ahead(-step.amount, step.unit)


def _step(line: Line, at: int, sign: int) -> tuple[After | Ahead, int] | None:
    if minutes := length(line, at):
        return After(sign * minutes[0]), minutes[1]
    if (number := _count(line, at)) and (unit := _unit(line, number[1])):
        match unit:
            case (("minute" | "hour"), _):
                return None
            case kind, after:
                return Ahead(sign * number[0], kind), after
    return None


def _minutes(line: Line, at: int) -> tuple[timedelta, int] | None:
    if (number := _count(line, at)) and (unit := _unit(line, number[1])) and unit[0] == "minute":
        return timedelta(minutes=number[0]), unit[1]
    return None


def _hours(line: Line, at: int) -> tuple[timedelta, int] | None:
    if not (number := _decimal(line, at) or _count(line, at)):
        return None
    if not (unit := _unit(line, number[1])) or unit[0] != "hour":
        return None
    hours, after = timedelta(hours=number[0]), unit[1]
    if half := words().half_more.find(line, after):
        return hours + timedelta(minutes=30), half[1]
    more, after = _minutes_more(line, number[1], after)
    return hours + timedelta(minutes=more), after


def _minutes_more(line: Line, unit: int, after: int) -> tuple[int, int]:
    """The minutes after the hours: 1h30, 1 h 30, 1 hour and 30 minutes. The unit of hours is at ``unit``."""
    if spelt := _minutes(line, words().joins.skip(line, after)):
        return int(spelt[0].total_seconds()) // 60, spelt[1]
    # In 1h 30 licences the 30 is somebody else's; written 1 h 30 or 1h30 it belongs to the hours.
    number = line.number(after, glued=line.glued(unit))
    if number is None or number > 59 or line.width(after) != 2 or is_unit(line, after + 1):
        return 0, after
    return number, after + 1


def _count(line: Line, at: int) -> tuple[int, int] | None:
    number = line.number(at, digits=_DIGITS)
    return (number, at + 1) if number is not None else words().numbers.find(line, at)


def _decimal(line: Line, at: int) -> tuple[float, int] | None:
    whole, rest = line.number(at), line.number(at + 2, glued=True)
    if whole is None or rest is None or not line.sign(at + 1, ".,"):
        return None
    return whole + rest / 10.0 ** line.width(at + 2), at + 3


def _unit(line: Line, at: int) -> tuple[Unit, int] | None:
    """The unit there. A single m is minutes only where it is small and glued: 5M, 5m€ and 5 m are not."""
    unit = words().units.find(line, at)
    if unit and line.folded(at) == "m" and not (line.tokens[at].raw == "m" and line.glued(at)):
        return None
    return None if unit and _priced(line, unit[1]) else unit


def _priced(line: Line, at: int) -> bool:
    """Whether a currency's sign there belongs to what is before it, not to the next number as in $12k."""
    if at >= len(line) or line.folded(at) not in _CURRENCY_SIGNS:
        return False
    return line.glued(at) or not (line.glued(at + 1) and line.tokens[at + 1].kind == "number")
