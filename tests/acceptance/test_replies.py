"""Replies: who answers a card or a receipt goes on with its record; "it" is what was shown last."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.activity import Activity, ActivityKind
from models.contact import Contact
from models.deal import Deal, Stage
from models.reminder import Reminder
from tests.acceptance.carrying import LEA, MARC, talking
from tests.driver import conversation


@pytest.mark.parametrize(
    ("who", "asked", "line"),
    [
        (MARC, "deal D-90", "move it to negotiation"),
        (MARC, "deal D-90", "> negotiation"),
        (LEA, "affaire D-142", "étape négociation"),
    ],
)
async def test_a_reply_to_a_card_moves_its_deal(database_url: str, who: str, asked: str, line: str) -> None:
    """Whatever else was shown since; in both languages."""
    async with talking(database_url) as talk:
        card = await talk.says(who, asked)
        await talk.says(who, "deal D-131")
        answer = await talk.replies(who, card, line)
        deal = await Deal.get(number=int(asked.rpartition("-")[2]))
        assert (await Stage.get(id=deal.stage_id)).name == "Negotiation", answer.text
        assert (await Stage.get(id=(await Deal.get(number=131)).stage_id)).name != "Negotiation"


async def test_a_bare_reply_is_a_note(database_url: str) -> None:
    """On the record of the card, word by word, though its words name somebody else."""
    async with talking(database_url) as talk:
        card = await talk.says(MARC, "deal D-90")
        await talk.says(MARC, "who Jane Doe")
        answer = await talk.replies(MARC, card, "Omar wants a discount of 5%")
        [note] = await Activity.filter(kind=ActivityKind.NOTE)
        assert note.notes == "Omar wants a discount of 5%"
        assert (await Deal.get(id=note.deal_id)).number == 90
        assert "✅ Note on D-90" in answer.text


async def test_a_note_in_a_reply_needs_no_name(database_url: str) -> None:
    """With its verb too: its words choose no other record, an id does."""
    async with talking(database_url) as talk:
        card = await talk.says(LEA, "affaire D-142")
        await talk.replies(LEA, card, "note Jane hésite encore")
        await talk.replies(LEA, card, "note #D-131 le juridique bloque")
        first, second = await Activity.filter(kind=ActivityKind.NOTE).order_by("id")
        assert (await Deal.get(id=first.deal_id)).number == 142
        assert first.notes == "Jane hésite encore"
        assert (await Deal.get(id=second.deal_id)).number == 131


async def test_a_reply_to_a_receipt_continues_what_it_is_about(database_url: str) -> None:
    """The call's deal moves, though the receipt shows the call."""
    async with talking(database_url) as talk:
        receipt = await talk.says(MARC, "call Jane Roy 20m: wants a pilot")
        answer = await talk.replies(MARC, receipt, "amount 15k")
        assert (await Deal.get(number=90)).amount == 1_500_000, answer.text


@pytest.mark.parametrize(
    ("who", "asked", "line", "text"),
    [
        (LEA, "qui Jane Doe", "rappelle-la demain", "Relancer Jane Doe"),
        (LEA, "qui Jane Doe", "rappel demain 9h", "Relancer Jane Doe"),
        (MARC, "who Jane Doe", "remind me tomorrow", "Follow up with Jane Doe"),
        (MARC, "who Jane Doe", "remind send the quote tomorrow", "send the quote"),
        (MARC, "deal D-90", "remind me tomorrow", "Follow up with Jane Roy"),
    ],
)
async def test_a_reply_sets_a_follow_up(
    database_url: str, who: str, asked: str, line: str, text: str
) -> None:
    """With the person of the card, and with words of its own where none are given."""
    async with talking(database_url) as talk:
        card = await talk.says(who, asked)
        answer = await talk.replies(who, card, line)
        reminder = await Reminder.get()
        assert (reminder.text, reminder.wall[:10]) == (text, "2026-10-15"), answer.text
        assert (await Contact.get(id=reminder.contact_id)).name in text or "quote" in text


async def test_a_call_in_a_reply_is_with_the_person_of_the_card(database_url: str) -> None:
    """The words that name nobody are its note."""
    async with talking(database_url) as talk:
        card = await talk.says(MARC, "who Jane Roy")
        await talk.replies(MARC, card, "call 20m: left word")
        call = await Activity.get(kind=ActivityKind.CALL)
        assert (await Contact.get(id=call.contact_id)).name == "Jane Roy"
        assert (call.notes, call.duration) == ("left word", 1200)


async def test_a_reply_to_a_reminder_continues_whom_it_is_about(database_url: str) -> None:
    """A push shows its follow-up: a note goes to the person of it."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "remind call Jane Doe in 2h")
        await talk.passes(timedelta(hours=2))
        push = talk.chat.last(MARC)
        await talk.replies(MARC, push, "no answer so far")
        note = await Activity.get(kind=ActivityKind.NOTE)
        assert (await Contact.get(id=note.contact_id)).name == "Jane Doe"


async def test_a_reply_to_what_shows_no_record_is_a_line_like_any_other(database_url: str) -> None:
    """Nothing is guessed from what was shown before."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "deal D-90")
        help_ = await talk.says(MARC, "help")
        answer = await talk.replies(MARC, help_, "quxx blah")
        assert "did not recognise" in answer.text
        assert await Activity.filter(kind=ActivityKind.NOTE).count() == 0


async def test_a_reply_shows_nothing_that_the_member_may_not_see(database_url: str) -> None:
    """A reference is no key: a reply to a message of another chat continues nothing."""
    async with talking(database_url) as talk:
        card = await talk.says(LEA, "affaire D-142")
        answer = await talk.replies(MARC, card, "they want a discount")
        assert "did not recognise" in answer.text
        assert await Activity.filter(kind=ActivityKind.NOTE).count() == 0


@pytest.mark.parametrize(
    ("name", "asked", "line"),
    [("marc", "deal D-90", "move it to negotiation"), ("lea", "affaire D-142", "déplacer la > négociation")],
)
async def test_a_pronoun_is_what_was_shown_last(database_url: str, name: str, asked: str, line: str) -> None:
    """At a terminal too, which has no replies."""
    async with conversation(database_url) as talk:
        await talk.says(name, asked)
        seen = await talk.says(name, line)
        deal = await Deal.get(number=int(asked.rpartition("-")[2]))
        assert (await Stage.get(id=deal.stage_id)).name == "Negotiation", seen.text
