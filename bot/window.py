"""Window: how many messages may be in doubt at once, where a service has no history to look them up in.

What is under way when a process dies may have arrived, and is said again: so few should be under way.
One at a time would be as slow as the service is far; so another one begins where the last has not been
answered for a moment. A service that answers within that moment has one message in doubt, one that
takes ten times as long has ten.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta

# Sixty-six begin in a second at most while others are under way; Telegram takes thirty in a second.
APART = timedelta(milliseconds=15)
# Answers that wait here for their turn, at most: the outbox has the others.
_MOST_WAITING = 10


class Window:
    """The messages of one service that are in doubt."""

    def __init__(self) -> None:
        self._under_way: set[int] = set()
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._last = 0.0  # when the last one began, by the loop's time
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_open(self) -> bool:
        """Whether one more may begin now, before which no other waits."""
        return not self._waiting and self._may_begin()

    @property
    def is_full(self) -> bool:
        """Whether no more should wait here."""
        return len(self._waiting) >= _MOST_WAITING

    @property
    def opens_in(self) -> float:
        """Seconds after which one more may begin at the latest, if none waits."""
        return max(0.0, self._last + APART.total_seconds() - asyncio.get_running_loop().time())

    def begin(self, message: int) -> None:
        """A message goes out now."""
        self._under_way.add(message)
        self._last = asyncio.get_running_loop().time()

    async def turn(self, message: int) -> None:
        """Wait until the message may go out, and begin it."""
        if self.is_open:
            self.begin(message)
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((message, turn))
        self._let_in()
        try:
            await turn
        except asyncio.CancelledError:
            self._waiting = deque(each for each in self._waiting if each[0] != message)
            raise

    def end(self, message: int) -> None:
        """What became of a message is known, or will not be."""
        self._under_way.discard(message)
        self._let_in()

    def _may_begin(self) -> bool:
        return not self._under_way or self.opens_in <= 0

    def _let_in(self) -> None:
        while self._waiting and self._may_begin():
            message, turn = self._waiting.popleft()
            if not turn.done():
                self.begin(message)
                turn.set_result(None)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._waiting:
            self._timer = asyncio.get_running_loop().call_later(self.opens_in, self._let_in)
