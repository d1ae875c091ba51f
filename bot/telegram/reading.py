"""How far updates were read, and what may be missing after a long time without reading.

"Incoming updates are stored on the server until the bot receives them either way, but they will not be
kept longer than 24 hours": core.telegram.org/bots/api#getting-updates.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.clock import Clock

KEPT_FOR: Final = timedelta(hours=24)
_NOTED_EVERY: Final = timedelta(minutes=1)

_log = logging.getLogger(__name__)


class Memory(Protocol):
    """What outlives the process; see bot.reading_back."""

    async def read_until(self) -> datetime | None: ...

    async def set_read_until(self, until: datetime) -> None: ...

    async def missed(self, since: datetime, until: datetime) -> None:
        """Let those who can do something about it know what may never have arrived."""


class Reading:
    """``memory`` None: nothing is known, and nothing noted."""

    def __init__(self, memory: Memory | None, clock: Clock) -> None:
        self._memory = memory
        self._clock = clock
        self._noted_at: datetime | None = None

    async def begins(self) -> None:
        """Say what may be missing, if nobody has read for longer than Telegram keeps updates."""
        if self._memory is None:
            return
        now = self._clock.now()
        try:
            until = await self._memory.read_until()
            if until is not None and now - until > KEPT_FOR:
                await self._memory.missed(until, now - KEPT_FOR)
        except Exception as error:  # noqa: BLE001 - the memory is the application's; receiving goes on without it
            _log.warning("telegram: how far was read is not known: %s", type(error).__name__)
            return
        await self._note(now)

    async def goes_on(self) -> None:
        """Nothing waits: all that was sent before is in the inbox. Noted once a minute."""
        now = self._clock.now()
        if self._noted_at is None or now - self._noted_at >= _NOTED_EVERY:
            await self._note(now)

    async def _note(self, now: datetime) -> None:
        if self._memory is None:
            return
        try:
            await self._memory.set_read_until(now)
        except Exception as error:  # noqa: BLE001 - as above
            _log.warning("telegram: how far was read is not noted: %s", type(error).__name__)
        else:
            self._noted_at = now
