"""Nothing goes faster than its service allows, and what somebody waits for goes first."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import pytest

from bot import outbox
from bot.clock import SimulatedClock
from bot.database import Database
from bot.outbox import Place
from bot.pace import Pace, Rate
from bot.pacer import Bucket
from bot.platform import Throttled, Unauthorised
from bot.slack.pace import PACE as SLACK
from bot.telegram.pace import PACE as TELEGRAM
from handlers.chat.reply import dump, text
from models.messaging.outbox import OutboxState, Outgoing
from models.notification import Priority
from tests.bot.machine import LEA, MARC, NORA, NOW, SAM, Process, running, team
from tests.emulators.chat_in_memory import ChatService

_keys = itertools.count(1)
SECOND = timedelta(seconds=1)
STEP = timedelta(milliseconds=50)


@pytest.fixture
def slowly(database: Database, clock: SimulatedClock) -> ChatService:
    """A service that asks for five messages a second, one a second in a chat, ten a minute in a room."""
    pace = Pace(
        overall=Rate(SECOND / 5, burst=4),
        chat=Rate(SECOND, burst=2),
        room=Rate(timedelta(seconds=10), burst=4),
        edits=Rate(SECOND / 5, burst=5),
        edit=Rate(3 * SECOND),
        is_room=lambda address: address.startswith("-"),
    )
    return ChatService(history=True, pace=pace)


@pytest.fixture
async def one(database: Database, clock: SimulatedClock, slowly: ChatService) -> Process:
    """A process that writes to it."""
    await team(database)
    return Process.of(database, clock, slowly)


async def put(
    process: Process, address: str, words: str, *, platform: str = "telegram", **more: object
) -> Outgoing:
    """Words for a chat, into the outbox."""
    place = Place(platform, address, "en-GB", None, None)
    async with process.database.transaction():
        return await outbox.put(
            process.database,
            text(words),
            place,
            key=f"pace {next(_keys)}",
            now=process.clock.now(),
            **more,  # type: ignore[arg-type] # the columns' own types
        )


async def passes(process: Process, length: timedelta) -> None:
    """Let time pass in small steps, and send in each what may be sent."""
    until = process.clock.now() + length
    while process.clock.now() < until:
        process.clock.advance_to(min(until, process.clock.now() + STEP))
        await process.delivery.sweep()


async def test_a_chat_gets_a_short_burst_and_then_one_a_second(one: Process, slowly: ChatService) -> None:
    """In their order; what waits is in the outbox, leased to nobody."""
    for number in range(5):
        await put(one, LEA, str(number))
    await one.sends()
    assert slowly.seen(LEA) == ["0", "1"]
    assert await Outgoing.filter(state=OutboxState.WAITING, lease_holder=None).count() == 3
    await passes(one, SECOND - STEP)
    assert slowly.seen(LEA) == ["0", "1"]
    await passes(one, STEP)
    assert slowly.seen(LEA) == ["0", "1", "2"]
    await passes(one, 2 * SECOND)
    assert slowly.seen(LEA) == ["0", "1", "2", "3", "4"]


async def test_a_turns_answer_keeps_to_the_pace_too(one: Process, slowly: ChatService) -> None:
    """It is given back to the outbox, as one that was never begun."""
    for number in range(3):
        answer = await put(one, LEA, str(number), holder="one")
        await one.delivery.send_all([answer])
    assert slowly.seen(LEA) == ["0", "1"]
    stored = await Outgoing.get(id=answer.id)
    assert (stored.lease_holder, stored.attempts, stored.uncertain) == (None, 0, False)
    await passes(one, SECOND)
    assert slowly.seen(LEA) == ["0", "1", "2"]


async def test_all_chats_together_keep_to_the_services_limit(one: Process, slowly: ChatService) -> None:
    """No second has more of them than the burst and the rate together."""
    for number in range(20):
        await put(one, f"chat {number}", "hello")
    await one.sends()
    assert len(slowly.arrived) == 4
    for seconds in (1, 2, 3):
        await passes(one, SECOND)
        assert len(slowly.arrived) == 4 + 5 * seconds
    await passes(one, SECOND)
    assert len(slowly.arrived) == 20


async def test_a_room_has_a_limit_of_its_own(one: Process, slowly: ChatService) -> None:
    """A person's chat has not."""
    for number in range(6):
        for address in ("-5", LEA):
            await put(one, address, str(number))
    await passes(one, 5 * SECOND)
    assert (slowly.seen("-5"), slowly.seen(LEA)) == (list("0123"), list("012345"))
    await passes(one, 20 * SECOND)
    assert slowly.seen("-5") == list("012345")


async def test_a_thousand_digests_hold_up_no_answer(one: Process, slowly: ChatService) -> None:
    """An answer goes out at once though all that the service takes in minutes waits before it."""
    async with one.database.transaction():
        await Outgoing.bulk_create([_digest(number) for number in range(1_000)])
    await passes(one, SECOND)
    answered = 0
    for number in range(5):
        answer = await put(one, f"asker {number}", "answer", holder="one")
        await one.delivery.send_all([answer])
        answered += slowly.seen(f"asker {number}") == ["answer"]
        await passes(one, SECOND / 5)
    assert answered == 5


def _digest(number: int) -> Outgoing:
    return Outgoing(
        platform="telegram",
        address=f"reader {number}",
        language="en-GB",
        body=_BODY,
        dedupe_key=f"digest {number}",
        priority=Priority.DIGEST,
        push=True,
        created_at=NOW,
        not_before=NOW,
    )


_BODY = dump(text("digest"))


async def test_answers_then_reminders_then_digests(one: Process, slowly: ChatService) -> None:
    """Whatever was written first, where not all may go."""
    for priority in (Priority.DIGEST, Priority.REMINDER, Priority.INTERACTIVE):
        for name in (LEA, MARC, NORA, SAM):
            await put(one, name, priority.name, priority=priority)
    await passes(one, 3 * SECOND)
    said = [message.reply.headline() for message in slowly.arrived]
    assert said == ["INTERACTIVE"] * 4 + ["REMINDER"] * 4 + ["DIGEST"] * 4


# -- changes of a message --------------------------------------------------------------------------


async def test_changes_of_one_message_that_wait_become_one(one: Process, slowly: ChatService) -> None:
    """The first is shown at once, of those in the three seconds after it the last."""
    await put(one, LEA, "before")
    await one.sends()
    ref = slowly.last(LEA).ref
    rows = [await put(one, LEA, f"change {number}", edits=ref) for number in range(1)]
    await one.sends()
    assert slowly.seen(LEA) == ["change 0"]
    rows += [await put(one, LEA, f"change {number}", edits=ref) for number in range(1, 5)]
    await passes(one, 3 * SECOND - STEP)
    assert slowly.seen(LEA) == ["change 0"]
    await passes(one, STEP)
    assert slowly.seen(LEA) == ["change 4"]
    assert len(slowly.tries) == 3
    stored = await Outgoing.filter(id__in=[row.id for row in rows]).order_by("id")
    assert {row.state for row in stored} == {OutboxState.SENT}
    assert [row.message_ref for row in stored] == [ref, None, None, None, ref]


async def test_an_answer_does_not_wait_for_a_change(one: Process, slowly: ChatService) -> None:
    """Nor does a change of another message."""
    for words in ("one", "two"):
        await put(one, LEA, words)
    await one.sends()
    first, second = (message.ref for message in slowly._standing[LEA])
    await passes(one, SECOND)
    for number in range(2):
        await put(one, LEA, f"changed {number}", edits=first)
        await one.sends()
    await put(one, LEA, "also changed", edits=second)
    await put(one, LEA, "answer")
    await one.sends()
    assert slowly.seen(LEA) == ["changed 0", "also changed", "answer"]


# -- told to wait ----------------------------------------------------------------------------------


async def test_all_of_a_chat_waits_that_was_told_to(one: Process, slowly: ChatService) -> None:
    """Whatever its priority; no other chat does."""
    await put(one, LEA, "reminder", priority=Priority.REMINDER)
    slowly.refuses(Throttled("slow down", 30 * SECOND), to=LEA)
    await one.sends()
    for name in (LEA, MARC):
        answer = await put(one, name, "answer", holder="one")
        await one.delivery.send_all([answer])
    assert (slowly.seen(LEA), slowly.seen(MARC)) == ([], ["answer"])
    await passes(one, 30 * SECOND - STEP)
    assert (slowly.seen(LEA), len(slowly.tries)) == ([], 2)
    await passes(one, STEP)
    await one.sends()
    assert slowly.seen(LEA) == ["answer", "reminder"]


async def test_a_service_that_refuses_everybody_is_left_alone(one: Process, slowly: ChatService) -> None:
    """After three chats it is plain that it is not theirs; all waits as long as it said last."""
    told = slowly.refuses(Throttled("slow down", 30 * SECOND), times=None)
    for number in range(20):
        await put(one, f"chat {number}", "hello")
    await passes(one, 10 * SECOND)
    assert told.hits <= 4  # as many as were under way
    told.lift()
    await passes(one, 19 * SECOND)
    assert slowly.arrived == []
    await passes(one, 20 * SECOND)
    assert len(slowly.arrived) == 20


async def test_after_a_refusal_of_all_one_finds_out(one: Process, slowly: ChatService) -> None:
    """All wait as long as the shortest of the last three was told to: a longer wait may be a chat's own."""
    for number, seconds in enumerate((20, 5, 3600)):
        slowly.refuses(Throttled("slow down", seconds * SECOND), to=f"chat {number}")
        await put(one, f"chat {number}", "hello")
    await one.sends()
    await put(one, MARC, "hello")
    await passes(one, 5 * SECOND - STEP)
    assert slowly.seen(MARC) == []
    await passes(one, 20 * SECOND)
    assert [message.address for message in slowly.arrived] == ["chat 1", MARC, "chat 0"]
    await put(one, LEA, "hello")
    await one.sends()
    assert slowly.seen(LEA) == ["hello"]


async def test_groups_that_are_full_say_nothing_of_the_service(one: Process, slowly: ChatService) -> None:
    """A group has a limit of its own: each waits for itself, and nobody else does."""
    for number in range(5):
        slowly.refuses(Throttled("slow down", 3600 * SECOND), to=f"-{number}")
        await put(one, f"-{number}", "hello")
    await passes(one, 2 * SECOND)
    assert len(slowly.tries) == 5
    await put(one, MARC, "hello")
    await passes(one, SECOND)
    assert slowly.seen(MARC) == ["hello"]


async def test_no_wait_gets_longer_where_the_clock_is_put_back(one: Process, slowly: ChatService) -> None:
    """Of a chat, of all, and of what is tried again: it ends after as long as it was to last."""
    chats = [f"chat {number}" for number in range(3)]
    for chat in chats:
        slowly.refuses(Throttled("slow down", 30 * SECOND), to=chat)
        await put(one, chat, "hello")
    await one.sends()
    await put(one, MARC, "hello")
    one.clock.set(one.clock.now() - timedelta(hours=1))
    await passes(one, 30 * SECOND - STEP)
    assert slowly.arrived == []
    await passes(one, 2 * SECOND)
    assert sorted(message.address for message in slowly.arrived) == sorted([*chats, MARC])


async def test_a_refused_token_is_tried_again_where_the_clock_is_put_back(
    one: Process, slowly: ChatService
) -> None:
    """After its minute."""
    slowly.refuses(Unauthorised("no"))
    await put(one, MARC, "hello")
    await one.sends()
    one.clock.set(one.clock.now() - timedelta(hours=1))
    await passes(one, timedelta(minutes=1) + STEP)
    assert slowly.seen(MARC) == ["hello"]


async def test_a_growing_wait_is_obeyed_each_time(one: Process, slowly: ChatService) -> None:
    """No request comes before the time, however often the time is put off."""
    row = await put(one, LEA, "hello")
    for seconds in (1, 2, 4, 8):
        slowly.refuses(Throttled("slow down", seconds * SECOND))
        tried = len(slowly.tries)
        await one.delivery.sweep()
        assert len(slowly.tries) == tried + 1
        assert (await Outgoing.get(id=row.id)).not_before == one.clock.now() + seconds * SECOND
        await passes(one, seconds * SECOND - STEP)
        assert len(slowly.tries) == tried + 1
        one.clock.advance_to(one.clock.now() + STEP)
    await one.sends()
    assert slowly.seen(LEA) == ["hello"]


# -- while it runs ---------------------------------------------------------------------------------


async def test_it_looks_again_when_the_next_may_go(database: Database, clock: SimulatedClock) -> None:
    """Sooner than it looks for what nobody announced."""
    service = ChatService(history=True, pace=Pace(chat=Rate(SECOND / 100)))
    await team(database)
    one = Process.of(database, clock, service)
    async with running(one.delivery.run()):
        for number in range(3):
            await put(one, LEA, str(number))
        one.delivery.wake()
        await service.shows(LEA, "0")
        one.delivery._look_again_in(timedelta())
        assert one.delivery._look_again < SECOND / 2
        clock.advance_to(NOW + SECOND)
        await service.shows(LEA, "1")


# -- what the services say -------------------------------------------------------------------------


def most(rate: Rate | None, span: timedelta) -> float:
    """How many can go in a span at the most."""
    assert rate is not None
    return rate.burst + span / rate.every


@pytest.mark.parametrize(
    ("rate", "span", "limit"),
    [
        (TELEGRAM.room, timedelta(minutes=1), 20),
        (TELEGRAM.overall, SECOND, 30 + 5),
        (TELEGRAM.chat, timedelta(minutes=1), 60 + 3),
        (SLACK.chat, timedelta(minutes=1), 60 + 3),
        (SLACK.overall, timedelta(minutes=1), 300),
        (SLACK.edits, timedelta(minutes=1), 50),
    ],
)
def test_the_limits_of_the_services(rate: Rate | None, span: timedelta, limit: int) -> None:
    """Bursts are within what they allow, and beside it where they allow bursts."""
    assert most(rate, span) <= limit + 1e-3  # microseconds are rounded


def test_who_is_counted_together() -> None:
    """At Telegram a group's id is negative; at Slack a conversation is one, whoever a message is for."""
    assert (TELEGRAM.is_room("-1001"), TELEGRAM.is_room("1001")) == (True, False)
    assert SLACK.counted_as("C1/U1") == SLACK.counted_as("C1") != SLACK.counted_as("U1")


def test_a_clock_that_was_put_back_gives_nothing() -> None:
    """And asks for nothing: the pace goes on from there."""
    bucket = Bucket(Rate(SECOND, burst=1), NOW)
    bucket.take(NOW)
    earlier: datetime = NOW - timedelta(hours=1)
    assert bucket.ready_at(earlier) <= earlier + SECOND
    assert bucket.ready_at(earlier + SECOND) == earlier + SECOND
