"""Leases: one holder at a time, whatever clock it goes by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.database import Database
from models.messaging.lease import Lease

NOW = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)
LENGTH = timedelta(seconds=10)
YEAR = timedelta(days=366)


async def taken(database: Database, holder: str, now: datetime) -> int | None:
    """The term with which ``holder`` has the lease from ``now`` on; None where another has it."""
    async with database.transaction():
        return await Lease.take("tick", holder, now=now, length=LENGTH)


async def test_one_holder_at_a_time(database: Database) -> None:
    """Whoever has it may renew it; another gets it when it has run out, with the next term."""
    assert await taken(database, "first", NOW) == 1
    assert await taken(database, "second", NOW + LENGTH / 2) is None
    assert await taken(database, "first", NOW + LENGTH / 2) == 1
    assert await taken(database, "second", NOW + LENGTH) is None
    assert await taken(database, "second", NOW + LENGTH * 1.5) == 2


@pytest.mark.parametrize("later", [timedelta(0), -YEAR, YEAR])
async def test_what_was_given_back_is_free_by_every_clock(database: Database, later: timedelta) -> None:
    """A simulation a year ahead or behind gives it back: nobody waits for its time to come."""
    assert await taken(database, "simulation", NOW) == 1
    await Lease.release("tick", "simulation")
    assert await taken(database, "server", NOW + later) == 2


async def test_only_the_holder_gives_it_back(database: Database) -> None:
    """A late one whose lease another has taken over takes nothing from it."""
    assert await taken(database, "late", NOW) == 1
    assert await taken(database, "new", NOW + LENGTH) == 2
    await Lease.release("tick", "late")
    assert await taken(database, "third", NOW + LENGTH) is None


async def test_a_simulation_that_was_killed_holds_up_nobody(database: Database) -> None:
    """A lease that reaches further than any clock of today's gives one is not waited for."""
    assert await taken(database, "simulation", NOW + YEAR) == 1
    assert await taken(database, "server", NOW) == 2


async def test_machines_may_differ_by_a_minute(database: Database) -> None:
    """A holder whose clock is a little ahead still holds it."""
    assert await taken(database, "ahead", NOW + timedelta(seconds=59)) == 1
    assert await taken(database, "behind", NOW) is None
