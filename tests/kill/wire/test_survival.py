"""No command is lost and none done twice, though the server dies about every two seconds.

``make test`` runs a thousand commands a service, each on another database; ``make soak`` ten thousand, on
both databases each.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.emulators.slack import SlackEmulator
from tests.emulators.telegram import TelegramEmulator
from tests.kill.wire.siege import Figures, People, Siege
from tests.kill.wire.slack_people import SlackPeople
from tests.kill.wire.team import SEATS
from tests.kill.wire.telegram_people import TelegramPeople

SOAK = os.environ.get("PARLEY_SOAK") == "1"
SEED = int(os.environ.get("PARLEY_SEED", "20261124"))
COMMANDS = 10_000 if SOAK else 1_000
TYPING = 400.0 if SOAK else 25.0  # seconds
# Slack's minute and five minutes before the second and third retry, as much shorter as the whole test is.
RETRY_DELAYS = (0.0, 1.0, 5.0)

Record = Callable[[str, object], None]

pytestmark = [pytest.mark.kill, pytest.mark.timeout(3600 if SOAK else 420)]
in_a_soak = pytest.mark.skipif(not SOAK, reason="make soak runs it: a siege takes a minute")


async def survived(people: People, url: str, folder: Path, record: Record, *, servers: int = 1) -> Figures:
    """The figures of one siege, printed; what no service excuses is asserted."""
    commands, typing = COMMANDS // servers, TYPING / servers
    siege = Siege(people, url, folder, commands=commands, typing=typing, seed=SEED, servers=servers)
    try:
        figures = await siege.run()
    finally:
        record("figure", str(siege.figures))
    told = f"{figures}\n{figures!r}"
    assert not figures.troubles, told
    assert not figures.lost, told
    assert not figures.twice, told
    assert not figures.unanswered, told
    assert figures.kills >= typing / 10, told
    return figures


async def telegram_survived(url: str, folder: Path, record: Record) -> None:
    """One siege at Telegram; as nothing can be looked up there, a kill may repeat one answer."""
    async with TelegramEmulator(flood_limits=False) as telegram:
        figures = await survived(TelegramPeople(telegram, SEATS), url, folder, record)
    assert not figures.out_of_order, figures
    assert figures.repeats <= figures.kills, figures


async def test_telegram(sqlite_url: str, tmp_path: Path, record_property: Record) -> None:
    """All is done once and answered in its order."""
    await telegram_survived(sqlite_url, tmp_path, record_property)


@in_a_soak
@pytest.mark.postgresql
async def test_telegram_on_postgresql(postgres_url: str, tmp_path: Path, record_property: Record) -> None:
    """The same on the other database."""
    await telegram_survived(postgres_url, tmp_path, record_property)


async def slack_survived(url: str, folder: Path, record: Record) -> None:
    """One siege at Slack, and that nothing was said twice there."""
    async with SlackEmulator(rate_limits=False, retry_delays=RETRY_DELAYS) as slack:
        figures = await survived(SlackPeople(slack, SEATS), url, folder, record)
        given_up = len(slack.gave_up)
    record("figure", f"Slack gave up on {given_up} deliveries, which were read back")
    assert given_up, "Slack never gave up: nothing had to be read back"
    assert figures.repeats == 0, figures


@pytest.mark.postgresql
async def test_slack(postgres_url: str, tmp_path: Path, record_property: Record) -> None:
    """What Slack gives up is read back from the direct messages; no answer is repeated there."""
    await slack_survived(postgres_url, tmp_path, record_property)


@in_a_soak
async def test_slack_on_sqlite(sqlite_url: str, tmp_path: Path, record_property: Record) -> None:
    """The same on the other database."""
    await slack_survived(sqlite_url, tmp_path, record_property)


@pytest.mark.postgresql
async def test_two_servers(postgres_url: str, tmp_path: Path, record_property: Record) -> None:
    """Of two servers on one database either may die: the other one goes on, and does nothing again."""
    async with TelegramEmulator(flood_limits=False) as telegram:
        people = TelegramPeople(telegram, SEATS)
        figures = await survived(people, postgres_url, tmp_path, record_property, servers=2)
    assert figures.repeats <= figures.kills, figures
