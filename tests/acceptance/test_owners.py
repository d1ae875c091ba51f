"""A record changes hands: after a card, with its follow-ups or without, and both are told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.approval import Approval
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.lead import Lead
from models.member import Member
from models.notification import Notification, NotificationState
from models.record import Record
from models.reminder import Reminder
from tests.driver import conversation

SOON = timedelta(minutes=1)


async def _owner(record: Record) -> str:
    fresh = await type(record).get(id=record.id)
    member = await Member.get_or_none(id=await fresh.owner_of())
    return member.email.partition("@")[0] if member else ""


async def _id(name: str) -> int:
    return int((await Member.get(email=f"{name}@parley.example")).id)


async def test_a_deal_goes_with_its_follow_ups(database_url: str) -> None:
    """The card asks for them; both reps are told, and the follow-ups ring for the new owner alone."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "remind call Jane Roy tomorrow at 10 #globex")
        card = await talk.says("nora", "/crm assign D-90 @Léa")
        assert "Owner Marc Ellis → Léa Martin" in card
        assert "call Jane Roy" in card
        deal = await Deal.get(number=90)
        assert await _owner(deal) == "marc"
        done = await talk.presses("nora", card, "Yes, with them")
        assert "1 follow-up with it" in done
        assert (await _owner(deal), (await Reminder.get()).member_id) == ("lea", await _id("lea"))
        told = await talk.time.passes(SOON)
        assert "Nora Keller gave D-90 Globex Pilot to Léa Martin." in told
        assert "Nora Keller vous a attribué D-90 Globex Pilot." in told
        assert "8 000 €" in told.text.replace("\u202f", " ").replace("\xa0", " ")
        rung = await talk.time.passes(timedelta(days=2))
        assert rung.text.count("⏰ call Jane Roy") == 1
        assert "Fait" in rung
        waiting = await Notification.filter(state=NotificationState.WAITING).count()
        assert waiting == 0


async def test_a_deal_goes_without_its_follow_ups(database_url: str) -> None:
    """They stay with the former owner; undo gives the deal back and tells nobody any more."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "remind call Jane Roy tomorrow at 10 #globex")
        card = await talk.says("nora", "assign globex pilot @lea")
        done = await talk.presses("nora", card, "Without them")
        deal = await Deal.get(number=90)
        assert (await _owner(deal), (await Reminder.get()).member_id) == ("lea", await _id("marc"))
        await talk.presses("nora", done, "Undo")
        assert await _owner(deal) == "marc"
        assert "gave" not in await talk.time.passes(SOON)


async def test_undo_gives_the_follow_ups_back(database_url: str) -> None:
    """They ring for the former owner again, once."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "remind call Jane Roy tomorrow at 10 #globex")
        done = await talk.presses("nora", await talk.says("nora", "assign D-90 @lea"), "Yes, with them")
        await talk.presses("nora", done, "Undo")
        assert (await Reminder.get()).member_id == await _id("marc")
        rung = await talk.time.passes(timedelta(days=2))
        assert rung.text.count("⏰ call Jane Roy") == 1
        assert "Done" in rung


@pytest.mark.parametrize(
    ("who", "line", "model", "number"),
    [
        ("lea", "attribuer C-12 @sam", Contact, 12),
        ("sam", "assign O-1 @sam", Company, 1),
        ("lea", "attribuer L-7 @sam", Lead, 7),
        ("lea", "assign D-142 sam@parley.example", Deal, 142),
    ],
)
async def test_any_record_changes_hands(
    database_url: str, who: str, line: str, model: type[Record], number: int
) -> None:
    """A contact, a company that was nobody's, a lead, a deal; after the card."""
    async with conversation(database_url) as talk:
        record = await model.get(number=number)
        before = await _owner(record)
        card = await talk.says(who, line)
        assert await _owner(record) == before
        await talk.presses(who, card, "Confirmer" if who == "lea" else "Confirm")
        assert await _owner(record) == "sam"
        assert "Sam Okafor" in await talk.says("nora", f"history {record.reference}")


async def test_who_is_missing_is_asked(database_url: str) -> None:
    """Colleagues stand as buttons; an unknown one is said to be none; its owner already is said."""
    async with conversation(database_url) as talk:
        asked = await talk.says("marc", "assign D-90")
        assert "Which colleague?" in asked
        card = await talk.presses("marc", asked, "Sam Okafor")
        assert "Marc Ellis → Sam Okafor" in card
        await talk.says("marc", "assign D-90 @nobody")
        assert "D-90 is Marc Ellis’s already." in await talk.says("marc", "assign D-90 @marc")
        assert await _owner(await Deal.get(number=90)) == "marc"


async def test_anothers_deal_is_asked_for(database_url: str) -> None:
    """A rep who wants it asks its owner, whose approval gives it away, and the rep is told."""
    async with conversation(database_url) as talk:
        refused = await talk.says("marc", "assign D-142 @marc")
        await talk.presses("marc", refused, "Ask Léa Martin")
        pushed = await talk.time.passes(SOON)
        assert (await Approval.get()).command == "assign"
        await talk.presses("lea", pushed, "Approuver")
        assert await _owner(await Deal.get(number=142)) == "marc"
        told = await talk.time.passes(SOON)
        assert "Léa Martin approved" in told and "Léa Martin gave you D-142" in told


async def test_who_left_meanwhile_is_given_nothing(database_url: str) -> None:
    """The card was shown while they were still a colleague: it finds nobody, and nothing is written."""
    async with conversation(database_url) as talk:
        card = await talk.says("marc", "assign D-90 @sam")
        await Member.filter(email="sam@parley.example").update(active=False)
        assert "I find nothing" in await talk.presses("marc", card, "Confirm")
        assert (await Deal.get(number=90)).owner_id == (await Member.get(email="marc@parley.example")).id
