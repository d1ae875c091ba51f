"""Filters in words: what they find, what they say they understood, and what they do not understand."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from models.company import Company
from models.contact import Contact
from models.deal import Deal, Pipeline, Stage, create_default_pipeline
from models.member import Member, Role
from models.messaging.inbox import Incoming
from models.team import Team
from models.workspace import Visibility, Workspace
from tests.bot.test_plans import read_whole, told
from tests.driver import Conversation, Seen, conversation

ROOT = Path(__file__).parents[2]

_REFERENCE = re.compile(r"^([A-Z]-\d+)\b", re.MULTILINE)


def listed(seen: Seen) -> list[str]:
    """The ids of the rows that were shown, in their order."""
    return _REFERENCE.findall(seen.text)


async def _prepare(talk: Conversation) -> None:
    """Deals in each state, of two currencies, one with a next step, one with a tag and one with a source."""
    await talk.says("marc", "next step D-90 send the contract")
    await talk.says("lea", "étiquette D-142 VIP")
    await talk.says("marc", "deal new Globex Upgrade $12k close Oct 30")
    won = await talk.says("lea", "gagné D-131")
    await talk.presses("lea", won, "Confirmer")
    await Deal.filter(number=118).update(source="Web")


@pytest.mark.parametrize(
    ("line", "heading", "references"),
    [
        ("deals", "4 deals · open", ["D-143", "D-90", "D-142", "D-118"]),
        (
            "deals > 10k closing this month without next step",
            "1 deal · open · > 10,000 · closing Thu, Oct 1 – Sat, Oct 31 · without next step",
            ["D-143"],
        ),
        ("deals @marc", "3 deals · Marc Ellis · open", ["D-143", "D-90", "D-118"]),
        ("deals my > 10k", "2 deals · Marc Ellis · open · > 10,000", ["D-143", "D-118"]),
        ("deals @team", "4 deals · Team · open", ["D-143", "D-90", "D-142", "D-118"]),
        ("deals #vip", "1 deal · open · #vip", ["D-142"]),
        ("deals over 10k €", "2 deals · open · > €10,000", ["D-142", "D-118"]),
        ("deals >= $12,000", "1 deal · open · ≥ $12,000", ["D-143"]),
        ("deals at most 8k", "1 deal · open · ≤ 8,000", ["D-90"]),
        ("deals > 8k < 12001", "2 deals · open · > 8,000 · < 12,001", ["D-143", "D-142"]),
        ("deals won this quarter", "1 deal · won · closed Thu, Oct 1 – Thu, Dec 31", ["D-131"]),
        ("deals won last month", "0 deals · won · closed Tue, Sep 1 – Wed, Sep 30", []),
        ("deals in proposal", "1 deal · in Proposal", ["D-142"]),
        ("deals in propsal", "1 deal · in Proposal", ["D-142"]),
        ("deals all", "5 deals · open or closed", ["D-143", "D-131", "D-90", "D-142", "D-118"]),
        (
            "deals without activity 7d",
            "3 deals · open · without activity for 7 days",
            ["D-90", "D-142", "D-118"],
        ),
        ("deals without activity 14d", "0 deals · open · without activity for 14 days", []),
        ("deals closing before 30 Nov", "1 deal · open · closing until Sun, Nov 29", ["D-143"]),
        (
            "deals closing in November",
            "2 deals · open · closing Sun, Nov 1 – Mon, Nov 30",
            ["D-90", "D-142"],
        ),
        ("deals closing after 30 Nov", "1 deal · open · closing from Tue, Dec 1", ["D-118"]),
        ("deals created this week", "1 deal · open · created Mon, Oct 12 – Sun, Oct 18", ["D-143"]),
        ("deals from web", "1 deal · open · from Web", ["D-118"]),
        ("deals globex", "2 deals · open · “globex”", ["D-143", "D-90"]),
        ("deals in Boston", "2 deals · open · in Boston", ["D-143", "D-90"]),
        ("deals in Sales", "4 deals · open · in Sales", ["D-143", "D-90", "D-142", "D-118"]),
        ("deals closing the next 30 days", "1 deal · open · closing Wed, Oct 14 – Fri, Nov 13", ["D-143"]),
        ("deals Q1 2027", "1 deal · open · closing Fri, Jan 1, 2027 – Wed, Mar 31, 2027", ["D-118"]),
        ("contacts in Lyon", "1 contact · in Lyon", ["C-40"]),
        ("contacts acme", "2 contacts · “acme”", ["C-15", "C-12"]),
        ("companies in PARIS", "1 company · in PARIS", ["O-1"]),
        ("leads from web", "1 lead · from Web", ["L-7"]),
        ("leads lost", "0 leads · lost", []),
    ],
)
async def test_an_english_filter(database_url: str, line: str, heading: str, references: list[str]) -> None:
    """It says how many there are and what was understood, and lists them."""
    async with conversation(database_url) as talk:
        await _prepare(talk)
        seen = await talk.says("marc", line)
        assert seen.text.split("\n", 1)[0] == heading
        assert listed(seen) == references
        assert not await talk.failures()


@pytest.mark.parametrize(
    ("line", "heading", "references"),
    [
        (
            "affaires > 10k clôture ce mois sans étape",
            "1 affaire · en cours · > 10 000 · clôture jeu. 1er oct. – sam. 31 oct. · sans prochaine étape",
            ["D-143"],
        ),
        ("affaires mes", "1 affaire · Léa Martin · en cours", ["D-142"]),
        ("affaires #vip", "1 affaire · en cours · #vip", ["D-142"]),
        ("affaires plus de 10 000 €", "2 affaires · en cours · > 10 000 €", ["D-142", "D-118"]),
        (
            "affaires gagnées ce trimestre",
            "1 affaire · gagnées · clos jeu. 1er oct. – jeu. 31 déc.",
            ["D-131"],
        ),
        ("affaires perdues le mois dernier", "0 affaire · perdu · clos mar. 1er sept. – mer. 30 sept.", []),
        ("affaires en négociation", "0 affaire · dans Négociation", []),
        ("affaires à l'étape proposition", "1 affaire · dans Proposition", ["D-142"]),
        (
            "affaires sans activité depuis 7 jours",
            "3 affaires · en cours · sans activité depuis 7 jours",
            ["D-90", "D-142", "D-118"],
        ),
        (
            "affaires clôture avant le 30/11",
            "1 affaire · en cours · clôture jusqu’au dim. 29 nov.",
            ["D-143"],
        ),
        ("contacts à Lyon", "1 contact · à Lyon", ["C-40"]),
        ("contacts chez Acme", "2 contacts · « Acme »", ["C-15", "C-12"]),
        ("sociétés à Paris", "1 société · à Paris", ["O-1"]),
        ("prospects via web", "1 prospect · via Web", ["L-7"]),
    ],
)
async def test_a_french_filter(database_url: str, line: str, heading: str, references: list[str]) -> None:
    """The same in French, with French figures and dates."""
    async with conversation(database_url) as talk:
        await _prepare(talk)
        seen = await talk.says("lea", line)
        first = seen.text.split("\n", 1)[0].replace("\u202f", " ").replace("\xa0", " ")
        assert first == heading
        assert listed(seen) == references


async def test_activities_are_listed_by_who_and_when(database_url: str) -> None:
    """And by their kind, and by whom they are about."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "call Jane Roy 10m wants a pilot")
        await talk.says("lea", "rdv Luc Moreau hier: catalogue")
        await talk.time.passes(timedelta(days=7))
        seen = await talk.says("nora", "activities @marc last week")
        assert seen.text.startswith("1 activity · Marc Ellis · Mon 12 Oct – Sun 18 Oct\n")
        assert "wants a pilot" in seen
        assert (await talk.says("nora", "activities meetings")).text.startswith("1 activity · meetings\n")
        assert (await talk.says("nora", "activities with Jane")).text.startswith("1 activity · “Jane”\n")
        seen = await talk.says("lea", "activités @lea la semaine dernière")
        assert "catalogue" in seen
        assert "wants a pilot" not in seen


async def test_a_postcode_finds_who_is_there(database_url: str) -> None:
    """The whole or how it begins; a contact without an address is where the company is."""
    async with conversation(database_url) as talk:
        await talk.says("nora", "company new Quenelle @ Lyon 69003")
        await talk.says("nora", "contact new Ada Quist @ Quenelle ada@quenelle.example")
        for line in ("contacts 69003", "contacts 69", "contacts in Lyon 69003"):
            assert listed(await talk.says("nora", line)) == ["C-48"], line
        assert listed(await talk.says("nora", "contacts 69004")) == []
        assert sorted(listed(await talk.says("nora", "contacts in lyon"))) == ["C-40", "C-48"]


async def test_a_city_is_found_whatever_its_accents(database_url: str) -> None:
    """And a name that has the city's word in it is not taken for one who lives there."""
    async with conversation(database_url) as talk:
        await talk.says("nora", "company new Forge @ Saint-Étienne 42000")
        await talk.says("nora", "company new Paris Traiteur @ Lille 59000")
        assert listed(await talk.says("nora", "companies in saint etienne")) == ["O-5"]
        assert listed(await talk.says("nora", "companies in Paris")) == ["O-1"]
        await talk.says("nora", "field O-5 city Nantes")
        assert listed(await talk.says("nora", "companies in saint etienne")) == []
        assert listed(await talk.says("nora", "companies in nantes")) == ["O-5"]


async def test_a_tag_is_a_whole_tag(database_url: str) -> None:
    """In whatever letters, and never a word of a name."""
    async with conversation(database_url) as talk:
        await talk.says("nora", "company new VIP Travel")
        await talk.says("nora", "tag O-1 Grand-Compte")
        assert listed(await talk.says("nora", "companies #vip")) == []
        assert listed(await talk.says("nora", "companies #grand-compte")) == ["O-1"]
        assert listed(await talk.says("nora", "companies #grand")) == []
        await talk.says("nora", "untag O-1 grand-compte")
        assert listed(await talk.says("nora", "companies #grand-compte")) == []


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "deals > 10k frobnicated closing this month",
            "I do not understand “frobnicated” in this filter. "
            "I understood: open · > 10,000 · closing Thu, Oct 1 – Sat, Oct 31.\n"
            "For example: deals > 10k without next step\n",
        ),
        (
            "contacts @zebulon",
            "I do not understand “zebulon” in this filter.\nFor example: contacts in Lyon\n",
        ),
        ("deals closing 30 February", "“30 February” is not a date I can find in a calendar.\n"),
        ("deals > 99999999999999999999", "That amount is too large.\n"),
        ("deals @marc @lea", "I do not understand “lea” in this filter."),
    ],
)
async def test_what_is_not_understood_is_named(database_url: str, line: str, sentence: str) -> None:
    """Never passed over: a filter that is half understood lists nothing."""
    async with conversation(database_url) as talk:
        seen = await talk.says("marc", line)
        assert seen.text.startswith(sentence)
        assert listed(seen) == []
        assert not await talk.failures()


async def test_a_filter_that_fits_nothing_says_what_was_understood(database_url: str) -> None:
    """In both languages."""
    async with conversation(database_url) as talk:
        seen = await talk.says("marc", "deals lost last month > 1m")
        assert seen.text.startswith(
            "0 deals · lost · closed Tue, Sep 1 – Wed, Sep 30 · > 1,000,000\n"
            "Nothing fits. Leave a condition out to see more.\n"
        )
        assert "Rien ne correspond." in await talk.says("lea", "affaires #rien")


async def test_a_long_list_is_paged_by_ten(database_url: str) -> None:
    """Behind [Next], with the same filter; no row twice, none left out."""
    async with conversation(database_url) as talk:
        for number in range(23):
            await talk.says("marc", f"deal new Globex Lot {number} {number + 1}k €")
        shown = list[str]()
        seen = await talk.says("marc", "deals my globex")
        assert seen.text.startswith("24 deals · Marc Ellis · open · “globex”\n")
        while True:
            assert len(listed(seen)) <= 10
            shown += listed(seen)
            if "Next" not in seen:
                break
            seen = await talk.presses("marc", seen, "Next")
            assert seen.text.startswith("24 deals · Marc Ellis · open · “globex”\n")
        assert len(shown) == len(set(shown)) == 24
        seen = await talk.says("lea", "affaires @marc globex")
        assert "Suivant" in seen


async def test_sums_never_mix_currencies(database_url: str) -> None:
    """One line for each; why there is no total where a rate is missing."""
    async with conversation(database_url) as talk:
        await _prepare(talk)
        seen = await talk.says("marc", "deals")
        assert seen.text.split("\n")[1:4] == [
            "€45,000",
            "$12,000",
            "No total in one currency: there is no rate for USD.",
        ]


async def _two_teams(talk: Conversation, visibility: Visibility) -> None:
    """Léa leaves Marc's team for one of her own."""
    workspace = await Workspace.get()
    other = await Team.create(workspace=workspace, name="Other")
    await Member.filter(email="lea@parley.example").update(team_id=other.id)
    await Workspace.all().update(visibility=visibility)


@pytest.mark.parametrize("visibility", [Visibility.OWN, Visibility.TEAM])
async def test_nobody_counts_what_they_may_not_see(database_url: str, visibility: Visibility) -> None:
    """Neither rows nor counts nor sums of another's deals, contacts or activities are shown."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "call Jane Roy 10m secret words")
        await talk.says("marc", "tag D-90 hot")
        await _two_teams(talk, visibility)
        assert (await talk.says("lea", "affaires")).text.startswith("2 affaires · en cours\n")
        for line in (
            "affaires @marc",
            "affaires #hot",
            "affaires globex toutes",
            "activités @marc",
            "contacts Jane Roy",
        ):
            seen = await talk.says("lea", line)
            assert listed(seen) == [], line
            assert "secret" not in seen
            assert "8 000" not in seen.text.replace("\u202f", " ")
            assert not seen.text.startswith(("1", "2")), line


async def test_a_stage_of_any_pipeline_and_a_pipeline_are_named(database_url: str) -> None:
    """A custom stage by its own name; the pipeline by its name too."""
    async with conversation(database_url) as talk:
        async with talk.app.database.transaction():
            renewals = await create_default_pipeline(await Workspace.get(), "Renewals")
            await Pipeline.filter(id=renewals.id).update(is_default=False)
            stage = await Stage.filter(pipeline=renewals, name="New").get()
            await Stage.filter(id=stage.id).update(name="Ask again")
            await Deal.filter(number=90).update(stage_id=stage.id)
        assert listed(await talk.says("marc", "deals in ask again")) == ["D-90"]
        assert listed(await talk.says("marc", "deals in renewals")) == ["D-90"]
        assert "D-90" not in listed(await talk.says("marc", "deals in Sales"))


@pytest.mark.parametrize(
    "verb", ["deals", "contacts", "companies", "leads", "activities", "pipeline", "stale"]
)
async def test_a_hostile_filter_is_answered(database_url: str, verb: str) -> None:
    """Long, empty, full of signs: a sentence, and never an error of ours."""
    texts = (
        *(
            "> " * 100,
            "#" * 200,
            "closing " * 30,
            "before after since by",
            "without without",
            "> > 10k",
            "> -5k",
        ),
        *(
            "in " * 50,
            "last 9999 years",
            "without activity 9999 years",
            "Q4 9999",
            "closing 9999",
            "#" + "x" * 250,
        ),
        *("closing 31/02/2026", "@", "@team @team @me", "“” «»", "٣٤٥", "closing may may may", "69003" * 30),
    )
    async with conversation(database_url) as talk:
        for text in texts:
            assert (await talk.says("nora", f"{verb} {text}")).text.strip(), text
        assert await talk.failures() == []


async def test_a_filter_reads_no_large_table_whole(sqlite_url: str) -> None:
    """Where it narrows at all, the rows are found by an index."""
    statements = list[str]()
    lines = (
        *(
            "contacts 69003",
            "contacts #vip",
            "companies in Lyon",
            "companies #vip",
            "deals #vip",
            "deals @marc",
        ),
        *(
            "deals in negotiation",
            "deals won this quarter",
            "activities @marc last week",
            "activities last week",
        ),
        *("deals closing this month without next step", "deals without activity 14d", "contacts acme"),
    )
    async with conversation(sqlite_url) as talk:
        async with told(talk, statements):
            for line in lines:
                await talk.says("marc", line)
        assert not await talk.failures()
    assert list(read_whole(sqlite_url.removeprefix("sqlite://"), statements)) == []


async def test_what_was_there_before_is_found_by_filters_too(database_url: str) -> None:
    """A deal that is removed is not listed; one that is restored is, by its tag."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "étiquette D-142 vip")
        await talk.presses("lea", await talk.says("lea", "supprimer D-142"), "Confirmer")
        assert listed(await talk.says("lea", "affaires #vip")) == []
        await talk.says("lea", "annuler")
        assert listed(await talk.says("lea", "affaires #vip")) == ["D-142"]


async def test_what_a_merge_leaves_is_found_by_its_tags(database_url: str) -> None:
    """The survivor by the tags of both, the other not any more."""
    async with conversation(database_url) as talk:
        await talk.presses(
            "nora", await talk.says("nora", "company new Acme SAS @ Nantes"), "Add all the same"
        )
        await talk.says("nora", "tag O-5 twin")
        await talk.presses("nora", await talk.says("nora", "merge O-1 O-5"), "Confirm")
        survivor = await Company.get(name__startswith="Acme", deleted_at__isnull=True)
        assert "twin" in survivor.tags
        assert listed(await talk.says("nora", "companies #twin")) == [survivor.reference]


async def test_the_members_day_decides(database_url: str) -> None:
    """A deal won at 23:30 in New York was won that day there, and the next day in Paris."""
    async with conversation(database_url) as talk:
        await talk.until(talk.clock.now() + timedelta(hours=12))
        await talk.presses("marc", await talk.says("marc", "won D-90"), "Confirm")
        assert listed(await talk.says("marc", "deals won today")) == ["D-90"]
        assert listed(await talk.says("marc", "deals won yesterday")) == []
        assert listed(await talk.says("nora", "deals won today")) == ["D-90"]
        assert (await talk.says("nora", "deals won today")).text.startswith(
            "1 deal · won · closed Thu 15 Oct\n"
        )
        assert (await talk.says("marc", "deals won today")).text.startswith(
            "1 deal · won · closed Wed, Oct 14\n"
        )


@pytest.mark.parametrize(
    ("line", "found", "missed"),
    [
        ("deals without amount", "Nameless price", "Acme renewal"),
        ("deals without close date", "Nameless price", "Acme renewal"),
        ("deals without company", "Nameless price", "Acme renewal"),
        ("deals without contact", "Nameless price", "Globex pilot"),
        ("deals without tag", "Nameless price", "Globex pilot"),
        ("contacts without e-mail", "Mute Person", "Jane Doe"),
        ("contacts sans téléphone", "Mute Person", "Jane Doe"),
        ("contacts without company", "Mute Person", "Jane Doe"),
        ("companies without owner", "Ownerless", "Hoarders"),
    ],
)
async def test_what_is_missing_can_be_asked_for(
    database_url: str, line: str, found: str, missed: str
) -> None:
    """For each kind of record, of what it may have."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "deal new Nameless price")
        await talk.says("marc", "tag D-90 key")
        await talk.says("marc", "contact new Mute Person")
        await Contact.filter(name="Jane Doe").update(phones=["+16175550199"], emails=["jane@acme.example"])
        await talk.says("nora", "company new Ownerless")
        await talk.says("nora", "company new Hoarders")
        await Company.filter(name="Ownerless").update(owner_id=None)
        shown = (await talk.says("nora", line)).text
        assert found in shown
        assert missed not in shown


@pytest.mark.parametrize(
    ("name", "line", "words", "references"),
    [
        ("nora", "deals in qualified or proposal", "in Qualified or in Proposal", {"D-90", "D-131", "D-142"}),
        (
            "lea",
            "affaires en proposition, qualifié",
            "dans Proposition ou dans Qualifié",
            {"D-90", "D-131", "D-142"},
        ),
        ("nora", "deals stale deals", "stale", {"D-90", "D-118", "D-131", "D-142"}),
        ("lea", "affaires dormantes", "dormantes", {"D-90", "D-118", "D-131", "D-142"}),
    ],
)
async def test_what_people_add_and_join(
    database_url: str, name: str, line: str, words: str, references: set[str]
) -> None:
    """Stages are any of them; stale is what the report calls so; the name of the list says nothing more."""
    async with conversation(database_url) as talk:
        shown = await talk.says(name, line)
        assert words in shown
        assert {word for word in shown.text.split() if re.fullmatch(r"D-\d+", word)} == references


@pytest.mark.parametrize(
    ("name", "page"), [("nora", "docs/howto/filters.md"), ("lea", "docs/fr/howto/filters.md")]
)
async def test_each_line_of_the_page_is_understood(sqlite_url: str, name: str, page: str) -> None:
    """As it stands there."""
    blocks = re.findall(r"^```text\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) > 25
    async with conversation(sqlite_url) as talk:
        await Member.filter(email="lea@parley.example").update(role=Role.MANAGER)
        for line in lines:
            seen = await talk.says(name, line)
            answered = await Incoming.all().order_by("-id").first()
            assert answered is not None
            assert answered.outcome == "ok", f"{line}\n{seen.text}"
            # A word that means something was not looked for in the names.
            assert not re.search("[“«]", seen.text.splitlines()[0]) or "acme" in line, f"{line}\n{seen.text}"
