"""The real server in a process of its own, started and killed as often as a test wants."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

_STARTS_WITHIN = 60  # seconds, on a machine that has much else to do


class Server:
    """``python -m bot run``. ``settings`` are variables of its environment; ``log`` collects its lines."""

    def __init__(self, settings: Mapping[str, str], log: Path) -> None:
        self._settings = settings
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._started = asyncio.Event()
        self.kills = 0

    async def launch(self) -> None:
        """Begin a process; it is not ready yet."""
        self._started.clear()
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            cwd=self._log.parent,  # where no config.toml lies
            env=os.environ | self._settings,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read(self._process.stderr))

    async def started(self) -> None:
        """Wait until it says that it has started."""
        async with asyncio.timeout(_STARTS_WITHIN):
            await self._started.wait()

    async def replace(self) -> None:
        """kill -9, and begin another at once."""
        assert self._process is not None
        assert self._process.returncode is None, f"the server ended by itself:\n{self.words()[-3000:]}"
        self._process.kill()
        self.kills += 1
        await self._gone()
        await self.launch()

    async def stop(self) -> None:
        """End it as a supervisor does, if it runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
        await self._gone()

    def words(self) -> str:
        """All that it and those before it wrote to their log."""
        return self._log.read_text() if self._log.exists() else ""

    async def _gone(self) -> None:
        if self._process is not None and self._reading is not None:
            await self._process.wait()
            await self._reading
        self._process = self._reading = None

    async def _read(self, lines: asyncio.StreamReader | None) -> None:
        assert lines is not None
        with self._log.open("ab", buffering=0) as log:
            async for line in lines:
                log.write(line)
                if b" started " in line:
                    self._started.set()


@asynccontextmanager
async def killed_about_every_two_seconds(servers: Sequence[Server], chance: Random) -> AsyncIterator[None]:
    """Kill one of them again and again, and start it at once; on leaving all are left in peace."""
    enough = asyncio.Event()
    killing = asyncio.create_task(_kill_again_and_again(servers, chance, enough))
    try:
        yield
    finally:
        enough.set()
        await killing
    for server in servers:
        await server.started()


async def _kill_again_and_again(servers: Sequence[Server], chance: Random, enough: asyncio.Event) -> None:
    """A start takes the better part of a second: one in eight is killed at it, the others soon after."""
    while not enough.is_set():
        server = chance.choice(servers)
        if chance.random() < 1 / 8:
            await asyncio.sleep(chance.uniform(0, 1))
        else:
            await server.started()
            await asyncio.sleep(chance.uniform(0.5, 2))
        await server.replace()
