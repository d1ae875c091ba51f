"""From the command to readiness, beside the time that importing other people's packages takes alone."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import IO

from tests.bench.at_terminal import at_terminal
from tests.bench.figure import Bar, Figure
from tests.bench.processes import (
    WITHIN,
    Environment,
    environment,
    other_peoples,
    python,
    slack_settings,
    telegram_settings,
)
from tests.bench.world import SPEAKER, World
from tests.emulators.slack import SlackEmulator
from tests.emulators.telegram import TelegramEmulator

ROUNDS = 5
MUST = Bar(1.5, "s")
CHAT = ("-m", "bot", "chat", "--as", SPEAKER)
RUN = ("-m", "bot", "run")
PROMPT = "❯".encode()


@dataclass(frozen=True, slots=True)
class Start:
    """One way to start Parley. ``ready`` starts it with these words before its own, waits until it is
    ready, and returns how many seconds that took."""

    what: str
    ready: Callable[..., Awaitable[float]]
    bar: Bar | None = MUST


async def measure(world: World) -> list[Figure]:
    """The terminal, the server with both platforms, and the first answer through a pipe."""
    env = environment(world)
    async with (
        TelegramEmulator(flood_limits=False) as telegram,
        SlackEmulator(rate_limits=False) as slack,
    ):
        served = environment(world, **telegram_settings(telegram), **slack_settings(slack))
        starts = (
            Start("parley chat, the prompt is shown", lambda *words, **more: _prompt(words, env, **more)),
            Start(
                "parley run, Telegram is polled and Slack connected",
                lambda *words, **more: _connected(words, served, telegram, slack, **more),
            ),
            Start(
                "parley chat, first answer through a pipe",
                lambda *words, **more: _answered(words, env, **more),
                bar=None,
            ),
        )
        return [await _beside_imports(start, env) for start in starts]


async def _beside_imports(start: Start, env: Environment) -> Figure:
    """Alternate rounds of both sides; the modules are those that this very start imports."""
    modules = await _modules(start)
    statement = f"for name in {modules!r}:\n try: __import__(name)\n except ImportError: pass"
    mine, floor = [], []
    for _ in range(ROUNDS):
        mine.append(await start.ready())
        floor.append(await _ended(statement, env))
    return Figure(
        what=f"start to ready: {start.what}",
        ours=f"{median(mine):.2f} s",
        theirs=f"bare Python importing its {len(modules)} third-party modules: {median(floor):.2f} s",
        value=median(mine),
        bar=start.bar,
        unit="s",
    )


async def _modules(start: Start) -> list[str]:
    with tempfile.TemporaryFile() as told:
        await start.ready("-X", "importtime", errors=told)
        told.seek(0)
        return other_peoples(told.read().decode())


async def _ended(statement: str, env: Environment) -> float:
    begun = time.perf_counter()
    async with python("-c", statement, env=env) as process:
        await process.wait()
        return time.perf_counter() - begun


async def _prompt(words: tuple[str, ...], env: Environment, errors: IO[bytes] | None = None) -> float:
    begun = time.perf_counter()
    async with at_terminal(*words, *CHAT, env=env, errors=errors) as terminal:
        await terminal.shows(PROMPT)
        return time.perf_counter() - begun


async def _answered(
    words: tuple[str, ...], env: Environment, errors: int | IO[bytes] = subprocess.DEVNULL
) -> float:
    begun = time.perf_counter()
    async with python(*words, *CHAT, env=env, errors=errors) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"help\n")
        await process.stdin.drain()
        assert await process.stdout.readline()
        return time.perf_counter() - begun


async def _connected(
    words: tuple[str, ...],
    env: Environment,
    telegram: TelegramEmulator,
    slack: SlackEmulator,
    errors: int | IO[bytes] = subprocess.DEVNULL,
) -> float:
    polls, connections = telegram.polls, slack.connections
    begun = time.perf_counter()
    async with python(*words, *RUN, env=env, errors=errors):
        await telegram.until(lambda: telegram.polls > polls, WITHIN)
        await slack.until(lambda: slack.connections > connections, WITHIN)
        return time.perf_counter() - begun
