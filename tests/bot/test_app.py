"""A whole process of Parley at work, from its start to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.app import App
from bot.auditor import Deaf
from bot.clock import SimulatedClock
from bot.config import Config, Database
from bot.database import DatabaseUnusable, SchemaPending
from bot.platform import Unauthorised
from bot.reading_back import lease_of
from bot.scheduler import TICK
from handlers.chat.context import Context
from handlers.chat.push import COMPOSERS
from handlers.chat.reply import Reply, text
from models.member import Member
from models.messaging.inbox import InboxState, Incoming
from models.messaging.lease import GIVEN_BACK, Lease
from models.messaging.outbox import OutboxState, Outgoing
from models.notification import Notification, NotificationState
from models.reminder import Reminder
from models.workspace import Workspace
from tests.bot.machine import LEA, MARC, NOW, LoopTime, eventually, member, overheard, team
from tests.emulators.chat_in_memory import ChatService
from tests.postgres import Administrator
from tests.proxy import proxied, through


def process(url: str, clock: SimulatedClock, *services: ChatService) -> App:
    """A process that is not started yet."""
    return App(Config(database=Database(url=url)), clock=clock, platforms=services)


@asynccontextmanager
async def opened(app: App) -> AsyncIterator[App]:
    """Open, with the team in it, and closed in the end."""
    await app.open()
    try:
        if not await Member.exists():
            await team(app.database, *app.platforms)
        yield app
    finally:
        await app.close()


@asynccontextmanager
async def at_work(app: App) -> AsyncIterator[asyncio.Event]:
    """Running until the test is over, or sets the event."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(app.run(stop))
        try:
            yield stop
        finally:
            stop.set()


@pytest.fixture
def app(database_url: str, clock: SimulatedClock, service: ChatService) -> App:
    """A process with one service."""
    return process(database_url, clock, service)


# -- start -------------------------------------------------------------------------------------------


async def test_the_first_start_founds_the_workspace(app: App) -> None:
    """Once."""
    for _ in range(2):
        async with opened(app):
            assert await Workspace.all().count() == 1


async def test_a_database_that_cannot_be_used_is_refused(clock: SimulatedClock) -> None:
    """Nothing is left open."""
    app = process("sqlite:///nowhere/at/all.db", clock)
    with pytest.raises(DatabaseUnusable):
        await app.open()
    with pytest.raises(RuntimeError, match="not open"):
        await app.database.fetch("SELECT 1")


@pytest.mark.postgresql
async def test_a_schema_that_is_behind_is_refused(empty_postgres_url: str, clock: SimulatedClock) -> None:
    """PostgreSQL is migrated when somebody says so, and the connections are given back."""
    app = process(empty_postgres_url, clock)
    with pytest.raises(SchemaPending):
        await app.open()
    with pytest.raises(RuntimeError, match="not open"):
        await app.database.fetch("SELECT 1")


async def test_every_process_has_a_name_of_its_own(database_url: str, clock: SimulatedClock) -> None:
    """By which its leases are known from those of any other, also of the same machine."""
    assert process(database_url, clock).holder != process(database_url, clock).holder


# -- at work --------------------------------------------------------------------------------------------


async def test_what_is_delivered_is_answered(app: App, service: ChatService) -> None:
    """In order, while it runs."""
    async with opened(app), at_work(app):
        service.delivers(service.says(MARC, "about"), service.says(MARC, "remind call Omar in 2h"))
        await service.shows(MARC, "call Omar")
        assert "Parley" in service.seen(MARC)[0]


async def test_what_falls_due_is_pushed(app: App, service: ChatService, clock: SimulatedClock) -> None:
    """Within a second of its time, and a press on it is answered in place."""
    async with opened(app), at_work(app):
        service.delivers(service.says(MARC, "remind call Omar in 2h"))
        await service.shows(MARC, "call Omar")
        clock.advance_to(NOW + timedelta(hours=2))
        pushed = await service.shows(MARC, "⏰ call Omar")
        service.delivers(service.presses(MARC, pushed, "Done"))
        await service.shows(MARC, "✅ Done by Marc Ellis")
        assert len(service.seen(MARC)) == 2


async def test_what_an_earlier_process_left_is_answered_at_once(
    database_url: str, clock: SimulatedClock, service: ChatService
) -> None:
    """And what it was sending, once its lease has run out."""
    first = process(database_url, clock, service)
    async with opened(first):
        await first.receive("telegram", [service.says(MARC, "remind call Omar in 2h")])
        row = await Outgoing.create(
            platform="telegram",
            address=LEA,
            language="fr-FR",
            body='{"version":1,"reply":{"blocks":[{"type":"text","text":"bonjour"}]}}',
            dedupe_key="left",
            created_at=NOW,
            not_before=NOW,
            lease_holder="dead",
            lease_until=NOW + timedelta(seconds=10),
        )
    second = process(database_url, clock, service)
    async with opened(second), at_work(second):
        await service.shows(MARC, "call Omar")
        assert service.seen(LEA) == []
        clock.advance_to(NOW + timedelta(seconds=10))
        await service.shows(LEA, "bonjour (sent again)")
        await eventually(Outgoing.filter(id=row.id, state=OutboxState.SENT).exists)


async def test_a_service_that_refuses_us_stops_no_other(
    database_url: str, clock: SimulatedClock, service: ChatService
) -> None:
    """One token was revoked; people on the other platform notice nothing."""
    slack = ChatService("slack")
    app = process(database_url, clock, service, slack)
    async with opened(app):
        with overheard() as log:
            async with at_work(app):
                slack.leaves(Unauthorised("slack: token_revoked"))
                await log.hears("service refused")
                service.delivers(service.says(MARC, "about"))
                await service.shows(MARC, "Parley")


async def test_an_adapter_that_breaks_ends_the_process(app: App, service: ChatService) -> None:
    """With its error: whoever supervises it starts it anew. Its leases are given back."""
    async with opened(app):
        service.leaves(ZeroDivisionError())
        with pytest.raises(ZeroDivisionError):
            await app.run(asyncio.Event())
        assert (await Lease.get(name=lease_of("telegram"))).expires_at == GIVEN_BACK


async def test_a_process_that_has_gone_deaf_ends(
    app: App, service: ChatService, clock: SimulatedClock
) -> None:
    """A poll that never returns is found by the watchdog."""
    time = LoopTime()
    async with opened(app):
        service.last_heard = NOW
        running = asyncio.create_task(app.run(asyncio.Event()))
        await service.bell.until(lambda: service.receiving, 5)
        clock.advance_to(NOW + timedelta(seconds=91))
        time.passes(5)
        with pytest.raises(Deaf):
            await running


async def test_the_next_due_is_known(app: App, service: ChatService, clock: SimulatedClock) -> None:
    """Of what waits to be sent and of what is to be pushed, whichever comes first."""
    async with opened(app):
        assert await app.next_due() is None
        await app.receive("telegram", [service.says(MARC, "remind call Omar in 2h")])
        await app.settle()
        assert await app.next_due() == NOW + timedelta(hours=2)
        clock.advance_to(NOW + timedelta(hours=2))
        assert await app.tick() == 1
        assert await app.next_due() == clock.now()
        await app.settle()
        assert await app.next_due() is None


# -- the end -----------------------------------------------------------------------------------------------


async def test_it_ends_when_it_is_told_to(app: App, service: ChatService) -> None:
    """At once; its leases are given back, so that the next process need not wait, and all is closed."""
    async with opened(app):
        async with at_work(app):
            await service.bell.until(lambda: service.receiving, 5)
            await eventually(Lease.filter(name=TICK).exists)
        assert service.receiving == 0
        assert (await Lease.get(name=lease_of("telegram"))).expires_at == GIVEN_BACK
        await app.scheduler.tick()
    assert service.closed
    await app.database.open()
    assert (await Lease.get(name=TICK)).expires_at == GIVEN_BACK
    await app.database.close()


async def test_an_end_under_load_loses_nothing_and_repeats_nothing(
    database_url: str, clock: SimulatedClock, service: ChatService
) -> None:
    """What had not been answered is answered by the next process; what was being sent has arrived."""
    said = [(name, f"remind call {number} in 3 weeks") for number in range(15) for name in (LEA, MARC)]
    lines = [service.says(*line) for line in said]
    first = process(database_url, clock, service)
    async with opened(first):
        hold = service.holds()
        async with at_work(first) as stop:
            service.delivers(*lines)
            await hold.reached.wait()
            stop.set()
            await asyncio.sleep(0)
            hold.release()
    second = process(database_url, clock, service)
    async with opened(second), at_work(second):
        await service.bell.until(lambda: len(service.arrived) == len(lines), 20)
        await eventually(nothing_waits)
        assert await Reminder.all().count() == len(lines)
    assert not any("(sent again)" in shown for name in (LEA, MARC) for shown in service.seen(name))


async def nothing_waits() -> bool:
    """Whether every row has come to its end."""
    waiting = await Incoming.filter(state=InboxState.WAITING).count()
    return waiting + await Outgoing.filter(state=OutboxState.WAITING).count() == 0


async def test_it_ends_when_the_tick_under_way_has_ended(
    database_url: str, clock: SimulatedClock, service: ChatService, caplog: pytest.LogCaptureFixture
) -> None:
    """Which is a moment: nothing is cut short, and what it has settled goes out, once."""
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def slow(ctx: Context, notification: Notification) -> Reply | None:
        reached.set()
        await go_on.wait()
        return text("slow")

    COMPOSERS["slow"] = slow
    try:
        first = process(database_url, clock, service)
        async with opened(first):
            await Notification.once(member=await member(LEA), kind="slow", key="k", record_id=1, due_at=NOW)
            async with at_work(first) as stop:
                await reached.wait()
                stop.set()
                await asyncio.sleep(0.01)
                go_on.set()
            assert (await Notification.get()).state is NotificationState.SETTLED
    finally:
        del COMPOSERS["slow"]
    second = process(database_url, clock, service)
    async with opened(second), at_work(second):
        await service.shows(LEA, "slow")
    assert service.seen(LEA) == ["slow"]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.postgresql
async def test_it_lives_through_the_end_of_its_database(
    postgres: Administrator, postgres_url: str, clock: SimulatedClock, service: ChatService
) -> None:
    """Nothing is received that cannot be stored; all of it is answered once the database is back, once."""
    async with proxied(postgres.server) as proxy:
        app = process(through(proxy, postgres_url), clock, service)
        async with opened(app):
            with overheard() as log:
                time = LoopTime()
                async with at_work(app):
                    service.delivers(service.says(MARC, "remind call 1 in 2h"))
                    await service.shows(MARC, "call 1")
                    await eventually(nothing_waits)
                    proxy.refuse()
                    service.delivers(service.says(MARC, "remind call 2 in 2h"))
                    time.passes(4)
                    for event in ("inbox not readable", "outbox not readable", "tick put off"):
                        await log.hears(event)
                    await service.bell.until(lambda: not service.receiving, 5)
                    proxy.admit()
                    time.passes(4)
                    await service.shows(MARC, "call 2")
                    clock.advance_to(NOW + timedelta(hours=2))
                    time.passes(2)
                    await service.shows(MARC, "⏰ call 2\n")
                assert await Reminder.all().count() == 2
    assert sum("call 2" in shown for shown in service.seen(MARC)) == 2


@pytest.mark.postgresql
async def test_it_ends_without_its_database(
    postgres: Administrator, postgres_url: str, clock: SimulatedClock, service: ChatService
) -> None:
    """Leases that cannot be given back run out by themselves: that is no error."""
    async with proxied(postgres.server) as proxy:
        app = process(through(proxy, postgres_url), clock, service)
        async with opened(app), at_work(app):
            await service.bell.until(lambda: service.receiving, 5)
            await app.tick()
            proxy.refuse()
    assert service.closed
