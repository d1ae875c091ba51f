"""Calls logged over Telegram, from the update to the answer on the screen, beside a bot of the library's.

Both bots are processes of their own; each has an emulated Telegram without flood limits. The other bot looks
nothing up and decides nothing. On SQLite it is the stock one: it appends the line to a file, waits for the
disk, and answers. On PostgreSQL it has an aiohttp-based transport and sixteen updates at once, and inserts
the line by asyncpg.
"""

from __future__ import annotations

import time
from itertools import count, cycle
from statistics import median

from tests.bench.figure import Bar, Figure, Sides
from tests.bench.processes import WITHIN, environment, python, telegram_settings
from tests.bench.starting import RUN
from tests.bench.world import COLLEAGUES, World, join
from tests.emulators.telegram import TelegramEmulator, User

MUST = Bar(0.3, at_least=True)
ROUNDS = 3
CALLS = 200  # in a round, by all colleagues together
STOCK = "import sys, tests.emulators.stock_telegram_bot as bot; bot.WORK = 0; bot.main(*sys.argv[1:])"


_STOCK = "python-telegram-bot's stock bot, one fsync a message"
_LIBRARY = "python-telegram-bot with an aiohttp request, one asyncpg write"


class Team:
    """People who type, each in a chat of their own; all that they see is an answer to it."""

    def __init__(self, telegram: TelegramEmulator, world: World) -> None:
        self._telegram = telegram
        self._names = (world.people[n * 7_919 % len(world.people)] for n in count(1))
        self.people: list[User] = [telegram.user(first_name=f"Rep {n}") for n in range(COLLEAGUES)]

    async def log(self, calls: int) -> float:
        """Everybody types; returns the seconds until all is answered."""
        answered = len(self._telegram.ledger) + calls
        begun = time.perf_counter()
        for person, name, _ in zip(cycle(self.people), self._names, range(calls), strict=False):
            person.says(f"call {name} 15m left voicemail")
        await self._telegram.until(lambda: len(self._telegram.ledger) >= answered, WITHIN)
        return time.perf_counter() - begun


async def measure(world: World) -> list[Figure]:
    """Alternate rounds of both bots."""
    async with (
        TelegramEmulator(flood_limits=False) as telegram,
        TelegramEmulator(flood_limits=False) as plain,
    ):
        ours, theirs = Team(telegram, world), Team(plain, world)
        await join(world, "telegram", [("", str(person.id), str(person.id)) for person in ours.people])
        env = environment(world, **telegram_settings(telegram))
        if on_sqlite := world.url.startswith("sqlite"):
            other = ("-c", STOCK, plain.url, plain.token, str(world.path.with_name("effects")))
        else:
            other = ("-m", "tests.bench.library_bot", plain.url, plain.token, world.url)
        async with python(*RUN, env=env), python(*other, env=env):
            sides = await _alternate(ours, theirs)
    _require_answers(telegram)
    mine, stock = CALLS / median(sides.ours), CALLS / median(sides.theirs)
    return [
        Figure(
            what=f"Telegram end to end, {COLLEAGUES} people type {CALLS} calls at once, "
            + ("SQLite" if on_sqlite else "PostgreSQL"),
            ours=f"{mine:,.0f} calls/s",
            theirs=f"{_STOCK if on_sqlite else _LIBRARY}: {stock:,.0f} messages/s",
            value=1 / sides.ratio,
            bar=None if on_sqlite else MUST,
        )
    ]


async def _alternate(ours: Team, theirs: Team) -> Sides:
    for team in (ours, theirs):
        await team.log(COLLEAGUES)  # until both are up and warm
    mine, stock = [], []
    for _ in range(ROUNDS):
        mine.append(await ours.log(CALLS))
        stock.append(await theirs.log(CALLS))
    return Sides(mine, stock)


def _require_answers(telegram: TelegramEmulator) -> None:
    shown = [getattr(record, "text", "") for record in telegram.ledger]
    wrong = [text for text in shown if "Call logged" not in text]
    assert not wrong, wrong[:3]
