"""A gate in front of a PostgreSQL server, which a test can freeze, cut, or shut at a chosen message."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.postgres import PORT, Server

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Passes bytes on, both ways, until it is told otherwise."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = Server(folder)
        self._behind = str(server.folder / f".s.PGSQL.{PORT}")
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._fatal: bytes | None = None
        self._refuses = False

    def freeze(self) -> None:
        """Accept everything and pass nothing on, as a network does that lost its way."""
        self._open.clear()

    def thaw(self) -> None:
        self._open.set()

    def cut(self) -> None:
        """Break every connection that there is; new ones pass."""
        for writer in self._writers:
            writer.transport.abort()

    def refuse(self) -> None:
        """Break every connection, new ones too, as when the server is down."""
        self._refuses = True
        self.cut()

    def admit(self) -> None:
        self._refuses = False

    def cut_after(self, words: bytes) -> None:
        """Break the connection whose client says ``words``, once they have reached the server."""
        self._fatal = words

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        behind = await asyncio.open_unix_connection(self._behind)
        self._writers |= {writer, behind[1]}
        self._tasks |= {
            asyncio.create_task(self._pass(reader, behind[1], from_client=True)),
            asyncio.create_task(self._pass(behind[0], writer, from_client=False)),
        }

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, from_client: bool
    ) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(65536):
                await self._open.wait()
                writer.write(piece)
                await writer.drain()
                if from_client and self._fatal is not None and self._fatal in piece:
                    self._fatal = None
                    await self._swallow()
        writer.close()

    async def _swallow(self) -> None:
        # The server must have acted on the words before its answer is lost.
        self._open.clear()
        await asyncio.sleep(0.05)
        self.cut()
        self._open.set()

    async def close(self) -> None:
        self.thaw()
        self.cut()
        await asyncio.gather(*self._tasks)


def through(proxy: Proxy, url: str) -> str:
    """The address of a database on the server, as it is reached through the proxy."""
    return proxy.server.url(url.partition("@/")[2].partition("?")[0])


@asynccontextmanager
async def proxied(server: Server) -> AsyncIterator[Proxy]:
    """A proxy before the server, at an address of its own."""
    with tempfile.TemporaryDirectory(prefix="proxy-") as folder:
        proxy = Proxy(server, Path(folder))
        path = Path(folder) / f".s.PGSQL.{PORT}"
        listener = await asyncio.start_unix_server(proxy.accept, path)
        try:
            yield proxy
        finally:
            listener.close()
            await proxy.close()
