"""Scheduler: APScheduler wakes it each second; what is due stands in the database.

A tick is one transaction: due notifications are locked, composed and put into the outbox, then settled.
Only the holder of the tick's lease does it, and the lease is checked in that same transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot import failpoint, outbox, posting, waiting
from bot.clock import Clock
from bot.delivery import Delivery, reachable
from bot.outbox import Place
from bot.surroundings import Surroundings
from handlers.chat.context import marked
from handlers.chat.push import COMPOSERS
from handlers.chat.request import Request, Sender
from models.member import ChatIdentity, Member
from models.messaging.lease import Lease
from models.notification import Notification
from models.post import Post
from models.reminder import Reminder

log = structlog.get_logger(__name__)

TICK = "tick"
TICK_EVERY = timedelta(seconds=1)
# The tick's lease outlives a few missed ticks; a dead holder is replaced within this time.
_LEASE = timedelta(seconds=10)
# Notifications of one tick; more are taken by the next one, at once.
_BATCH = 100
# How often it is looked who cannot be written to any more.
_LOOK_EVERY = timedelta(minutes=1)
# How long the end of the process waits for the run of a job that is under way.
_LAST_RUN = timedelta(seconds=3)


class Scheduler:
    """Turns due notifications into outbox rows."""

    def __init__(self, here: Surroundings, delivery: Delivery, clock: Clock) -> None:
        self._here = here
        self._delivery = delivery
        self._clock = clock
        self._broken: set[int] = set()  # notifications that this process cannot compose
        self._looked_at: datetime | None = None  # when it was last asked who cannot be written to
        self.leads = False
        self.last_tick: datetime | None = None

    async def tick(self) -> int:
        """Look once at what is due; returns how many notifications and posts were settled."""
        now = self._clock.now()
        async with self._here.database.transaction():
            term = await Lease.take(TICK, self._here.holder, now=now, length=_LEASE)
            if term is None and self.leads:
                failpoint.reach("lease_lost")
            self.leads = self._delivery.sends_pushes = term is not None
            if term is None:
                return 0
            if self._looked_at is None or abs(now - self._looked_at) >= _LOOK_EVERY:
                await waiting.report(now)
                self._looked_at = now
            due = await Notification.due(now, _BATCH, without=self._broken)
            for notification in due:
                await self._settle_or_leave(notification, now)
            settled = len(due) + await posting.settle(self._here, now)
            if settled:
                failpoint.reach("before_commit")
        self.last_tick = now
        if settled:
            failpoint.reach("after_commit")
            self._delivery.wake()
        return settled

    async def next_due(self) -> datetime | None:
        """When the next notification that can be composed, or the next post, falls due, aware UTC."""
        found = (await Notification.next_due(without=self._broken), await Post.next_due())
        return min((due for due in found if due is not None), default=None)

    async def tick_until_quiet(self) -> None:
        """Tick until nothing is due any more."""
        while await self.tick() >= _BATCH:
            pass

    async def run_job(self) -> None:
        """What APScheduler calls: one look, whose trouble must not end the next one."""
        try:
            await self.tick_until_quiet()
        except Exception as error:
            if not self._here.database.is_transient(error):
                log.error("tick failed", exc_info=error)
                return
            log.warning("tick put off", error=type(error).__name__)

    async def _settle_or_leave(self, notification: Notification, now: datetime) -> None:
        """Settle one. What breaks us must not stop the others: it waits for a version that can compose it."""
        try:
            async with self._here.database.savepoint():
                await self._settle(notification, now)
        except Exception as error:
            if self._here.database.is_transient(error):
                raise
            self._broken.add(notification.id)
            log.error("push failed", notification=notification.id, kind=notification.kind, exc_info=error)

    async def _settle(self, notification: Notification, now: datetime) -> None:
        member = await Member.get(id=notification.member_id).select_related("workspace")
        if member.active:
            identity = await reachable(member.id)
            if identity is None:
                return  # Became unreachable this moment: it waits.
            await self._push(notification, member, identity, now)
        elif notification.kind == Reminder.KIND:
            await notification.hand_on(await member.leaders())
        await notification.settle(now)

    async def _push(
        self, notification: Notification, member: Member, identity: ChatIdentity, now: datetime
    ) -> None:
        compose = COMPOSERS[notification.kind]
        key = outbox.key_of(notification)
        asker = Request(identity.platform, key, identity.address, Sender(identity.user, identity.team))
        ctx = self._here.context(member, asker, key, now)
        reply = await compose(ctx, notification)
        if reply is None:
            return
        reply = marked(reply, ctx.moments)
        place = Place(identity.platform, identity.address, member.locale, member.workspace_id, member.id)
        await outbox.put(
            self._here.database,
            reply,
            place,
            key=key,
            now=now,
            priority=notification.priority,
            push=True,
        )


@asynccontextmanager
async def every(seconds: timedelta, job: Callable[[], Awaitable[None]]) -> AsyncIterator[Any]:
    """Run ``job`` at once and each ``seconds``, by APScheduler, which keeps nothing: rows are the truth.

    At the end a job under way has a moment to come to its own.
    """
    from apscheduler.schedulers.asyncio import AsyncIOScheduler
    from apscheduler.triggers.interval import IntervalTrigger

    under_way = asyncio.Lock()

    async def one() -> None:
        try:
            async with under_way:
                await job()
        except asyncio.CancelledError:  # which APScheduler would log as a fault, with its traceback
            log.warning("cut short", job=job.__qualname__)

    scheduler = AsyncIOScheduler(timezone="UTC")
    # Late runs are run, once: the default drops a job that is a second late.
    scheduler.add_job(
        one,
        IntervalTrigger(seconds=seconds.total_seconds()),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
        next_run_time=datetime.now(UTC),  # its own clock, which no simulation moves
    )
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.pause()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_RUN.total_seconds()), under_way:
                pass
        scheduler.shutdown(wait=False)
