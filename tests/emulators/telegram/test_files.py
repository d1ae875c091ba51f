"""Files in the emulator: sent by people and by the bot, and fetched."""

from __future__ import annotations

import pytest
from telegram import Bot
from telegram.constants import FileSizeLimit, MessageLimit
from telegram.error import BadRequest

from . import Sent, TelegramEmulator, User

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


async def test_what_people_send(telegram: TelegramEmulator, stock: Bot, marc: User) -> None:
    """The library reads each kind of it."""
    marc.shares.document("offer.pdf", b"%PDF", caption="note D-142")
    marc.shares.photo(PNG)
    marc.shares.voice(b"OggS", seconds=14)
    marc.shares.contact("Jane", "+33612345678", last_name="Doe", vcard="BEGIN:VCARD")
    marc.shares.location(48.85, 2.35)
    marc.shares.venue("Chez Acme", "1 rue X", 48.85, 2.35)
    marc.shares.forwarded("won D-142", {"type": "hidden_user", "sender_user_name": "Zoe", "date": 1})
    _, document, photo, voice, card, location, venue, forwarded = [
        update.message for update in await stock.get_updates(timeout=0)
    ]
    assert document and document.document and document.caption == "note D-142"
    assert (document.document.file_name, document.document.file_size) == ("offer.pdf", 4)
    assert photo and [size.file_size for size in photo.photo] == [4, len(PNG)]
    assert voice and voice.voice and voice.voice.mime_type == "audio/ogg"
    assert card and card.contact and card.contact.last_name == "Doe"
    assert location and location.location and location.venue is None
    assert venue and venue.venue and venue.venue.title == "Chez Acme"
    assert forwarded and forwarded.forward_origin and forwarded.text == "won D-142"


async def test_a_file_is_fetched_in_two_steps(telegram: TelegramEmulator, stock: Bot, marc: User) -> None:
    """First its path, then its content; neither of one that is too big, unknown or gone."""
    marc.shares.document("offer.pdf", b"%PDF")
    marc.shares.document("film.bin", b"x", size=int(FileSizeLimit.FILESIZE_DOWNLOAD) + 1)
    _, small, large = [update.message for update in await stock.get_updates(timeout=0)]
    assert small and small.document and large and large.document
    file = await stock.get_file(small.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"%PDF"
    with pytest.raises(BadRequest, match=r"(?i)file is too big"):
        await stock.get_file(large.document.file_id)
    telegram.forget_files()
    with pytest.raises(BadRequest, match=r"(?i)wrong file_id"):
        await stock.get_file(small.document.file_id)


async def test_what_the_bot_sends(telegram: TelegramEmulator, stock: Bot, marc: User) -> None:
    """A document and a photo, with a caption of 1,024 at most; a text that is no picture is no photo."""
    await stock.send_document(marc.id, b"%PDF", caption="<b>Offer</b>", filename="o.pdf", parse_mode="HTML")
    await stock.send_photo(marc.id, PNG)
    document, photo = [record for record in telegram.ledger if isinstance(record, Sent)]
    assert (document.text, document.file, document.photo) == ("Offer", b"%PDF", False)
    assert (photo.file, photo.photo) == (PNG, True)
    with pytest.raises(BadRequest, match=r"(?i)caption is too long"):
        await stock.send_document(marc.id, b"%PDF", caption="x" * (int(MessageLimit.CAPTION_LENGTH) + 1))
    with pytest.raises(BadRequest, match=r"(?i)image_process_failed"):
        await stock.send_photo(marc.id, b"%PDF")
    with pytest.raises(BadRequest, match=r"(?i)no text in the message to edit"):
        await stock.edit_message_text("x", marc.id, document.message_id)
