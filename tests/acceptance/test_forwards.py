"""Forwarded messages: a customer's words become a note with their source, and are never a command."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.activity import Activity, ActivityKind
from models.attachment import Attachment
from models.change import Change
from models.deal import Deal
from models.reminder import Reminder
from tests.acceptance.carrying import LEA, MARC, talking

SENT = datetime(2026, 10, 13, 8, 5, tzinfo=UTC)
BOB = {"name": "Bob Stone", "sent_at": SENT, "link": "https://t.me/c/1/2"}


async def test_it_becomes_a_note_on_what_was_shown_last(database_url: str) -> None:
    """With who said it, when, and where it stands; its time is when it was said."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "deal D-90")
        answer = await talk.says(MARC, "We take 50 seats", forwarded=BOB)
        note = await Activity.get()
        assert (note.kind, note.at, note.status) == (ActivityKind.NOTE, SENT, "done")
        assert note.notes.startswith("We take 50 seats\n\nforwarded from Bob Stone · Tue, Oct 13")
        assert note.notes.endswith("https://t.me/c/1/2")
        assert (await Deal.get(id=note.deal_id)).number == 90
        assert "✅ Note on D-90 Globex Pilot · forwarded from Bob Stone" in answer.text


async def test_a_reply_chooses_the_record(database_url: str) -> None:
    """Whatever was shown since."""
    async with talking(database_url) as talk:
        card = await talk.says(LEA, "affaire D-142")
        await talk.says(LEA, "affaire D-131")
        await talk.replies(LEA, card, "Nous signons", forwarded=BOB)
        assert (await Deal.get(id=(await Activity.get()).deal_id)).number == 142


@pytest.mark.parametrize("comment", ["D-142", "d-142: he agrees", "acme renewal he agrees"])
async def test_an_added_comment_names_the_record(database_url: str, comment: str) -> None:
    """By its id or its name; the rest of the comment stands before the words."""
    async with talking(database_url) as talk:
        await talk.says(LEA, comment, forwarded={**BOB, "text": "We sign"})
        note = await Activity.get()
        assert (await Deal.get(id=note.deal_id)).number == 142
        before = "he agrees\n\n" if "agrees" in comment else ""
        assert note.notes.startswith(f"{before}We sign\n\n")


@pytest.mark.parametrize("words", ["delete D-90", "won D-142 1k", "/undo", "remind me tomorrow", "3"])
async def test_it_is_never_a_command(database_url: str, words: str) -> None:
    """Whatever a customer writes: it is written down, word by word, and nothing else happens (S23, F45)."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "deal D-90")
        await talk.says(MARC, words, forwarded=BOB)
        assert (await Activity.get()).notes.startswith(words)
        assert await Reminder.all().count() == 0
        last = await Change.all().order_by("-id").first()
        assert last is not None
        assert (last.kind, last.created) == ("activity", True)


async def test_without_a_record_it_asks_and_loses_nothing(database_url: str) -> None:
    """A button writes the note whole; so does an answer in words."""
    async with talking(database_url) as talk:
        asked = await talk.says(MARC, "We take 50 seats", forwarded=BOB)
        assert "What is it about?" in asked.text
        assert await Activity.all().count() == 0
        await talk.says(MARC, "globex pilot")
        note = await Activity.get()
        assert note.notes.startswith("We take 50 seats\n\nforwarded from Bob Stone")
        assert (await Deal.get(id=note.deal_id)).number == 90


async def test_it_can_be_undone(database_url: str) -> None:
    """Like any other note."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "deal D-90")
        receipt = await talk.says(MARC, "We take 50 seats", forwarded=BOB)
        await talk.presses(MARC, receipt, "Undo")
        assert (await Activity.get()).deleted_at is not None


async def test_a_stranger_s_forward_is_kept_nowhere(database_url: str) -> None:
    """They learn how to get access, and nothing is written."""
    async with talking(database_url) as talk:
        answer = await talk.says("mallory", "We take 50 seats", forwarded=BOB)
        assert "I don't know you yet" in answer.text or "know you" in answer.text
        assert await Activity.all().count() == 0


async def test_the_caption_of_a_forwarded_file_is_no_command(database_url: str) -> None:
    """It stays with the file, word by word."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "deal D-90")
        file = {"kind": "photo", "source": "photo"}
        await talk.says(MARC, "note #D-142 pay me", forwarded=BOB, attachments=[file])
        assert await Activity.all().count() == 0
        kept = await Attachment.get()
        assert "pay me" in kept.caption


async def test_a_shared_message_with_a_file_keeps_its_words(database_url: str) -> None:
    """One's own words name the record, the other's stay with the file."""
    async with talking(database_url) as talk:
        file = {"kind": "document", "source": "offer", "name": "offer.pdf"}
        await talk.says(MARC, "D-90", forwarded={**BOB, "text": "our offer"}, attachments=[file])
        kept = await Attachment.get()
        assert (kept.caption, (await Deal.get(id=kept.deal_id)).number) == ("our offer", 90)
