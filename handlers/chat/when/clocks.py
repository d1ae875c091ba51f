"""Hours: 10am, 10h30, 14:30, noon, half past ten; a bare number only where its mark stands before it."""

from __future__ import annotations

from handlers.chat.when.lengths import is_unit
from handlers.chat.when.line import Line
from handlers.chat.when.parts import Clock, Reading
from handlers.chat.when.words import words

FIRST_WORKING_HOUR = 7  # before it, 1h30 with nothing beside it is a length

_NO_SUCH_HOUR = -1


def clock(line: Line, at: int, *, linked: bool, bare: bool) -> tuple[Clock, int] | None:
    """The hour there and the place after it.

    ``linked``: a link or a day stands before, so that 10 heures is an hour and not a length.
    ``bare``: so does the mark of a bare number (at, à).
    """
    if at >= len(line):
        return None
    if line.tokens[at].kind != "number":
        return _named(line, at) or _minutes_first(line, at)
    return (
        _colon(line, at)
        or _signed(line, at)
        or _halved(line, at)
        or _spanned(line, at)
        or (_worded(line, at) if linked else None)
        or (_bare(line, at) if bare else None)
    )


def _named(line: Line, at: int) -> tuple[Clock, int] | None:
    if not (named := words().clocks.find(line, at)):
        return None
    (hour, minute), after = named
    return _with_minutes(line, Clock(hour, minute, "sure"), after)


def _minutes_first(line: Line, at: int) -> tuple[Clock, int] | None:
    if not (minutes := words().minutes_before.find(line, at)):
        return None
    named = words().numbers.find(line, minutes[1])
    hour, after = named or (line.number(minutes[1]), minutes[1] + 1)
    if hour is None or not 1 <= hour <= 12:
        return None
    hour, minute = divmod(hour * 60 + minutes[0], 60)
    return _half(line, Clock(hour, minute, "bare"), after)


def _colon(line: Line, at: int) -> tuple[Clock, int] | None:
    hour, minute = line.number(at), line.number(at + 2, glued=True)
    if hour is None or minute is None or not line.sign(at + 1, ":") or line.width(at + 2) != 2:
        return None
    # 3:30 is an hour of working life, 03:30 was typed by who means the night.
    reading: Reading = "bare" if line.width(at) == 1 else "written"
    return _half(line, Clock(hour, minute, reading), at + 3)


def _signed(line: Line, at: int) -> tuple[Clock, int] | None:
    hour, sign = line.number(at), words().hour_signs.find(line, at + 1)
    if hour is None or not sign:
        return None
    minute, after = _minutes_after_sign(line, at + 1, sign[1])
    if words().lasting.find(line, after) and not words().half_phrases.find(line, after):
        return None
    if minute is None:
        # 24h and 48h are lengths.
        return _with_minutes(line, Clock(hour), after) if hour < 24 else None
    return _half(line, Clock(hour, minute), after)


def _minutes_after_sign(line: Line, sign: int, after: int) -> tuple[int | None, int]:
    # As in lengths.py: in 10h 30 licences the 30 is not the hour's.
    minute = line.number(after, glued=line.glued(sign))
    if minute is None or line.width(after) != 2 or is_unit(line, after + 1):
        return None, after
    return minute, after + 1


def _halved(line: Line, at: int) -> tuple[Clock, int] | None:
    """10am, 10.30 p.m."""
    hour, minute, after = line.number(at), line.number(at + 2, glued=True), at + 1
    if hour is None:
        return None
    if line.sign(at + 1, ".") and minute is not None and line.width(at + 2) == 2:
        after = at + 3
    else:
        minute = 0
    if not words().halves.find(line, after):
        return None
    return _half(line, Clock(hour, minute, "bare"), after)


def _spanned(line: Line, at: int) -> tuple[Clock, int] | None:
    """The first hour of 2-3pm, 9 to 10am, 9-10h: it is of the half, or of the clock, of the last one."""
    hour, end = line.number(at), words().until.skip(line, at + 1)
    dash = line.sign(at + 1, "-") and line.glued(at + 2)
    if hour is None or not (dash or end > at + 1):
        return None
    until = _halved(line, at + 2 if dash else end)
    if dash and not until and hour >= FIRST_WORKING_HOUR:
        until = _signed(line, at + 2)
    if not until or until[0].hour < 0:
        return None
    later = until[0].reading == "sure" and hour < 12 and hour + 12 <= until[0].hour
    return Clock(hour + 12 * later, 0, until[0].reading), at + 1


def _worded(line: Line, at: int) -> tuple[Clock, int] | None:
    hour, word = line.number(at), words().hour_words.find(line, at + 1)
    if hour is None or not word or hour > 23 or words().lasting.find(line, word[1]):
        return None
    minute = line.number(word[1], glued=False)
    if minute is None or line.width(word[1]) != 2 or is_unit(line, word[1] + 1):
        return _with_minutes(line, Clock(hour), word[1])
    return _half(line, Clock(hour, minute), word[1] + 1)


def _bare(line: Line, at: int) -> tuple[Clock, int] | None:
    hour = line.number(at)
    if hour is None or hour > 23 or is_unit(line, at + 1):
        return None
    return _half(line, Clock(hour, 0, "bare"), at + 1)


def _with_minutes(line: Line, clock: Clock, after: int) -> tuple[Clock, int]:
    """The hour with et demie, moins le quart, or with the half of the day."""
    if minutes := words().minutes_after.find(line, after):
        hour, minute = divmod(clock.hour * 60 + clock.minute + minutes[0], 60)
        clock, after = Clock(hour, minute, clock.reading), minutes[1]
    return _half(line, clock, after)


def _half(line: Line, clock: Clock, after: int) -> tuple[Clock, int]:
    if not (found := words().halves.find(line, after) or words().half_phrases.find(line, after)):
        return clock, after
    (half, language), after = found
    if line.sign(after, ".") and line.sign(after - 2, "."):
        after += 1  # the last dot of p.m.
    return Clock(_of_half(clock, half), clock.minute, "sure", language), after


def _of_half(clock: Clock, half: str) -> int:
    if half == "pm" and clock.reading == "written" and 13 <= clock.hour <= 23:
        return clock.hour  # 20h du soir
    if not 1 <= clock.hour <= 12:
        return _NO_SUCH_HOUR
    return clock.hour % 12 + (12 if half == "pm" else 0)
