"""Work that only one process does at a time goes from one to the next, and back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.clock import SimulatedClock
from bot.database import Database
from bot.leased import Leased
from bot.platform import Unauthorised
from models.messaging.lease import GIVEN_BACK, Lease
from tests.bot.machine import NOW, LoopTime, eventually, opened, overheard, running
from tests.emulators.slack.bell import Bell
from tests.postgres import Administrator
from tests.proxy import proxied, through

NAME = "receive:telegram"
_LENGTH = timedelta(seconds=10)
_RENEWAL = _LENGTH / 3 + timedelta(milliseconds=1)


@dataclass
class Work:
    """What is done under the lease: it goes on until it is told to end, and who does it is known."""

    doing: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    bell: Bell = field(default_factory=Bell)
    ends: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None

    async def by(self, name: str) -> None:
        self.begun.append(name)
        self.doing.append(name)
        self.bell.ring()
        try:
            await self.ends.wait()
            if self.error is not None:
                raise self.error
        finally:
            self.doing.remove(name)
            self.bell.ring()

    async def is_done_by(self, *names: str) -> None:
        """Wait until exactly these are at it."""
        await self.bell.until(lambda: sorted(self.doing) == sorted(names), 5)


def worker(name: str, work: Work, database: Database, clock: SimulatedClock) -> asyncio.Future[None]:
    """A process that does the work whenever it may."""
    return asyncio.ensure_future(Leased(NAME, name, database, clock).run(lambda: work.by(name)))


async def stopped(*tasks: asyncio.Future[None]) -> None:
    """Cancel and await them."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=5)
    assert all(task.cancelled() for task in tasks)


async def test_one_of_two_does_the_work(database: Database, clock: SimulatedClock) -> None:
    """The other one waits, and looks again every few seconds."""
    work, time = Work(), LoopTime()
    one = worker("one", work, database, clock)
    await work.is_done_by("one")
    two = worker("two", work, database, clock)
    for _ in range(3):
        await asyncio.sleep(0.01)
        clock.advance_to(clock.now() + _RENEWAL)
        time.passes(_RENEWAL)
        await eventually(lambda: renewed(clock))
    assert work.begun == ["one"]
    await stopped(one, two)


async def renewed(clock: SimulatedClock) -> bool:
    """Whether the lease reaches as far as one taken now."""
    return (await Lease.get(name=NAME)).expires_at == clock.now() + _LENGTH


async def test_who_stops_gives_it_back(database: Database, clock: SimulatedClock) -> None:
    """The next one need not wait for its end: not even the clock has moved on."""
    work = Work()
    one = worker("one", work, database, clock)
    await work.is_done_by("one")
    await stopped(one)
    assert work.doing == []
    assert (await Lease.get(name=NAME)).expires_at == GIVEN_BACK
    two = worker("two", work, database, clock)
    await work.is_done_by("two")
    await stopped(two)


async def test_who_died_is_replaced_within_ten_seconds(database: Database, clock: SimulatedClock) -> None:
    """And no sooner."""
    async with database.transaction():
        await Lease.take(NAME, "dead", now=NOW, length=_LENGTH)
    work, time = Work(), LoopTime()
    one = worker("one", work, database, clock)
    await asyncio.sleep(0.02)
    clock.advance_to(NOW + _LENGTH - timedelta(milliseconds=1))
    time.passes(_RENEWAL)
    await asyncio.sleep(0.02)
    assert work.begun == []
    clock.advance_to(NOW + _LENGTH)
    time.passes(_RENEWAL)
    await work.is_done_by("one")
    await stopped(one)


async def test_who_lost_it_stops_at_once(database: Database, clock: SimulatedClock) -> None:
    """A process that was asleep finds it taken: its work is cut off before it is done twice."""
    work, time = Work(), LoopTime()
    one = worker("one", work, database, clock)
    await work.is_done_by("one")
    clock.advance_to(NOW + timedelta(minutes=1))
    async with database.transaction():
        assert await Lease.take(NAME, "two", now=clock.now(), length=_LENGTH) == 2
    with overheard() as log:
        time.passes(_RENEWAL)
        await work.is_done_by()
        await log.hears("lease lost")
    await stopped(one)
    assert (await Lease.get(name=NAME)).holder == "two"
    assert (await Lease.get(name=NAME)).expires_at == clock.now() + _LENGTH


async def test_work_that_ends_is_begun_again(database: Database, clock: SimulatedClock) -> None:
    """A little later, by whoever has the lease then."""
    work, time = Work(), LoopTime()
    one = worker("one", work, database, clock)
    await work.is_done_by("one")
    work.ends.set()
    await work.is_done_by()
    work.ends.clear()
    await eventually(lambda: renewed(clock))
    await asyncio.sleep(0.01)
    time.passes(_RENEWAL)
    await work.bell.until(lambda: work.begun == ["one", "one"], 5)
    await stopped(one)


async def test_a_service_that_refuses_us_is_asked_again_in_a_minute(
    database: Database, clock: SimulatedClock
) -> None:
    """It is logged as an error; everything else of the process goes on."""
    work, time = Work(error=Unauthorised("telegram: the token was revoked")), LoopTime()
    work.ends.set()
    with overheard() as log:
        one = worker("one", work, database, clock)
        await log.hears("service refused")
        assert log.said("service refused")[0]["level"] == "error"
        time.passes(30)
        await asyncio.sleep(0.02)
        assert work.begun == ["one"]
        time.passes(31)
        await log.hears("service refused", 2)
        assert not one.done()
        await stopped(one)


async def test_an_error_of_ours_ends_the_process(database: Database, clock: SimulatedClock) -> None:
    """The lease is given back, so that another one may do better."""
    work = Work(error=ZeroDivisionError())
    work.ends.set()
    with pytest.raises(ZeroDivisionError):
        await worker("one", work, database, clock)
    assert (await Lease.get(name=NAME)).expires_at == GIVEN_BACK


@pytest.mark.postgresql
async def test_without_the_database_nothing_is_done_and_nothing_ends(
    postgres: Administrator, postgres_url: str, clock: SimulatedClock
) -> None:
    """What could not be stored must not be received; when the database is back, so is the work."""
    async with proxied(postgres.server) as proxy, opened(through(proxy, postgres_url)) as database:
        work, time = Work(), LoopTime()
        one = worker("one", work, database, clock)
        await work.is_done_by("one")
        proxy.refuse()
        time.passes(_RENEWAL)
        await work.is_done_by()
        time.passes(_RENEWAL)
        await asyncio.sleep(0.02)
        assert not one.done()
        proxy.admit()
        time.passes(_RENEWAL)
        await work.is_done_by("one")
        proxy.refuse()
        await stopped(one)


async def test_leases_of_several_works_know_nothing_of_one_another(
    database: Database, clock: SimulatedClock
) -> None:
    """One process may poll Telegram while another one has Slack's socket."""
    work = Work()
    others = [Leased(name, name, database, clock) for name in ("a", "b", "c")]
    async with running(*(each.run(lambda: work.by("x")) for each in others)):
        await work.bell.until(lambda: len(work.doing) == 3, 5)
