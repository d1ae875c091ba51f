"""People on the emulated Telegram who type at a steady pace, and how long each waits for an answer."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from itertools import count, cycle

from tests.bench.world import World
from tests.emulators.telegram import Sent, TelegramEmulator, User

_LOOK_EVERY = 0.002  # seconds: how exactly waiting is measured


class Crowd:
    """``people`` in chats of their own; each answer in a chat is taken for the oldest line without one."""

    def __init__(self, telegram: TelegramEmulator, world: World, people: int) -> None:
        self._telegram = telegram
        self.people: list[User] = [telegram.user(first_name=f"Rep {number}") for number in range(people)]
        self._typed: defaultdict[int, deque[float]] = defaultdict(deque)
        self._looked_at = 0
        self._names = (world.people[number * 7_919 % len(world.people)] for number in count(1))
        self.waited: list[float] = []  # seconds

    @property
    def unanswered(self) -> int:
        """Lines without an answer."""
        return sum(len(lines) for lines in self._typed.values())

    async def type(self, a_second: float, seconds: float) -> None:
        """Type evenly, in turns; returns when the time is over."""
        turns: Iterator[User] = cycle(self.people)
        begun, typed = time.perf_counter(), 0
        while (passed := time.perf_counter() - begun) < seconds:
            while typed < passed * a_second:
                person = next(turns)
                self._typed[person.id].append(time.perf_counter())
                person.says(f"call {next(self._names)} 15m left voicemail")
                typed += 1
            self.look()
            await asyncio.sleep(_LOOK_EVERY)

    async def answered(self, within: float) -> None:
        """Wait until nobody waits any more, or so many seconds."""
        until = time.perf_counter() + within
        while self.unanswered and time.perf_counter() < until:
            self.look()
            await asyncio.sleep(_LOOK_EVERY)

    def look(self) -> None:
        """Note what has been answered since the last look."""
        now, fresh = time.perf_counter(), self._telegram.ledger[self._looked_at :]
        self._looked_at += len(fresh)
        for record in fresh:
            if isinstance(record, Sent) and (lines := self._typed.get(record.chat_id)):
                self.waited.append(now - lines.popleft())

    def percentile(self, part: float) -> float:
        """So long was not waited longer by that part of the lines."""
        ordered = sorted(self.waited)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
