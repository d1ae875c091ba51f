"""``make bench-wire``: all that goes over the wire, on both databases, one after the other."""

from __future__ import annotations

from pathlib import Path

from tests.bench import (
    flood,
    slack_acknowledgement,
    steady_load,
    telegram_end_to_end,
    telegram_transport,
    world,
)
from tests.bench.figure import Figure
from tests.bench.growing import databases


async def measure(folder: Path, contacts: int, seconds: float) -> list[Figure]:
    """``seconds``: how long each load lasts."""
    figures = list[Figure]()
    async with databases(folder, [contacts]) as found:
        for name, urls in found.items():
            [(_, url)] = urls.items()
            place = await world.build_at(url, folder / name, contacts)
            figures += await steady_load.measure(place, seconds)
            figures += await flood.measure(place, seconds)
            figures += await slack_acknowledgement.measure(place)
            figures += await telegram_end_to_end.measure(place)
        figures += await telegram_transport.measure(place)
    return figures
