"""Fifty commands a second, for as long as is asked: how long people wait for their answers.

The server, the emulated Telegram and those who type share the machine.
"""

from __future__ import annotations

from tests.bench.figure import Bar, Figure
from tests.bench.people import Crowd
from tests.bench.processes import WITHIN, environment, python, resident, telegram_settings
from tests.bench.starting import RUN
from tests.bench.world import COLLEAGUES, World, join
from tests.emulators.telegram import TelegramEmulator

COMMANDS = 50  # a second
P95, P99 = Bar(300, "ms"), Bar(1_000, "ms")


async def measure(world: World, seconds: float = 15, latency: float = 0.05) -> list[Figure]:
    """``latency``: seconds that Telegram takes to answer a message."""
    async with TelegramEmulator(flood_limits=False) as telegram:
        crowd = Crowd(telegram, world, COLLEAGUES)
        await join(world, "telegram", [("", str(each.id), str(each.id)) for each in crowd.people])
        telegram.fault("sendMessage", times=None, delay=latency)
        env = environment(world, **telegram_settings(telegram))
        async with python(*RUN, env=env) as server:
            await crowd.type(COLLEAGUES, 1)  # until it is up and warm
            await crowd.answered(WITHIN)
            crowd.waited.clear()
            await crowd.type(COMMANDS, seconds)
            await crowd.answered(WITHIN)
            weight = resident(server.pid)
    assert not crowd.unanswered, f"{crowd.unanswered} of {COMMANDS * seconds} unanswered"
    kind = "SQLite" if world.url.startswith("sqlite") else "PostgreSQL"
    what = f"{COMMANDS} commands a second for {seconds:g} s, {kind}, Telegram {latency * 1000:g} ms away"
    shown = f"p50 {crowd.percentile(0.5) * 1000:.0f} ms, {weight:.0f} MB"
    return [
        Figure(f"{what}: p95 of waiting", shown, "–", crowd.percentile(0.95) * 1000, P95, "ms"),
        Figure(f"{what}: p99 of waiting", shown, "–", crowd.percentile(0.99) * 1000, P99, "ms"),
    ]
