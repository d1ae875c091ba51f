"""App: the composition root, which alone knows every part."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from bot import __version__, failpoint, founding, holder, members
from bot.allowance import Allowance
from bot.auditor import Auditor
from bot.clock import Clock, SimulatedClock
from bot.config import Config
from bot.database import Database
from bot.delivery import Delivery
from bot.dispatcher import Dispatcher
from bot.fetching import FETCH_EVERY, Fetcher, content_of
from bot.leased import Leased
from bot.pace import Pace
from bot.pacer import Pacer
from bot.platform import Arrival, Hooked, Platform, Receive, Receiver
from bot.reading_back import ReadingBack, lease_of
from bot.scheduler import TICK, TICK_EVERY, Scheduler, every
from bot.suggesting import Suggesting
from bot.surroundings import Surroundings
from bot.tally import Tally
from handlers.chat.context import About
from models.member import ChatIdentity, Member
from models.messaging.lease import Lease
from models.search import Vocabulary
from models.workspace import Workspace

if TYPE_CHECKING:
    from bot.http.server import Server

log = structlog.get_logger(__name__)


class App:
    """One process of Parley: a database, the platforms it has open, and what runs between them.

    ``platforms`` are opened beside those of the configuration (``live``): a terminal, say.
    """

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock | None = None,
        platforms: Sequence[Platform] = (),
        live: bool = False,
    ) -> None:
        self.config = config
        self.clock = clock or Clock()
        # Unique for ever, so that a lease of a dead process is never taken for one's own.
        simulated = isinstance(self.clock, SimulatedClock)
        self.holder = holder.of_this_process(simulated=simulated, terminal=not live)
        self.database = Database(config.database.url)
        self.platforms: dict[str, Platform] = {platform.name: platform for platform in platforms}
        about = About(__version__, config.source_url, config.http.public_url)
        here = Surroundings(self.database, Vocabulary(), about, self.holder)
        self._serves = live and config.http.port > 0
        if live:
            self.platforms |= {platform.name: platform for platform in self._configured(here)}
        self.tally = Tally()
        pacer = Pacer(self._paces())
        self.delivery = Delivery(
            self.platforms, self.database, self.clock, self.holder, self.tally, pacer=pacer
        )
        allowance = Allowance(self.database, self.clock, self._paces())
        self.dispatcher = Dispatcher(
            self.platforms, here, self.delivery, self.clock, self.tally, allowance=allowance
        )
        self.scheduler = Scheduler(here, self.delivery, self.clock)
        self.fetcher = Fetcher(self.platforms, self.database, self.clock)
        self.auditor = Auditor(self.platforms, self.clock)
        self.server: Server | None = None

    async def open(self) -> None:
        """Connect, bring the schema up to date, make the workspace at the first start.

        Raises:
            DatabaseUnusable, SchemaPending, SchemaTooNew, SchemaForked: see bot.database.
            PortUnusable: nothing can listen where the configuration says.
        """
        await self.database.open()
        try:
            self.server = self._http() if self._serves else None
            await self.database.prepare(auto_migrate=self.config.database.auto_migrate)
            async with self.database.transaction():
                await founding.workspace(self.config.workspace, now=self.clock.now())
            await self.dispatcher.inherit()
        except BaseException:
            if self.server is not None:
                self.server.close()
            await self.database.close()
            raise

    async def close(self) -> None:
        """Close the platforms, give leases back, disconnect."""
        for platform in self.platforms.values():
            await platform.close()
        if self.scheduler.leads:
            await self._give_back_the_tick()
        failpoint.reach("mid_shutdown")
        await self.database.close()

    async def _give_back_the_tick(self) -> None:
        try:
            await Lease.release(TICK, self.holder)
        except Exception as error:
            if not self.database.is_transient(error):
                raise
            # Without the database it runs out by itself.

    async def receive(self, platform: str, arrivals: Sequence[Arrival]) -> None:
        """Commit deliveries to the inbox; the platform may acknowledge them once this has returned."""
        await self.dispatcher.receive(platform, arrivals)

    async def settle(self) -> None:
        """Answer what waits in the inbox, then send what is due in the outbox, until neither is left."""
        await self.dispatcher.settle()
        while await self.delivery.sweep():
            pass

    async def tick(self) -> int:
        """One look at what is due; returns how many notifications were settled."""
        return await self.scheduler.tick()

    async def next_due(self) -> datetime | None:
        """When the next notification or outbox row falls due, aware UTC; None where nothing waits."""
        found = [await self.scheduler.next_due(), await self.delivery.next_due()]
        return min((due for due in found if due is not None), default=None)

    async def run(self, stop: asyncio.Event) -> None:
        """Receive, answer, tick and send until ``stop`` is set."""
        ticking = every(TICK_EVERY, self.scheduler.run_job)
        fetching = every(FETCH_EVERY, self.fetcher.run_job)
        auditing = every(timedelta(minutes=1), self.auditor.run_job)
        async with ticking, fetching, auditing:
            await self._at_work(stop)

    async def _at_work(self, stop: asyncio.Event) -> None:
        tasks = [asyncio.create_task(self._stopped(stop)), asyncio.create_task(self.dispatcher.run())]
        tasks += [asyncio.create_task(self.delivery.run()), asyncio.create_task(self.auditor.watch())]
        tasks += [asyncio.create_task(self._received(platform)) for platform in self.platforms.values()]
        if self.server is not None:
            tasks.append(asyncio.create_task(self.server.run()))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await _cancelled(tasks)

    async def console_identity(self, email: str) -> Member | None:
        """The active member with that address, reachable at the terminal; None where there is none."""
        async with self.database.transaction():
            workspace = await Workspace.first()
            member = await Member.get_or_none(workspace=workspace, email=email.lower(), active=True)
            if member is not None:
                await ChatIdentity.get_or_create(
                    platform="console",
                    team="",
                    user=member.email,
                    defaults={"member": member, "address": member.email, "last_seen_at": self.clock.now()},
                )
            return member

    def _paces(self) -> dict[str, Pace]:
        """How fast each platform that has limits is written to; where time is simulated none has."""
        if isinstance(self.clock, SimulatedClock):
            return {}
        sections = {"telegram": self.config.telegram, "slack": self.config.slack}
        unlimited = {name for name, section in sections.items() if section and not section.rate_limits}
        return {
            name: each.pace
            for name, each in self.platforms.items()
            if each.pace is not None and name not in unlimited
        }

    def _configured(self, here: Surroundings) -> list[Platform]:
        """The chat services of the configuration; what is not configured is not imported."""
        platforms: list[Platform] = []
        if (telegram := self.config.telegram) is not None:
            from bot.telegram.adapter import Hook, Telegram

            hook = Hook(telegram.webhook_url, telegram.webhook_secret)
            memory = ReadingBack(Telegram.name, self.holder, self.database, self.clock)
            platforms.append(
                Telegram(
                    telegram.token,
                    telegram.api_url,
                    self.clock,
                    hook=hook if telegram.mode == "webhook" else None,
                    memory=memory,
                    files=content_of,
                    roles=lambda: members.leading(Telegram.name),
                )
            )
        if (slack := self.config.slack) is not None:
            from bot.slack.adapter import PAUSE, Slack

            memory = ReadingBack(Slack.name, self.holder, self.database, self.clock)
            platforms.append(
                Slack(
                    slack.bot_token,
                    slack.app_token,
                    slack.api_url,
                    slack.command,
                    clock=self.clock,
                    memory=memory,
                    suggest=Suggesting(Slack.name, here, self.clock),
                    files=content_of,
                    mode=slack.mode,
                    signing_secret=slack.signing_secret,
                    pause=PAUSE if slack.rate_limits else 0.0,
                )
            )
        if self._serves:
            from bot.web.adapter import Web

            platforms.append(Web(self.clock, self.config.http.lead_fields))
        return platforms

    def _http(self) -> Server:
        """The HTTP server, bound and not serving yet; imported only here."""
        from bot.http.application import application
        from bot.http.figures import Figures
        from bot.http.health import Health
        from bot.http.server import Server, bound

        http = self.config.http
        health = Health(self.database, self.platforms, self.auditor, self.clock, self.holder)
        figures = Figures(http.metrics_token, self.tally, self.database, self.platforms, self.clock)
        receivers = [*health.receivers(), *figures.receivers(), *self._hooked()]
        return Server(application(receivers, self.tally), bound(http.host, http.port))

    def _hooked(self) -> list[Receiver]:
        """What the platforms are posted to: every process serves it, whichever holds their leases."""
        return [
            receiver
            for platform in self.platforms.values()
            if isinstance(platform, Hooked)
            for receiver in platform.receivers(self._into_inbox(platform))
        ]

    def _into_inbox(self, platform: Platform) -> Receive:
        async def receive(arrivals: Sequence[Arrival]) -> None:
            await self.receive(platform.name, arrivals)

        return receive

    async def _stopped(self, stop: asyncio.Event) -> None:
        await stop.wait()

    async def _received(self, platform: Platform) -> None:
        """Receive for ever, in the one process that holds the platform's lease."""
        receive = self._into_inbox(platform)
        await Leased(lease_of(platform.name), self.holder, self.database, self.clock).run(
            lambda: platform.run(receive)
        )


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
