"""A reminder's way from due to sent: claimed, composed, put into the outbox, sent, marked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bot.app import App
from bot.pace import Pace
from bot.platform import Message, Receive
from handlers.chat.reply import Reply
from handlers.chat.request import Request
from tests.bench.figure import Figure
from tests.bench.world import COLLEAGUES, World, config, join, remind

REMINDERS = 1_000


class Nowhere:
    """A chat service that takes every message and keeps none; it counts them."""

    name = "nowhere"
    edits_in_place = True
    keeps_history = True
    pace: Pace | None = None

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    async def run(self, receive: Receive) -> None:
        raise NotImplementedError

    def parse(self, key: str, raw: Mapping[str, Any]) -> Request | None:
        return None

    async def send(self, message: Message) -> str:
        self.taken[str(message.reply.blocks[0])] += 1
        return str(message.id)

    async def edit(self, message: Message) -> str:
        raise NotImplementedError

    async def find(self, message: Message) -> str | None:
        return None

    def can_find(self, message: Message) -> bool:
        return False

    async def answer(self, request: Request, reply: Reply | None) -> bool:
        return True

    async def close(self) -> None:
        """Nothing is held."""


async def measure(world: World) -> list[Figure]:
    """All of them due at once, to twenty people."""
    await join(world, "nowhere", [("", f"rep{n}", f"rep{n}") for n in range(COLLEAGUES)])
    await remind(world, REMINDERS)
    nowhere = Nowhere()
    app = App(config(world.url), platforms=[nowhere])
    await app.open()
    try:
        begun = time.perf_counter()
        await app.scheduler.tick_until_quiet()
        await app.settle()
        took = time.perf_counter() - begun
    finally:
        await app.close()
    assert len(nowhere.taken) == nowhere.taken.total() == REMINDERS, "each once"
    return [
        Figure(
            what=f"reminder cycle, {REMINDERS:,} due at once, SQLite synchronous=FULL",
            ours=f"{REMINDERS / took:,.0f}/s",
            theirs="–",
            value=took / REMINDERS * 1000,
            unit="ms",
        )
    ]
