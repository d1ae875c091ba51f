"""The machine without its processes: the parts of several of them, side by side on one database.

Time stands still unless a test lets it pass: the clock's by :class:`SimulatedClock`, the loop's (by which
the machine looks for what nobody announced, and renews leases) by :class:`LoopTime`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot import demo, founding, members
from bot.auditor import Auditor
from bot.clock import SimulatedClock
from bot.database import Database
from bot.delivery import Delivery
from bot.dispatcher import Dispatcher
from bot.platform import Arrival, Platform
from bot.scheduler import Scheduler
from bot.surroundings import Surroundings
from handlers.chat.context import About
from models.member import ChatIdentity, Member, link
from models.search import Vocabulary
from tests.emulators.slack.bell import Bell

NOW = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)
LEA, MARC, NORA, SAM = "lea", "marc", "nora", "sam"


@dataclass(frozen=True, slots=True)
class Process:
    """What one process runs, under a name of its own in leases."""

    name: str
    database: Database
    clock: SimulatedClock
    here: Surroundings
    delivery: Delivery
    dispatcher: Dispatcher
    scheduler: Scheduler
    auditor: Auditor

    @classmethod
    def of(
        cls, database: Database, clock: SimulatedClock, *platforms: Platform, name: str = "one"
    ) -> Process:
        opened = {platform.name: platform for platform in platforms}
        here = Surroundings(database, Vocabulary(), About("1.2.3", "https://parley.example/source"), name)
        delivery = Delivery(opened, database, clock, name)
        scheduler = Scheduler(here, delivery, clock)
        dispatcher = Dispatcher(opened, here, delivery, clock)
        auditor = Auditor(opened, clock)
        return cls(name, database, clock, here, delivery, dispatcher, scheduler, auditor)

    async def hears(self, *arrivals: Arrival, platform: str = "telegram") -> None:
        """Take deliveries in, answer them, and send what is due."""
        await self.dispatcher.receive(platform, arrivals)
        await self.settles()

    async def settles(self) -> None:
        """Answer what waits, and send what is due."""
        await self.dispatcher.settle()
        await self.sends()

    async def sends(self) -> None:
        """Send what is due, until nothing is."""
        while await self.delivery.sweep():
            pass

    async def ticks(self) -> int:
        """Settle what is due, and send it; returns how many notifications were settled."""
        settled = await self.scheduler.tick()
        await self.sends()
        return settled

    async def passes(self, length: timedelta) -> None:
        """Let time pass, then settle what has become due on the way."""
        self.clock.advance_to(self.clock.now() + length)
        await self.ticks()


async def team(database: Database, *platforms: str) -> None:
    """The demonstration's team, without its customers, in an empty database.

    Each has a chat on each of the platforms (``telegram`` where none is named); their user ids there,
    and the addresses, are their first names.
    """
    async with database.transaction():
        workspace = await founding.workspace(demo.SETTINGS, now=demo.WRITTEN)
        for newcomer in demo.TEAM:
            await members.add(newcomer, workspace, now=demo.WRITTEN)
        for platform in platforms or ("telegram",):
            for name in (LEA, MARC, NORA, SAM):
                await joins(name, platform)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """A database of one kind, with the team in it."""
    database = Database(url)
    await database.open()
    try:
        await team(database)
        yield database
    finally:
        await database.close()


async def joins(name: str, platform: str, *, at: datetime = NOW) -> ChatIdentity:
    """Let one of the team have a chat on a platform."""
    return await link(await member(name), platform=platform, team="", user=name, address=name, now=at)


async def member(name: str) -> Member:
    """One of the team, by first name."""
    return await Member.get(email=f"{name}@parley.example").select_related("workspace")


async def account(name: str, platform: str = "telegram") -> ChatIdentity:
    """Somebody's account on a platform, as it stands now."""
    return await ChatIdentity.get(platform=platform, user=name)


class LoopTime:
    """The time by which the event loop wakes its sleepers; a test can let it run ahead."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._machine = self._loop.time
        self._ahead = 0.0
        self._loop.time = self._now  # type: ignore[method-assign]

    def passes(self, length: timedelta | float) -> None:
        """Wake whoever sleeps no longer than that, in seconds."""
        self._ahead += length.total_seconds() if isinstance(length, timedelta) else length

    def _now(self) -> float:
        return self._machine() + self._ahead


async def eventually(condition: Callable[[], Awaitable[object]], within: float = 10.0) -> None:
    """Wait until the database shows what somebody else is about to write to it."""
    async with asyncio.timeout(within):
        while not await condition():  # noqa: ASYNC110 # a database rings no bell
            await asyncio.sleep(0)


@asynccontextmanager
async def running(*work: Coroutine[Any, Any, Any]) -> AsyncIterator[list[asyncio.Task[Any]]]:
    """Run these beside a test, until it is over; one that fails meanwhile fails the test at once."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in work]
        yield tasks
        for task in tasks:
            task.cancel()


@asynccontextmanager
async def held(database: Database, statement: str, *values: object) -> AsyncIterator[None]:
    """Beside a test, the open transaction of another process, which has run this statement."""
    taken, freed = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with database.transaction():
            await database.fetch(statement, *values)
            taken.set()
            await freed.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(hold())
        await taken.wait()
        try:
            yield
        finally:
            freed.set()


@dataclass
class Overheard:
    """The lines of the log, as they come."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    bell: Bell = field(default_factory=Bell)

    def __call__(self, logger: Any, method: str, line: MutableMapping[str, Any]) -> Any:
        self.lines.append({**line, "level": method})
        self.bell.ring()
        raise structlog.DropEvent

    def said(self, event: str) -> list[dict[str, Any]]:
        """The lines that begin with these words."""
        return [line for line in self.lines if line["event"] == event]

    async def hears(self, event: str, times: int = 1, within: float = 10.0) -> None:
        """Wait until that was logged so often."""
        await self.bell.until(lambda: len(self.said(event)) >= times, within)


@contextmanager
def overheard() -> Iterator[Overheard]:
    """Listen to the log, instead of its being written."""
    heard, processors = Overheard(), structlog.get_config()["processors"]
    before = processors[:]
    processors[:] = [heard]
    try:
        yield heard
    finally:
        processors[:] = before
