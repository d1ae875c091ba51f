"""Flood control: how many messages a bot may send, and how long it must wait otherwise."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from .limits import (
    BURST_PER_CHAT,
    MESSAGES_PER_MINUTE_PER_GROUP,
    MESSAGES_PER_SECOND,
    MESSAGES_PER_SECOND_PER_CHAT,
)
from .refusals import Refused, too_many_requests

_ROUNDING = 1e-6  # seconds; a bot that waited exactly as told must not be refused again

Clock = Callable[[], float]


class Bucket:
    """A token bucket: ``burst`` messages at once, then ``rate`` a second."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = float(burst), now

    def wait(self, now: float) -> float:
        """Return the seconds until the next message may go; 0 when it may go now."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return max(0.0, (1 - self._tokens) / self._rate)

    def take(self) -> None:
        self._tokens -= 1


class Window:
    """At most ``limit`` messages in any ``span`` seconds."""

    def __init__(self, limit: int, span: float) -> None:
        self._span = span
        self._sent: deque[float] = deque(maxlen=limit)
        self._now = 0.0

    def wait(self, now: float) -> float:
        self._now = now
        if len(self._sent) < (self._sent.maxlen or 0):
            return 0.0
        return max(0.0, self._sent[0] + self._span - now)

    def take(self) -> None:
        self._sent.append(self._now)


class FloodControl:
    """The three limits together: overall, per chat, and per minute for groups."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._overall = Bucket(MESSAGES_PER_SECOND, MESSAGES_PER_SECOND, clock())
        self._chats: dict[int, Bucket] = {}
        self._groups: dict[int, Window] = {}

    def admit(self, chat_id: int) -> None:
        """Count one message to ``chat_id``, or refuse it with 429 and the whole seconds to wait.

        A refused message costs nothing here; Telegram may lengthen the wait of a bot that insists.
        """
        now = self._clock()
        limits: list[Bucket | Window] = [
            self._overall,
            self._chat(chat_id, now),
            *self._group(chat_id),
        ]
        wait = max(limit.wait(now) for limit in limits)
        if wait > _ROUNDING:
            raise Refused(too_many_requests(max(1, math.ceil(wait))))
        for limit in limits:
            limit.take()

    def _chat(self, chat_id: int, now: float) -> Bucket:
        fresh = Bucket(MESSAGES_PER_SECOND_PER_CHAT, BURST_PER_CHAT, now)
        return self._chats.setdefault(chat_id, fresh)

    def _group(self, chat_id: int) -> list[Window]:
        if chat_id > 0:  # people's private chats; groups have negative ids: docs #chat
            return []
        return [self._groups.setdefault(chat_id, Window(MESSAGES_PER_MINUTE_PER_GROUP, 60.0))]
