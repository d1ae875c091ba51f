"""The bench itself: that both sides of its chief figure do the same, and what it calls held."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.bench import world
from tests.bench.bare_driver import BareDriver
from tests.bench.figure import Bar, Figure, Sides, markdown
from tests.bench.logging_a_call import copied, terminal

WRITTEN = ("inbox", "activity", "change", "outbox")
# What differs between two calls with one person, and what only the rest of a turn knows.
PASSING = {
    "shown",
    "id",
    "key",
    "payload",
    "number",
    "record_id",
    "said",
    "dedupe_key",
    "body",
    "message_ref",
    "fields",
}


async def test_the_peer_writes_what_parley_writes(tmp_path: Path) -> None:
    """After two calls by each side, the tables of a call hold as many rows, and the same in them."""
    small = await world.build(tmp_path / "parley.db", 50)
    [caller, *_] = small.people
    async with terminal(small.url) as ours:
        await ours.logs_a_call(caller)
        await copied(ours.app, tmp_path / "bare.db")
        await ours.logs_a_call(caller)
    bare = BareDriver(tmp_path / "bare.db", world.SPEAKER)
    bare.log_call(caller)
    bare.close()
    assert written(small.path) == written(tmp_path / "bare.db")


def written(path: Path) -> dict[str, tuple[int, dict[str, object]]]:
    """By table: how many rows, and what of the last one does not pass."""
    found = {}
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        for table in WRITTEN:
            rows = [dict(row) for row in connection.execute(f'SELECT * FROM "{table}" ORDER BY id')]
            kept = {
                name: value
                for name, value in rows[-1].items()
                if name not in PASSING and not name.endswith(("at", "ms", "until", "before"))
            }
            found[table] = len(rows), kept
    return found


async def test_a_world_is_found_by_its_words(tmp_path: Path) -> None:
    """Whoever stands in the made-up world is known to Parley, with a deal where there is an open one."""
    small = await world.build(tmp_path / "parley.db", 50)
    async with terminal(small.url) as ours:
        assert "C-3" in await ours.says(f"find {small.people[2]}")
        assert "D-4" in await ours.says(f"call {small.people[3]}")
        assert "D-" not in await ours.says(f"call {small.people[4]}")


@pytest.mark.parametrize(("value", "verdict"), [(9.9, "held"), (10.0, "held"), (10.1, "not held")])
def test_a_bar_is_the_most_that_is_allowed(value: float, verdict: str) -> None:
    """Exactly the bar still holds it."""
    figure = Figure("a call", "1 ms", "0.1 ms", value, Bar(10))
    assert figure.verdict == verdict
    assert f"| {value}× | ≤ 10× | {verdict} |" in markdown([figure])


def test_a_disturbed_round_does_not_decide() -> None:
    """The ratio is that of the median round, each side beside the other."""
    assert Sides([2.0, 90.0, 4.0], [1.0, 1.0, 2.0]).ratio == 2.0
