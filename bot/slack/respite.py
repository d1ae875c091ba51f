"""Respite: a while in which nothing is looked up, because Slack asked for it or does not answer.

A turn waits for what it looks up. While Slack is slow, all turns would wait, those of other platforms too;
meanwhile what was known before serves.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.platform import ServiceError, Throttled

_AFTER_TROUBLE: Final = timedelta(seconds=30)


class Respite:
    """Shared by everything that looks up in one workspace."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: datetime | None = None

    @property
    def lasts(self) -> bool:
        """Whether Slack is to be left alone."""
        return self._until is not None and self._clock.now() < self._until

    def begin(self, trouble: Exception | None = None) -> None:
        """Leave it alone for as long as it asks, or for half a minute."""
        if trouble is None or isinstance(trouble, ServiceError):
            asked = trouble.retry_after if isinstance(trouble, Throttled) else _AFTER_TROUBLE
            self._until = self._clock.now() + asked
