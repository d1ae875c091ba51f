"""Updates that Telegram posts: stored first, answered after. And the address that it posts to.

core.telegram.org/bots/api#setwebhook, core.telegram.org/bots/webhooks. What is not stored is answered
503, and Telegram posts it again. Each update's id is its key, so that one that comes twice is one.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec

from bot.clock import Clock
from bot.platform import Answer, Receive, Receiver
from bot.telegram.calling import Caller, Pause, result
from bot.telegram.deliveries import LARGEST_UPDATE, read_one
from bot.telegram.reading import Memory, Reading
from bot.telegram.shapes import Me
from bot.telegram.transport import NoAnswer, Transport
from bot.telegram.updates import KINDS

SECRET_HEADER: Final = "x-telegram-bot-api-secret-token"  # noqa: S105 - core.telegram.org/bots/api#setwebhook
_LOOKED_AT_EVERY: Final = 30.0  # seconds

_log = logging.getLogger(__name__)


class WebhookInfo(msgspec.Struct, frozen=True):
    """core.telegram.org/bots/api#webhookinfo."""

    url: str
    pending_update_count: int = 0
    last_error_date: int = 0
    last_error_message: str = ""
    allowed_updates: tuple[str, ...] = ()


class Webhook:
    """``url`` is the whole address that Telegram posts to, ``secret`` what it puts beside each update.

    Every process receives; the one that :meth:`run` runs in keeps the address set. ``refused`` counts
    what was not let in, by reason.
    """

    def __init__(
        self,
        transport: Transport,
        root: str,
        clock: Clock,
        *,
        url: str,
        secret: str,
        pause: Pause = asyncio.sleep,
        memory: Memory | None = None,
    ) -> None:
        self._caller = Caller(transport, root, clock, pause)
        self._reading = Reading(memory, clock)
        self._url = url
        self._secret = secret.encode()
        self._said = 0  # the date of the last error of Telegram's that was logged
        self.me: Me | None = None
        self.refused: Counter[str] = Counter()

    @property
    def last_heard(self) -> datetime | None:
        """When Telegram last answered or failed; None while :meth:`run` does not run."""
        return self._caller.last_heard

    # --- what Telegram posts ------------------------------------------------------------------

    def receiver(self, receive: Receive) -> Receiver:
        """The address for the server."""

        async def take(headers: Sequence[tuple[str, str]], body: bytes) -> Answer:
            return await self._take(receive, headers, body)

        return Receiver("telegram", "POST", urlsplit(self._url).path, take, largest=LARGEST_UPDATE)

    async def _take(self, receive: Receive, headers: Sequence[tuple[str, str]], body: bytes) -> Answer:
        if status := self._refusal(headers, body):
            return Answer(status)
        try:
            me = self.me = self.me or await self._caller.who()
            await receive([read_one(body, msgspec.to_builtins(me)).arrival])
        except Exception as error:  # noqa: BLE001 - whatever the inbox meets, Telegram keeps the update
            # An error's text may quote the row, and with it what somebody wrote.
            _log.warning("telegram: the inbox took nothing in: %s", type(error).__name__)
            return Answer(503)
        return Answer(200)

    def _refusal(self, headers: Sequence[tuple[str, str]], body: bytes) -> int:
        """The status that refuses a request; 0 lets it in."""
        given = _values(headers, SECRET_HEADER)
        if len(given) != 1 or not hmac.compare_digest(given[0].encode("utf-8", "replace"), self._secret):
            self.refused["secret"] += 1
            return 403
        if len(body) > LARGEST_UPDATE:
            self.refused["size"] += 1
            return 413
        kinds = [value.partition(";")[0].strip().lower() for value in _values(headers, "content-type")]
        if kinds != ["application/json"]:
            self.refused["content type"] += 1
            return 415
        return 0

    # --- where it posts to --------------------------------------------------------------------

    async def run(self, receive: Receive) -> None:
        """Keep the address set until cancelled.

        Raises: Unauthorised.
        """
        self._caller.heard()
        try:
            self.me = await self._caller.insist(self._caller.who)
            await self._reading.begins()
            await self._caller.insist(self._set)
            while True:
                await self._caller.pause(_LOOKED_AT_EVERY)
                info = await self._caller.insist(self._info)
                if info.url != self._url or set(info.allowed_updates) != set(KINDS):
                    _log.warning("telegram: the webhook was not ours any more; it is set again")
                    await self._caller.insist(self._set)
                elif self._is_well(info):
                    await self._reading.goes_on()
        finally:
            self._caller.last_heard = None

    async def _set(self) -> None:
        parameters = {
            "url": self._url,
            "secret_token": self._secret.decode(),
            "allowed_updates": json.dumps(KINDS),
            "drop_pending_updates": "false",
        }
        await self._caller.call("setWebhook", parameters)

    async def _info(self) -> WebhookInfo:
        return webhook_info(await self._caller.call("getWebhookInfo"))

    def _is_well(self, info: WebhookInfo) -> bool:
        """Whether all that was sent has arrived; the service's own words where it says why not."""
        if info.last_error_date > self._said:
            self._said = info.last_error_date
            _log.warning("telegram: posting to the webhook fails: %s", info.last_error_message[:200])
        return info.pending_update_count == 0


def webhook_info(body: bytes) -> WebhookInfo:
    """What getWebhookInfo answered.

    Raises: NoAnswer.
    """
    try:
        return msgspec.convert(result(body), WebhookInfo)
    except msgspec.ValidationError as error:
        raise NoAnswer(f"getWebhookInfo: {error}") from None


def _values(headers: Sequence[tuple[str, str]], name: str) -> list[str]:
    return [value for given, value in headers if given.lower() == name]
