"""Reports: the pipeline, the forecast, what has gone quiet, and the digest."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from models.deal import Deal
from models.member import Member
from tests.driver import conversation


async def test_the_pipeline_of_a_rep_is_their_own(database_url: str) -> None:
    """By stage with count and sum, then the deals, the furthest first."""
    async with conversation(database_url) as talk:
        shown = (await talk.says("marc", "pipeline")).text
        lines = [line.split() for line in shown.splitlines()]
        assert ["New", "1", "€25,000"] in lines
        assert ["Qualified", "1", "€8,000"] in lines
        assert "€33,000" in shown
        assert shown.index("D-90") < shown.index("D-118")
        assert "D-142" not in shown


async def test_a_manager_sees_a_rep_s_pipeline_and_a_rep_does_not(database_url: str) -> None:
    """Narrowed by whose it is and by amount."""
    async with conversation(database_url) as talk:
        shown = await talk.says("nora", "pipeline @marc > 10k")
        assert "Marc Ellis · 10,000 or more" in shown
        assert "D-118" in shown
        assert "D-90" not in shown
        refused = await talk.says("marc", "pipeline @lea")
        assert "Only managers can view another rep’s pipeline." in refused
        assert "D-142" not in refused
        shown = await talk.says("nora", "pipeline")
        assert "D-142" in shown
        assert "D-90" in shown


async def test_the_forecast_weighs_by_month(database_url: str) -> None:
    """A deal's own probability goes before its stage's; what is won stands beside it, currencies apart."""
    async with conversation(database_url) as talk:
        shown = (await talk.says("marc", "forecast")).text
        assert ["November", "2026", "–", "€2,000", "€8,000"] in [line.split() for line in shown.splitlines()]
        await talk.says("marc", "probability D-90 60%")
        await talk.says("marc", "deal new Globex Extra $4k close Nov 30")
        shown = (await talk.says("marc", "forecast")).text
        [november] = [line for line in shown.splitlines() if line.startswith("November")]
        assert "€4,800 + $400" in november
        assert "€8,000 + $4,000" in november
        asked = await talk.says("marc", "won D-90 9k")
        await talk.presses("marc", asked, "Confirm")
        shown = (await talk.says("marc", "forecast")).text
        [october] = [line for line in shown.splitlines() if line.startswith("October")]
        assert "€9,000" in october


async def test_what_no_month_holds_is_said_beside(database_url: str) -> None:
    """Past its date, or without one."""
    async with conversation(database_url) as talk:
        await Deal.filter(number=90).update(expected_close=date(2026, 10, 1))
        await Deal.filter(number=118).update(expected_close=None)
        shown = await talk.says("marc", "forecast")
        assert "1 past its date: €8,000" in shown
        assert "1 without a date: €25,000" in shown


async def test_a_quiet_deal_is_shown_with_the_reason(database_url: str) -> None:
    """Nothing for longer than its stage allows; a call ends that."""
    async with conversation(database_url) as talk:
        shown = await talk.says("marc", "stale")
        assert "nothing for 8 days · Qualified allows 7 · no next step" in shown
        await talk.says("marc", "call Jane Roy 5m #D-90")
        assert "D-90" not in await talk.says("marc", "stale")
        await talk.time.passes(timedelta(days=8))
        assert "D-90" in await talk.says("marc", "stale")
        assert "Nothing fits: no activity for 30 days" in await talk.says("marc", "stale 30d")
        assert "D-131" in await talk.says("lea", "dormantes 3j")


async def test_the_digest_names_and_gives_reasons(database_url: str) -> None:
    """What was won, moved, is due, is quiet, lacks a next step; nothing of it where there is nothing."""
    async with conversation(database_url) as talk:
        shown = (await talk.says("nora", "digest now")).text
        assert "💤 Quiet: 4" in shown
        assert "D-90 Globex Pilot · €8,000 · Marc Ellis · nothing for 8 days" in shown
        assert "❓ Without a next step: 4" in shown
        assert "Won" not in shown
        await talk.says("marc", "D-90 > proposal")
        await talk.says("marc", "remind call Jane Roy today 5pm #globex")
        await talk.presses("lea", await talk.says("lea", "gagné D-142 14,5k"), "Confirmer")
        shown = (await talk.says("nora", "digest now")).text
        assert "🎉 Won: 1 · €14,500" in shown
        assert "D-142 Acme Renewal · €14,500 · Léa Martin" in shown
        assert "➡ Moved: 1" in shown
        assert "D-90 Globex Pilot · €8,000 · Marc Ellis · Qualified → Proposal" in shown
        assert "call Jane Roy · Marc Ellis" in shown
        order = [shown.index(sign) for sign in ("🎉", "➡", "⏰ Due", "💤", "❓", "📈")]
        assert order == sorted(order)


@pytest.mark.parametrize(
    ("name", "line", "stored", "said"),
    [
        ("marc", "digest 8:00", "08:00", "comes at 8:00 AM"),
        ("marc", "digest 5pm", "17:00", "comes at 5:00 PM"),
        ("marc", "digest off", "", "No digest any more."),
        ("lea", "bilan 8h", "08:00", "arrive à 08:00"),
        ("lea", "bilan non", "", "Plus de bilan."),
    ],
)
async def test_the_digest_s_hour_is_set_and_taken_back(
    database_url: str, name: str, line: str, stored: str, said: str
) -> None:
    """It is a setting like the others."""
    async with conversation(database_url) as talk:
        shown = await talk.says(name, line)
        assert said in shown
        assert (await Member.get(email=f"{name}@parley.example")).digest_at == stored
        await talk.presses(name, shown, "Undo" if name == "marc" else "Annuler")
        assert (await Member.get(email=f"{name}@parley.example")).digest_at == "08:30"
        assert "8:00" in await talk.says("marc", "digest 25:00")
