"""Socket Mode: a connection that is replaced in time, or when it has died, until it is not wanted any more.

Slack ends each connection after some hours, with a warning about ten seconds ahead
(docs.slack.dev/apis/events-api/using-socket-mode): the next one is open before the old one closes. There are
reports of connections that die without the library's noticing (slackapi/bolt-python#417, #1529,
slackapi/python-slack-sdk#1110), so somebody looks after it here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient

from bot.platform import Unavailable
from bot.slack.api import Api
from bot.slack.connection import Connection, Otherwise
from bot.slack.patience import Patience

_CONNECT_WITHIN: Final = 10.0  # seconds
_DEAF_FOR: Final = 3  # looks in a row after which a connection is given up
_OVERLAP: Final = 15.0  # seconds that an announced end may take: longer than Slack's warning


class Socket:
    """Receives envelopes until cancelled.

    ``otherwise`` stores a payload that ``app`` cannot bear. ``greeted`` is called after each connection,
    ``heard`` at each sign that Slack gives. ``ping_interval`` in seconds. ``alive`` says whether Slack can
    deliver at the moment.
    """

    def __init__(
        self,
        api: Api,
        app_token: str,
        app: AsyncApp,
        patience: Patience,
        *,
        otherwise: Otherwise,
        greeted: Callable[[], None],
        heard: Callable[[], None],
        ping_interval: float,
    ) -> None:
        self._api = api
        self._app_token = app_token
        self._app = app
        self._patience = patience
        self._otherwise = otherwise
        self._greeted = greeted
        self._heard = heard
        self._ping_interval = ping_interval
        self._retiring: set[asyncio.Task[None]] = set()
        self.alive = False

    async def run(self) -> None:
        """Keep one connection; raises the meaning of a refusal, such as Unauthorised."""
        old: Connection | None = None
        try:
            while True:
                fresh = await self._patience.insist(self._connection)
                if old is not None:
                    self._retire(old)
                old, self.alive = fresh, True
                if await self._watch(fresh):
                    continue  # announced: it goes on until the next one is there
                self.alive, old = False, None
                await fresh.let_go()
        finally:
            self.alive = False
            for task in self._retiring:
                task.cancel()
            await asyncio.gather(*self._retiring, return_exceptions=True)
            if old is not None:
                await old.let_go()

    async def _connection(self) -> Connection:
        url = await self._api.open_socket(self._app_token)
        made = Connection(self._app, self._app_token, self._ping_interval, self._otherwise)

        async def frame(
            _client: AsyncBaseSocketModeClient, message: dict[str, Any], _raw: str | None
        ) -> None:
            """Every frame but disconnects; the first one of each connection is ``hello``."""
            if message.get("type") == "hello":
                made.greeted = True
                self._greeted()
            self._heard()

        made.client.message_listeners.append(frame)
        try:
            async with asyncio.timeout(_CONNECT_WITHIN):
                await made.open(url)
        except TimeoutError:
            await made.let_go()
            raise Unavailable("socket: no connection") from None
        except asyncio.CancelledError:
            await made.let_go()
            raise
        return made

    async def _watch(self, connection: Connection) -> bool:
        """Return at its end; whether that was announced, so that it can be used until it closes."""
        deaf, pong = 0, connection.last_pong
        while deaf < _DEAF_FOR:
            if await connection.ends(self._ping_interval):
                return await self._announced(connection)
            self.alive = await connection.lives()
            deaf = 0 if self.alive else deaf + 1
            if self.alive and connection.last_pong != pong:
                pong = connection.last_pong
                self._heard()
        self._patience.say("socket: no sign of life; connecting anew")
        return False

    async def _announced(self, connection: Connection) -> bool:
        if not connection.greeted:
            # Slack did not take it (too_many_websockets): neither will it take the next one at once.
            await asyncio.sleep(self._ping_interval)
        return connection.greeted and await connection.lives()

    def _retire(self, connection: Connection) -> None:
        async def retire() -> None:
            try:
                await connection.closes(_OVERLAP)
            finally:
                await connection.let_go()

        task = asyncio.create_task(retire())
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)
