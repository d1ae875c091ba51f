"""The demonstration's team in private chats and in rooms of a chat service in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from bot import demo
from bot.app import App
from bot.clock import SimulatedClock
from bot.config import Config, Database
from bot.platform import Arrival
from models.member import ChatIdentity, Member
from models.messaging.inbox import Incoming
from models.workspace import Workspace
from tests.acceptance.rooms import Account, Rooms, Shown

SALES = "room:sales"
_ACCOUNTS = {
    name: Account(str(number), "T1", name)
    for number, name in enumerate(("lea", "marc", "nora", "sam"), start=2001)
}


class Office:
    """Everybody at their desks; what was shown is asked for by room or by name."""

    def __init__(self, app: App, clock: SimulatedClock, rooms: Rooms) -> None:
        self.app = app
        self.clock = clock
        self.rooms = rooms

    async def says(self, name: str, line: str, room: str = SALES, **more: Any) -> list[Shown]:
        """A line in a room, or in private where that is empty; returns what was shown anywhere for it.

        ``more`` as for ``Rooms.typed``.
        """
        return await self._hears(self.rooms.typed(_ACCOUNTS[name], line, address=room, **more))

    async def presses(self, name: str, shown: Shown, label: str) -> list[Shown]:
        """The button of a message that stands somewhere."""
        address = "" if shown.address == private(name) else shown.address
        token = shown.token(label)
        return await self._hears(self.rooms.press(_ACCOUNTS[name], token, address=address, under=shown.ref))

    async def passes(self, length: timedelta) -> list[Shown]:
        """Let time pass with all that falls due on the way; returns what was shown."""
        until = self.clock.now() + length
        while (due := await self.app.next_due()) is not None and due <= until:
            self.clock.advance_to(max(due, self.clock.now()))
            await self.app.tick()
            await self.app.settle()
        self.clock.advance_to(until)
        await self.app.tick()
        await self.app.settle()
        return self.rooms.taken()

    async def _hears(self, *arrivals: Arrival) -> list[Shown]:
        await self.app.receive(Rooms.name, arrivals)
        await self.app.settle()
        assert await Incoming.exclude(state="done").values_list("outcome", flat=True) == []
        return self.rooms.taken()


def private(name: str) -> str:
    """The address of somebody's private chat."""
    return _ACCOUNTS[name].address


def at(shown: Sequence[Shown], address: str) -> list[str]:
    """What was shown at an address, whole texts without the empty lines at their ends."""
    return [each.text.strip() for each in shown if each.address == address and not each.only_to]


@asynccontextmanager
async def office(url: str) -> AsyncIterator[Office]:
    """The demonstration's world in an empty database at ``url``, on a Wednesday afternoon."""
    rooms, clock = Rooms(), SimulatedClock(demo.NOW)
    app = App(Config(database=Database(url=url), workspace=demo.SETTINGS), clock=clock, platforms=[rooms])
    await app.open()
    try:
        async with app.database.transaction():
            await demo.seed(await Workspace.get())
            for name, account in _ACCOUNTS.items():
                await ChatIdentity.create(
                    member=await Member.get(email=f"{name}@parley.example"),
                    platform=Rooms.name,
                    team=account.team,
                    user=account.user,
                    address=account.address,
                    last_seen_at=demo.NOW,
                )
        yield Office(app, clock, rooms)
    finally:
        await app.close()
