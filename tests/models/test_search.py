"""Search forgives: what people type leads to whom they mean, and never to what they may not see."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.database import Database
from models import search
from models.change import Author
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Stage
from models.member import Member
from models.search import Token, Vocabulary
from models.search.folding import ends_of_number, initials, joined, numbers
from models.undo import undo
from models.workspace import Visibility
from tests.directory import ANNS, BENS, NOW, directory
from tests.effort import tries

# A word of which one letter may be wrong.
FORGIVEN = 5


async def names(member: Member, text: str) -> list[str]:
    found = await search.find(Contact, member, text, vocabulary=Vocabulary(), loosely=True)
    return [contact.name for contact in found]


# -- what is typed, and whom it leads to -----------------------------------------------------------

TYPED = {
    "accents left out": ("genevieve lefevre", "Geneviève Lefèvre"),
    "accents put wrong": ("Géneviève Lefevré", "Geneviève Lefèvre"),
    "the surname first": ("doe jane", "Jane Doe"),
    "the surname first, with a comma": ("Doe, Jane", "Jane Doe"),
    "an initial and the surname": ("J. Doe", "Jane Doe"),
    "an initial joined to the surname": ("J.Doe", "Jane Doe"),
    "beginnings": ("jan do", "Jane Doe"),
    "initials": ("jd", "Jane Doe"),
    "initials with dots": ("J.D.", "Jane Doe"),
    "initials with particles": ("jpdlt", "Jean-Pierre de la Tour"),
    "initials without particles": ("vb", "Vincent van den Berg"),
    "a typo in each of two words": ("genevive lefvre", "Geneviève Lefèvre"),
    "letters changed over": ("gronsmann jürgen", "Jürgen Großmann"),
    "two slips in a long word": ("παπαδοπλος", "Γιώργος Παπαδόπουλος"),
    "nobody": ("zzyzx", None),
    "ß written out": ("grossmann", "Jürgen Großmann"),
    "an umlaut written out": ("juergen", "Jürgen Großmann"),
    "a hyphen left out": ("jean pierre", "Jean-Pierre de la Tour"),
    "a hyphen left out, joined": ("jeanpierre", "Jean-Pierre de la Tour"),
    "a hyphen put in": ("van-den-berg", "Vincent van den Berg"),
    "particles joined": ("vandenberg", "Vincent van den Berg"),
    "particles left out": ("vincent berg", "Vincent van den Berg"),
    "particles joined to a name": ("delatour", "Jean-Pierre de la Tour"),
    "an apostrophe": ("o'brien", "Siobhán O'Brien"),
    "a curly apostrophe": ("O’Brien", "Siobhán O'Brien"),
    "an apostrophe left out": ("obrien", "Siobhán O'Brien"),
    "an apostrophe as a space": ("o brien", "Siobhán O'Brien"),
    "a dotted capital": ("ipek", "İpek Işıklı"),
    "a dotless letter": ("isikli", "İpek Işıklı"),
    "ligatures": ("aegir thorsson", "Ægir Þórsson"),
    "a Chinese surname": ("王", "王小明"),
    "a Chinese given name": ("小明", "王小明"),
    "a Japanese name without its space": ("太郎 山田", "山田 太郎"),
    "a Korean given name": ("철수", "김철수"),
    "an Arabic name with another alef": ("احمد", "أحمد المصري"),
    "an Arabic name with another yeh": ("المصرى", "أحمد المصري"),
    "a Greek name without accents, in capitals": ("ΠΑΠΑΔΟΠΟΥΛΟΣ", "Γιώργος Παπαδόπουλος"),
    "a Greek typo": ("γιωγος", "Γιώργος Παπαδόπουλος"),
    "a Cyrillic yo": ("федор", "Фёдор Достоевский"),
    "a Cyrillic typo": ("достоевскй", "Фёдор Достоевский"),
    "Vietnamese without its marks": ("nguyen van minh", "Nguyễn Văn Minh"),
    "Polish without its marks": ("lukasz zolc", "Łukasz Żółć"),
    "the second of two first names": ("jose carreno", "María-José Carreño Quiñones"),
    "an address": ("jane.doe@acme.example", "Jane Doe"),
    "the beginning of an address": ("jane.doe@", "Jane Doe"),
    "an address with a typo": ("jane.deo@acme.example", "Jane Doe"),
    "a part of a domain": ("brien.co.uk", "Siobhán O'Brien"),
    "a number as it is stored": ("+33612347948", "Jane Doe"),
    "a number with two noughts": ("0033 6 12 34 79 48", "Jane Doe"),
    "a number as it is dialled at home": ("06 12 34 79 48", "Jane Doe"),
    "a number with an optional nought": ("+49 (0)171 1234567", "Jean-Pierre de la Tour"),
    "the last digits in pairs": ("79 48", "Jane Doe"),
    "the last digits at once": ("7948", "Jane Doe"),
    "the last digits in other groups": ("347-948", "Jane Doe"),
    "the beginning of a number at home": ("0171", "Jean-Pierre de la Tour"),
    "a name and the last digits": ("jane 79 48", "Jane Doe"),
    "a city of two words": ("saint etienne", "Jürgen Großmann"),
    "a name and a city": ("lefevre lyon", "Geneviève Lefèvre"),
    "a name and a postcode": ("lefevre 69003", "Geneviève Lefèvre"),
    "a company's word": ("vincent präzision", "Vincent van den Berg"),
}


@asynccontextmanager
async def listed(url: str, visibility: Visibility = Visibility.EVERYONE) -> AsyncIterator[Database]:
    database = Database(url)
    await database.open()
    try:
        async with database.transaction():
            await directory(visibility)
        yield database
    finally:
        await database.close()


async def member(name: str) -> Member:
    return await Member.get(email=f"{name}@team.example").select_related("workspace")


async def test_whatever_is_typed_leads_to_whom_it_means(database_url: str) -> None:
    """Every way of typing a name, an address, a number or a place finds that person alone."""
    async with listed(database_url):
        ann = await member("ann")
        missed = {how: await names(ann, text) for how, (text, _) in TYPED.items()}
    expected = {how: [name] if name else [] for how, (_, name) in TYPED.items()}
    assert missed == expected


async def test_a_place_and_a_domain_find_all_who_are_there(database_url: str) -> None:
    """People by city, postcode and domain; the company by its domain, however it is typed."""
    async with listed(database_url):
        ann = await member("ann")
        for text in ("Lyon", "69003"):
            assert len(await names(ann, text)) == 2
        assert set(await names(ann, "acme.example")) == {"Jane Doe", "Nguyễn Văn Minh"}
        assert set(await names(ann, "@acme.example")) == {"Jane Doe", "Nguyễn Văn Minh"}
        companies = await search.find(Company, ann, "acme.example")
        assert len(companies) == 2


async def test_several_near_ones_are_all_found(database_url: str) -> None:
    """A typo between two names gives both of them."""
    async with listed(database_url):
        ann = await member("ann")
        by = Author(ann, NOW, "1.0")
        for name in ("Clara Moreau", "Clara Moreno"):
            await Contact.add(by, name=name)
        assert set(await names(ann, "morenu")) == {"Clara Moreau", "Clara Moreno"}


async def test_of_many_near_words_the_others_choose(database_url: str) -> None:
    """A slip that thirty surnames lie near leads to the one person of that first name."""
    async with listed(database_url):
        ann = await member("ann")
        by = Author(ann, NOW, "1.0")
        for letter in "abcdefghijklmnopqrstuvwxyz":
            first = "Odile" if letter == "z" else "Quentin"
            await Contact.add(by, name=f"{first} Mo{letter}amura")
            await Contact.add(by, name=f"Quentin Moamur{letter}")
        assert await names(ann, "odile moamura") == ["Odile Mozamura"]


async def test_the_best_stand_first(database_url: str) -> None:
    """The very word before its beginning, one's own before others', the latest before older ones."""
    async with listed(database_url):
        ann, ben = await member("ann"), await member("ben")
        steps = [
            ("Rosalinde Test", ann, 5),
            ("Rosa Old", ben, 1),
            ("Rosa New", ben, 3),
            ("Rosa Mine", ann, 0),
            ("Rosamunde Test", ben, 9),
        ]
        for name, owner, day in steps:
            await Contact.add(Author(owner, NOW + timedelta(days=day), name), name=name, owner_id=owner.id)
        expected = ["Rosa Mine", "Rosa New", "Rosa Old", "Rosalinde Test", "Rosamunde Test"]
        assert await names(ann, "rosa") == expected
        assert await names(ann, "rosa") == expected


async def test_the_best_are_found_among_many(database_url: str) -> None:
    """The one whose very name was typed, and one's own, are not lost behind newer beginnings."""
    async with listed(database_url):
        ann, ben = await member("ann"), await member("ben")
        await Contact.add(Author(ben, NOW, "0"), name="Mari Last", owner_id=ben.id)
        await Contact.add(Author(ann, NOW, "1"), name="Marilena Mine", owner_id=ann.id)
        for number in range(40):
            by = Author(ben, NOW + timedelta(hours=number), f"later {number}")
            await Contact.add(by, name=f"Marianne Number{number}", owner_id=ben.id)
        found = await names(ann, "mari")
        assert found[:2] == ["Mari Last", "Marilena Mine"]
        assert len(found) == search.MOST_FOUND


# -- a company's new name --------------------------------------------------------------------------


async def test_a_company_s_new_name_finds_its_people_and_deals(database_url: str) -> None:
    """The old name finds them no more; undoing the renaming turns it round, also of what came since."""
    async with listed(database_url) as database:
        ann = await member("ann")
        company = await Company.get(name__startswith="Ann")
        stage = await Stage.all().order_by("id").first()
        assert stage is not None
        await Deal.add(Author(ann, NOW, "0"), name="Renewal", company_id=company.id, stage_id=stage.id)

        async def found_by(text: str) -> tuple[int, int]:
            people, deals = [await search.find(kind, ann, text, limit=50) for kind in (Contact, Deal)]
            return len(people), len(deals)

        assert await found_by("ann söhne") == (len(ANNS), 1)
        async with database.transaction():
            await company.write(Author(ann, NOW, "1.0"), name="Zephyr & Söhne")
        assert await found_by("zephyr") == await found_by("söhne zephyr") == (len(ANNS), 1)
        assert await found_by("ann söhne") == (0, 0)
        await Contact.add(Author(ann, NOW, "2"), name="Late Comer", company_id=company.id)
        async with database.transaction():
            await undo(Author(ann, NOW, "3.0"), "1.0")
        assert await found_by("zephyr") == (0, 0)
        assert await found_by("ann söhne") == (len(ANNS) + 1, 1)


async def test_a_company_that_was_merged_and_renamed_is_found_by_the_last_name(database_url: str) -> None:
    """Its people by the survivor's name; after the merge is undone, by its own again."""
    async with listed(database_url) as database:
        ann, ben = await member("ann"), await member("ben")
        theirs = await Company.get(name__startswith="Ben")
        ours = await Company.get(name__startswith="Ann")
        admin = ann
        admin.role = ben.role = type(ann.role).ADMIN
        async with database.transaction():
            await ours.absorb(theirs, Author(admin, NOW, "1.0"))
        async with database.transaction():
            await ours.write(Author(admin, NOW, "2.0"), name="Zephyr")
        found = await search.find(Contact, admin, "zephyr", limit=50)
        assert len(found) == len(ANNS) + len(BENS)
        async with database.transaction():
            await undo(Author(admin, NOW, "3.0"), "1.0")
        assert {each.name for each in await search.find(Contact, admin, "zephyr", limit=50)} == set(ANNS)
        assert {each.name for each in await search.find(Contact, admin, "ben präzision", limit=50)} == set(
            BENS
        )


# -- one slip, and what is not one's own -----------------------------------------------------------


def slipped(word: str, dice: random.Random) -> str:
    """The word with a letter too few, too many, another one, or two changed over."""
    place = dice.randrange(len(word))
    other = dice.choice(word)
    return dice.choice(
        [
            word[:place] + word[place + 1 :],
            word[:place] + other + word[place:],
            word[:place] + other + word[place + 1 :],
            word[:place] + word[place : place + 2][::-1] + word[place + 2 :],
        ]
    )


def known_words() -> Iterator[tuple[str, str]]:
    """Every name of a person in the directory with one of its words that is long enough for a slip."""
    for name in (*ANNS, *BENS):
        yield from ((name, word) for word in search.parts(name) if len(word) >= FORGIVEN)


@pytest.fixture(scope="module")
def filled(sqlite_template: object, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The directory in a file, in which each sees their own only."""
    path = tmp_path_factory.mktemp("directory") / "parley.db"
    shutil.copyfile(str(sqlite_template), path)

    async def fill() -> None:
        async with listed(f"sqlite://{path}", Visibility.OWN):
            pass

    asyncio.run(fill())
    return f"sqlite://{path}"


@given(st.lists(st.tuples(st.sampled_from(list(known_words())), st.integers(0, 2**32)), max_size=20))
@tries(12)
def test_one_slip_in_a_word_is_forgiven_to_whom_it_is_shown(
    filled: str, slips: list[tuple[tuple[str, str], int]]
) -> None:
    """Any of a person's longer words leads to them, one slip in it, but only whoever may see them."""

    async def look_up() -> None:
        database = Database(filled)
        await database.open()
        try:
            ann, ben = await member("ann"), await member("ben")
            for (name, word), seed in slips:
                text = slipped(word, random.Random(seed))
                anns, bens = await names(ann, text), await names(ben, text)
                assert name in (anns if name in ANNS else bens), text
                assert not set(anns) & set(BENS)
                assert not set(bens) & set(ANNS)
        finally:
            await database.close()

    asyncio.run(look_up())


async def test_nothing_that_is_typed_leads_to_what_is_not_one_s_own(database_url: str) -> None:
    """Who sees their own only finds no one else's by name, slip, initials, number, place or domain."""
    async with listed(database_url, Visibility.OWN):
        ann, ben = await member("ann"), await member("ben")
        for text, name in TYPED.values():
            if name is not None:
                seeing, blind = (ann, ben) if name in ANNS else (ben, ann)
                assert name in await names(seeing, text), text
                assert name not in await names(blind, text), text
        for text in ("ben präzision", "minh acme.example", "4948", "nvm", "69003 lukasz"):
            assert not set(await names(ann, text)) & set(BENS), text


# -- words -----------------------------------------------------------------------------------------


@given(st.text(max_size=300))
@tries(300)
def test_any_text_has_words_that_an_index_can_hold(text: str) -> None:
    """No text is refused, folding twice changes nothing, and no token is too long or empty."""
    assert search.fold(search.fold(text)) == search.fold(text)
    for word in (*search.words(text), *joined(text), *initials(text)):
        assert 0 < len(word) <= search.LONGEST_TOKEN
    for run, digits in numbers(text):
        assert run in text
        assert digits.isdigit()


def test_a_number_is_found_from_both_ends() -> None:
    """As it is dialled at home, whatever the length of its country's code, and from its last digit on."""
    assert ends_of_number("+12125550134") == ["2125550134", "~43105552121"]
    assert ends_of_number("+33612347948") == ["612347948", "~84974321633"]
    assert ends_of_number("+420601234948") == ["601234948", "~849432106024"]
    assert ends_of_number("no number") == []


async def test_a_person_takes_few_rows(database_url: str) -> None:
    """Name, address, number, city and company of a contact take no more than sixteen tokens."""
    async with listed(database_url):
        jane = await Contact.get(name="Jane Doe")
        await jane.write(Author(await member("ann"), NOW, "1"), city="Lyon", postcode="69003")
        rows = await Token.filter(record_id=jane.id, kind__startswith="contact").values_list("kind", "token")
    assert len(rows) <= 16, sorted(rows)
