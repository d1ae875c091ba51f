"""Time in: what is read as a day or an hour, which instant that is, and what stays a name."""

from __future__ import annotations

import sys
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.chat.language import languages
from handlers.chat.when import (
    Bias,
    Span,
    When,
    at,
    dump,
    find,
    find_durations,
    load,
    next_working_day,
    zone_named,
)

PARIS = "Europe/Paris"
NEW_YORK = "America/New_York"
# The clock of most tests: Wednesday 14 October 2026, 15:30 in Paris and 09:30 in New York.
WEDNESDAY = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)
WEEKDAYS = frozenset(range(5))


def read(
    text: str,
    *,
    now: datetime = WEDNESDAY,
    zone: str = PARIS,
    day_first: bool = True,
    bias: Bias = "plan",
    working_days: frozenset[int] = WEEKDAYS,
) -> list[Span]:
    return find(text, now=now, zone=zone, day_first=day_first, bias=bias, working_days=working_days)


def local(wall: str) -> datetime:
    """A naive wall time."""
    return datetime.fromisoformat(wall)


def only(text: str, **setting: Any) -> tuple[str, When]:
    """The words and the moment of a text that has exactly one."""
    [span] = read(text, **setting)
    assert span.when is not None, span.error
    return text[span.start : span.end], span.when


def wall(text: str, **setting: Any) -> str:
    """The wall time of the only moment of a text, as 2026-10-15 10:00."""
    return only(text, **setting)[1].wall.isoformat(" ", "minutes")


# -- lines as people type them


@pytest.mark.parametrize(
    ("line", "words", "expected"),
    [
        ("remind call Jane Roy tomorrow at 10 #globex", "tomorrow at 10", "2026-10-15 10:00"),
        ("rappel appeler Jane demain 10h #acme", "demain 10h", "2026-10-15 10:00"),
        ("veut 50 licences, relance jeudi 10h", "jeudi 10h", "2026-10-15 10:00"),
        ("wants 50 seats, next demo Thu 10am", "Thu 10am", "2026-10-15 10:00"),
        ("left voicemail; follow up fri 10am", "fri 10am", "2026-10-16 10:00"),
        ("deal new Acme Renewal $12k close Nov 30", "Nov 30", "2026-11-30 09:00"),
        ("affaire nouvelle Acme 12 k€ clôture 30/11", "30/11", "2026-11-30 09:00"),
        ("deal new Acme Renewal close Nov 30 $12k", "Nov 30", "2026-11-30 09:00"),
        ("snooze 3 fri 9am", "fri 9am", "2026-10-16 09:00"),
        ("reporter 3 ven 9h", "ven 9h", "2026-10-16 09:00"),
        ("reporter 3 lundi 9:00", "lundi 9:00", "2026-10-19 09:00"),
        ("remind Jane yesterday 5pm", "yesterday 5pm", "2026-10-13 17:00"),
        ("Met Jane Roy, budget approved, send quote Friday", "Friday", "2026-10-16 09:00"),
        ("rappel envoyer le devis avant le 30/11", "avant le 30/11", "2026-11-30 09:00"),
        ("send the contract by Friday!", "by Friday", "2026-10-16 09:00"),
        ("until fri 10:00", "until fri 10:00", "2026-10-16 10:00"),
        ("rappel préparer la démo pour jeudi", "pour jeudi", "2026-10-15 09:00"),
        ("thursday, call Jane", "thursday", "2026-10-15 09:00"),
        ("relance fin du mois.", "fin du mois", "2026-11-02 09:00"),
        ("⏰ Thu 15 Oct 10:00 (New York)", "Thu 15 Oct 10:00", "2026-10-15 10:00"),
        ("jeu. 15 oct. 10:00", "jeu. 15 oct. 10:00", "2026-10-15 10:00"),
        ("Thu, Oct 15, 2026 at 10:00 AM", "Thu, Oct 15, 2026 at 10:00 AM", "2026-10-15 10:00"),
    ],
)
def test_a_line_gives_its_moment_and_the_words_that_said_it(line: str, words: str, expected: str) -> None:
    """The span covers the moment and the words that lead to it, so that they vanish from the note."""
    said, when = only(line)
    assert (said, when.wall.isoformat(" ", "minutes")) == (words, expected)


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        # Days around today
        ("tomorrow", "2026-10-15 09:00"),
        ("demain", "2026-10-15 09:00"),
        ("day after tomorrow at 3:30", "2026-10-16 15:30"),
        ("après-demain 14h", "2026-10-16 14:00"),
        ("apres demain 14h", "2026-10-16 14:00"),
        ("aujourd'hui 17h", "2026-10-14 17:00"),
        ("today 5pm", "2026-10-14 17:00"),
        ("hier", "2026-10-13 09:00"),
        ("avant-hier 16h", "2026-10-12 16:00"),
        # Weekdays
        ("thu", "2026-10-15 09:00"),
        ("thurs 2pm", "2026-10-15 14:00"),
        ("wed", "2026-10-21 09:00"),
        ("wed 5pm", "2026-10-14 17:00"),
        ("wed 10am", "2026-10-21 10:00"),
        ("jeudi", "2026-10-15 09:00"),
        ("jeu 10h", "2026-10-15 10:00"),
        ("Mardi", "2026-10-20 09:00"),
        ("this friday", "2026-10-16 09:00"),
        ("ce vendredi 16h", "2026-10-16 16:00"),
        ("last friday", "2026-10-09 09:00"),
        ("vendredi dernier", "2026-10-09 09:00"),
        ("jeudi en huit", "2026-10-22 09:00"),
        ("mardi en huit 10h", "2026-10-27 10:00"),
        ("mardi en quinze", "2026-11-03 09:00"),
        ("Thursday next week", "2026-10-22 09:00"),
        ("next week thursday", "2026-10-22 09:00"),
        ("jeudi de la semaine prochaine", "2026-10-22 09:00"),
        # Dates of the calendar
        ("15 oct", "2026-10-15 09:00"),
        ("Oct 15", "2026-10-15 09:00"),
        ("October 15th, 2027", "2027-10-15 09:00"),
        ("15th of October", "2026-10-15 09:00"),
        ("1er mars 14h", "2027-03-01 14:00"),
        ("3 août", "2027-08-03 09:00"),
        ("12 oct", "2027-10-12 09:00"),
        ("30/11/2026", "2026-11-30 09:00"),
        ("30/11/27 10h", "2027-11-30 10:00"),
        ("30.11.2026", "2026-11-30 09:00"),
        ("2027-04-05", "2027-04-05 09:00"),
        ("2027-04-05T09:00", "2027-04-05 09:00"),
        ("2027-04-05 14:30", "2027-04-05 14:30"),
        ("2027-04-05T09:00Z", "2027-04-05 11:00"),
        ("2027-04-05T09:00-04:00", "2027-04-05 15:00"),
        ("29 feb", "2028-02-29 09:00"),
        ("le jeudi 15 octobre à 10h30", "2026-10-15 10:30"),
        ("jeudi 15", "2026-10-15 09:00"),
        ("le 15 à 10h", "2026-10-15 10:00"),
        ("on the 15th", "2026-10-15 09:00"),
        ("le 31", "2026-10-31 09:00"),
        ("mar 20 oct", "2026-10-20 09:00"),
        ("Mar 15", "2027-03-15 09:00"),
        # Counted from now
        ("in 2h", "2026-10-14 17:30"),
        ("dans 2 heures", "2026-10-14 17:30"),
        ("in 20m", "2026-10-14 15:50"),
        ("dans 1 h 30", "2026-10-14 17:00"),
        ("in half an hour", "2026-10-14 16:00"),
        ("dans un quart d’heure", "2026-10-14 15:45"),
        ("in 2 weeks at 10", "2026-10-28 10:00"),
        ("dans 15 jours", "2026-10-29 09:00"),
        ("dans deux jours", "2026-10-16 09:00"),
        ("in 3 business days", "2026-10-19 09:00"),
        ("dans 3 jours ouvrés", "2026-10-19 09:00"),
        ("il y a 2 heures", "2026-10-14 13:30"),
        ("3 days ago", "2026-10-11 09:00"),
        ("3 business days ago", "2026-10-09 09:00"),
        # Points in a week, a month, a year
        ("end of week", "2026-10-16 09:00"),
        ("next week", "2026-10-19 09:00"),
        ("la semaine prochaine", "2026-10-19 09:00"),
        ("fin de la semaine prochaine", "2026-10-23 09:00"),
        ("fin du mois prochain", "2026-11-30 09:00"),
        ("end of November", "2026-11-30 09:00"),
        ("fin novembre 2027", "2027-11-30 09:00"),
        ("début décembre", "2026-12-01 09:00"),
        ("end of year", "2026-12-31 09:00"),
        # Hours
        ("10am", "2026-10-15 10:00"),
        ("10 am", "2026-10-15 10:00"),
        ("3 p.m.", "2026-10-15 15:00"),
        ("12:30pm", "2026-10-15 12:30"),
        ("12am", "2026-10-15 00:00"),
        ("at 10", "2026-10-15 10:00"),
        ("at 5", "2026-10-14 17:00"),
        ("à 10", "2026-10-15 10:00"),
        ("à 10h", "2026-10-15 10:00"),
        ("10h", "2026-10-15 10:00"),
        ("10h30", "2026-10-15 10:30"),
        ("8 h 30", "2026-10-15 08:30"),
        ("à 10 heures", "2026-10-15 10:00"),
        ("14h30", "2026-10-15 14:30"),
        ("17h", "2026-10-14 17:00"),
        ("10:30", "2026-10-15 10:30"),
        ("3:30", "2026-10-15 15:30"),
        ("03:30", "2026-10-15 03:30"),
        ("noon", "2026-10-15 12:00"),
        ("midi", "2026-10-15 12:00"),
        ("midi et demi", "2026-10-15 12:30"),
        ("10h moins le quart", "2026-10-15 09:45"),
        ("half past ten", "2026-10-15 10:30"),
        ("minuit", "2026-10-15 00:00"),
        ("tomorrow midnight", "2026-10-16 00:00"),
        ("tonight", "2026-10-14 19:00"),
        ("tonight at 8", "2026-10-14 20:00"),
        ("ce soir", "2026-10-14 19:00"),
        ("8h ce soir", "2026-10-14 20:00"),
        ("eod", "2026-10-14 18:00"),
        ("cob", "2026-10-14 18:00"),
        ("fin de journée", "2026-10-14 18:00"),
        ("demain fin de journée", "2026-10-15 18:00"),
        ("demain matin", "2026-10-15 09:00"),
        ("jeudi soir", "2026-10-15 19:00"),
        ("thursday afternoon at 3", "2026-10-15 15:00"),
        # A day and an hour in either order
        ("10h demain", "2026-10-15 10:00"),
        ("at 10 on Thursday", "2026-10-15 10:00"),
        ("10:00 15 oct", "2026-10-15 10:00"),
        ("à 10h le 30/11", "2026-11-30 10:00"),
        ("30/11 à 10h30", "2026-11-30 10:30"),
        ("tomorrow, 10am", "2026-10-15 10:00"),
        ("noon tomorrow", "2026-10-15 12:00"),
        # Two languages in one line, no accents, any case, the spaces and signs of phones
        ("tomorrow à 10h", "2026-10-15 10:00"),
        ("vendredi 9am", "2026-10-16 09:00"),
        ("DEMAIN A 10H", "2026-10-15 10:00"),
        ("FEVRIER 3", "2027-02-03 09:00"),
        ("demain\u00a010\u202fh\u00a030", "2026-10-15 10:30"),
        ("aujourd’hui à 17\u00a0h", "2026-10-14 17:00"),
        ("apre\u0300s-demain", "2026-10-16 09:00"),
        ("10：30", "2026-10-15 10:30"),
    ],
)
def test_a_phrase_means_its_wall_time(phrase: str, expected: str) -> None:
    """Each phrase is wholly read, and to the wall time that a colleague would understand."""
    said, when = only(phrase)
    assert (said, when.wall.isoformat(" ", "minutes")) == (phrase, expected)


@pytest.mark.parametrize(
    "line",
    [
        "May called, wants 3 seats on 12",
        "Sun Corp",
        "call Sun",
        "Mardi Gras SARL",
        "call mardi gras sarl",
        "appel Mardi chez Acme",
        "Avril Petit",
        "April Mars, June May",
        "appel Midi Libre",
        "call sam 10 licences",
        "préparer le jeu concours",
        "préparer le jeu",
        "appeler mon client",
        "pour mon prochain appel",
        "call May 20m",
        "call May 20 min",
        "support 24/7",
        "7j/7",
        "3/4 of the seats",
        "won 0/4, lost 50/50",
        "version 1.10 of 1/2/3",
        "v10 is 10.30",
        "D-142 C-12 may",
        "jane@sunday.com",
        "thursday@acme.com",
        "#today @tomorrow /today",
        "http://acme.com/2026/10/15",
        "06 12 34 56 78",
        "valued at 10 million",
        "at 10 Downing Street",
        "il a 10",
        "passer à 10 licences",
        "14h de formation",
        "réunion de 2h",
        "pour 2 heures",
        "10 heures de formation",
        "the 5th floor",
        "le premier lundi de novembre",
        "last Friday of the month",
        "une 1/2 journée",
        "there Mon-Fri, Sat-Sun",
        "tomorrow/whenever",
        "offer of May 12 k€",
        "passe à 10 k€",
        "5m€ or $5m in 5M",
        "20-31 Oct",
        "today's news",
        "tomorrow.io",
    ],
)
def test_a_name_or_an_amount_is_no_date(line: str) -> None:
    """What may be somebody's name, a number of seats or a length is left in the text."""
    assert read(line) == []


def test_a_name_does_not_lose_its_day_to_the_hour_beside_it() -> None:
    """call Sam 10am is a call to Sam, sam 10h is Saturday; Sun is Sunday only where that is certain."""
    assert only("remind call Sam 10am")[0] == "10am"
    assert only("call sam 10am")[0] == "10am"
    assert only("appeler Sam 10h")[0] == "10h"
    assert only("reporter 3 sam 9h")[0] == "sam 9h"
    assert only("call Sun Corp at 10")[0] == "at 10"
    assert only("snooze 3 Sun")[0] == "Sun"
    assert only("on Sun")[0] == "on Sun"


def test_a_day_and_an_hour_apart_are_one_moment() -> None:
    """rappel jeudi appeler Jane à 10h: two places, one instant, so that neither is read alone."""
    for line, parts in [
        ("rappel jeudi appeler Jane à 10h", ["jeudi", "à 10h"]),
        ("remind Thursday Jane Roy at 10", ["Thursday", "at 10"]),
        ("remind call Jane Thursday about the pilot at 10", ["Thursday", "at 10"]),
        ("de 10h à 11h avec Jane jeudi", ["de 10h", "jeudi"]),
    ]:
        day, hour = read(line)
        assert [line[span.start : span.end] for span in (day, hour)] == parts
        assert day.when == hour.when
        assert day.when is not None and day.when.wall == local("2026-10-15 10:00")


def test_clauses_keep_their_own_moments() -> None:
    """A comma or a new line parts two moments."""
    walls = [
        span.when and span.when.wall.day for span in read("call Jane thu 10am, Bob fri 9am\nzoe mon 9am")
    ]
    assert walls == [15, 16, 19]
    assert [span.when and span.when.wall.hour for span in read("send it tomorrow\nat 10")] == [9, 10]


def test_the_end_of_a_span_of_time_is_no_other_moment() -> None:
    """10:00-11:00 begins at ten; 2-3pm is of the afternoon."""
    assert only("tomorrow 10:00-11:00") == ("tomorrow 10:00", at(local("2026-10-15 10:00"), PARIS))
    assert wall("demain de 10h à 11h") == "2026-10-15 10:00"
    assert wall("tomorrow 2-3pm") == "2026-10-15 14:00"
    assert wall("tomorrow 11-1pm") == "2026-10-15 11:00"
    assert {span.when and span.when.wall.hour for span in read("remind Jane 9 to 10am tomorrow")} == {9}


# -- the order of numbers, the years, the turns


def test_the_order_of_day_and_month_is_the_locale_s() -> None:
    """3/4 is 3 April or 4 March by the locale, whatever the language; the other reading is kept."""
    [french] = read("rappel relancer Globex 3/4", day_first=True)
    [american] = read("rappel relancer Globex 3/4", day_first=False)
    assert french.when and french.when.wall == local("2027-04-03 09:00")
    assert american.when and american.when.wall == local("2027-03-04 09:00")
    assert french.swapped == american.when and american.swapped == french.when


def test_digits_that_have_one_reading_have_it_everywhere() -> None:
    """30/11 can only be 30 November; there is nothing to swap."""
    for day_first in (True, False):
        for digits in ("30/11", "11/30"):
            [span] = read(digits, day_first=day_first)
            assert span.when and span.when.wall == local("2026-11-30 09:00") and span.swapped is None
    assert [span.swapped for span in read("4/4")] == [None]


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("next thu", "2026-10-22"),  # tomorrow would be thu
        ("next fri", "2026-10-23"),
        ("next sat", "2026-10-17"),
        ("next mon", "2026-10-19"),
        ("next wed", "2026-10-21"),
        ("jeudi prochain", "2026-10-22"),
        ("lundi prochain à midi", "2026-10-19"),
        ("prochain vendredi", "2026-10-23"),
    ],
)
def test_next_is_the_nearest_unless_that_is_too_near(phrase: str, expected: str) -> None:
    """At most two days away it is the week after; the caller may offer a week more."""
    when = only(phrase)[1]
    assert when.wall.date().isoformat() == expected
    assert when.weekday_next


def test_a_bare_weekday_has_nothing_to_offer() -> None:
    """thu and jeudi en huit are not ambiguous."""
    assert not only("thu")[1].weekday_next
    assert not only("jeudi en huit")[1].weekday_next


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("called Jane Monday", "2026-10-12 09:00"),
        ("appel Jane lundi 10h", "2026-10-12 10:00"),
        ("call Jane thu 10am", "2026-10-08 10:00"),
        ("call Jane wed 10am", "2026-10-14 10:00"),
        ("call Jane wed 5pm", "2026-10-07 17:00"),
        ("appel Jane hier 17h", "2026-10-13 17:00"),
        ("call Jane 10h", "2026-10-14 10:00"),
        ("call Jane 5pm", "2026-10-13 17:00"),
        ("call Jane today", "2026-10-14 15:30"),
        ("call Jane 20 mars", "2026-03-20 09:00"),
        ("call Jane 12 oct", "2026-10-12 09:00"),
        ("call Jane le 15", "2026-09-15 09:00"),
        ("call Jane tomorrow 10am", "2026-10-15 10:00"),  # said outright: it is planned
        ("call Jane 16 oct", "2026-10-16 09:00"),
        ("call Jane in 2h", "2026-10-14 17:30"),
        ("call Jane last week", "2026-10-05 09:00"),
    ],
)
def test_a_log_looks_back(line: str, expected: str) -> None:
    """Weekdays, hours and days without a year are the last ones, unless the future was said."""
    assert wall(line, bias="log") == expected


def test_a_length_in_a_log_is_no_hour_of_the_night() -> None:
    """appel Jane hier 1h30 took so long."""
    assert read("appel Jane 1h30", bias="log") == []
    assert only("appel Jane hier 1h30", bias="log")[0] == "hier"
    assert only("appel Jane hier à 6h", bias="log")[1].wall.hour == 6


def test_today_without_an_hour_is_still_to_come() -> None:
    """09:00 in the morning, 18:00 once that has passed; a date typed for today likewise."""
    early = datetime(2026, 10, 14, 5, 0, tzinfo=UTC)
    assert wall("today", now=early) == "2026-10-14 09:00"
    assert wall("today") == wall("14/10") == "2026-10-14 18:00"


def test_what_comes_again_and_again_is_not_one_reminder() -> None:
    """A plan is told that it repeats; a log only tells."""
    for line in ("every Monday 9am", "chaque matin", "tous les lundis 9h", "tous les 15 jours"):
        [span] = read(line)
        assert (span.when, span.error, span.end) == (None, "repeats", len(line))
    assert read("they meet every monday", bias="log") == []


# -- days off


@pytest.mark.parametrize(
    ("phrase", "expected", "moved_from"),
    [
        ("end of month", "2026-11-02", "2026-10-31"),
        ("eom", "2026-11-02", "2026-10-31"),
        ("fin de mois", "2026-11-02", "2026-10-31"),
        ("fin octobre", "2026-11-02", "2026-10-31"),
        ("next month", "2026-11-02", "2026-11-01"),
        ("mi-novembre", "2026-11-16", "2026-11-15"),
        ("in 3 days", "2026-10-19", "2026-10-17"),
        ("d'ici 3 jours", "2026-10-19", "2026-10-17"),
        ("in 2 days", "2026-10-16", None),
    ],
)
def test_a_computed_day_moves_off_a_day_off(phrase: str, expected: str, moved_from: str | None) -> None:
    """To the next working day, and it is told from where."""
    when = only(phrase)[1]
    assert when.computed and not when.typed_date
    assert when.wall.date().isoformat() == expected
    assert when.moved_from == (date.fromisoformat(moved_from) if moved_from else None)


def test_a_typed_day_stays_where_it_is() -> None:
    """A date of the calendar on a Saturday is the caller's to ask about; so is a Saturday by name."""
    for phrase, typed in (("3/4", True), ("31 oct", True), ("2027-04-03", True), ("saturday", False)):
        when = only(phrase)[1]
        assert when.wall.weekday() == 5
        assert (when.computed, when.moved_from, when.typed_date) == (False, None, typed)


def test_working_days_are_the_member_s() -> None:
    """Who works from Sunday to Thursday moves a Friday to Sunday; who set no day works on all."""
    sunday_to_thursday = frozenset({6, 0, 1, 2, 3})
    assert wall("in 2 days", working_days=sunday_to_thursday) == "2026-10-18 09:00"
    assert wall("in 2 business days", working_days=sunday_to_thursday) == "2026-10-18 09:00"
    assert wall("end of month", working_days=frozenset()) == "2026-10-31 09:00"
    assert wall("in 3 business days", working_days=frozenset()) == "2026-10-17 09:00"
    assert next_working_day(date(2027, 4, 3), WEEKDAYS) == date(2027, 4, 5)
    assert next_working_day(date(2027, 4, 3), frozenset()) == date(2027, 4, 3)


def test_what_was_said_is_told_from_what_was_filled_in() -> None:
    """A day without an hour, an hour without a day, both."""
    assert [(w.has_date, w.has_time) for w in (only(t)[1] for t in ("thu", "10am", "thu 10am", "in 2h"))] == [
        (True, False),
        (False, True),
        (True, True),
        (True, True),
    ]


# -- what no calendar shows


@pytest.mark.parametrize(
    ("line", "words", "error"),
    [
        ("rappel Jane le 30 février", "le 30 février", "no such date"),
        ("remind Jane 30 February", "30 February", "no such date"),
        ("31/02", "31/02", "no such date"),
        ("13/13", "13/13", "no such date"),
        ("32/01/2027", "32/01/2027", "no such date"),
        ("2027-02-30", "2027-02-30", "no such date"),
        ("2027-13-01T10:00", "2027-13-01T10:00", "no such date"),
        ("2027-02-30T10:00Z", "2027-02-30T10:00Z", "no such date"),
        ("9999-12-31", "9999-12-31", "no such date"),
        ("29 feb 2027", "29 feb 2027", "no such date"),
        ("in 9999 years", "in 9999 years", "no such date"),
        ("25:00", "25:00", "no such time"),
        ("tomorrow at 25:00", "tomorrow at 25:00", "no such time"),
        ("10:60", "10:60", "no such time"),
        ("demain 10h75", "demain 10h75", "no such time"),
        ("13pm", "13pm", "no such time"),
        ("Thu 16 Oct", "Thu 16 Oct", "not that weekday"),
        ("vendredi 15", "vendredi 15", "not that weekday"),
    ],
)
def test_an_impossible_moment_is_told(line: str, words: str, error: str) -> None:
    """It is never shifted to another one."""
    [span] = read(line)
    assert (line[span.start : span.end], span.when, span.error) == (words, None, error)


def test_an_unknown_zone_is_refused() -> None:
    """Whatever it looks like."""
    for zone in ("Mars/Phobos", "", "Europe", "../etc/passwd", "a\0b", "\ud800", "x" * 5000):
        with pytest.raises(ValueError, match="no time zone"):
            zone_named(zone)
        with pytest.raises(ValueError, match="no time zone"):
            read("tomorrow", zone=zone)


def test_a_clock_without_a_zone_is_refused() -> None:
    """now must be an instant."""
    with pytest.raises(ValueError, match="aware"):
        read("tomorrow", now=WEDNESDAY.replace(tzinfo=None))


# -- zones, and the nights on which clocks change


def test_the_day_is_the_speaker_s() -> None:
    """Ten in the morning in New York is 14:00 UTC; late in Paris it is tomorrow already."""
    assert only("tomorrow at 10", zone=NEW_YORK)[1].instant == datetime(2026, 10, 15, 14, tzinfo=UTC)
    assert only("demain 10h")[1].instant == datetime(2026, 10, 15, 8, tzinfo=UTC)
    late = datetime(2026, 10, 14, 22, 30, tzinfo=UTC)
    assert wall("tomorrow", now=late) == "2026-10-16 09:00"
    assert wall("tomorrow", now=late, zone=NEW_YORK) == "2026-10-15 09:00"
    assert wall("10am", zone=NEW_YORK) == "2026-10-14 10:00"


def test_an_hour_that_exists_twice_is_the_first() -> None:
    """25 October 2026, 02:30 in Paris is still in summer time."""
    when = only("25 Oct 2026 02:30")[1]
    assert when.instant == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert not when.gap


def test_an_hour_that_does_not_exist_moves_forward_and_says_so() -> None:
    """28 March 2027, 02:30 in Paris becomes 03:00, the first time that exists; in New York on 14 March."""
    when = only("28/03/2027 02:30")[1]
    assert (when.wall, when.gap) == (local("2027-03-28 03:00"), True)
    assert when.instant == datetime(2027, 3, 28, 1, tzinfo=UTC)
    american = only("03/14/2027 02:30", zone=NEW_YORK, day_first=False)[1]
    assert (american.wall, american.gap) == (local("2027-03-14 03:00"), True)
    assert not only("28/03/2027 03:00")[1].gap


def test_hours_from_now_are_real_hours() -> None:
    """In the night on which clocks go back, two hours from 01:30 are the second 02:30."""
    before = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)  # 01:30 in Paris
    when = only("in 2h", now=before)[1]
    assert when.instant == before + timedelta(hours=2)
    assert (when.wall, when.wall.fold) == (local("2026-10-25 02:30"), 1)
    assert only("tomorrow 9am", now=before)[1].instant - only("today 9am", now=before)[
        1
    ].instant == timedelta(1)


def test_a_timer_never_rings_early() -> None:
    """Seconds are rounded up to the minute."""
    now = WEDNESDAY + timedelta(seconds=59, microseconds=5)
    assert only("in 1 min", now=now)[1].instant == WEDNESDAY + timedelta(minutes=2)


def test_a_day_that_a_country_left_out_is_a_gap() -> None:
    """Samoa had no 30 December 2011."""
    assert at(local("2011-12-30 12:00"), "Pacific/Apia") == When(
        local("2011-12-31 00:00"), "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC), gap=True
    )


def test_a_button_s_time_is_an_instant_or_a_wall_time() -> None:
    """at() takes both; the very ends of the calendar are refused."""
    assert at(WEDNESDAY, NEW_YORK).wall == local("2026-10-14 09:30")
    assert at(local("2026-10-14 09:30:59"), NEW_YORK).instant == WEDNESDAY
    for end, zone in (
        (local("0001-01-01 00:00"), "Asia/Tokyo"),
        (local("9999-12-31 23:59"), NEW_YORK),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "Asia/Tokyo"),
    ):
        with pytest.raises(ValueError, match="no instant"):
            at(end, zone)


ZONES = st.sampled_from(sorted(zoneinfo.available_timezones() - {"localtime"}))
# Before 1973 some offsets had seconds.
WALLS = st.datetimes(local("1973-01-01 00:00"), local("2199-12-30 00:00"))


@settings(deadline=None)
@given(WALLS, ZONES)
def test_every_wall_time_has_an_instant_that_shows_it(time: datetime, zone: str) -> None:
    """Outside of a gap it shows the same wall time; in a gap, the first one after it."""
    when = at(time, zone)
    assert when.instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == when.wall
    typed = time.replace(second=0, microsecond=0)
    if when.gap:
        assert when.wall > typed
        earlier = (when.instant - timedelta(minutes=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert earlier < typed
    else:
        assert when.wall == typed


@settings(deadline=None)
@given(
    WALLS.map(lambda time: time.replace(tzinfo=UTC)),
    ZONES,
    st.sampled_from(["in 90 min", "eom", "next thu", "3/4"]),
)
def test_a_stored_moment_is_the_same_moment(now: datetime, zone: str, phrase: str) -> None:
    """dump() and load() keep the instant, the wall time and all that was said of it."""
    for span in read(phrase, now=now, zone=zone):
        if span.when:
            stored = dump(span.when)
            assert load(stored) == span.when
            assert load(stored).wall.fold == span.when.wall.fold


def test_a_stored_moment_reads_as_one_line() -> None:
    """ISO wall time and zone lead; a bare pair of these is read as well."""
    assert dump(only("fin du mois")[1]) == (
        "2026-11-02T09:00 Europe/Paris has_date computed moved_from=2026-10-31"
    )
    assert load("2026-11-02T09:00 Europe/Paris").instant == datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "stored", ["", "tomorrow", "2026-11-02T09:00", "2026-11-02T09:00 Mars/Phobos", "2026-11-02T09:00 UTC 1=1"]
)
def test_a_stored_moment_that_is_none_is_refused(stored: str) -> None:
    """A forged button cannot bring anything else in."""
    with pytest.raises(ValueError, match=r".+"):
        load(stored)


# -- lengths


@pytest.mark.parametrize(
    ("phrase", "minutes"),
    [
        ("20m", 20),
        ("20 min", 20),
        ("20min", 20),
        ("15mn", 15),
        ("45 minutes", 45),
        ("2h", 120),
        ("2 hours", 120),
        ("2 heures", 120),
        ("1h30", 90),
        ("1 h 30", 90),
        ("1\u202fh\u202f30", 90),
        ("1h 30m", 90),
        ("1 hour and 30 minutes", 90),
        ("1.5h", 90),
        ("1,5 h", 90),
        ("an hour and a half", 90),
        ("une heure et demie", 90),
        ("half an hour", 30),
        ("une demi-heure", 30),
        ("quart d'heure", 15),
        ("un quart d’heure", 15),
        ("trois quarts d'heure", 45),
    ],
)
def test_a_length_is_a_number_with_its_unit(phrase: str, minutes: int) -> None:
    """In both languages, by character, amid a line."""
    line = f"appel Jane {phrase}: ok"
    assert find_durations(line) == [(11, 11 + len(phrase), timedelta(minutes=minutes))]


@pytest.mark.parametrize(
    "line", ["5M€", "5m€", "$5m", "5m €", "5 M", "D-20m", "20 mots", "20", "12,500", "20mg", "1h30x"]
)
def test_an_amount_is_no_length(line: str) -> None:
    """A million, an id and a bare number are none."""
    assert find_durations(line) == []


def test_an_hour_does_not_take_the_next_number() -> None:
    """In 1h 30 licences the licences keep their number."""
    assert find_durations("appel 1h 30 licences") == [(6, 8, timedelta(hours=1))]


# -- whatever is typed


def _spoken() -> list[str]:
    """Every word of every language, for lines made of nothing else."""
    words: set[str] = set()
    for language in languages():
        time = language.time
        for field in time.__dataclass_fields__:
            value = getattr(time, field)
            groups = value if field in ("months", "weekdays") else [() if isinstance(value, bool) else value]
            words.update(word for group in groups for word in group)
    return sorted(words)


PIECES = st.one_of(
    st.sampled_from(_spoken()),
    st.sampled_from(
        ["10", "31", "2", "99", "2027", "0", "15", "5" * 5000, ":", "/", "-", ".", ",", "\n", "€", "h"]
    ),
    st.text(max_size=6),
)
LINES = st.lists(st.tuples(PIECES, st.sampled_from(["", " ", " ", "\u00a0"])), max_size=14).map(
    lambda pieces: "".join(piece + gap for piece, gap in pieces)
)


@settings(max_examples=300, deadline=None)
@given(
    LINES,
    st.sampled_from(["plan", "log"]),
    st.booleans(),
    st.sampled_from([PARIS, NEW_YORK, "Asia/Kathmandu"]),
)
def test_nothing_typed_can_break_it(line: str, bias: Bias, day_first: bool, zone: str) -> None:
    """Spans lie in the text, in order, none within another; each has a moment or says why not."""
    end = 0
    for span in read(line, bias=bias, day_first=day_first, zone=zone):
        assert end <= span.start < span.end <= len(line)
        assert (span.when is None) != (span.error is None)
        end = span.end
    end = 0
    for start, stop, length in find_durations(line):
        assert end <= start < stop <= len(line) and length >= timedelta(0)
        end = stop


@settings(deadline=None)
@given(st.text())
def test_free_text_never_breaks_it(line: str) -> None:
    """Any text at all, lone surrogates and NUL among it."""
    for noise in (line, line + "\ud800 demain \0 10h"):
        assert all(0 <= span.start < span.end <= len(noise) for span in read(noise))


@settings(deadline=None)
@given(st.integers(0, 6), st.integers(0, 7 * 24 * 60 * 4))
def test_a_bare_weekday_is_the_nearest_to_come_and_in_a_log_the_last(day: int, minutes: int) -> None:
    """From any minute of a month, in both languages, at most a week away."""
    now = WEDNESDAY + timedelta(minutes=minutes)
    for language in languages():
        phrase = f"{language.time.weekdays[day][0]} 10:00"
        plan, log = only(phrase, now=now)[1], only(phrase, now=now, bias="log")[1]
        assert plan.wall.weekday() == log.wall.weekday() == day
        assert log.instant <= now < plan.instant
        # An hour more or less in the week in which clocks change.
        assert plan.instant - now <= timedelta(days=7, hours=1)
        assert now - log.instant <= timedelta(days=7, hours=1)


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "a",
            "1",
            "1 ",
            "10h ",
            "1/1 ",
            "le ",
            "mon ",
            "demain ",
            "fin ",
            "d'ici ",
            "every ",
            "-",
            "1.",
            "é",
        ),
        *("10:00-", "in 9999 business days ", "oct 1 ", "half past ", "half an hour ", "1h30 ", "\ud800"),
    ],
)
def test_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    """Four times the text takes about four times the calls, for what an attacker would send."""
    # Quadratic growth would be 16 times. Calls are counted, since seconds depend on the machine.
    assert _calls((piece * 4000)[:4000]) < 5 * _calls((piece * 1000)[:1000])


def _calls(text: str) -> int:
    """How many calls, of C functions as well, it takes to read a text."""
    read("demain 10h")  # the tables are made once
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(counted)
    try:
        read(text)
        find_durations(text)
    finally:
        sys.setprofile(None)
    return count
