"""Slack's rate limits: so many calls a minute for each method, one post a second for each channel.

docs.slack.dev/apis/web-api/rate-limits.
"""

import math
from collections import defaultdict, deque
from collections.abc import Callable, Mapping

from . import limits

MINUTE = 60.0


class Rates:
    """Counts calls on the emulator's clock; refused calls do not count."""

    def __init__(self, clock: Callable[[], float], overrides: Mapping[str, int]) -> None:
        self._clock = clock
        self._overrides = overrides
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)
        self._tokens: dict[str, tuple[float, float]] = {}

    def wait_for_method(self, method: str, per_minute: int) -> int:
        """Count one call; return 0, or the whole seconds to wait (``Retry-After``)."""
        allowed = self._overrides.get(method, per_minute)
        calls, now = self._calls[method], self._clock()
        while calls and calls[0] <= now - MINUTE:
            calls.popleft()
        if len(calls) < allowed:
            calls.append(now)
            return 0
        oldest = calls[0] if calls else now
        return max(1, math.ceil(oldest + MINUTE - now))

    def wait_for_channel(self, channel: str) -> int:
        """Count one post into a channel; return 0, or the whole seconds to wait."""
        now = self._clock()
        tokens, since = self._tokens.get(channel, (float(limits.POSTS_BURST), now))
        tokens = min(limits.POSTS_BURST, tokens + (now - since) * limits.POSTS_PER_SECOND)
        if tokens >= 1:
            self._tokens[channel] = (tokens - 1, now)
            return 0
        self._tokens[channel] = (tokens, now)
        return max(1, math.ceil((1 - tokens) / limits.POSTS_PER_SECOND))
