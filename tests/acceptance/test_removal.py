"""Records go, with a look at what hangs on them, and come back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.lead import Lead
from models.notification import Notification, NotificationState
from models.record import Record
from models.reminder import Reminder, ReminderState
from tests.driver import conversation

SOON = timedelta(minutes=1)


async def _is_gone(record: Record) -> bool:
    return (await type(record).get(id=record.id)).deleted_at is not None


async def test_a_deal_goes_with_its_follow_ups_and_comes_back(database_url: str) -> None:
    """The card lists them; they are called off, and ring again once the deal is restored."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "remind call Jane Roy tomorrow at 10 #globex")
        card = await talk.says("marc", "delete D-90")
        assert "Remove D-90 Globex Pilot?" in card
        assert "call Jane Roy" in card
        deal = await Deal.get(number=90)
        assert not await _is_gone(deal)
        gone = await talk.presses("marc", card, "Confirm")
        assert "1 follow-up called off" in gone
        assert await _is_gone(deal)
        assert (await Reminder.get()).state is ReminderState.CANCELLED
        assert not await Notification.exists(state=NotificationState.WAITING)
        assert "There is no D-90" in await talk.says("marc", "deal D-90")
        assert "I find nothing" in await talk.says("marc", "find pilot")
        assert "✅ D-90 Globex Pilot is back · 1 follow-up with it" in await talk.says("marc", "restore D-90")
        assert "Globex Pilot" in await talk.says("marc", "deal D-90")
        rung = await talk.time.passes(timedelta(days=2))
        assert rung.text.count("⏰ call Jane Roy") == 1


@pytest.mark.parametrize(
    ("who", "reference", "model", "number"),
    [
        ("lea", "C-12", Contact, 12),
        ("lea", "D-142", Deal, 142),
        ("lea", "L-7", Lead, 7),
        ("lea", "O-1", Company, 1),
    ],
)
async def test_every_kind_goes_and_comes_back(
    database_url: str, who: str, reference: str, model: type[Record], number: int
) -> None:
    """In French; undo by the button and by `restaurer`."""
    async with conversation(database_url) as talk:
        record = await model.get(number=number)
        card = await talk.says(who, f"supprimer {reference}")
        gone = await talk.presses(who, card, "Confirmer")
        assert await _is_gone(record)
        await talk.presses(who, gone, "Annuler")
        assert not await _is_gone(record)
        await talk.presses(who, await talk.says(who, f"supprimer {reference}"), "Confirmer")
        assert "est de retour" in await talk.says(who, f"restaurer {reference}")
        assert not await _is_gone(record)
        assert "n’est pas supprimé" in await talk.says(who, f"restaurer {reference}")


async def test_what_hangs_on_a_company_is_shown(database_url: str) -> None:
    """Its open deals and people stay; a follow-up about one of its people does too."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "rappel appeler Luc Moreau demain 10h")
        card = await talk.says("sam", "delete O-1")
        assert "D-142 Acme Renewal" in card
        assert "C-12 Jane Doe" in card and "C-15 Luc Moreau" in card
        await talk.presses("sam", card, "Confirm")
        assert (await Reminder.get()).state is ReminderState.OPEN
        assert not await Deal.filter(number=142, deleted_at__isnull=False).exists()


async def test_others_are_told_of_their_follow_ups(database_url: str) -> None:
    """Which ones and by whom; not where the removal was undone before."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "rappel aider Marc demain 10h #globex")
        gone = await talk.presses("marc", await talk.says("marc", "delete D-90"), "Confirm")
        told = await talk.time.passes(SOON)
        assert "Marc Ellis a supprimé D-90 Globex Pilot." in told
        assert "aider Marc" in told
        await talk.presses("marc", gone, "Undo")
        assert (await Reminder.get()).state is ReminderState.OPEN
        again = await talk.presses("marc", await talk.says("marc", "delete D-90"), "Confirm")
        await talk.presses("marc", again, "Undo")
        assert "a supprimé" not in await talk.time.passes(SOON)


async def test_a_removal_is_undone_for_thirty_days(database_url: str) -> None:
    """By the word too, where it was the last thing done; other writes for a day."""
    async with conversation(database_url) as talk:
        deal = await Deal.get(number=90)
        await talk.presses("marc", await talk.says("marc", "delete D-90"), "Confirm")
        await talk.time.passes(timedelta(days=29))
        assert "Undone" in await talk.says("marc", "undo")
        assert not await _is_gone(deal)
        await talk.says("marc", "amount D-90 9k")
        await talk.time.passes(timedelta(days=2))
        assert "nothing to undo" in await talk.says("marc", "undo")
        await talk.presses("marc", await talk.says("marc", "delete D-90"), "Confirm")
        await talk.time.passes(timedelta(days=31))
        assert "nothing to undo" in await talk.says("marc", "undo")
        assert await _is_gone(deal)


async def test_a_twin_is_shown_before_one_comes_back(database_url: str) -> None:
    """Somebody added meanwhile under the same name; it comes back only if told to."""
    async with conversation(database_url) as talk:
        jane = await Contact.get(number=31)
        await talk.presses("marc", await talk.says("marc", "delete C-31"), "Confirm")
        await talk.says("marc", "contact new Jane Roy @ Initech")
        asked = await talk.says("marc", "restore C-31")
        assert "is that the same as C-31?" in asked
        assert await _is_gone(jane)
        await talk.presses("marc", asked, "Bring it back all the same")
        assert not await _is_gone(jane)


async def test_a_restoring_is_undone_too(database_url: str) -> None:
    """It is gone again, and its follow-ups do not ring."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "remind call Jane Roy tomorrow at 10 #globex")
        deal = await Deal.get(number=90)
        await talk.presses("marc", await talk.says("marc", "delete D-90"), "Confirm")
        await talk.presses("marc", await talk.says("marc", "restore globex pilot"), "Undo")
        assert await _is_gone(deal)
        assert "⏰" not in await talk.time.passes(timedelta(days=2))


async def test_what_shall_go_or_come_back_is_asked(database_url: str) -> None:
    """The last removed ones stand as buttons."""
    async with conversation(database_url) as talk:
        assert "Which one shall go?" in await talk.says("marc", "delete")
        await talk.presses("marc", await talk.says("marc", "delete D-90"), "Confirm")
        asked = await talk.says("marc", "restore")
        assert "is back" in await talk.presses("marc", asked, "D-90 Globex Pilot")
        assert "There is no D-999" in await talk.says("marc", "restore D-999")


async def test_anothers_record_is_not_removed(database_url: str) -> None:
    """Its owner is asked, and a removed one of theirs is not brought back by others."""
    async with conversation(database_url) as talk:
        deal = await Deal.get(number=142)
        assert "belongs to Léa Martin" in await talk.says("marc", "delete D-142")
        await talk.presses("lea", await talk.says("lea", "supprimer D-142"), "Confirmer")
        assert "belongs to Léa Martin" in await talk.says("marc", "restore D-142")
        assert await _is_gone(deal)


async def test_what_was_never_meant_to_be_does_not_come_back(database_url: str) -> None:
    """A contact whose creation was undone is none that was removed: neither by id nor by name."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "contact new Ann Lee @ Globex")
        await talk.says("marc", "undo")
        assert "There is no C-48" in await talk.says("marc", "restore C-48")
        assert "I find nothing for “Ann Lee”" in await talk.says("marc", "restore Ann Lee")
        assert (await Contact.get(number=48)).deleted_at is not None
