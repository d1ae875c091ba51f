"""Parley as people run it: processes of their own, with a configuration from the environment."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from tests.bench.world import World
from tests.emulators.slack import SlackEmulator
from tests.emulators.telegram import TelegramEmulator

CHECKOUT = Path(__file__).parents[2]
WITHIN = 30  # seconds that any of it may take on a machine that has much else to do

Environment = Mapping[str, str]


def environment(world: World, **settings: str) -> dict[str, str]:
    """This process's, with no setting of Parley's or Python's but these, and a home of its own.

    Modules are compiled once and kept, as everywhere but in some containers: the second start counts.
    """
    passed_over = ("PARLEY_", "PYTHON", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(passed_over)}
    home = world.path.parent
    own = {"HOME": str(home), "PYTHONPYCACHEPREFIX": str(home / "compiled")}
    return {**kept, **own, "PARLEY_DATABASE__URL": world.url, "PARLEY_LOG__LEVEL": "warning", **settings}


def telegram_settings(telegram: TelegramEmulator) -> dict[str, str]:
    return {
        "PARLEY_TELEGRAM__TOKEN": telegram.token,
        "PARLEY_TELEGRAM__API_URL": telegram.url,
        "PARLEY_TELEGRAM__RATE_LIMITS": "false",
    }


def slack_settings(slack: SlackEmulator) -> dict[str, str]:
    return {
        "PARLEY_SLACK__BOT_TOKEN": slack.bot_token,
        "PARLEY_SLACK__APP_TOKEN": slack.app_token,
        "PARLEY_SLACK__API_URL": slack.api_url,
        "PARLEY_SLACK__RATE_LIMITS": "false",
    }


@asynccontextmanager
async def python(
    *words: str, env: Environment, errors: int | IO[bytes] = subprocess.DEVNULL
) -> AsyncIterator[asyncio.subprocess.Process]:
    """``python WORDS`` in the checkout, with pipes; it is ended on leaving, if it has not ended."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *words),
        cwd=CHECKOUT,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
    )
    try:
        yield process
    finally:
        await ended(process)


async def ended(process: asyncio.subprocess.Process) -> None:
    """Ask the process to end, and wait for it."""
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), WITHIN)
    except TimeoutError:
        process.kill()
        await process.wait()


def resident(pid: int) -> float:
    """Memory that the process holds, in MB (10^6 bytes)."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        [kibibytes] = re.findall(r"VmRSS:\s+(\d+) kB", status.read_text())
    else:  # macOS
        kibibytes = subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)], text=True)
    return int(kibibytes) * 1024 / 1e6


def other_peoples(importtime: str) -> list[str]:
    """The modules of other people's packages that ``python -X importtime`` tells of, in that order."""
    names = re.findall(r"^import time:.*\|\s+(\S+)$", importtime, re.MULTILINE)
    own = {"bot", "handlers", "models", "tests", *sys.stdlib_module_names}
    return [name for name in names if name.split(".")[0] not in own and not name.startswith("_")]
