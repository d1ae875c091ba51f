"""The digest: its parts in their order, each with what to do next; and the hour at which it comes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from models.deal import Deal
from models.member import Member
from models.reminder import Reminder, ReminderState
from models.workspace import Visibility, Workspace
from tests.driver import Conversation, conversation


async def _day(talk: Conversation) -> None:
    """A sale, a move, a loss, a new deal, an overdue follow-up and one for today; then the morning after."""
    await talk.presses("lea", await talk.says("lea", "gagné D-142 14,5k"), "Confirmer")
    await talk.says("marc", "D-90 > proposal")
    await talk.presses("lea", await talk.says("lea", "perdu D-131 prix"), "Confirmer")
    await talk.says("marc", "deal new Globex Upgrade 4k € close Nov 30")
    await talk.says("marc", "remind call Omar tomorrow 8am")
    await talk.says("marc", "remind send the quote tomorrow 5pm #D-90")
    await talk.time.passes(timedelta(hours=24))


async def test_a_managers_digest(database_url: str) -> None:
    """Wins, changes, due, stale, without next step, forecast: counted, and with reasons."""
    async with conversation(database_url) as talk:
        await _day(talk)
        seen = (await talk.says("nora", "digest now")).plain
        assert seen.startswith(
            "Digest · Team · since Wed 14 Oct 08:30\n"
            "🎉 Won: 1 · €14,500\nD-142 Acme Renewal · €14,500 · Léa Martin\n"
        )
        parts = (
            "🎉 Won: 1",
            "🔀 Changed: 3",
            "⏰ Due: 1, overdue: 1",
            "💤 Stale: 1",
            "❓ Without next step: 2",
            "📈",
        )
        assert sorted(parts, key=seen.index) == list(parts)
        assert "D-131 Tarte & Fils Boutique · Proposal → Lost (Price) · Léa Martin\n" in seen
        assert "D-90 Globex Pilot · Qualified → Proposal · Marc Ellis\n" in seen
        assert "D-143 Globex Upgrade · new · €4,000 · Marc Ellis\n" in seen
        assert "call Omar · Thu 15 Oct 14:00 (overdue) · Marc Ellis\n" in seen
        assert (
            "D-118 Initech Rollout · no touch for 9 days, New allows 7 · without next step · Marc Ellis\n"
            in seen
        )
        # 12,000 × 50 % and 4,500 × 50 % are gone; 8,000 went from 25 to 50 %; 4,000 × 10 % is new.
        assert "📈 Forecast Thu 1 Oct – Thu 31 Dec: €4,400 (−€5,850)\n" in seen
        assert "D-142 Acme Renewal · −€6,000 · Léa Martin\n" in seen
        assert (
            "D-131 Tarte & Fils Boutique · −€2,250 · Léa Martin\nD-90 Globex Pilot · +€2,000 · Marc Ellis\n"
            in seen
        )
        assert not await talk.failures()


async def test_a_reps_digest_is_their_own(database_url: str) -> None:
    """In their language; a follow-up can be done, a deal given a next step, at once."""
    async with conversation(database_url) as talk:
        await _day(talk)
        seen = await talk.says("lea", "bilan")
        shown = seen.plain
        assert shown.startswith(
            "Bilan · Léa Martin · depuis mer. 14 oct. 08:30\n"
            "🎉 Gagnées : 1 · 14 500 €\nD-142 Acme Renewal · 14 500 €\n"
        )
        assert "🔀 Changements : 1\nD-131 Tarte & Fils Boutique · Proposition → Perdu (Prix)\n" in shown
        assert "Globex" not in shown
        mine = await talk.says("marc", "digest")
        assert "🎉" not in mine
        assert "[Done R-" not in mine.text
        done = re.search(r"\] (Done R-\d+)", mine.text)
        assert done is not None
        assert "✅" in await talk.presses("marc", mine, done[1])
        asked = await talk.presses("marc", mine, "Next step D-143")
        assert "?" in asked
        await talk.says("marc", "send the contract")
        assert (await Deal.get(number=143)).next_step == "send the contract"


async def test_three_of_each_and_the_count(database_url: str) -> None:
    """The rest is counted, not listed."""
    async with conversation(database_url) as talk:
        for number in range(5):
            await talk.says("marc", f"deal new Globex Lot {number} {number + 1}k € close Nov 30")
        seen = (await talk.says("marc", "digest now")).plain
        part = seen[seen.index("🔀 Changed: 5") : seen.index("💤")]
        assert len(re.findall(r"^D-", part, re.MULTILINE)) == 3
        assert "❓ Without next step: 7\n" in seen


async def test_nothing_to_report(database_url: str) -> None:
    """Where all parts are empty it says so."""
    async with conversation(database_url) as talk:
        assert (await talk.says("sam", "digest now")).text.startswith("Digest · Everyone")
        await Deal.all().update(deleted_at=talk.clock.now() - timedelta(days=30))
        assert (await talk.says("sam", "digest now")).text.startswith("Nothing to report. 👍\n")
        assert (await talk.says("lea", "bilan maintenant")).text.startswith("Rien à signaler. 👍\n")


async def test_a_digest_tells_only_what_its_reader_may_see(database_url: str) -> None:
    """Under the strictest rule a manager without the team sees nothing of it."""
    async with conversation(database_url) as talk:
        await _day(talk)
        await Workspace.all().update(visibility=Visibility.OWN)
        await Member.filter(email="lea@parley.example").update(team_id=None)
        seen = await talk.says("nora", "digest now")
        assert "Acme" not in seen
        assert "14,500" not in seen
        assert "Léa" not in seen
        assert "Globex Pilot" in seen


async def test_after_a_weekend_the_last_working_day_counts(database_url: str) -> None:
    """On Monday what happened since Friday morning is news."""
    async with conversation(database_url) as talk:
        await talk.time.passes(timedelta(days=5))
        assert "since Fri 16 Oct 08:30" in await talk.says("nora", "digest now")


@pytest.mark.parametrize(
    ("name", "line", "kept", "sentence"),
    [
        ("marc", "digest 8:00", "08:00", "✅ The digest comes at 8:00 AM"),
        ("marc", "digest 6:30 pm", "18:30", "✅ The digest comes at 6:30 PM"),
        ("marc", "digest off", "", "✅ No digest"),
        ("lea", "bilan 8h", "08:00", "✅ Le bilan arrive à 08:00"),
        ("lea", "bilan 18h30", "18:30", "✅ Le bilan arrive à 18:30"),
        ("lea", "bilan non", "", "✅ Pas de bilan"),
    ],
)
async def test_the_hour_is_chosen(database_url: str, name: str, line: str, kept: str, sentence: str) -> None:
    """In either language, shown among the settings, and taken back by undo."""
    async with conversation(database_url) as talk:
        seen = await talk.says(name, line)
        assert seen.plain.startswith(sentence + "\n")
        member = await Member.get(email=f"{name}@parley.example")
        assert member.digest_at == kept
        settings = (await talk.says(name, "settings")).plain
        digest = settings.replace("Bilan : ", "Digest: ").partition("Digest: ")[2]
        assert digest.startswith("–") is not bool(kept)
        await talk.says(name, "undo")
        assert (await Member.get(id=member.id)).digest_at == "08:30"


@pytest.mark.parametrize(
    "line", ["digest 25:00", "digest 8:99", "digest soon", "digest 8:00-9:00", "digest 24:30"]
)
async def test_what_is_no_hour_is_refused(database_url: str, line: str) -> None:
    """And nothing is changed."""
    async with conversation(database_url) as talk:
        assert (await talk.says("marc", line)).text.startswith("I need an hour, as 8:00, or “off”.")
        assert (await Member.get(email="marc@parley.example")).digest_at == "08:30"


async def test_the_hour_can_be_changed_from_the_digest(database_url: str) -> None:
    """One question with likely hours, answered by a button or a line."""
    async with conversation(database_url) as talk:
        asked = await talk.presses("nora", await talk.says("nora", "digest now"), "Change time")
        assert "At what hour?" in asked
        await talk.presses("nora", asked, "9:00")
        assert (await Member.get(email="nora@parley.example")).digest_at == "09:00"
        asked = await talk.presses("nora", await talk.says("nora", "digest now"), "Change time")
        await talk.says("nora", "7:15")
        assert (await Member.get(email="nora@parley.example")).digest_at == "07:15"
        asked = await talk.presses("nora", await talk.says("nora", "digest now"), "Change time")
        await talk.presses("nora", asked, "Never")
        assert (await Member.get(email="nora@parley.example")).digest_at == ""


async def test_each_row_s_button_serves(database_url: str) -> None:
    """One pressed leaves the others; the same one again says that it is done."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "remind send the quote in 1h")
        await talk.says("marc", "remind call Omar in 2h")
        await talk.time.passes(timedelta(hours=3))
        seen = await talk.says("marc", "digest now")
        first, second = re.findall(r"\] (Done R-\d+)", seen.text)
        await talk.presses("marc", seen, second)
        assert "✅" in await talk.presses("marc", seen, first)
        assert "Already done" in await talk.presses("marc", seen, first)
        assert not await Reminder.filter(state=ReminderState.OPEN).exists()
