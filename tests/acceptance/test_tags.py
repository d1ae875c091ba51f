"""Tags: put on, taken off, found."""

from __future__ import annotations

import pytest

from models.company import Company
from models.contact import Contact
from models.deal import Deal
from tests.driver import conversation


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        ("tag C-12 vip", ["vip"]),
        ("étiquette C-12 vip salon-2026", ["vip", "salon-2026"]),
        ("tag Jane Doe #vip #key", ["vip", "key"]),
        ("tag Jane Doe vip, Key", ["vip", "Key"]),
        ("tag C-12 VIP vip Vip", ["VIP"]),
        ("tag vip C-12", ["vip"]),
        ("tag vip C-12 gold", ["vip", "gold"]),
    ],
)
async def test_a_contact_is_tagged(database_url: str, line: str, tags: list[str]) -> None:
    """By id or by name, with one tag or several, each once in whatever letters."""
    async with conversation(database_url) as talk:
        assert "C-12 Jane Doe" in await talk.says("lea", line)
        assert (await Contact.get(number=12)).tags == tags


async def test_companies_and_deals_are_tagged(database_url: str) -> None:
    """The same words for all three; a deal by its short name too."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "étiquette O-1 stratégique")
        await talk.says("lea", "étiquette #acme urgent")
        assert (await Company.get(number=1)).tags == ["stratégique"]
        assert (await Deal.get(number=142)).tags == ["urgent"]
        assert "Étiquettes : urgent" in await talk.says("lea", "affaire D-142")


async def test_a_tag_is_not_put_on_twice(database_url: str) -> None:
    """Case and accents make no other tag, and nothing is written."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "étiquette C-12 Fidèle")
        assert "Déjà étiqueté" in await talk.says("lea", "étiquette C-12 FIDELE")
        contact = await Contact.get(number=12)
        assert (contact.tags, contact.revision) == (["Fidèle"], 2)


async def test_a_tag_is_taken_off_and_comes_back(database_url: str) -> None:
    """In whatever letters; undo brings it back; the history tells of it."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "étiquette C-12 vip fidèle")
        seen = await talk.says("lea", "retirer C-12 FIDELE")
        assert "Étiquettes : vip, fidèle → vip" in seen
        assert (await Contact.get(number=12)).tags == ["vip"]
        await talk.presses("lea", seen, "Annuler")
        assert (await Contact.get(number=12)).tags == ["vip", "fidèle"]
        assert "Étiquettes vip, fidèle → vip" in await talk.says("lea", "historique C-12")


async def test_a_tag_that_is_not_there_cannot_be_taken_off(database_url: str) -> None:
    """It is said, and nothing else is taken off either."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "tag C-31 vip")
        assert "C-31 has no tag “gold”." in await talk.says("marc", "untag C-31 vip gold")
        assert (await Contact.get(number=31)).tags == ["vip"]


async def test_a_tag_is_found(database_url: str) -> None:
    """Search knows it like a word of the name, and forgets it when it is taken off."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "tag Jane Roy platinum")
        await talk.says("marc", "tag D-118 platinum")
        seen = await talk.says("lea", "chercher platinum")
        assert "C-31" in seen
        assert "D-118" in seen
        await talk.says("marc", "untag Jane Roy platinum")
        assert "C-31" not in await talk.says("lea", "chercher platinum")


async def test_what_is_missing_is_asked_for(database_url: str) -> None:
    """The tag, or whose it is."""
    async with conversation(database_url) as talk:
        assert "Which tag?" in await talk.says("marc", "tag C-31")
        await talk.says("marc", "vip")
        assert (await Contact.get(number=31)).tags == ["vip"]
        asked = await talk.says("marc", "untag C-31")
        await talk.presses("marc", asked, "vip")
        assert (await Contact.get(number=31)).tags == []


async def test_another_s_record_is_not_tagged(database_url: str) -> None:
    """A rep may ask its owner; a manager confirms the difference."""
    async with conversation(database_url) as talk:
        assert "C-12 belongs to Léa Martin" in await talk.says("marc", "tag C-12 vip")
        shown = await talk.says("nora", "tag C-12 vip")
        assert "Tags: – → vip" in shown
        assert (await Contact.get(number=12)).tags == []
        await talk.presses("nora", shown, "Confirm")
        assert (await Contact.get(number=12)).tags == ["vip"]
