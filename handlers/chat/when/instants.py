"""From a wall time in a zone to its instant, through the nights on which clocks change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class When:
    """An instant as somebody said it.

    ``wall`` is the naive local time in ``zone`` (an IANA name), to the minute; ``instant`` is aware UTC.
    Of a wall time that exists twice the first is meant; the second (``in 2h`` may end there) has
    ``wall.fold`` 1. ``gap``: the wall time that was said does not exist, since clocks went forward; this
    is the first that does.
    ``has_date``, ``has_time``: a day, an hour was said. Without an hour it is 09:00 (and for today, once
    that has passed, 18:00; in a log, now). ``typed_date``: a date of the calendar was typed.
    ``computed``: the day was computed (end of month, in 3 days); where it had fallen on a day off, it was
    moved to the next working day from ``moved_from``.
    ``weekday_next``: next or prochain was said of a weekday, of which some mean a week later.
    """

    wall: datetime
    zone: str
    instant: datetime
    has_date: bool = True
    has_time: bool = True
    typed_date: bool = False
    computed: bool = False
    moved_from: date | None = None
    weekday_next: bool = False
    gap: bool = False


def zone_named(name: str) -> ZoneInfo:
    """The zone of that IANA name.

    Raises:
        ValueError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # OSError: a folder such as Europe, an endless name
        raise ValueError(f"no time zone is called {name[:64]!r}") from error


def at(time: datetime, zone: str) -> When:
    """A time that no line said: a button's, a moved one.

    A naive ``time`` is wall time in ``zone``, its seconds dropped; where it exists twice, its ``fold``
    chooses, and 0, the first, is what a person means. An aware one is an instant, rounded up to the
    minute, so that a timer never rings early.

    Raises:
        ValueError: an unknown zone, or the very ends of the calendar.
    """
    where = zone_named(zone)
    try:
        return _of_wall(time, where) if time.tzinfo is None else _of_instant(time, where)
    except OverflowError as error:
        raise ValueError(f"no instant is at {time} in {zone}") from error


def _of_wall(time: datetime, zone: ZoneInfo) -> When:
    wall = time.replace(second=0, microsecond=0)
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if _local(instant, zone) == wall:
        return When(_local(instant, zone), zone.key, instant)
    return replace(_of_instant(_end_of_gap(wall, zone), zone), gap=True)


def _of_instant(time: datetime, zone: ZoneInfo) -> When:
    instant = time.astimezone(UTC)
    whole = instant.replace(second=0, microsecond=0)
    if whole < instant:
        whole += timedelta(minutes=1)
    return When(_local(whole, zone), zone.key, whole)


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after the gap that ``wall`` is in, found by halving."""
    # With fold 1 the offset after the gap is used, which gives an instant before it (PEP 495).
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
