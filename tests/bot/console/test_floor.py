"""One member at several terminals: each is answered in its turn."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

from bot import holder
from bot.clock import SimulatedClock
from bot.console.floor import Floor
from bot.database import Database
from models.messaging.lease import Lease

NOW = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)
LEA, MARC = 1, 2


def floor(database: Database, clock: SimulatedClock, name: str = "") -> Floor:
    """What a terminal takes, of another process each time."""
    return Floor(database, clock, name or holder.of_this_process())


async def test_one_terminal_after_the_other(database: Database) -> None:
    """The second waits until the first has been answered, and sees that it must."""
    clock, order = SimulatedClock(NOW), list[str]()
    first, second = floor(database, clock), floor(database, clock)

    async def speak() -> None:
        async with second.taken(LEA):
            order.append("second")

    async with first.taken(LEA):
        waiting = asyncio.create_task(speak())
        await asyncio.sleep(0.12)  # longer than the pause between two tries
        order.append("first")
        assert await second.others_have(LEA)
        assert not await first.others_have(LEA)
    await waiting
    assert order == ["first", "second"]
    assert not await second.others_have(LEA)


async def test_members_do_not_wait_for_one_another(database: Database) -> None:
    """Each has terminals of their own."""
    clock = SimulatedClock(NOW)
    async with floor(database, clock).taken(LEA), floor(database, clock).taken(MARC):
        assert not await floor(database, clock, "third").others_have(3)


async def test_a_terminal_that_fails_is_not_waited_for(database: Database) -> None:
    """What breaks while it is answered gives the floor back."""
    clock = SimulatedClock(NOW)
    try:
        async with floor(database, clock).taken(LEA):
            raise LookupError
    except LookupError:
        async with asyncio.timeout(5), floor(database, clock).taken(LEA):
            pass


async def test_a_terminal_that_was_killed_is_not_waited_for(database: Database) -> None:
    """Its process is gone from this machine: the next one is answered at once, at the same instant."""
    clock = SimulatedClock(NOW)
    machine = holder.of_this_process().split(":")[0]
    async with AsyncExitStack() as killed:
        await killed.enter_async_context(floor(database, clock, f"{machine}:999999999:abc").taken(LEA))
        assert not await floor(database, clock).others_have(LEA)
        async with asyncio.timeout(5), floor(database, clock).taken(LEA):
            assert (await Lease.get(name=f"terminal:{LEA}")).term == 2


async def test_a_terminal_of_another_machine_is_waited_for_ten_seconds(database: Database) -> None:
    """Nobody can see from here whether it lives."""
    clock = SimulatedClock(NOW)
    elsewhere, here = floor(database, clock, "elsewhere:7:abc"), floor(database, clock)
    async with elsewhere.taken(LEA):
        clock.set(NOW + timedelta(seconds=9))
        assert await here.others_have(LEA)
        clock.set(NOW + timedelta(seconds=10))
        assert not await here.others_have(LEA)
        async with asyncio.timeout(5), here.taken(LEA):
            pass
