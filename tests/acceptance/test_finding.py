"""Finding and naming: ids, initials, numbers, slips; several near ones are shown, none is picked."""

from __future__ import annotations

import pytest

from models.activity import Activity
from models.change import Author
from models.company import Company
from models.contact import Contact
from models.member import Member
from models.workspace import Visibility, Workspace
from tests.driver import conversation


@pytest.mark.parametrize("typed", ["C-12", "c-12", "c12", "C 12", "#c12"])
async def test_an_id_is_read_in_any_case(database_url: str, typed: str) -> None:
    """With its hyphen, a space, a sign or none: the card is shown, and a call is logged with that person."""
    async with conversation(database_url) as talk:
        for verb in ("find", "who"):
            assert (
                "jane@acme.example" in await talk.says("lea", f"{verb} {typed}") or "Jane Doe" in talk._last
            )
        await talk.says("lea", f"call {typed} 20m: wants 50 seats")
        call = await Activity.get(notes="wants 50 seats").select_related("contact")
        assert call.contact is not None
        assert call.contact.name == "Jane Doe"


async def test_a_deal_is_moved_by_its_id_without_a_hyphen(database_url: str) -> None:
    """In small letters too."""
    async with conversation(database_url) as talk:
        assert "D-142" in await talk.says("lea", "d142 > négociation") or "D-142" in await talk.says(
            "lea", "etape d142 négociation"
        )
        assert "D-142" in await talk.says("lea", "affaire d 142")


async def test_an_id_that_leads_nowhere_is_said_so_or_taken_as_words(database_url: str) -> None:
    """With its hyphen it is an id; without one it may be a name."""
    async with conversation(database_url) as talk:
        assert "There is no C-999." in await talk.says("marc", "find C-999")
        assert "C-999" not in await talk.says("marc", "find c999")
        await talk.says("marc", "company new C999 Works")
        assert "C999 Works" in await talk.says("marc", "find c999")


async def test_what_is_an_id_and_a_name_is_shown_as_both(database_url: str) -> None:
    """Nothing is picked between a record of that id and one of that name."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "company new C12 Works")
        seen = await talk.says("marc", "find c12")
        assert "Jane Doe" in seen
        assert "C12 Works" in seen


async def test_initials_name_a_person(database_url: str) -> None:
    """In capitals they are taken, with a receipt; in small letters they might be a name, so it is asked."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "contact nouveau Zoé Quentin")
        assert "Zoé Quentin" in await talk.says("lea", "chercher zq")
        await talk.says("lea", "appel ZQ 20 min : d'accord")
        assert await Activity.filter(contact__name="Zoé Quentin").count() == 1
        asked = await talk.says("lea", "appel zq 20 min : encore")
        assert await Activity.filter(contact__name="Zoé Quentin").count() == 1
        await talk.presses("lea", asked, "Zoé Quentin")
        assert await Activity.filter(contact__name="Zoé Quentin").count() == 2


async def test_the_end_of_a_number_names_a_person(database_url: str) -> None:
    """As people remember it, in pairs; of two who share it the speaker is asked which one."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "contact nouveau Zoé Quentin +33 6 12 34 79 48")
        assert "Zoé Quentin" in await talk.says("lea", "chercher 79 48")
        assert "Zoé Quentin" in await talk.says("lea", "qui 06 12 34 79 48")
        await talk.says("lea", "appel 79 48 : d'accord")
        assert await Activity.filter(contact__name="Zoé Quentin").count() == 1
        await talk.says("lea", "contact nouveau Yann Perec +33 6 99 99 79 48")
        asked = await talk.says("lea", "appel 79 48 : encore")
        assert asked.button("Zoé Quentin")
        assert asked.button("Yann Perec")
        assert not await Activity.exists(notes="encore")


async def test_several_near_ones_are_shown(database_url: str) -> None:
    """A slip between two names: both have a button, and nothing is written before one is pressed."""
    async with conversation(database_url) as talk:
        for name in ("Clara Moreau", "Clara Moreno"):
            await talk.says("marc", f"contact new {name}")
        found = await talk.says("marc", "find morenu")
        assert "Clara Moreau" in found
        assert "Clara Moreno" in found
        asked = await talk.says("marc", "call Morenu 20m: hello")
        assert not await Activity.exists(notes="hello")
        await talk.presses("marc", asked, "Clara Moreno")
        call = await Activity.get(notes="hello").select_related("contact")
        assert call.contact is not None
        assert call.contact.name == "Clara Moreno"


async def test_the_best_fit_stands_first_of_all_kinds(database_url: str) -> None:
    """The company of that very name before its people and what only begins so."""
    async with conversation(database_url) as talk:
        seen = await talk.says("lea", "chercher acme")
        lines = [line for line in seen.text.splitlines() if "-" in line and any(c.isdigit() for c in line)]
        assert "Acme" in lines[0]
        first = seen.text.index("O-1")
        assert first < seen.text.index("C-12")


async def test_a_long_list_is_turned_over(database_url: str) -> None:
    """Ten at a time, numbered on, each person once; the last page has no button for more."""
    async with conversation(database_url) as talk:
        for number in range(23):
            await talk.says("marc", f"contact new Quentina Number{number:02}")
        first = await talk.says("marc", "find quentina")
        second = await talk.presses("marc", first, "… 13 more")
        third = await talk.presses("marc", second, "… 3 more")
        pages = [
            {number for number in range(23) if f"Number{number:02}" in seen}
            for seen in (first, second, third)
        ]
        assert [len(page) for page in pages] == [10, 10, 3]
        assert len(set.union(*pages)) == 23
        assert "more" not in third


async def test_a_list_that_is_cut_says_so(database_url: str) -> None:
    """Behind the last page stands that a word more would help."""
    async with conversation(database_url) as talk:
        marc = Author(await Member.get(email="marc@parley.example"), talk.clock.now(), "many")
        for number in range(60):
            await Contact.add(marc, name=f"Quentina Number{number}")
        seen = await talk.says("lea", "chercher quentina")
        for left in (40, 30, 20, 10):
            seen = await talk.presses("lea", seen, f"… encore {left}")
        assert "ajoutez un mot" in seen


async def test_a_domain_finds_people_and_company(database_url: str) -> None:
    """With its company's card one button away."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "contact new Ada Quist ada@quist-works.example")
        await talk.says("marc", "company new Quist Works quist-works.example")
        seen = await talk.says("marc", "find quist-works.example")
        assert "Ada Quist" in seen
        assert "Quist Works" in seen


async def test_a_renamed_company_is_found_by_its_new_name(database_url: str) -> None:
    """So are its people and deals; undone in the chat, by the old one again."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "contact nouveau Zoé Quentin @ Acme")
        seen = await talk.says("lea", "champ acme nom Zephyrine")
        assert (await Company.get(number=1)).name == "Zephyrine", seen.text
        shown = await talk.says("lea", "chercher zephyrine")
        for reference in ("O-1", "C-12"):
            assert reference in shown, shown.text
        assert "Quentin" not in await talk.says("lea", "chercher acme quentin")
        await talk.presses("lea", seen, "Annuler")
        assert "Zoé Quentin" in await talk.says("lea", "chercher acme quentin")


async def test_nothing_of_others_is_found_by_any_of_it(database_url: str) -> None:
    """Where each sees their own only: no id, initials, number, domain or slip shows another's."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "contact new Zoltan Quirrenbach +33 6 12 34 79 48 zoltan@quirrenbach.example")
        number = (await Contact.get(name="Zoltan Quirrenbach")).number
        workspace = await Workspace.get()
        workspace.visibility = Visibility.OWN
        await workspace.save(update_fields=["visibility"])
        for typed in (
            f"c{number}",
            f"C-{number}",
            "zq",
            "79 48",
            "quirrenbach.example",
            "zoltn",
            "quirenbach",
        ):
            for line in (f"find {typed}", f"who {typed}", f"call {typed}: hello"):
                assert "Zoltan" not in await talk.says("lea", line), line
        assert not await Activity.exists(notes="hello")
        assert "Zoltan" in await talk.says("marc", "find zoltn")


async def test_an_id_alone_shows_its_record(database_url: str) -> None:
    """A number of nothing is said to be none."""
    async with conversation(database_url) as talk:
        assert "Globex Pilot" in await talk.says("marc", "d-90")
        assert "Jane Roy" in await talk.says("lea", " C-31 ")
        assert "D-999" in await talk.says("marc", "D-999")
