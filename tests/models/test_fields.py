"""Instants, and the class of data that every field holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.expressions import Q
from tortoise.functions import Max

from bot.database import Database
from models.fields import DataClass, UTCDatetimeField, data_class_of, in_utc, public
from tests.samples.models import Note, Shelf

PARIS = ZoneInfo("Europe/Paris")
NEW_YORK = ZoneInfo("America/New_York")
TOKYO = ZoneInfo("Asia/Tokyo")

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


async def _shelves(*moments: datetime) -> None:
    for number, moment in enumerate(moments):
        await Shelf.create(name=f"s{number}", at=moment)


async def test_an_instant_of_any_zone_finds_the_rows_that_are_earlier(samples: Database) -> None:
    """An instant of Paris, New York or Tokyo finds the same rows as the same instant of UTC."""
    hour = timedelta(hours=1)
    await _shelves(*(NOON + hour * step for step in range(-12, 13)))
    for zone in (UTC, PARIS, NEW_YORK, TOKYO):
        for step in (-9, -4, -1, 0, 2, 5, 9):
            found = await Shelf.filter(at__lte=(NOON + hour * step).astimezone(zone)).count()
            assert found == 13 + step


@pytest.mark.parametrize("zone", [PARIS, NEW_YORK, TOKYO])
async def test_every_way_to_write_an_instant_stores_the_same(samples: Database, zone: ZoneInfo) -> None:
    """create, save, update, bulk_create and bulk_update all store UTC."""
    local = NOON.astimezone(zone)
    created = await Shelf.create(name="created", at=local)
    saved = await Shelf.create(name="saved", at=NOON - timedelta(days=1))
    saved.at = local
    await saved.save(update_fields=["at"])
    await Shelf.create(name="updated", at=NOON - timedelta(days=1))
    await Shelf.filter(name="updated").update(at=local)
    await Shelf.bulk_create([Shelf(name="bulk", at=local)])
    changed = await Shelf.create(name="changed", at=NOON - timedelta(days=1))
    changed.at = local
    await Shelf.bulk_update([changed], fields=["at"])

    stored = await samples.fetch("SELECT at FROM shelf")
    assert {in_utc(row["at"]) for row in stored} == {NOON}
    if samples.dialect == "sqlite":
        assert {row["at"] for row in stored} == {"2026-07-01 12:00:00+00:00"}
    assert created.at.tzinfo is UTC
    assert await Shelf.filter(at=local).count() == 5


async def test_an_instant_comes_back_in_utc(samples: Database) -> None:
    """Objects, values, aggregates and raw rows give the instant that went in, in UTC, to the microsecond."""
    moment = datetime(2026, 10, 25, 2, 30, 0, 123456, tzinfo=PARIS)
    await _shelves(moment)
    expected = datetime(2026, 10, 25, 0, 30, 0, 123456, tzinfo=UTC)
    objects = [shelf.at for shelf in await Shelf.all()]
    values = [row["at"] for row in await Shelf.all().values("at")]
    largest = [row["latest"] for row in await Shelf.annotate(latest=Max("at")).values("latest")]
    assert objects + values + largest == [expected] * 3
    assert {found.tzinfo for found in objects + values + largest} == {UTC}


async def test_fractions_of_a_second_are_ordered_right(samples: Database) -> None:
    """A whole second comes before its first microsecond and after the last one before it."""
    tick = timedelta(microseconds=1)
    await _shelves(NOON + tick, NOON, NOON - tick)
    assert [shelf.name for shelf in await Shelf.all().order_by("at")] == ["s2", "s1", "s0"]
    assert [shelf.name for shelf in await Shelf.filter(at__gt=NOON)] == ["s0"]


async def test_both_two_thirties_of_the_autumn_night_are_told_apart(samples: Database) -> None:
    """The same wall time before and after the clock goes back is two instants, an hour apart."""
    first = datetime(2026, 10, 25, 2, 30, tzinfo=PARIS)
    await _shelves(first, first.replace(fold=1))
    earlier, later = [shelf.at for shelf in await Shelf.all().order_by("at")]
    assert later - earlier == timedelta(hours=1)


async def test_an_instant_without_a_zone_is_refused_everywhere(samples: Database) -> None:
    """A naive datetime raises ValueError in a constructor, in save, filter, update and raw statements."""
    naive = datetime(2026, 7, 1, 12, 0)
    shelf = await Shelf.create(name="s", at=NOON)
    with pytest.raises(ValueError, match="needs its zone"):
        Shelf(name="t", at=naive)
    shelf.at = naive
    with pytest.raises(ValueError, match="needs its zone"):
        await shelf.save()
    with pytest.raises(ValueError, match="needs its zone"):
        await Shelf.filter(Q(at__gt=naive))
    with pytest.raises(ValueError, match="needs its zone"):
        await Shelf.all().update(at=naive)
    with pytest.raises(ValueError, match="needs its zone"):
        await samples.fetch("SELECT id FROM shelf WHERE at < ?", naive)
    assert [row.at for row in await Shelf.all()] == [NOON]


async def test_no_instant_stays_none(samples: Database) -> None:
    """A nullable instant keeps None, and is found by it."""
    shelf = await Shelf.create(name="s", at=NOON)
    note = await Note.create(shelf=shelf, at=NOON)
    assert note.seen_at is None
    assert await Note.filter(seen_at=None).count() == 1
    await Note.filter(id=note.id).update(seen_at=NOON.astimezone(TOKYO))
    assert [found.seen_at for found in await Note.all()] == [NOON]


@given(moment=st.datetimes(timezones=st.timezones()))
def test_in_utc_is_the_same_instant(moment: datetime) -> None:
    """The conversion changes the zone and nothing else; where UTC cannot hold the instant, it says so."""
    try:
        expected = moment.astimezone(UTC)
    except OverflowError:
        with pytest.raises(ValueError, match="no such instant"):
            in_utc(moment)
        return
    assert in_utc(moment) == expected
    assert in_utc(moment).tzinfo is UTC
    assert in_utc(expected.isoformat(" ")) == expected


@pytest.mark.parametrize("value", [12, 3.5, None, "yesterday", NOON.date()])
def test_what_is_no_instant_is_refused(value: object) -> None:
    """A number, a date or a word is no instant, and None is none either."""
    with pytest.raises(ValueError, match=r"instant|isoformat"):
        in_utc(value)


def test_no_field_sets_itself_to_the_clock() -> None:
    """The time is a parameter everywhere: auto_now is refused."""
    with pytest.raises(TypeError):
        UTCDatetimeField(auto_now=True)


async def test_every_mark_of_a_data_class_is_found_again(samples: Database) -> None:
    """The class survives inheritance from an abstract base; a key's column has the class of its key."""
    assert data_class_of(Shelf, "id") is DataClass.PUBLIC
    assert data_class_of(Note, "at") is DataClass.PERSONAL
    assert data_class_of(Shelf, "lock") is DataClass.SECRET
    assert data_class_of(Note, "shelf") is DataClass.SENSITIVE
    assert data_class_of(Note, "shelf_id") is DataClass.SENSITIVE


async def test_a_field_without_a_data_class_is_found_out(samples: Database) -> None:
    """An unmarked field, a relation's other end and a name that is no field have none: LookupError."""
    for model, name in ((Note, "bare"), (Shelf, "notes"), (Shelf, "colour")):
        with pytest.raises(LookupError, match=name):
            data_class_of(model, name)


def test_only_fields_have_a_data_class() -> None:
    """Marking anything but a field is a mistake in a model, found at import."""
    with pytest.raises(TypeError, match="not a field"):
        public("name")
