"""The queue in front of the inbox."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from bot.platform import Arrival
from bot.slack.intake import Intake, NotStored


def row(key: str) -> Arrival:
    """An arrival of that key."""
    return Arrival(key, "D1", {})


@asynccontextmanager
async def open_to(receive: Callable[[Sequence[Arrival]], Awaitable[None]]) -> AsyncIterator[Intake]:
    """An intake that empties itself into ``receive``."""
    intake = Intake()
    task = asyncio.create_task(intake.run(receive))
    yield intake
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_came_together_is_stored_together_in_order() -> None:
    """Arrivals that wait at the same time are one commit, in the order in which they came."""
    batches: list[list[str]] = []

    async def receive(arrivals: Sequence[Arrival]) -> None:
        batches.append([arrival.key for arrival in arrivals])

    async with open_to(receive) as intake:
        await asyncio.gather(*(intake.store([row(key)]) for key in "abcba"))
    assert batches == [["a", "b", "c"]]


async def test_one_bad_row_does_not_take_the_others_along() -> None:
    """When a commit fails, each arrival of it is tried by itself; only the bad one is refused."""
    stored: list[str] = []

    async def receive(arrivals: Sequence[Arrival]) -> None:
        if any(arrival.key == "bad" for arrival in arrivals):
            raise ValueError("the database will not have it")
        stored.extend(arrival.key for arrival in arrivals)

    async with open_to(receive) as intake:
        stores = (intake.store([row(key)]) for key in ("a", "bad", "b"))
        outcomes = await asyncio.gather(*stores, return_exceptions=True)
    assert stored == ["a", "b"]
    assert [type(outcome) for outcome in outcomes] == [type(None), NotStored, type(None)]


async def test_it_goes_on_after_a_failure() -> None:
    """Whatever the inbox raises, the next arrival is stored."""
    failures = iter([OSError("disk full")])

    async def receive(arrivals: Sequence[Arrival]) -> None:
        for failure in failures:
            raise failure

    async with open_to(receive) as intake:
        with pytest.raises(NotStored):
            await intake.store([row("a")])
        await intake.store([row("b")])


async def test_nobody_waits_longer_than_they_said() -> None:
    """A hanging inbox is not acknowledged, and what gave up waiting is not stored later."""
    begun, gate = asyncio.Event(), asyncio.Event()
    seen: list[str] = []

    async def receive(arrivals: Sequence[Arrival]) -> None:
        seen.extend(arrival.key for arrival in arrivals)
        begun.set()
        await gate.wait()

    async with open_to(receive) as intake:
        hanging = asyncio.create_task(intake.store([row("a")]))
        await begun.wait()
        with pytest.raises(NotStored):
            await intake.store([row("b")], within=0.01)
        gate.set()
        await hanging
        await intake.store([row("c")])
    assert seen == ["a", "c"]


async def test_a_failure_is_logged_without_what_was_written(caplog: pytest.LogCaptureFixture) -> None:
    """An inbox error may quote the row; its text stays out of the log."""

    async def receive(arrivals: Sequence[Arrival]) -> None:
        raise ValueError("INSERT … VALUES ('appel Jane')")

    async with open_to(receive) as intake:
        with pytest.raises(NotStored, match="ValueError"):
            await intake.store([row("a")])
    assert "ValueError" in caplog.text
    assert "Jane" not in caplog.text
