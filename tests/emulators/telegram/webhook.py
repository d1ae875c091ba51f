"""Updates posted to the bot's webhook, again and again until it takes them. docs #setwebhook."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus

import aiohttp

from .account import Account

# docs #setwebhook says that it gives up "after a reasonable amount of attempts".
# ours: how long it waits is written down nowhere; here it never gives up.
_FIRST_WAIT = 0.05  # seconds, doubled each time
_LONGEST_WAIT = 1.0  # seconds
_ANSWER_WITHIN = 10.0  # seconds


class WebhookSender:
    """Posts what waits, one update after the other, while an address is set."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._post_on())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._task = None

    async def _post_on(self) -> None:
        timeout = aiohttp.ClientTimeout(total=_ANSWER_WITHIN)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                await self._account.bell.until(self._has_news, float("inf"))
                await self._insist(session)

    def _has_news(self) -> bool:
        return bool(self._account.webhook.url) and self._account.updates.first() is not None

    async def _insist(self, session: aiohttp.ClientSession) -> None:
        wait = _FIRST_WAIT
        while self._has_news():
            update = self._account.updates.first()
            assert update is not None
            if await self._post(session, update.body):
                self._account.updates.taken(update)
                return
            await asyncio.sleep(wait)
            wait = min(_LONGEST_WAIT, 2 * wait)

    async def _post(self, session: aiohttp.ClientSession, body: bytes) -> bool:
        """Whether the bot took it: any 2xx. core.telegram.org/bots/webhooks."""
        webhook = self._account.webhook
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
        try:
            async with session.post(webhook.url, data=body, headers=headers, allow_redirects=False) as answer:
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return self._failed(type(error).__name__)
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return True
        # server WebhookActor.cpp, on_webhook_error
        return self._failed(f"Wrong response from the webhook: {status} {HTTPStatus(status).phrase}")

    def _failed(self, words: str) -> bool:
        self._account.webhook.failed_at = self._account.clock()
        self._account.webhook.failure = words
        self._account.bell.ring()
        return False
