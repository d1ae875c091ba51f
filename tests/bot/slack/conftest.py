"""Parley in a Slack workspace: the emulator, our platform connected to it, and an inbox in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from bot.clock import Clock
from bot.platform import Arrival, Message
from bot.slack.adapter import Slack
from bot.slack.backfill import Memory
from handlers.chat.reply import Reply
from handlers.chat.request import Request
from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.bell import Bell


@dataclass
class Inbox:
    """Rows by key, as the real inbox keeps them; ``trouble`` is what it raises instead, if anything.

    ``offered`` is everything that was to be stored, ``bell`` rings each time.
    """

    rows: dict[str, Arrival] = field(default_factory=dict)
    offered: list[Arrival] = field(default_factory=list)
    trouble: Exception | None = None
    bell: Bell = field(default_factory=Bell)

    async def receive(self, arrivals: Sequence[Arrival]) -> None:
        """Store them; a key that is there already is passed over."""
        self.offered.extend(arrivals)
        if self.trouble is None:
            for arrival in arrivals:
                self.rows.setdefault(arrival.key, arrival)
        self.bell.ring()
        if self.trouble is not None:
            raise self.trouble

    async def is_offered(self, times: int, within: float = 5.0) -> None:
        """Wait until so many arrivals were to be stored, kept or not."""
        await self.bell.until(lambda: len(self.offered) >= times, within)

    async def keeps(self, count: int, within: float = 5.0) -> list[Arrival]:
        """Wait for so many rows."""
        await self.bell.until(lambda: len(self.rows) >= count, within)
        return list(self.rows.values())


@dataclass
class Notes(Memory):
    """What reading back needs, in memory."""

    addresses: set[str] = field(default_factory=set)
    until: datetime | None = None
    users: list[str] = field(default_factory=list)
    noted: int = 0
    bell: Bell = field(default_factory=Bell)

    async def chats(self) -> set[str]:
        """The addresses a test put in."""
        return self.addresses

    async def accounts(self, team: str) -> list[str]:
        """The linked users that a test put in."""
        return self.users

    async def read_until(self) -> datetime | None:
        """The mark, None before the first."""
        return self.until

    async def set_read_until(self, until: datetime) -> None:
        """Move the mark."""
        self.until = until
        self.noted += 1
        self.bell.ring()

    async def moves(self) -> None:
        """Wait until the mark is set."""
        before = self.noted
        await self.bell.until(lambda: self.noted > before, 5.0)


@dataclass
class Parley:
    """The platform at work, what it received, and short words for what tests do with it."""

    workspace: SlackEmulator
    platform: Slack
    inbox: Inbox

    def requests(self) -> list[Request]:
        """What was said to us so far, in the order of the inbox."""
        parsed = [self.platform.parse(row.key, row.raw) for row in self.inbox.rows.values()]
        return [request for request in parsed if isinstance(request, Request)]

    async def hears(self, count: int = 1) -> list[Request]:
        """Wait for so many requests, acknowledged."""
        await self.inbox.bell.until(lambda: len(self.requests()) >= count, 5.0)
        await self.workspace.settled()
        return self.requests()

    async def says(self, address: str, reply: Reply, id: int = 1, **more: object) -> str:
        """Send a reply in English."""
        return await self.platform.send(message(address, reply, id, **more))


def message(address: str, reply: Reply, id: int = 1, **more: object) -> Message:
    """An outbox row."""
    return Message(**{"id": id, "address": address, "reply": reply, "language": "en-GB", **more})  # type: ignore[arg-type]


@asynccontextmanager
async def connected(
    workspace: SlackEmulator,
    inbox: Inbox | None = None,
    memory: Memory | None = None,
    clock: Clock | None = None,
    *,
    sockets: int = 1,
) -> AsyncIterator[Parley]:
    """The platform running against ``workspace``; it looks after its connection ten times a second."""
    kept = inbox or Inbox()
    platform = Slack(
        workspace.bot_token,
        workspace.app_token,
        workspace.api_url,
        clock=clock or Clock(),
        memory=memory,
        sockets=sockets,
        ping_interval=0.1,
        pause=0.0,
        again_after=0.05,
    )
    task = asyncio.create_task(platform.run(kept.receive))
    try:
        await workspace.connected(sockets)
        yield Parley(workspace, platform, kept)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await platform.close()


@pytest.fixture
async def workspace() -> AsyncIterator[SlackEmulator]:
    """A workspace that is strict about everything but the pace, and impatient."""
    emulator = SlackEmulator(rate_limits=False, ack_seconds=0.5, retry_delays=(0.05, 0.05, 0.05))
    async with emulator:
        yield emulator
        assert emulator.pings == ()
        assert emulator.oddities == ()
        assert emulator.unfurling == ()


@pytest.fixture
async def parley(workspace: SlackEmulator) -> AsyncIterator[Parley]:
    """The platform, connected."""
    async with connected(workspace) as running:
        yield running
