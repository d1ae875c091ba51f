"""A member's own settings: language, zone, quiet hours, accounts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.member import ChatIdentity, Member
from models.reminder import Reminder
from tests.driver import conversation


async def _marc() -> Member:
    return await Member.get(email="marc@parley.example")


async def test_a_language_is_chosen_and_taken_back(database_url: str) -> None:
    """The answer is in the new language at once, and undo returns to the one before."""
    async with conversation(database_url) as talk:
        assert "✅ Langue : Français (fr-FR)" in await talk.says("marc", "lang français")
        assert (await _marc()).locale == "fr-FR"
        await talk.says("marc", "annuler")
        assert (await _marc()).locale == "en-US"
        assert "en-US" in await talk.says("marc", "lang en-US")
        assert "I speak" in await talk.says("marc", "lang klingon")


async def test_a_zone_is_found_by_its_city(database_url: str) -> None:
    """Exactly, by a city, or not at all with the nearest one named."""
    async with conversation(database_url) as talk:
        assert "America/New_York" in await talk.says("lea", "tz new york")
        assert (await Member.get(email="lea@parley.example")).zone == "America/New_York"
        assert "Mars" in await talk.says("marc", "tz Mars/Olympus")
        assert (await _marc()).zone == "America/New_York"


async def test_what_waits_keeps_its_moment_or_its_hour(database_url: str) -> None:
    """After a move to another zone the person says which of the two is meant."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "remind call Omar tomorrow at 10")
        asked = await talk.says("marc", "tz Europe/Paris")
        assert (await Reminder.get()).due_at == datetime(2026, 10, 15, 14, tzinfo=UTC)
        await talk.presses("marc", asked, "Move to my clock")
        reminder = await Reminder.get()
        assert (reminder.due_at, reminder.zone) == (datetime(2026, 10, 15, 8, tzinfo=UTC), "Europe/Paris")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("quiet 19:00-08:00", ("19:00", "08:00")),
        ("calme 19h-8h", ("19:00", "08:00")),
        ("quiet 7:30pm to 8am", ("19:30", "08:00")),
        ("quiet from 7pm to 8am", ("19:00", "08:00")),
        ("calme de 19h à 8h", ("19:00", "08:00")),
        ("quiet off", ("00:00", "00:00")),
    ],
)
async def test_quiet_hours_are_set(database_url: str, typed: str, stored: tuple[str, str]) -> None:
    """In both languages' ways of writing hours."""
    async with conversation(database_url) as talk:
        assert "✅" in await talk.says("marc", typed)
        marc = await _marc()
        assert (marc.quiet_from, marc.quiet_until) == stored


@pytest.mark.parametrize(
    ("line", "question", "answer", "kept"),
    [
        ("lang", "Which language?", "Français", ("locale", "fr-FR")),
        ("tz", "Which zone?", "Europe/London", ("zone", "Europe/London")),
        ("quiet", "From when until when?", "No quiet hours", ("quiet_from", "00:00")),
    ],
)
async def test_what_is_missing_is_asked_with_likely_answers(
    database_url: str, line: str, question: str, answer: str, kept: tuple[str, str]
) -> None:
    """The verb alone asks its own question; a button answers it."""
    async with conversation(database_url) as talk:
        asked = await talk.says("marc", line)
        talk.sees(question)
        await talk.presses("marc", asked, answer)
        assert getattr(await _marc(), kept[0]) == kept[1]


async def test_a_city_is_known_by_its_french_name(database_url: str) -> None:
    """Its zone is named; hours on the cards are those of the reader's clock."""
    async with conversation(database_url) as talk:
        assert "Europe/London" in await talk.says("lea", "fuseau Londres")
        assert "7:00 PM – 8:00 AM" in await talk.says("marc", "me")
        assert "19:00 – 08:00" in await talk.says("lea", "moi")


async def test_hours_that_are_none_are_refused(database_url: str) -> None:
    """Nothing changes."""
    async with conversation(database_url) as talk:
        before = await _marc()
        for typed in ("quiet 25-8", "quiet maybe", "quiet 13pm-8am"):
            assert "two hours" in await talk.says("marc", typed)
        assert (await _marc()).quiet_from == before.quiet_from


async def test_me_shows_who_one_is(database_url: str) -> None:
    """Role, language, zone and accounts."""
    async with conversation(database_url) as talk:
        seen = await talk.says("lea", "moi")
        for words in ("Léa Martin", "commercial", "Europe/Paris", "Console", "19:00"):
            assert words in seen
        assert "quiet 19:00-08:00" in await talk.says("marc", "settings")


async def test_an_account_is_parted_after_a_confirmation(database_url: str) -> None:
    """The account is a stranger's from then on; the member stays."""
    async with conversation(database_url) as talk:
        asked = await talk.says("marc", "unlink")
        assert await ChatIdentity.exists(user="marc@parley.example")
        await talk.presses("marc", asked, "Confirm")
        assert not await ChatIdentity.exists(user="marc@parley.example")
        assert (await _marc()).active
        assert "I do not know you yet" in await talk.says("marc", "today")


async def test_a_language_is_that_of_the_member_s_own_country(database_url: str) -> None:
    """There and back, whoever reads American dates in New York still does."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "lang fr")
        assert "fr-FR" in await talk.says("marc", "moi")
        await talk.says("marc", "langue en")
        assert "en-US" in await talk.says("marc", "me")
