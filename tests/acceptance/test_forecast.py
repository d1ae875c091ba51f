"""The forecast: by month of the expected close, as it stands and weighted, with what is won beside it."""

from __future__ import annotations

from datetime import date, timedelta

from models.deal import Deal
from models.rate import Rate
from models.workspace import Visibility, Workspace
from tests.driver import conversation


async def test_this_quarter_and_the_next(database_url: str) -> None:
    """A line for each period, a row for each month, also where it is empty."""
    async with conversation(database_url) as talk:
        seen = (await talk.says("nora", "forecast")).plain
        assert seen.startswith(
            "Forecast · Team · open\n"
            "Thu 1 Oct – Thu 31 Dec · 3 deals\nopen €24,500 · weighted €10,250 · won €0\n"
            "Fri, 1 Jan 2027 – Wed, 31 Mar 2027 · 1 deal\nopen €25,000 · weighted €2,500 · won €0\n"
        )
        rows = (
            *("Oct 2026 0 – – –", "Nov 2026 3 €24,500 €10,250 –", "Dec 2026 0 – – –"),
            *("Jan 2027 1 €25,000 €2,500 –", "Feb 2027 0 – – –", "Mar 2027 0 – – –"),
        )
        assert "\n".join(rows) in seen


async def test_this_month_and_the_next_in_french(database_url: str) -> None:
    """A rep's own."""
    async with conversation(database_url) as talk:
        seen = (await talk.says("lea", "prévision ce mois")).plain
        assert seen.startswith(
            "Prévisions · Léa Martin · en cours\n"
            "jeu. 1er oct. – sam. 31 oct. · 0 affaire\n"
            "dim. 1er nov. – lun. 30 nov. · 2 affaires\nen cours 16 500 € · pondéré 8 250 € · gagné 0 €\n"
        )
        assert "nov. 2026 2 16 500 € 8 250 € –" in seen
        assert "janv. 2027" not in seen
        assert (await talk.says("lea", "forecast month")).plain == seen


async def test_what_is_won_stands_beside_it(database_url: str) -> None:
    """In the month in which it was won, whenever it was to close; it is open no more."""
    async with conversation(database_url) as talk:
        await talk.presses("marc", await talk.says("marc", "won D-118 30k"), "Confirm")
        seen = (await talk.says("marc", "forecast")).plain
        assert "open €8,000 · weighted €2,000 · won €30,000\n" in seen
        assert "Oct 2026 0 – – €30,000" in seen
        assert "Jan 2027 0 – – –" in seen


async def test_a_deals_own_probability_and_no_currency_is_mixed(database_url: str) -> None:
    """Rounded once for each currency; with a rate one total with its date."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "deal new Globex Upgrade $12k close Nov 30")
        await talk.says("marc", "probability D-90 60%")
        seen = (await talk.says("marc", "forecast")).plain
        assert (
            "open €8,000 · weighted €4,800 · won €0\nopen $12,000 · weighted $1,200 · won $0\n"
            "No total in one currency: there is no rate for USD.\n"
        ) in seen
        assert "Nov 2026 2 €8,000 €4,800 –\n $12,000 $1,200 –\n" in seen
        await Rate.create(
            workspace=await Workspace.get(), currency="USD", rate="0.5", set_on=date(2026, 9, 30)
        )
        seen = (await talk.says("marc", "forecast")).plain
        assert "All in EUR: open €14,000 · weighted €5,400 · won €0 (rates of Wed, Sep 30)\n" in seen


async def test_what_no_month_counts_is_said(database_url: str) -> None:
    """Deals without an expected close, and such as were to close before this quarter."""
    async with conversation(database_url) as talk:
        await Deal.filter(number=90).update(expected_close=None)
        await Deal.filter(number=118).update(expected_close=date(2026, 9, 30))
        seen = (await talk.says("marc", "forecast")).plain
        assert "Thu, Oct 1 – Thu, Dec 31 · 0 deals\n" in seen
        assert "Not counted: 1 deal without an expected close\n" in seen
        assert "Not counted: 1 deal that was to close before Thu, Oct 1\n" in seen


async def test_the_fiscal_year_decides_what_a_quarter_is(database_url: str) -> None:
    """One that begins in February has a quarter from August to October."""
    async with conversation(database_url) as talk:
        await Workspace.all().update(fiscal_year_start=2)
        seen = (await talk.says("nora", "forecast")).plain
        assert "Sat 1 Aug – Sat 31 Oct · 0 deals\nSun 1 Nov – Sun, 31 Jan 2027 · 4 deals\n" in seen
        assert (await talk.says("nora", "deals Q4")).text.startswith(
            "4 deals · open · closing Sun 1 Nov – Sun, 31 Jan 2027\n"
        )


async def test_a_filter_narrows_the_forecast(database_url: str) -> None:
    """A stage only what may still be won; other conditions what is won too."""
    async with conversation(database_url) as talk:
        await talk.presses("marc", await talk.says("marc", "won D-90"), "Confirm")
        seen = (await talk.says("nora", "forecast > 10k in proposal")).plain
        assert seen.startswith(
            "Forecast · Team · > 10,000 · in Proposal\n"
            "Thu 1 Oct – Thu 31 Dec · 1 deal\nopen €12,000 · weighted €6,000 · won €0\n"
        )
        seen = (await talk.says("nora", "forecast globex")).plain
        assert "Thu 1 Oct – Thu 31 Dec · 0 deals\nopen €0 · weighted €0 · won €8,000\n" in seen
        assert "I do not understand “frob” in this filter." in await talk.says("nora", "forecast frob")


async def test_the_forecast_of_one_rep(database_url: str) -> None:
    """For a manager; under the strictest rule a rep's own is still their own."""
    async with conversation(database_url) as talk:
        await Workspace.all().update(visibility=Visibility.OWN)
        assert "open €8,000 · weighted €2,000 · won €0" in (await talk.says("nora", "forecast @marc")).plain
        seen = (await talk.says("lea", "prévision")).plain
        assert "en cours 16 500 € · pondéré 8 250 € · gagné 0 €" in seen
        assert "8 000" not in seen


async def test_the_quarter_goes_on_with_the_clock(database_url: str) -> None:
    """In January the same deals stand elsewhere."""
    async with conversation(database_url) as talk:
        await talk.time.passes(timedelta(days=90))
        seen = (await talk.says("marc", "forecast")).plain
        assert "Fri, Jan 1 – Wed, Mar 31 · 1 deal\nopen €25,000 · weighted €2,500 · won €0\n" in seen
        assert "Not counted: 1 deal that was to close before Fri, Jan 1\n" in seen


async def test_the_date_of_the_rates_is_the_oldest(database_url: str) -> None:
    """Of those that any of the sums needed, by the calendar."""
    async with conversation(database_url) as talk:
        workspace = await Workspace.get()
        await Rate.create(workspace=workspace, currency="USD", rate="0.92", set_on=date(2026, 10, 1))
        await Rate.create(workspace=workspace, currency="GBP", rate="1.15", set_on=date(2026, 10, 10))
        await talk.says("marc", "deal new Globex Upgrade $12k close Nov 30")
        await talk.says("marc", "deal new Globex Site £2k close Oct 20")
        await talk.presses("marc", await talk.says("marc", "won Globex Site"), "Confirm")
        assert "(rates of Thu, Oct 1)" in (await talk.says("marc", "forecast")).plain
