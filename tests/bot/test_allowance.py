"""Whoever sends too much is passed over and told so; nobody else notices, and nothing grows without end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import allowance
from bot.allowance import Allowance
from bot.clock import SimulatedClock
from bot.database import Database
from bot.dispatcher import Dispatcher
from bot.pace import Pace, Rate
from bot.platform import Arrival, Throttled
from models.member import link
from models.messaging.inbox import InboxState, Incoming
from models.messaging.lane import Lane
from models.messaging.outbox import Outgoing
from tests.bot.machine import LEA, MARC, NORA, SAM, Process, member, running, team
from tests.emulators.chat_in_memory import ChatService

pytestmark = pytest.mark.threat("S18")

BURST = allowance.A_PERSON.burst
ROOM = Rate(timedelta(seconds=4), burst=5)
TOO_MUCH = (
    "You write faster than I can follow: not all of your last messages were taken in.\n"
    "Wait a minute, then send again what has no answer."
)


def _begins_with_a_dash(address: str) -> bool:
    return address.startswith("-")


@pytest.fixture
async def one(database: Database, clock: SimulatedClock, service: ChatService) -> Process:
    """A process at whose services nobody may ask without end."""
    await team(database)
    process = Process.of(database, clock, service)
    allowed = Allowance(database, clock, {service.name: Pace(room=ROOM, is_room=_begins_with_a_dash)})
    platforms = {service.name: service}
    dispatcher = Dispatcher(platforms, process.here, process.delivery, clock, allowance=allowed)
    return Process(
        process.name,
        database,
        clock,
        process.here,
        process.delivery,
        dispatcher,
        process.scheduler,
        process.auditor,
    )


def lines(service: ChatService, user: str, count: int, words: str = "about") -> list[Arrival]:
    """So many lines of somebody's."""
    return [service.says(user, words) for _ in range(count)]


async def rows(user: str) -> int:
    """How many lines of somebody's were taken in."""
    return await Incoming.filter(address=user).count()


async def test_too_much_is_passed_over_and_told_once(one: Process, service: ChatService) -> None:
    """What came before it is answered; the notice comes once a minute, in the person's language."""
    await one.hears(*lines(service, MARC, BURST + 400))
    assert await rows(MARC) == BURST
    assert service.seen(MARC).count(TOO_MUCH) == 1
    await one.hears(*lines(service, MARC, 500))
    assert (await rows(MARC), service.seen(MARC).count(TOO_MUCH)) == (BURST, 1)
    one.clock.advance_to(one.clock.now() + timedelta(seconds=60))
    await one.hears(*lines(service, MARC, 100))
    assert await rows(MARC) == BURST + 60
    assert service.seen(MARC).count(TOO_MUCH) == 2
    await one.hears(*lines(service, LEA, BURST + 1, "aujourd'hui"))
    assert any("plus vite que je ne peux suivre" in shown for shown in service.seen(LEA))


async def test_others_are_taken_in_beside_a_flood(one: Process, service: ChatService) -> None:
    """In one batch with it, too; none of theirs is lost."""
    for _ in range(5):
        flood = lines(service, MARC, 200)
        await one.hears(*flood, service.says(SAM, "about"), *lines(service, MARC, 50))
    assert (await rows(SAM), len(service.seen(SAM))) == (5, 5)


async def test_a_person_is_the_same_in_every_chat(one: Process, service: ChatService) -> None:
    """A second room is no second allowance; the room's others have theirs."""
    await one.hears(*(service.says(MARC, "about", room=f"-{n % 3 + 1}") for n in range(BURST + 50)))
    assert await Incoming.all().count() == BURST
    await one.hears(service.says(SAM, "about", room="-1"))
    assert await Incoming.all().count() == BURST + 1


async def test_a_room_may_ask_as_much_as_is_answered_there(one: Process, service: ChatService) -> None:
    """Sixty at once, and for long a message every four seconds: what waits to be said does not pile up."""
    names = (LEA, MARC, NORA, SAM)
    await one.hears(*(service.says(names[n % 4], "about", room="-7") for n in range(100)))
    assert await rows("-7") == 60
    one.clock.advance_to(one.clock.now() + timedelta(seconds=40))
    await one.hears(*(service.says(names[n % 4], "about", room="-7") for n in range(100)))
    assert await rows("-7") == 70


async def test_the_notice_comes_before_answers_that_wait(one: Process, service: ChatService) -> None:
    """Who is told after a hundred answers that others are missing would not know which."""
    await one.dispatcher.receive(service.name, lines(service, MARC, BURST))
    service.refuses(Throttled("slow down", timedelta(seconds=30)), to=MARC)
    await one.settles()
    await one.dispatcher.receive(service.name, lines(service, MARC, 1))
    one.clock.advance_to(one.clock.now() + timedelta(minutes=2))
    await one.sends()
    assert service.seen(MARC)[0] == TOO_MUCH


async def test_a_chat_that_waits_is_answered_after_the_others_next(
    one: Process, service: ChatService
) -> None:
    """Ten lines of one chat hold up another one's for one turn, and not for ten."""
    arrivals = [*lines(service, MARC, 10), service.says(SAM, "about")]
    await one.dispatcher.receive(service.name, arrivals)
    one.dispatcher._workers = 1
    async with running(one.dispatcher.run(), one.delivery.run()):
        await service.bell.until(lambda: len(service.arrived) == len(arrivals), 20)
    order = [message.address for message in service.arrived]
    assert order.index(SAM) <= 2


async def test_what_is_dear_is_answered_later(one: Process, service: ChatService) -> None:
    """Each list costs five: when no more is left, the chat rests until it is; other chats do not."""
    await one.dispatcher.receive(service.name, lines(service, MARC, 40, "deals"))
    await one.dispatcher.receive(service.name, lines(service, SAM, 1, "deals"))
    async with running(one.dispatcher.run(), one.delivery.run()):
        await service.bell.until(lambda: service.seen(SAM) != [] and len(service.seen(MARC)) >= 15, 20)
        assert one.dispatcher._allowance is not None
        assert one.dispatcher._allowance.rests((service.name, MARC))
        assert not one.dispatcher._allowance.rests((service.name, SAM))
        left = await Incoming.filter(address=MARC, state=InboxState.WAITING).count()
        assert 20 <= left <= 25
        one.clock.advance_to(one.clock.now() + timedelta(minutes=3))
        await service.bell.until(lambda: len(service.seen(MARC)) == 40, 20)


async def test_a_crowd_of_strangers_leaves_few_rows(one: Process, service: ChatService) -> None:
    """Of ten thousand some hundred are told how to get in; none is remembered, and members are answered."""
    crowd = [service.says(f"stranger {number}", "hello") for number in range(10_000)]
    for start in range(0, len(crowd), 1_000):
        await one.dispatcher.receive(
            service.name, [*crowd[start : start + 1_000], service.says(SAM, "about")]
        )
    await one.settles()
    assert await Incoming.exclude(address=SAM).count() == allowance.ALL_STRANGERS.burst
    assert await Outgoing.exclude(address=SAM).count() == allowance.ALL_STRANGERS.burst
    assert await Lane.all().count() <= allowance.ALL_STRANGERS.burst + 1
    assert one.dispatcher._allowance is not None
    assert len(one.dispatcher._allowance._buckets) <= 2 * allowance.ALL_STRANGERS.burst + 3
    assert len(service.seen(SAM)) == 10


async def test_a_stranger_is_told_once_a_day(one: Process, service: ChatService) -> None:
    """How to get in; a code and the licence are answered as often as they are asked for."""
    for _ in range(3):
        await one.hears(service.says("nobody", "hello"))
    assert len(service.seen("nobody")) == 1
    await one.hears(service.says("nobody", "about"), service.says("nobody", "link 12345678"))
    assert len(service.seen("nobody")) == 3
    one.clock.advance_to(one.clock.now() + timedelta(days=1))
    await one.hears(service.says("nobody", "hello"))
    assert len(service.seen("nobody")) == 4


async def test_who_was_let_in_is_no_stranger_any_more(one: Process, service: ChatService) -> None:
    """From their next message on, however many strangers there are."""
    await one.dispatcher.receive(service.name, [service.says(f"stranger {n}", "hello") for n in range(1_000)])
    await one.dispatcher.receive(service.name, [service.says("sam's new phone", "about")])
    assert await rows("sam's new phone") == 0
    await link(
        await member(SAM),
        platform=service.name,
        team="",
        user="sam's new phone",
        address="sam's new phone",
        now=one.clock.now(),
    )
    await one.dispatcher.receive(service.name, [service.says("sam's new phone", "about")])
    assert await rows("sam's new phone") == 1


async def test_what_names_no_sender_is_the_services_own(one: Process, service: ChatService) -> None:
    """Such as a chat's new address: it is always taken in."""
    await one.dispatcher.receive(service.name, [service.murmurs("-5") for _ in range(BURST * 5)])
    assert await rows("-5") == BURST * 5
