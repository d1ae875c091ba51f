"""Where nothing can be looked up, messages go out one by one while the service answers at once.

A crash leaves in doubt what was under way, and that is one of them.
"""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from bot import delivery, outbox, window
from bot.outbox import Place
from handlers.chat.reply import text
from models.messaging.outbox import Outgoing
from tests.bot.machine import LEA, MARC, NOW, Process, eventually, member, running
from tests.emulators.chat_in_memory import ChatService

_keys = itertools.count(1)


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody loses patience with a message that is under way, however slow the machine is."""
    monkeypatch.setattr(window, "APART", timedelta(hours=1))
    monkeypatch.setattr(delivery, "_SWEEP_EVERY", timedelta(seconds=0.01))


async def put(process: Process, name: str, words: str, *, holder: str | None = None) -> Outgoing:
    """Words for one of the team, into the outbox."""
    person = await member(name)
    place = Place("telegram", name, person.locale, person.workspace_id, person.id)
    async with process.database.transaction():
        key = f"one by one {next(_keys)}"
        return await outbox.put(process.database, text(words), place, key=key, now=NOW, holder=holder)


async def leased() -> int:
    """How many rows a process has taken to send."""
    return await Outgoing.exclude(lease_holder=None).count()


async def test_one_is_under_way_and_the_others_are_free(one: Process, service: ChatService) -> None:
    """Only the one under way is leased: of the others no successor could think that they were sent."""
    for name in (LEA, MARC):
        await put(one, name, "hello")
    hold = service.holds(LEA)
    async with running(one.delivery.run()):
        await hold.reached.wait()
        one.delivery.wake()
        await put(one, MARC, "again")
        assert (len(service.tries), await leased()) == (1, 1)
        hold.release()
        await service.shows(MARC, "again")
    assert (service.seen(LEA), service.seen(MARC)) == (["hello"], ["hello", "again"])


async def test_an_answer_waits_for_its_turn(one: Process, service: ChatService) -> None:
    """It is begun when the message that is under way has been answered, and not before."""
    hold = service.holds(LEA)
    async with running(one.delivery.run()):
        await put(one, LEA, "slow")
        one.delivery.wake()
        await hold.reached.wait()
        answer = await put(one, MARC, "quick", holder=one.delivery._holder)
        await one.delivery.send_all([answer])
        assert len(service.tries) == 1
        hold.release()
        await service.shows(MARC, "quick")
    assert not (await Outgoing.get(id=answer.id)).uncertain


async def test_another_begins_after_a_moment(
    one: Process, service: ChatService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that is slow to answer is not as slow to take the next one."""
    monkeypatch.setattr(window, "APART", timedelta(milliseconds=1))
    hold = service.holds()
    for name in (LEA, MARC):
        await put(one, name, "hello")
    async with running(one.delivery.run()):
        await service.bell.until(lambda: len(service.tries) == 2, 10)
        hold.release()
        await service.shows(MARC, "hello")


async def test_of_many_answers_most_wait_in_the_outbox(
    one: Process, service: ChatService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a crash would find leased here, its successor would think of as perhaps sent."""
    monkeypatch.setattr(window, "_MOST_WAITING", 0)
    hold = service.holds(LEA)
    async with running(one.delivery.run()):
        await put(one, LEA, "slow")
        one.delivery.wake()
        await hold.reached.wait()
        answer = await put(one, MARC, "quick", holder=one.delivery._holder)
        await one.delivery.send_all([answer])
        stored = await Outgoing.get(id=answer.id)
        assert (stored.lease_holder, stored.lease_until, stored.attempts) == (None, None, 0)
        hold.release()
        await service.shows(MARC, "quick")
    assert not (await Outgoing.get(id=answer.id)).uncertain


async def test_a_service_with_a_history_takes_many_at_once(one: Process, service: ChatService) -> None:
    """What can be looked up is in no doubt."""
    service.history = service.keeps_history = True
    hold = service.holds()
    for name in (LEA, MARC):
        await put(one, name, "hello")
    async with running(one.delivery.run()):
        await service.bell.until(lambda: len(service.tries) == 2, 10)
        hold.release()
        await eventually(lambda: Outgoing.filter(state="sent").count())
