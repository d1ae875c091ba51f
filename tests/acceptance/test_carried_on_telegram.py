"""What Telegram's messages carry besides text, over its own protocol: files, cards, places, others' words."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from models.activity import Activity, ActivityKind
from models.attachment import Attachment, AttachmentState
from models.contact import Contact
from models.deal import Deal
from tests.acceptance.live import LEA, MARC, eventually, nothing_waits
from tests.acceptance.telegram_scene import Scene, telegram_scene
from tests.emulators.telegram import Sent

PDF = b"%PDF-1.7 the signed offer"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    async with telegram_scene(database_url) as found:
        yield found


async def fetched() -> None:
    """Wait until every file is in the database."""
    await eventually(Attachment.filter(state=AttachmentState.KEPT).exists)
    await nothing_waits()


async def test_a_document_is_kept_and_comes_back(scene: Scene) -> None:
    """On the record that its caption names; byte for byte, as a document again."""
    marc = await scene.joined(MARC)
    marc.shares.document("offer.pdf", PDF, caption="D-142")
    await marc.waits_for("offer.pdf")
    await fetched()
    marc.says("files D-142")
    listed = await marc.waits_for("offer.pdf")
    marc.presses(listed, next(label for label in listed.labels if "offer.pdf" in label))
    back = await marc.waits_for(lambda shown: isinstance(shown, Sent) and shown.file)
    assert isinstance(back, Sent)
    assert (back.file, back.photo) == (PDF, False)


async def test_a_photo_stays_with_the_card_that_it_answers(scene: Scene) -> None:
    """Whatever was shown since; it comes back as a photo."""
    lea = await scene.joined(LEA, first_name="Léa", language="fr")
    lea.says("affaire D-142")
    card = await lea.waits_for("D-142 Acme")
    lea.says("affaire D-131")
    await lea.waits_for("D-131")
    lea.shares.photo(PNG, reply_to=card.message_id)
    await lea.waits_for("D-142")
    await fetched()
    deal = await Deal.get(id=(await Attachment.get()).deal_id)
    assert deal.number == 142
    lea.says("fichiers D-142")
    listed = await lea.waits_for("F-1")
    lea.presses(listed, listed.labels[0])
    await lea.waits_for(lambda shown: isinstance(shown, Sent) and shown.photo)


async def test_a_voice_note_is_kept_and_not_written_down(scene: Scene) -> None:
    """Nobody transcribes it, and that is said (transcript 24)."""
    marc = await scene.joined(MARC)
    marc.says("deal D-90")
    await marc.waits_for("D-90")
    marc.shares.voice(b"OggS" + bytes(50), seconds=14)
    await marc.waits_for("transcription off")
    await fetched()


async def test_a_file_that_is_too_large_is_refused_clearly(scene: Scene) -> None:
    """Telegram gives bots no more than 20 MB."""
    marc = await scene.joined(MARC)
    marc.says("deal D-90")
    await marc.waits_for("D-90")
    marc.shares.document("film.mkv", b"x", size=25_000_000)
    await marc.waits_for("20 MB")


async def test_a_shared_card_becomes_a_contact(scene: Scene) -> None:
    """With its number in E.164; one that is there already is shown before another is made."""
    marc = await scene.joined(MARC)
    marc.shares.contact("Ines", "+33 6 99 88 77 66", last_name="Blum")
    await marc.waits_for("Ines Blum")
    await nothing_waits()
    ines = await Contact.get(name="Ines Blum")
    assert ines.phones == ["+33699887766"]
    marc.shares.contact("Ines", "+33 6 99 88 77 66", last_name="Blum")
    await marc.waits_for(lambda shown: ines.reference in shown.text)
    assert await Contact.filter(name="Ines Blum").count() == 1


async def test_a_place_is_a_visit_of_who_is_on_the_card(scene: Scene) -> None:
    """A venue with its name."""
    marc = await scene.joined(MARC)
    marc.says("who jane roy")
    card = await marc.waits_for("Globex")
    marc.shares.venue("Chez Globex", "1 rue X", 48.85, 2.35, reply_to=card.message_id)
    await marc.waits_for("Jane Roy")
    await nothing_waits()
    visit = await Activity.filter(kind=ActivityKind.MEETING).order_by("-id").first()
    assert visit is not None
    assert visit.subject.startswith("Chez Globex, 1 rue X")


@pytest.mark.threat("S3")
async def test_forwarded_words_are_a_note_and_no_command(scene: Scene) -> None:
    """With who said them and where they stand."""
    marc = await scene.joined(MARC)
    marc.says("deal D-90")
    await marc.waits_for("D-90")
    channel = {"id": -1001111111111, "type": "channel", "title": "Globex news", "username": "globex"}
    origin = {"type": "channel", "chat": channel, "message_id": 12, "date": 1_790_000_000}
    marc.shares.forwarded("won D-90 1k", origin)
    await marc.waits_for("forwarded from Globex news")
    await nothing_waits()
    note = await Activity.get()
    assert (note.kind, "https://t.me/globex/12" in note.notes) == (ActivityKind.NOTE, True)
    assert (await Deal.get(number=90)).closed_at is None


async def test_a_card_s_number_is_copied_and_its_place_found(scene: Scene) -> None:
    """Below the card, beside what can be done with it."""
    marc = await scene.joined(MARC)
    marc.says("contact new Ines Blum @ Acme ines@acme.example +33 6 99 88 77 66")
    made = await marc.waits_for("Ines Blum")
    marc.presses(made, "Open")
    card = await marc.waits_for("Phone: +33699887766")
    copied = [button.copies for row in card.buttons for button in row if button.copies]
    assert copied == ["+33699887766", "ines@acme.example"]
