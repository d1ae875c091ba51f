"""A deal's life: its figures, its people, its stages, and its end."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from models.activity import Activity
from models.change import Author, Change
from models.contact import Contact
from models.deal import Deal, Pipeline, Stage, StageChange, StageKind
from models.member import Member
from models.notification import Notification, NotificationState
from models.option import Option, OptionList
from models.reminder import Reminder, ReminderState
from models.workspace import Visibility, Workspace
from tests.driver import Conversation, conversation


async def _deal(number: int) -> Deal:
    return await Deal.get(number=number)


async def _stage(number: int) -> str:
    return (await Stage.get(id=(await _deal(number)).stage_id)).name


async def _admin(talk: Conversation, said: str) -> Author:
    admin = await Member.get(email="sam@parley.example").select_related("workspace")
    return Author(admin, talk.clock.now(), said)


# -- figures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "line", "amount", "shown"),
    [
        ("lea", "montant D-142 15k", 1_500_000, "Montant 12 000 € → 15 000 €"),
        ("lea", "amount acme renewal 14,5k", 1_450_000, "12 000 € → 14 500 €"),
        ("marc", "amount D-90 9,500.50", 950_050, "Amount €8,000 → €9,500.50"),
        ("marc", "montant globex pilot 12", 1_200, "Amount €8,000 → €12"),
    ],
)
async def test_an_amount_is_changed_at_once(
    database_url: str, who: str, line: str, amount: int, shown: str
) -> None:
    """On one's own deal it is written, shown before and after, and can be taken back."""
    async with conversation(database_url) as talk:
        seen = await talk.says(who, line)
        assert shown in seen.text.replace("\u202f", " ").replace("\xa0", " ")
        deal = await _deal(142 if who == "lea" else 90)
        assert (deal.amount, deal.currency) == (amount, "EUR")
        await talk.says(who, "undo" if who == "marc" else "annuler")
        assert (await _deal(deal.number)).amount == (1_200_000 if who == "lea" else 800_000)


async def test_a_bare_amount_stays_in_the_deals_currency(database_url: str) -> None:
    """A deal in dollars is repriced in dollars, by any command that takes an amount."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "amount D-90 $9k")
        for line in ("amount D-90 10k", "D-90 > proposal 11k"):
            await talk.says("marc", line)
            assert (await _deal(90)).currency == "USD"
        assert (await _deal(90)).amount == 1_100_000
        asked = await talk.says("marc", "won D-90 12k")
        assert "$11,000 → $12,000" in asked


async def test_what_is_missing_is_asked(database_url: str) -> None:
    """The amount alone, and its answer completes the command."""
    async with conversation(database_url) as talk:
        assert "How much?" in await talk.says("marc", "amount D-90")
        assert "€9,000" in await talk.says("marc", "9k")
        assert "That amount is too large" in await talk.says("marc", "amount D-90 99999999999999999999")
        assert (await _deal(90)).amount == 900_000


async def test_nothing_changes_where_all_is_as_it_was(database_url: str) -> None:
    """It is said, and leaves no Change."""
    async with conversation(database_url) as talk:
        before = await Change.all().count()
        assert "like that already" in await talk.says("marc", "amount D-90 8000")
        assert "D-142 est déjà ainsi" in await talk.says("lea", "montant D-142 12k")
        assert await Change.all().count() == before


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("close D-90 end of November", date(2026, 11, 30)),
        ("cloture globex pilot 30/11/2026", date(2026, 11, 30)),
        ("close D-90 Dec 15", date(2026, 12, 15)),
    ],
)
async def test_an_expected_close_is_changed(database_url: str, line: str, day: date) -> None:
    """A computed day off is moved to the next working day; the change is in the history."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "close D-90 Jan 4 2027")
        await talk.says("marc", line)
        assert (await _deal(90)).expected_close == day
        assert "Expected close" in await talk.says("marc", "history D-90")


async def test_a_computed_day_off_is_remarked(database_url: str) -> None:
    """Where the end of a month is a Saturday it is said which day was meant, for a new deal too."""
    async with conversation(database_url) as talk:
        # 31 October 2026 is a Saturday.
        for line in ("close D-90 end of month", "deal new Globex Extra 5k close end of month"):
            assert "Sat, Oct 31 is a day off" in await talk.says("marc", line), line
        assert "sam. 31 oct. est hors jours ouvrés" in await talk.says("lea", "clôture D-142 fin du mois")
        days = set(
            await Deal.filter(name__in=["Globex Pilot", "Globex Extra"]).values_list(
                "expected_close", flat=True
            )
        )
        assert days == {date(2026, 11, 2)}


async def test_a_typed_day_off_is_asked_about(database_url: str) -> None:
    """The next working day, that day, or the other order of day and month; nothing is written before."""
    async with conversation(database_url) as talk:
        asked = await talk.says("lea", "clôture D-142 3/4")
        assert (await _deal(142)).expected_close == date(2026, 11, 30)
        await talk.presses("lea", asked, "jeu. 4 mars 2027")
        assert (await _deal(142)).expected_close == date(2027, 3, 4)
        asked = await talk.says("marc", "deal new Globex Extra close Nov 29")
        assert not await Deal.exists(name="Globex Extra")
        await talk.presses("marc", asked, "Keep")
        assert (await Deal.get(name="Globex Extra")).expected_close == date(2026, 11, 29)


async def test_a_probability_is_the_deals_own(database_url: str) -> None:
    """In percent, shown on the card, and given back to the stage by a word."""
    async with conversation(database_url) as talk:
        assert "25% → 60%" in await talk.says("marc", "probability D-90 60%")
        assert "60%" in await talk.says("marc", "deal D-90")
        assert "0 to 100" in await talk.says("marc", "probability D-90 600")
        assert (await _deal(90)).probability == 60
        await talk.says("marc", "probability D-90 none")
        assert (await _deal(90)).probability is None
        assert "60 %" in (await talk.says("lea", "probabilité D-142 60 %")).text.replace("\u202f", " ")
        asked = await talk.says("marc", "probability D-118")
        await talk.presses("marc", asked, "75%")
        assert (await _deal(118)).probability == 75


async def test_a_next_step_is_written_down(database_url: str) -> None:
    """In words, of one's own deal by its id or name, with both verbs."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "step D-90 send the contract")
        assert (await _deal(90)).next_step == "send the contract"
        seen = await talk.says("marc", "next step globex pilot: call the lawyer")
        assert "send the contract → call the lawyer" in seen
        await talk.says("lea", "étape suivante D-142 envoyer le contrat")
        assert (await _deal(142)).next_step == "envoyer le contrat"
        assert "may have 500" in await talk.says("marc", f"step D-90 {'x' * 501}")


# -- people ----------------------------------------------------------------------------------------


async def _people(number: int) -> list[str]:
    deal = await _deal(number)
    return [(await Contact.get(id=each)).name for each in await deal.contact_ids()]


async def test_contacts_join_and_leave_a_deal(database_url: str) -> None:
    """By name or id, in both languages; the main one stays first; undo brings the former ones back."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "deal D-90 with May Chen")
        assert await _people(90) == ["Jane Roy", "May Chen"]
        await talk.says("marc", "deal globex pilot without C-31 with Omar Haddad")
        assert await _people(90) == ["May Chen", "Omar Haddad"]
        await talk.says("marc", "undo")
        assert await _people(90) == ["Jane Roy", "May Chen"]
        await talk.says("lea", "affaire D-142 sans Luc Moreau")
        assert await _people(142) == ["Jane Doe"]
        assert "Luc Moreau" in await talk.says("lea", "historique D-142")
        assert "like that already" in await talk.says("marc", "deal D-90 with C-31")


async def test_two_people_of_one_name_are_asked_about(database_url: str) -> None:
    """Nobody joins before one is chosen."""
    async with conversation(database_url) as talk:
        asked = await talk.says("marc", "deal D-118 with Jane")
        assert "Which Jane?" in asked
        assert await _people(118) == ["Omar Haddad"]
        await talk.presses("marc", asked, "Jane Roy · Globex")
        assert await _people(118) == ["Omar Haddad", "Jane Roy"]


# -- won and lost ----------------------------------------------------------------------------------


async def test_a_win_is_confirmed_with_its_difference(database_url: str) -> None:
    """Stage and amount before and after; confirmed, it is closed now, celebrated, and can be undone."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "rappel relancer Jane Doe demain 10h #acme")
        await talk.says("lea", "rappel appeler Luc lundi 9h #acme")
        asked = await talk.says("lea", "/crm gagné D-142 14,5k")
        shown = asked.text.replace("\u202f", " ").replace("\xa0", " ")
        assert "Étape Proposition → Gagné" in shown
        assert "12 000 € → 14 500 €" in shown
        assert (await _deal(142)).closed_at is None
        done = await talk.presses("lea", asked, "Confirmer")
        assert "🎉" in done
        deal = await _deal(142)
        assert (await _stage(142), deal.amount, deal.closed_at) == ("Won", 1_450_000, talk.clock.now())
        assert "relancer Jane Doe" in done and "appeler Luc" in done
        off = await talk.presses("lea", done, "Tout abandonner")
        assert "2 rappels de D-142" in off
        assert await Reminder.filter(state=ReminderState.CANCELLED).count() == 2
        assert not await Notification.exists(state=NotificationState.WAITING)
        await talk.presses("lea", off, "Annuler")
        assert await Reminder.filter(state=ReminderState.OPEN).count() == 2
        assert await Notification.filter(state=NotificationState.WAITING).count() == 2
        await talk.presses("lea", done, "Annuler")
        assert (await _stage(142), (await _deal(142)).closed_at) == ("Proposal", None)
        assert not await StageChange.exists()


async def test_a_loss_has_its_reason(database_url: str) -> None:
    """One of the list in either language, nearly typed, or a word of one's own that the card shows."""
    async with conversation(database_url) as talk:
        cases = [
            ("marc", 90, "lost D-90 price", "Reason Price", "Price"),
            ("marc", 90, "perdu D-90: trop cher", "Reason Price", "Price"),
            ("marc", 90, "lost globex pilot competiter", "Reason Competitor", "Competitor"),
            (
                "marc",
                90,
                "lost D-90 their dog ate it",
                "their dog ate it (not in the list)",
                "their dog ate it",
            ),
            ("lea", 131, "perdu D-131 prix", "Motif Prix", "Price"),
        ]
        for who, number, line, shown, kept in cases:
            asked = await talk.says(who, line)
            assert shown in asked, line
            assert (await _deal(number)).closed_at is None
            await talk.presses(who, asked, "Confirm" if who == "marc" else "Confirmer")
            assert ((await _deal(number)).lost_reason, await _stage(number)) == (kept, "Lost")
            await talk.says(who, "undo" if who == "marc" else "annuler")
            assert ((await _deal(number)).lost_reason, await _stage(number) == "Lost") == ("", False)


async def test_a_loss_without_a_reason_is_asked_for_it(database_url: str) -> None:
    """The list stands as buttons; an admin's own entry among them, a removed one not."""
    async with conversation(database_url) as talk:
        by = await _admin(talk, "setup")
        await Option.enter(by, list=OptionList.LOST_REASON, name="Bad timing", position=9)
        gone = await Option.get(list=OptionList.LOST_REASON, name="Not a fit")
        await gone.write(by, deleted_at=by.now)
        asked = await talk.says("marc", "D-90 > lost")
        assert "Why was it lost?" in asked
        assert "Not a fit" not in asked
        card = await talk.presses("marc", asked, "Bad timing")
        await talk.presses("marc", card, "Confirm")
        assert (await _deal(90)).lost_reason == "Bad timing"
        assert "Bad timing" in await talk.says("marc", "deal D-90")


async def test_a_deal_that_is_reopened_has_lost_its_reason(database_url: str) -> None:
    """And is open again in its new stage."""
    async with conversation(database_url) as talk:
        await talk.presses("marc", await talk.says("marc", "lost D-90 price"), "Confirm")
        await talk.says("marc", "D-90 > proposal")
        deal = await _deal(90)
        assert (deal.lost_reason, deal.closed_at, await _stage(90)) == ("", None, "Proposal")


async def test_a_win_is_not_won_twice(database_url: str) -> None:
    """The second is told so; a confirm card pressed late too."""
    async with conversation(database_url) as talk:
        early, late = await talk.says("marc", "won D-90"), await talk.says("marc", "won D-90")
        await talk.presses("marc", early, "Confirm")
        assert "in that stage already" in await talk.presses("marc", late, "Confirm")
        assert "in that stage already" in await talk.says("marc", "won D-90")
        assert await StageChange.all().count() == 1


async def test_follow_ups_of_others_stay_theirs(database_url: str) -> None:
    """Only what one decides over is listed and called off; a late press meets nothing left."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "rappel aider Marc demain 10h #globex")
        won = await talk.presses("marc", await talk.says("marc", "won D-90"), "Confirm")
        assert "aider" not in won
        assert (await Reminder.get()).state is ReminderState.OPEN


# -- what a stage requires -------------------------------------------------------------------------


async def _requires(talk: Conversation, name: str, *columns: str) -> None:
    stage = await Stage.get(name=name)
    by = await _admin(talk, f"requires {name}")
    # A stage's workspace is its pipeline's.
    await stage.write(by, required=list(columns))


async def test_an_answer_that_is_hidden_by_now_is_none(database_url: str) -> None:
    """Who was named for a stage has to be seen still when the last question is answered."""
    async with conversation(database_url) as talk:
        await _requires(talk, "Negotiation", "contacts", "next_step")
        await talk.says("marc", "deal new Roof 5k")
        assert "With whom is it made?" in await talk.says("marc", "D-143 > negotiation")
        assert "What is the next step?" in await talk.says("marc", "Jane Doe")
        await Workspace.all().update(visibility=Visibility.OWN)
        assert "Negotiation" not in await talk.says("marc", "send the contract")
        assert (await _stage(143), await (await _deal(143)).contact_ids()) == ("New", [])


async def test_what_a_stage_requires_is_asked_for(database_url: str) -> None:
    """One thing at a time, only what is missing, and then the move goes on."""
    async with conversation(database_url) as talk:
        await _requires(talk, "Negotiation", "amount", "next_step", "contacts")
        await talk.says("marc", "deal new Globex Extra")
        deal = await Deal.get(name="Globex Extra")
        assert "Negotiation needs one thing more. How much?" in await talk.says(
            "marc", f"{deal.reference} > negotiation"
        )
        assert "What is the next step?" in await talk.says("marc", "7k")
        assert "With whom" in await talk.says("marc", "send the contract")
        assert await _stage(deal.number) == "New"
        asked = await talk.says("marc", "Jane")
        assert "Which Jane?" in asked
        moved = await talk.presses("marc", asked, "C-31 Jane Roy")
        assert "Stage New → Negotiation" in moved
        deal = await _deal(deal.number)
        assert (deal.amount, deal.currency, deal.next_step) == (700_000, "EUR", "send the contract")
        assert await _people(deal.number) == ["Jane Roy"]
        await talk.says("marc", "undo")
        assert (await _stage(deal.number), (await _deal(deal.number)).amount) == ("New", None)


async def test_what_the_line_brings_is_not_asked_for(database_url: str) -> None:
    """An amount in the same line counts; a deal that has all moves at once."""
    async with conversation(database_url) as talk:
        await _requires(talk, "Negotiation", "amount", "expected_close")
        await talk.says("marc", "deal new Globex Extra close Dec 15")
        deal = await Deal.get(name="Globex Extra")
        assert "→ Negotiation" in await talk.says("marc", f"{deal.reference} > negotiation 5k")
        assert "→ Negotiation" in await talk.says("marc", "D-90 > negotiation")


async def test_an_answer_that_does_not_fit_is_asked_again(database_url: str) -> None:
    """The question stays open; a win waits for it too."""
    async with conversation(database_url) as talk:
        await _requires(talk, "Won", "expected_close", "company_id")
        await talk.says("marc", "deal new Something")
        deal = await Deal.get(name="Something")
        assert "When will it close?" in await talk.says("marc", f"won {deal.reference}")
        assert "I could not read that. When will it close?" in await talk.says("marc", "blue")
        assert "With which company" in await talk.says("marc", "tomorrow")
        card = await talk.says("marc", "Globex")
        assert "Filled in: Expected close, Company" in card
        await talk.presses("marc", card, "Confirm")
        assert await _stage(deal.number) == "Won"
        assert (await _deal(deal.number)).expected_close == talk.clock.now().date() + timedelta(days=1)


# -- several pipelines -----------------------------------------------------------------------------


async def _partners(talk: Conversation) -> Pipeline:
    by = await _admin(talk, "setup")
    pipeline = await Pipeline.create(workspace=by.member.workspace, name="Partners")
    stages = [("Contacted", StageKind.OPEN), ("Signed", StageKind.WON), ("Refused", StageKind.LOST)]
    for position, (name, kind) in enumerate(stages):
        await Stage.create(pipeline=pipeline, name=name, position=position, probability=50, kind=kind)
    return pipeline


@pytest.mark.parametrize(
    "line",
    [
        "deal new Globex Alliance 5k in Partners close Dec 15",
        "affaire nouvelle Globex Alliance dans partners 5k",
    ],
)
async def test_a_deal_is_opened_in_another_pipeline(database_url: str, line: str) -> None:
    """In its first stage; its own stage names are known there, and it is won in its own way."""
    async with conversation(database_url) as talk:
        await _partners(talk)
        seen = await talk.says("marc", line)
        assert "Partners · Contacted" in seen
        deal = await Deal.get(name="Globex Alliance")
        assert await _stage(deal.number) == "Contacted"
        assert "Partners" in await talk.says("marc", f"deal {deal.reference}")
        await talk.presses("marc", await talk.says("marc", f"{deal.reference} > signed"), "Confirm")
        assert await _stage(deal.number) == "Signed"


async def test_a_stage_of_another_pipeline_is_refused_with_the_way(database_url: str) -> None:
    """It is said which stages the deal has, and how to open one in the other pipeline."""
    async with conversation(database_url) as talk:
        await _partners(talk)
        refused = await talk.says("marc", "D-90 > contacted")
        assert "Sales" in refused and "Qualified" in refused
        assert "deal new Globex Pilot in Partners" in refused
        assert await _stage(90) == "Qualified"


async def test_a_removed_pipeline_takes_no_deals(database_url: str) -> None:
    """Its name is then a part of the deal's."""
    async with conversation(database_url) as talk:
        pipeline = await _partners(talk)
        by = await _admin(talk, "removal")
        await pipeline.write(by, deleted_at=by.now)
        await talk.says("marc", "deal new Globex Alliance in Partners")
        deal = await Deal.get(name="Globex Alliance in Partners")
        assert await _stage(deal.number) == "New"


# -- whose it is -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line", ["amount D-142 5k", "close D-142 Dec 15", "probability D-142 5%", "step D-142 x"]
)
async def test_a_managers_change_is_confirmed_first(database_url: str, line: str) -> None:
    """The card shows it; only Confirm writes."""
    async with conversation(database_url) as talk:
        before = await Deal.filter(number=142).values()
        asked = await talk.says("nora", line)
        assert "→" in asked or "x" in asked
        assert await Deal.filter(number=142).values() == before
        await talk.presses("nora", asked, "Confirm")
        assert await Deal.filter(number=142).values() != before


@pytest.mark.parametrize(
    "line",
    ["amount D-142 5k", "close D-142 Dec 15", "won D-142", "lost D-142 price", "deal D-142 with May Chen"],
)
async def test_a_colleague_may_only_ask(database_url: str, line: str) -> None:
    """Nothing is written; the owner can be asked."""
    async with conversation(database_url) as talk:
        before = await Deal.filter(number=142).values()
        asked = await talk.says("marc", line)
        assert "D-142 belongs to Léa Martin." in asked
        assert asked.button("Ask Léa Martin")
        assert await Deal.filter(number=142).values() == before


@pytest.mark.parametrize(
    ("who", "line", "word"), [("marc", "won D-90 9k", "ok"), ("lea", "gagné D-142", "oui")]
)
async def test_a_word_confirms_a_card(database_url: str, who: str, line: str, word: str) -> None:
    """As its button does."""
    async with conversation(database_url) as talk:
        await talk.says(who, line)
        assert "🎉" in await talk.says(who, word)
        assert await _stage(int(re.sub(r"\D", "", line.split()[1]))) == "Won"


@pytest.mark.parametrize("word", ["no", "undo", "cancel"])
async def test_a_word_drops_a_card_and_nothing_else(database_url: str, word: str) -> None:
    """What was written before it stays."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "call Jane Roy 5m: she is keen")
        await talk.says("marc", "won D-90 9k")
        assert "Nothing was changed" in await talk.says("marc", word)
        assert await _stage(90) == "Qualified"
        assert (await Activity.get()).deleted_at is None


async def test_of_several_ways_none_is_chosen_by_a_word(database_url: str) -> None:
    """With its follow-ups or without them is for a button to say."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "remind send the quote tomorrow at 10 #globex")
        await talk.says("nora", "assign D-90 @lea")
        await talk.says("nora", "yes")
        deal = await Deal.get(number=90).prefetch_related("owner")
        assert deal.owner is not None and deal.owner.name == "Marc Ellis"
