"""``python -m tests.bench``: measure everything and print the table; status 1 where a bar is not held."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from bot import log
from bot.config import Log
from tests.bench import (
    flood,
    growing,
    idle_memory,
    logging_a_call,
    machine,
    reminder_cycle,
    slack_acknowledgement,
    starting,
    steady_load,
    telegram_end_to_end,
    telegram_transport,
    wire,
    world,
)
from tests.bench.figure import Figure, markdown, text
from tests.bench.processes import CHECKOUT
from tests.bench.world import World

# In this order: what is measured first leaves rows in the world of what comes after it.
MEASUREMENTS: tuple[Callable[[World], Awaitable[Sequence[Figure]]], ...] = (
    logging_a_call.measure,
    starting.measure,
    idle_memory.measure,
    slack_acknowledgement.measure,
    telegram_end_to_end.measure,
    telegram_transport.measure,
    steady_load.measure,
    flood.measure,
    reminder_cycle.measure,
)


def main() -> int:
    options = _options()
    log.configure(Log(level="warning"))
    begun = time.monotonic()
    facts = machine.facts()
    # On the disk that the checkout is on: in a file system in memory nobody waits for the disk.
    place = CHECKOUT / ".bench"
    place.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        figures = asyncio.run(_measured(Path(folder), options))
    sizes = ", ".join(f"{size:,}" for size in options.grow or [options.contacts])
    facts += (f"{sizes} contacts; the whole took {time.monotonic() - begun:.0f} s",)
    print(_told(facts, figures, options.markdown))  # noqa: T201 # what it is for
    return int(any(figure.held is False for figure in figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--contacts", type=int, default=10_000, help="1,000 to 1,000,000 (default: 10,000)")
    parser.add_argument(
        "--grow",
        type=lambda sizes: [int(size) for size in sizes.split(",")],
        help="only what grows: call, find, move, deal on both databases at these sizes, as 1000,100000",
    )
    parser.add_argument(
        "--wire",
        action="store_true",
        help="only what goes over the wire, on both databases: end to end, 50 commands a second, a flood",
    )
    parser.add_argument(
        "--seconds", type=float, default=15, help="of each load of --wire (default: 15; the promise is 300)"
    )
    parser.add_argument("--markdown", action="store_true", help="print as docs/benchmarks.md has it")
    return parser.parse_args()


async def _measured(folder: Path, options: argparse.Namespace) -> list[Figure]:
    if options.grow:
        return await growing.measure(folder, options.grow)
    if options.wire:
        return await wire.measure(folder, options.contacts, options.seconds)
    found = await world.build(folder / "parley.db", options.contacts)
    return [figure for measure in MEASUREMENTS for figure in await measure(found)]


def _told(facts: Sequence[str], figures: Sequence[Figure], as_markdown: bool) -> str:
    if as_markdown:
        return "\n".join([*(f"- {fact}" for fact in facts), "", markdown(figures)])
    return "\n".join([*facts, "", text(figures)])


if __name__ == "__main__":
    sys.exit(main())
