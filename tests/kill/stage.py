"""A seeded database and the processes on it, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot import demo
from bot.database import Database
from models.messaging.outbox import OutboxState, Outgoing
from tests.kill.chats import Chat
from tests.kill.effects import Effects, effects
from tests.kill.paths import Step
from tests.kill.seeded import REMINDERS
from tests.kill.supervisor import Process, Supervisor

# A dead process's leases, of ten seconds, have run out by then; and answers show no seconds.
LATER = demo.NOW + timedelta(seconds=30)
PUSHED, PUSHED_THEN = REMINDERS
DUE, THEN_DUE = (demo.NOW + wait for wait in REMINDERS.values())
# Order is strict within a chat: when this is answered, all that came before has been seen, and marked.
LAST_WORD = Step("about", "Free software")

_LOOKED_AT_EVERY = 0.03  # seconds: another process's progress shows in the database alone
_PROGRESSES_WITHIN = 20  # seconds, on a machine that has much else to do


@dataclass(frozen=True, slots=True)
class Outcome:
    """What stands in the database in the end, and what was seen, oldest first."""

    rows: Effects
    shown: list[str]


@dataclass(frozen=True, slots=True)
class Stage:
    """``log`` collects what the processes on the database at ``url`` write."""

    url: str
    log: Path
    supervisor: Supervisor

    @asynccontextmanager
    async def process(self, chat: Chat, now: datetime, failpoint: str = "") -> AsyncIterator[Process]:
        """A server at a clock that stands at ``now``."""
        settings = {
            **chat.settings,
            "PARLEY_DATABASE__URL": self.url,
            "PARLEY_DATABASE__AUTO_MIGRATE": "true",
        }
        async with self.supervisor.process(settings, now, self.log, failpoint) as process:
            await chat.listening()
            yield process

    async def concluded(self, chat: Chat) -> Outcome:
        """Let a process take over, have the last word, and end it in peace."""
        async with self.process(chat, LATER) as heir:
            await chat.takes(LAST_WORD)
            assert await heir.stop() == 0
        return await self.outcome(chat)

    async def concluded_by_the_next_push(self, chat: Chat) -> Outcome:
        """Let a process take over when the second reminder is due: that push is the last word."""
        async with self.process(chat, THEN_DUE) as heir:
            await chat.sees(PUSHED_THEN)
            assert await heir.stop() == 0
        return await self.outcome(chat)

    async def outcome(self, chat: Chat) -> Outcome:
        """What there is now."""
        return Outcome(await effects(self.url), chat.shown())

    async def all_is_marked(self) -> None:
        """Wait until the process has noted that all it had to say was sent."""
        async with self._database(), asyncio.timeout(_PROGRESSES_WITHIN):
            while await Outgoing.filter(state=OutboxState.WAITING).exists():  # noqa: ASYNC110 # no event to wait for
                await asyncio.sleep(_LOOKED_AT_EVERY)

    async def lease_is_taken_away(self, name: str) -> None:
        """Give a lease to another process, as soon as the running one has it."""
        taken = "UPDATE lease SET holder = 'elsewhere:1:1', term = term + 1 WHERE name = ? AND expires_at > ?"
        async with self._database() as database, asyncio.timeout(_PROGRESSES_WITHIN):
            while not await database.execute(taken, name, demo.NOW):  # noqa: ASYNC110 # no event to wait for
                await asyncio.sleep(_LOOKED_AT_EVERY)

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[Database]:
        database = Database(self.url)
        await database.open()
        try:
            yield database
        finally:
            await database.close()
