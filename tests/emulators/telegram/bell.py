"""Waiting for something to happen, without looking at the clock again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class Bell:
    """Wakes everybody who waits, each time it is rung. For one event loop."""

    def __init__(self) -> None:
        self._next_ring = asyncio.Event()

    def ring(self) -> None:
        self._next_ring.set()
        self._next_ring = asyncio.Event()

    async def until(self, find: Callable[[], Found], within: float) -> Found:
        """Return the first true value of ``find``; raises TimeoutError after ``within`` seconds."""
        async with asyncio.timeout(within):
            while not (found := find()):
                await self._next_ring.wait()
        return found
