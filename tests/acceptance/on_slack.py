"""A Slack workspace, and a process of Parley that serves it, for conversations over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from bot.app import App
from bot.clock import SimulatedClock
from bot.config import Config, Database, Slack
from tests.acceptance.live import invited, prepare, served, standing_clock
from tests.emulators.slack import Person, SlackEmulator


@dataclass
class Scene:
    """A workspace, and what a process of Parley needs to serve it."""

    slack: SlackEmulator
    config: Config
    clock: SimulatedClock

    def served(self) -> AbstractAsyncContextManager[App]:
        """A process, from its start to its end."""
        return served(self.config, self.clock)

    async def joined(self, app: App, email: str, name: str = "Marc") -> Person:
        """One of the team, with their account linked."""
        person = self.slack.user(name)
        await self.slack.connected()
        person.says(f"link {await invited(app, email)}")
        await person.waits_for(email)
        return person


@asynccontextmanager
async def workspace(database_url: str, at: datetime | None = None) -> AsyncIterator[Scene]:
    """At its start nobody is linked. Slack's limits on the pace are another test's question.

    The clock stands ``at`` an instant (aware), or at the present minute.
    """
    await prepare(database_url)
    clock = SimulatedClock(at) if at else standing_clock()
    emulator = SlackEmulator(
        rate_limits=False,
        ack_seconds=2.0,
        retry_delays=(0.05, 0.05, 0.05),
        clock=lambda: clock.now().timestamp(),
    )
    async with emulator as slack:
        settings = Slack(bot_token=slack.bot_token, app_token=slack.app_token, api_url=slack.api_url)
        config = Config(database=Database(url=database_url), slack=settings)
        yield Scene(slack, config, clock)
        assert slack.pings == ()
        assert slack.oddities == ()
        assert slack.unfurling == ()
