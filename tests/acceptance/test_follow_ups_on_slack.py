"""The documentation's follow-ups that are set and ring on Slack, by its protocol, step by step."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from models.member import ChatIdentity
from models.messaging.outbox import OutboxState, Outgoing
from models.reminder import Reminder
from tests.driver import furnish
from tests.platforms.on_slack import OnSlack, on_slack
from tests.platforms.stage import NOW, Actor

TEN_IN_PARIS = datetime(2026, 10, 15, 8, tzinfo=UTC)


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[OnSlack]:
    """A Wednesday in October, half past three in Paris; nobody is linked yet."""
    await furnish(database_url)
    async with on_slack(database_url, NOW) as opened:
        await ChatIdentity.all().delete()
        yield opened
        assert opened.complaints() == []
        assert await opened.failures() == []


async def lea_of(stage: OnSlack) -> Actor:
    """Léa, linked."""
    return await stage.joined("lea", language="fr")


async def test_a_date_on_a_day_off_is_asked_about(stage: OnSlack) -> None:
    """3/4 is a Saturday in April: the next working day, that day, or the fourth of March."""
    lea = await lea_of(stage)
    asked = await lea.says("rappel relancer Globex 3/4")
    assert "sam. 3 avr. 2027" in asked
    assert not await Reminder.exists()
    assert "jeu. 4 mars 2027 09:00" in " ".join(asked.labels).replace("\xa0", " ").replace("\u202f", " ")
    label = next(each for each in asked.labels if "mars" in each)
    await lea.presses(asked, label)
    assert (await Reminder.get()).wall == "2027-03-04T09:00"


async def test_a_due_reminder_says_what_it_is_about(stage: OnSlack) -> None:
    """Once, at its instant, with the last note; what a notification shows is what it is about."""
    lea = await lea_of(stage)
    await lea.says("appel Jane chez Acme 20 min : veut 50 licences, relance jeudi 10h")
    await stage.until(TEN_IN_PARIS - timedelta(seconds=1))
    assert "⏰ Relancer" not in await lea.sees()
    await stage.until(TEN_IN_PARIS)
    pushed = await lea.sees()
    assert "⏰ Relancer Jane Doe" in pushed
    assert "veut 50 licences" in pushed
    assert {"Fait", "Reporter", "Ouvrir"} <= set(pushed.labels)
    [sent] = await Outgoing.filter(push=True, edits_ref=None)
    assert (sent.state, sent.sent_at) == (OutboxState.SENT, TEN_IN_PARIS)
    assert sent.message_ref
    texts = [entry.text for entry in stage.slack.ledger if entry.kind == "posted"]
    assert "Relancer Jane Doe" in texts[-1]
    assert len(texts[-1]) <= 150


async def test_a_snooze_changes_the_push_and_moves_the_reminder(stage: OnSlack) -> None:
    """To Monday at nine; it rings then."""
    lea = await lea_of(stage)
    await lea.says("appel Jane chez Acme 20 min : veut 50 licences, relance jeudi 10h")
    await stage.until(TEN_IN_PARIS)
    pushed = await lea.sees()
    asked = await lea.presses(pushed, "Reporter")
    assert "Quand ?" in asked
    answered = await lea.says("lundi 9h")
    [edited] = [each for each in answered.shown if each.ref == pushed.shown[-1].ref]
    assert edited.edited and edited.text.startswith("⏰ Reporté")
    assert "⏰ Reporté à lun. 19 oct. 09:00" in answered
    assert not edited.keys
    reminder = await Reminder.get()
    assert reminder.due_at == datetime(2026, 10, 19, 7, tzinfo=UTC)
    await stage.until(reminder.due_at - timedelta(seconds=1))
    await lea.sees()
    await stage.until(reminder.due_at)
    assert "⏰ Relancer Jane Doe" in await lea.sees()


async def test_a_throttled_burst_is_answered_whole_and_in_order(stage: OnSlack) -> None:
    """Slack's 429 in the middle of it holds back that chat, and loses and repeats nothing."""
    lea, nora = await lea_of(stage), await stage.joined("nora")
    stage.throttles(lea, 20)
    for n in range(1, 5):
        lea.type(f"rappel appeler Luc numéro {n} dans {n}h")
    assert (await lea.sees()).shown == ()
    assert "Parley" in await nora.says("about")
    await stage.passes(timedelta(seconds=40))
    seen = (await lea.sees()).plain
    places = [seen.index(f"numéro {n}") for n in range(1, 5)]
    assert places == sorted(places)
    assert await Reminder.all().count() == 4
