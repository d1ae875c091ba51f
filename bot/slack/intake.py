"""The narrow gate: whatever Slack sends is in the inbox before Slack hears that it arrived.

Envelopes come one by one and are handled at the same time; here they queue again, so that a chat's
messages are stored in their order, and those that came together are committed together.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.platform import Arrival, Receive

_MOST = 200  # arrivals committed together

_log = logging.getLogger(__name__)


class NotStored(Exception):
    """The inbox did not take it, or not in time: it must not be acknowledged."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    arrivals: Sequence[Arrival]
    stored: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Intake:
    """A queue in front of the inbox; ``run`` empties it."""

    def __init__(self) -> None:
        self._queue: list[_Waiting] = []
        self._filled = asyncio.Event()

    async def store(self, arrivals: Sequence[Arrival], within: float | None = None) -> None:
        """Return when all are in the inbox; ``within`` so many seconds.

        Raises: NotStored. They may be stored nevertheless, later than it was asked for.
        """
        waiting = _Waiting(arrivals)
        self._queue.append(waiting)
        self._filled.set()
        try:
            async with asyncio.timeout(within):
                await waiting.stored
        except TimeoutError:
            raise NotStored("TimeoutError") from None

    async def run(self, receive: Receive) -> None:
        """Give to ``receive`` what comes, in order, until cancelled."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._queue:
                await self._commit(self._next(), receive)

    def _next(self) -> list[_Waiting]:
        """The front of the queue, without those who have given up waiting."""
        taken: list[_Waiting] = []
        while self._queue and sum(len(waiting.arrivals) for waiting in taken) < _MOST:
            waiting = self._queue.pop(0)
            if not waiting.stored.done():
                taken.append(waiting)
        return taken

    async def _commit(self, together: list[_Waiting], receive: Receive) -> None:
        if not together:
            return
        # Two events of one mention have one key; which of them is kept does not matter.
        arrivals = {arrival.key: arrival for waiting in together for arrival in waiting.arrivals}
        try:
            await receive(list(arrivals.values()))
        except Exception as error:  # noqa: BLE001 - whatever the inbox meets, the next envelope must pass
            await self._failed(together, receive, error)
        else:
            for waiting in together:
                _settle(waiting, None)

    async def _failed(self, together: list[_Waiting], receive: Receive, error: Exception) -> None:
        """What cannot be stored must not take along what came at the same time."""
        if len(together) == 1:
            # An error's text may quote the row, and with it what somebody wrote.
            _log.error("slack: the inbox took nothing in: %s", type(error).__name__)
            _settle(together[0], NotStored(type(error).__name__))
            return
        for waiting in together:
            if not waiting.stored.done():
                await self._commit([waiting], receive)


def _settle(waiting: _Waiting, error: NotStored | None) -> None:
    if waiting.stored.done():
        return
    if error is None:
        waiting.stored.set_result(None)
    else:
        waiting.stored.set_exception(error)
