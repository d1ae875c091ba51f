"""Languages: one file each, holding all that the grammar knows of it. Their sentences are in locale/."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

Part = Literal["morning", "afternoon", "evening", "close"]  # close: the end of the working day
Turn = Literal["this", "next", "last", "week", "fortnight"]  # which Thursday; week: en huit
Half = Literal["am", "pm"]
Edge = Literal["start", "middle", "end"]
Unit = Literal["minute", "hour", "day", "working day", "week", "month", "year"]
Link = Literal["on", "dated", "day", "by", "at", "the"]


@dataclass(frozen=True, slots=True)
class TimeWords:
    """The words for days, hours and lengths of time; how they combine is handlers/chat/when's part.

    A phrase is written as people write it: accents, case, hyphens, apostrophes and dots never matter.
    ``months`` begin with January, ``weekdays`` with Monday; of each, the full name comes first.
    """

    months: tuple[tuple[str, ...], ...]
    weekdays: tuple[tuple[str, ...], ...]
    # Whether weekdays take a capital here. Where not, an abbreviation with a capital is a name (Sam).
    capitals: bool
    # Abbreviations that are also a name or a noun (Sun, la mer), and such as stand in everyday text of
    # any language (mon client): both need more beside them, the first kind most.
    doubtful: frozenset[str]
    everyday: frozenset[str]
    # Phrases that hold a date's word and are no date.
    names: tuple[str, ...]
    # Days counted from today.
    days: Mapping[str, int]
    # A part of the day, beside a day; and one that says its day itself, counted from today.
    parts: Mapping[str, Part]
    moments: Mapping[str, tuple[int, Part]]
    # An hour that has a name, as (hour, minute); midnight is (24, 0), the end of its day.
    clocks: Mapping[str, tuple[int, int]]
    # Which weekday is meant: said before it, said after it, or by its week counted from this one.
    turns_before: Mapping[str, Turn]
    turns_after: Mapping[str, Turn]
    weeks: Mapping[str, int]
    # A point in a week, month or year that is counted from this one.
    periods: Mapping[str, tuple[Edge, Literal["week", "month", "year"], int]]
    # The same of a month that is named: end of, mid.
    edges: Mapping[str, Edge]
    # What may stand before. on: a day is certain to follow; dated: so it is, and a bare number is then
    # a day of the month (le 15); day: a day may follow, but hours are a length (pour 2h); by: a day or
    # an hour; at: an hour, which may be a bare number (à 10, with its accent); the: nothing is certain.
    links: Mapping[str, Link]
    # After the number of a day; between it and its month.
    ordinals: tuple[str, ...]
    of: tuple[str, ...]
    # After an hour: its signs (10h), its words, which need a link or a day, and its half of the day:
    # in a word that makes an hour of a bare number (10am), in a phrase that does not (du soir).
    hour_signs: tuple[str, ...]
    hour_words: tuple[str, ...]
    halves: Mapping[str, Half]
    half_phrases: Mapping[str, Half]
    # Minutes added: after the hour (et quart), before it (quarter to).
    minutes_after: Mapping[str, int]
    minutes_before: Mapping[str, int]
    # Between two hours of a span of time.
    until: tuple[str, ...]
    # After an hour that is a length and not a time: 14h de formation.
    lasting: tuple[str, ...]
    # Counting from now: in 3 days, 3 days from now, il y a 3 jours, 3 days ago.
    ahead_before: tuple[str, ...]
    ahead_after: tuple[str, ...]
    ago_before: tuple[str, ...]
    ago_after: tuple[str, ...]
    units: Mapping[str, Unit]
    numbers: Mapping[str, int]
    # Lengths with a name of their own, in minutes; and what adds half an hour to some hours.
    lengths: Mapping[str, int]
    half_more: tuple[str, ...]
    joins: tuple[str, ...]
    # Before a weekday or a unit: it comes again and again.
    repeats: tuple[str, ...]


PeriodUnit = Literal["day", "week", "month", "quarter", "year", "fiscal year"]


@dataclass(frozen=True, slots=True)
class FilterWords:
    """The words of a filter, such as ``> 10k closing this month without next step``.

    ``mine``, ``team`` and ``everyone`` say whose. ``over`` to ``at_most`` stand before an amount.
    ``closing``, ``closed`` and ``created`` before a time, with one of ``during`` between them; ``before`` to
    ``since`` leave a time open on one side. ``stage`` stands before a stage or a pipeline, ``place`` before
    a city. ``open`` to ``every`` are states of a deal, ``statuses`` those of a lead, ``kinds`` are
    activities. ``none`` stands before ``step``, ``touch`` and what may be missing (``lacking``); ``idle``
    says by itself that there was no touch, ``lasting`` may stand before a length. ``late``: the expected
    close is over. ``periods`` are counted from now; in ``recent`` and ``coming`` {n} is a number and {unit}
    a unit of time, ``quarter`` is the letter before a quarter's number. ``little`` words join and mean
    nothing.
    """

    mine: tuple[str, ...]
    team: tuple[str, ...]
    everyone: tuple[str, ...]
    over: tuple[str, ...]
    under: tuple[str, ...]
    at_least: tuple[str, ...]
    at_most: tuple[str, ...]
    closing: tuple[str, ...]
    closed: tuple[str, ...]
    created: tuple[str, ...]
    stage: tuple[str, ...]
    place: tuple[str, ...]
    open: tuple[str, ...]
    won: tuple[str, ...]
    lost: tuple[str, ...]
    every: tuple[str, ...]
    none: tuple[str, ...]
    step: tuple[str, ...]
    touch: tuple[str, ...]
    lacking: Mapping[str, tuple[str, ...]]
    idle: tuple[str, ...]
    lasting: tuple[str, ...]
    late: tuple[str, ...]
    periods: Mapping[str, tuple[PeriodUnit, int]]
    recent: tuple[str, ...]
    coming: tuple[str, ...]
    quarter: str
    during: tuple[str, ...]
    before: tuple[str, ...]
    by: tuple[str, ...]
    after: tuple[str, ...]
    since: tuple[str, ...]
    kinds: Mapping[str, tuple[str, ...]]
    statuses: Mapping[str, tuple[str, ...]]
    little: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """The words by which a line is read in one language; accents and case never matter.

    ``verbs`` maps a command of the register to what people type for it, the shown one first.
    ``examples`` maps a command to a line that works in the demo. ``at`` and ``of`` join a person to a
    company (``of`` only to a known one), ``to`` a deal to a stage, ``follow`` begins a follow-up,
    ``close`` an expected close, ``about`` a subject. ``cancel`` drops a question, ``off`` switches
    something off. ``stages`` maps a stage of the default pipeline to its names here, ``options`` an entry
    of the lists that every workspace starts with; the first name is shown. ``source`` stands before where
    a lead comes from, ``planned`` says that something is still to happen. ``incoming`` and ``outgoing``
    say who began a touch, ``inward`` and ``outward`` too where they stand before the name. ``inside``
    stands before a pipeline, ``beside`` and ``without`` before who joins a deal and who leaves it.
    ``setup`` has the words of what an admin sets up: what is done to it, where it goes, what is meant.
    ``now``: at once. ``pronouns`` stand for what was shown last, ``pronouns_alone`` where no word of a name
    can follow.
    ``form`` has what a web form calls the parts of an inquiry.
    """

    tag: str
    time: TimeWords
    verbs: Mapping[str, tuple[str, ...]]
    examples: Mapping[str, str]
    at: tuple[str, ...]
    of: tuple[str, ...]
    to: tuple[str, ...]
    follow: tuple[str, ...]
    close: tuple[str, ...]
    about: tuple[str, ...]
    cancel: tuple[str, ...]
    off: tuple[str, ...]
    stages: Mapping[str, tuple[str, ...]]
    options: Mapping[str, tuple[str, ...]]
    source: tuple[str, ...]
    planned: tuple[str, ...]
    incoming: tuple[str, ...]
    outgoing: tuple[str, ...]
    inward: tuple[str, ...]
    outward: tuple[str, ...]
    inside: tuple[str, ...]
    beside: tuple[str, ...]
    without: tuple[str, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, tuple[str, ...]]
    setup: Mapping[str, tuple[str, ...]]
    now: tuple[str, ...]
    pronouns: tuple[str, ...]
    pronouns_alone: tuple[str, ...]
    filters: FilterWords
    form: Mapping[str, tuple[str, ...]]


@cache
def languages() -> tuple[Language, ...]:
    """Every language that has a file here, by tag."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"{__name__}.{name}").LANGUAGE for name in names)
