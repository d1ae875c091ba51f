"""Fields: filled in, refused with what they take, defined by an admin."""

from __future__ import annotations

from typing import Any

import pytest

from models.company import Company
from models.contact import Contact
from models.custom_field import CustomField
from models.lead import Lead, LeadStatus
from models.member import Member
from tests.acceptance.test_bad_input import HOSTILE
from tests.driver import conversation


@pytest.mark.parametrize(
    ("line", "column", "value"),
    [
        ("field C-12 phone 06 39 98 01 55", "phones", ["+33639980155"]),
        ("champ C-12 téléphone +33 6 39 98 01 55", "phones", ["+33639980155"]),
        ("field Jane Doe email Jane@New.example", "emails", ["jane@new.example"]),
        ("field C-12 job title VP Sales", "job_title", "VP Sales"),
        ("champ C-12 poste Directrice", "job_title", "Directrice"),
        ("champ C-12 fonction aucune", "job_title", ""),
        ("field C-12 city: Lille", "city", "Lille"),
        ("champ C-12 code postal 59000", "postcode", "59000"),
        ("field C-12 country Belgique", "country", "BE"),
        ("field C-12 street 3 rue Neuve", "street", "3 rue Neuve"),
        ("field C-12 name Jane Doe-Martin", "name", "Jane Doe-Martin"),
        ("field C-12 phone none", "phones", []),
    ],
)
async def test_a_contact_s_field_is_filled_in(database_url: str, line: str, column: str, value: Any) -> None:
    """By its name in either language, typed as people type it."""
    async with conversation(database_url) as talk:
        assert "✅ C-12" in await talk.says("lea", line)
        assert getattr(await Contact.get(number=12), column) == value


async def test_the_main_number_is_replaced_and_the_others_stay(database_url: str) -> None:
    """What was, what is; undo brings it back; search finds the new one only."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "contact new Max Li +1 617 555 0101 +1 617 555 0102")
        seen = await talk.says("marc", "field Max Li phone +1 617 555 0199")
        assert "+16175550101, +16175550102 → +16175550199, +16175550102" in seen
        assert "Max Li" in await talk.says("marc", "find +16175550199")
        await talk.presses("marc", seen, "Undo")
        assert (await Contact.get(name="Max Li")).phones == ["+16175550101", "+16175550102"]


@pytest.mark.parametrize(
    ("line", "takes"),
    [
        ("field C-31 phone soon", "Phone takes a phone number"),
        ("field C-31 email nobody", "E-mail takes an e-mail address"),
        ("field C-31 country Narnia", "Country takes a country"),
        ("field O-2 size many", "Employees takes a whole number"),
        ("field O-2 size 1e30", "Employees takes a whole number"),
        ("field O-2 website not a site", "Website takes a web address"),
        ("field C-31 postcode 123456789012345678901", "Postcode takes a short text"),
        ("field C-31 job title", "Job takes a short text"),
        ("field C-31 shoe size 43", "There are: Name, Job, Phone"),
    ],
)
async def test_a_wrong_value_is_refused_with_what_fits(database_url: str, line: str, takes: str) -> None:
    """And nothing is written."""
    async with conversation(database_url) as talk:
        assert takes in await talk.says("marc", line)
        assert (await Contact.get(number=31)).revision == 1
        assert (await Company.get(number=2)).revision == 1


@pytest.mark.parametrize(
    ("defined", "line", "stored", "shown"),
    [
        ("field contact birthday date", "field C-31 birthday 3 May 1984", "1984-05-03", "May 3, 1984"),
        (
            "champ contact anniversaire date",
            "field C-31 anniversaire 1984-05-03",
            "1984-05-03",
            "May 3, 1984",
        ),
        ("field contact budget money", "field C-31 budget 12.5k€", [1_250_000, "EUR"], "€12,500"),
        ("field contact children number", "field C-31 children 2", "2", "2"),
        (
            "field contact size choice(small, very large)",
            "field C-31 size Very Large",
            "very large",
            "very large",
        ),
        ("field contact newsletter yes/no", "field C-31 newsletter oui", True, "yes"),
        ("field contact newsletter yes/no", "field C-31 newsletter no", False, "no"),
        ("champ contact loisir préféré texte", "field C-31 loisir prefere vélo", "vélo", "vélo"),
    ],
)
async def test_a_field_of_one_s_own_holds_its_kind(
    database_url: str, defined: str, line: str, stored: Any, shown: str
) -> None:
    """An admin defines it; from then on it is filled in, shown on the card and told in the history."""
    async with conversation(database_url) as talk:
        assert "✅ New field" in await talk.says("sam", defined)
        assert "✅ C-31" in await talk.says("marc", line)
        assert list((await Contact.get(number=31)).custom.values()) == [stored]
        assert shown in await talk.says("marc", "who Jane Roy")
        assert shown in await talk.says("marc", "history C-31")
        await talk.says("marc", "undo")
        assert (await Contact.get(number=31)).custom == {}


@pytest.mark.parametrize(
    ("kind", "typed", "takes"),
    [
        ("date", "someday", "a date"),
        ("number", "twelve", "a number"),
        ("money", "a lot", "an amount"),
        ("yes/no", "perhaps", "yes or no"),
        ("choice(red, blue)", "green", "one of: red, blue"),
        ("text", "x" * 501, "some text"),
    ],
)
async def test_a_value_of_another_kind_is_refused(
    database_url: str, kind: str, typed: str, takes: str
) -> None:
    """With what the field takes."""
    async with conversation(database_url) as talk:
        await talk.says("sam", f"field contact thing {kind}")
        assert f"thing takes {takes}" in await talk.says("marc", f"field C-31 thing {typed}")
        assert (await Contact.get(number=31)).custom == {}


async def test_only_an_admin_defines_fields(database_url: str) -> None:
    """For a rep and a manager nothing changes."""
    async with conversation(database_url) as talk:
        for name, refusal in (("lea", "Seuls les administrateurs"), ("nora", "Only admins")):
            assert refusal in await talk.says(name, "field contact birthday date")
        assert not await CustomField.exists()


async def test_a_definition_that_says_no_kind_is_refused(database_url: str) -> None:
    """With the kinds there are, in the reader's language."""
    async with conversation(database_url) as talk:
        assert "text, number, money, date, choice, yes/no" in await talk.says("sam", "field contact birthday")
        assert "Name the choices" in await talk.says("sam", "field contact size choice")
        assert "There is a field “Phone” already" in await talk.says("sam", "field contact Phone text")
        await talk.says("sam", "field deal site date")
        assert "already" in await talk.says("sam", "field deal Site number")
        assert await CustomField.all().count() == 1


async def test_a_field_goes_and_comes_back_with_its_values(database_url: str) -> None:
    """Taken away it is shown nowhere; defined anew, or by undo, it is as it was."""
    async with conversation(database_url) as talk:
        await talk.says("sam", "field contact birthday date")
        await talk.says("marc", "field C-31 birthday 3 May 1984")
        gone = await talk.says("sam", "field contact birthday none")
        assert "birthday" not in await talk.says("marc", "who Jane Roy")
        assert "There are:" in await talk.says("marc", "field C-31 birthday 4 May 1984")
        await talk.presses("sam", gone, "Undo")
        assert "birthday" in await talk.says("marc", "who Jane Roy")
        await talk.says("sam", "field contact birthday none")
        await talk.says("sam", "field contact Birthday date")
        assert "May 3, 1984" in await talk.says("marc", "who Jane Roy")
        assert await CustomField.all().count() == 1


async def test_a_lead_s_fields(database_url: str) -> None:
    """Status in words, source from the list, an amount; converted is no word."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "champ L-7 statut en cours")
        await talk.says("lea", "champ L-7 source bouche à oreille")
        await talk.says("lea", "champ L-7 montant 3,5 k€")
        lead = await Lead.get(number=7)
        assert (lead.status, lead.source, lead.amount) == (LeadStatus.WORKING, "Referral", 350_000)
        assert "attend nouveau, en cours ou perdu" in await talk.says("lea", "champ L-7 statut converti")


async def test_another_s_field_is_not_written(database_url: str) -> None:
    """A rep may ask its owner, and the owner's yes writes it."""
    async with conversation(database_url) as talk:
        refused = await talk.says("marc", "field C-12 city Lille")
        assert "C-12 belongs to Léa Martin" in refused
        await talk.presses("marc", refused, "Ask Léa Martin")
        await talk.app.tick()
        await talk.says("lea", "approuver")
        assert (await Contact.get(number=12)).city == "Lille"


async def test_a_hostile_definition_is_answered(database_url: str) -> None:
    """As an admin, as a name, a kind, a choice and a value: a field or a sentence, never an error of ours."""
    async with conversation(database_url) as talk:
        for text in HOSTILE:
            for line in (
                f"field contact {text}",
                f"field contact {text} text",
                f"field deal c choice({text}, b)",
            ):
                assert (await talk.says("sam", line)).text.strip()
            for field in await CustomField.filter(entity="contact", deleted_at=None):
                assert (await talk.says("sam", f"field C-12 {field.label} {text}")).text.strip()
        assert await talk.failures() == []
        assert await Member.all().count() == 4
