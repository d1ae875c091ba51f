"""Asking Telegram for updates: stored first, confirmed after.

Telegram forgets an update as soon as a later poll names a higher offset
(core.telegram.org/bots/api#getupdates). python-telegram-bot's own Updater confirms what it holds in
memory only; here the offset follows the commit.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from secrets import SystemRandom
from typing import Any, Final, TypeVar

import msgspec
from telegram.constants import PollingLimit
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot import failpoint
from bot.clock import Clock
from bot.platform import Receive, Unauthorised
from bot.telegram.deliveries import Delivery, Garbled, read
from bot.telegram.shapes import Me
from bot.telegram.transport import NoAnswer, Transport
from bot.telegram.updates import KINDS

# The server holds a poll for at most 50 s (github.com/tdlib/telegram-bot-api, Client.h,
# LONG_POLL_MAX_TIMEOUT). Thirty outlasts no common proxy, and two hung ones stay below the 90 s after
# which a poller counts as deaf.
_HELD_FOR: Final = 30  # seconds
_ANSWER_AFTER: Final = 10  # seconds beyond that before a poll counts as hung

_FIRST_WAIT: Final = 0.5  # seconds
_LONGEST_WAIT: Final = 8.0  # seconds: what was down for long is noticed within ten when it is back
_MAY_SAY_AGAIN: Final = timedelta(minutes=1)
_SIGN_OF_LIFE_EVERY: Final = 30.0  # seconds, while waiting because the service asked us to

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")
Pause = Callable[[float], Awaitable[None]]


class Poller:
    """The one reader of a bot's updates.

    ``root``: the address that method names are appended to. ``pause`` waits so many seconds.
    ``last_heard``: when an answer or an error last came back; None while it is not running. Older
    than 90 seconds means that the poller is deaf.
    """

    def __init__(
        self,
        transport: Transport,
        root: str,
        clock: Clock,
        *,
        held_for: int = _HELD_FOR,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._transport = transport
        self._root = root
        self._held_for = held_for
        self._clock = clock
        self._pause = pause
        self._asking, self._storing = _Trouble(clock), _Trouble(clock)
        self._offset: int | None = None  # the next poll's: it confirms everything stored before it
        self._confirmed = 0  # the last offset named
        self.me: Me | None = None
        self.last_heard: datetime | None = None

    async def run(self, receive: Receive) -> None:
        """Receive until cancelled. What ``receive`` could not take in is asked for again.

        Raises: Unauthorised.
        """
        self.last_heard, self._offset = self._clock.now(), None
        try:
            self.me = await self._insist(self._who)
            while True:
                await self._receive_batch(receive, self.me)
        finally:
            self.last_heard = None

    async def _receive_batch(self, receive: Receive, me: Me) -> None:
        deliveries = await self._insist(lambda: self._poll(me))
        if not deliveries:
            return
        failpoint.reach("after_fetch")
        try:
            await receive([delivery.arrival for delivery in deliveries])
        except Exception as error:  # noqa: BLE001 - whatever the inbox meets, Telegram keeps the updates
            # An error's text may quote the row, and with it what somebody wrote.
            await self._pause(self._storing.met(f"the inbox took nothing in: {type(error).__name__}"))
        else:
            self._storing.over()
            self._offset = self._behind(deliveries)
            if self._offset is None:
                # Only updates without an id, and none was ever seen: they come again until one
                # arrives that has an id.
                await self._pause(_FIRST_WAIT)
        self.last_heard = self._clock.now()

    def _behind(self, deliveries: list[Delivery]) -> int | None:
        """The offset that passes all of ``deliveries``.

        An update whose id cannot be read has at least the id that was expected next, and a batch
        holds the lowest ids there are: counting on by one for each confirms nothing that is not in it.
        """
        known = [delivery.id for delivery in deliveries if delivery.id is not None]
        if known:
            return max(known) + 1
        return self._confirmed + len(deliveries) if self._confirmed else None

    async def _poll(self, me: Me) -> list[Delivery]:
        body = await self._polled()
        try:
            return read(body, msgspec.to_builtins(me))
        except Garbled as error:
            raise NoAnswer(f"getUpdates: {error}") from None

    async def _polled(self) -> bytes:
        try:
            return await self._get_updates()
        except Conflict:
            if not await self._webhook_removed():
                raise
        return await self._get_updates()

    async def _get_updates(self) -> bytes:
        parameters = {
            "timeout": str(self._held_for),
            "limit": str(int(PollingLimit.MAX_LIMIT)),
            "allowed_updates": json.dumps(KINDS),
        }
        # Named once only. Named again it could confirm what nobody has seen, as Telegram may go on
        # with lower ids after an idle week (core.telegram.org/bots/api#update); and if this poll
        # fails, all that is not confirmed just comes again.
        offset, self._offset = self._offset, None
        if offset is not None:
            self._confirmed = offset
            parameters["offset"] = str(offset)
        return await self._call("getUpdates", parameters, self._held_for + _ANSWER_AFTER)

    async def _webhook_removed(self) -> bool:
        """Whether a webhook kept us from polling; now it does not. Waiting updates are kept."""
        webhook = _result(await self._call("getWebhookInfo"))
        if not (isinstance(webhook, dict) and webhook.get("url")):
            return False
        await self._call("deleteWebhook", {"drop_pending_updates": "false"})
        _log.warning("telegram: a webhook was set; it has been removed so that updates can be polled")
        return True

    async def _who(self) -> Me:
        try:
            return msgspec.convert(_result(await self._call("getMe")), Me)
        except msgspec.ValidationError as error:
            raise NoAnswer(f"getMe: {error}") from None

    async def _call(
        self, method: str, parameters: Mapping[str, str] | None = None, answer_within: float = _ANSWER_AFTER
    ) -> bytes:
        return await self._transport.call(f"{self._root}/{method}", parameters or {}, answer_within)

    async def _insist(self, ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Ask until there is an answer, waiting longer after each failure.

        Raises: Unauthorised.
        """
        while True:
            try:
                answer = await ask()
            except InvalidToken as error:
                raise Unauthorised(f"telegram: {error.message}") from None
            except RetryAfter as error:
                self._asking.met(error.message)
                await self._wait_as_told(error)
            except TelegramError as error:
                await self._pause(self._asking.met(error.message))
            else:
                self._asking.over()
                return answer
            finally:
                self.last_heard = self._clock.now()

    async def _wait_as_told(self, error: RetryAfter) -> None:
        left = _seconds(error.retry_after)
        while left > 0:
            await self._pause(min(left, _SIGN_OF_LIFE_EVERY))
            left -= _SIGN_OF_LIFE_EVERY
            self.last_heard = self._clock.now()


class _Trouble:
    """A row of failures: how long to wait after each, and one line in the log a minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._chance = SystemRandom()
        self._failures = 0
        self._said_at: datetime | None = None
        self._said = False

    def met(self, reason: str) -> float:
        """Note a failure; returns the seconds to wait."""
        self._say(reason)
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0**self._failures)
        self._failures = min(self._failures + 1, 10)
        return wait * self._chance.uniform(0.5, 1)

    def over(self) -> None:
        """Note an answer."""
        if self._said and self._failures > 1:
            _log.info("telegram: polling again")
        self._failures, self._said = 0, False

    def _say(self, reason: str) -> None:
        now = self._clock.now()
        if self._said_at is not None and timedelta() <= now - self._said_at < _MAY_SAY_AGAIN:
            return
        self._said_at, self._said = now, True
        _log.warning("telegram: no updates: %s", reason)


def _result(body: bytes) -> Any:
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise NoAnswer("an answer that is not the Bot API's") from None
    return answer.get("result") if isinstance(answer, dict) else None


def _seconds(pause: int | timedelta) -> float:
    return pause.total_seconds() if isinstance(pause, timedelta) else float(pause)
