"""A server on loopback for tests, and what strangers send it, byte by byte."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from msgspec.structs import replace

from bot.app import App
from bot.clock import SimulatedClock
from bot.config import Config, Database
from bot.config.schema import Http
from bot.http.application import MOST_HELD, application
from bot.http.server import Server, bound
from bot.platform import Answer, Receiver
from bot.tally import Tally
from models.member import Member
from tests.bot.machine import team
from tests.emulators.chat_in_memory import ChatService


@dataclass
class Echo:
    """A receiver that keeps what it was given, and answers 200 unless it is told otherwise."""

    path: str = "/echo"
    status: int = 200
    raises: BaseException | None = None
    got: list[tuple[Sequence[tuple[str, str]], bytes]] = field(default_factory=list)

    def receiver(self, largest: int = 1000) -> Receiver:
        """Its route."""
        return Receiver("echo", "POST", self.path, self._receive, largest)

    async def _receive(self, headers: Sequence[tuple[str, str]], body: bytes) -> Answer:
        self.got.append((headers, body))
        if self.raises is not None:
            raise self.raises
        return Answer(self.status, b"heard")


@dataclass(frozen=True)
class Served:
    """Where a server of a test listens."""

    port: int
    tally: Tally

    async def says(self, *parts: bytes, pause: float = 0.0, within: float = 5.0) -> bytes:
        """Send the parts on a new connection; what came back until the server ended it, or went quiet."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        heard = bytearray()
        listening = asyncio.create_task(_listen(reader, heard))
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
            await asyncio.wait([listening], timeout=within)
        except ConnectionError:
            await asyncio.wait([listening], timeout=within)
        finally:
            listening.cancel()
            writer.close()
            await asyncio.gather(writer.wait_closed(), listening, return_exceptions=True)
        return bytes(heard)

    async def status(self, *parts: bytes, pause: float = 0.0) -> int:
        """The status of the first answer, 0 where there was none."""
        said = await self.says(*parts, pause=pause)
        return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/1.") else 0


async def _listen(reader: asyncio.StreamReader, heard: bytearray) -> None:
    with suppress(ConnectionError):
        while part := await reader.read(65536):
            heard += part


@asynccontextmanager
async def served(
    *receivers: Receiver, head_within: float = 5.0, body_within: float = 5.0, most_held: int = MOST_HELD
) -> AsyncIterator[Served]:
    """The receivers behind the real server, on a free port."""
    tally = Tally()
    made = application(receivers, tally, body_within=body_within, most_held=most_held)
    server = Server(made, bound("127.0.0.1", 0), head_within=head_within)
    task = asyncio.create_task(server.run())
    try:
        yield Served(server.port, tally)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def free_port() -> int:
    """One that nobody has at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as place:
        return int(place.getsockname()[1])


@asynccontextmanager
async def serving(
    url: str, clock: SimulatedClock, *services: ChatService, http: Http | None = None
) -> AsyncIterator[tuple[App, Served]]:
    """A process at work, and where it listens."""
    settings = replace(http or Http(), port=free_port())
    app = App(Config(database=Database(url=url), http=settings), clock=clock, platforms=services, live=True)
    await app.open()
    try:
        if not await Member.exists():
            await team(app.database, *(service.name for service in services))
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(app.run(stop))
            try:
                yield app, Served(settings.port, app.tally)
            finally:
                stop.set()
    finally:
        await app.close()


def post(path: str, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """A request after which the connection is to end."""
    told = len(body) if length is None else length
    lines = [f"POST {path} HTTP/1.1", "Host: h", "Connection: close", f"Content-Length: {told}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def get(path: str, *headers: str) -> bytes:
    """As :func:`post`, of a page."""
    return (
        "\r\n".join([f"GET {path} HTTP/1.1", "Host: h", "Connection: close", *headers]).encode() + b"\r\n\r\n"
    )
