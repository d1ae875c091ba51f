"""A call logged from a line in the terminal, beside the same SQL by the bare driver."""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from bot.app import App
from bot.console.adapter import Console, arrival
from tests.bench.bare_driver import BareDriver
from tests.bench.figure import Bar, Figure, Sides
from tests.bench.world import SPEAKER, World, config

ROUNDS = 7
CALLS = 60  # in a round, by each side
# Performance in the same run; beyond it the chat would feel the plumbing.
MUST = Bar(10)


class Terminal:
    """A member at a terminal, who logs calls one after the other."""

    def __init__(self, app: App, screen: io.StringIO, first: int) -> None:
        self.app = app
        self._screen = screen
        self._numbers = count(first)

    async def says(self, line: str) -> str:
        """The answer to a line, received, answered and sent as in life."""
        received = arrival(line, email=SPEAKER, id=f"bench {next(self._numbers)}")
        await self.app.receive("console", [received])
        await self.app.settle()
        shown = self._screen.getvalue()
        self._screen.seek(0)
        self._screen.truncate()
        return shown

    async def logs_a_call(self, name: str) -> None:
        """Raises: AssertionError, where the answer is not that it was logged, with that person."""
        shown = await self.says(f"call {name} 15m left voicemail")
        assert "Call logged" in shown and name in shown, shown


@asynccontextmanager
async def terminal(url: str, *, first: int = 1) -> AsyncIterator[Terminal]:
    """Parley on a database that is there, with one terminal; its messages are numbered from ``first`` on."""
    screen = io.StringIO()
    app = App(config(url), platforms=[Console(SPEAKER, screen)])
    await app.open()
    try:
        yield Terminal(app, screen, first)
    finally:
        await app.close()


async def measure(world: World) -> list[Figure]:
    """Alternate rounds of both sides, each in a file of its own, with the same people in the same order."""
    async with terminal(world.url) as ours:
        await ours.logs_a_call(world.people[0])
        copy = world.path.with_name("bare.db")
        await copied(ours.app, copy)
        theirs = BareDriver(copy, SPEAKER)
        try:
            sides = await _alternate(ours, theirs, world)
        finally:
            theirs.close()
    mine, bare = sides.medians
    return [
        Figure(
            what=f"a call logged, {len(world.people):,} contacts, SQLite synchronous=FULL",
            ours=f"{mine * 1000:.2f} ms ({1 / mine:,.0f}/s)",
            theirs=f"bare sqlite3, 2 reads + 4 inserts + 1 update: {bare * 1000:.2f} ms",
            value=sides.ratio,
            bar=MUST,
        )
    ]


async def copied(app: App, copy: Path) -> None:
    """Copy the database, as it is now, to a new file."""
    backup = copy.with_suffix(".backup")
    await app.database.backup(backup)
    shutil.move(backup, copy)


async def _alternate(ours: Terminal, theirs: BareDriver, world: World) -> Sides:
    people = _spread(world)
    mine, bare = [], []
    for warm in (True, *(False,) * ROUNDS):
        names = [next(people) for _ in range(CALLS)]
        begun = time.perf_counter()
        for name in names:
            await ours.logs_a_call(name)
        between = time.perf_counter()
        for name in names:
            theirs.log_call(name)
        ended = time.perf_counter()
        if not warm:
            mine.append((between - begun) / CALLS)
            bare.append((ended - between) / CALLS)
    return Sides(mine, bare)


def _spread(world: World) -> Iterator[str]:
    """People from all over the table, every second one with an open deal, none of them twice in a row."""
    step = 7_919  # a prime: all are visited
    return (world.people[number * step % len(world.people)] for number in count(1))
