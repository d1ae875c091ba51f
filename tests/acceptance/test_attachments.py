"""Files: a photo, a document, a voice note stays with the record that it is about, and can be had back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.database import Database
from bot.fetching import content_of
from bot.platform import Rejected, Throttled, Unavailable
from handlers.chat.reply import File
from models.activity import Activity
from models.attachment import MOST_TRIES, Attachment, AttachmentState
from models.blob import Blob
from models.contact import Contact
from models.deal import Deal
from tests.acceptance.carrying import LEA, MARC, SAM, Talk, talking

OFFER: dict[str, Any] = {
    **{"kind": "document", "source": "offer", "name": "offer.pdf"},
    **{"media_type": "application/pdf", "size": 12_400},
}
PHOTO = {"kind": "photo", "source": "photo", "media_type": "image/jpeg", "size": 90_000}
VOICE = {"kind": "voice", "source": "voice", "media_type": "audio/ogg", "size": 52_000, "seconds": 14}


async def _deal_of(file: Attachment) -> int:
    return (await Deal.get(id=file.deal_id)).number


@pytest.mark.parametrize(
    ("who", "caption", "notes"),
    [
        (MARC, "note #D-142 the signed offer", "the signed offer"),
        (LEA, "note #D-142 l'offre signée", "l'offre signée"),
        (LEA, "D-142", None),
        (LEA, "d-142 the signed offer", None),
        (LEA, "Acme Renewal the signed offer", None),
    ],
)
async def test_the_caption_names_the_record(
    database_url: str, who: str, caption: str, notes: str | None
) -> None:
    """A caption that is a line is answered too; the words beside a name stay with the file."""
    async with talking(database_url) as talk:
        await talk.says(who, "deal D-90")
        answer = await talk.says(who, caption, attachments=[OFFER])
        file = await Attachment.get()
        assert await _deal_of(file) == 142, answer.text
        assert [note.notes for note in await Activity.all()] == ([notes] if notes else [])
        assert file.caption == ("the signed offer" if "signed" in caption and notes is None else "")


async def test_a_line_and_its_file_are_undone_together(database_url: str) -> None:
    """They were one message."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "note #D-142 the signed offer", attachments=[OFFER])
        await talk.says(MARC, "undo")
        assert (await Attachment.get()).deleted_at is not None
        assert (await Activity.get()).deleted_at is not None


async def test_without_a_caption_it_goes_to_what_was_shown_last(database_url: str) -> None:
    """For fifteen minutes; a reply chooses another record."""
    async with talking(database_url) as talk:
        card = await talk.says(MARC, "deal D-90")
        await talk.says(MARC, "deal D-142")
        answer = await talk.says(MARC, attachments=[PHOTO])
        assert "✅ File on D-142 Acme Renewal · F-1 photo 2026-10-14.jpg" in answer.text
        await talk.replies(MARC, card, "", attachments=[OFFER])
        first, second = await Attachment.all().order_by("id")
        assert (await _deal_of(first), await _deal_of(second)) == (142, 90)


@pytest.mark.parametrize("by_button", [True, False])
async def test_else_it_asks_and_keeps_the_file_meanwhile(database_url: str, by_button: bool) -> None:
    """Nobody else sees it before it is said what it is about."""
    async with talking(database_url) as talk:
        asked = await talk.says(MARC, attachments=[OFFER])
        assert "offer.pdf · What is it about?" in asked.text
        assert (await Attachment.get()).deal_id is None
        assert "There is no F-1" in (await talk.says(SAM, "F-1")).text
        if by_button:
            label = next(b.label for b in asked.message.reply.buttons() if b.label.startswith("D-90"))
            await talk.presses(MARC, asked, label)
        else:
            await talk.says(MARC, "globex pilot")
        assert await _deal_of(await Attachment.get()) == 90


async def test_after_fifteen_minutes_it_asks(database_url: str) -> None:
    """What was shown then is not what is meant now."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "deal D-90")
        await talk.passes(timedelta(minutes=16))
        assert "What is it about?" in (await talk.says(MARC, attachments=[OFFER])).text


async def test_a_name_that_several_have_is_asked_about(database_url: str) -> None:
    """By buttons, with the file kept."""
    async with talking(database_url) as talk:
        asked = await talk.says(MARC, "Jane", attachments=[OFFER])
        assert "Jane Doe" in asked.text and "Jane Roy" in asked.text
        await talk.presses(MARC, asked, "Jane Roy · Globex")
        file = await Attachment.get()
        assert (await Contact.get(id=file.contact_id)).name == "Jane Roy"


async def test_it_is_fetched_after_the_turn_and_had_back(database_url: str) -> None:
    """Listed with a button each; the block names the content, which the database has."""
    async with talking(database_url) as talk:
        talk.chat.files["offer"] = b"%PDF-1.7 our offer"
        await talk.says(MARC, "D-90", attachments=[OFFER])
        assert (await Attachment.get()).state is AttachmentState.WAITING
        await talk.fetches()
        listed = await talk.says(MARC, "files D-90")
        assert "1 | F-1 | offer.pdf | 18 bytes" in listed.text
        sent = await talk.presses(MARC, listed, "1 offer.pdf")
        [block] = sent.message.reply.blocks
        assert isinstance(block, File)
        assert (block.name, block.media_type, block.size) == ("offer.pdf", "application/pdf", 18)
        assert await content_of(block.sha256) == b"%PDF-1.7 our offer"


async def test_the_same_content_is_kept_once(database_url: str) -> None:
    """Under each record all the same."""
    async with talking(database_url) as talk:
        talk.chat.files |= {"offer": b"same", "photo": b"same"}
        await talk.says(MARC, "D-90", attachments=[OFFER])
        await talk.says(MARC, "D-142", attachments=[PHOTO])
        await talk.fetches()
        assert await Blob.all().count() == 1
        assert len({file.sha256 for file in await Attachment.all()}) == 1


async def test_a_voice_note_says_that_nobody_writes_it_down(database_url: str) -> None:
    """Transcript 24, without a transcriber."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "who Jane Roy")
        answer = await talk.says(MARC, attachments=[VOICE])
        assert "Saved as audio note" in answer.text and "transcription off" in answer.text
        file = await Attachment.get()
        assert (file.seconds, file.name) == (14, "voice note 2026-10-14.oga")
        card = await talk.says(MARC, "F-1")
        assert "Duration: 14 s" in card.text


async def test_a_large_file_is_refused_with_its_size(database_url: str) -> None:
    """20 MB are kept, one byte more is not; nothing is fetched."""
    async with talking(database_url) as talk:
        answer = await talk.says(MARC, "D-90", attachments=[{**OFFER, "size": 25_000_000}])
        assert "offer.pdf has 25 MB: I keep files of up to 20 MB." in answer.text
        assert await Attachment.all().count() == 0
        await talk.says(MARC, "D-90", attachments=[{**OFFER, "size": 20_000_000}])
        assert await Attachment.all().count() == 1


async def test_one_that_was_larger_than_it_said_is_not_kept(database_url: str) -> None:
    """And its sender is told."""
    async with talking(database_url) as talk:
        talk.chat.files["offer"] = b"x" * 20_000_001
        await talk.says(MARC, "D-90", attachments=[OFFER])
        await talk.fetches()
        assert "I could not fetch offer.pdf." in talk.chat.last(MARC).text
        assert await Blob.all().count() == 0


async def test_trouble_is_tried_again(database_url: str) -> None:
    """Later each time; a service that says when is asked then."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "D-90", attachments=[OFFER])
        for error, pause in [
            (Unavailable("502"), timedelta(seconds=30)),
            (Throttled("429", timedelta(seconds=7)), timedelta(seconds=7)),
        ]:
            talk.chat.files["offer"] = error
            await talk.fetches()
            file = await Attachment.get()
            assert file.not_before - talk.process.clock.now() == pause
            await talk.passes(pause)
        talk.chat.files["offer"] = b"here"
        await talk.fetches()
        assert (await Attachment.get()).state is AttachmentState.KEPT
        assert len(talk.chat.fetched) == 3


async def test_what_is_gone_for_good_is_told_once(database_url: str) -> None:
    """By a refusal at once, by trouble after the last try."""
    async with talking(database_url) as talk:
        talk.chat.files |= {"offer": Rejected("file is gone"), "photo": Unavailable("502")}
        await talk.says(MARC, "D-90", attachments=[OFFER, PHOTO])
        for _ in range(MOST_TRIES):
            await talk.fetches()
            await talk.passes(timedelta(hours=3))
        told = [text for text in talk.chat.seen(MARC) if "I could not fetch" in text]
        assert len(told) == 2
        assert {file.state for file in await Attachment.all()} == {AttachmentState.LOST}


async def test_one_that_breaks_us_is_given_up_and_stops_no_other(database_url: str) -> None:
    """An error of ours in fetching: it is not fetched for ever, its sender is told, the next one comes."""
    async with talking(database_url) as talk:
        talk.chat.files["photo"] = b"here"  # of the offer it knows nothing, and breaks
        await talk.says(MARC, "D-90", attachments=[OFFER, PHOTO])
        await talk.fetches()
        offer, photo = await Attachment.all().order_by("id")
        assert (offer.state, offer.error) == (AttachmentState.LOST, "KeyError")
        assert photo.state is AttachmentState.KEPT
        assert "I could not fetch offer.pdf" in talk.chat.last(MARC).text


async def test_one_that_ends_every_process_is_given_up(database_url: str) -> None:
    """After as many tries as any other; its sender is told."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "D-90", attachments=[OFFER])
        for _ in range(MOST_TRIES):
            async with talk.process.database.transaction():
                assert await Attachment.take_waiting([talk.chat.name], talk.process.clock.now()) is not None
            await talk.passes(timedelta(hours=1))
        await talk.fetches()
        assert (await Attachment.get()).state is AttachmentState.LOST
        assert talk.chat.fetched == []
        assert "I could not fetch offer.pdf" in talk.chat.last(MARC).text


async def test_a_process_that_dies_while_fetching_loses_nothing(database_url: str) -> None:
    """The row is taken over once its time is over, and not before."""
    async with talking(database_url) as talk:
        talk.chat.files["offer"] = b"here"
        await talk.says(MARC, "D-90", attachments=[OFFER])
        async with talk.process.database.transaction():
            assert await Attachment.take_waiting(["telegram"], talk.process.clock.now()) is not None
        await talk.fetches()
        assert talk.chat.fetched == []
        await talk.passes(timedelta(minutes=6))
        await talk.fetches()
        assert (await Attachment.get()).state is AttachmentState.KEPT


async def test_a_stranger_s_file_is_not_fetched(database_url: str) -> None:
    """F46: they learn how to get access."""
    async with talking(database_url) as talk:
        talk.chat.files["offer"] = b"here"
        await talk.says("mallory", "D-90", attachments=[OFFER])
        await talk.fetches()
        assert talk.chat.fetched == []
        assert await Attachment.all().count() == 0


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\tmp\\offer.pdf", "offer.pdf"),
        ("a\x00b\u202egpj.exe", "a\ufffdbgpj.exe"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("..", "document 2026-10-14.pdf"),
    ],
)
async def test_a_name_does_nothing(database_url: str, typed: str, kept: str) -> None:
    """No path, no character that turns the text around, no more than its column holds."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "D-90", attachments=[{**OFFER, "name": typed}])
        assert (await Attachment.get()).name == kept


async def test_files_go_with_a_merge_and_come_back_with_its_undo(database_url: str) -> None:
    """As touches do."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "C-31", attachments=[OFFER])
        card = await talk.says(MARC, "merge C-34 C-31")
        await talk.presses(MARC, card, "Confirm")
        assert await _holder() == 34
        await talk.says(MARC, "undo")
        assert await _holder() == 31


async def _holder() -> int:
    return (await Contact.get(id=(await Attachment.get()).contact_id)).number


async def test_a_file_shows_what_it_is_about(database_url: str) -> None:
    """Its card has its caption, and a button that sends it."""
    async with talking(database_url) as talk:
        await _kept(talk)
        card = await talk.says(MARC, "F-1")
        assert "F-1 offer.pdf" in card.text and "About: D-90 Globex Pilot" in card.text
        sent = await talk.presses(MARC, card, "Get the file")
        assert isinstance(sent.message.reply.blocks[0], File)


async def _kept(talk: Talk) -> None:
    talk.chat.files["offer"] = b"here"
    await talk.says(MARC, "D-90 the signed one", attachments=[OFFER])
    await talk.fetches()


async def test_a_backup_brings_files_back(database_url: str, tmp_path: Path) -> None:
    """Their content too, whatever bytes it has."""
    content = bytes(range(256)) * 100
    async with talking(database_url) as talk:
        talk.chat.files["offer"] = content
        await talk.says(MARC, "D-90", attachments=[OFFER])
        await talk.fetches()
        await talk.process.database.backup(tmp_path / "files.backup")
        await Blob.all().delete()
    database = Database(database_url)
    await database.open()
    await database.restore(tmp_path / "files.backup", replace=True)
    name = (await Attachment.get()).sha256
    assert name is not None
    assert await Blob.read(name) == content
    await database.close()
