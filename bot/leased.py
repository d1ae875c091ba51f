"""Leased: work that only one process does at a time, such as polling Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot import failpoint
from bot.clock import Clock
from bot.database import Database
from bot.platform import ServiceError
from models.messaging.lease import Lease

log = structlog.get_logger(__name__)

# A dead holder is replaced within this time; a living one renews three times in it.
_LENGTH = timedelta(seconds=10)
_RENEW_EVERY = _LENGTH / 3
# A service that refuses our token is asked again this much later.
_AFTER_A_REFUSAL = timedelta(minutes=1)


class Leased:
    """``name`` is the lease, ``holder`` this process."""

    def __init__(self, name: str, holder: str, database: Database, clock: Clock) -> None:
        self._name = name
        self._holder = holder
        self._database = database
        self._clock = clock

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work whenever this process has the lease; stop it as soon as the lease is lost."""
        try:
            while True:
                pause = _RENEW_EVERY
                if await self._take() is not None:
                    pause = await self._tried(work)
                await asyncio.sleep(pause.total_seconds())
        finally:
            await self._release()

    async def _tried(self, work: Callable[[], Awaitable[None]]) -> timedelta:
        """Work; returns how long to wait before the next try. A service that refuses us ends nobody else."""
        try:
            await self._work(work)
        except ServiceError as error:
            log.error("service refused", lease=self._name, reason=str(error)[:200], remedy="parley doctor")
            return _AFTER_A_REFUSAL
        return _RENEW_EVERY

    async def _work(self, work: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.ensure_future(work())
        try:
            while not task.done():
                await asyncio.wait([task], timeout=_RENEW_EVERY.total_seconds())
                if not task.done() and await self._take() is None:
                    log.warning("lease lost", lease=self._name)
                    failpoint.reach("lease_lost")
                    return
            task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _take(self) -> int | None:
        try:
            async with self._database.transaction():
                return await Lease.take(self._name, self._holder, now=self._clock.now(), length=_LENGTH)
        except Exception as error:
            if not self._database.is_transient(error):
                raise
            # Without the database nothing may be received: it could not be stored.
            return None

    async def _release(self) -> None:
        try:
            await Lease.release(self._name, self._holder)
        except Exception as error:
            if not self._database.is_transient(error):
                raise
