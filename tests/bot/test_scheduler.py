"""What is due is settled by one process, once, whoever dies and whatever breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from bot.clock import Clock, SimulatedClock
from bot.database import Database
from bot.scheduler import TICK, every
from handlers.chat.context import Context
from handlers.chat.push import COMPOSERS, Composer
from handlers.chat.reply import Reply, text
from models.member import Member
from models.messaging.lease import Lease
from models.messaging.outbox import Outgoing
from models.notification import Notification, NotificationState, Priority
from models.reminder import Reminder
from tests.bot.machine import (
    LEA,
    MARC,
    NORA,
    NOW,
    SAM,
    Process,
    joins,
    member,
    opened,
    overheard,
    running,
    team,
)
from tests.emulators.chat_in_memory import ChatService
from tests.emulators.slack.bell import Bell
from tests.postgres import Administrator
from tests.proxy import proxied, through

KIND = "of a test"
_LEASE = timedelta(seconds=10)


@pytest.fixture
def composes() -> Iterator[Callable[[Composer], None]]:
    """Enter the composer of these tests' own notifications."""

    def enter(compose: Composer) -> None:
        COMPOSERS[KIND] = compose

    yield enter
    COMPOSERS.pop(KIND, None)


async def greeting(ctx: Context, notification: Notification) -> Reply | None:
    """A composer that always has something to say."""
    return text(f"push {notification.record_id}")


async def due(name: str, number: int = 1, *, kind: str = KIND, after: timedelta = timedelta()) -> None:
    """A notification for one of the team."""
    person = await member(name)
    await Notification.once(
        member=person, kind=kind, key=f"{kind} {name} {number}", record_id=number, due_at=NOW + after
    )


async def states() -> list[str]:
    """How the notifications stand, oldest first."""
    return [notification.state.value for notification in await Notification.all().order_by("id")]


async def test_what_is_due_goes_out_and_is_settled(
    one: Process, service: ChatService, composes: Callable[[Composer], None]
) -> None:
    """As a push, in the order in which it fell due; what is due later waits."""
    composes(greeting)
    await due(LEA, 2, after=timedelta(seconds=-1))
    await due(LEA, 1, after=timedelta(seconds=-2))
    await due(LEA, 3, after=timedelta(seconds=1))
    assert await one.ticks() == 2
    assert service.seen(LEA) == ["push 1", "push 2"]
    assert await states() == ["settled", "settled", "waiting"]
    row = await Outgoing.all().order_by("id").first()
    assert row is not None
    assert (row.push, row.priority, row.language) == (True, Priority.REMINDER, "fr-FR")
    assert (await Notification.get(record_id=1)).settled_at == NOW
    assert await one.ticks() == 0


async def test_a_reminder_comes_back_at_its_time(one: Process, service: ChatService) -> None:
    """Not a second earlier, and once."""
    await one.hears(service.says(MARC, "remind call Omar in 2h"))
    await one.passes(timedelta(hours=2) - timedelta(seconds=1))
    assert len(service.seen(MARC)) == 1
    await one.passes(timedelta(seconds=1))
    await one.passes(timedelta(days=1))
    assert [shown.split("\n")[0] for shown in service.seen(MARC)[1:]] == ["⏰ call Omar"]


async def test_a_tick_that_came_late_says_so(one: Process, service: ChatService) -> None:
    """After an outage nothing is dropped: it comes, marked with the time it was due."""
    await one.hears(service.says(MARC, "remind call Omar in 2h"))
    await one.passes(timedelta(days=3))
    assert "Late: it was due" in service.seen(MARC)[1]


async def test_a_push_that_is_not_wanted_any_more_is_settled_silently(
    one: Process, service: ChatService, composes: Callable[[Composer], None]
) -> None:
    """Its composer has the last word."""

    async def silence(ctx: Context, notification: Notification) -> Reply | None:
        return None

    composes(silence)
    await due(LEA)
    assert await one.ticks() == 1
    assert (service.seen(LEA), await states()) == ([], ["settled"])


async def test_who_has_left_is_pushed_nothing(
    one: Process, service: ChatService, composes: Callable[[Composer], None]
) -> None:
    """Their notifications are settled."""
    composes(greeting)
    await due(LEA)
    await Member.filter(email="lea@parley.example").update(active=False)
    assert await one.ticks() == 1
    assert (service.seen(LEA), await states()) == ([], ["settled"])


async def test_more_than_one_batch_is_settled_at_once(
    one: Process, service: ChatService, composes: Callable[[Composer], None]
) -> None:
    """A thousand at nine o'clock do not wait for a hundred ticks."""
    composes(greeting)
    for name in (LEA, MARC, NORA):
        for number in range(70):
            await due(name, number)
    await one.scheduler.tick_until_quiet()
    assert set(await states()) == {"settled"}
    assert await Outgoing.all().count() == 210


# -- one process ticks -------------------------------------------------------------------------------


async def test_one_of_two_processes_ticks(
    one: Process, two: Process, composes: Callable[[Composer], None]
) -> None:
    """The other sends answers only, until the lease runs out or is given back."""
    composes(greeting)
    await due(LEA)
    assert await one.scheduler.tick() == 1
    assert await two.scheduler.tick() == 0
    assert (one.scheduler.leads, two.scheduler.leads) == (True, False)
    assert (one.delivery.sends_pushes, two.delivery.sends_pushes) == (True, False)


async def test_a_dead_process_is_replaced_within_ten_seconds(
    one: Process, two: Process, service: ChatService, composes: Callable[[Composer], None]
) -> None:
    """What it had put into the outbox goes out, and what it had not settled is settled: once each."""
    composes(greeting)
    await due(LEA, 1)
    await one.scheduler.tick()  # and dies before it sends
    await due(LEA, 2)
    one.clock.advance_to(NOW + _LEASE - timedelta(milliseconds=1))
    assert await two.ticks() == 0
    assert service.seen(LEA) == []
    one.clock.advance_to(NOW + _LEASE)
    assert await two.ticks() == 1
    assert service.seen(LEA) == ["push 1", "push 2"]


async def test_who_lost_the_lease_stops_pushing(
    one: Process, two: Process, service: ChatService, composes: Callable[[Composer], None]
) -> None:
    """A process that was asleep for a while finds another one ticking, and leaves it to that one."""
    composes(greeting)
    await one.ticks()
    one.clock.advance_to(NOW + timedelta(minutes=1))
    await due(LEA, 1)
    assert await two.scheduler.tick() == 1
    assert await one.scheduler.tick() == 0
    assert not one.scheduler.leads
    assert await one.delivery.sweep() == 0
    await two.sends()
    assert service.seen(LEA) == ["push 1"]


async def test_the_term_goes_up_when_the_lease_changes_hands(one: Process, two: Process) -> None:
    """By it a late process can tell that it is late."""
    await one.scheduler.tick()
    await one.scheduler.tick()
    assert (await Lease.get(name=TICK)).term == 1
    one.clock.advance_to(NOW + _LEASE)
    await two.scheduler.tick()
    assert (await Lease.get(name=TICK)).term == 2


async def test_two_schedulers_at_once_push_each_once(
    one: Process, two: Process, service: ChatService, composes: Callable[[Composer], None]
) -> None:
    """However their looks fall together, and though the lease is torn from one to the other."""
    composes(greeting)
    for number in range(30):
        for name in (LEA, MARC, NORA, SAM):
            await due(name, number)
    for _ in range(8):
        await asyncio.gather(
            one.scheduler.tick(), two.scheduler.tick(), one.delivery.sweep(), two.delivery.sweep()
        )
        one.clock.advance_to(one.clock.now() + _LEASE)
    await one.ticks()
    for name in (LEA, MARC, NORA, SAM):
        assert sorted(service.seen(name)) == sorted(f"push {number}" for number in range(30))


@pytest.mark.postgresql
async def test_even_two_ticks_inside_one_another_claim_each_once(
    postgres_url: str, clock: SimulatedClock, service: ChatService, composes: Callable[[Composer], None]
) -> None:
    """A tick that is held up in the middle has locked what it took: another passes over it."""
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def slow(ctx: Context, notification: Notification) -> Reply | None:
        if not reached.is_set():
            reached.set()
            await go_on.wait()
        return text(f"push {notification.record_id}")

    composes(slow)
    async with opened(postgres_url) as database:
        one = Process.of(database, clock, service)
        await due(LEA)
        async with running(one.scheduler.tick()) as [held_up]:
            await reached.wait()
            taken = await Notification.due(NOW, 100)
            assert taken == []
            go_on.set()
            await held_up
        assert await Outgoing.all().count() == 1


# -- what breaks ---------------------------------------------------------------------------------------


async def test_a_push_that_breaks_us_stops_no_other(
    one: Process, two: Process, service: ChatService, composes: Callable[[Composer], None]
) -> None:
    """It is logged once, leaves nothing half done, and waits for a version that can compose it."""

    async def broken(ctx: Context, notification: Notification) -> Reply | None:
        if notification.record_id == 1:
            await Reminder.filter().update(text="half done")
            raise ZeroDivisionError
        return text(f"push {notification.record_id}")

    composes(broken)
    await one.hears(service.says(MARC, "remind call Omar in 2h"))
    for number in (1, 2):
        await due(LEA, number)
    with overheard() as log:
        for _ in range(3):
            await one.ticks()
    assert service.seen(LEA) == ["push 2"]
    assert (await Reminder.get()).text == "call Omar"
    assert [line["level"] for line in log.said("push failed")] == ["error"]
    assert await one.scheduler.next_due() == NOW + timedelta(hours=2)
    composes(greeting)
    one.clock.advance_to(NOW + timedelta(hours=1))
    await two.ticks()  # the version that can
    assert service.seen(LEA) == ["push 2", "push 1"]


async def test_a_hundred_that_break_hide_nothing_behind_them(
    one: Process, service: ChatService, composes: Callable[[Composer], None]
) -> None:
    """A whole batch of them is passed over."""

    async def broken(ctx: Context, notification: Notification) -> Reply | None:
        if notification.member_id == lea.id:
            raise ZeroDivisionError
        return text("push")

    lea = await member(LEA)
    composes(broken)
    for number in range(100):
        await due(LEA, number, after=timedelta(hours=-1))
    await due(MARC)
    with overheard():
        await one.scheduler.run_job()
    await one.sends()
    assert service.seen(MARC) == ["push"]


async def test_a_kind_that_this_version_does_not_know_waits(one: Process, service: ChatService) -> None:
    """Another version, which runs beside it during an upgrade, has placed it."""
    await due(LEA, kind="of the future")
    with overheard():
        await one.ticks()
    assert await states() == ["waiting"]


@pytest.mark.postgresql
async def test_ticks_go_on_after_the_database_was_gone(
    postgres: Administrator,
    postgres_url: str,
    clock: SimulatedClock,
    service: ChatService,
    composes: Callable[[Composer], None],
) -> None:
    """What fell due meanwhile is settled by the first tick that reaches it, once."""
    composes(greeting)
    async with proxied(postgres.server) as proxy, opened(through(proxy, postgres_url)) as database:
        one = Process.of(database, clock, service)
        await due(LEA)
        proxy.refuse()
        with overheard() as log:
            await one.scheduler.run_job()
            await one.scheduler.run_job()
        assert [line["level"] for line in log.said("tick put off")] == ["warning", "warning"]
        proxy.admit()
        await one.scheduler.run_job()
        await one.sends()
    assert service.seen(LEA) == ["push 1"]


async def test_an_error_of_ours_does_not_end_the_ticking(one: Process) -> None:
    """It is logged, and the next tick is tried."""
    await one.database.execute("DROP TABLE notification")
    with overheard() as log:
        await one.scheduler.run_job()
        await one.scheduler.run_job()
    assert [line["level"] for line in log.said("tick failed")] == ["error", "error"]


# -- the waker ------------------------------------------------------------------------------------------


async def test_it_wakes_us_and_drops_no_late_run() -> None:
    """After a minute in which nobody could be woken it wakes us at once; by itself a run would be dropped."""
    bell, runs = Bell(), 0

    async def job() -> None:
        nonlocal runs
        runs += 1
        bell.ring()

    async with every(timedelta(seconds=0.05), job) as waker:
        await bell.until(lambda: runs, 5)
        [entered] = waker.get_jobs()
        assert (entered.misfire_grace_time, entered.coalesce, entered.max_instances) == (None, True, 1)
        entered.modify(next_run_time=Clock().now() - timedelta(minutes=1))
        runs = 0
        waker.wakeup()
        await bell.until(lambda: runs, 5)


async def test_a_run_under_way_ends_before_the_waker_does(caplog: pytest.LogCaptureFixture) -> None:
    """Cut off in a query it would be logged as a fault at every other stop."""
    bell, go_on = Bell(), asyncio.Event()
    came_to: list[str] = []

    async def job() -> None:
        came_to.append("the start")
        bell.ring()
        await go_on.wait()
        came_to.append("its end")

    async with every(timedelta(minutes=1), job):
        await bell.until(lambda: came_to, 5)
        asyncio.get_running_loop().call_later(0.01, go_on.set)
    assert came_to == ["the start", "its end"]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_the_lease_of_the_first_tick_is_the_process_name(one: Process) -> None:
    """So that people can see who leads."""
    await one.scheduler.tick()
    lease = await Lease.get(name=TICK)
    assert (lease.holder, lease.expires_at) == ("one", NOW + _LEASE)
    assert one.scheduler.last_tick == NOW


async def test_a_settled_notification_stays_settled(
    one: Process, composes: Callable[[Composer], None]
) -> None:
    """One of the same key is never placed a second time."""
    composes(greeting)
    await due(LEA)
    await one.ticks()
    await due(LEA)
    assert await states() == [NotificationState.SETTLED]


async def test_a_new_colleague_gets_what_waited(
    database: Database, clock: SimulatedClock, service: ChatService, composes: Callable[[Composer], None]
) -> None:
    """What fell due before somebody had a chat comes when they have one; nobody else is held up."""
    composes(greeting)
    await team(database, "slack")
    one = Process.of(database, clock, service)
    async with database.transaction():
        await (await member(LEA)).identities.all().delete()  # type: ignore[attr-defined]
    await due(LEA)
    assert await one.ticks() == 0
    assert await one.scheduler.next_due() is None
    await joins(LEA, "telegram")
    assert await one.ticks() == 1
    assert service.seen(LEA) == ["push 1"]
