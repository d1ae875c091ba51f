"""Conversations in tests: people say, press and see, and time passes.

It drives the real App with a terminal for each database; nothing of ours is replaced but the clock.
"""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot import demo
from bot.app import App
from bot.clock import SimulatedClock
from bot.config import Config, Database
from bot.console.adapter import Console, arrival
from models.messaging.inbox import Incoming
from models.workspace import Workspace
from tests.postgres import Rows, put_in, rows_of

Seed = Callable[[Workspace], Awaitable[None]]

_BUTTON = re.compile(r"\[(\d+)\] (.+?)(?=  \[|$)", re.MULTILINE)


@dataclass(slots=True)
class Seen:
    """What a screen showed since it was last looked at."""

    text: str

    @property
    def plain(self) -> str:
        """With ordinary spaces, each run of them as one."""
        return re.sub(r"[^\S\n]+", " ", self.text)

    def button(self, label: str) -> str:
        """The number of a button by its label; the last one of that label."""
        numbers = [number for number, shown in _BUTTON.findall(self.text) if shown == label]
        assert numbers, f"no button “{label}” in:\n{self.text}"
        return str(numbers[-1])

    def __contains__(self, words: str) -> bool:
        return words in self.text


class Conversation:
    """The demo's team at one shared screen, with a clock that stands still until it is told to pass."""

    def __init__(self, app: App, clock: SimulatedClock, console: Console, screen: io.StringIO) -> None:
        self.app = app
        self.clock = clock
        self._console = console
        self._screen = screen
        self._said = 0
        self._last = Seen("")
        self.time = Time(self)

    async def says(self, name: str, line: str) -> Seen:
        """Let a member say a line; returns what the screen showed for it."""
        self._said += 1
        email = f"{name}@parley.example"
        self._console.speaker = email
        await self.app.receive("console", [arrival(line, email=email, id=f"said {self._said}")])
        await self.app.settle()
        return self._look()

    async def presses(self, name: str, seen: Seen, label: str) -> Seen:
        """Let a member press a button that was seen, by its number."""
        return await self.says(name, seen.button(label))

    async def until(self, instant: datetime) -> Seen:
        """Let everything happen that falls due until then (aware)."""
        while (due := await self.app.next_due()) is not None and due <= instant:
            self.clock.advance_to(max(due, self.clock.now()))
            await self.app.tick()
            await self.app.settle()
        self.clock.advance_to(instant)
        return self._look()

    def sees(self, *words: str) -> None:
        """Require that the last screen showed all of these."""
        for each in words:
            assert each in self._last, f"“{each}” was not shown, but:\n{self._last.text}"

    async def failures(self) -> list[str]:
        """The outcomes of turns that ended in an error of ours."""
        rows = await Incoming.exclude(state="done").values_list("outcome", flat=True)
        return [str(outcome) for outcome in rows]

    def _look(self) -> Seen:
        shown = self._screen.getvalue()
        self._screen.seek(0)
        self._screen.truncate()
        self._last = Seen(shown)
        return self._last


class Time:
    """The conversation's clock."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk

    async def passes(self, length: timedelta) -> Seen:
        """Let time pass, with everything that falls due on the way; returns what the screen showed."""
        return await self._talk.until(self._talk.clock.now() + length)


@asynccontextmanager
async def conversation(
    url: str, *, at: datetime = demo.NOW, seed: Seed = demo.seed, world: str = ""
) -> AsyncIterator[Conversation]:
    """The demo's world in an empty database at ``url``, at a clock that stands at ``at`` (aware).

    It is the documentation's, unless ``seed`` makes another one. That one's name is ``world`` where it is
    always the same at that time: then it is made once in a process, and copied from then on.
    """
    await furnish(url, at=at, seed=seed, world=world)
    async with _at_a_terminal(url, at) as (app, clock, console, screen):
        yield Conversation(app, clock, console, screen)


async def furnish(url: str, *, at: datetime = demo.NOW, seed: Seed = demo.seed, world: str = "") -> None:
    """Put a world into an empty database, see :func:`conversation`."""
    name = "documentation" if seed is demo.seed else world
    key = (url.partition(":")[0], at, name)
    if key in _worlds:
        await copy_in(url, _worlds[key])
        return
    async with _at_a_terminal(url, at) as (app, *_):
        await _fill(app, seed)
    if name:
        _worlds[key] = await copied(url)


# By kind of database, time and name.
_worlds: dict[tuple[str, datetime, str], bytes | Rows] = {}


async def copied(url: str) -> bytes | Rows:
    """A SQLite file's bytes, or the rows of a PostgreSQL database; nobody has it open."""
    file = url.removeprefix("sqlite://")
    return Path(file).read_bytes() if file != url else await rows_of(url)


async def copy_in(url: str, known: bytes | Rows) -> None:
    """Put back, into a migrated and empty database that nobody has open, what was copied from another."""
    if isinstance(known, bytes):
        Path(url.removeprefix("sqlite://")).write_bytes(known)
    else:
        await put_in(url, known)


@asynccontextmanager
async def _at_a_terminal(
    url: str, at: datetime
) -> AsyncIterator[tuple[App, SimulatedClock, Console, io.StringIO]]:
    screen = io.StringIO()
    clock = SimulatedClock(at)
    console = Console(demo.SPEAKER, screen, shared=True)
    app = App(Config(database=Database(url=url), workspace=demo.SETTINGS), clock=clock, platforms=[console])
    await app.open()
    try:
        yield app, clock, console, screen
    finally:
        await app.close()


async def _fill(app: App, seed: Seed) -> None:
    async with app.database.transaction():
        await seed(await Workspace.get())
    for newcomer in demo.TEAM:
        await app.console_identity(newcomer.email)
