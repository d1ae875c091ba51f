"""One Socket Mode connection: each envelope is stored, then acknowledged, until the connection ends.

The library would mend a connection by closing it and opening the next one, with a deaf moment between the
two. Here it only says that its end has come: whoever looks after it opens the next one first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from aiohttp import WSMessage
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot import failpoint
from bot.slack import library

_CLOSE_WITHIN: Final = 2.0  # seconds: a peer that is gone answers no close frame
_ANSWERS_WITHIN: Final = 1.0  # seconds that envelopes under way get for their acknowledgement

# What becomes of a payload that bolt cannot bear.
Otherwise = Callable[[Mapping[str, Any]], Awaitable[BoltResponse]]


class _Client(SocketModeClient):
    """The library's without its mending: ``ended`` is set instead, ``was_closed`` by a close."""

    def __init__(self, app: AsyncApp, app_token: str, ping_interval: float) -> None:
        super().__init__(
            app_token, logger=library.logger(), web_client=app.client, ping_interval=ping_interval
        )
        self.ended = asyncio.Event()
        self.was_closed = asyncio.Event()
        self.on_close_listeners.append(self._closed)

    async def _closed(self, _message: WSMessage) -> None:
        self.was_closed.set()

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Called at a disconnect frame, a close and a missing pong."""
        self.ended.set()


class Connection:
    """``greeted`` says whether Slack said hello; one that ends before that was one too many."""

    def __init__(self, app: AsyncApp, app_token: str, ping_interval: float, otherwise: Otherwise) -> None:
        self._app = app
        self._otherwise = otherwise
        self._under_way: set[asyncio.Task[Any]] = set()
        self._closing = False
        self.greeted = False
        self.client = _Client(app, app_token, ping_interval)
        self.client.socket_mode_request_listeners.append(self._handle)

    @property
    def last_pong(self) -> float | None:
        """When the last one came, in seconds since 1970."""
        return self.client.last_ping_pong_time

    async def open(self, url: str) -> None:
        """Connect to an address that Slack has just given out."""
        self.client.wss_uri = url
        await self.client.connect()  # type: ignore[no-untyped-call] # slack_sdk's own

    async def lives(self) -> bool:
        """Whether it is connected and every part of it still runs."""
        client = self.client
        parts = (client.message_processor, client.message_receiver, client.current_session_monitor)
        running = all(part is not None and not part.done() for part in parts)
        return running and await client.is_connected()

    async def ends(self, within: float) -> bool:
        """Wait for its end, so many seconds; returns whether it came."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self.client.ended.wait()
        return self.client.ended.is_set()

    async def closes(self, within: float) -> None:
        """Go on answering what still comes until Slack closes it, at most so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self.client.was_closed.wait()

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
                await client.close()  # type: ignore[no-untyped-call] # slack_sdk's own
        except TimeoutError:
            await client.aiohttp_client_session.close()
        left = [part for part in parts if part is not None]
        for part in left:
            part.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
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
            response: BoltResponse = await run_async_bolt_app(self._app, req)
        except (AttributeError, LookupError, TypeError, ValueError):
            # Bolt looks for ids in a payload before anybody else does. What it stumbles over is stored
            # all the same: parsing sets it aside, where Slack would only send it again.
            response = await self._otherwise(req.payload)
        return response
