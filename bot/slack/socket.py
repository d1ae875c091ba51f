"""Socket Mode: a connection that is mended, or replaced, until it is not wanted any more.

The library mends most of what can happen to it (a disconnect frame, a close, a missing pong). There
are reports of connections that die without its noticing (slackapi/bolt-python#417, #1529,
slackapi/python-slack-sdk#1110), so somebody looks after it here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot import failpoint
from bot.clock import Clock
from bot.platform import Unavailable
from bot.slack import library
from bot.slack.api import Api
from bot.slack.patience import Patience

_CONNECT_WITHIN: Final = 10.0  # seconds
_CLOSE_WITHIN: Final = 2.0  # seconds: a peer that is gone answers no close frame
_ANSWERS_WITHIN: Final = 1.0  # seconds that envelopes under way get for their acknowledgement
_DEAF_FOR: Final = 3  # looks in a row after which a connection is given up


# What becomes of a payload that bolt cannot bear.
Otherwise = Callable[[Mapping[str, Any]], Awaitable[BoltResponse]]


class _Handler(AsyncSocketModeHandler):
    """One connection: each envelope through the app, then its acknowledgement if it was stored."""

    def __init__(self, app: AsyncApp, app_token: str, ping_interval: float, otherwise: Otherwise) -> None:
        super().__init__(app, app_token, logger=library.logger(), ping_interval=ping_interval)
        self._otherwise = otherwise
        self._under_way: set[asyncio.Task[Any]] = set()
        self._closing = False

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        """Answer one envelope; one that comes while the connection closes is left for the next one."""
        if self._closing:
            return
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            failpoint.reach("after_fetch")
            response = await self._answered(req)
            await send_async_response(client, req, response, 0.0)
            if response.status == 200:
                failpoint.reach("after_ack")
        finally:
            self._under_way.discard(task)

    async def _answered(self, req: SocketModeRequest) -> BoltResponse:
        try:
            response: BoltResponse = await run_async_bolt_app(self.app, req)
        except (AttributeError, LookupError, TypeError, ValueError):
            # Bolt looks for ids in a payload before anybody else does. What it stumbles over is stored
            # all the same: parsing sets it aside, where Slack would only send it again.
            response = await self._otherwise(req.payload)
        return response

    async def lives(self) -> bool:
        """Whether it is connected and every part of it still runs."""
        client = self.client
        parts = (client.message_processor, client.message_receiver, client.current_session_monitor)
        running = all(part is not None and not part.done() for part in parts)
        return running and await client.is_connected()

    async def let_go(self) -> None:
        """Close it, and leave nothing of it running."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_ANSWERS_WITHIN):
                while self._under_way:
                    await asyncio.wait(self._under_way)
        self._closing = True
        client = self.client
        parts = (client.message_processor, client.message_receiver, client.current_session_monitor)
        try:
            async with asyncio.timeout(_CLOSE_WITHIN):
                await client.close()  # type: ignore[no-untyped-call]
        except TimeoutError:
            await client.aiohttp_client_session.close()
        left = [part for part in parts if part is not None]
        for part in left:
            part.cancel()
        await asyncio.gather(*left, return_exceptions=True)


class Socket:
    """Receives envelopes until cancelled.

    ``otherwise`` stores a payload that ``app`` cannot bear. ``connected`` is called after each
    connection, made by us or by the library, with how long nothing was heard before it (None: ever).
    ``ping_interval`` in seconds. ``alive`` says whether Slack can deliver at the moment.
    """

    def __init__(
        self,
        api: Api,
        app_token: str,
        app: AsyncApp,
        patience: Patience,
        *,
        otherwise: Otherwise,
        connected: Callable[[timedelta | None], None],
        clock: Clock,
        ping_interval: float,
    ) -> None:
        self._api = api
        self._app_token = app_token
        self._app = app
        self._patience = patience
        self._otherwise = otherwise
        self._connected = connected
        self._clock = clock
        self._ping_interval = ping_interval
        self._last_heard: datetime | None = None
        self.alive = False

    async def run(self) -> None:
        """Keep one connection; raises the meaning of a refusal, such as Unauthorised."""
        while True:
            handler = await self._patience.insist(self._connection)
            try:
                self.alive = True
                await self._watch(handler)
            finally:
                self.alive = False
                await handler.let_go()

    async def _connection(self) -> _Handler:
        url = await self._api.open_socket(self._app_token)
        handler = _Handler(self._app, self._app_token, self._ping_interval, self._otherwise)
        handler.client.message_listeners.append(self._frame)
        handler.client.wss_uri = url
        try:
            async with asyncio.timeout(_CONNECT_WITHIN):
                await handler.client.connect()  # type: ignore[no-untyped-call]
        except TimeoutError:
            await handler.let_go()
            raise Unavailable("socket: no connection") from None
        except asyncio.CancelledError:
            await handler.let_go()
            raise
        return handler

    async def _watch(self, handler: _Handler) -> None:
        """Return when the connection is beyond the library's mending."""
        deaf, pong = 0, handler.client.last_ping_pong_time
        while deaf < _DEAF_FOR:
            await asyncio.sleep(self._ping_interval)
            self.alive = await handler.lives()
            deaf = 0 if self.alive else deaf + 1
            if self.alive and handler.client.last_ping_pong_time != pong:
                pong = handler.client.last_ping_pong_time
                self._heard()
        self._patience.say("socket: no sign of life; connecting anew")

    async def _frame(
        self, _client: AsyncBaseSocketModeClient, message: dict[str, Any], _raw: str | None
    ) -> None:
        """Every frame but disconnects; the first one of each connection is ``hello``."""
        if message.get("type") == "hello":
            self._connected(self._clock.now() - self._last_heard if self._last_heard else None)
        self._heard()

    def _heard(self) -> None:
        self._last_heard = self._clock.now()
        self._patience.sign()
