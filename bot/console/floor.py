"""The floor: of a member's terminals one is answered at a time, so that each shows its own answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot import holder
from bot.clock import Clock
from bot.database import Database
from models.messaging.lease import Lease

# A terminal that stopped in the middle of a line, on another machine, is waited for no longer than this.
_LENGTH = timedelta(seconds=10)
_AGAIN_AFTER = timedelta(milliseconds=50)


class Floor:
    """What a terminal has while it is answered. ``name`` is this process's in leases."""

    def __init__(self, database: Database, clock: Clock, name: str) -> None:
        self._database = database
        self._clock = clock
        self._name = name

    @asynccontextmanager
    async def taken(self, member_id: int) -> AsyncIterator[None]:
        """Wait until no other terminal of this member is being answered, and let none be until the end.

        Where the database does not answer, what it says is raised.
        """
        lease = f"terminal:{member_id}"
        while not await self._take(lease):  # noqa: ASYNC110 # another process has it: no event tells us
            await asyncio.sleep(_AGAIN_AFTER.total_seconds())
        try:
            yield
        finally:
            await self._give_back(lease)

    async def others_have(self, member_id: int) -> bool:
        """Whether another terminal of this member is being answered."""
        taken = Lease.filter(name=f"terminal:{member_id}", expires_at__gt=self._clock.now())
        found = await taken.exclude(holder=self._name).first()
        return found is not None and not holder.is_gone(found.holder)

    async def _take(self, lease: str) -> bool:
        async with self._database.transaction():
            found = await Lease.get_or_none(name=lease)
            if found is not None and found.holder != self._name and holder.is_gone(found.holder):
                await Lease.release(lease, found.holder)
            return await Lease.take(lease, self._name, now=self._clock.now(), length=_LENGTH) is not None

    async def _give_back(self, lease: str) -> None:
        try:
            await Lease.release(lease, self._name)
        except Exception as error:
            if not self._database.is_transient(error):
                raise
