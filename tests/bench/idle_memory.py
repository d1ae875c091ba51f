"""Memory that Parley holds while nobody says anything."""

from __future__ import annotations

import asyncio

from tests.bench.at_terminal import at_terminal
from tests.bench.figure import Bar, Figure
from tests.bench.processes import (
    WITHIN,
    environment,
    python,
    resident,
    slack_settings,
    telegram_settings,
)
from tests.bench.starting import CHAT, PROMPT, RUN
from tests.bench.world import World
from tests.emulators.slack import SlackEmulator
from tests.emulators.telegram import TelegramEmulator

TERMINAL = Bar(90, "MB")
BOTH = Bar(130, "MB")
SETTLED = 2.0  # seconds of idling before it is weighed


async def measure(world: World) -> list[Figure]:
    """The chat at a terminal, and the server with both platforms connected."""
    return [
        _figure("parley chat at a terminal", await _terminal(world), TERMINAL),
        _figure("parley run with Telegram and Slack", await _both(world), BOTH),
    ]


def _figure(what: str, weight: float, bar: Bar) -> Figure:
    return Figure(f"memory idle: {what}", f"{weight:.0f} MB", "–", weight, bar, "MB")


async def _terminal(world: World) -> float:
    async with at_terminal(*CHAT, env=environment(world)) as terminal:
        await terminal.shows(PROMPT)
        return await _weighed(terminal.process)


async def _both(world: World) -> float:
    async with (
        TelegramEmulator(flood_limits=False) as telegram,
        SlackEmulator(rate_limits=False) as slack,
    ):
        env = environment(world, **telegram_settings(telegram), **slack_settings(slack))
        async with python(*RUN, env=env) as server:
            await telegram.until(lambda: telegram.polls > 0, WITHIN)
            await slack.connected(within=WITHIN)
            return await _weighed(server)


async def _weighed(process: asyncio.subprocess.Process) -> float:
    await asyncio.sleep(SETTLED)
    return resident(process.pid)
