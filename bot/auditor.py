"""Auditor: says when something does not move. Watchdog: ends a process that has gone deaf."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.database import is_transient
from bot.platform import Platform
from models.messaging.inbox import InboxState, Incoming
from models.messaging.outbox import OutboxState, Outgoing
from models.notification import Notification

log = structlog.get_logger(__name__)

# Ages from which something that should have moved is reported.
_INBOX_AGE = timedelta(seconds=60)
_OUTBOX_AGE = timedelta(minutes=5)
_DUE_AGE = timedelta(seconds=60)
DEAF_AFTER = timedelta(seconds=90)
_WATCH_EVERY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Count:
    """What was late at one look, by name."""

    at: datetime
    counts: Mapping[str, int]


class Deaf(RuntimeError):
    """A platform has neither answered nor failed for 90 seconds: the process ends and is started anew."""


class Auditor:
    """Counts each minute what should have moved on. ``last`` is the newest count, None before the first."""

    def __init__(self, platforms: Mapping[str, Platform], clock: Clock) -> None:
        self._platforms = platforms
        self._clock = clock
        self.last: Count | None = None

    async def run_job(self) -> None:
        """What APScheduler calls: one count; a database in trouble is no more than a warning."""
        try:
            await self.audit()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("not audited", error=type(error).__name__)

    async def audit(self) -> dict[str, int]:
        """Count what is late; logs a warning where anything is."""
        now = self._clock.now()
        counts = {
            "inbox_late": await Incoming.filter(
                state=InboxState.WAITING, received_at__lt=now - _INBOX_AGE
            ).count(),
            "outbox_late": await Outgoing.filter(
                state=OutboxState.WAITING, created_at__lt=now - _OUTBOX_AGE
            ).count(),
            "due_late": await Notification.overdue(now - _DUE_AGE),
        }
        if any(counts.values()):
            log.warning("not moving", **counts)
        self.last = Count(now, counts)
        return counts

    async def watch(self) -> None:
        """Wait until a platform has gone deaf.

        Raises:
            Deaf: no poll of it returned, with an answer or an error, for 90 seconds.
        """
        while True:
            await asyncio.sleep(_WATCH_EVERY.total_seconds())
            self.require_hearing(self._clock.now())

    def require_hearing(self, now: datetime) -> None:
        """Raises: Deaf, see :meth:`watch`."""
        for name, platform in self._platforms.items():
            heard: datetime | None = getattr(platform, "last_heard", None)
            if heard is not None and now - heard > DEAF_AFTER:
                raise Deaf(f"{name}: no poll returned since {heard:%H:%M:%S} UTC")
