"""A supervisor: starts the real server again and again, one process after the other."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from bot.failpoint import VARIABLE

_CHECKOUT = Path(__file__).parents[2]
_ENDS_WITHIN = 20  # seconds, on a machine that has much else to do


class Process:
    """One running server. ``log`` is the file that collects what it and its predecessors wrote."""

    def __init__(self, pid: int, status: asyncio.Task[int], log: Path) -> None:
        self._pid = pid
        self._status = status
        self._log = log

    async def ended(self) -> int:
        """Wait until it has ended; its exit status, negative where a signal killed it."""
        try:
            async with asyncio.timeout(_ENDS_WITHIN):
                return await asyncio.shield(self._status)
        except TimeoutError:
            raise AssertionError(f"the process goes on:\n{self.words()}") from None

    async def stop(self) -> int:
        """End it as a supervisor does; its exit status."""
        os.kill(self._pid, signal.SIGTERM)
        return await self.ended()

    def words(self) -> str:
        """The end of what was written."""
        return self._log.read_text()[-4000:]

    async def kill(self) -> None:
        """kill -9, unless it has ended."""
        if not self._status.done():
            os.kill(self._pid, signal.SIGKILL)
        await self._status


class Supervisor:
    """Has a fork server at its disposal, see :mod:`tests.kill.fork_server`."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.kill.fork_server"],
            cwd=_CHECKOUT,
            env={name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @asynccontextmanager
    async def process(
        self, settings: Mapping[str, str], now: datetime, log: Path, failpoint: str = ""
    ) -> AsyncIterator[Process]:
        """``parley run`` with these variables, at a clock that stands at ``now``; killed on leaving.

        ``failpoint`` is where it kills itself, such as ``after_send:2``.
        """
        order = {"settings": {**settings, VARIABLE: failpoint}, "now": now.isoformat(), "log": str(log)}
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        pid = await asyncio.to_thread(self._told)
        process = Process(pid, asyncio.create_task(asyncio.to_thread(self._told)), log)
        try:
            yield process
        finally:
            await process.kill()

    def close(self) -> None:
        """No more processes."""
        with self._server:
            assert self._server.stdin is not None
            self._server.stdin.close()

    def _told(self) -> int:
        assert self._server.stdout is not None
        return int(self._server.stdout.readline())
