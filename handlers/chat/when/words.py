"""The words of all languages as tables; every language is accepted in every line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from handlers.chat.language import Half, Language, Link, TimeWords, Turn, languages
from handlers.chat.when.line import Table

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WeekdayWord:
    """One name of a weekday (0 is Monday) in one language; see TimeWords for what makes it doubtful."""

    day: int
    language: str
    full: bool
    doubtful: bool
    everyday: bool
    capitals: bool


@dataclass(frozen=True, slots=True)
class LinkWord:
    """One word that may stand before a day or an hour, as its language writes it."""

    kind: Link
    language: str
    written: str


class Words:
    """All tables; each merges what every language has of its kind."""

    def __init__(self, spoken: Iterable[Language]) -> None:
        self._spoken = tuple(spoken)
        self.months = Table((name, i) for words in self._times() for i, name in _names(words.months))
        self.weekdays = Table(weekday for language in self._spoken for weekday in _weekdays(language))
        self.links = Table(link for language in self._spoken for link in _links(language))
        self.names = self._phrases(lambda words: words.names)
        self.days = self._table(lambda words: words.days.items())
        self.parts = self._table(lambda words: words.parts.items())
        self.moments = self._table(lambda words: words.moments.items())
        self.clocks = self._table(lambda words: words.clocks.items())
        self.turns_before = Table(turn for language in self._spoken for turn in _turns(language, before=True))
        self.turns_after = Table(turn for language in self._spoken for turn in _turns(language, before=False))
        self.weeks = self._table(lambda words: words.weeks.items())
        self.periods = self._table(lambda words: words.periods.items())
        self.edges = self._table(lambda words: words.edges.items())
        self.ordinals = self._phrases(lambda words: words.ordinals)
        self.of = self._phrases(lambda words: words.of)
        self.hour_signs = self._phrases(lambda words: words.hour_signs)
        self.hour_words = self._phrases(lambda words: words.hour_words)
        self.halves = Table(half for language in self._spoken for half in _halves(language, alone=True))
        self.half_phrases = Table(
            half for language in self._spoken for half in _halves(language, alone=False)
        )
        self.minutes_after = self._table(lambda words: words.minutes_after.items())
        self.minutes_before = self._table(lambda words: words.minutes_before.items())
        self.until = self._phrases(lambda words: words.until)
        self.lasting = self._phrases(lambda words: words.lasting)
        self.ahead_before = self._phrases(lambda words: words.ahead_before)
        self.ahead_after = self._phrases(lambda words: words.ahead_after)
        self.ago_before = self._phrases(lambda words: words.ago_before)
        self.ago_after = self._phrases(lambda words: words.ago_after)
        self.units = self._table(lambda words: words.units.items())
        self.numbers = self._table(lambda words: words.numbers.items())
        self.lengths = self._table(lambda words: words.lengths.items())
        self.half_more = self._phrases(lambda words: words.half_more)
        self.joins = self._phrases(lambda words: words.joins)
        self.repeats = self._phrases(lambda words: words.repeats)
        # What comes again and again after every, chaque.
        self.recurring: frozenset[str] = (
            self.weekdays.first_words | self.units.first_words | self.parts.first_words
        )
        # The words at which it is worth looking whether a date begins.
        openers: tuple[Table[Any], ...] = (
            self.months, self.weekdays, self.links, self.names, self.days, self.moments, self.clocks,
            self.turns_before, self.weeks, self.periods, self.edges, self.minutes_before,
            self.ahead_before, self.ago_before, self.numbers, self.repeats,
        )  # fmt: skip
        self.openers: frozenset[str] = frozenset().union(*(table.first_words for table in openers))
        # What makes it worth looking at a number.
        after_number: tuple[Table[Any], ...] = (
            self.months, self.units, self.halves, self.hour_signs, self.ordinals, self.of, self.until,
        )  # fmt: skip
        self.after_number: frozenset[str] = frozenset("/:.-").union(
            *(table.first_words for table in after_number)
        )

    def _times(self) -> Iterator[TimeWords]:
        return (language.time for language in self._spoken)

    def _table(self, entries: Callable[[TimeWords], Iterable[tuple[str, T]]]) -> Table[T]:
        return Table(entry for words in self._times() for entry in entries(words))

    def _phrases(self, phrases: Callable[[TimeWords], Iterable[str]]) -> Table[str]:
        return Table((phrase, phrase) for words in self._times() for phrase in phrases(words))


@cache
def words() -> Words:
    """The tables, made once."""
    return Words(languages())


def _names(groups: tuple[tuple[str, ...], ...]) -> Iterator[tuple[int, str]]:
    return ((i, name) for i, names in enumerate(groups, 1) for name in names)


def _weekdays(language: Language) -> Iterator[tuple[str, WeekdayWord]]:
    time = language.time
    for day, names in enumerate(time.weekdays):
        for name in names:
            word = WeekdayWord(
                day=day,
                language=language.tag,
                full=name == names[0],
                doubtful=name in time.doubtful,
                everyday=name in time.everyday,
                capitals=time.capitals,
            )
            yield name, word


def _turns(language: Language, *, before: bool) -> Iterator[tuple[str, tuple[Turn, str]]]:
    words = language.time.turns_before if before else language.time.turns_after
    return ((phrase, (turn, language.tag)) for phrase, turn in words.items())


def _links(language: Language) -> Iterator[tuple[str, LinkWord]]:
    return ((phrase, LinkWord(kind, language.tag, phrase)) for phrase, kind in language.time.links.items())


def _halves(language: Language, *, alone: bool) -> Iterator[tuple[str, tuple[Half, str]]]:
    words = language.time.halves if alone else language.time.half_phrases
    return ((phrase, (half, language.tag)) for phrase, half in words.items())
