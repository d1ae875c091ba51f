"""What lines at a terminal take as the workspace grows: call, find, move, deal, pipeline, on both databases.

Each round goes through all sizes, and at each through all lines, Parley and the bare driver in turns.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import asyncpg

from tests.bench import world
from tests.bench.figure import Bar, Figure, Sides
from tests.bench.logging_a_call import Terminal, terminal
from tests.bench.peer import Peer, peer
from tests.bench.world import COLLEAGUES, SPEAKER, World
from tests.postgres import SETTINGS, OwnServer, ready

ROUNDS = 5
LINES = 12  # of a kind, in a round, at each size
WARM = 4  # lines before that: their SQL is made, their pages are read
# Whatever the size; the goal for growth from the smallest workspace to the largest.
GROWTH = Bar(3)
# As a server is that must not lose what it has acknowledged, with memory for a million contacts' indexes.
SERVER = {
    **SETTINGS,
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
}
# A folder that the server's own user reaches, with room in its name for a socket, and seldom in memory.
DISK = Path("/tmp")
_MOVED_TO = ("qualified", "proposal", "negotiation", "new")
_PATTERNS = ("inbox", "activity", "change", "outbox", "deal", "token", "stage_change")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of line: what is typed the n-th time, what the answer has, and what the peer does for it."""

    name: str
    typed: Callable[[World, int], str]
    answered: str
    bare: Callable[[Peer, World, int], Awaitable[None]]
    bar: Bar | None = GROWTH


def _person(place: World, number: int) -> str:
    return place.people[number * 7_919 % len(place.people)]


def _own_deal(place: World, number: int) -> tuple[int, str]:
    """A deal of the speaker's that is open, each in turn, and the stage that comes after its own."""
    deals = len(place.people) // COLLEAGUES
    return (number % deals + 1) * COLLEAGUES, _MOVED_TO[number // deals % len(_MOVED_TO)]


def _slipped(place: World, number: int) -> str:
    """A full name without the third letter of the last one."""
    first, last = _person(place, number).split()
    return f"{first} {last[:2]}{last[3:]}"


def _move(place: World, number: int) -> str:
    deal, stage = _own_deal(place, number)
    return f"move D-{deal} > {stage}"


KINDS = (
    Kind(
        "call",
        lambda place, n: f"call {_person(place, n)} 15m left voicemail",
        "Call logged",
        lambda bare, place, n: bare.call(_person(place, n)),
    ),
    Kind(
        "find",
        lambda place, n: f"find {_person(place, n)}",
        "C-",
        lambda bare, place, n: bare.find(_person(place, n)),
    ),
    Kind(
        "find, one letter missing",
        lambda place, n: f"find {_slipped(place, n)}",
        "C-",
        lambda bare, place, n: bare.find(_person(place, n)),
    ),
    Kind("move", _move, "D-", lambda bare, place, n: bare.move(_own_deal(place, n)[0])),
    Kind(
        "deal",
        lambda place, n: f"deal new Zq{n}x Wv{n}k 12k",
        "New deal",
        lambda bare, place, n: bare.deal(n),
    ),
    # It adds up every open deal of its owner; a goal would be for sums that are kept.
    Kind(
        "pipeline",
        lambda place, n: "pipeline",
        "Pipeline",
        lambda bare, place, n: bare.pipeline(n),
        bar=None,
    ),
)
Spent = dict[tuple[str, int], list[tuple[float, float]]]


async def measure(folder: Path, sizes: Sequence[int]) -> list[Figure]:
    """Build a world of each size on each database, and time the lines. Takes disk: 4 GB for a million."""
    figures = list[Figure]()
    async with databases(folder, sizes) as found:
        for name, urls in found.items():
            worlds = [await _built(folder, url, name, size) for size, url in urls.items()]
            spent: Spent = defaultdict(list)
            numbers = count(1)
            for _ in range(ROUNDS):
                for place in worlds:
                    await _one_round(place, numbers, spent)
            figures += _told(name, sizes, spent)
    return figures


async def _built(folder: Path, url: str, name: str, size: int) -> World:
    begun = time.monotonic()
    place = await world.build_at(url, folder / f"{name}-{size}", size)
    # What was written reaches the disk before anything is timed.
    await asyncio.to_thread(os.sync)
    print(f"{name}, {size:,} contacts: built in {time.monotonic() - begun:.0f} s", flush=True)  # noqa: T201 # it takes minutes
    return place


@asynccontextmanager
async def databases(folder: Path, sizes: Sequence[int]) -> AsyncIterator[dict[str, dict[int, str]]]:
    """The addresses of new databases of each kind, by size; the server ends with them."""
    server = OwnServer(where=DISK, settings=SERVER)
    try:
        running = await asyncio.to_thread(ready, server.folder)
        connection = await asyncpg.connect(running.url("postgres"))
        for size in sizes:
            await connection.execute(f"CREATE DATABASE parley_{size} TEMPLATE template1")
        await connection.close()
        yield {
            "SQLite": {size: f"sqlite://{folder / f'parley-{size}.db'}" for size in sizes},
            "PostgreSQL": {size: running.url(f"parley_{size}") for size in sizes},
        }
    finally:
        await asyncio.to_thread(server.stop)


async def _one_round(place: World, numbers: count[int], spent: Spent) -> None:
    async with terminal(place.url, first=next(numbers)) as ours, peer(place.url, SPEAKER) as bare:
        for kind in KINDS:  # each leaves rows that the peer's are made after
            for _ in range(WARM):
                await _says(ours, kind, place, next(numbers))
        await bare.prepare(_PATTERNS)
        for kind in KINDS:
            for _ in range(WARM):
                await kind.bare(bare, place, next(numbers))
        for kind in KINDS:
            for _ in range(LINES):
                number = next(numbers)
                begun = time.perf_counter()
                await _says(ours, kind, place, number)
                between = time.perf_counter()
                await kind.bare(bare, place, next(numbers))
                ended = time.perf_counter()
                spent[kind.name, len(place.people)].append((between - begun, ended - between))


async def _says(ours: Terminal, kind: Kind, place: World, number: int) -> None:
    shown = await ours.says(kind.typed(place, number))
    assert kind.answered in shown, f"{kind.name}: {shown}"


def _told(database: str, sizes: Sequence[int], spent: Spent) -> list[Figure]:
    figures = list[Figure]()
    for kind in KINDS:
        for size in sizes:
            mine, bare = zip(*spent[kind.name, size], strict=True)
            ours, theirs = statistics.median(mine), statistics.median(bare)
            late = statistics.quantiles(mine, n=20)[-1]
            figures.append(
                Figure(
                    what=f"{kind.name}, {size:,} contacts, {database}",
                    ours=f"{ours * 1000:.1f} ms (p95 {late * 1000:.1f})",
                    theirs=f"bare SQL: {theirs * 1000:.2f} ms",
                    value=ours / theirs,
                )
            )
        figures += _growth(kind, database, sizes, spent)
    return figures


def _growth(kind: Kind, database: str, sizes: Sequence[int], spent: Spent) -> list[Figure]:
    """The largest beside the smallest, round by round."""
    if len(sizes) < 2:
        return []
    small, large = [
        [statistics.median(mine for mine, _ in some) for some in _rounds(spent[kind.name, size])]
        for size in (min(sizes), max(sizes))
    ]
    sides = Sides(large, small)
    mine, least = sides.medians
    return [
        Figure(
            what=f"{kind.name}, growth from {min(sizes):,} to {max(sizes):,} contacts, {database}",
            ours=f"{mine * 1000:.1f} ms",
            theirs=f"at the smaller size: {least * 1000:.1f} ms",
            value=sides.ratio,
            bar=kind.bar,
        )
    ]


def _rounds(timed: Sequence[tuple[float, float]]) -> list[Sequence[tuple[float, float]]]:
    return [timed[start : start + LINES] for start in range(0, len(timed), LINES)]
