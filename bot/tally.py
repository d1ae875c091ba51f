"""Tally: what this process did since its start, counted for whoever asks at /metrics."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

# Upper bounds in seconds. Half of an answer's time is what a person notices: 300 ms.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 2.0, 5.0)


@dataclass(slots=True)
class Latency:
    """How long turns took: ``counts`` has one more than ``BOUNDS``, for the longest ones."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


@dataclass(slots=True)
class Tally:
    """Counts by names of ours alone, never by a person's or a chat's: there is an end to them.

    ``turns`` by platform and outcome, ``deliveries`` by platform and outcome, ``answers`` of the HTTP server
    by route and status.
    """

    turns: Counter[tuple[str, str]] = field(default_factory=Counter)
    latency: dict[str, Latency] = field(default_factory=dict)
    deliveries: Counter[tuple[str, str]] = field(default_factory=Counter)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)

    def turn(self, platform: str, outcome: str, seconds: float) -> None:
        """One request was answered; of an outcome such as ``refused: NotFound`` the first part counts."""
        self.turns[platform, outcome.partition(":")[0]] += 1
        self.latency.setdefault(platform, Latency()).add(seconds)

    def delivery(self, platform: str, outcome: str) -> None:
        """One message was sent, or a try to send it failed."""
        self.deliveries[platform, outcome] += 1

    def asked(self, route: str, status: int) -> None:
        """One HTTP request was answered."""
        self.answers[route, status] += 1
