"""The services as they are, limits and all: a full outbox empties without one refusal.

Time is the test's on both sides: the service counts by the same clock that Parley goes by.
"""

from __future__ import annotations

import itertools
from datetime import timedelta

from bot import outbox
from bot.clock import SimulatedClock
from bot.database import Database
from bot.outbox import Place
from bot.slack.adapter import Slack
from bot.telegram.adapter import Telegram
from handlers.chat.reply import text
from models.messaging.outbox import OutboxState, Outgoing
from models.notification import Priority
from tests.bot.machine import NOW, Process
from tests.emulators.slack import SlackEmulator
from tests.emulators.telegram import Sent, TelegramEmulator

STEP = timedelta(milliseconds=100)
DIGESTS = 90
LINES = 4  # to each of those who talk
_keys = itertools.count(1)


async def fill(process: Process, platform: str, readers: list[str], talkers: list[str]) -> None:
    """A digest for each reader, then some answers for each talker."""
    rows = [(address, "digest", Priority.DIGEST) for address in readers]
    rows += [(who, f"answer {line}", Priority.INTERACTIVE) for line in range(LINES) for who in talkers]
    async with process.database.transaction():
        for address, words, priority in rows:
            place, key = Place(platform, address, "en-GB"), f"service {next(_keys)}"
            reply = text(words)
            await outbox.put(process.database, reply, place, key=key, now=NOW, priority=priority)


async def emptied(process: Process, clock: SimulatedClock) -> timedelta:
    """Let time pass until nothing waits; how long that was."""
    while await Outgoing.filter(state=OutboxState.WAITING).exists():
        while await process.delivery.sweep():
            pass
        clock.advance_to(clock.now() + STEP)
        assert clock.now() - NOW < timedelta(minutes=2)
    return clock.now() - NOW


async def test_telegram(database: Database, clock: SimulatedClock) -> None:
    """Answers first, each person's in their order, and as fast as Telegram takes them."""
    async with TelegramEmulator(clock=lambda: clock.now().timestamp()) as server:
        people = [server.user(first_name=f"Rep {number}") for number in range(DIGESTS)]
        for person in people:
            person.says("/start")
        telegram = Telegram(server.token, server.url, clock)
        one = Process.of(database, clock, telegram)
        addresses = [str(person.id) for person in people]
        await fill(one, "telegram", addresses, addresses[:10])
        took = await emptied(one, clock)
        await telegram.close()
        assert [call.description for call in server.refused] == []
        sent = [record for record in server.ledger if isinstance(record, Sent)]
    assert len(sent) == DIGESTS + 10 * LINES
    _in_order([(str(record.chat_id), record.text) for record in sent], addresses[:10])
    assert took <= timedelta(seconds=(DIGESTS + 10 * LINES) / 30 + 1)


async def test_slack(database: Database, clock: SimulatedClock) -> None:
    """The same; all of a workspace together gets some hundreds a minute."""
    async with SlackEmulator(clock=lambda: clock.now().timestamp()) as workspace:
        people = [workspace.user(f"Rep {number}") for number in range(DIGESTS)]
        slack = Slack(workspace.bot_token, workspace.app_token, workspace.api_url, clock=clock)
        one = Process.of(database, clock, slack)
        addresses = [person.dm.id for person in people]
        await fill(one, "slack", addresses, addresses[:10])
        took = await emptied(one, clock)
        await slack.close()
        assert [call.error for call in workspace.refused] == []
        posted = [(entry.channel, entry.text) for entry in workspace.ledger if entry.kind == "posted"]
    assert len(posted) == DIGESTS + 10 * LINES
    _in_order(posted, addresses[:10])
    assert took <= timedelta(seconds=(DIGESTS + 10 * LINES) / 4)


def _in_order(said: list[tuple[str, str]], talkers: list[str]) -> None:
    for talker in talkers:
        words = [words for address, words in said if address == talker]
        assert [line for line in words if "answer" in line] == [f"answer {line}" for line in range(LINES)]
        # Their digest waits for answers to others too, as long as those may go.
        assert words.index("digest") >= LINES - 1
