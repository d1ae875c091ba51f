"""A chat whose messages carry more than words: files, cards, places, replies, edits; in the demo's world."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot import demo, founding
from bot.clock import SimulatedClock
from bot.database import Database
from bot.fetching import Fetcher
from tests.bot.machine import LEA, MARC, NORA, SAM, Process, joins
from tests.emulators.chat_in_memory import ChatService, Standing

__all__ = ["LEA", "MARC", "NORA", "SAM", "Talk", "talking"]


@dataclass
class Talk:
    """One service, one process. People are called by their first names."""

    process: Process
    chat: ChatService

    async def says(self, who: str, text: str = "", **more: Any) -> Standing:
        """Let somebody say a line, or share something; returns the newest message in their chat."""
        await self.process.hears(self.chat.says(who, text, **more), platform=self.chat.name)
        return self.chat.last(who)

    async def replies(self, who: str, to: Standing, text: str, **more: Any) -> Standing:
        """Let somebody reply to a message of ours."""
        return await self.says(who, text, message=to.ref, **more)

    async def presses(self, who: str, standing: Standing, label: str) -> Standing:
        """Let somebody press a button; returns the newest message in their chat."""
        pressed = self.chat.presses(who, standing, label)
        await self.process.hears(pressed, platform=self.chat.name)
        return self.chat.last(who)

    async def fetches(self) -> None:
        """Let what waits at the chat service be fetched, and what that says be said."""
        clock = self.process.clock
        await Fetcher({self.chat.name: self.chat}, self.process.database, clock).run_job()
        await self.process.ticks()

    async def passes(self, length: timedelta) -> None:
        """Let time pass, with everything that falls due on the way."""
        await self.process.passes(length)


@asynccontextmanager
async def talking(url: str) -> AsyncIterator[Talk]:
    """The demo's world in an empty database, on its Wednesday; each of the team has a chat."""
    database = Database(url)
    await database.open()
    try:
        async with database.transaction():
            await demo.seed(await founding.workspace(demo.SETTINGS, now=demo.WRITTEN))
            for name in (LEA, MARC, NORA, SAM):
                await joins(name, "telegram", at=demo.NOW)
        chat = ChatService()
        yield Talk(Process.of(database, SimulatedClock(demo.NOW), chat), chat)
    finally:
        await database.close()
