"""The clock, and the one that stands still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from bot.clock import Clock, SimulatedClock

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)


def test_the_clock_tells_the_machine_s_time_in_utc() -> None:
    """now() is aware and in UTC, whatever the machine's zone."""
    with time_machine.travel(datetime(2026, 10, 14, 14, 0, tzinfo=ZoneInfo("Europe/Paris")), tick=False):
        assert Clock().now() == NOON
        assert Clock().now().tzinfo is UTC


def test_a_simulated_clock_stands_still() -> None:
    """Only set() and advance_to() move it, not the machine's time."""
    clock = SimulatedClock(NOON)
    with time_machine.travel(NOON + timedelta(days=400), tick=False):
        assert clock.now() == NOON


def test_a_simulated_clock_moves_when_told_and_stays_in_utc() -> None:
    """An instant of any zone is the same instant in UTC."""
    clock = SimulatedClock(NOON)
    clock.advance_to(datetime(2026, 10, 15, 10, 0, tzinfo=ZoneInfo("Europe/Paris")))
    assert clock.now() == datetime(2026, 10, 15, 8, 0, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_a_simulated_clock_does_not_advance_backwards() -> None:
    """advance_to() refuses the past and leaves the time as it was; the same instant is no step back."""
    clock = SimulatedClock(NOON)
    clock.advance_to(NOON)
    with pytest.raises(ValueError, match="does not run"):
        clock.advance_to(NOON - timedelta(microseconds=1))
    assert clock.now() == NOON


def test_a_simulated_clock_can_be_set_back() -> None:
    """set() is a correction, as a machine's clock gets one."""
    clock = SimulatedClock(NOON)
    clock.set(NOON - timedelta(hours=1))
    assert clock.now() == NOON - timedelta(hours=1)


@pytest.mark.parametrize("move", ["set", "advance_to"])
def test_an_instant_without_a_zone_is_refused(move: str) -> None:
    """A naive datetime is no instant."""
    naive = datetime(2026, 10, 14, 12, 0)
    clock = SimulatedClock(NOON)
    with pytest.raises(ValueError, match="zone"):
        getattr(clock, move)(naive)
    with pytest.raises(ValueError, match="zone"):
        SimulatedClock(naive)
