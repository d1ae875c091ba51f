"""The growing bench: that both sides do the same, and that each line does what is timed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from models.search import tokens
from tests.bench import world
from tests.bench.filling import filling
from tests.bench.growing import KINDS, Kind
from tests.bench.logging_a_call import terminal
from tests.bench.peer import peer

WRITTEN = ("inbox", "outbox", "activity", "change", "deal", "token", "stage_change")


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
async def test_both_sides_write_the_same(database_url: str, tmp_path: Path, kind: Kind) -> None:
    """A line and its peer leave as many rows in each table, on both databases."""
    small = await world.build_at(database_url, tmp_path, 100)
    async with terminal(small.url) as ours, peer(small.url, world.SPEAKER) as bare:
        for number, each in enumerate(KINDS):
            assert each.answered in await ours.says(each.typed(small, number))
        await bare.prepare(WRITTEN)
        before = await counted(small.url)
        assert kind.answered in await ours.says(kind.typed(small, len(KINDS)))
        between = await counted(small.url)
        await kind.bare(bare, small, len(KINDS) + 1)
        after = await counted(small.url)
    assert difference(before, between) == difference(between, after) != difference(before, before)


async def counted(url: str) -> dict[str, int]:
    async with filling(url) as reading:
        return {table: (await reading.ids(f"SELECT count(*) FROM {table}"))[0] for table in WRITTEN}


def difference(before: dict[str, int], after: dict[str, int]) -> dict[str, Any]:
    return {table: after[table] - before[table] for table in WRITTEN}


async def test_a_world_has_the_words_that_parley_would_have_given_it(tmp_path: Path) -> None:
    """As many as a person with a name of two words, one address and one number has."""
    small = await world.build(tmp_path / "parley.db", 50)
    found = tokens(
        "contact",
        text="Jane Doe jane.doe@firm.example +33612347948",
        name="Jane Doe",
        phones=["+33612347948"],
    )
    async with filling(small.url) as reading:
        query = "SELECT count(*) FROM token WHERE record_id = 7 AND kind IN ('contact', 'contact@fragment')"
        assert await reading.ids(query) == [len(found)]
