"""3/4 where zone and locale contradict one another: asked once, kept, changed, taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from models.deal import Deal
from models.member import Member
from models.reminder import Reminder
from tests.driver import Conversation, Seen, conversation

MARC = "marc@parley.example"
JULY, JUNE = "Tue, Jul 6, 2027", "Mon, Jun 7, 2027"


@pytest.fixture
async def talk(database_url: str) -> AsyncIterator[Conversation]:
    """Marc, who reads American English, sits in Paris."""
    async with conversation(database_url) as talk:
        await Member.filter(email=MARC).update(zone="Europe/Paris")
        yield talk
        assert await talk.failures() == []


async def order() -> bool | None:
    return (await Member.get(email=MARC)).day_first


async def closes() -> date | None:
    return (await Deal.get(number=90)).expected_close


async def asked(talk: Conversation, line: str = "close D-90 6/7/2027") -> Seen:
    seen = await talk.says("marc", line)
    assert f"Do you mean {JUNE} or {JULY}?" in seen
    return seen


@pytest.mark.parametrize(
    ("label", "day_first", "close"), [(JULY, True, date(2027, 7, 6)), (JUNE, False, date(2027, 6, 7))]
)
async def test_the_first_such_date_is_asked_about(
    talk: Conversation, label: str, day_first: bool, close: date
) -> None:
    """Nothing is written before the answer; then the line is done, and the answer is kept for the next."""
    before = await closes()
    seen = await asked(talk)
    assert (await order(), await closes()) == (None, before)
    await talk.presses("marc", seen, label)
    talk.sees("from now on", "D-90")
    assert (await order(), await closes()) == (day_first, close)
    await talk.says("marc", "close D-90 8/9/2027")
    assert await closes() == (date(2027, 9, 8) if day_first else date(2027, 8, 9))


@pytest.mark.parametrize(("typed", "day_first"), [("6 July", True), ("june 7", False)])
async def test_the_answer_may_be_typed(talk: Conversation, typed: str, day_first: bool) -> None:
    """A date with its month in letters says which; another such date does not, and is asked about again."""
    await asked(talk)
    assert "I could not read that" in await talk.says("marc", "5/6")
    await talk.says("marc", typed)
    assert await order() is day_first
    assert await closes() == (date(2027, 7, 6) if day_first else date(2027, 6, 7))


async def test_what_else_is_missing_is_asked_afterwards(talk: Conversation) -> None:
    """The order is kept although the line itself is not written yet."""
    seen = await asked(talk, "call Jane 6/7/2027: first look at the new dock")
    which = await talk.presses("marc", seen, JULY)
    assert await order() is True
    await talk.presses("marc", which, "Jane Roy · Globex")
    assert (await Reminder.get()).wall == "2027-07-06T09:00"


async def test_the_answer_to_a_question_may_be_such_a_date(talk: Conversation) -> None:
    """The question that was open is open again, and answered with it."""
    await talk.says("marc", "remind send the quote")
    talk.sees("When?")
    seen = await talk.says("marc", "4/5/2027")
    await talk.presses("marc", seen, "Tue, May 4, 2027" if "Tue, May 4, 2027" in seen else "")
    reminder = await Reminder.get()
    assert (reminder.text, reminder.wall) == ("send the quote", "2027-05-04T09:00")


async def test_one_takes_it_back_by_itself(talk: Conversation) -> None:
    """The word undoes what the line wrote, said again the order; then it is asked anew."""
    before = await closes()
    await talk.presses("marc", await asked(talk), JULY)
    await talk.says("marc", "undo")
    assert (await closes(), await order()) == (before, True)
    await talk.says("marc", "undo")
    assert await order() is None
    await asked(talk)


async def test_it_is_changed_in_the_settings(talk: Conversation) -> None:
    """A button turns it over; whoever names a country takes its order."""
    shown = await talk.says("marc", "settings")
    talk.sees("3/4 is March 4")
    await talk.presses("marc", shown, "Another order of dates")
    talk.sees("3/4 is April 3 from now on")
    assert await order() is True
    await talk.says("marc", "lang en-GB")
    assert await order() is None
    await talk.says("marc", "close D-90 6/7/2027")
    assert await closes() == date(2027, 7, 6)


@pytest.mark.parametrize(
    ("locale", "zone", "close"),
    [
        ("en-US", "America/New_York", date(2027, 6, 7)),
        ("en-GB", "Europe/Paris", date(2027, 7, 6)),
        ("fr-FR", "Europe/Paris", date(2027, 7, 6)),
        ("fr-FR", "America/New_York", date(2027, 7, 6)),
        ("en-GB", "UTC", date(2027, 7, 6)),
    ],
)
async def test_where_nothing_contradicts_the_locale_decides(
    talk: Conversation, locale: str, zone: str, close: date
) -> None:
    """No question where the country of the zone writes dates alike, speaks otherwise, or is none."""
    await Member.filter(email=MARC).update(zone=zone, locale=locale)
    await talk.says("marc", "close D-90 6/7/2027")
    assert await closes() == close


async def test_a_date_of_one_reading_is_not_asked_about(talk: Conversation) -> None:
    """The thirtieth of a month, a month in letters, an ISO date."""
    for typed, close in {
        "30/4/2027": date(2027, 4, 30),
        "July 6 2027": date(2027, 7, 6),
        "2027-07-06": date(2027, 7, 6),
        "9/9/2027": date(2027, 9, 9),
    }.items():
        await talk.says("marc", f"close D-90 {typed}")
        assert await closes() == close
    assert await order() is None


async def test_a_new_line_drops_the_question(talk: Conversation) -> None:
    """What was asked about is not written, and nothing is kept."""
    before = await closes()
    await asked(talk)
    await talk.says("marc", "today")
    await talk.time.passes(timedelta(minutes=1))
    assert (await closes(), await order()) == (before, None)
