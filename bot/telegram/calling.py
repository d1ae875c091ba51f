"""Asking the Bot API until it answers: who the bot is, what waits, where updates go."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from secrets import SystemRandom
from typing import Any, Final, TypeVar

import msgspec
from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.clock import Clock
from bot.platform import Unauthorised
from bot.telegram.shapes import Me
from bot.telegram.transport import NoAnswer, Transport

ANSWER_AFTER: Final = 10  # seconds beyond what a call may take on purpose before it counts as hung
FIRST_WAIT: Final = 0.5  # seconds
_LONGEST_WAIT: Final = 8.0  # seconds: what was down for long is noticed within ten when it is back
_MAY_SAY_AGAIN: Final = timedelta(minutes=1)
_SIGN_OF_LIFE_EVERY: Final = 30.0  # seconds, while waiting because the service asked us to

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")
Pause = Callable[[float], Awaitable[None]]


class Caller:
    """Calls of the one process that receives for a bot.

    ``root``: the address that method names are appended to. ``pause`` waits so many seconds.
    ``last_heard``: when an answer or an error last came back; None while nothing is asked.
    """

    def __init__(self, transport: Transport, root: str, clock: Clock, pause: Pause = asyncio.sleep) -> None:
        self._transport = transport
        self._root = root
        self._clock = clock
        self.pause = pause
        self._asking = Trouble(clock)
        self.last_heard: datetime | None = None

    def heard(self) -> None:
        """Something came back just now."""
        self.last_heard = self._clock.now()

    async def call(
        self, method: str, parameters: Mapping[str, str] | None = None, answer_within: float = ANSWER_AFTER
    ) -> bytes:
        """One call, and the body of its answer.

        Raises: TelegramError.
        """
        return await self._transport.call(f"{self._root}/{method}", parameters or {}, answer_within)

    async def who(self) -> Me:
        """The bot itself.

        Raises: TelegramError.
        """
        try:
            return msgspec.convert(result(await self.call("getMe")), Me)
        except msgspec.ValidationError as error:
            raise NoAnswer(f"getMe: {error}") from None

    async def insist(self, ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
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
                await self.pause(self._asking.met(error.message))
            else:
                self._asking.over()
                return answer
            finally:
                self.heard()

    async def _wait_as_told(self, error: RetryAfter) -> None:
        left = _seconds(error.retry_after)
        while left > 0:
            await self.pause(min(left, _SIGN_OF_LIFE_EVERY))
            left -= _SIGN_OF_LIFE_EVERY
            self.heard()


class Trouble:
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
        wait = min(_LONGEST_WAIT, FIRST_WAIT * 2.0**self._failures)
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


def result(body: bytes) -> Any:
    """What stands under ``result`` in an answer.

    Raises: NoAnswer.
    """
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise NoAnswer("an answer that is not the Bot API's") from None
    return answer.get("result") if isinstance(answer, dict) else None


def _seconds(pause: int | timedelta) -> float:
    return pause.total_seconds() if isinstance(pause, timedelta) else float(pause)
