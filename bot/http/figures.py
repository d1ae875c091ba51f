"""Figures: ``/metrics`` for Prometheus, to who has the token.

Labels are names of ours (a platform, an outcome, a route), never a person's, a chat's or a record's.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot.clock import Clock
from bot.database import Database
from bot.platform import Answer, Hooked, Platform, Receiver
from bot.tally import BOUNDS, Tally
from models.fields import in_utc
from models.notification import Notification


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted: this process's tally, and what stands in the database for all of them."""

    token: str
    tally: Tally
    database: Database
    platforms: Mapping[str, Platform]
    clock: Clock

    def receivers(self) -> Sequence[Receiver]:
        """``/metrics``, where there is a token for it."""
        return (Receiver("metrics", "GET", "/metrics", self.answer, largest=0),) if self.token else ()

    async def answer(self, headers: Sequence[tuple[str, str]], _body: bytes) -> Answer:
        """All figures in Prometheus's text format, 401 without the token."""
        given = [value for name, value in headers if name.lower() == "authorization"]
        wanted = f"Bearer {self.token}".encode()
        if len(given) != 1 or not hmac.compare_digest(given[0].encode("latin-1"), wanted):
            return Answer(401)
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(_Given(await self._families()))
        return Answer(200, generate_latest(registry), CONTENT_TYPE_LATEST)

    async def _families(self) -> Sequence[Metric]:
        now = self.clock.now()
        return [*self._counted(), *self._heard(now), *await _waiting(self.database, now)]

    def _counted(self) -> Iterator[Metric]:
        turns = CounterMetricFamily("parley_turns", "Requests answered.", labels=["platform", "outcome"])
        for (platform, outcome), n in sorted(self.tally.turns.items()):
            turns.add_metric([platform, outcome], n)
        took = HistogramMetricFamily(
            "parley_turn_seconds", "How long answering took, without sending.", labels=["platform"]
        )
        for platform, latency in sorted(self.tally.latency.items()):
            bounds = [*(str(bound) for bound in BOUNDS), "+Inf"]
            buckets = list(zip(bounds, map(float, accumulate(latency.counts)), strict=True))
            took.add_metric([platform], buckets, latency.total)
        sent = CounterMetricFamily(
            "parley_deliveries", "Tries to send a message, by their outcome.", labels=["platform", "outcome"]
        )
        for (platform, outcome), n in sorted(self.tally.deliveries.items()):
            sent.add_metric([platform, outcome], n)
        asked = CounterMetricFamily(
            "parley_http_answers", "HTTP requests, by route and status.", labels=["route", "status"]
        )
        for (route, status), n in sorted(self.tally.answers.items()):
            asked.add_metric([route, str(status)], n)
        yield from (turns, took, sent, asked)

    def _heard(self, now: datetime) -> Iterator[Metric]:
        heard = GaugeMetricFamily(
            "parley_last_heard_seconds", "Since the platform gave a sign.", labels=["platform"]
        )
        refused = CounterMetricFamily(
            "parley_refused_requests",
            "HTTP requests that were not the platform's, by reason.",
            labels=["platform", "reason"],
        )
        for name, platform in sorted(self.platforms.items()):
            last: datetime | None = getattr(platform, "last_heard", None)
            if last is not None:
                heard.add_metric([name], (now - last).total_seconds())
            if isinstance(platform, Hooked):
                for reason, n in sorted(platform.refused.items()):
                    refused.add_metric([name, reason], n)
        yield from (heard, refused)


class _Given(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        return self._families


async def _waiting(database: Database, now: datetime) -> list[Metric]:
    """How much waits, and since when its oldest does, by the database, for all processes."""
    families = list[Metric]()
    for table, column, what in (("inbox", "received_at", "answer"), ("outbox", "created_at", "being sent")):
        count = GaugeMetricFamily(
            f"parley_{table}_waiting", f"Messages that wait for {what}.", labels=["platform"]
        )
        age = GaugeMetricFamily(
            f"parley_{table}_oldest_seconds", "How long the oldest of them has waited.", labels=["platform"]
        )
        rows = await database.fetch(
            f"SELECT platform, COUNT(*) AS n, MIN({column}) AS oldest FROM {table}"  # noqa: S608 # our own words
            " WHERE state = 'waiting' GROUP BY platform"
        )
        for row in rows:
            count.add_metric([row["platform"]], row["n"])
            age.add_metric([row["platform"]], (now - in_utc(row["oldest"])).total_seconds())
        families += [count, age]
    quarantined = await database.fetch("SELECT COUNT(*) AS n FROM inbox WHERE state = 'quarantined'")
    families.append(_one("parley_inbox_quarantined", "Messages set aside.", quarantined[0]["n"]))
    due = await Notification.next_due()
    late = max((now - due).total_seconds(), 0.0) if due is not None else 0.0
    unsent = await Notification.overdue(now)
    families.append(_one("parley_due_unsent", "Reminders and other pushes that are due.", unsent))
    families.append(_one("parley_due_late_seconds", "How late the oldest of them is.", late))
    return families


def _one(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)
