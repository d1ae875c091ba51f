"""Stage: one chat service with people in it, and a process of Parley behind it that goes step by step.

The process is the real App; it receives by its platform's own road, and answers, ticks and sends when the
stage says so: nothing waits for a clock.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from bot import demo, members, outbox
from bot.app import App
from bot.clock import SimulatedClock
from bot.outbox import Place
from bot.platform import Arrival
from handlers.chat.reply import Reply
from models.member import ChatIdentity, Member
from models.messaging.inbox import InboxState, Incoming
from models.messaging.outbox import Outgoing
from models.messaging.saved_command import SavedCommand
from models.workspace import Workspace
from tests.platforms.screen import Screen, Shown


class Actor(ABC):
    """Somebody with an account of the service."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage = stage
        self.name = name

    @property
    @abstractmethod
    def address(self) -> str:
        """Their private chat, as Parley writes addresses."""

    async def says(self, line: str) -> Screen:
        """Type a line in the private chat; what they were shown for it."""
        self.type(line)
        return await self.sees()

    async def presses(self, screen: Screen, label: str) -> Screen:
        """Press the last button of that label; what they were shown for it."""
        shown, key = screen.with_button(label)
        self.press(shown, key.press)
        return await self.sees()

    async def forges(self, screen: Screen, press: str) -> Screen:
        """Press a button of one's own making under something that was shown."""
        self.press(screen.shown[-1], press)
        return await self.sees()

    async def sees(self) -> Screen:
        """Let everything be answered; what they were shown since they last looked."""
        await self.stage.settles()
        return Screen(tuple(self.new()))

    async def number_of(self, screen: Screen, label: str) -> str:
        """What may be typed instead of pressing a button."""
        _, key = screen.with_button(label)
        if key.press.isdecimal() and len(key.press) <= 2:
            return key.press
        return str((await SavedCommand.get(token=key.press)).number)

    @abstractmethod
    def type(self, line: str) -> None:
        """Send a line; returns before it has arrived."""

    @abstractmethod
    def press(self, shown: Shown, press: str) -> None:
        """Press under something shown, whether it still stands there or not."""

    @abstractmethod
    def redeliver(self) -> None:
        """Let the service deliver again what they last typed."""

    @abstractmethod
    def new(self) -> Sequence[Shown]:
        """What they were shown since this was last asked."""


class Stage(ABC):
    """At its start the documentation's team is known, and has no account of the service."""

    name: str
    edits_in_place = True
    # What a code is sent behind.
    opening = "link"

    def __init__(self, url: str, at: datetime) -> None:
        self.url = url
        self.clock = SimulatedClock(at)
        self.app: App
        self._receiving: asyncio.Task[None]

    # -- the process ---------------------------------------------------------------------------

    async def opens(self) -> None:
        """Start Parley, and let it connect."""
        self.app = self.new_app()
        await self.app.open()
        platform = self.app.platforms[self.name]

        async def receive(arrivals: Sequence[Arrival]) -> None:
            await self.app.receive(self.name, arrivals)

        self._receiving = asyncio.create_task(platform.run(receive))
        await self.connected()

    async def closes(self) -> None:
        """Stop it."""
        self._receiving.cancel()
        with suppress(asyncio.CancelledError):
            await self._receiving
        await self.app.close()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Parley runs, until the test is over."""
        await self.opens()
        try:
            yield
        finally:
            await self.closes()

    async def restarts(self) -> None:
        """Stop it, and start another on the same database."""
        await self.closes()
        await self.opens()

    async def settles(self) -> None:
        """Until all that was said has come in and is answered, and the answers are sent or put off."""
        await self.heard()
        await self.app.settle()

    async def until(self, instant: datetime) -> None:
        """Let everything happen that falls due until then (aware)."""
        last: datetime | None = None
        while (due := await self.app.next_due()) is not None and due <= instant:
            # What is due and was not sent waits behind another: time has to pass.
            now = self.clock.now() + (timedelta(seconds=1) if due == last else timedelta())
            if now > instant:
                break
            self.clock.advance_to(max(due, now))
            await self.app.tick()
            await self.app.settle()
            last = due
        self.clock.advance_to(max(instant, self.clock.now()))
        await self.app.tick()
        await self.app.settle()

    async def passes(self, length: timedelta) -> None:
        """Let time pass, with everything that falls due on the way."""
        await self.until(self.clock.now() + length)

    # -- people --------------------------------------------------------------------------------

    async def joined(self, login: str, *, language: str = "en") -> Actor:
        """One of the team, such as ``marc``, with their account linked by a code."""
        actor = self.newcomer(login, language)
        welcome = await actor.says(f"{self.opening} {await self.code_for(login)}")
        assert f"{login}@parley.example" in welcome, welcome.text
        return actor

    async def code_for(self, login: str) -> str:
        """A code that links one account to that member."""
        async with self.app.database.transaction():
            email = f"{login}@parley.example"
            return await members.invite(email, await Workspace.get(), now=self.clock.now())

    async def puts(self, actor: Actor, reply: Reply, *, language: str = "en-GB") -> Screen:
        """Let Parley say something of the test's own; what the actor was shown."""
        identity = await ChatIdentity.get(platform=self.name, address=actor.address).select_related("member")
        member: Member = identity.member
        async with self.app.database.transaction():
            await outbox.put(
                self.app.database,
                reply,
                Place(self.name, actor.address, language, member.workspace_id, member.id),
                key=f"of the test {await Outgoing.all().count()}",
                now=self.clock.now(),
            )
        return await actor.sees()

    async def failures(self) -> list[str]:
        """Why deliveries were set aside."""
        rows = await Incoming.filter(state=InboxState.QUARANTINED).order_by("id")
        return [row.outcome for row in rows]

    # -- what each service does in its own way -------------------------------------------------

    @abstractmethod
    def new_app(self) -> App:
        """A process with this service's platform, not open yet."""

    @abstractmethod
    def newcomer(self, name: str, language: str = "en") -> Actor:
        """Somebody whom Parley does not know."""

    @abstractmethod
    async def connected(self) -> None:
        """Wait until the service reaches Parley."""

    @abstractmethod
    async def heard(self) -> None:
        """Wait until everything that was said stands in the inbox."""

    @abstractmethod
    def garbles(self) -> None:
        """Deliver something that nobody can read."""

    def complaints(self) -> list[str]:
        """What the service refused, or found odd; wanted is nothing."""
        return []


class Group(ABC):
    """A room in which several people and Parley are."""

    @abstractmethod
    def type(self, actor: Actor, line: str) -> None:
        """Let somebody say a line to Parley there; returns before it has arrived."""

    @abstractmethod
    def reads(self) -> list[str]:
        """What everybody there has read of Parley so far, oldest first."""


class Service(Stage):
    """A stage whose service can fail. Each order is for the next message to that actor, and for it alone."""

    @abstractmethod
    def group(self, *actors: Actor) -> Group:
        """A new room with these people in it."""

    @abstractmethod
    def loses_the_answer(self, actor: Actor) -> None:
        """The message stands in the chat, and Parley is not told."""

    @abstractmethod
    def loses_the_message(self, actor: Actor) -> None:
        """The service is down for a moment: nothing arrives."""

    @abstractmethod
    def throttles(self, actor: Actor, seconds: int) -> None:
        """Too many requests: come again after so many seconds."""

    @abstractmethod
    def loses_the_edit(self, actor: Actor) -> None:
        """The message that the next edit is for is gone."""

    @abstractmethod
    def shuts_out(self, actor: Actor) -> None:
        """From now on nobody can write to the actor."""


# The documentation's afternoon, as everywhere in its examples.
NOW = demo.NOW
