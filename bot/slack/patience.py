"""Asking until there is an answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from bot.clock import Clock
from bot.platform import AnswerLost, Throttled, Unavailable
from bot.slack.refusals import Refused

_FIRST_WAIT: Final = 1.0  # seconds
_LONGEST_WAIT: Final = 30.0  # seconds
_SAID_EVERY: Final = timedelta(minutes=1)

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")


class Patience:
    """Waits longer after each failure, and says one line a minute about it.

    ``last_sign`` is when there last was an answer or a failure: somebody is at work. None while
    nobody is.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._said_at: datetime | None = None
        self.last_sign: datetime | None = None

    def sign(self) -> None:
        """Note that there was one."""
        self.last_sign = self._clock.now()

    async def insist(self, ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Ask until there is an answer.

        Raises: what a refusal means, such as Unauthorised: asking again would not help.
        """
        while True:
            try:
                answer = await ask()
            except Refused as refusal:
                raise refusal.meaning() from None
            except Throttled as error:
                self.say(error)
                await self._wait(error.retry_after.total_seconds())
            except (Unavailable, AnswerLost) as error:
                self.say(error)
                await self._wait(min(_LONGEST_WAIT, _FIRST_WAIT * 2**self._failures))
                self._failures = min(self._failures + 1, 10)
            else:
                self._failures = 0
                self.sign()
                return answer

    def say(self, trouble: object) -> None:
        """Log it, unless the last line is less than a minute old."""
        now = self._clock.now()
        if self._said_at is None or not timedelta() <= now - self._said_at < _SAID_EVERY:
            self._said_at = now
            # As text: of an exception the log would keep no more than its class.
            _log.warning("slack: %s", f"{type(trouble).__name__}: {trouble}"[:200])

    async def _wait(self, seconds: float) -> None:
        while seconds > 0:
            self.sign()
            await asyncio.sleep(min(seconds, _LONGEST_WAIT))
            seconds -= _LONGEST_WAIT
        self.sign()
