"""One member sends a thousand messages a second: how long the others wait, and what it costs.

Parley keeps to Telegram's limits here, and lets nobody ask without end; the emulated Telegram refuses
nothing.
"""

from __future__ import annotations

import asyncio
import time

from tests.bench.figure import Bar, Figure
from tests.bench.people import Crowd
from tests.bench.processes import WITHIN, environment, python, resident, telegram_settings
from tests.bench.starting import RUN
from tests.bench.world import COLLEAGUES, World, join
from tests.emulators.telegram import TelegramEmulator, User

FLOOD = 1_000  # messages a second
OTHERS = 5  # lines a second, of all the others together
P99, GROWTH = Bar(2_000, "ms"), Bar(200, "MB")


async def measure(world: World, seconds: float = 15) -> list[Figure]:
    """So long it lasts."""
    async with TelegramEmulator(flood_limits=False) as telegram:
        crowd = Crowd(telegram, world, COLLEAGUES)
        await join(world, "telegram", [("", str(each.id), str(each.id)) for each in crowd.people])
        flooder = crowd.people.pop()
        settings = {**telegram_settings(telegram), "PARLEY_TELEGRAM__RATE_LIMITS": "true"}
        async with python(*RUN, env=environment(world, **settings)) as server:
            await crowd.type(OTHERS, 4)  # until it is up and warm
            await crowd.answered(WITHIN)
            crowd.waited.clear()
            before = resident(server.pid)
            sent, _ = await asyncio.gather(_flooded(flooder, seconds), crowd.type(OTHERS, seconds))
            await crowd.answered(WITHIN)
            grown = resident(server.pid) - before
    assert not crowd.unanswered, f"{crowd.unanswered} lines of others unanswered"
    what = f"one member sends {sent / seconds:,.0f} messages a second for {seconds:g} s"
    shown = f"p50 {crowd.percentile(0.5) * 1000:.0f} ms, {len(crowd.waited)} lines, none lost"
    return [
        Figure(f"{what}: the others' p99", shown, "–", crowd.percentile(0.99) * 1000, P99, "ms"),
        Figure(f"{what}: memory grown", f"{grown:.0f} MB", "–", grown, GROWTH, "MB"),
    ]


async def _flooded(person: User, seconds: float) -> int:
    """Send evenly, from a task beside the others; returns how many were sent."""
    begun, sent = time.perf_counter(), 0
    while (passed := time.perf_counter() - begun) < seconds:
        while sent < passed * FLOOD:
            person.says(f"about {sent}")
            sent += 1
        await asyncio.sleep(0.005)
    return sent
