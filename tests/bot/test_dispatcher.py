"""What waits in the inbox is answered, chat by chat and once, whatever it is and whatever happens."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.clock import SimulatedClock
from bot.dispatcher import MOST_ATTEMPTS
from models.change import Change
from models.messaging.inbox import InboxState, Incoming, inbox_id
from models.messaging.outbox import OutboxState, Outgoing
from models.reminder import Reminder
from tests.bot.machine import (
    LEA,
    MARC,
    NORA,
    NOW,
    SAM,
    LoopTime,
    Process,
    eventually,
    held,
    opened,
    overheard,
    running,
)
from tests.emulators.chat_in_memory import ChatService, words
from tests.postgres import Administrator
from tests.proxy import proxied, through

SORRY = "Something went wrong on my side"


class Killed(BaseException):
    """The end of a process in the middle of a turn: nothing in it is run any more."""


def remind(number: int | str) -> str:
    """A line that leaves one reminder."""
    return f"remind call {number} in 3 weeks"


# -- order -----------------------------------------------------------------------------------------


async def test_a_chat_is_answered_in_its_order(one: Process, service: ChatService) -> None:
    """The oldest delivery first, each with an answer of its own."""
    await one.hears(*(service.says(MARC, remind(number)) for number in range(5)))
    assert [reminder.text for reminder in await Reminder.all().order_by("id")] == [
        f"call {number}" for number in range(5)
    ]
    assert [f"call {number}" in shown for number, shown in enumerate(service.seen(MARC))] == [True] * 5


async def test_the_effect_the_answer_and_the_settled_row_come_together(
    one: Process, service: ChatService
) -> None:
    """The turn says which command it was and whose; the words are in the payload alone."""
    await one.hears(service.says(MARC, remind("Omar Haddad")))
    row = await Incoming.get()
    assert (row.state, row.command, row.outcome, row.done_at) == (InboxState.DONE, "remind", "ok", NOW)
    assert row.member_id == (await Reminder.get()).member_id
    assert row.took_ms is not None
    assert await Change.filter(kind="reminder").count() == 1
    assert (await Outgoing.get()).dedupe_key == f"turn:{row.id}"


async def test_a_turn_is_logged_without_its_words(one: Process, service: ChatService) -> None:
    """One line: platform, command, member, milliseconds, outcome and the reference."""
    with overheard() as log:
        await one.hears(service.says(MARC, remind("Omar Haddad")))
    [line] = log.said("turn")
    assert line.keys() == {"event", "level", "ref", "platform", "command", "member", "ms", "outcome"}
    assert inbox_id(line["ref"]) == (await Incoming.get()).id
    assert "Omar" not in str(log.lines)


async def test_two_processes_answer_each_line_once_and_in_its_order(
    one: Process, two: Process, service: ChatService
) -> None:
    """Whichever of them has a chat at the moment."""
    names = (LEA, MARC, NORA, SAM)
    arrivals = [service.says(name, remind(number)) for number in range(6) for name in names]
    await one.dispatcher.receive("telegram", arrivals)
    async with running(one.dispatcher.run(), two.dispatcher.run(), one.delivery.run(), two.delivery.run()):
        await service.bell.until(lambda: len(service.arrived) == len(arrivals), 20)
    assert Tally([reminder.text for reminder in await Reminder.all()]) == {
        f"call {number}": len(names) for number in range(6)
    }
    for name in names:
        shown = service.seen(name)
        assert [f"call {number}" in text for number, text in enumerate(shown)] == [True] * 6


@pytest.fixture
async def on_postgres(
    postgres_url: str, clock: SimulatedClock, service: ChatService
) -> AsyncIterator[Process]:
    """As ``one``, where several may write at the same time."""
    async with opened(postgres_url) as database:
        yield Process.of(database, clock, service)


@pytest.mark.postgresql
async def test_a_chat_that_another_process_answers_is_left_to_it(
    on_postgres: Process, service: ChatService
) -> None:
    """Its lane is locked: nobody waits for it, and other chats are answered meanwhile."""
    one = on_postgres
    arrivals = [service.says(MARC, remind(1)), service.says(SAM, remind(2))]
    await one.dispatcher.receive("telegram", arrivals)
    async with held(one.database, "SELECT id FROM lane WHERE address = ? FOR UPDATE", MARC):
        await one.settles()
        assert (service.seen(MARC), len(service.seen(SAM))) == ([], 1)
    await one.settles()
    assert len(service.seen(MARC)) == 1


@pytest.mark.postgresql
async def test_chats_are_answered_side_by_side(on_postgres: Process, service: ChatService) -> None:
    """A turn that takes long holds up its own chat and no other, where the database has many writers."""
    one = on_postgres
    async with running(one.dispatcher.run(), one.delivery.run()):
        await one.dispatcher.receive("telegram", [service.says(MARC, remind(1))])
        await service.shows(MARC, "call 1")
        # Marc's turn needs the next number, and waits for it in the middle.
        async with held(one.database, "SELECT id FROM counter WHERE kind = 'reminder' FOR UPDATE"):
            lines = [(MARC, remind(2)), (SAM, "about"), (MARC, "about")]
            await one.dispatcher.receive("telegram", [service.says(*line) for line in lines])
            await service.shows(SAM, "1.2.3")
            assert len(service.seen(MARC)) == 1
        await service.shows(MARC, "1.2.3")
    assert ["call 2" in shown for shown in service.seen(MARC)] == [False, True, False]


async def test_a_delivery_is_answered_though_nobody_announced_it(
    one: Process, two: Process, service: ChatService
) -> None:
    """What a process stored that died before its turn is found by others within a second."""
    async with running(two.dispatcher.run(), two.delivery.run()):
        await two.hears(service.says(MARC, "about"))
        time = LoopTime()
        await one.dispatcher.receive("telegram", [service.says(LEA, "about")])
        time.passes(1.0)
        await service.shows(LEA, "1.2.3")


async def test_a_platform_that_is_not_open_here_is_left_alone(one: Process, service: ChatService) -> None:
    """Another process has it open."""
    await one.hears(ChatService("slack").says(MARC, remind(1)), platform="slack")
    assert (await Incoming.get()).state is InboxState.WAITING
    assert service.tries == []


async def test_it_stops_in_the_middle_of_a_turn_and_nothing_is_half_done(
    one: Process, two: Process, service: ChatService
) -> None:
    """What was not committed waits for the next start."""
    task = asyncio.create_task(one.dispatcher.run())
    await one.dispatcher.receive("telegram", [service.says(MARC, remind(n)) for n in range(20)])
    await eventually(Reminder.exists)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()
    waiting = await Incoming.filter(state=InboxState.WAITING).count()
    assert await Reminder.all().count() == await Outgoing.all().count() == 20 - waiting
    one.clock.advance_to(NOW + timedelta(seconds=10))  # what the first had leased may be taken over
    await two.settles()
    assert await Reminder.all().count() == len({message.id for message in service.arrived}) == 20


# -- what nobody can read ----------------------------------------------------------------------------


async def test_what_cannot_be_read_blocks_nobody(one: Process, service: ChatService) -> None:
    """It is set aside with the reason, and the lines around it are answered."""
    with overheard() as log:
        await one.hears(service.says(MARC, remind(1)), service.garbles(MARC), service.says(MARC, remind(2)))
    rows = await Incoming.all().order_by("id")
    assert [row.state for row in rows] == [InboxState.DONE, InboxState.QUARANTINED, InboxState.DONE]
    assert "user" in rows[1].outcome
    assert len(service.seen(MARC)) == 2
    assert [line["level"] for line in log.said("quarantined")] == ["warning"]


async def test_what_cannot_be_read_is_not_tried_again(one: Process, service: ChatService) -> None:
    """Neither when it is delivered once more nor by the next process."""
    garbled = service.garbles(MARC)
    await one.hears(garbled)
    with overheard() as log:
        await one.hears(garbled)
    assert log.said("quarantined") == []


async def test_what_belongs_to_no_chat_blocks_nobody(one: Process, service: ChatService) -> None:
    """A delivery in which not even an address can be read has a lane like any other."""
    await one.hears(service.garbles(""), service.says(MARC, "about"))
    assert (await Incoming.get(address="")).state is InboxState.QUARANTINED
    assert len(service.seen(MARC)) == 1


async def test_what_is_nothing_for_us_is_settled_quietly(one: Process, service: ChatService) -> None:
    """Nobody is answered."""
    await one.hears(service.murmurs(MARC))
    row = await Incoming.get()
    assert (row.state, row.outcome, service.tries) == (InboxState.DONE, "ignored", [])


# -- what kills ---------------------------------------------------------------------------------------


async def start(one: Process, service: ChatService) -> Process:
    """The next process, started after the last one died."""
    one.clock.advance_to(one.clock.now() + timedelta(minutes=1))
    born = Process.of(one.database, one.clock, service, name=f"born {one.clock.now():%H:%M}")
    await born.dispatcher.inherit()
    return born


async def test_a_row_that_kills_five_processes_is_set_aside(one: Process, service: ChatService) -> None:
    """The sixth does not read it: it says that something went wrong, and answers what came after."""
    service.misread["deadly"] = Killed()
    arrivals = [service.says(MARC, text) for text in (remind(1), "deadly", remind(2))]
    await one.dispatcher.receive("telegram", arrivals)
    deaths = 0
    while deaths < 10:
        process = await start(one, service)
        try:
            await process.settles()
            break
        except Killed:
            deaths += 1
    assert deaths == MOST_ATTEMPTS
    row = await Incoming.get(key=arrivals[1].key)
    assert (row.state, row.attempts) == (InboxState.QUARANTINED, MOST_ATTEMPTS)
    assert [reminder.text for reminder in await Reminder.all().order_by("id")] == ["call 1", "call 2"]
    shown = service.seen(MARC)
    assert SORRY in shown[1]
    assert "call 2" in shown[2]


async def test_a_row_that_outlives_restarts_is_answered(one: Process, service: ChatService) -> None:
    """Four deaths of other causes are no reason to set it aside."""
    service.misread[remind(1)] = Killed()
    await one.dispatcher.receive("telegram", [service.says(MARC, remind(1))])
    for _ in range(MOST_ATTEMPTS - 1):
        process = await start(one, service)
        with pytest.raises(Killed):
            await process.settles()
    service.misread.clear()
    await (await start(one, service)).settles()
    assert len(service.seen(MARC)) == 1
    assert (await Incoming.get()).state is InboxState.DONE


async def test_who_stood_by_is_not_counted(on_postgres: Process, service: ChatService) -> None:
    """Of what earlier processes left one is under way at a time: that alone may be what they died of."""
    arrivals = [service.says(MARC, remind(1)), service.says(LEA, "about")]
    await on_postgres.dispatcher.receive("telegram", arrivals)
    process = await start(on_postgres, service)
    async with running(process.dispatcher.run()):
        async with held(on_postgres.database, "LOCK TABLE reminder IN ACCESS EXCLUSIVE MODE"):
            await eventually(lambda: Incoming.exists(attempts=1))
            later = service.says(SAM, "about")
            await process.dispatcher.receive("telegram", [later])
            await eventually(lambda: _is_done(later.key))  # what is said now waits for none of them
            assert [row.attempts for row in await Incoming.all().order_by("id")] == [1, 0, 0]
        await eventually(lambda: _is_done(arrivals[1].key))


async def _is_done(key: str) -> bool:
    return await Incoming.exists(key=key, state=InboxState.DONE)


class Asking(ChatService):
    """A service that is asked who somebody is, and does not answer."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def learn(self, raw: Mapping[str, Any]) -> None:
        self.asked.set()
        await asyncio.Event().wait()


async def test_what_waits_for_a_service_is_not_counted(one: Process, service: ChatService) -> None:
    """A process that dies while the service is asked did not die of the request."""
    arrival = service.says(MARC, remind(1))
    await one.dispatcher.receive("telegram", [arrival])
    asking = Asking()
    process = await start(one, asking)
    async with running(process.dispatcher.answer(("telegram", arrival.address))):
        await asking.asked.wait()
    assert (await Incoming.get()).attempts == 0


async def test_what_came_after_the_start_is_tried_without_counting(
    one: Process, service: ChatService
) -> None:
    """Only what an earlier process left may be what it died of."""
    process = await start(one, service)
    await process.hears(service.says(MARC, remind(1)))
    assert (await Incoming.get()).attempts == 0


# -- trouble ------------------------------------------------------------------------------------------


async def test_an_error_of_ours_is_answered_once_with_a_reference(one: Process, service: ChatService) -> None:
    """The row is set aside, nothing of the turn stays, and the chat goes on."""
    service.misread["breaks"] = ZeroDivisionError("call Jane")
    broken = service.says(SAM, "breaks")
    with overheard() as log:
        await one.hears(broken, service.says(SAM, remind(1)))
        await one.hears(broken)
    first, second = service.seen(SAM)
    row = await Incoming.get(key=broken.key)
    assert (row.state, row.outcome) == (InboxState.QUARANTINED, "failed: ZeroDivisionError")
    assert first.startswith(SORRY)
    assert inbox_id(first.rsplit(" ", 1)[1]) == row.id
    assert "call 1" in second
    [line] = log.said("turn failed")
    assert (line["level"], inbox_id(line["ref"])) == ("error", row.id)


async def test_an_error_in_the_middle_leaves_nothing_half_done(one: Process, service: ChatService) -> None:
    """What the turn had written before it broke is gone."""
    # An answer that cannot be stored: its key is taken.
    await one.hears(service.says(MARC, "about"))
    taken = (await Incoming.get()).id + 1
    await Outgoing.all().update(dedupe_key=f"turn:{taken}")
    with overheard() as log:
        await one.hears(service.says(MARC, remind(1)))
    assert len(log.said("turn failed")) == 1
    assert not await Reminder.exists()
    assert not await Change.exists()
    assert SORRY in service.seen(MARC)[-1]


async def test_an_error_of_ours_is_told_in_the_readers_language(one: Process, service: ChatService) -> None:
    """Léa reads French."""
    service.misread["casse"] = ZeroDivisionError()
    await one.hears(service.says(LEA, "casse"))
    assert SORRY not in service.seen(LEA)[0]
    assert "référence" in service.seen(LEA)[0]


@pytest.fixture
async def troubled(on_postgres: Process) -> Process:
    """A database in which writing a reminder fails with a deadlock as often as ``trouble`` says."""
    database = on_postgres.database
    await database.execute("CREATE SEQUENCE met")
    await database.execute("CREATE TABLE trouble (times int)")
    await database.execute("INSERT INTO trouble VALUES (0)")
    await database.execute(
        "CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        # A sequence goes on counting when a transaction is rolled back.
        " IF nextval('met') <= (SELECT times FROM trouble) THEN"
        " RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF; RETURN NEW; END $$"
    )
    await database.execute(
        "CREATE TRIGGER trouble BEFORE INSERT ON reminder FOR EACH ROW EXECUTE FUNCTION trouble()"
    )
    return on_postgres


@pytest.mark.postgresql
async def test_passing_trouble_is_tried_again_up_to_five_times(
    troubled: Process, service: ChatService
) -> None:
    """The line has its effect once, and one answer."""
    await troubled.database.execute("UPDATE trouble SET times = ?", MOST_ATTEMPTS - 1)
    with overheard() as log:
        await troubled.hears(service.says(MARC, remind(1)))
    assert len(log.said("turn again")) == MOST_ATTEMPTS - 1
    assert await Reminder.all().count() == await Change.filter(kind="reminder").count() == 1
    assert len(service.seen(MARC)) == 1
    assert "call 1" in service.seen(MARC)[0]


@pytest.mark.postgresql
async def test_lasting_trouble_with_one_line_sets_that_line_aside(
    troubled: Process, service: ChatService
) -> None:
    """Nothing is lost silently: its sender is told, and what came after it is answered."""
    await troubled.database.execute("UPDATE trouble SET times = ?", MOST_ATTEMPTS)
    with overheard() as log:
        await troubled.hears(service.says(MARC, remind(1)), service.says(MARC, remind(2)))
    assert len(log.said("turn again")) == MOST_ATTEMPTS
    first = await Incoming.all().order_by("id").first()
    assert first is not None
    assert (first.state, first.attempts, first.outcome) == (
        InboxState.QUARANTINED,
        MOST_ATTEMPTS,
        "database trouble",
    )
    assert [reminder.text for reminder in await Reminder.all()] == ["call 2"]
    assert service.seen(MARC)[0].startswith(SORRY)
    assert "call 2" in service.seen(MARC)[1]


async def test_a_full_disk_is_waited_for(
    sqlite_url: str, clock: SimulatedClock, service: ChatService
) -> None:
    """The line is kept, and answered once there is room again."""
    async with opened(sqlite_url) as database:
        one = Process.of(database, clock, service)
        arrivals = [service.says(MARC, remind("x" * 900)) for _ in range(40)]
        await one.dispatcher.receive("telegram", arrivals)
        [row] = await database.fetch("PRAGMA page_count")
        await database.fetch(f"PRAGMA max_page_count = {row['page_count']}")
        with overheard() as log:
            async with running(one.dispatcher.run(), one.delivery.run()):
                await log.hears("turn again")
                await database.fetch("PRAGMA max_page_count = 1000000")
                await service.bell.until(lambda: len(service.arrived) == 40, 20)
        assert await Reminder.all().count() == 40
    assert all("x" * 900 in shown for shown in service.seen(MARC))


@pytest.mark.postgresql
async def test_it_stays_up_while_the_database_is_gone(
    postgres: Administrator, postgres_url: str, clock: SimulatedClock, service: ChatService
) -> None:
    """Connections break and cannot be made for a while: what was stored before is answered after, once."""
    async with proxied(postgres.server) as proxy, opened(through(proxy, postgres_url)) as database:
        one = Process.of(database, clock, service)
        with overheard() as log:
            async with running(one.dispatcher.run(), one.delivery.run()):
                await one.dispatcher.receive("telegram", [service.says(MARC, "about")])
                await eventually(Outgoing.filter(state=OutboxState.SENT).exists)
                time = LoopTime()
                proxy.refuse()
                time.passes(1.0)
                await log.hears("inbox not readable")
                await log.hears("outbox not readable")
                with pytest.raises(Exception) as refused:
                    await one.dispatcher.receive("telegram", [service.says(MARC, remind(1))])
                assert database.is_transient(refused.value)
                proxy.admit()
                await one.dispatcher.receive("telegram", [service.says(MARC, remind(2))])
                await service.shows(MARC, "call 2")
        assert [reminder.text for reminder in await Reminder.all()] == ["call 2"]


# -- presses -------------------------------------------------------------------------------------------


async def test_a_press_is_acknowledged_beside_the_outbox(one: Process, service: ChatService) -> None:
    """At once and without waiting for it, whether there is something to say or not."""
    await one.hears(service.says(MARC, remind(1)))
    await one.hears(service.presses(MARC, service.last(MARC), "Undo"))
    [(request, reply)] = service.popups
    assert (request.pressed is not None, reply) == (True, None)


async def test_what_only_the_presser_should_see_is_a_popup(one: Process, service: ChatService) -> None:
    """It is no message: nothing of it stands in the outbox."""
    await one.hears(service.says(MARC, "about"))
    await one.hears(service.forges(MARC, "made up"))
    assert "outdated" in words(service.popups[0][1])
    assert await Outgoing.all().count() == 1


async def test_a_popup_that_cannot_be_shown_becomes_a_message(one: Process, service: ChatService) -> None:
    """To the presser alone, once."""
    service.shows_popups = False
    await one.hears(service.forges(MARC, "made up", room="-5"))
    assert service.seen("-5") == []
    assert [("outdated" in shown) for shown in service.seen(MARC)] == [True]
    assert (await Outgoing.get()).state is OutboxState.SENT


async def test_a_platform_that_breaks_at_a_popup_takes_nothing_along(
    one: Process, service: ChatService
) -> None:
    """What was pressed is done already, and the next line is answered."""
    await one.hears(service.says(MARC, remind(1)))
    service.breaks_popups = ZeroDivisionError()
    with overheard() as log:
        await one.hears(service.presses(MARC, service.last(MARC), "Undo"), service.says(MARC, remind(2)))
    assert len(log.said("press not answered")) == 1
    assert "Undone" in service.seen(MARC)[0]
    assert "call 2" in service.seen(MARC)[1]
