"""Companies: a new one, the guard against a second one, the card."""

from __future__ import annotations

from models.company import Company
from tests.driver import conversation


async def test_a_company_is_added_from_one_line(database_url: str) -> None:
    """Its name, city, postcode and web address are told apart, and it is the speaker's."""
    async with conversation(database_url) as talk:
        seen = await talk.says(
            "marc", "company new Brioche Dorée SARL @ Lyon 69003 https://www.Brioche.example/"
        )
        assert "✅ New company O-5 · Brioche Dorée SARL · 69003 Lyon · brioche.example" in seen
        company = await Company.get(number=5)
        assert (company.name, company.city, company.postcode, company.website) == (
            "Brioche Dorée SARL",
            "Lyon",
            "69003",
            "brioche.example",
        )
        assert company.owner_id is not None


async def test_a_company_is_added_in_french_and_taken_back(database_url: str) -> None:
    """A postcode behind à makes a place; without one the words stay part of the name."""
    async with conversation(database_url) as talk:
        seen = await talk.says("lea", "société nouvelle Moulin à 31000 Toulouse")
        assert "✅ Nouvelle société O-5 · Moulin · 31000 Toulouse" in seen
        await talk.says("lea", "société nouvelle Tarte à la crème")
        assert await Company.exists(name="Tarte à la crème", city="")
        await talk.presses("lea", seen, "Annuler")
        assert (await Company.get(number=5)).deleted_at is not None


async def test_a_company_that_may_be_known_is_shown_first(database_url: str) -> None:
    """The same name, or one within the other in the same city, is added only if told to."""
    async with conversation(database_url) as talk:
        shown = await talk.says("marc", "company new Tarte @ Lyon 69003 tarte.example")
        assert "O-3 Tarte & Fils (Lyon): is it the same company?" in shown
        assert not await Company.exists(name="Tarte")
        await talk.presses("marc", shown, "Add all the same")
        added = await Company.get(name="Tarte")
        assert (added.city, added.postcode, added.website) == ("Lyon", "69003", "tarte.example")
        again = await talk.says("lea", "societe nouvelle La Tarte @ Nice tarte.example")
        assert "est-ce la même société" in again
        assert "ACME SAS" not in again
        assert "O-1 Acme" in await talk.says("marc", "company new ACME SAS")
        assert await Company.all().count() == 5


async def test_a_company_of_nobody_s_name_is_asked_for(database_url: str) -> None:
    """The verb alone asks for the name, and the answer completes the line."""
    async with conversation(database_url) as talk:
        assert "What is the name?" in await talk.says("marc", "company new @ Nantes")
        await talk.says("marc", "Ouest Fruits")
        assert (await Company.get(name="Ouest Fruits")).city == "Nantes"


async def test_a_company_s_card_is_whole(database_url: str) -> None:
    """What was filled in is all there, and its people and deals."""
    async with conversation(database_url) as talk:
        for line in (
            "field acme industry Retail",
            "field acme size 1,200",
            "field acme tax number FR 40 303 265 045",
            "field acme street 12 rue de la Paix",
            "field acme country france",
            "field acme website acme.example",
            "tag acme key",
        ):
            shown = await talk.says("nora", line)
            assert "✅" in shown, shown.text
        seen = await talk.says("lea", "société acme")
        for words in ("Retail", "1 200", "FR 40 303 265 045", "12 rue de la Paix, Paris, France", "key"):
            assert words in seen, seen.text
        assert "C-12 Jane Doe" in seen
        assert "D-142 Acme Renewal" in seen
