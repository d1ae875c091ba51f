"""The only place where the time is read. Everything else is told what time it is."""

from __future__ import annotations

from datetime import UTC, datetime


class Clock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        return datetime.now(UTC)


class SimulatedClock(Clock):
    """A clock that stands still until it is set, for demonstrations and tests."""

    def __init__(self, start: datetime) -> None:
        self._now = _in_utc(start)

    def now(self) -> datetime:
        """The instant it was last set to, in UTC."""
        return self._now

    def set(self, instant: datetime) -> None:
        """Any instant, earlier ones too, as when a machine's clock is put right.

        Raises:
            ValueError: a naive datetime.
        """
        self._now = _in_utc(instant)

    def advance_to(self, instant: datetime) -> None:
        """Let time pass until then.

        Raises:
            ValueError: a naive datetime, or an instant that has passed already.
        """
        until = _in_utc(instant)
        if until < self._now:
            raise ValueError(f"time does not run from {self._now} back to {until}")
        self._now = until


def _in_utc(instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise ValueError(f"an instant needs its zone: {instant} has none")
    return instant.astimezone(UTC)
