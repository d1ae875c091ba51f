"""Leads: a new one, and what it becomes; all of it in one message, all of it taken back by one word."""

from __future__ import annotations

from models.activity import Activity
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.lead import Lead, LeadStatus
from models.reminder import Reminder
from tests.driver import conversation


async def test_a_lead_is_added_from_one_line(database_url: str) -> None:
    """Person, company, source, address and amount; a contact that it may be is named."""
    async with conversation(database_url) as talk:
        seen = await talk.says("marc", "lead new Zoe Roy @ Tarte from web zoe.roy@tarte.example 5k€")
        assert "✅ New lead L-8 · Zoe Roy (Tarte) · Web · zoe.roy@tarte.example" in seen
        assert "perhaps C-40 Zoé Roy (Tarte & Fils)" in seen
        lead = await Lead.get(number=8)
        assert (lead.person, lead.company, lead.source, lead.amount) == ("Zoe Roy", "Tarte", "Web", 500_000)
        assert not await Company.exists(name="Tarte")


async def test_a_lead_is_added_in_french(database_url: str) -> None:
    """A source is known by its French names; words that name none stay part of the company's."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "prospect nouveau Ana Gil chez Bois de Vincennes rencontrée")
        assert (await Lead.get(number=8)).company == "Bois de Vincennes rencontrée"
        seen = await talk.says("lea", "prospect nouveau Ugo Petit chez Petit Bois via un salon")
        assert "✅ Nouveau prospect L-9 · Ugo Petit (Petit Bois) · Événement" in seen
        assert (await Lead.get(number=9)).source == "Event"


async def test_a_lead_that_is_there_is_shown_first(database_url: str) -> None:
    """Somebody with an open lead's name is added only if told to, with all that was typed."""
    async with conversation(database_url) as talk:
        shown = await talk.says("marc", "lead new Paul Vidal @ Vidal from referral 2k€")
        assert "L-7 Paul Vidal (Vidal Traiteur): is it the same person?" in shown
        await talk.presses("marc", shown, "Add all the same")
        lead = await Lead.get(number=8)
        assert (lead.company, lead.source, lead.amount) == ("Vidal", "Referral", 200_000)


async def test_a_lead_s_card_is_whole(database_url: str) -> None:
    """Status in words, source, addresses, and what can be done."""
    async with conversation(database_url) as talk:
        seen = await talk.says("lea", "prospect L-7")
        for words in (
            "L-7 Paul Vidal",
            "nouveau",
            "Vidal Traiteur",
            "Web",
            "paul@vidal.example",
            "Convertir",
        ):
            assert words in seen, seen.text


async def test_a_lead_becomes_a_contact_a_company_and_a_deal(database_url: str) -> None:
    """One line makes all three; touches and follow-ups are reachable from each; the lead says so."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "note L-7 veut un devis pour 40 couverts")
        await talk.says("lea", "appel L-7 10 min, relance jeudi 10h")
        seen = await talk.says("lea", "convertir L-7 3k€")
        assert "✅ L-7 converti → C-48 Paul Vidal (Vidal Traiteur) · D-143 Vidal Traiteur 3 000 €" in seen
        contact, deal = await Contact.get(number=48), await Deal.get(number=143)
        assert (contact.emails, deal.amount, deal.source) == (["paul@vidal.example"], 300_000, "Web")
        assert await deal.contact_ids() == [contact.id]
        hanging = {"contact_id": contact.id, "deal_id": deal.id, "company_id": contact.company_id}
        assert await Activity.filter(**hanging).count() == 2
        assert await Reminder.filter(**hanging).count() == 1
        assert "veut un devis" in await talk.says("lea", "qui paul")
        card = await talk.says("lea", "prospect L-7")
        assert "C-48 Paul Vidal, O-5 Vidal Traiteur, D-143 Vidal Traiteur" in card
        assert "converti" in card
        assert "Convertir" not in card
        assert "Déjà fait" in await talk.says("lea", "convertir L-7")


async def test_a_conversion_is_taken_back_whole(database_url: str) -> None:
    """Nothing that it made is left, and what hung on the lead hangs on it alone again."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "appel L-7 10 min, relance jeudi 10h")
        seen = await talk.says("lea", "convertir L-7 3k€")
        await talk.presses("lea", seen, "Annuler")
        for made in (await Contact.get(number=48), await Company.get(number=5), await Deal.get(number=143)):
            assert made.deleted_at is not None
        assert (await Lead.get(number=7)).status is LeadStatus.NEW
        call, reminder = await Activity.get(), await Reminder.get()
        assert (call.contact_id, call.company_id, call.deal_id) == (None, None, None)
        assert (reminder.contact_id, reminder.company_id, reminder.deal_id) == (None, None, None)
        assert "Convertir" in await talk.says("lea", "prospect L-7")
        assert "✅ L-7 converti" in await talk.says("lea", "convertir L-7")


async def test_without_an_amount_no_deal_is_opened(database_url: str) -> None:
    """A contact and a company, no more."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "convertir L-7")
        assert await Contact.exists(name="Paul Vidal")
        assert await Deal.all().count() == 4


async def test_a_known_contact_is_offered(database_url: str) -> None:
    """The one who is known learns the new address; nobody is made twice, not even the company."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "prospect nouveau Zoé Roy chez Tarte & Fils zoe.perso@mail.example 900€")
        asked = await talk.says("lea", "convertir L-8")
        assert "est-ce quelqu’un que nous connaissons" in asked
        assert await Deal.all().count() == 4
        done = await talk.presses("lea", asked, "C-40 Zoé Roy · Tarte & Fils")
        assert "✅ L-8 converti → C-40 Zoé Roy (Tarte & Fils)" in done
        zoe = await Contact.get(number=40)
        assert zoe.emails == ["zoe@tarte.example", "zoe.perso@mail.example"]
        assert await Company.all().count() == 4
        assert (await Deal.get(number=143)).company_id == zoe.company_id
        await talk.presses("lea", done, "Annuler")
        assert (await Contact.get(number=40)).emails == ["zoe@tarte.example"]


async def test_a_near_company_is_asked_about(database_url: str) -> None:
    """A new person of a company that may be known under another name."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "lead new Ann Lee @ Globex Inc")
        asked = await talk.says("marc", "convert L-8")
        assert "Which company is Globex Inc?" in asked
        await talk.presses("marc", asked, "O-2 Globex")
        contact = await Contact.get(name="Ann Lee")
        assert (await Company.get(id=contact.company_id)).name == "Globex"


async def test_another_s_lead_is_not_converted(database_url: str) -> None:
    """A rep asks its owner; the manager sees what would be made, and only Confirm makes it."""
    async with conversation(database_url) as talk:
        refused = await talk.says("marc", "convert L-7")
        assert "L-7 belongs to Léa Martin" in refused
        shown = await talk.says("nora", "convert L-7 4k€")
        assert "New company Vidal Traiteur" in shown
        assert not await Contact.exists(name="Paul Vidal")
        await talk.presses("nora", shown, "Confirm")
        contact = await Contact.get(name="Paul Vidal")
        assert contact.owner_id == (await Lead.get(number=7)).owner_id
        assert (await Deal.get(number=143)).amount == 400_000


async def test_a_converted_lead_is_no_second_person(database_url: str) -> None:
    """Its contact has taken its place: a call asks no question."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "convertir L-7")
        assert "Appel enregistré · Paul Vidal (Vidal Traiteur)" in await talk.says(
            "lea", "appel Paul Vidal 5 min"
        )


async def test_history_tells_of_a_lead(database_url: str) -> None:
    """Its status in words, before and after."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "champ L-7 statut en cours")
        assert "Statut nouveau → en cours" in await talk.says("lea", "historique L-7")
