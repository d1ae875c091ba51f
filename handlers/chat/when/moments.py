"""Where in a line a day and an hour are said, together or apart."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from handlers.chat.when.clocks import FIRST_WORKING_HOUR, clock
from handlers.chat.when.days import SeenDay, day
from handlers.chat.when.line import Line, is_title
from handlers.chat.when.names import standing
from handlers.chat.when.parts import After, Clock, Exactly, Found
from handlers.chat.when.words import LinkWord, words

_MOST_LINKS = 2  # by the, at about

Bias = Literal["plan", "log"]


@dataclass(frozen=True, slots=True)
class _Opening:
    """The links before a day or an hour, and the place after them.

    ``marks``: one of them is an hour's (at, à); ``bare``: it was written with its accent as well, which
    tells à 10 from il a 10.
    """

    after: int
    link: LinkWord | None = None
    marks: bool = False
    bare: bool = False

    @property
    def hourly(self) -> bool:
        """Whether an hour may follow that could otherwise be a length: à 2 heures, not pour 2 heures."""
        return self.link is not None and self.link.kind in ("at", "by")


def moments(line: Line, *, day_first: bool, bias: Bias) -> list[Found]:
    """Every day and hour of the line, in order, none within another.

    A day and an hour that stand apart in one clause are one moment: both places have both.
    """
    found = list(_Reader(line, day_first=day_first, bias=bias).scan())
    clauses = groupby(found, key=_clause_of(line, bias))
    return [each for _, clause in clauses for each in _together(list(clause))]


class _Reader:
    """One line being read with one member's settings."""

    def __init__(self, line: Line, *, day_first: bool, bias: Bias) -> None:
        self.line = line
        self.day_first = day_first
        self.bias = bias

    def scan(self) -> Iterator[Found]:
        at = 0
        while at < len(self.line):
            if not self._may_open(at):
                at += 1
            elif (after_name := words().names.skip(self.line, at)) > at:
                at = after_name
            elif found := self._repeated(at) or self._moment(at):
                # What happened again and again is told in a log; a plan cannot leave it out.
                if found.problem is None or self.bias == "plan":
                    yield found
                at = self._after_span_of_time(found)
            else:
                at += 1

    def _may_open(self, at: int) -> bool:
        """Whether it is worth looking closer at the token: a glance, since most are not."""
        token = self.line.tokens[at]
        if token.kind == "number":
            return self.line.folded(at + 1) in words().after_number
        return token.folded in words().openers

    def _moment(self, at: int) -> Found | None:
        if not self.line.open(at):
            return None
        # A link may be the first word of a day itself: après-demain, d'ici 3 jours.
        opening = self._opening(at)
        for opened in (_Opening(at), opening) if opening.link else (opening,):
            if seen := day(self.line, opened.after, opened.link, day_first=self.day_first):
                return self._day_then_hour(at, opened, seen)
        hour = clock(self.line, opening.after, linked=opening.hourly, bare=opening.bare)
        return self._hour_then_day(at, opening, *hour) if hour else None

    def _opening(self, at: int) -> _Opening:
        opening = _Opening(at)
        for _ in range(_MOST_LINKS):
            if not (found := words().links.find(self.line, opening.after)):
                break
            link, after = found
            if self._is_mention(opening.after):
                break
            marks = link.kind == "at"
            accent = self.line.tokens[opening.after].raw.lower() == link.written
            opening = _Opening(
                after,
                opening.link if opening.link and link.kind == "the" else link,
                marks=marks or opening.marks,
                bare=(marks and accent) or opening.bare,
            )
        return opening

    def _is_mention(self, at: int) -> bool:
        """Whether the sign there belongs to a name: @tomorrow, not @10am."""
        line = self.line
        return line.tokens[at].kind == "sign" and line.glued(at + 1) and line.tokens[at + 1].kind == "word"

    def _day_then_hour(self, at: int, opening: _Opening, seen: SeenDay) -> Found | None:
        found = self._with_hour(Found(at, seen.after, seen.day, seen.clock, seen.part))
        return self._if_day(found, opening, seen) if self._closes(found) else None

    def _if_day(self, found: Found, opening: _Opening, seen: SeenDay) -> Found | None:
        """The same, unless its weekday is a name."""
        if seen.name is None:
            return found
        hour = found.clock or found.part is not None
        kind = standing(self.line, opening.after, seen.after, seen.name, link=opening.link, hour=hour)
        return None if kind == "name" else replace(found, weak=kind == "weak")

    def _with_hour(self, found: Found) -> Found:
        """With the part of the day and the hour that follow a day: demain matin, Thursday, at 10."""
        if isinstance(found.day, After | Exactly) or found.clock:
            return found
        found = self._with_part(found)
        if hour := self._hour_after(found.after):
            later = replace(found, after=hour[1], clock=hour[0])
            return self._with_part(later) if self._closes(later) else found
        return found

    def _with_part(self, found: Found) -> Found:
        part = words().parts.find(self.line, found.after) if found.part is None else None
        same_line = part is not None and not self.line.tokens[found.after].new_line
        return replace(found, part=part[0], after=part[1]) if part and same_line else found

    def _hour_after(self, after: int) -> tuple[Clock, int] | None:
        comma = after + 1 if self.line.folded(after) == "," else after
        opening = self._opening(comma)
        if self._breaks(after, opening.after):
            return None
        # A call yesterday 1h30 took so long; an appointment tomorrow 1h30 is at that hour.
        if self.bias == "log" and not opening.hourly and self._is_short(opening.after):
            return None
        linked = opening.link is None or opening.hourly
        return clock(self.line, opening.after, linked=linked, bare=opening.marks)

    def _hour_then_day(self, at: int, opening: _Opening, hour: Clock, after: int) -> Found | None:
        if found := self._day_after(at, hour, after):
            return found
        alone = Found(at, after, clock=hour)
        if not self._closes(alone) or (not opening.hourly and self._is_short(opening.after)):
            return None
        return alone if self._hour_stands(alone, hour, opening) else None

    def _day_after(self, at: int, hour: Clock, after: int) -> Found | None:
        opening = self._opening(after)
        seen = day(self.line, opening.after, opening.link, day_first=self.day_first)
        if (
            not seen
            or seen.clock
            or isinstance(seen.day, After | Exactly)
            or self._breaks(after, opening.after)
        ):
            return None
        found = self._with_part(Found(at, seen.after, seen.day, hour, seen.part))
        return self._if_day(found, opening, seen) if self._closes(found) else None

    def _hour_stands(self, found: Found, hour: Clock, opening: _Opening) -> bool:
        """Whether an hour without a day is one: at 10 Downing Street is not, neither is Noon Corp."""
        line, first = self.line, self.line.tokens[opening.after]
        if line.ends(found.after):
            return True
        if first.kind == "number":
            bare = found.after == opening.after + 1 and hour.reading == "bare"
            return not bare or (line.first(found.at) and not line.title(found.after))
        return opening.link is not None or line.first(found.at) or not is_title(first.raw)

    def _is_short(self, at: int) -> bool:
        """Whether 1h30 there is rather a length than an hour of the night."""
        hour = self.line.number(at)
        signed = hour is not None and words().hour_signs.find(self.line, at + 1) is not None
        return signed and (hour or 0) < FIRST_WORKING_HOUR

    def _repeated(self, at: int) -> Found | None:
        """Every Monday, chaque matin, tous les 15 jours."""
        if not (repeats := words().repeats.find(self.line, at)) or not self.line.open(at):
            return None
        unit = repeats[1] + (self.line.number(repeats[1]) is not None)
        word = self.line.folded(unit)
        if not {word, word.removesuffix("s")} & words().recurring:
            return None
        return replace(self._with_hour(Found(at, unit + 1)), problem="repeats")

    def _closes(self, found: Found) -> bool:
        """Whether the text does not run on: an hour may begin a span of time (10:00-11:00)."""
        line, after = self.line, found.after
        spans = found.clock is not None and line.sign(after, "-") and line.number(after + 1) is not None
        return spans or line.closed(after)

    def _after_span_of_time(self, found: Found) -> int:
        """The place after 10h-11h, 10am to noon: its end is left in the text, and is no other hour."""
        line, after = self.line, found.after
        end = after + 1 if line.sign(after, "-") else words().until.skip(line, after)
        until = clock(line, end, linked=True, bare=True) if found.clock and end > after else None
        return until[1] if until else after

    def _breaks(self, at: int, to: int) -> bool:
        """Whether a new line begins between the two places."""
        return any(token.new_line for token in self.line.tokens[at : to + 1])


def _clause_of(line: Line, bias: Bias) -> Callable[[Found], int]:
    """Which clause of the line a moment is in. In a log the note begins at the colon."""
    ends = ",;:" if bias == "log" else ",;"
    breaks = [i for i, token in enumerate(line.tokens) if token.new_line or token.folded in ends]
    return lambda found: bisect(breaks, found.at)


def _together(clause: Sequence[Found]) -> Iterator[Found]:
    """Join the only day of a clause with its only hour; a weak day counts only if so."""
    hours = [each for each in clause if each.clock and not each.day]
    firm = [each for each in clause if each.day and not each.weak]
    days = firm or [each for each in clause if each.weak]
    if len(hours) == len(days) == 1 and not days[0].clock and not isinstance(days[0].day, After | Exactly):
        joined = replace(days[0], clock=hours[0].clock, weak=False)
        clause = [
            replace(joined, at=each.at, after=each.after) if each in (hours[0], days[0]) else each
            for each in clause
        ]
    return (each for each in clause if not each.weak)
