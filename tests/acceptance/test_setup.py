"""Set-up from the chat: what an admin says holds for everybody, is told as a difference, and is undone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest

from handlers.chat.command import REGISTER
from handlers.chat.verbs import example
from handlers.deals.requirements import _PROMPTS
from models.activity import Activity
from models.change import Author, Change
from models.custom_field import CustomField
from models.deal import REQUIRABLE, Deal, Pipeline, Stage, StageKind
from models.errors import Indispensable
from models.member import ChatIdentity, Invitation, Member, Role
from models.messaging.inbox import InboxState, Incoming, reference
from models.option import Option, OptionList
from models.rate import Rate
from models.team import Team
from models.undo import undo as taking_back
from models.workspace import Visibility, Workspace
from tests.acceptance.test_bad_input import HOSTILE
from tests.driver import Conversation, conversation
from tests.recording import ROOT

# The commands that are an admin's, or become one's with a word behind them.
ADMINS = (
    "stage new X",
    "étape nouvelle X",
    "stage rename Proposal Offer",
    "stage order Proposal first",
    "stage probability Proposal 60",
    "stage stale Proposal 10d",
    "stage remove Negotiation",
    "pipeline new X",
    "pipeline rename Sales X",
    "pipeline default Sales",
    "pipeline remove Sales",
    "require amount at Proposal",
    "unrequire amount at Proposal",
    "reason new X",
    "source new X",
    "outcome new X",
    "workspace visibility own",
    "workspace history",
    "rate USD 0.92",
    "invite x@acme.example",
    "team new X",
    "team Sales @sam",
    "role @marc admin",
    "trace K7Q2M",
)


async def _member(name: str) -> Member:
    return await Member.get(email=f"{name}@parley.example")


async def _stages(pipeline: str = "Sales") -> list[str]:
    found = await Pipeline.get(name=pipeline)
    return [stage.name for stage in await found.in_order()]


async def _list(which: OptionList) -> list[str]:
    workspace = await Workspace.get()
    return [option.name for option in await Option.of(workspace.id, which)]


async def _taken_back(talk: Conversation, *words: str) -> None:
    """The last line's button takes it back, and says so."""
    seen = await talk.says("sam", "undo")
    assert "↩" in seen
    for word in words:
        assert word in seen


# -- who may -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ADMINS)
async def test_only_an_admin_sets_up(database_url: str, line: str) -> None:
    """A rep and a manager are told who can, and nothing is written."""
    async with conversation(database_url) as talk:
        before = await Change.all().count()
        for name, words in (("marc", "Only admins can do that."), ("lea", "Seuls les administrateurs")):
            refused = await talk.says(name, line)
            assert words in refused
            assert "Sam Okafor" in refused
        assert "Only admins" in await talk.says("nora", line)
        assert await Change.all().count() == before
        assert await Invitation.all().count() == 0


@pytest.mark.parametrize(
    "line", ["stages", "reason", "motif", "source", "outcome", "workspace", "rate", "team"]
)
async def test_everybody_may_look(database_url: str, line: str) -> None:
    """Without a change in the line the set-up is shown, to a rep too, and nothing is written."""
    async with conversation(database_url) as talk:
        before = await Change.all().count()
        assert "Seuls" not in await talk.says("lea", line)
        assert await talk.failures() == []
        assert await Change.all().count() == before


async def test_who_is_no_admin_any_more_takes_nothing_back(database_url: str) -> None:
    """Neither their own set-up of before, nor their own demotion."""
    async with conversation(database_url) as talk:
        renamed = await talk.says("sam", "stage rename Proposal Offer")
        await talk.says("sam", "role @nora admin")
        demoted = await talk.says("nora", "role @sam rep")
        assert "admin → rep" in demoted
        assert "Only admins" in await talk.presses("sam", renamed, "Undo")
        assert "Only admins" in await talk.says("sam", "undo")
        assert "Offer" in await _stages()
        assert (await _member("sam")).role is Role.REP


# -- stages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "order", "probability"),
    [
        ("stage new Demo after Qualified 40%", ["New", "Qualified", "Demo", "Proposal", "Negotiation"], 40),
        (
            "étape nouvelle Demo après Qualifié 40 %",
            ["New", "Qualified", "Demo", "Proposal", "Negotiation"],
            40,
        ),
        ("new stage Demo before Proposal", ["New", "Qualified", "Demo", "Proposal", "Negotiation"], 37),
        ("stage new Demo 90%", ["New", "Qualified", "Proposal", "Negotiation", "Demo"], 90),
        ("stage new Demo first 5%", ["Demo", "New", "Qualified", "Proposal", "Negotiation"], 5),
        ('stage new "Demo" last', ["New", "Qualified", "Proposal", "Negotiation", "Demo"], 87),
    ],
)
async def test_a_stage_is_added(database_url: str, line: str, order: Sequence[str], probability: int) -> None:
    """At its place, open, with its figure or one between its neighbours'; undo removes it."""
    async with conversation(database_url) as talk:
        assert "✅ New stage: Demo" in await talk.says("sam", line)
        assert await _stages() == [*order, "Won", "Lost"]
        stage = await Stage.get(name="Demo")
        assert (stage.probability, stage.kind) == (probability, StageKind.OPEN)
        assert "moved" not in await talk.says("marc", "globex pilot > demo")
        assert (await Deal.get(number=90)).stage_id == stage.id
        await talk.says("marc", "undo")
        await _taken_back(talk, "Demo")
        assert "Demo" not in await _stages()
        assert "There is no stage" in await talk.says("marc", "globex pilot > demo")


async def test_a_stage_with_deals_is_neither_removed_nor_taken_back(database_url: str) -> None:
    """The number of deals is said; once they have moved it goes, after a card, and comes back whole."""
    async with conversation(database_url) as talk:
        added = await talk.says("sam", "stage new Demo after Qualified 40%")
        await talk.says("marc", "globex pilot > demo")
        assert "1 deal stands in Demo: move it first." in await talk.says("sam", "stage remove Demo")
        assert "in use by now" in await talk.presses("sam", added, "Undo")
        await talk.says("marc", "globex pilot > proposal")
        card = await talk.says("sam", "stage remove Demo")
        assert "Demo" in await _stages()
        assert "No deal stands in it." in card
        removed = await talk.presses("sam", card, "Confirm")
        assert "Demo" not in await _stages()
        await talk.presses("sam", removed, "Undo")
        assert "Demo" in await _stages()
        assert (await Stage.get(name="Demo")).probability == 40


@pytest.mark.parametrize(
    "line",
    ["stage rename Proposal Offer", "étape renommer Proposition en Offer", "stage rename Proposal → Offer"],
)
async def test_a_stage_is_renamed(database_url: str, line: str) -> None:
    """Its deals stay in it; before and after are told; undo gives the old name back."""
    async with conversation(database_url) as talk:
        before = (await Deal.get(number=142)).stage_id
        assert "Proposal → Offer" in await talk.says("sam", line)
        assert (await Stage.get(id=before)).name == "Offer"
        assert "Offer" in await talk.says("lea", "affaire acme")
        await _taken_back(talk)
        assert (await Stage.get(id=before)).name == "Proposal"


async def test_names_of_several_words_stand_in_quotes(database_url: str) -> None:
    """Or behind an arrow, or behind the longest name that there is."""
    async with conversation(database_url) as talk:
        await talk.says("sam", 'stage rename Proposal "Legal review"')
        await talk.says("sam", "stage rename Legal review > Final legal review")
        await talk.says("sam", 'stage probability "final LEGAL review" 55')
        assert (await Stage.get(name="Final legal review")).probability == 55


async def test_a_name_that_is_taken_is_refused(database_url: str) -> None:
    """In other letters, in another language, and where it was taken before an undo."""
    async with conversation(database_url) as talk:
        for line in ("stage new proposal", "stage new Devis", "stage rename New Négociation"):
            assert "already" in await talk.says("sam", line)
        renamed = await talk.says("sam", "stage rename Proposal Bid")
        await talk.says("sam", "stage new Proposal")
        assert "There is one called “Proposal” already." in await talk.presses("sam", renamed, "Undo")
        assert await talk.failures() == []


async def test_a_name_that_a_removed_stage_had_is_free(database_url: str) -> None:
    """For a new stage, which is then the old one again, and for one that is renamed."""
    async with conversation(database_url) as talk:
        await talk.presses("sam", await talk.says("sam", "stage remove Negotiation"), "Confirm")
        renamed = await talk.says("sam", "stage rename Proposal Negotiation")
        assert "✅" in renamed
        assert await _stages() == ["New", "Qualified", "Negotiation", "Won", "Lost"]
        await talk.presses("sam", renamed, "Undo")
        await talk.says("sam", "stage new Negotiation 80%")
        assert await _stages() == ["New", "Qualified", "Proposal", "Negotiation", "Won", "Lost"]
        assert await Stage.all().count() == 6
        assert await talk.failures() == []


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("stage order Proposal after Negotiation", ["New", "Qualified", "Negotiation", "Proposal"]),
        ("étape ordre Proposition avant Qualifié", ["New", "Proposal", "Qualified", "Negotiation"]),
        ("stage order Proposal first", ["Proposal", "New", "Qualified", "Negotiation"]),
        ("étape ordre Nouveau en dernier", ["Qualified", "Proposal", "Negotiation", "New"]),
    ],
)
async def test_stages_change_places(database_url: str, line: str, order: Sequence[str]) -> None:
    """The whole order is told before and after; undo restores it."""
    async with conversation(database_url) as talk:
        assert "Order New, Qualified, Proposal, Negotiation, Won, Lost → " in await talk.says("sam", line)
        assert await _stages() == [*order, "Won", "Lost"]
        await _taken_back(talk)
        assert await _stages() == ["New", "Qualified", "Proposal", "Negotiation", "Won", "Lost"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("stage order Proposal after Won", "Open stages come before"),
        ("stage order Won first", "It says so already"),
        ("stage order Proposal", "Say after or before which stage"),
        ("stage order Proposal after Proposal", "beside itself"),
        ("stage order Nowhere first", "I find no “Nowhere first”. There are: New, Qualified"),
        ("stage probability Proposal 101", "from 0 to 100"),
        ("stage probability Proposal lots", "from 0 to 100"),
        ("stage probability Won 90", "it is always 100%"),
        ("stage stale Proposal 0d", "from 1 to 3650"),
        ("stage stale Proposal soon", "from 1 to 3650"),
        ("stage remove Won", "the last of its kind"),
        ("stage remove Proposal now", "I find no"),
        ("stage rename Proposal", "A name has 1 to 100 characters"),
        (f"stage new {'x' * 101}", "A name has 1 to 100 characters"),
        ("stage rename Proposal Proposal", "It says so already"),
    ],
)
async def test_what_cannot_be_is_refused(database_url: str, line: str, words: str) -> None:
    """With what can, and nothing is written."""
    async with conversation(database_url) as talk:
        before = await Change.all().count()
        assert words in await talk.says("sam", line)
        assert await Change.all().count() == before


@pytest.mark.parametrize(
    ("line", "column", "value", "shown"),
    [
        ("stage probability Proposal 60", "probability", 60, "probability 50% → 60%"),
        ("étape probabilité Proposition 60 %", "probability", 60, "probability 50% → 60%"),
        ("stage stale Proposal 10d", "stale_days", 10, "stale after 5 days → 10 days"),
        ("étape dormante Proposition 10 j", "stale_days", 10, "stale after 5 days → 10 days"),
        ("stage stale Proposal off", "stale_days", None, "stale after 5 days → –"),
        ("stage stale Proposal 1", "stale_days", 1, "stale after 5 days → 1 day"),
    ],
)
async def test_a_stage_s_figures_are_set(
    database_url: str, line: str, column: str, value: int | None, shown: str
) -> None:
    """Before and after are told, undo restores."""
    async with conversation(database_url) as talk:
        before = getattr(await Stage.get(name="Proposal"), column)
        assert shown in await talk.says("sam", line)
        assert getattr(await Stage.get(name="Proposal"), column) == value
        await _taken_back(talk)
        assert getattr(await Stage.get(name="Proposal"), column) == before


# -- pipelines ---------------------------------------------------------------------------------------


async def test_a_pipeline_of_one_s_own(database_url: str) -> None:
    """It begins with the usual stages; new deals enter the default one; a stage of two is asked about."""
    async with conversation(database_url) as talk:
        assert "✅ New pipeline: Partners" in await talk.says("sam", "pipeline new Partners")
        assert len(await _stages("Partners")) == 6
        assert "Several pipelines have a stage “Proposal”: Sales, Partners" in await talk.says(
            "sam", "stage probability Proposal 60"
        )
        await talk.says("sam", "stage probability Proposal 60 in Partners")
        stages = await Stage.filter(name="Proposal").order_by("id")
        assert [stage.probability for stage in stages] == [50, 60]
        assert "Sales → Partners" in await talk.says("sam", "pipeline par défaut Partners")
        await talk.says("marc", "deal new Globex Branch")
        deal = await Deal.get(name="Globex Branch")
        assert (await Stage.get(id=deal.stage_id)).pipeline_id == stages[1].pipeline_id
        await _taken_back(talk, "Sales", "Partners")
        assert (await Pipeline.default_of(deal.workspace_id)).name == "Sales"
        assert "1 deal stands in Partners" in await talk.says("sam", "pipeline remove Partners")
        assert "New deals enter Sales" in await talk.says("sam", "pipeline remove Sales")
        assert "Partners → Resellers" in await talk.says("sam", "pipeline rename Partners Resellers")
        assert "already" in await talk.says("sam", "pipeline new sales")


async def test_a_pipeline_goes_and_comes_back_with_its_stages(database_url: str) -> None:
    """By undo, and by its creation being taken back."""
    async with conversation(database_url) as talk:
        made = await talk.says("sam", "pipeline nouveau Partners")
        removed = await talk.presses("sam", await talk.says("sam", "pipeline remove Partners"), "Confirm")
        assert await Stage.filter(deleted_at=None).count() == 6
        await talk.presses("sam", removed, "Undo")
        assert await Stage.filter(deleted_at=None).count() == 12
        await talk.presses("sam", made, "Undo")
        assert await Stage.filter(deleted_at=None).count() == 6
        assert await Pipeline.filter(deleted_at=None).count() == 1


# -- required ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "column", "question"),
    [
        ("require next step at Negotiation", "next_step", "Quelle est la prochaine étape"),
        ("exiger étape suivante à Négociation", "next_step", "Quelle est la prochaine étape"),
        ("require source for Negotiation", "source", "D’où vient"),
        ("require budget at Negotiation", "custom.budget", "budget"),
    ],
)
async def test_what_a_stage_requires_is_asked_for(
    database_url: str, line: str, column: str, question: str
) -> None:
    """From then on, before a deal enters; no longer after it was taken back, or said so."""
    async with conversation(database_url) as talk:
        await talk.says("sam", "field deal budget text")
        required = await talk.says("sam", line)
        assert "Negotiation requires: – → " in required
        assert (await Stage.get(name="Negotiation")).required == [column]
        assert question in await talk.says("lea", "acme renewal > négociation")
        assert (await Stage.get(id=(await Deal.get(number=142)).stage_id)).name == "Proposal"
        await talk.presses("sam", required, "Undo")
        assert "✅" not in await talk.says(
            "sam", line.replace("require", "unrequire").replace("exiger", "ne plus exiger")
        )
        await talk.says("lea", "acme renewal > négociation")
        assert (await Stage.get(id=(await Deal.get(number=142)).stage_id)).name == "Negotiation"


async def test_a_field_that_a_stage_requires_stays(database_url: str) -> None:
    """Neither taken away nor taken back, until the stage requires it no longer."""
    async with conversation(database_url) as talk:
        defined = await talk.says("sam", "field deal budget money")
        await talk.says("sam", "require budget at Negotiation")
        assert "1 stage requires budget" in await talk.says("sam", "field deal budget none")
        assert "in use by now" in await talk.presses("sam", defined, "Undo")
        assert "budget → –" in await talk.says("sam", "unrequire budget at Negotiation")
        await talk.says("sam", "field deal budget none")
        assert not await CustomField.filter(deleted_at=None).exists()


def test_all_that_can_be_required_can_be_asked_for() -> None:
    """Each column has its question."""
    assert set(REQUIRABLE) == set(_PROMPTS)


# -- lists -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "first", "which"),
    [
        ("reason", "Price", OptionList.LOST_REASON),
        ("motif", "Prix", OptionList.LOST_REASON),
        ("source", "Web", OptionList.LEAD_SOURCE),
        ("outcome", "Reached", OptionList.OUTCOME),
        ("résultat", "joint", OptionList.OUTCOME),
    ],
)
async def test_a_list_is_changed(database_url: str, verb: str, first: str, which: OptionList) -> None:
    """New, renamed, reordered, removed; by any of its names; each time the list is shown; undo restores."""
    async with conversation(database_url) as talk:
        before = await _list(which)
        assert "Too slow" in await talk.says("sam", f"{verb} new Too slow")
        assert await _list(which) == [*before, "Too slow"]
        await talk.says("sam", f"{verb} renommer {first} Something else")
        assert (await _list(which))[0] == "Something else"
        await talk.says("sam", f"{verb} order Too slow après Something else")
        assert await _list(which) == ["Something else", "Too slow", *before[1:]]
        await talk.says("sam", f"{verb} remove Too slow")
        await talk.says("sam", f"{verb} ordre Something else last")
        assert await _list(which) == [*before[1:], "Something else"]
        for _ in range(5):
            await _taken_back(talk)
        assert await _list(which) == before


async def test_a_new_reason_is_offered_at_once(database_url: str) -> None:
    """As a button when a deal is lost, and understood when it is typed."""
    async with conversation(database_url) as talk:
        await talk.says("sam", "motif nouveau Trop lent")
        asked = await talk.says("lea", "perdu D-131")
        assert asked.button("Trop lent")
        await talk.presses("lea", asked, "Trop lent")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("reason new price", "already"),
        ("reason new Prix", "already"),
        ("reason rename Price", "A name has 1 to 100"),
        ("reason remove Weather", "I find no “Weather”. There are: Price"),
        ("reason order Price", "Say after or before"),
        ("reason Price", "Say new, rename, remove or order"),
        ("reason new", "Say new, rename, remove or order"),
    ],
)
async def test_a_list_line_that_cannot_be_is_refused(database_url: str, line: str, words: str) -> None:
    """With what can."""
    async with conversation(database_url) as talk:
        before = await _list(OptionList.LOST_REASON)
        assert words in await talk.says("sam", line)
        assert await _list(OptionList.LOST_REASON) == before


# -- the workspace -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "column", "value", "shown"),
    [
        ("workspace name Parley SARL", "name", "Parley SARL", "Parley demo → Parley SARL"),
        ("workspace country Belgique", "country", "BE", "France → Belgium"),
        ("espace pays be", "country", "BE", "France → Belgium"),
        ("workspace zone Europe/London", "zone", "Europe/London", "Europe/Paris → Europe/London"),
        ("workspace locale fr-FR", "locale", "fr-FR", "en-GB → fr-FR"),
        ("workspace week sunday", "week_start", 6, "Monday → Sunday"),
        ("espace semaine dimanche", "week_start", 6, "Monday → Sunday"),
        ("workspace fiscal year april", "fiscal_year_start", 4, "January → April"),
        ("espace exercice avril", "fiscal_year_start", 4, "January → April"),
        ("workspace fiscal year 4", "fiscal_year_start", 4, "January → April"),
    ],
)
async def test_the_workspace_is_set(
    database_url: str, line: str, column: str, value: object, shown: str
) -> None:
    """Each with before and after, at once, and undone."""
    async with conversation(database_url) as talk:
        before = getattr(await Workspace.get(), column)
        assert shown in await talk.says("sam", line)
        assert getattr(await Workspace.get(), column) == value
        await _taken_back(talk)
        assert getattr(await Workspace.get(), column) == before


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("workspace colour blue", "I can set: Name, Currency"),
        ("workspace currency doubloon", "I know no currency"),
        ("workspace country Narnia", "I know no country"),
        ("workspace zone Mars", "I know no zone"),
        ("workspace locale Klingon", "I speak"),
        ("workspace visibility nobody", "Say everyone, team or own"),
        ("workspace week someday", "Say the day"),
        ("workspace fiscal year 13", "Say the month"),
        ("workspace currency EUR", "It says so already"),
        ("workspace name", "A name has 1 to 200"),
    ],
)
async def test_a_workspace_value_that_cannot_be_is_refused(database_url: str, line: str, words: str) -> None:
    """With what can."""
    async with conversation(database_url) as talk:
        before = await Change.all().count()
        assert words in await talk.says("sam", line)
        assert await Change.all().count() == before


async def test_visibility_holds_at_once(database_url: str) -> None:
    """After a card that counts the records; undo gives the sight back."""
    async with conversation(database_url) as talk:
        card = await talk.says("sam", "workspace visibility own")
        assert "for 11 records that have an owner" in card
        assert "Acme Renewal" in await talk.says("marc", "deal D-142")
        done = await talk.presses("sam", card, "Confirm")
        assert (await Workspace.get()).visibility is Visibility.OWN
        assert "Acme Renewal" not in await talk.says("marc", "deal D-142")
        await talk.presses("sam", done, "Undo")
        assert "Acme Renewal" in await talk.says("marc", "deal D-142")


async def test_the_card_is_in_french_for_who_reads_french(database_url: str) -> None:
    """And nothing English stands in it."""
    async with conversation(database_url) as talk:
        await talk.says("sam", "role @lea admin")
        card = await talk.says("lea", "espace visibilité équipe")
        assert "Visibilité" in card and "tout le monde voit tout → chaque équipe voit le sien" in card
        assert "pour 11 fiches" in card
        assert "✅" in await talk.presses("lea", card, "Confirmer")
        shown = await talk.says("lea", "espace")
        assert "lundi" in shown and "janvier" in shown


async def test_another_currency_takes_the_rates_along(database_url: str) -> None:
    """They say the same in the new one; amounts stay as they are; undo restores all of it."""
    async with conversation(database_url) as talk:
        await talk.says("sam", "rate USD 0.8")
        await talk.says("sam", "rate GBP 1.2")
        card = await talk.says("sam", "workspace currency usd")
        assert "4 deals keep their amounts" in card
        done = await talk.presses("sam", card, "Confirm")
        workspace = await Workspace.get()
        assert workspace.currency == "USD"
        assert {rate.currency: rate.rate for rate in await Rate.of(workspace.id)} == {
            "EUR": "1.25",
            "GBP": "1.5",
        }
        assert (await Deal.get(number=142)).currency == "EUR"
        await talk.presses("sam", done, "Undo")
        assert (await Workspace.get()).currency == "EUR"
        assert {rate.currency: rate.rate for rate in await Rate.of(workspace.id)} == {
            "GBP": "1.2",
            "USD": "0.8",
        }


@pytest.mark.parametrize("line", ["rate USD 0.92", "taux USD 0,92", "rate usd = 0.92 EUR"])
async def test_a_rate_is_set(database_url: str, line: str) -> None:
    """With its date; said anew the former one is told; off takes it away; undo brings it back."""
    async with conversation(database_url) as talk:
        assert "– → 0.92 EUR, from Wed 14 Oct" in await talk.says("sam", line)
        await talk.time.passes(timedelta(days=1))
        assert "0.92 → 0.93 EUR, from Thu 15 Oct" in await talk.says("sam", "rate USD 0.93")
        assert re.search(r"1 USD +0,93 EUR +jeu\. 15 oct\.", (await talk.says("lea", "taux")).text)
        assert "0.93 → –" in await talk.says("sam", "rate USD off")
        assert await Rate.of((await Workspace.get()).id) == []
        await _taken_back(talk)
        assert (await Rate.get()).rate == "0.93"


@pytest.mark.parametrize(
    "line", ["rate USD", "rate USD cheap", "rate USD 0", "rate USD 1e99", "rate XXQ 1", "rate EUR 1"]
)
async def test_a_rate_that_cannot_be_is_refused(database_url: str, line: str) -> None:
    """A figure that is none, a currency that is none, and the workspace's own."""
    async with conversation(database_url) as talk:
        assert "✅" not in await talk.says("sam", line)
        assert not await Rate.exists()
        assert await talk.failures() == []


# -- people ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "name", "role", "team"),
    [
        ("invite Zoe.Martin@acme.example", "Zoe Martin", Role.REP, None),
        ("invite zoe@acme.example Zoé Martin", "Zoé Martin", Role.REP, None),
        ("inviter zoe@acme.example Zoé Martin responsable Sales", "Zoé Martin", Role.MANAGER, "Sales"),
        ("invite zoe@acme.example Zoé Martin Sales", "Zoé Martin", Role.REP, "Sales"),
        ("invite zoe@acme.local admin", "Zoe", Role.ADMIN, None),
    ],
)
async def test_somebody_is_invited(
    database_url: str, line: str, name: str, role: Role, team: str | None
) -> None:
    """A member with the workspace's language and zone, and a code that joins them once."""
    async with conversation(database_url) as talk:
        seen = await talk.says("sam", line)
        member = await Member.all().order_by("-id").select_related("team").first()
        assert member is not None
        assert (member.name, member.role, member.locale, member.zone) == (name, role, "en-GB", "Europe/Paris")
        assert (member.team.name if member.team else None) == team
        code = re.search(r"^link (\S+)$", seen.text, re.MULTILINE)
        assert code is not None
        assert (await Invitation.redeem(code[1], now=talk.clock.now())).id == member.id


async def test_an_invitation_that_is_taken_back_admits_nobody(database_url: str) -> None:
    """The code is dead and the member shut out; invited anew, they come back without their old account."""
    async with conversation(database_url) as talk:
        seen = await talk.says("sam", "invite zoe@acme.example Zoé")
        code = re.search(r"^link (\S+)$", seen.text, re.MULTILINE)
        assert code is not None
        await talk.presses("sam", seen, "Undo")
        zoe = await Member.get(email="zoe@acme.example")
        assert not zoe.active
        assert (await Invitation.get(member=zoe)).expires_at <= talk.clock.now()
        await ChatIdentity.create(
            member=zoe, platform="console", user="z", address="z", last_seen_at=talk.clock.now()
        )
        await talk.says("sam", "invite zoe@acme.example Zoé Roy manager")
        zoe = await Member.get(email="zoe@acme.example")
        assert (zoe.active, zoe.name, zoe.role) == (True, "Zoé Roy", Role.MANAGER)
        assert not await ChatIdentity.exists(member=zoe)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("invite nobody", "is not an e-mail address"),
        ("invite @zoe", "I see no profile of @zoe here"),
        ("invite a@b@c", "is not an e-mail address"),
        ("invite z@acme.example Zoé rep North", "I find no “North”. There are: Sales"),
        (f"invite z@acme.example {'x' * 201}", "A name has 1 to 200"),
    ],
)
async def test_an_invitation_that_cannot_be_is_refused(database_url: str, line: str, words: str) -> None:
    """Nobody is added and no code is made."""
    async with conversation(database_url) as talk:
        assert words in await talk.says("sam", line)
        assert await Member.all().count() == 4
        assert await Invitation.all().count() == 0


async def test_a_member_gets_a_new_code_and_nothing_else(database_url: str) -> None:
    """Whatever else the line says."""
    async with conversation(database_url) as talk:
        assert "is a member already" in await talk.says("sam", "invite lea@parley.example Leah admin")
        lea = await _member("lea")
        assert (lea.name, lea.role) == ("Léa Martin", Role.REP)
        assert await Invitation.filter(member=lea).count() == 1


@pytest.mark.parametrize(
    "line", ["role @lea manager", "rôle @lea responsable", "role lea@parley.example manager"]
)
async def test_a_role_is_given(database_url: str, line: str) -> None:
    """It holds at once, and undo takes it away."""
    async with conversation(database_url) as talk:
        assert "Léa Martin: rep → manager" in await talk.says("sam", line)
        assert (await _member("lea")).role is Role.MANAGER
        await _taken_back(talk, "Léa Martin")
        assert (await _member("lea")).role is Role.REP


async def test_there_is_always_an_admin(database_url: str) -> None:
    """The last one demotes nobody out of it, by a role nor by an undo."""
    async with conversation(database_url) as talk:
        assert "Sam Okafor is the only admin" in await talk.says("sam", "role @sam rep")
        given = await talk.says("sam", "role @nora admin")
        change = await Change.all().order_by("-id").first()
        assert change is not None
        await talk.says("nora", "role @sam manager")
        assert "Only admins" in await talk.presses("sam", given, "Undo")
        nora = await Member.get(email="nora@parley.example").select_related("workspace")
        with pytest.raises(Indispensable):
            async with talk.app.database.transaction():
                await taking_back(Author(nora, talk.clock.now(), "a room"), change.said)
        assert [member.name for member in await (await _member("sam")).admins()] == ["Nora Keller"]


async def test_a_rep_manages_no_team(database_url: str) -> None:
    """Who becomes one loses their team, which is said and undone with it; nobody gets one as a rep."""
    async with conversation(database_url) as talk:
        nora = await _member("nora")
        seen = await talk.says("sam", "role @nora rep")
        assert "Without a manager now: Sales" in seen
        assert (await Team.get()).manager_id is None
        await talk.presses("sam", seen, "Undo")
        assert (await Team.get()).manager_id == nora.id
        assert "Marc Ellis is a rep" in await talk.says("sam", "team Sales manager @marc")


async def test_somebody_who_left_is_told_apart(database_url: str) -> None:
    """A former member is neither given a role nor a team, and it is said why."""
    async with conversation(database_url) as talk:
        await Member.filter(email="nora@parley.example").update(active=False)
        for line in ("team Sales manager @nora", "role @nora admin", "team Sales @nora"):
            assert "Nora Keller is no longer a member." in await talk.says("sam", line)


async def test_teams_are_made_filled_and_removed(database_url: str) -> None:
    """Who is in one sees it in the list; one with members stays; each line is undone."""
    async with conversation(database_url) as talk:
        await talk.says("sam", "équipe nouvelle North")
        assert "Léa Martin: team Sales → North" in await talk.says("sam", "team North @lea")
        assert "North: manager – → Nora Keller" in await talk.says("sam", "team North manager @nora")
        assert "North → Nord" in await talk.says("sam", "team rename North to Nord")
        assert re.search(r"Nord +Nora Keller +Léa Martin", (await talk.says("marc", "team")).text)
        assert "1 member is in Nord" in await talk.says("sam", "team remove Nord")
        assert "Léa Martin: team Nord → –" in await talk.says("sam", "team none @lea")
        await _taken_back(talk)
        lea = await _member("lea")
        assert lea.team_id == (await Team.get(name="Nord")).id
        await talk.says("sam", "team Sales @lea")
        removed = await talk.says("sam", "team remove Nord")
        assert "already" in await talk.says("sam", "team new sales")
        await talk.presses("sam", removed, "Undo")
        assert "Nord" in await talk.says("marc", "team")


async def test_a_team_line_that_names_none_is_refused(database_url: str) -> None:
    """With the teams there are."""
    async with conversation(database_url) as talk:
        assert "I find no “West”. There are: Sales." in await talk.says("sam", "team West @lea")
        assert "Say who" in await talk.says("sam", "team Sales")
        assert "means something else" in await talk.says("sam", "team new new")


# -- the whole ---------------------------------------------------------------------------------------


async def test_set_up_has_a_history(database_url: str) -> None:
    """What was set up, by whom, with before and after, taken back too; nobody's own settings."""
    async with conversation(database_url) as talk:
        await talk.says("sam", "stage rename Proposal Offer")
        await talk.says("sam", "undo")
        await talk.says("marc", "quiet 20:00-08:00")
        await talk.says("sam", "role @lea admin")
        told = await talk.says("lea", "espace historique")
        assert "Étape Proposition: annulé, Nom Offer → Proposal" in told.text.replace("\u00a0", "")
        assert "Membre Léa Martin: Rôle commercial → administrateur" in told.text
        assert "20:00" not in told


async def test_two_admins_at_once_make_one_stage(database_url: str) -> None:
    """Both lines of one moment are answered; one of them is told that it is there."""
    async with conversation(database_url) as talk:
        await talk.says("sam", "role @nora admin")
        first = await talk.says("sam", "stage new Demo")
        second = await talk.says("nora", "stage new démo")
        assert "✅" in first and "already" in second
        assert await talk.failures() == []


async def test_an_admin_s_hostile_line_is_answered(database_url: str) -> None:
    """Whatever stands behind a verb of set-up: a sentence or one effect, never an error of ours."""
    lines = [re.sub(r" (X|Offer|Proposal|Negotiation|Sales|@\w+|\S+@\S+).*$", "", line) for line in ADMINS]
    async with conversation(database_url) as talk:
        for line in dict.fromkeys(lines):
            for hostile in HOSTILE:
                assert (await talk.says("sam", f"{line} {hostile}")).text.strip()
        assert await talk.failures() == []
        assert await (await _member("sam")).admins()
        for pipeline in await Pipeline.filter(deleted_at=None):
            kinds = {stage.kind for stage in await pipeline.in_order()}
            assert kinds == set(StageKind)


async def test_a_note_may_begin_its_lines_with_everyday_words(database_url: str) -> None:
    """A team, a rate, a reason in a longer message is its note; lines of set-up are each answered."""
    note = ["team is happy", "rate is too high", "reason: price", "outcome unclear", "invite Bob to the demo"]
    async with conversation(database_url) as talk:
        await talk.says("marc", "\n".join(["note #D-90 met them", *note]))
        written = (await Activity.get()).notes
        assert all(line in written for line in note), written
        seen = await talk.says("sam", "reason new Timing\nteam new West\nrate USD 0.92\nrole @lea manager")
        assert seen.text.count("✅") == 4


# What an example needs to be there.
BEFORE = {
    "pipeline_remove": {"en": "pipeline new Partners", "fr": "pipeline nouveau Partenaires"},
    "pipeline_default": {
        "en": "pipeline new X\npipeline default X",
        "fr": "pipeline new X\npipeline default X",
    },
    "unrequire": {"en": "require amount at Proposal", "fr": "exiger montant à Proposition"},
}
# Said in a room only, which a terminal is not: see tests.acceptance.test_rooms.
IN_ROOMS = {"post", "here"}
SETS_UP = sorted(
    name
    for name, entry in REGISTER.items()
    if entry.handler.__module__.startswith("handlers.setup.") and name not in IN_ROOMS
)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", SETS_UP)
async def test_the_example_that_help_shows_does_it(database_url: str, name: str, language: str) -> None:
    """Said by an admin in the demo: it is done, or after its card; a look leaves all as it is."""
    line = example(name, language)
    async with conversation(database_url) as talk:
        await talk.says("sam", BEFORE.get(name, {}).get(language, "stages"))
        before = await Change.all().count()
        seen = await talk.says("sam", line)
        answered = await Incoming.all().order_by("-id").first()
        assert answered is not None
        assert (answered.command, answered.outcome) == (name, "ok"), seen.text
        if "Confirm" in seen:
            await talk.presses("sam", seen, "Confirm")
        assert (await Change.all().count() > before) is not REGISTER[name].reads


# -- the documents -----------------------------------------------------------------------------------

_LINES = re.compile(r"^```text\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("name", "confirm"), [("docs/howto/set-up.md", "Confirm"), ("docs/fr/howto/set-up.md", "Confirmer")]
)
async def test_each_line_of_the_page_does_what_it_says(database_url: str, name: str, confirm: str) -> None:
    """Said in its order by an admin who reads that language: done, shown or confirmed; none is refused."""
    lines = [
        line for block in _LINES.findall((ROOT / name).read_text("utf-8")) for line in block.splitlines()
    ]
    assert len(lines) > 40
    async with conversation(database_url) as talk:
        await talk.says("sam", "langue fr" if confirm == "Confirmer" else "lang en")
        for line in lines:
            before = await Change.all().count()
            seen = await talk.says("sam", line)
            answered = await Incoming.all().order_by("-id").first()
            assert answered is not None
            assert answered.outcome == "ok", f"{line}\n{seen.text}"
            if f"] {confirm}" in seen.text:
                await talk.presses("sam", seen, confirm)
            shows = " " not in line
            assert (await Change.all().count() > before) is not shows, f"{line}\n{seen.text}"


# -- traces ------------------------------------------------------------------------------------------


async def test_a_trace_says_what_became_of_a_message(database_url: str) -> None:
    """When, whose, which command and how it ended; not what was said. In small letters too."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "call Jane Doe 20m: a word in confidence")
        row = await Incoming.all().order_by("-id").first()
        assert row is not None
        shown = await talk.says("sam", f"trace {reference(row.id).lower()}")
        for words in (reference(row.id), "State: answered", "From: Marc Ellis · Console", "Command: call"):
            assert words in shown
        assert "Outcome: ok" in shown
        assert "confidence" not in shown


async def test_a_trace_of_what_failed_says_so(database_url: str) -> None:
    """It was set aside, with the kind of error."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "today")
        row = await Incoming.all().order_by("-id").first()
        assert row is not None
        # As the dispatcher leaves what it could not do.
        aside = Incoming.filter(id=row.id)
        await aside.update(
            state=InboxState.QUARANTINED, outcome="failed: KeyError", member_id=None, command=""
        )
        shown = await talk.says("sam", f"trace {reference(row.id)}")
        assert "State: set aside" in shown
        assert "From: Marc Ellis" in shown
        assert "Outcome: failed: KeyError" in shown


@pytest.mark.parametrize("ref", ["K7Q2M", "x", "99", "ÀÉ1²3"])
async def test_a_reference_of_nothing_is_said_to_be_none(database_url: str, ref: str) -> None:
    """A mistyped one too."""
    async with conversation(database_url) as talk:
        assert f"No message of this workspace has the reference {ref}." in await talk.says(
            "sam", f"trace {ref}"
        )
