"""Days: tomorrow, jeudi prochain, Oct 15, 30/11, 2027-04-05, end of month, in 3 days."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handlers.chat.language import Part, Turn
from handlers.chat.when.clocks import clock
from handlers.chat.when.lengths import counted, is_unit
from handlers.chat.when.line import Line
from handlers.chat.when.parts import Calendar, Clock, Counted, Day, Exactly, Period, Weekday
from handlers.chat.when.words import LinkWord, WeekdayWord, words

_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?(?:([Zz])|([+-][0-9]{2}):?([0-9]{2}))?)?"
)


@dataclass(frozen=True, slots=True)
class SeenDay:
    """A day and the place after it; with a part of it or an hour where its own words said one.

    ``name`` is the weekday's word where that stands alone and may be a name: Friday, Mardi Gras.
    """

    day: Day
    after: int
    part: Part | None = None
    clock: Clock | None = None
    name: WeekdayWord | None = None


def day(line: Line, at: int, link: LinkWord | None, *, day_first: bool) -> SeenDay | None:
    """The day there; ``link`` is the word before it, ``day_first`` reads 3/4 as 3 April."""
    if at >= len(line):
        return None
    if line.tokens[at].kind == "number":
        return (
            _iso(line, at)
            or _slashed(line, at, day_first=day_first)
            or _dotted(line, at)
            or _day_month(line, at)
            or _counted(line, at)
            or _day_alone(line, at, link)
        )
    return (
        _counted(line, at)
        or _weekday(line, at, day_first=day_first)
        or _period(line, at)
        or _moment(line, at)
        or _neighbour(line, at)
        or _month_day(line, at)
        or _edge(line, at)
    )


def calendar(line: Line, at: int, *, day_first: bool) -> tuple[Calendar, int] | None:
    """A date with its month there: 15 oct 2026, Oct 15, 30/11."""
    seen = (
        _slashed(line, at, day_first=day_first)
        or _dotted(line, at)
        or _day_month(line, at)
        or _month_day(line, at)
    )
    return (seen.day, seen.after) if seen and isinstance(seen.day, Calendar) else None


def _iso(line: Line, at: int) -> SeenDay | None:
    match = _ISO.match(line.text, line.tokens[at].start)
    if not match:
        return None
    after = at + 1
    while after < len(line) and line.tokens[after].start < match.end():
        after += 1
    if line.tokens[after - 1].end != match.end():
        return None
    year, month, date = (int(digits) for digits in match.group(1, 2, 3))
    hour, minute, second = (int(digits or 0) for digits in match.group(4, 5, 6))
    if match[4] is None:
        return SeenDay(Calendar(date, month, year), after)
    if match[7] or match[8]:
        offset = timedelta(hours=int(match[8] or 0))
        offset += timedelta(minutes=int(match[9] or 0)) * (-1 if (match[8] or "").startswith("-") else 1)
        return SeenDay(_exactly((year, month, date, hour, minute, second), offset), after)
    return SeenDay(Calendar(date, month, year), after, clock=Clock(hour, minute, "sure"))


def _exactly(fields: tuple[int, int, int, int, int, int], offset: timedelta) -> Exactly:
    try:
        return Exactly(
            datetime.fromisoformat("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+00:00".format(*fields)) - offset
        )
    except (ValueError, OverflowError):
        return Exactly(None)


def _slashed(line: Line, at: int, *, day_first: bool) -> SeenDay | None:
    """30/11, 30/11/26, 2026/11/30."""
    first, second = line.number(at, digits=4), line.number(at + 2, glued=True)
    if first is None or second is None or not line.sign(at + 1, "/") or line.width(at) == 3:
        return None
    third = line.number(at + 4, digits=4, glued=True) if line.sign(at + 3, "/") else None
    if line.width(at) == 4:
        if third is None or line.width(at + 4) > 2:
            return None
        return SeenDay(Calendar(third, second, first), at + 5)
    if third is None:
        return _fraction_or_date(line, at, first, second, day_first=day_first)
    if line.width(at + 4) not in (2, 4):
        return None
    return SeenDay(_in_order(first, second, _century(third), day_first=day_first), at + 5)


def _fraction_or_date(line: Line, at: int, first: int, second: int, *, day_first: bool) -> SeenDay | None:
    # 0/4, 50/50 are results, and 3/4 of the seats is a share.
    if not (1 <= first <= 31 and 1 <= second <= 31):
        return None
    if words().of.find(line, at + 3) or words().lasting.find(line, at + 3) or is_unit(line, at + 3):
        return None
    return SeenDay(_in_order(first, second, None, day_first=day_first), at + 3)


def _in_order(first: int, second: int, year: int | None, *, day_first: bool) -> Calendar:
    """The digits in the locale's order; in the other one where only that has such a month."""
    typed = Calendar(first, second, year) if day_first else Calendar(second, first, year)
    other = Calendar(typed.month or 0, typed.day, year)
    if typed.day == typed.month or typed.day > 12:
        return typed
    if (typed.month or 0) > 12:
        return other
    return replace(typed, swapped=other)


def _century(year: int) -> int:
    return year + 2000 if year < 100 else year


def _dotted(line: Line, at: int) -> SeenDay | None:
    """30.11.2026 and 30-11-2026: day first everywhere, and only with the whole year."""
    date, month, year = (
        line.number(at),
        line.number(at + 2, glued=True),
        line.number(at + 4, digits=4, glued=True),
    )
    if date is None or month is None or year is None or line.width(at + 4) != 4:
        return None
    if not any(line.sign(at + 1, sign) and line.sign(at + 3, sign) for sign in ".-"):
        return None
    return SeenDay(Calendar(date, month, year), at + 5)


def _day_month(line: Line, at: int) -> SeenDay | None:
    """15 oct, 1er mars, 15th of October 2026."""
    date = _date_number(line, at)
    if date is None:
        return None
    after = words().ordinals.skip(line, at + 1)
    month = words().months.find(line, words().of.skip(line, after))
    if not month or line.tokens[month[1] - 1].new_line:
        return None
    return _with_year(line, Calendar(date, month[0]), _dot(line, month[1]))


def _month_day(line: Line, at: int) -> SeenDay | None:
    """Oct 15, October 15th, 2026. The number beside it makes a month of what may be a name."""
    month = words().months.find(line, at)
    if not month:
        return None
    number = _dot(line, month[1])
    date = _date_number(line, number)
    if date is None or line.tokens[number].new_line:
        return None
    after = words().ordinals.skip(line, number + 1)
    if after == number + 1 and (_belongs_on(line, after) or is_unit(line, after)):
        return None
    return _with_year(line, Calendar(date, month[0]), after)


def _belongs_on(line: Line, at: int) -> bool:
    """Whether the number before is the hour of 10am, 10h, 10:30 or the day of 10/11, and no date's day."""
    if words().halves.find(line, at) or words().hour_signs.find(line, at):
        return True
    if not line.glued(at):
        return False
    return line.tokens[at].kind == "word" or (
        line.sign(at, ":/.") and line.number(at + 1, glued=True) is not None
    )


def _with_year(line: Line, date: Calendar, after: int) -> SeenDay:
    comma = after + 1 if line.sign(after, ",") else after
    year = line.number(comma, digits=4)
    if year is None or not 1900 <= year <= 2199 or is_unit(line, comma + 1) or line.tokens[comma].new_line:
        return SeenDay(date, after)
    if line.glued(comma + 1) and line.tokens[comma + 1].kind == "word":
        return SeenDay(date, after)
    return SeenDay(replace(date, year=year), comma + 1)


def _date_number(line: Line, at: int) -> int | None:
    number = line.number(at)
    return number if number is not None and 1 <= number <= 31 else None


def _day_alone(line: Line, at: int, link: LinkWord | None) -> SeenDay | None:
    """le 15, by the 15th; not where something is counted by it (the 5th floor)."""
    date = _date_number(line, at)
    after = words().ordinals.skip(line, at + 1)
    ordinal = after > at + 1
    # On 12 is no date, on the 12th is; in French le 12 is.
    if date is None or link is None or not (ordinal or link.kind == "dated"):
        return None
    return SeenDay(Calendar(date), after) if _counts_nothing(line, after) else None


def _weekday(line: Line, at: int, *, day_first: bool) -> SeenDay | None:
    before, start = words().turns_before.find(line, at) or (None, at)
    named = words().weekdays.find(line, start)
    if not named or (start > at and line.tokens[start].new_line):
        return None
    word, after = named[0], _dot(line, named[1])
    if before is None or before[0] == "this":
        dated = _dated_weekday(line, word, start, after, day_first=day_first)
        if dated:
            return dated
    return _turned_weekday(line, word, before, after)


def _turned_weekday(
    line: Line, word: WeekdayWord, before: tuple[Turn, str] | None, after: int
) -> SeenDay | None:
    """next thu, jeudi en huit, Thursday next week; or the weekday alone, which may be a name."""
    week, end = words().weeks.find(line, after) or (None, after)
    turn, end = (week is None and words().turns_after.find(line, end)) or (before, end)
    if turn and turn[1] != word.language and (word.doubtful or word.everyday):
        turn, end = None, after  # mon prochain appel
    if turn and turn[0] == "this" and word.doubtful and not line.ends(end):
        return None  # ce jeu concours
    if _of_a_month(line, end):
        return None
    alone = turn is None and week is None
    return SeenDay(Weekday(word.day, turn[0] if turn else None, week), end, name=word if alone else None)


def _of_a_month(line: Line, at: int) -> bool:
    """Whether the weekday before is counted within a month, which is not read: first Monday of May."""
    after = words().links.skip(line, words().lasting.skip(line, at))
    unit = words().units.find(line, after)
    return after > at and (words().months.find(line, after) is not None or (unit or "")[:1] == ("month",))


def _dated_weekday(
    line: Line, word: WeekdayWord, start: int, after: int, *, day_first: bool
) -> SeenDay | None:
    """jeudi 15 octobre, Thu, Oct 15, jeudi 15. Mar 15 is March, mar 15 oct a Tuesday."""
    comma = after + 1 if line.sign(after, ",") else after
    link = words().links.find(line, comma)
    number = link[1] if link and link[0].kind in ("the", "dated") else comma
    if dated := calendar(line, number, day_first=day_first):
        return SeenDay(replace(dated[0], weekday=word.day), dated[1])
    return _month_day(line, start) or _weekday_and_number(line, word, after)


def _weekday_and_number(line: Line, word: WeekdayWord, at: int) -> SeenDay | None:
    date, after = _date_number(line, at), words().ordinals.skip(line, at + 1)
    if date is None or line.tokens[at].new_line or _belongs_on(line, at + 1):
        return None
    return SeenDay(Calendar(date, weekday=word.day), after) if _counts_nothing(line, after) else None


def _counts_nothing(line: Line, at: int) -> bool:
    """Whether a day's number without its month is followed by nothing that it may count, but by an hour."""
    if line.ends(at):
        return True
    return clock(line, words().links.skip(line, at), linked=True, bare=False) is not None


def _period(line: Line, at: int) -> SeenDay | None:
    if not (period := words().periods.find(line, at)):
        return None
    edge, unit, offset = period[0]
    # Next week Thursday, semaine prochaine jeudi: the weekday says which day of that week.
    if unit == "week" and edge == "start" and (weekday := words().weekdays.find(line, period[1])):
        return SeenDay(Weekday(weekday[0].day, week=offset), weekday[1])
    return SeenDay(Period(edge, unit, offset), period[1])


def _edge(line: Line, at: int) -> SeenDay | None:
    """End of October, mi-novembre, fin oct. 2027."""
    if not (edge := words().edges.find(line, at)):
        return None
    month = words().months.find(line, edge[1] + 1 if line.sign(edge[1], "-") else edge[1])
    if not month:
        return None
    dated = _with_year(line, Calendar(1, month[0]), _dot(line, month[1]))
    assert isinstance(dated.day, Calendar)
    return SeenDay(Period(edge[0], "month", 0, month[0], dated.day.year), dated.after)


def _moment(line: Line, at: int) -> SeenDay | None:
    if not (moment := words().moments.find(line, at)):
        return None
    (days, part), after = moment
    return SeenDay(Counted(days), after, part)


def _neighbour(line: Line, at: int) -> SeenDay | None:
    found = words().days.find(line, at)
    return SeenDay(Counted(found[0]), found[1]) if found else None


def _counted(line: Line, at: int) -> SeenDay | None:
    found = counted(line, at)
    return SeenDay(found[0], found[1]) if found else None


def _dot(line: Line, at: int) -> int:
    """The place after the dot of an abbreviation: jeu., oct."""
    return at + 1 if line.sign(at, ".") and not line.glued(at + 1) else at
