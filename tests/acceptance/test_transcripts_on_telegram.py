"""The documentation's conversations that are held on Telegram, held there: by its protocol, step by step."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from models.activity import Activity, ActivityKind
from models.approval import Approval
from models.attachment import Attachment
from models.change import Change
from models.deal import Deal
from models.member import ChatIdentity, Invitation, LinkAttempt
from models.reminder import Reminder, ReminderState
from tests.driver import furnish
from tests.platforms.on_telegram import Member, OnTelegram, on_telegram
from tests.platforms.stage import NOW

TEN_IN_NEW_YORK = datetime(2026, 10, 15, 14, tzinfo=UTC)


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[OnTelegram]:
    """A Wednesday in October, half past nine in New York; nobody is linked yet."""
    await furnish(database_url)
    async with on_telegram(database_url, NOW) as opened:
        await ChatIdentity.all().delete()
        yield opened
        assert opened.complaints() == []
        assert await opened.failures() == []


async def marc_of(stage: OnTelegram) -> Member:
    """Marc, linked."""
    marc = await stage.joined("marc")
    assert isinstance(marc, Member)
    return marc


async def test_a_link_opens_parley(stage: OnTelegram) -> None:
    """Whose account it is, its language and zone, and lines to try; the code is used up."""
    marc = stage.newcomer("marc")
    seen = await marc.says(f"/start {await stage.code_for('marc')}")
    assert "Linked to marc@parley.example ✅" in seen
    assert "Language EN · Zone New York — change? settings" in seen
    assert len(seen.plain.split("Try one of these:")[1].strip().split("\n")) == 3
    assert "Zone: America/New_York" in await marc.says("settings")
    assert await ChatIdentity.filter(platform="telegram", user=str(marc.user.id)).count() == 1
    assert (await Invitation.get()).used_at is not None


async def test_a_used_or_old_link_opens_nothing(stage: OnTelegram) -> None:
    """Both get the same answer; the try is kept."""
    marc, eve = stage.newcomer("marc"), stage.newcomer("eve")
    code = await stage.code_for("marc")
    await marc.says(f"/start {code}")
    used = await eve.says(f"/start {code}")
    assert "This link has expired or was used" in used
    late = await stage.code_for("nora")
    await stage.passes(timedelta(hours=25))
    assert (await eve.says(f"/start {late}")).plain == used.plain
    assert await LinkAttempt.exists()
    assert await ChatIdentity.all().count() == 1


async def test_who_is_not_known_sees_nothing(stage: OnTelegram) -> None:
    """They learn how to get in, and nothing of Acme."""
    seen = await stage.newcomer("eve").says("deal acme")
    assert "I do not know you yet" in seen
    assert "D-142" not in seen and "12,000" not in seen


async def test_two_janes_are_asked_about_in_place(stage: OnTelegram) -> None:
    """The question becomes the receipt, which asks for a next step; nothing is written before."""
    marc = await marc_of(stage)
    asked = await marc.says("call Jane about pilot")
    assert "Which Jane?" in asked
    assert set(asked.labels[:2]) == {"Jane Doe · Acme", "Jane Roy · Globex"}
    assert not await Activity.exists()
    logged = await marc.presses(asked, "Jane Roy · Globex")
    assert logged.shown[0].edited and logged.shown[0].ref == asked.shown[0].ref
    assert "Call logged · Jane Roy (Globex) · linked to D-90" in logged
    assert {"Tomorrow", "Skip"} <= set(logged.labels)
    call = await Activity.get(kind=ActivityKind.CALL)
    assert (await Deal.get(id=call.deal_id)).number == 90
    assert not await Reminder.exists()


async def test_a_reminder_rings_at_ten_in_new_york(stage: OnTelegram) -> None:
    """Set by a line, pushed at its instant."""
    marc = await marc_of(stage)
    seen = await marc.says("remind call Jane Roy tomorrow at 10 #globex")
    for words in ("Thu", "10:00", "New York", "call Jane Roy", "D-90"):
        assert words in seen
    assert (await Reminder.get()).due_at == TEN_IN_NEW_YORK
    await stage.until(TEN_IN_NEW_YORK - timedelta(seconds=1))
    assert "⏰ call Jane Roy" not in await marc.sees()
    await stage.until(TEN_IN_NEW_YORK)
    assert "⏰ call Jane Roy" in await marc.sees()


async def test_a_win_of_anothers_deal_is_asked_for(stage: OnTelegram) -> None:
    """Nothing is written; the owner gets three buttons."""
    marc, lea = await marc_of(stage), await stage.joined("lea", language="fr")
    refused = await marc.says("won D-142")
    assert "D-142 belongs to Léa Martin." in refused
    assert "Cancel" in refused.labels
    await marc.presses(refused, "Ask Léa Martin")
    await stage.passes(timedelta(minutes=1))
    assert {"Approuver", "Modifier", "Refuser"} <= set((await lea.sees()).labels)
    assert await Approval.all().count() == 1
    assert (await Deal.get(number=142)).closed_at is None


async def test_a_slip_of_the_finger_is_said(stage: OnTelegram) -> None:
    """And can be taken back."""
    marc = await marc_of(stage)
    logged = await marc.says("cal Jane Roy 10m ok")
    assert "✅ Call logged" in logged and "read “cal” as “call”" in logged
    await marc.presses(logged, "Undo")
    assert not await Activity.filter(deleted_at=None).exists()


async def test_an_unknown_word_loses_nothing(stage: OnTelegram) -> None:
    """What is known of it, a way to keep it, and help."""
    marc = await marc_of(stage)
    seen = await marc.says("quxx acme")
    assert "I did not recognise a command, but I know Acme." in seen
    assert {"Show Acme", "Save as note", "Help"} <= set(seen.labels)
    assert "What is it about?" in await marc.presses(seen, "Save as note")
    await marc.says("Acme")
    assert (await Activity.get()).notes == "quxx acme"


async def test_a_name_is_not_eaten_by_a_date(stage: OnTelegram) -> None:
    """May is somebody here; no follow-up is set."""
    marc = await marc_of(stage)
    seen = await marc.says("May called, wants 3 seats on 12")
    assert "May" in seen.plain + " ".join(seen.labels)
    assert not await Reminder.exists()


async def test_what_is_past_may_have_been_a_call(stage: OnTelegram) -> None:
    """Nothing is set until it is said what was meant."""
    marc = await marc_of(stage)
    seen = await marc.says("remind Jane yesterday 5pm")
    assert "That is in the past (Tue, Oct 13, 5:00" in seen
    assert {"Log it as a call", "Cancel"} <= set(seen.labels)
    assert not await Reminder.exists() and not await Activity.exists()


async def test_done_twice_is_done_once(stage: OnTelegram) -> None:
    """On the telephone and on the desktop, whose screen was not refreshed: the second is a popup."""
    marc = await marc_of(stage)
    await marc.says("remind send the quote to Jane Roy in 1h #globex")
    await stage.passes(timedelta(hours=1))
    pushed = await marc.sees()
    first = await marc.presses(pushed, "Done")
    assert "✅ Done by Marc Ellis" in first and "Next step?" in first
    second = await marc.presses(pushed, "Done")
    assert "Already done" in second
    assert "Already done" in marc.user.popups()[-1]
    assert "Next step?" not in second
    assert (await Reminder.get()).state is ReminderState.DONE
    assert await Change.filter(kind="reminder", undo_of=None).count() == 2  # set, and done once


async def test_who_blocks_the_bot_is_told_of(stage: OnTelegram) -> None:
    """Their account is marked, their manager learns it once three messages wait, and none is lost."""
    marc, nora = await marc_of(stage), await stage.joined("nora")
    for name in ("Omar", "May Chen", "Jane Roy"):
        await marc.says(f"remind call {name} in 1h")
    marc.user.blocks()
    await stage.settles()
    for _ in range(3):
        await stage.passes(timedelta(hours=1))
    assert "Marc Ellis cannot be written to on Telegram" in await nora.sees()
    assert await Reminder.filter(state=ReminderState.OPEN).count() == 3
    marc.user.unblocks()
    await stage.settles()
    await stage.passes(timedelta(minutes=5))
    await marc.says("about")
    assert (await ChatIdentity.get(address=marc.address)).reachable


async def test_a_voice_note_is_kept_where_nobody_writes_it_down(stage: OnTelegram) -> None:
    """With its record, and with the word that there is no transcript."""
    marc = await marc_of(stage)
    await marc.says("who Jane Roy")
    marc.user.shares.voice(b"OggS" + bytes(2000), seconds=14)
    seen = await marc.sees()
    assert "Saved as audio note on C-31 Jane Roy, transcription off" in seen
    assert not await Activity.filter(kind=ActivityKind.MEETING).exists()
    assert (await Attachment.get()).contact_id is not None


@pytest.mark.threat("S6")
async def test_a_customers_group_reads_no_figures(stage: OnTelegram) -> None:
    """The answer goes to the asker in private, and the group learns that it did."""
    marc = await marc_of(stage)
    group = stage.telegram.group("Acme and us")
    marc.user.says("/deal acme", group=group)
    seen = await marc.sees()
    assert "D-142 Acme Renewal" in seen
    [aside] = group.sees()
    assert "Answer sent to you in private" in aside
    assert "12" not in aside and "Renewal" not in aside
