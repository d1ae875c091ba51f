"""Shared contacts: a card from a phone, or a file of them, becomes a contact through the duplicate guard."""

from __future__ import annotations

import base64

import pytest

from handlers.chat import vcards
from handlers.chat.vcards import Person
from models.attachment import Attachment, AttachmentState
from models.company import Company
from models.contact import Contact
from tests.acceptance.carrying import LEA, MARC, talking

TWO_ONE = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\n"
    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Dupr=C3=A9;Andr=\r\n=C3=A9;;;\r\n"
    "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Andr=C3=A9 Dupr=C3=A9\r\n"
    "TEL;CELL:06 12 34 56 78\r\nEMAIL;INTERNET:Andre@Acme.example\r\nORG:Acme;Sales\r\n"
    "PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD\r\n AAAA\r\n\r\nTITLE:Acheteur\r\nEND:VCARD\r\n"
)
THREE = (
    "BEGIN:VCARD\nVERSION:3.0\nN:Dupré;André;;;\nFN:André\n  Dupré\nitem1.TEL;TYPE=CELL:+33 6 12 34 56 78\n"
    "item1.X-ABLabel:mobile\nEMAIL;TYPE=INTERNET:andre@acme.example\nORG:Acme\nTITLE:Acheteur\n"
    "PHOTO;VALUE=uri:https://tracker.example/photo.jpg\nEND:VCARD\n"
)
FOUR = (
    "BEGIN:VCARD\nVERSION:4.0\nFN:André Dupré\nTEL;VALUE=uri;TYPE=cell:tel:+33-6-12-34-56-78\n"
    "EMAIL:andre@acme.example\nORG:Acme\nTITLE:Acheteur\nPHOTO:https://tracker.example/photo.jpg\n"
    "GENDER:M\nEND:VCARD\n"
)


@pytest.mark.parametrize("vcard", [TWO_ONE, THREE, FOUR], ids=["2.1", "3.0", "4.0"])
async def test_a_card_of_each_version_becomes_a_contact(database_url: str, vcard: str) -> None:
    """Name, number in E.164, address, company and job; nothing in it is fetched."""
    async with talking(database_url) as talk:
        answer = await talk.says(LEA, contact={"name": "A", "phone": "0612345678", "vcard": vcard})
        contact = await Contact.all().order_by("-id").first()
        assert contact is not None
        assert (contact.name, contact.phones) == ("André Dupré", ["+33612345678"]), answer.text
        assert (contact.emails, contact.job_title) == (["andre@acme.example"], "Acheteur")
        assert (await Company.get(id=contact.company_id)).number == 1
        assert talk.chat.fetched == []


async def test_a_card_without_a_vcard_has_a_name_and_a_number(database_url: str) -> None:
    """As Telegram shares it from an address book."""
    async with talking(database_url) as talk:
        await talk.says(MARC, contact={"name": "Zoe Quinn", "phone": "+16175550199"})
        contact = await Contact.all().order_by("-id").first()
        assert contact is not None
        assert (contact.name, contact.phones) == ("Zoe Quinn", ["+16175550199"])


async def test_who_is_there_already_is_shown_first(database_url: str) -> None:
    """The same number under another name: nothing is added until it is said to be somebody else."""
    async with talking(database_url) as talk:
        known = await Contact.filter(number=31).first()
        assert known is not None
        before = await Contact.all().count()
        asked = await talk.says(MARC, contact={"name": "Quite Somebodyelse", "phone": known.phones[0]})
        assert "is it the same person?" in asked.text
        assert await Contact.all().count() == before
        await talk.presses(MARC, asked, "Add all the same")
        assert await Contact.all().count() == before + 1


async def test_a_new_company_is_made_with_its_person(database_url: str) -> None:
    """And goes with them when that is undone."""
    async with talking(database_url) as talk:
        vcard = "BEGIN:VCARD\nVERSION:3.0\nFN:Zoe Quinn\nORG:Quinn Robotics\nEND:VCARD"
        receipt = await talk.says(MARC, contact={"name": "Zoe", "phone": "", "vcard": vcard})
        company = await Company.get(name="Quinn Robotics")
        await talk.presses(MARC, receipt, "Undo")
        assert (await Company.get(id=company.id)).deleted_at is not None


async def test_what_is_no_number_goes_to_the_note(database_url: str) -> None:
    """Nothing of a card is lost for being odd."""
    async with talking(database_url) as talk:
        vcard = (
            "BEGIN:VCARD\nVERSION:3.0\nFN:Zoe Quinn\nTEL:ask Bob\nEMAIL:nowhere\nNOTE:likes tea\nEND:VCARD"
        )
        await talk.says(MARC, contact={"name": "Zoe", "phone": "", "vcard": vcard})
        contact = await Contact.all().order_by("-id").first()
        assert contact is not None
        assert (contact.phones, contact.emails) == ([], [])
        assert contact.notes == "likes tea\nask Bob\nnowhere"


async def test_a_file_of_cards_offers_each(database_url: str) -> None:
    """Once it is here; each is added by its own button, through the same guard."""
    async with talking(database_url) as talk:
        cards = "BEGIN:VCARD\nVERSION:3.0\nFN:Zoe Quinn\nEND:VCARD\nBEGIN:VCARD\nFN:Al Ito\nEND:VCARD"
        talk.chat.files["a file"] = cards.encode()
        file = {"kind": "document", "source": "a file", "name": "people.vcf", "media_type": "text/x-vcard"}
        said = await talk.says(MARC, attachments=[file])
        assert "I am reading people.vcf" in said.text
        await talk.fetches()
        offered = talk.chat.last(MARC)
        assert "people.vcf holds 2 contact cards." in offered.text
        before = await Contact.all().count()
        await talk.presses(MARC, offered, "Add Zoe Quinn")
        await talk.presses(MARC, offered, "Add Al Ito")
        assert await Contact.all().count() == before + 2


async def test_a_file_without_a_card_says_so(database_url: str) -> None:
    """A sign-in page that came instead, say."""
    async with talking(database_url) as talk:
        talk.chat.files["a file"] = b"<html>Sign in</html>"
        await talk.says(MARC, attachments=[{"kind": "document", "source": "a file", "name": "x.vcf"}])
        await talk.fetches()
        assert "I found no contact card in x.vcf." in talk.chat.last(MARC).text
        assert (await Attachment.get()).state is AttachmentState.KEPT


def test_a_picture_is_never_decoded() -> None:
    """Five megabytes of it, folded or not; what stands behind it is read."""
    picture = base64.b64encode(b"\xff" * 5_000_000).decode()
    folded = "\r\n ".join(picture[i : i + 74] for i in range(0, len(picture), 74))
    for photo in (picture, folded):
        card = f"BEGIN:VCARD\r\nVERSION:3.0\r\nPHOTO;ENCODING=b:{photo}\r\nFN:Zoe\r\nEND:VCARD\r\n"
        assert vcards.read(card.encode()) == [Person(name="Zoe")]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("BEGIN:VCARD\nVERSION:2.1\nFN:Žofie\nEND:VCARD".encode("utf-16"), "Žofie"),
        ("BEGIN:VCARD\nVERSION:2.1\nFN:Andr\xe9\nEND:VCARD".encode("cp1252"), "André"),
        ("\ufeffBEGIN:VCARD\nVERSION:3.0\nFN:Zoe\nEND:VCARD".encode(), "Zoe"),
        (b"BEGIN:VCARD\rVERSION:3.0\rFN:Zoe\rEND:VCARD\r", "Zoe"),
        (b"begin:vcard\nversion:3.0\nfn:Zoe\nend:vcard", "Zoe"),
        (b"BEGIN:VCARD\nVERSION:3.0\n;;;\nFN:Zoe\nEND:VCARD", "Zoe"),
        (b"BEGIN:VCARD\nVERSION:3.0\nFN:Z\x00oe\x1b[2J\nEND:VCARD", "Z oe [2J"),
    ],
)
def test_old_and_odd_files_are_read(content: bytes, name: str) -> None:
    """Other character sets, other line ends, lines that mean nothing, characters that would do something."""
    assert [person.name for person in vcards.read(content)] == [name]


@pytest.mark.parametrize(
    "content", [b"", b"BEGIN:VCARD", b"BEGIN:VCARD\nEND:VCARD", b"\x00" * 100, b"\xff\xfe\x00"]
)
def test_what_is_no_card_is_nobody(content: bytes) -> None:
    """No error leaves the reader."""
    assert vcards.read(content) == []


def test_nothing_of_a_card_is_logged(capfd: pytest.CaptureFixture[str]) -> None:
    """The library would print a line that it cannot read."""
    vcards.read(b"BEGIN:VCARD\nVERSION:3.0\nsecret of Zoe\nFN:Zoe\nEND:VCARD")
    assert "secret" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "note",
    [
        "NOTE:" + "x" * 1_000_000,
        "NOTE:x" + "\n abcdefgh" * 100_000,
        "NOTE;ENCODING=QUOTED-PRINTABLE:" + "=41=\n" * 200_000,
        "TEL:1\n" * 200_000,
        "\n" * 1_000_000,
    ],
    ids=["one line", "folded", "quoted-printable", "numbers", "nothing"],
)
def test_an_enormous_card_is_read_as_far_as_it_can_be_in_a_moment(note: str) -> None:
    """The library would take minutes, and everybody would wait; the others of the file are read."""
    end = "END:VCARD\n"
    small = f"BEGIN:VCARD\nVERSION:3.0\nFN:Marc Roy\nTEL:+33612345678\n{end}"
    [first, *_] = people = vcards.read(f"{small}BEGIN:VCARD\nVERSION:2.1\nFN:Jane Doe\nTEL:+1\n{note}\n{end}")
    assert first.name == "Marc Roy"
    assert sum(len(person.notes) + len(person.phones) for person in people) < 10_000
