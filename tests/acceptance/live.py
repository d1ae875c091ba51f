"""A live process of Parley among the demonstration's team, for conversations over the wire."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from bot import demo, founding, members
from bot.app import App
from bot.clock import Clock, SimulatedClock
from bot.config import Config
from bot.database import Database
from models.messaging.inbox import InboxState, Incoming
from models.messaging.outbox import OutboxState, Outgoing
from models.workspace import Workspace

LEA, MARC, NORA = "lea@parley.example", "marc@parley.example", "nora@parley.example"
SAM = "sam@parley.example"


def standing_clock() -> SimulatedClock:
    """A clock that stands at the present minute: codes of the command line, which has its own, are valid."""
    return SimulatedClock(Clock().now().replace(second=0, microsecond=0))


async def prepare(url: str) -> None:
    """Fill an empty database with the demonstration, as an admin does before the server's first start."""
    database = Database(url)
    await database.open()
    async with database.transaction():
        await demo.seed(await founding.workspace(demo.SETTINGS, now=demo.WRITTEN))
    await database.close()


@asynccontextmanager
async def served(config: Config, clock: Clock) -> AsyncIterator[App]:
    """``parley run`` with this configuration, until the test is over; then stopped as by SIGTERM."""
    app, stop = App(config, clock=clock, live=True), asyncio.Event()
    await app.open()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(app.run(stop))
            try:
                yield app
            finally:
                stop.set()
    finally:
        await app.close()


async def invited(app: App, email: str) -> str:
    """A code for one of the team."""
    async with app.database.transaction():
        return await members.invite(email, await Workspace.get(), now=app.clock.now())


async def invited_from_outside(url: str, email: str) -> str:
    """The same, by ``parley member invite`` in a process of its own, beside the one that runs."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "member", "invite", email),
        env=environ | {"PARLEY_DATABASE__URL": url},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return printed.decode().split()[0]


async def passes(app: App, length: timedelta) -> None:
    """Let time pass. Not more than a minute at once: a poll that is older counts as deaf."""
    assert isinstance(app.clock, SimulatedClock)
    assert length <= timedelta(minutes=1)
    app.clock.advance_to(app.clock.now() + length)


async def set_aside() -> list[str]:
    """Why deliveries were set aside."""
    rows = await Incoming.filter(state=InboxState.QUARANTINED).order_by("id")
    return [row.outcome for row in rows]


async def eventually(condition: Callable[[], Awaitable[object]]) -> None:
    """Wait until the database shows what the process is about to write to it."""
    async with asyncio.timeout(20):
        while not await condition():  # noqa: ASYNC110 # a database rings no bell
            await asyncio.sleep(0.01)


async def nothing_waits() -> None:
    """Wait until everything that was said is answered, and the answers are sent."""
    await eventually(_all_is_said)


async def _all_is_said() -> bool:
    waiting = await Incoming.filter(state=InboxState.WAITING).count()
    return waiting + await Outgoing.filter(state=OutboxState.WAITING).count() == 0
