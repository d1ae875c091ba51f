"""Health: whether this process works, and whether it can be given work, for supervisors and proxies.

Nothing in it is a person's or a secret: names of parts, and how many of something are late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from bot.auditor import DEAF_AFTER, Auditor
from bot.clock import Clock
from bot.database import Database, is_transient
from bot.platform import Answer, Platform, Receiver
from bot.reading_back import lease_of
from models.messaging.lease import Lease

# The auditor counts each minute; without a count for this long nobody knows.
_UNKNOWN_AFTER: Final = timedelta(minutes=3)
_DATABASE_WITHIN: Final = 3.0  # seconds
# Who asks more often than this is told the same again: the database is asked no more for it.
_FRESH: Final = timedelta(seconds=1)


@dataclass(slots=True)
class Health:
    """What is looked at. ``holder`` is this process's name in leases."""

    database: Database
    platforms: Mapping[str, Platform]
    auditor: Auditor
    clock: Clock
    holder: str
    _looked: tuple[datetime, Answer] | None = None

    def receivers(self) -> Sequence[Receiver]:
        """``/healthz`` and ``/readyz``."""
        return (
            Receiver("healthz", "GET", "/healthz", self.alive, largest=0),
            Receiver("readyz", "GET", "/readyz", self.ready, largest=0),
        )

    async def alive(self, _headers: Sequence[tuple[str, str]], _body: bytes) -> Answer:
        """200 while what came in moves on; 503 where it does not, and a new start may help."""
        count, now = self.auditor.last, self.clock.now()
        known = count is not None and now - count.at <= _UNKNOWN_AFTER
        counts = dict(count.counts) if count is not None else {}
        # What waits in the outbox may wait for Slack or Telegram: a new start would not change that.
        stuck = any(counts.get(name) for name in ("inbox_late", "due_late"))
        return _answer(known and not stuck, {"audited": known, **counts})

    async def ready(self, _headers: Sequence[tuple[str, str]], _body: bytes) -> Answer:
        """200 once the database has this version's schema and every platform has given a sign."""
        now = self.clock.now()
        if self._looked is None or not timedelta(0) <= now - self._looked[0] < _FRESH:
            self._looked = now, await self._look(now)
        return self._looked[1]

    async def _look(self, now: datetime) -> Answer:
        found: dict[str, str] = {}
        try:
            async with asyncio.timeout(_DATABASE_WITHIN):
                schema = await self.database.schema_state()
                found["database"] = "ok"
                found["schema"] = "ok" if schema.current else "not this version's"
                for name, platform in self.platforms.items():
                    if hasattr(platform, "last_heard"):  # the web gives no sign while nobody posts
                        found[name] = await self._connected(name, platform.last_heard, now)
        except Exception as error:
            if not is_transient(error):
                raise
            found["database"] = "not reachable"
        return _answer(all(state in ("ok", "standby") for state in found.values()), found)

    async def _connected(self, name: str, heard: datetime | None, now: datetime) -> str:
        """``standby``: another process receives for it, and this one would follow."""
        if heard is not None:
            return "ok" if now - heard <= DEAF_AFTER else "deaf"
        lease = await Lease.get_or_none(name=lease_of(name))
        led = lease is not None and lease.holder != self.holder and lease.expires_at > now
        return "standby" if led else "not connected"


def _answer(well: bool, facts: Mapping[str, Any]) -> Answer:
    body = msgspec.json.encode({"status": "ok" if well else "unavailable", **facts})
    return Answer(200 if well else 503, body, "application/json")
