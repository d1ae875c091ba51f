"""When a reminder rings."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.reminder import instant

PARIS = "Europe/Paris"


@pytest.mark.parametrize(
    ("wall", "rings"),
    [
        (datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 2, 30, fold=1), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 9, 0), datetime(2026, 10, 25, 8, 0, tzinfo=UTC)),
        (datetime(2027, 3, 28, 9, 0), datetime(2027, 3, 28, 7, 0, tzinfo=UTC)),
    ],
)
def test_it_rings_at_its_wall_time(wall: datetime, rings: datetime) -> None:
    """On the nights on which clocks change too; of two equal wall times the one that was meant."""
    assert instant(wall, PARIS) == rings
