"""The terminal's stage: one screen for everybody, as in a simulation."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from bot import demo
from bot.app import App
from bot.config import Config, Database
from bot.console.adapter import Console, arrival
from bot.platform import Arrival
from tests.platforms.screen import Key, Shown
from tests.platforms.stage import Actor, Stage

_BUTTON = re.compile(r"\[(\d+)\] (.+?)(?=  \[|$)")
_HEADED = re.compile(r"^(?:» )?→ (\S+)$")


class Member(Actor):
    """A member whose address the terminal was opened for."""

    def __init__(self, stage: AtTerminal, name: str) -> None:
        super().__init__(stage, name)
        self._terminal = stage

    @property
    def address(self) -> str:
        return f"{self.name}@parley.example"

    def type(self, line: str) -> None:
        self._terminal.types(self.address, line)

    def press(self, shown: Shown, press: str) -> None:
        self.type(press)

    def redeliver(self) -> None:
        self._terminal.again()

    def new(self) -> list[Shown]:
        return self._terminal.printed(self.address)


class AtTerminal(Stage):
    """A terminal of every member's."""

    name = "console"
    edits_in_place = False

    def __init__(self, url: str, at: datetime) -> None:
        super().__init__(url, at)
        self.screen = io.StringIO()
        self._console: Console
        self._said: list[Arrival] = []
        self._heard = 0
        self._printed: dict[str, list[Shown]] = {}

    def new_app(self) -> App:
        self._console = Console(demo.SPEAKER, self.screen, shared=True)
        config = Config(database=Database(url=self.url))
        return App(config, clock=self.clock, platforms=[self._console])

    def newcomer(self, name: str, language: str = "en") -> Member:
        return Member(self, name)

    async def joined(self, login: str, *, language: str = "en") -> Member:
        """At a terminal who may read the database may speak as any member: there is nothing to link."""
        actor = Member(self, login)
        assert await self.app.console_identity(actor.address)
        return actor

    def types(self, email: str, line: str) -> None:
        self._said.append(arrival(line, email=email, id=f"said {len(self._said)}"))

    def again(self) -> None:
        """The last line once more, under its own key."""
        self._said.append(self._said[-1])

    async def connected(self) -> None:
        """A terminal is its own process."""

    async def heard(self) -> None:
        """Each line is answered before the next one is read."""
        for typed in self._said[self._heard :]:
            self._console.speaker = typed.address
            await self.app.receive(self.name, [typed])
            await self.app.settle()
            self._look()
        self._heard = len(self._said)

    def garbles(self) -> None:
        self._said.append(Arrival("garbled", "nobody@parley.example", {"line": 7}))

    def printed(self, email: str) -> list[Shown]:
        self._look()
        return self._printed.pop(email, [])

    def _look(self) -> None:
        text = self.screen.getvalue()
        self.screen.seek(0)
        self.screen.truncate()
        for chunk in filter(None, text.split("\n\n")):
            lines = [line.removeprefix("» ") for line in chunk.strip("\n").split("\n")]
            headed = _HEADED.match(lines[0])
            email = headed[1] if headed else self._console.speaker
            words = lines[1:] if headed else lines
            self._printed.setdefault(email, []).append(_shown(words))


def _shown(lines: list[str]) -> Shown:
    keys = [Key(label, number) for line in lines for number, label in _BUTTON.findall(line)]
    words = [line for line in lines if not _BUTTON.match(line)]
    return Shown("", "\n".join(words), tuple(keys))


@asynccontextmanager
async def at_terminal(url: str, at: datetime) -> AsyncIterator[AtTerminal]:
    """A simulation: one screen, on which messages to others are headed by their address."""
    stage = AtTerminal(url, at)
    async with stage.opened():
        yield stage
