"""The stage of a service that has no quirks: what holds here and nowhere else is a quirk of ours."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from bot.app import App
from bot.config import Config, Database
from bot.console import render
from bot.platform import Arrival, Rejected, Throttled, Unavailable, Unreachable
from bot.platform import Message as Out
from handlers.chat.i18n import Locale
from handlers.chat.reply import Buttons, Reply
from tests.emulators.chat_in_memory import ChatService
from tests.platforms.screen import Key, Shown
from tests.platforms.stage import Actor, Group, Service


class Member(Actor):
    """A person in their own chat."""

    def __init__(self, stage: InMemory, name: str, language: str) -> None:
        super().__init__(stage, name)
        self._service = stage.service
        self.user = f"{name} {next(stage.numbers)}"
        self._language = language
        self._looked_at = (0, 0)
        self._last: Arrival

    @property
    def address(self) -> str:
        return self.user

    def type(self, line: str) -> None:
        self._deliver(self._service.says(self.user, line, language=self._language))

    def press(self, shown: Shown, press: str) -> None:
        self._deliver(self._service.forges(self.user, press, message=shown.ref))

    def redeliver(self) -> None:
        self._service.delivers(self._last)

    def _deliver(self, arrival: Arrival) -> None:
        self._last = arrival
        self._service.delivers(arrival)

    def new(self) -> list[Shown]:
        messages, popups = self._looked_at
        service = self._service
        self._looked_at = (len(service.arrived), len(service.popups))
        shown = [
            self._shown(message.reply, message.language, message)
            for message in service.arrived[messages:]
            if message.address == self.user
        ]
        for request, reply in service.popups[popups:]:
            if reply is not None and request.sender.user == self.user:
                shown.append(self._shown(reply, "en-GB"))
        return shown

    def _shown(self, reply: Reply, language: str, message: Out | None = None) -> Shown:
        bare = Reply(tuple(block for block in reply.blocks if not isinstance(block, Buttons)))
        edited = message is not None and message.edits is not None
        repeated = message is not None and message.repeated and not edited
        text = render.plain(bare, Locale(language, "UTC"), after="(sent again)" if repeated else "").strip(
            "\n"
        )
        keys = tuple(Key(button.label, button.token) for button in reply.buttons())
        return Shown(self._service.reference(message) if message else "", text, keys, edited)


class Room(Group):
    """A room."""

    def __init__(self, service: ChatService) -> None:
        self._service = service

    def type(self, actor: Actor, line: str) -> None:
        self._service.delivers(self._service.says(actor.address, line, room="sales"))

    def reads(self) -> list[str]:
        arrived = [message for message in self._service.arrived if message.address == "sales"]
        return [render.plain(message.reply, Locale(message.language, "UTC")) for message in arrived]


class InMemory(Service):
    """The service that ``chat_in_memory`` plays."""

    name = "memory"

    def __init__(self, url: str, at: datetime) -> None:
        super().__init__(url, at)
        self.service = ChatService("memory")
        self.numbers = itertools.count(1)

    def new_app(self) -> App:
        return App(Config(database=Database(url=self.url)), clock=self.clock, platforms=[self.service])

    def newcomer(self, name: str, language: str = "en") -> Member:
        return Member(self, name, language)

    async def connected(self) -> None:
        """What is delivered is taken when Parley is there to take it."""

    async def heard(self) -> None:
        await self.service.bell.until(lambda: not self.service.undelivered, 5.0)

    def garbles(self) -> None:
        self.service.delivers(self.service.garbles("nobody"))

    def group(self, *actors: Actor) -> Room:
        return Room(self.service)

    def loses_the_answer(self, actor: Actor) -> None:
        self.service.loses_answers(to=actor.address)

    def loses_the_message(self, actor: Actor) -> None:
        self.service.refuses(Unavailable("down"), to=actor.address)

    def throttles(self, actor: Actor, seconds: int) -> None:
        self.service.refuses(Throttled("too many", timedelta(seconds=seconds)), to=actor.address)

    def loses_the_edit(self, actor: Actor) -> None:
        self.service.refuses(Rejected("no such message"), to=actor.address)

    def shuts_out(self, actor: Actor) -> None:
        self.service.refuses(Unreachable("blocked"), to=actor.address, times=None)


@asynccontextmanager
async def in_memory(url: str, at: datetime) -> AsyncIterator[InMemory]:
    """People of a service without history."""
    stage = InMemory(url, at)
    async with stage.opened():
        yield stage
