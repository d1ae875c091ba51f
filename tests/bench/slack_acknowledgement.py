"""How soon Slack is told that a message is taken, and how soon its answer is read, beside bolt's default.

Parley acknowledges once the message is committed to the inbox, bolt before anything is kept. One
person types, reads the answer, and types again.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from statistics import median

from tests.bench.figure import Bar, Figure, Sides
from tests.bench.processes import WITHIN, environment, python, slack_settings
from tests.bench.starting import RUN
from tests.bench.world import World, join
from tests.emulators.slack import Person, SlackEmulator
from tests.emulators.slack.workspace import TEAM_ID

ROUNDS = 4
MESSAGES = 25  # in a round, by each side
MUST = Bar(5, "ms")
STOCK = (
    "import asyncio, sys, tests.emulators.stock_slack_bot as bot;"
    " bot.WORK = 0; asyncio.run(bot.main(*sys.argv[1:]))"
)


async def measure(world: World) -> list[Figure]:
    """Alternate rounds of both bots, each in a workspace of its own."""
    async with SlackEmulator(rate_limits=False) as slack, SlackEmulator(rate_limits=False) as plain:
        ours, theirs = slack.user("Rep 0"), plain.user("Rep 0")
        await join(world, "slack", [(TEAM_ID, ours.id, ours.dm.id)])
        async with _both(world, slack, plain):
            sides, read = await _alternate((slack, ours), (plain, theirs), world)
    mine, stock = sides.medians
    answered, plainly = read.medians
    return [
        Figure(
            what="Slack end to end, p50, from typing to the answer on the screen",
            ours=f"{answered * 1000:.1f} ms",
            theirs=f"slack-bolt's default, one fsync a message: {plainly * 1000:.1f} ms",
            value=read.ratio,
        ),
        Figure(
            what="Slack acknowledgement, p50, inbox commit included",
            ours=f"{mine * 1000:.1f} ms",
            theirs=f"slack-bolt's default, nothing kept: {stock * 1000:.1f} ms",
            value=mine * 1000,
            bar=MUST,
            unit="ms",
        ),
    ]


@asynccontextmanager
async def _both(world: World, slack: SlackEmulator, plain: SlackEmulator) -> AsyncIterator[None]:
    env = environment(world, **slack_settings(slack))
    effects = str(world.path.with_name("effects"))
    async with (
        python(*RUN, env=env),
        python("-c", STOCK, plain.api_url, plain.bot_token, plain.app_token, effects, env=env),
    ):
        await slack.connected(within=WITHIN)
        await plain.connected(within=WITHIN)
        yield


async def _alternate(
    ours: tuple[SlackEmulator, Person], theirs: tuple[SlackEmulator, Person], world: World
) -> tuple[Sides, Sides]:
    """How soon it was acknowledged, and how soon answered, in seconds."""
    names = (world.people[number * 7_919 % len(world.people)] for number in count(1))
    mine, stock = list[tuple[float, float]](), list[tuple[float, float]]()
    for warm in (True, *(False,) * ROUNDS):
        for side, found, words in ((ours, mine, "Call logged"), (theirs, stock, "Logged")):
            each = [await _said(*side, names, words) for _ in range(MESSAGES)]
            if not warm:
                found.append((median(acked for acked, _ in each), median(read for _, read in each)))
    acknowledged, answered = (Sides([a[i] for a in mine], [b[i] for b in stock]) for i in (0, 1))
    return acknowledged, answered


async def _said(
    slack: SlackEmulator, person: Person, names: Iterator[str], words: str
) -> tuple[float, float]:
    """Seconds from typing until the acknowledgement, and until the answer."""
    begun = time.time()
    ts = person.says(f"call {next(names)} 15m left voicemail")
    [delivery] = slack.deliveries_of(ts)
    acked = await slack.until(lambda: delivery.acked, WITHIN)
    await person.waits_for(words, WITHIN)
    return acked - begun, time.time() - begun
