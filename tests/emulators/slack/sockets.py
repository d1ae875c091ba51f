"""Socket Mode: tickets, WebSockets, envelopes and acknowledgements.

docs.slack.dev/apis/events-api/using-socket-mode; frames as in slackapi/java-slack-sdk EnvelopeTest.
"""

import asyncio
import json
import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import WSMsgType, web

from . import limits
from .bell import Bell
from .deliveries import Delivery
from .problems import Json
from .workspace import APP_ID

# How long a client may take to answer a close frame; a killed one never does.
_CLOSE_SECONDS = 0.5

Acknowledged = Callable[[Delivery, Json | None, bool], None]


@dataclass(slots=True)
class _Sent:
    """An envelope on its way: the delivery it carries and who waits for its acknowledgement."""

    delivery: Delivery
    answer: asyncio.Future[bool]


class Sockets:
    """The open connections of one app; an envelope goes to any one of them."""

    def __init__(self, bell: Bell, acknowledged: Acknowledged, ack_seconds: float) -> None:
        self._bell = bell
        self._acknowledged = acknowledged
        self._ack_seconds = ack_seconds
        self._tickets: set[str] = set()
        self._sent: dict[str, _Sent] = {}
        self._closing: set[asyncio.Task[None]] = set()
        # Seeded: which socket an envelope takes is arbitrary, but the same in each run.
        self._choice = random.Random(0)
        self._live: dict[web.WebSocketResponse, web.Request] = {}
        self.open: list[web.WebSocketResponse] = []
        self.greeted = 0
        self.oddities: list[str] = []

    def new_ticket(self) -> str:
        """Return a ticket for one connection."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return ticket

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket from hello to close; an unknown or used ticket is refused."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            # Our own rule: what Slack answers to a used ticket is not documented.
            return web.Response(status=403, text="unknown or used ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(timeout=_CLOSE_SECONDS)
        await socket.prepare(request)
        if len(self.open) >= limits.SOCKETS:
            await self._say_goodbye(socket, "too_many_websockets")
            await socket.close()
            return socket
        self._live[socket] = request
        await socket.send_json(_hello(len(self.open) + 1))
        self.open.append(socket)
        self.greeted += 1
        self._bell.ring()
        try:
            await self._read(socket)
        finally:
            self._live.pop(socket, None)
            self._forget(socket)
        return socket

    async def carry(self, delivery: Delivery, envelope: Json) -> bool | None:
        """Send to any open socket and wait ``ack_seconds``; None when none is open."""
        if not self.open:
            return None
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._sent[envelope["envelope_id"]] = _Sent(delivery, answer)
        delivery.envelopes.append(envelope["envelope_id"])
        try:
            await self._choice.choice(self.open).send_json(envelope)
            async with asyncio.timeout(self._ack_seconds):
                return await answer
        except TimeoutError:
            return False
        except ConnectionError:
            return None

    async def push(self, frame: str | bytes) -> None:
        """Send a frame as it is to any open socket; raises LookupError when none is open."""
        if not self.open:
            raise LookupError("no socket is open; await slack.connected() first")
        socket = self._choice.choice(self.open)
        await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))

    def freeze(self) -> None:
        """Read nothing more from any connection, and close none."""
        for request in self._live.values():
            assert request.transport is not None
            request.transport.pause_reading()

    async def disconnect(self, reason: str, close_after: float, most: int | None = None) -> None:
        """Announce the end to open sockets, at most so many, and close each ``close_after`` seconds later."""
        for socket in list(self.open)[:most]:
            await self._say_goodbye(socket, reason)
            self._close_later(socket, close_after)

    def cut(self, cut: Callable[[web.Request], None]) -> None:
        """Break every connection with ``cut``, without a word."""
        for socket, request in list(self._live.items()):
            self._forget(socket)
            cut(request)

    async def stop(self) -> None:
        """Close every socket."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        await asyncio.gather(*(socket.close() for socket in list(self._live)))

    def _close_later(self, socket: web.WebSocketResponse, seconds: float) -> None:
        async def close() -> None:
            await asyncio.sleep(seconds)
            self._forget(socket)
            await socket.close()

        task = asyncio.ensure_future(close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _forget(self, socket: web.WebSocketResponse) -> None:
        if socket in self.open:
            self.open.remove(socket)
            self._bell.ring()

    async def _say_goodbye(self, socket: web.WebSocketResponse, reason: str) -> None:
        frame = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}}
        await socket.send_json(frame)

    async def _read(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._acknowledge(message.data)
            else:
                self.oddities.append(f"a frame of type {message.type.name}")

    def _acknowledge(self, data: str) -> None:
        try:
            frame = json.loads(data)
        except ValueError:
            frame = None
        sent = self._sent.get(frame.get("envelope_id", "")) if isinstance(frame, dict) else None
        if sent is None:
            # Slack is silent about such frames; a test wants to know.
            self.oddities.append(f"not an acknowledgement of any envelope: {data[:200]}")
            return
        self._take(sent, frame)
        self._bell.ring()

    def _take(self, sent: _Sent, frame: Mapping[str, object]) -> None:
        payload = frame.get("payload")
        found = payload if isinstance(payload, dict) else None
        late = sent.answer.cancelled()
        if sent.answer.done() and not late:
            self.oddities.append(f"acknowledged twice: {sent.delivery.id}")
            return
        if found and not sent.delivery.accepts_response_payload:
            self.oddities.append(f"a payload where none is accepted: {sent.delivery.type}")
        self._acknowledged(sent.delivery, found, late)
        if not late:
            sent.answer.set_result(True)


def _hello(connections: int) -> Json:
    return {
        "type": "hello",
        "num_connections": connections,
        "debug_info": {
            "host": "applink-1",
            "build_number": 1,
            "approximate_connection_time": limits.CONNECTION_SECONDS,
        },
        "connection_info": {"app_id": APP_ID},
    }
