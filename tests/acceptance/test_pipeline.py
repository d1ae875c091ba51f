"""The pipeline and what is stale in it: whose it is, what it adds up to, and who may not look."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from models.deal import Deal, Stage, create_default_pipeline
from models.member import Member
from models.rate import Rate
from models.team import Team
from models.workspace import Visibility, Workspace
from tests.driver import Conversation, conversation


async def test_a_managers_look_at_a_reps_pipeline(database_url: str) -> None:
    """By stage and deal by deal, with the sums; a filter narrows all of it."""
    async with conversation(database_url) as talk:
        seen = (await talk.says("nora", "/crm pipeline @marc > 10k")).plain
        assert seen.startswith("Pipeline · Marc Ellis · open · > 10,000\n1 deal\n€25,000 · weighted €2,500\n")
        assert "New 1 €25,000 €2,500" in seen
        assert "D-118 Initech Rollout New €25,000 Fri, 29 Jan 2027" in seen
        assert "D-90" not in seen


async def test_the_team_is_a_managers_pipeline(database_url: str) -> None:
    """Stage by stage in the pipeline's order; the owners are named."""
    async with conversation(database_url) as talk:
        seen = (await talk.says("nora", "pipeline")).plain
        assert seen.startswith("Pipeline · Team · open\n4 deals\n€49,500 · weighted €12,750\n")
        rows = ("New 1 €25,000 €2,500", "Qualified 1 €8,000 €2,000", "Proposal 2 €16,500 €8,250")
        assert sorted(rows, key=seen.index) == list(rows)
        assert "D-90 Globex Pilot Qualified €8,000 Mon 30 Nov Marc Ellis" in seen
        assert (await talk.says("nora", "pipeline @team")).plain == seen


@pytest.mark.parametrize(
    ("name", "line", "sentence"),
    [
        ("marc", "pipeline @lea", "Only managers can view another rep's pipeline."),
        ("marc", "pipeline @team", "Only managers can view the team's pipeline."),
        ("marc", "pipeline @everyone", "Only managers can view the team's pipeline."),
        ("lea", "pipeline @marc", "Seuls les managers peuvent voir le pipeline d’un autre commercial."),
        ("marc", "forecast @lea", "Only managers can view another rep's forecast."),
        ("lea", "prévision @équipe", "Seuls les managers peuvent voir la prévision de l’équipe."),
        ("marc", "stale @lea", "Only managers can view another rep's stale deals."),
    ],
)
async def test_a_rep_asks_for_anothers(database_url: str, name: str, line: str, sentence: str) -> None:
    """Refused with the reason, and without a figure, whatever may be seen deal by deal."""
    async with conversation(database_url) as talk:
        seen = await talk.says(name, line)
        assert seen.text.startswith(sentence)
        assert not re.search(r"D-\d|€|\$", seen.text)


async def test_a_reps_pipeline_is_their_own(database_url: str) -> None:
    """Unasked, and asked for by name."""
    async with conversation(database_url) as talk:
        own = (await talk.says("lea", "pipeline")).plain
        assert own.startswith("Pipeline · Léa Martin · en cours\n2 affaires\n16 500 € · pondéré 8 250 €\n")
        for line in ("pipeline @lea", "pipeline mes", "pipeline @moi"):
            assert (await talk.says("lea", line)).plain == own


async def test_currencies_stand_apart_and_together(database_url: str) -> None:
    """A line for each; with a rate the workspace's total too, with the rate's date; without it, why not."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "deal new Globex Upgrade $12,000.50 close Nov 30")
        seen = (await talk.says("marc", "pipeline")).plain
        assert "\n€33,000 · weighted €4,500\n$12,000.50 · weighted $1,200.05\n" in seen
        assert "No total in one currency: there is no rate for USD." in seen
        assert "New 2 €25,000 €2,500\n $12,000.50 $1,200.05\n" in seen
        await Rate.create(
            workspace=await Workspace.get(), currency="USD", rate="0.92", set_on=date(2026, 10, 1)
        )
        seen = (await talk.says("marc", "pipeline")).plain
        assert "All in EUR: €44,040.46 · weighted €5,604.05 (rates of Thu, Oct 1)" in seen
        seen = (await talk.says("nora", "pipeline @marc")).plain
        assert "All in EUR: €44,040.46 · weighted €5,604.05 (rates of Thu 1 Oct)" in seen


async def test_a_deals_own_probability_counts(database_url: str) -> None:
    """Instead of its stage's; what is rounded is rounded once, at the end."""
    async with conversation(database_url) as talk:
        await Deal.filter(number__in=[90, 118]).update(amount=101, probability=33)
        seen = (await talk.says("marc", "pipeline")).plain
        # Twice 33.33 cents are 66.66, shown as 67; each rounded by itself would be 66.
        assert "€2.02 · weighted €0.67\n" in seen


async def test_the_largest_amounts_are_added(database_url: str) -> None:
    """A sum may be more than a column holds."""
    async with conversation(database_url) as talk:
        await Deal.filter(number__in=[90, 118]).update(amount=2**63 - 1)
        seen = (await talk.says("marc", "pipeline")).plain
        assert "€184,467,440,737,095,516.14 · weighted" in seen
        assert "€184,467,440,737,095,516.14" in (await talk.says("marc", "deals my")).plain
        assert await talk.failures() == []


async def test_more_deals_than_a_page(database_url: str) -> None:
    """Ten at a time behind [Next]; the totals are of all, the stages stand on the first page only."""
    async with conversation(database_url) as talk:
        for number in range(9):
            await talk.says("marc", f"deal new Globex Lot {number} 1k €")
        first = await talk.says("nora", "pipeline @marc")
        assert "11 deals\n€42,000 · weighted €5,400" in first.plain
        assert len(re.findall(r"^D-", first.text, re.MULTILINE)) == 10
        assert "Weighted" in first
        second = await talk.presses("nora", first, "Next")
        assert len(re.findall(r"^D-", second.text, re.MULTILINE)) == 1
        assert "11 deals\n€42,000 · weighted €5,400" in second.plain
        assert "Weighted" not in second
        assert "Next" not in second


async def test_several_pipelines_are_told_apart(database_url: str) -> None:
    """Each stage with its pipeline's name; a filter chooses one of them."""
    async with conversation(database_url) as talk:
        async with talk.app.database.transaction():
            renewals = await create_default_pipeline(await Workspace.get(), "Renewals")
            await type(renewals).filter(id=renewals.id).update(is_default=False)
            stage = await Stage.get(pipeline=renewals, name="Qualified")
            await Deal.filter(number=90).update(stage_id=stage.id)
        seen = (await talk.says("marc", "pipeline")).plain
        assert "Sales: New 1 €25,000 €2,500\nRenewals: Qualified 1 €8,000 €2,000\n" in seen
        seen = (await talk.says("marc", "pipeline in renewals")).plain
        assert seen.startswith(
            "Pipeline · Marc Ellis · open · in Renewals\n1 deal\n€8,000 · weighted €2,000\n"
        )


async def _apart(talk: Conversation) -> None:
    """Léa is in another team than Marc, under a manager that Nora is not; records are their owners' alone."""
    workspace = await Workspace.get()
    other = await Team.create(workspace=workspace, name="Other")
    await Member.filter(email="lea@parley.example").update(team_id=other.id)
    await Workspace.all().update(visibility=Visibility.OWN)


async def test_a_manager_counts_the_team_alone(database_url: str) -> None:
    """What another team has is in no row, no count and no sum; an admin sees all."""
    async with conversation(database_url) as talk:
        await _apart(talk)
        seen = (await talk.says("nora", "pipeline")).plain
        assert seen.startswith("Pipeline · Team · open\n2 deals\n€33,000 · weighted €4,500\n")
        for line in ("pipeline @lea", "pipeline @lea > 10k", "forecast @lea", "stale @lea", "deals @lea"):
            answer = await talk.says("nora", line)
            assert not re.search(r"D-\d|€[1-9]", answer.text), line
        seen = (await talk.says("sam", "pipeline @everyone")).plain
        assert seen.startswith("Pipeline · Everyone · open\n4 deals\n€49,500 · weighted €12,750\n")


async def test_what_is_stale_says_why(database_url: str) -> None:
    """How long nobody touched it and what its stage allows; a touch or a move ends it."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "call Jane Roy 10m: wants a pilot")
        await talk.says("lea", "rappel relancer Luc vendredi 10h #acme")
        seen = (await talk.says("nora", "stale")).plain
        assert seen.startswith("Stale · Team · open · 3 deals\n")
        assert "D-118 Initech Rollout no touch for 8 days, New allows 7 · without next step\n" in seen
        assert "D-142 Acme Renewal no touch for 8 days, Proposal allows 5\n" in seen
        assert "1 more without next step\nId Name Why\nD-90 Globex Pilot without next step\n" in seen
        await talk.says("marc", "D-118 > qualified")
        assert "D-118 Initech Rollout no touch" not in (await talk.says("nora", "stale")).plain


async def test_stale_takes_a_length_of_its_own(database_url: str) -> None:
    """``stale 14d`` and ``dormantes 14j`` instead of what the stages allow."""
    async with conversation(database_url) as talk:
        assert (await talk.says("marc", "stale 14d")).plain.startswith(
            "Stale · Marc Ellis · open · 0 deals\n"
        )
        seen = (await talk.says("marc", "stale 1w")).plain
        assert seen.startswith("Stale · Marc Ellis · open · 2 deals\n")
        assert "D-90 Globex Pilot no touch for 8 days · without next step\n" in seen
        seen = (await talk.says("lea", "dormantes 7j > 10k")).plain
        assert seen.startswith("Dormantes · Léa Martin · en cours · > 10 000 · 1 affaire\n")
        assert "D-142 Acme Renewal aucun échange depuis 8 jours · sans prochaine étape\n" in seen
        await talk.time.passes(timedelta(days=7))
        assert (await talk.says("marc", "stale 14d")).plain.startswith(
            "Stale · Marc Ellis · open · 2 deals\n"
        )


async def test_the_longest_left_alone_comes_first(database_url: str) -> None:
    """And a page is ten of them; all that lack a next step are one button away."""
    async with conversation(database_url) as talk:
        for number in range(12):
            await talk.says("marc", f"deal new Globex Lot {number} 1k €")
        await talk.time.passes(timedelta(days=10))
        first = await talk.says("marc", "stale")
        assert "14 deals" in first
        assert first.text.index("D-118") < first.text.index("D-143")
        second = await talk.presses("marc", first, "Next")
        assert len(re.findall(r"^D-", second.text, re.MULTILINE)) == 4
        await talk.says("marc", "call Jane Roy 10m: hello")
        for number in range(12):
            await talk.says("marc", f"D-{143 + number} > qualified")
        seen = await talk.says("marc", "stale")
        assert "13 more without next step" in seen
        everyone = await talk.presses("marc", seen, "All without next step")
        assert everyone.text.startswith("14 deals · Marc Ellis · open · without next step\n")


async def test_a_move_is_a_touch_in_the_order_too(database_url: str) -> None:
    """What the reason counts from is what the order goes by, whatever the workspace shows."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "D-118 > qualified")
        await talk.time.passes(timedelta(days=20))
        for visibility in Visibility:
            await Workspace.all().update(visibility=visibility)
            shown = (await talk.says("marc", "stale")).text
            assert shown.index("D-90") < shown.index("D-118")
