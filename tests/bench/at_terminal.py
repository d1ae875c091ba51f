"""``parley chat`` at a terminal: a pseudo-terminal, as a person's window is one."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO

from tests.bench.processes import CHECKOUT, WITHIN, Environment, ended

_SIZE = struct.pack("HHHH", 40, 100, 0, 0)  # rows and columns


@dataclass(slots=True)
class AtTerminal:
    """A chat on a screen."""

    process: asyncio.subprocess.Process
    screen: asyncio.StreamReader

    async def shows(self, words: bytes) -> None:
        """Wait until the screen has shown these words.

        Raises: TimeoutError.
        """
        async with asyncio.timeout(WITHIN):
            shown = b""
            while words not in shown:
                shown += await self.screen.read(65_536)


@asynccontextmanager
async def at_terminal(
    *words: str, env: Environment, errors: IO[bytes] | None = None
) -> AsyncIterator[AtTerminal]:
    """``python WORDS`` at a terminal of 40 rows; it is ended on leaving. ``errors`` None: shown there too."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, _SIZE)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *words),
        cwd=CHECKOUT,
        # This terminal does not tell where its cursor is.
        env={**env, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
        stdin=theirs,
        stdout=theirs,
        stderr=errors or theirs,
        start_new_session=True,
    )
    os.close(theirs)
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(ours, "rb"))
    try:
        yield AtTerminal(process, reader)
    finally:
        await ended(process)
