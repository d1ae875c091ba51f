"""What a platform with a history must know to fetch what it could not deliver."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SimulatedClock
from bot.database import Database
from bot.reading_back import ReadingBack, lease_of
from models.messaging.lease import Lease
from tests.bot.machine import NOW, Process
from tests.emulators.chat_in_memory import ChatService

LENGTH = timedelta(seconds=10)


@pytest.fixture
def memory(database: Database, clock: SimulatedClock) -> ReadingBack:
    """Slack's, in the process called one."""
    return ReadingBack("slack", "one", database, clock)


async def takes(database: Database, holder: str, now: datetime = NOW) -> None:
    """Let a process receive for Slack."""
    async with database.transaction():
        assert await Lease.take(lease_of("slack"), holder, now=now, length=LENGTH) is not None


async def test_nothing_is_known_at_first(memory: ReadingBack) -> None:
    """A fresh installation has nothing to catch up with."""
    assert await memory.read_until() is None
    assert list(await memory.chats()) == []


async def test_the_mark_outlives_the_process(
    memory: ReadingBack, database: Database, clock: SimulatedClock
) -> None:
    """The next one reads on from there, to the microsecond."""
    await takes(database, "one")
    until = datetime(2026, 10, 14, 13, 29, 59, 123456, tzinfo=UTC)
    await memory.set_read_until(until)
    assert await ReadingBack("slack", "two", database, clock).read_until() == until


async def test_the_mark_may_be_set_back(memory: ReadingBack, database: Database) -> None:
    """As a machine's clock is put right."""
    await takes(database, "one")
    for until in (NOW, NOW - timedelta(hours=1)):
        await memory.set_read_until(until)
        assert await memory.read_until() == until


async def test_only_who_receives_moves_the_mark(
    memory: ReadingBack, database: Database, clock: SimulatedClock
) -> None:
    """A process that was asleep must not say of its successor's gap that it was read."""
    await memory.set_read_until(NOW)
    assert await memory.read_until() is None
    await takes(database, "one")
    await memory.set_read_until(NOW)
    clock.advance_to(NOW + LENGTH)
    await memory.set_read_until(clock.now())
    assert await memory.read_until() == NOW
    await takes(database, "two", clock.now())
    await memory.set_read_until(clock.now())
    assert await memory.read_until() == NOW


async def test_each_platform_has_its_own_mark(
    memory: ReadingBack, database: Database, clock: SimulatedClock
) -> None:
    """And is received under a lease of its own."""
    await takes(database, "one")
    await memory.set_read_until(NOW)
    assert await ReadingBack("teams", "one", database, clock).read_until() is None
    assert lease_of("slack") != lease_of("teams")


async def test_the_chats_are_those_of_that_platform(one: Process, clock: SimulatedClock) -> None:
    """In which somebody ever spoke, answered or not."""
    slack = ChatService("slack")
    await one.dispatcher.receive("slack", [slack.says("lea", "hello"), slack.says("eve", "hi", room="C1")])
    await one.dispatcher.receive("telegram", [slack.says("marc", "hello")])
    memory = ReadingBack("slack", "one", one.database, clock)
    assert sorted(await memory.chats()) == ["C1", "lea"]
