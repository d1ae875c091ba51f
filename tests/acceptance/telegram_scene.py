"""Telegram, and a process of Parley that serves it among the demonstration's team."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.app import App
from bot.config import Config, Database, Telegram
from tests.acceptance.live import invited, prepare, served, standing_clock
from tests.emulators.telegram import Shown, TelegramEmulator, User


@dataclass
class Scene:
    """Telegram, and the process. ``url`` is the database's."""

    telegram: TelegramEmulator
    app: App
    url: str

    async def joined(self, email: str, *, first_name: str = "Marc", language: str = "en") -> User:
        """One of the team, with their account linked."""
        person = self.telegram.user(first_name=first_name, language_code=language)
        person.says(f"/start {await invited(self.app, email)}")
        await person.waits_for(email)
        return person


@asynccontextmanager
async def telegram_scene(url: str) -> AsyncIterator[Scene]:
    """At its start nobody is linked. Telegram's limits on the pace are another test's question.

    At its end nothing was refused, and nothing had a preview.
    """
    await prepare(url)
    clock = standing_clock()
    async with TelegramEmulator(flood_limits=False, clock=lambda: clock.now().timestamp()) as telegram:
        settings = Telegram(token=telegram.token, api_url=telegram.url)
        config = Config(database=Database(url=url), telegram=settings)
        async with served(config, clock) as app:
            yield Scene(telegram, app, url)
        assert [call.description for call in telegram.refused] == []
        shown = [record for record in telegram.ledger if isinstance(record, Shown)]
        assert not [record.text for record in shown if record.link_preview]
