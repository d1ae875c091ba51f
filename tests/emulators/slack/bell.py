"""Waiting for a condition without polling: whoever changes the state rings, whoever waits looks."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Bell:
    """Wakes every waiter at each change."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    def ring(self) -> None:
        """Say that something changed."""
        for event in self._waiting:
            event.set()

    async def until(self, look: Callable[[], T | None], within: float) -> T:
        """Return what ``look`` finds, now or after a change.

        Raises TimeoutError after ``within`` seconds of real time without a finding.
        """
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(within):
                while not (found := look()):
                    await event.wait()
                    event.clear()
                return found
        finally:
            self._waiting.discard(event)
