"""Lists narrowed in words: what was understood is said, nothing else is narrowed, sums never mix."""

from __future__ import annotations

import pytest

from models.deal import Deal
from models.member import Member
from models.rate import Rate
from models.workspace import Visibility, Workspace
from tests.driver import conversation


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("deals", {"D-90", "D-118", "D-131", "D-142"}),
        ("deals > 5k", {"D-90", "D-118", "D-142"}),
        ("deals over €10,000", {"D-118", "D-142"}),
        ("deals under 5k", {"D-131"}),
        ("deals closing next month", {"D-90", "D-131", "D-142"}),
        ("deals > 5k closing next month without next step", {"D-90", "D-142"}),
        ("deals @lea", {"D-131", "D-142"}),
        ("deals mine", {"D-90", "D-118"}),
        ("deals in proposal", {"D-131", "D-142"}),
        ("deals in Lyon", {"D-131"}),
        ("deals globex", {"D-90"}),
        ("deals open without activity 3d", {"D-90", "D-118", "D-131", "D-142"}),
        ("affaires > 5k clôture le mois prochain sans étape", {"D-90", "D-142"}),
        ("affaires à Lyon", {"D-131"}),
        ("affaires à moi", {"D-90", "D-118"}),
    ],
)
async def test_deals_are_narrowed_in_words(database_url: str, line: str, ids: set[str]) -> None:
    """In both languages, in any order of the conditions."""
    async with conversation(database_url) as talk:
        shown = (await talk.says("marc", line)).text
        assert {deal.reference for deal in await Deal.all() if deal.reference in shown} == ids


async def test_what_is_listed_can_be_narrowed_by_tags_and_places(database_url: str) -> None:
    """A number sign is a tag here; a city is whole, not a word of it."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "tag C-31 key account")
        assert "Nothing fits: #vip" in await talk.says("marc", "contacts #vip")
        await talk.says("marc", "tag C-31 vip")
        shown = await talk.says("marc", "contacts #vip")
        assert "1 found · #vip" in shown
        assert "C-31" in shown
        await talk.says("marc", "untag C-31 vip")
        assert "Nothing fits" in await talk.says("marc", "contacts #vip")
        assert "O-3" in await talk.says("marc", "companies in Lyon")
        assert "Nothing fits: Ly" in await talk.says("marc", "companies in Ly")


async def test_a_list_comes_a_page_at_a_time(database_url: str) -> None:
    """Ten lines, then the next ten by a button, each once, with the count of all."""
    async with conversation(database_url) as talk:
        for number in range(21):
            await talk.says("marc", f"contact new Person{number:02} Zander")
        shown = await talk.says("marc", "contacts zander")
        assert "21 found" in shown
        seen = [shown.text]
        for left in ("11", "1"):
            shown = await talk.presses("marc", shown, f"Next ({left} more)")
            seen.append(shown.text)
        told = "".join(seen)
        assert all(told.count(f"Person{number:02}") == 1 for number in range(21))


async def test_a_condition_that_does_not_fit_is_named(database_url: str) -> None:
    """It is not left out in silence."""
    async with conversation(database_url) as talk:
        assert "cannot be narrowed by: amount" in await talk.says("marc", "contacts > 5k")
        assert "ne se filtre pas par : e-mail" in await talk.says("lea", "affaires sans mail")


async def test_sums_never_mix_currencies(database_url: str) -> None:
    """One amount a currency; with a rate what that makes, and since when the rate holds."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "deal new Globex Extra $4k")
        shown = await talk.says("marc", "deals globex")
        assert "€8,000 + $4,000\n" in shown
        marc = await Member.get(email="marc@parley.example")
        await Rate.create(
            workspace_id=marc.workspace_id, currency="USD", rate="0.5", set_on=talk.clock.now().date()
        )
        assert "€8,000 + $4,000 = €10,000 at the rates of Wed, Oct 14" in await talk.says(
            "marc", "deals globex"
        )


async def test_nobody_counts_what_they_may_not_see(database_url: str) -> None:
    """Lists, counts and sums follow the visibility."""
    async with conversation(database_url) as talk:
        await Workspace.all().update(visibility=Visibility.OWN)
        shown = await talk.says("marc", "deals")
        assert "2 found\n€33,000" in shown
        assert "Nothing fits" in await talk.says("marc", "deals @lea")
        assert "4 found" in await talk.says("nora", "deals")
