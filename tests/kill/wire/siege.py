"""A siege: a team types at a server that is killed about every two seconds, and nothing may be lost.

The service is one of the emulators, the server a real process on a real database. Limits on how much a
bot may send are off on both sides: a killed server has a backlog, which it then sends as fast as it
can, and waiting for the limits would leave most kills nothing to interrupt. That the limits are kept is
another question.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Protocol

from bot.clock import Clock
from bot.config import Workspace as Settings
from bot.database import Database
from tests.kill.wire import team, traces
from tests.kill.wire.server import Server, killed_about_every_two_seconds
from tests.kill.wire.team import Line

REDELIVERED = 0.02  # of all that is typed
_AGAIN_WITHIN = 3.0  # seconds: how long after the first delivery the second one comes at most
_JOINED_WITHIN = 60.0  # seconds
# Seconds of peace: the leases of the dead run out, and what nobody delivered is read back from fifty
# conversations, one call in 1.2 s; and more for each command, on a machine that has much else to do.
_SETTLED_WITHIN = 120.0
_ANSWERED_WITHIN = 0.06
_UNDO = "Undo"
_UNDONE = "Undone"


@dataclass(frozen=True, slots=True)
class Said:
    """A message that the bot sent anew. ``message`` is its reference as the outbox keeps it."""

    message: str
    text: str


class People(Protocol):
    """Those who are at the emulated service, each at a chat of their own with a number from 0."""

    @property
    def platform(self) -> str:
        """The service's name."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What the server must be told of the service, as variables of its environment."""

    def joins(self, seat: int, code: str) -> str:
        """Let somebody use their invitation; returns the delivery's key, as the inbox keeps it."""

    def says(self, seat: int, text: str) -> str:
        """Let somebody type; returns the delivery's key."""

    def presses(self, seat: int, said: Said, label: str) -> str:
        """Let somebody press a button; returns the delivery's key."""

    def refused(self) -> Set[str]:
        """The keys of presses of which the service has told the person that they failed."""

    def redeliver(self, key: str) -> None:
        """Deliver once more what was typed."""

    def said(self) -> Sequence[Said]:
        """What the bot sent anew, oldest first."""

    def shown(self, said: Said) -> str:
        """How a message stands on the screen now."""


@dataclass(slots=True)
class Figures:
    """What came of it, to be printed and asserted; the lists name traces."""

    platform: str
    database: str
    seed: int
    servers: int = 1
    commands: int = 0
    presses: int = 0
    reminders: int = 0
    redelivered: int = 0
    kills: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    repeats: int = 0
    troubles: list[str] = field(default_factory=list)
    seconds: float = 0.0
    in_peace: float = 0.0  # seconds of those

    def __str__(self) -> str:
        replicas = f" with {self.servers} servers" if self.servers > 1 else ""
        return (
            f"{self.platform} on {self.database}{replicas}: {self.commands} commands, {self.presses} presses,"
            f" {self.reminders} reminders, {self.redelivered} redelivered, {self.kills} kills:"
            f" {len(self.lost)} lost, {len(self.twice)} twice, {len(self.unanswered)} unanswered,"
            f" {self.repeats} replies repeated; {self.seconds:.0f} s, the last {self.in_peace:.0f} in peace;"
            f" seed {self.seed}"
        )


@dataclass(slots=True)
class _Press:
    seat: int
    receipt: Said
    key: str


class Siege:
    """One run on an empty, migrated database.

    The team takes ``typing`` seconds for its ``commands``; so long the kills go on. What is typed, what
    comes twice and when the kills come belongs to the seed; how far the server is then does not.
    """

    def __init__(
        self,
        people: People,
        url: str,
        folder: Path,
        *,
        commands: int,
        typing: float,
        seed: int,
        servers: int = 1,
    ) -> None:
        self._people = people
        self._database = Database(url)
        self._typing = typing
        self._clock = Clock()
        settings = {**people.settings, "PARLEY_DATABASE__URL": url}
        self._servers = [Server(settings, folder / f"server {number}.log") for number in range(servers)]
        self._said: dict[str, Line] = {}  # by the delivery's key
        self._regretted: dict[str, Line] = {}  # by trace, until the receipt was seen
        self._presses: dict[str, _Press] = {}  # by trace
        self._looked_at = 0
        self._due: list[str] = []
        self.figures = Figures(people.platform, self._database.dialect, seed, servers, commands)

    async def run(self) -> Figures:
        """All of it; the figures are also there when something unforeseen ends it."""
        begun = time.monotonic()
        await self._database.open()
        try:
            await self._besiege()
            await self._count()
        finally:
            for server in self._servers:
                await server.stop()
            await self._database.close()
            self.figures.kills = sum(server.kills for server in self._servers)
            self.figures.seconds = time.monotonic() - begun
        return self.figures

    async def _besiege(self) -> None:
        seats = await self._joined()
        now = self._clock.now()
        async with self._database.transaction():
            self._due = await team.due_soon(now, now + timedelta(seconds=self._typing))
        async with killed_about_every_two_seconds(self._servers, Random(self.figures.seed)):
            await self._type(seats)
        peace = time.monotonic()
        await self._settle()
        self.figures.in_peace = time.monotonic() - peace

    async def _joined(self) -> list[team.Seat]:
        """Everybody has linked their chat, in peace."""
        async with self._database.transaction():
            seats = await team.seated(Settings(), now=self._clock.now())
        for server in self._servers:
            await server.launch()
            await server.started()  # what comes much earlier, Slack may have given up by then
        joined = {self._people.joins(seat.number, seat.code) for seat in seats}
        await traces.nothing_waits(joined, self._clock.now, _JOINED_WITHIN)
        return seats

    async def _type(self, seats: list[team.Seat]) -> None:
        commands, chance = self.figures.commands, Random(self.figures.seed + 1)
        for line in team.typed(seats, commands, chance):
            key = self._people.says(line.seat, line.text)
            self._said[key] = line
            if line.regretted:
                self._regretted[line.trace] = line
            if chance.random() < REDELIVERED:
                self.figures.redelivered += 1
                later = chance.uniform(0, _AGAIN_WITHIN)
                asyncio.get_running_loop().call_later(later, self._people.redeliver, key)
            self._press()
            await asyncio.sleep(self._typing / commands)

    def _press(self) -> None:
        """Press Undo under receipts that are new, and where the service said that it failed."""
        said = self._people.said()
        for one in said[self._looked_at :]:
            for trace in traces.named(one.text):
                if (line := self._regretted.pop(trace, None)) is not None:
                    key = self._people.presses(line.seat, one, _UNDO)
                    self._presses[trace] = _Press(line.seat, one, key)
        self._looked_at = len(said)
        refused = self._people.refused()
        for press in self._presses.values():
            # It may have been taken in nevertheless: then the receipt says so.
            if press.key in refused and _UNDONE not in self._people.shown(press.receipt):
                press.key = self._people.presses(press.seat, press.receipt, _UNDO)

    async def _settle(self) -> None:
        """All that was said and pressed is answered; what was not in time is counted as what it is."""
        within = _SETTLED_WITHIN + _ANSWERED_WITHIN * self.figures.commands
        delivered = set[str]()
        try:
            while delivered != (delivered := self._delivered()):
                await traces.nothing_waits(delivered, self._clock.now, within)
                self._press()
        except TimeoutError:
            self.figures.troubles.append(f"not settled within {within} s")

    def _delivered(self) -> set[str]:
        """The keys of what the service has taken from people and not given back to them as failed."""
        return (self._said.keys() | {press.key for press in self._presses.values()}) - self._people.refused()

    async def _count(self) -> None:
        figures, said = self.figures, self._people.said()
        figures.presses, figures.reminders = len(self._presses), len(self._due)
        left, undone = await traces.left(), await traces.taken_back()
        wanted = [*(line.trace for line in self._said.values()), *self._due]
        figures.lost = [trace for trace in wanted if not left[trace]]
        figures.lost += [f"undo {trace}" for trace in self._presses if not undone[trace]]
        figures.twice = [trace for trace, times in left.items() if times > 1]
        figures.twice += [f"undo {trace}" for trace, times in undone.items() if times > 1]
        figures.twice += await traces.written_twice()
        answers = await traces.answers()
        figures.unanswered = [*self._unanswered(answers), *self._pushed_wrong()]
        figures.out_of_order = list(self._out_of_order(answers))
        figures.repeats = len(said) - await traces.sent_once()
        figures.troubles += await traces.set_aside()
        figures.troubles += [line for server in self._servers for line in _errors(server.words())]

    def _unanswered(self, answers: Mapping[str, str]) -> Iterator[str]:
        """The lines whose answer stands nowhere on the screen, and the presses that changed nothing there."""
        on_screen = {one.message for one in self._people.said()}
        yield from (line.trace for key, line in self._said.items() if answers.get(key) not in on_screen)
        for trace, press in self._presses.items():
            if _UNDONE not in self._people.shown(press.receipt):
                yield f"undo {trace}"

    def _pushed_wrong(self) -> Iterator[str]:
        """The due reminders that nobody saw."""
        pushed = {trace for one in self._people.said() for trace in traces.named(one.text)}
        yield from (trace for trace in self._due if trace not in pushed)

    def _out_of_order(self, answers: Mapping[str, str]) -> Iterator[str]:
        """The lines that were answered before an earlier one of the same chat."""
        last = dict[int, float]()
        for key, line in self._said.items():
            if key in answers:
                # Both services number a chat's messages upwards.
                number = float(answers[key].rpartition(":")[2])
                if number < last.get(line.seat, 0):
                    yield line.trace
                last[line.seat] = number


def _errors(log: str) -> Iterator[str]:
    return (line for line in log.splitlines() if " ERROR " in line or "Traceback" in line)
