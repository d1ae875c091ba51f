"""Two records become one by conversation, and two again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.activity import Activity
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from tests.driver import Conversation, conversation


async def _twin(talk: Conversation) -> int:
    """A second Jane Doe of Léa's with an address of her own and a call; returns her number."""
    shown = await talk.says("lea", "contact nouveau Jane Doe chez Acme j.doe@acme.example")
    await talk.presses("lea", shown, "Ajouter quand même")
    twin = (await Contact.filter(name="Jane Doe").order_by("-id"))[0]
    await talk.says("lea", f"appel C-{twin.number} 10 min : bonjour")
    return int(twin.number)


async def test_two_contacts_become_one(database_url: str) -> None:
    """The card shows what the survivor gains; her number leads to the survivor from then on."""
    async with conversation(database_url) as talk:
        number = await _twin(talk)
        card = await talk.says("lea", f"fusionner C-12 C-{number}")
        assert "j.doe@acme.example" in card
        assert "1 échange" in card
        assert not await Contact.filter(number=number, deleted_at__isnull=False).exists()
        await talk.presses("lea", card, "Confirmer")
        jane = await Contact.get(number=12)
        assert jane.emails[-1] == "j.doe@acme.example"
        assert (await Activity.get()).contact_id == jane.id
        assert "C-12 Jane Doe" in await talk.says("lea", f"qui C-{number}")
        assert f"C-{number} en fait partie" in await talk.says("lea", "historique C-12")
        assert "une seule et même" in await talk.says("lea", f"fusionner C-12 C-{number}")


async def test_a_merge_is_undone_whole(database_url: str) -> None:
    """By the word, for thirty days."""
    async with conversation(database_url) as talk:
        number = await _twin(talk)
        before = await Contact.all().order_by("id").values("emails", "deleted_at", "merged_into")
        await talk.presses("lea", await talk.says("lea", f"fusionner C-12 C-{number}"), "Confirmer")
        await talk.time.passes(timedelta(days=29))
        await talk.says("lea", "annuler")
        assert await Contact.all().order_by("id").values("emails", "deleted_at", "merged_into") == before
        assert (await Activity.get()).contact_id == (await Contact.get(number=number)).id


async def test_what_was_changed_since_stays_and_is_told(database_url: str) -> None:
    """A child that moved on and a field that somebody wrote since: the rest is taken back."""
    async with conversation(database_url) as talk:
        number = await _twin(talk)
        await talk.says("lea", f"affaire D-131 avec C-{number}")
        merged = await talk.presses("lea", await talk.says("lea", f"fusionner C-12 C-{number}"), "Confirmer")
        jane = await Contact.get(number=12)
        assert jane.id in await (await Deal.get(number=131)).contact_ids()
        # The deal's people are written anew, and so are the addresses.
        await talk.says("lea", "affaire D-131 sans C-40")
        changed = await talk.says("sam", "field C-12 e-mail new@acme.example")
        await talk.presses("sam", changed, "Confirm")
        emails = (await Contact.get(number=12)).emails
        assert emails != jane.emails
        undone = await talk.presses("lea", merged, "Annuler")
        twin = await Contact.get(number=number)
        assert (twin.deleted_at, twin.merged_into) == (None, None)
        assert (await Activity.get()).contact_id == twin.id
        assert await (await Deal.get(number=131)).contact_ids() == [jane.id]
        assert "1 élément passé à C-12" in undone
        assert "C-12 garde ce que Sam Okafor a changé depuis" in undone
        assert (await Contact.get(number=12)).emails == emails
        assert "Déjà fait" in await talk.presses("lea", merged, "Annuler")


@pytest.mark.parametrize(
    ("one", "two"), [("merge D-90 D-118", "D-118"), ("merge globex pilot, initech rollout", "D-118")]
)
async def test_two_deals_become_one(database_url: str, one: str, two: str) -> None:
    """By id or by name, the first one stays."""
    async with conversation(database_url) as talk:
        await talk.presses("marc", await talk.says("marc", one), "Confirm")
        deal = await Deal.get(number=90)
        assert len(await deal.contact_ids()) == 2
        assert (await Deal.get(number=118)).merged_into == deal.id
        assert "D-90 Globex Pilot" in await talk.says("marc", f"deal {two}")


async def test_two_companies_become_one(database_url: str) -> None:
    """Nobody's companies are everyone's; their people and deals follow."""
    async with conversation(database_url) as talk:
        card = await talk.says("sam", "merge globex, initech")
        assert "1 contact" in card and "1 deal" in card
        await talk.presses("sam", card, "Confirm")
        globex = await Company.get(name="Globex")
        assert (await Contact.get(name="Omar Haddad")).company_id == globex.id
        assert (await Deal.get(number=118)).company_id == globex.id


async def test_only_two_of_a_kind_are_merged(database_url: str) -> None:
    """And never one with itself; what is missing is asked, with who looks the same."""
    async with conversation(database_url) as talk:
        assert "of one kind" in await talk.says("marc", "merge C-31 D-90")
        assert "one and the same" in await talk.says("marc", "merge C-31 C-31")
        await talk.presses(
            "marc", await talk.says("marc", "contact new Jane Roy @ Initech"), "Add all the same"
        )
        twin = (await Contact.filter(name="Jane Roy").order_by("-id"))[0]
        asked = await talk.says("marc", "merge C-31")
        assert "Which one becomes a part of it?" in asked
        assert "becomes a part of C-31" in await talk.presses("marc", asked, f"{twin.reference} Jane Roy")


async def test_both_must_be_ones_own(database_url: str) -> None:
    """A rep who merges with another's contact asks its owner."""
    async with conversation(database_url) as talk:
        assert "C-12 belongs to Léa Martin" in await talk.says("marc", "merge C-31 C-12")
        assert "C-12 belongs to Léa Martin" in await talk.says("marc", "merge C-12 C-31")


async def test_what_was_merged_is_not_restored(database_url: str) -> None:
    """It is a part of the other; the undo of the merge brings it back."""
    async with conversation(database_url) as talk:
        await talk.presses("marc", await talk.says("marc", "merge D-90 D-118"), "Confirm")
        await talk.says("marc", "restore D-118")
        assert (await Deal.get(number=118)).deleted_at is not None


@pytest.mark.parametrize("line", ["merge Jane Roy and May Chen", "fusionner Jane Roy avec May Chen"])
async def test_the_two_may_be_joined_by_a_word(database_url: str, line: str) -> None:
    """It is no part of a name, and picks nobody else."""
    async with conversation(database_url) as talk:
        assert "May Chen becomes a part of" in await talk.says("marc", line)
