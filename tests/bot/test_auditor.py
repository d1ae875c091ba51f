"""What does not move is said, and a process that has gone deaf ends."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot import outbox
from bot.auditor import DEAF_AFTER, Deaf
from bot.clock import SimulatedClock
from bot.database import Database
from bot.outbox import Place
from bot.platform import Unreachable
from handlers.chat.reply import text
from models.notification import Notification
from tests.bot.machine import LEA, MARC, NOW, LoopTime, Process, member, opened, overheard, running, team
from tests.emulators.chat_in_memory import ChatService
from tests.postgres import Administrator
from tests.proxy import proxied, through

NOTHING = {"inbox_late": 0, "outbox_late": 0, "due_late": 0}


async def test_where_all_moves_nothing_is_said(one: Process, service: ChatService) -> None:
    """Neither counted nor logged: what has been answered, what waits for its time, what is fresh."""
    await one.hears(service.says(MARC, "remind call Omar in 2h"))
    await one.dispatcher.receive("telegram", [service.says(MARC, "about")])
    with overheard() as log:
        assert await one.auditor.audit() == NOTHING
    assert log.lines == []


async def test_what_waits_too_long_is_counted(one: Process, service: ChatService) -> None:
    """A minute in the inbox, five in the outbox, a minute after a push was due; and a warning says so."""
    lea = await member(LEA)
    await one.dispatcher.receive("telegram", [service.says(MARC, "about"), service.says(LEA, "about")])
    await Notification.once(member=lea, kind="reminder", key="k", record_id=1, due_at=NOW)
    async with one.database.transaction():
        place = Place("telegram", LEA, "fr-FR", lea.workspace_id, lea.id)
        await outbox.put(one.database, text("hello"), place, key="one", now=NOW)
    one.clock.advance_to(NOW + timedelta(seconds=60))
    assert await one.auditor.audit() == NOTHING
    one.clock.advance_to(NOW + timedelta(seconds=61))
    assert await one.auditor.audit() == {"inbox_late": 2, "outbox_late": 0, "due_late": 1}
    one.clock.advance_to(NOW + timedelta(minutes=5, seconds=1))
    with overheard() as log:
        assert await one.auditor.audit() == {"inbox_late": 2, "outbox_late": 1, "due_late": 1}
    assert log.lines == [
        {"event": "not moving", "level": "warning", "inbox_late": 2, "outbox_late": 1, "due_late": 1}
    ]


async def test_what_was_set_aside_is_not_late(one: Process, service: ChatService) -> None:
    """It was counted when it was set aside, and nobody waits for it."""
    await one.hears(service.garbles(MARC))
    one.clock.advance_to(NOW + timedelta(hours=1))
    assert await one.auditor.audit() == NOTHING


async def test_what_waits_for_somebody_to_come_back_is_not_late(one: Process, service: ChatService) -> None:
    """It waits on purpose: a warning each minute for weeks would hide all others."""
    await one.hears(service.says(LEA, "rappel appeler Omar dans 1h"))
    service.refuses(Unreachable("blocked"), to=LEA, times=None)
    await one.passes(timedelta(hours=1))
    await one.ticks()
    await one.passes(timedelta(days=1))
    assert await one.auditor.audit() == NOTHING


@pytest.mark.postgresql
async def test_a_database_that_is_gone_does_not_end_the_auditing(
    postgres: Administrator, postgres_url: str, clock: SimulatedClock, service: ChatService
) -> None:
    """That nothing can be counted is said like any trouble with the database."""
    async with proxied(postgres.server) as proxy, opened(through(proxy, postgres_url)) as database:
        one = Process.of(database, clock, service)
        proxy.refuse()
        with overheard() as log:
            await one.auditor.run_job()
        assert [line["level"] for line in log.said("not audited")] == ["warning"]
        proxy.admit()
        assert await one.auditor.audit() == NOTHING


# -- the watchdog ----------------------------------------------------------------------------------------


async def test_a_platform_that_nothing_is_heard_of_is_deaf(one: Process, service: ChatService) -> None:
    """After ninety seconds without an answer or an error, not earlier."""
    service.last_heard = NOW
    one.auditor.require_hearing(NOW + DEAF_AFTER)
    with pytest.raises(Deaf, match=r"telegram: no poll returned since 13:30:00 UTC"):
        one.auditor.require_hearing(NOW + DEAF_AFTER + timedelta(milliseconds=1))
    assert timedelta(seconds=90) == DEAF_AFTER


async def test_a_platform_that_does_not_receive_is_not_deaf(one: Process, service: ChatService) -> None:
    """Another process has its lease; a terminal never polls."""
    service.last_heard = None
    one.auditor.require_hearing(NOW + timedelta(days=1))


async def test_one_deaf_platform_among_several_is_found(
    database: Database, clock: SimulatedClock, service: ChatService
) -> None:
    """However well the others hear."""
    slack = ChatService("slack")
    await team(database)
    one = Process.of(database, clock, service, slack)
    service.last_heard, slack.last_heard = NOW + timedelta(minutes=2), NOW
    with pytest.raises(Deaf, match="slack"):
        one.auditor.require_hearing(NOW + timedelta(minutes=2))


async def test_the_watch_goes_on_until_a_platform_is_deaf(one: Process, service: ChatService) -> None:
    """It looks every few seconds, and ends with what it found."""
    service.last_heard, time = NOW, LoopTime()
    watch = asyncio.create_task(one.auditor.watch())
    for _ in range(3):
        await asyncio.sleep(0.01)
        time.passes(5)
    await asyncio.sleep(0.01)
    assert not watch.done()
    one.clock.advance_to(NOW + timedelta(seconds=91))
    time.passes(5)
    with pytest.raises(Deaf):
        await watch


async def test_a_watch_can_be_called_off(one: Process) -> None:
    """The process stops for other reasons too."""
    async with running(one.auditor.watch()):
        await asyncio.sleep(0)
