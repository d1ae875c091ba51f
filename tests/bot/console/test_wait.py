"""How long a simulation waits."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.console import wait
from handlers.chat.i18n import Locale

NOW = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)  # Wednesday, 15:30 in Paris
PARIS = Locale("fr-FR", "Europe/Paris")


@pytest.mark.parametrize(
    ("typed", "length"),
    [
        ("20m", timedelta(minutes=20)),
        ("2h", timedelta(hours=2)),
        ("1h30", timedelta(hours=1, minutes=30)),
        ("1 h 30 min", timedelta(hours=1, minutes=30)),
        ("3d", timedelta(days=3)),
        ("3 jours", timedelta(days=3)),
        ("2w", timedelta(weeks=2)),
        ("1D 2H", timedelta(days=1, hours=2)),
        ("45s", timedelta(seconds=45)),
        ("0m", timedelta(0)),
    ],
)
def test_lengths(typed: str, length: timedelta) -> None:
    """A length counts from now, in hours that really pass."""
    assert wait.target(typed, now=NOW, locale=PARIS) == NOW + length


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("until fri 10:00", datetime(2026, 10, 16, 8, tzinfo=UTC)),
        ("until tomorrow 9am", datetime(2026, 10, 15, 7, tzinfo=UTC)),
        ("jusqu’à demain 9h", datetime(2026, 10, 15, 7, tzinfo=UTC)),
        ("until sunday 10:00", datetime(2026, 10, 18, 8, tzinfo=UTC)),
        ("until 2026-10-15T10:00", datetime(2026, 10, 15, 8, tzinfo=UTC)),
        ("until 2026-10-15 10:00", datetime(2026, 10, 15, 8, tzinfo=UTC)),
        ("until 2026-10-15T10:00Z", datetime(2026, 10, 15, 10, tzinfo=UTC)),
        ("until 2026-10-25T02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("until 2026-10-01T10:00", datetime(2026, 10, 1, 8, tzinfo=UTC)),
    ],
)
def test_until(typed: str, instant: datetime) -> None:
    """A time is on the speaker's clock, unless it names its offset; which may be in the past."""
    assert wait.target(typed, now=NOW, locale=PARIS) == instant


def test_until_is_on_the_speakers_own_clock() -> None:
    """The same words are another instant for somebody in New York."""
    new_york = Locale("en-US", "America/New_York")
    assert wait.target("until fri 10:00", now=NOW, locale=new_york) == datetime(2026, 10, 16, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "2",
        "h",
        "2x",
        "1h30x",
        "-2h",
        "2h until",
        "until",
        "until the cows come home",
        "until 30 feb",
        "until 2026-02-30T10:00",
        "until 0001-01-01T00:00+14:00",
        "99999w",
        "²h",
        "9" * 5000 + "h",
    ],
)
def test_what_says_no_time(typed: str) -> None:
    """What cannot be read, or would take for ever, is no time to wait."""
    assert wait.target(typed, now=NOW, locale=PARIS) is None
