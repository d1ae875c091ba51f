"""What stands in the outbox is sent, in order, once, whatever the services answer."""

from __future__ import annotations

import asyncio
import itertools
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from bot import outbox
from bot.clock import SimulatedClock
from bot.database import Database
from bot.outbox import LEASE, Place
from bot.platform import Rejected, ServiceError, Throttled, Unauthorised, Unavailable, Unreachable
from bot.referred import shown_by
from handlers.chat.reply import text
from models.messaging.outbox import OutboxState, Outgoing
from models.notification import Notification, Priority
from models.reminder import Reminder, ReminderState
from tests.bot.machine import (
    LEA,
    MARC,
    NORA,
    NOW,
    SAM,
    LoopTime,
    Process,
    account,
    eventually,
    joins,
    member,
    opened,
    overheard,
    running,
    team,
)
from tests.emulators.chat_in_memory import ChatService
from tests.postgres import Administrator
from tests.proxy import proxied, through

_keys = itertools.count(1)


async def put(
    process: Process, name: str, words: str, *, platform: str = "telegram", **more: Any
) -> Outgoing:
    """Words for one of the team, into the outbox."""
    person = await member(name)
    place = Place(platform, name, person.locale, person.workspace_id, person.id)
    async with process.database.transaction():
        return await outbox.put(
            process.database,
            text(words),
            place,
            key=f"test {next(_keys)}",
            now=process.clock.now(),
            **more,
        )


async def state(row: Outgoing) -> OutboxState:
    """How a row stands now."""
    return (await Outgoing.get(id=row.id)).state


# -- order -----------------------------------------------------------------------------------------


async def test_a_message_is_sent_once_and_noted(one: Process, service: ChatService) -> None:
    """With its reference and its time; nothing is left to send."""
    row = await put(one, LEA, "hello")
    assert await one.delivery.sweep() == 1
    stored = await Outgoing.get(id=row.id)
    assert (stored.state, stored.message_ref, stored.sent_at) == (
        OutboxState.SENT,
        service.last(LEA).ref,
        NOW,
    )
    assert (stored.lease_holder, stored.lease_until, stored.attempts) == (None, None, 1)
    assert await one.delivery.sweep() == 0
    assert service.seen(LEA) == ["hello"]


async def test_a_chat_keeps_its_order(one: Process, service: ChatService) -> None:
    """A message waits until every earlier one of its chat is sent, even while that one is put off."""
    for words in ("one", "two", "three"):
        await put(one, LEA, words)
    service.refuses(Unavailable("502"), to=LEA)
    await one.sends()
    assert service.seen(LEA) == []
    one.clock.advance_to(NOW + timedelta(seconds=2))
    await one.sends()
    assert service.seen(LEA) == ["one", "two", "three"]


async def test_a_message_that_is_given_up_holds_up_nothing(one: Process, service: ChatService) -> None:
    """The next one of the chat goes out."""
    rows = [await put(one, LEA, words) for words in ("one", "two")]
    service.refuses(Rejected("too long"))
    await one.sends()
    assert service.seen(LEA) == ["two"]
    assert [await state(row) for row in rows] == [OutboxState.FAILED, OutboxState.SENT]


async def test_a_slow_chat_delays_no_other(one: Process, service: ChatService) -> None:
    """While one message is under way, other chats' are sent, and the slow chat's next one waits."""
    async with running(one.delivery.run()):
        hold = service.holds(LEA)
        await put(one, LEA, "slow")
        one.delivery.wake()
        await hold.reached.wait()
        await put(one, LEA, "after it")
        await put(one, MARC, "quick")
        one.delivery.wake()
        await service.shows(MARC, "quick")
        assert service.seen(LEA) == []
        hold.release()
        await service.shows(LEA, "after it")
    assert service.seen(LEA) == ["slow", "after it"]


async def test_answers_go_before_reminders_and_reminders_before_digests(
    one: Process, service: ChatService
) -> None:
    """Whatever was written first."""
    for priority in (Priority.DIGEST, Priority.REMINDER, Priority.INTERACTIVE):
        for name in (LEA, MARC):
            await put(one, name, priority.name, priority=priority)
    await one.sends()
    assert service.seen(LEA) == ["INTERACTIVE", "REMINDER", "DIGEST"]
    tried = [message.reply.headline() for message in service.tries]
    assert tried == ["INTERACTIVE"] * 2 + ["REMINDER"] * 2 + ["DIGEST"] * 2


async def test_a_reminder_does_not_wait_behind_an_answer_that_is_put_off(
    one: Process, service: ChatService
) -> None:
    """The order is kept within a chat and a priority."""
    await put(one, LEA, "answer")
    service.refuses(Unavailable("502"), to=LEA)
    await one.sends()
    await put(one, LEA, "reminder", priority=Priority.REMINDER)
    await one.sends()
    assert service.seen(LEA) == ["reminder"]


async def test_no_more_than_fifty_are_under_way_at_once(one: Process, service: ChatService) -> None:
    """The rest stays free to be taken by another process meanwhile."""
    service.history = service.keeps_history = True  # elsewhere they go one by one
    person = await member(LEA)
    async with one.database.transaction():
        for number in range(60):
            place = Place("telegram", f"chat {number}", "en-GB", person.workspace_id, None)
            await outbox.put(one.database, text("hello"), place, key=f"many {number}", now=NOW)
    hold = service.holds()
    async with running(one.delivery.run()):
        await service.bell.until(lambda: len(service.tries) == 50, 10)
        assert await Outgoing.filter(lease_holder=None).count() == 10
        hold.release()
        await service.bell.until(lambda: len(service.arrived) == 60, 10)
    assert len({message.id for message in service.arrived}) == 60


# -- refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("pause", [timedelta(seconds=30), timedelta(seconds=0.4), timedelta(hours=1)])
async def test_a_chat_that_is_throttled_waits_exactly_as_long_as_it_was_told(
    one: Process, service: ChatService, pause: timedelta
) -> None:
    """Not one try comes earlier; meanwhile other chats are written to."""
    row = await put(one, LEA, "one")
    await put(one, LEA, "two")
    service.refuses(Throttled("slow down", pause), to=LEA)
    await one.sends()
    assert (await Outgoing.get(id=row.id)).not_before == NOW + pause
    await put(one, MARC, "hello")
    one.clock.advance_to(NOW + pause - timedelta(milliseconds=1))
    await one.sends()
    assert (service.seen(LEA), service.seen(MARC), len(service.tries)) == ([], ["hello"], 2)
    one.clock.advance_to(NOW + pause)
    await one.sends()
    assert service.seen(LEA) == ["one", "two"]


async def test_a_service_that_is_down_is_tried_less_and_less_often(
    one: Process, service: ChatService
) -> None:
    """After about 1 s, 2 s, 4 s … and at most 5 minutes, never all at the same moment."""
    row = await put(one, LEA, "hello")
    service.refuses(Unavailable("502"), times=None)
    pauses = []
    for _ in range(14):
        await one.sends()
        until = (await Outgoing.get(id=row.id)).not_before
        pauses.append((until - one.clock.now()).total_seconds())
        one.clock.advance_to(until)
    expected = [min(2.0**n, 300.0) for n in range(14)]
    assert all(0.8 * wanted <= pause <= 1.2 * wanted for pause, wanted in zip(pauses, expected, strict=True))
    assert len({round(pause / wanted, 6) for pause, wanted in zip(pauses, expected, strict=True)}) > 1


@pytest.mark.parametrize("arrives", [False, None])
async def test_after_a_day_the_words_are_stale(
    one: Process, service: ChatService, arrives: bool | None
) -> None:
    """What a service could not take for 24 hours is given up, not earlier, and the next one goes out."""
    row = await put(one, LEA, "stale")
    service.history = True
    down = (
        service.refuses(Unavailable("503"), times=None)
        if arrives is None
        else service.loses_answers(times=None, arrives=arrives)
    )
    one.clock.advance_to(NOW + timedelta(hours=24) - timedelta(seconds=1))
    await one.sends()
    assert await state(row) is OutboxState.WAITING
    one.clock.advance_to(NOW + timedelta(hours=24, minutes=6))
    await one.sends()
    assert await state(row) is OutboxState.FAILED
    down.lift()
    await put(one, LEA, "fresh")
    await one.sends()
    assert service.seen(LEA) == ["fresh"]


async def test_what_is_throttled_is_never_given_up(one: Process, service: ChatService) -> None:
    """The service said when it will take it."""
    row = await put(one, LEA, "hello")
    service.refuses(Throttled("slow down", timedelta(hours=1)), times=30)
    for _ in range(30):
        await one.sends()
        one.clock.advance_to((await Outgoing.get(id=row.id)).not_before)
    await one.sends()
    assert service.seen(LEA) == ["hello"]


async def test_a_refused_token_pauses_the_whole_platform(
    database: Database, clock: SimulatedClock, service: ChatService
) -> None:
    """One try a minute, however much waits; the queue is kept, and sent once the token is mended."""
    slack = ChatService("slack")
    await team(database, "telegram", "slack")
    one = Process.of(database, clock, service, slack)
    for name in (LEA, MARC, NORA, SAM):
        await put(one, name, "hello")
        await put(one, name, "hello", platform="slack")
    revoked = service.refuses(Unauthorised("token revoked"), times=None)
    with overheard() as log:
        await one.sends()
    assert revoked.hits <= 3
    assert [line["level"] for line in log.said("token refused")] == ["error"]
    assert len(slack.arrived) == 4
    clock.advance_to(NOW + timedelta(seconds=59))
    await put(one, LEA, "hello again", holder="one")
    await one.sends()
    assert revoked.hits <= 3
    revoked.lift()
    clock.advance_to(NOW + timedelta(minutes=2))
    await one.sends()
    assert len(service.arrived) == 5
    assert service.seen(LEA) == ["hello", "hello again"]


async def test_a_message_that_breaks_the_renderer_is_given_up(one: Process, service: ChatService) -> None:
    """It is logged as an error of ours, without its words, and the others go on."""
    rows = [await put(one, name, "secret words") for name in (LEA, MARC)]
    service.refuses(ZeroDivisionError("secret words"), to=LEA)
    with overheard() as log:
        await one.sends()
    assert [await state(row) for row in rows] == [OutboxState.FAILED, OutboxState.SENT]
    [line] = log.said("message cannot be sent")
    assert (line["level"], line["outbox"], line["platform"]) == ("error", rows[0].id, "telegram")
    assert (await Outgoing.get(id=rows[0].id)).error == "ZeroDivisionError"


@pytest.mark.parametrize("kind", [Rejected, Unavailable, Unreachable])
@pytest.mark.parametrize("words", ["sendMessage: \0", "sendMessage: \ud800"])
async def test_a_service_may_say_why_in_any_letters(
    one: Process, service: ChatService, kind: type[ServiceError], words: str
) -> None:
    """What no column holds is noted as U+FFFD, and the others go on."""
    refused, other = [await put(one, name, "hello") for name in (LEA, MARC)]
    service.refuses(kind(words), to=LEA)
    await one.sends()
    assert (await Outgoing.get(id=refused.id)).error == "sendMessage: \ufffd"
    assert await state(other) is OutboxState.SENT


async def test_tries_of_weeks_stop_nothing(one: Process, service: ChatService) -> None:
    """While a token is refused a message is tried once a minute; its column counts to 32,767."""
    row = await put(one, LEA, "hello")
    await Outgoing.filter(id=row.id).update(attempts=32_767)
    await one.sends()
    assert await state(row) is OutboxState.SENT


async def test_what_the_service_will_never_take_is_told_to_who_leads(
    one: Process, service: ChatService
) -> None:
    """The team's manager hears whose message it was and why; the words themselves are not repeated."""
    await put(one, LEA, "secret words")
    service.refuses(Rejected("sendMessage: message is too long"), to=LEA)
    await one.sends()
    await one.ticks()
    assert service.seen(NORA) == [
        "⚠️ Telegram refused a message to Léa Martin.\nIt says: sendMessage: message is too long"
    ]
    assert service.seen(SAM) == []


async def test_a_failed_edit_is_nobodys_business(one: Process, service: ChatService) -> None:
    """The message it was to change stands there already."""
    row = await put(one, LEA, "changed", edits="gone")
    await one.sends()
    assert await state(row) is OutboxState.FAILED
    assert not await Notification.exists()


# -- lost answers -----------------------------------------------------------------------------------


async def test_what_arrived_although_the_answer_was_lost_is_found(one: Process, service: ChatService) -> None:
    """Where the service has a history nothing is sent twice."""
    service.history = True
    row = await put(one, LEA, "hello")
    service.loses_answers()
    await one.sends()
    assert (await Outgoing.get(id=row.id)).uncertain
    one.clock.advance_to(NOW + timedelta(seconds=2))
    await one.sends()
    stored = await Outgoing.get(id=row.id)
    assert (stored.state, stored.message_ref) == (OutboxState.SENT, service.last(LEA).ref)
    assert len(service.tries) == 1


async def test_what_did_not_arrive_is_sent_however_often_answers_are_lost(
    one: Process, service: ChatService
) -> None:
    """Looking it up each time makes that safe."""
    service.history = True
    row = await put(one, LEA, "hello")
    lost = service.loses_answers(times=4, arrives=False)
    while lost.hits < 4:
        await one.sends()
        one.clock.advance_to((await Outgoing.get(id=row.id)).not_before)
    await one.sends()
    assert len(service.arrived) == 1
    assert await state(row) is OutboxState.SENT


async def test_the_lost_message_is_not_looked_up_at_once(one: Process, service: ChatService) -> None:
    """It may still be on its way: a second passes first."""
    row = await put(one, LEA, "hello")
    service.loses_answers()
    await one.sends()
    assert (await Outgoing.get(id=row.id)).not_before >= NOW + timedelta(seconds=1)


async def test_without_a_history_a_lost_message_is_repeated_once_and_says_so(
    one: Process, service: ChatService
) -> None:
    """The person can tell that it is the same message."""
    await put(one, LEA, "hello")
    service.loses_answers()
    await one.sends()
    one.clock.advance_to(NOW + timedelta(seconds=2))
    await one.sends()
    assert service.seen(LEA) == ["hello", "hello (sent again)"]


async def test_a_message_whose_repetition_was_lost_too_is_given_up(
    one: Process, service: ChatService
) -> None:
    """A third copy would be worse than none."""
    row = await put(one, LEA, "hello")
    service.loses_answers(times=None)
    await one.sends()
    for _ in range(5):
        one.clock.advance_to(one.clock.now() + timedelta(minutes=10))
        await one.sends()
    assert service.seen(LEA) == ["hello", "hello (sent again)"]
    assert await state(row) is OutboxState.FAILED


async def test_an_edit_may_be_repeated(one: Process, service: ChatService) -> None:
    """It shows the same words as often as it is done, and never as a repetition."""
    await put(one, LEA, "before")
    await one.sends()
    service.loses_answers(times=3)
    row = await put(one, LEA, "after", edits=service.last(LEA).ref)
    for _ in range(4):
        await one.sends()
        one.clock.advance_to(one.clock.now() + timedelta(minutes=1))
    assert await state(row) is OutboxState.SENT
    assert service.seen(LEA) == ["after"]


# -- leases -----------------------------------------------------------------------------------------


async def test_what_a_dead_process_was_sending_is_taken_over(
    one: Process, two: Process, service: ChatService
) -> None:
    """Ten seconds later and no sooner; it may have arrived, so it says that it was sent again."""
    row = await put(one, LEA, "hello", holder="one")
    one.clock.advance_to(NOW + LEASE - timedelta(milliseconds=1))
    assert await two.delivery.sweep() == 0
    one.clock.advance_to(NOW + LEASE)
    assert await two.delivery.sweep() == 1
    assert service.seen(LEA) == ["hello (sent again)"]
    assert (await Outgoing.get(id=row.id)).attempts == 2


async def test_a_living_process_keeps_what_it_is_sending(
    one: Process, two: Process, service: ChatService
) -> None:
    """However slow the service is, no second process takes the message."""
    time = LoopTime()
    hold = service.holds(LEA)
    row = await put(one, LEA, "slow")
    async with running(one.delivery.run()):
        await hold.reached.wait()
        for _ in range(5):
            until = one.clock.now() + LEASE / 3 + timedelta(milliseconds=1)
            one.clock.advance_to(until)
            time.passes(LEASE / 3 + timedelta(milliseconds=1))
            await eventually(partial(_renewed, row, until + LEASE))
            assert await two.delivery.sweep() == 0
        hold.release()
        await service.shows(LEA, "slow")
    assert service.seen(LEA) == ["slow"]
    assert one.clock.now() > NOW + LEASE


async def _renewed(row: Outgoing, until: datetime) -> bool:
    return (await Outgoing.get(id=row.id)).lease_until == until


@pytest.mark.parametrize(
    "answer",
    [None, Unavailable("502"), Rejected("no"), Unreachable("blocked")],
    ids=["sent", "again", "given up", "unreachable"],
)
async def test_a_process_that_was_asleep_changes_nothing_any_more(
    one: Process, two: Process, service: ChatService, answer: ServiceError | None
) -> None:
    """Whatever its service answered: the message belongs to the process that took it over."""
    hold = service.holds(LEA)
    row = await put(one, LEA, "hello")
    async with running(one.delivery.sweep()) as [asleep]:
        await hold.reached.wait()
        one.clock.advance_to(NOW + LEASE)
        awake = ChatService()
        other = Process.of(one.database, one.clock, awake, name="three")
        theirs = awake.holds(LEA)
        async with running(other.delivery.sweep()) as [taken]:
            await theirs.reached.wait()
            if answer is not None:
                service.refuses(answer)
            hold.release()
            await asleep
            stored = await Outgoing.get(id=row.id)
            assert (stored.state, stored.lease_holder) == (OutboxState.WAITING, "three")
            assert await two.delivery.sweep() == 0
            theirs.release()
            await taken
    stored = await Outgoing.get(id=row.id)
    assert (stored.state, stored.message_ref) == (OutboxState.SENT, awake.last(LEA).ref)
    assert (await account(LEA)).reachable
    assert not await Notification.exists()


async def test_two_processes_send_each_message_once(one: Process, two: Process, service: ChatService) -> None:
    """Chats side by side, each in its order."""
    names = (LEA, MARC, NORA, SAM)
    for number in range(10):
        for name in names:
            await put(one, name, str(number))
    async with running(one.delivery.run(), two.delivery.run()):
        await service.bell.until(lambda: len(service.arrived) >= 40, 20)
    assert [service.seen(name) for name in names] == [[str(number) for number in range(10)]] * 4


async def test_only_who_leads_sends_what_nobody_asked_for(one: Process, service: ChatService) -> None:
    """Answers are sent by every process."""
    one.delivery.sends_pushes = False
    await put(one, LEA, "reminder", priority=Priority.REMINDER)
    await put(one, LEA, "answer")
    await one.sends()
    assert service.seen(LEA) == ["answer"]
    one.delivery.sends_pushes = True
    await one.sends()
    assert service.seen(LEA) == ["answer", "reminder"]


async def test_a_platform_that_is_not_open_here_is_left_to_others(one: Process, service: ChatService) -> None:
    """A process touches no message that it cannot send."""
    row = await put(one, LEA, "hello", platform="slack")
    assert await one.delivery.sweep() == 0
    assert (await Outgoing.get(id=row.id)).attempts == 0


async def test_it_stops_when_it_is_told_to_though_there_is_much_to_send(one: Process) -> None:
    """Whatever it was woken for at that very moment."""
    for steps in range(6):
        task = asyncio.create_task(one.delivery.run())
        await asyncio.sleep(0.01)
        one.delivery.wake()
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=5)
        assert done == {task}


async def test_what_is_under_way_arrives_before_the_process_stops(
    one: Process, two: Process, service: ChatService
) -> None:
    """So that a restart repeats nothing; nothing more is begun."""
    hold = service.holds(LEA)
    row = await put(one, LEA, "hello")
    task = asyncio.create_task(one.delivery.run())
    await hold.reached.wait()
    task.cancel()
    await asyncio.sleep(0)
    later = await put(one, MARC, "later")
    one.delivery.wake()
    hold.release()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()
    assert await state(row) is OutboxState.SENT
    assert await state(later) is OutboxState.WAITING
    assert await two.delivery.sweep() == 1
    assert (service.seen(LEA), service.seen(MARC)) == (["hello"], ["later"])


# -- database trouble ---------------------------------------------------------------------------------


@pytest.mark.postgresql
async def test_what_cannot_be_noted_comes_again(
    postgres: Administrator, postgres_url: str, clock: SimulatedClock, service: ChatService
) -> None:
    """A message that arrived while the database went away is sent again once its lease has run out."""
    async with proxied(postgres.server) as proxy, opened(through(proxy, postgres_url)) as database:
        one = Process.of(database, clock, service)
        hold = service.holds()
        await put(one, LEA, "hello")
        with overheard() as log:
            async with running(one.delivery.run()):
                await hold.reached.wait()
                proxy.refuse()
                hold.release()
                await log.hears("outcome not noted")
                await log.hears("outbox not readable")
                time = LoopTime()
                time.passes(LEASE / 3)
                proxy.admit()
                clock.advance_to(NOW + LEASE)
                time.passes(1.0)
                await service.shows(LEA, "hello (sent again)")
                await eventually(Outgoing.filter(state=OutboxState.SENT).exists)
    assert service.seen(LEA) == ["hello", "hello (sent again)"]


@pytest.mark.postgresql
async def test_leases_that_cannot_be_renewed_do_not_end_the_process(
    postgres: Administrator, postgres_url: str, clock: SimulatedClock, service: ChatService
) -> None:
    """The next renewal may succeed again."""
    async with proxied(postgres.server) as proxy, opened(through(proxy, postgres_url)) as database:
        one = Process.of(database, clock, service)
        hold = service.holds()
        row = await put(one, LEA, "slow")
        time = LoopTime()
        with overheard() as log:
            async with running(one.delivery.run()):
                await hold.reached.wait()
                proxy.refuse()
                time.passes(LEASE / 3)
                await log.hears("leases not renewed")
                proxy.admit()
                clock.advance_to(NOW + LEASE / 2)
                time.passes(LEASE / 3)
                await eventually(partial(_renewed, row, clock.now() + LEASE))
                hold.release()
                await service.shows(LEA, "slow")


# -- people who cannot be written to -----------------------------------------------------------------


@pytest.fixture
def slack() -> ChatService:
    """A second service."""
    return ChatService("slack")


@pytest.fixture
async def both(
    database: Database, clock: SimulatedClock, service: ChatService, slack: ChatService
) -> Process:
    """A process with two services, on both of which Léa has a chat; Slack is the one she used first."""
    await team(database)
    await joins(LEA, "slack", at=NOW - timedelta(days=1))
    return Process.of(database, clock, service, slack)


async def test_who_blocked_us_is_written_to_on_the_other_platform(
    both: Process, service: ChatService, slack: ChatService
) -> None:
    """The same words, once, in the person's language; the account is marked, and no leader troubled."""
    row = await put(both, LEA, "bonjour")
    service.refuses(Unreachable("blocked by the user"), times=None)
    await both.sends()
    assert slack.seen(LEA) == ["bonjour"]
    assert slack.arrived[0].language == "fr-FR"
    assert await state(row) is OutboxState.FAILED
    assert not (await account(LEA)).reachable
    assert (await account(LEA, "slack")).reachable
    assert not await Notification.exists()


async def test_a_reply_on_the_other_platform_goes_on_with_the_same_record(
    both: Process, service: ChatService, slack: ChatService
) -> None:
    """What the message shows is known of it there too."""
    await put(both, LEA, "bonjour", shown=["D-90"])
    service.refuses(Unreachable("blocked by the user"), times=None)
    await both.sends()
    assert await shown_by("slack", LEA, slack.last(LEA).ref) == ["D-90"]


async def test_a_pushs_buttons_serve_on_the_other_platform_too(
    both: Process, service: ChatService, slack: ChatService
) -> None:
    """The reminder that could not be delivered is done there, and its message says so."""
    await both.hears(service.says(LEA, "rappel envoyer le devis dans 2h"))
    service.refuses(Unreachable("blocked by the user"), to=LEA, times=None)
    await both.passes(timedelta(hours=2))
    [pushed] = slack.seen(LEA)
    assert "⏰ envoyer le devis" in pushed
    await both.hears(slack.presses(LEA, slack.last(LEA), "Fait"), platform="slack")
    assert slack.seen(LEA)[0].startswith("✅ Fait par Léa Martin")
    assert (await Reminder.get()).state is ReminderState.DONE


@pytest.mark.parametrize("missed", [2, 3, 5])
async def test_who_blocked_us_everywhere_is_reported_from_the_third_message_on(
    one: Process, service: ChatService, missed: int
) -> None:
    """The team's manager hears of it once, with the service's reason, until the person is back."""
    service.refuses(Unreachable("blocked by the user"), to=LEA, times=None)
    for number in range(missed):
        await put(one, LEA, str(number))
    await one.sends()
    for _ in range(3):
        await one.passes(timedelta(hours=12))
    told = (
        "⚠️ Léa Martin cannot be written to on Telegram any more.\n"
        "It says: blocked by the user\n"
        "Reminders wait until Léa Martin writes to me again or links another account."
    )
    assert service.seen(NORA) == ([told] if missed >= 3 else [])


async def test_pushes_that_wait_count_too(one: Process, service: ChatService) -> None:
    """They are not even tried: the account is known to refuse them."""
    for hours in (1, 2, 3):
        await one.hears(service.says(LEA, f"rappel appel {hours} dans {hours}h"))
    service.refuses(Unreachable("blocked by the user"), to=LEA, times=None)
    for _ in (1, 2, 3):
        assert service.seen(NORA) == []
        await one.passes(timedelta(hours=1))
    await one.passes(timedelta(minutes=1))
    assert "Léa Martin cannot be written to" in service.seen(NORA)[0]
    assert len(service.seen(NORA)) == 1


async def test_nobody_is_told_of_trouble_that_is_over(one: Process, service: ChatService) -> None:
    """Who writes again before the leader is told needs no help."""
    service.refuses(Unreachable("blocked by the user"), to=LEA, times=3)
    for number in range(3):
        await put(one, LEA, str(number))
    await one.sends()
    await one.hears(service.says(LEA, "today"))
    await one.ticks()
    assert service.seen(NORA) == []


async def test_trouble_with_a_manager_is_told_to_the_admins(one: Process, service: ChatService) -> None:
    """Nobody is told of their own."""
    service.refuses(Unreachable("deactivated"), to=NORA, times=3)
    for number in range(3):
        await put(one, NORA, str(number))
    await one.sends()
    await one.ticks()
    assert "Nora Keller cannot be written to" in service.seen(SAM)[0]


async def test_leaders_who_cannot_be_reached_either_are_no_endless_errand(
    one: Process, service: ChatService
) -> None:
    """Each is tried, nothing is repeated, and it is told once somebody can be."""
    down = service.refuses(Unreachable("blocked by the user"), times=None)
    for number in range(3):
        await put(one, LEA, str(number))
    for _ in range(10):
        await one.passes(timedelta(minutes=1))
    assert len(service.tries) <= 6
    down.lift()
    await one.hears(service.says(NORA, "today"))
    await one.ticks()
    assert any("Léa Martin cannot be written to" in shown for shown in service.seen(NORA))


async def test_a_reminder_that_met_a_block_comes_when_the_person_is_back(
    one: Process, service: ChatService
) -> None:
    """None is skipped: neither that one nor those that fell due meanwhile; each is marked late, once."""
    for hours in (1, 2, 3):
        await one.hears(service.says(LEA, f"rappel appel {hours} dans {hours}h"))
    before = len(service.seen(LEA))
    blocked = service.refuses(Unreachable("blocked by the user"), to=LEA, times=None)
    for _ in range(4):
        await one.passes(timedelta(hours=1))
    assert len(service.seen(LEA)) == before
    assert blocked.hits == 1
    blocked.lift()
    await one.hears(service.says(LEA, "aujourd'hui"))
    await one.ticks()
    pushed = [shown for shown in service.seen(LEA)[before + 1 :] if "⏰" in shown]
    assert [shown.split("\n")[0] for shown in pushed] == ["⏰ appel 1", "⏰ appel 2", "⏰ appel 3"]
    assert all("En retard" in shown for shown in pushed)
    await one.ticks()
    assert len(service.seen(LEA)) == before + 4


async def test_a_reminder_that_was_done_meanwhile_does_not_come_back(
    one: Process, service: ChatService
) -> None:
    """What waited for the person is looked at once more before it is sent."""
    await one.hears(service.says(LEA, "rappel envoyer le devis dans 1h"))
    service.refuses(Unreachable("blocked by the user"), to=LEA)
    await one.passes(timedelta(hours=1))
    await one.hears(service.says(NORA, "done R-1"))
    assert (await Reminder.get()).state is ReminderState.DONE
    await one.hears(service.says(LEA, "aujourd'hui"))
    seen = len(service.seen(LEA))
    await one.ticks()
    assert len(service.seen(LEA)) == seen


async def test_a_room_that_is_gone_marks_no_account(one: Process, service: ChatService) -> None:
    """Its answer goes to the asker's own chat."""
    service.refuses(Unreachable("the group was deleted"), to="-5")
    await one.hears(service.says(LEA, "rappel envoyer le devis dans 1h", room="-5"))
    assert (await account(LEA)).reachable
    assert "envoyer le devis" in service.seen(LEA)[0]


async def test_who_writes_again_can_be_written_to(one: Process, service: ChatService) -> None:
    """Within the quarter of an hour in which presence is not noted anew, too."""
    service.refuses(Unreachable("blocked by the user"), to=LEA)
    await put(one, LEA, "hello")
    await one.sends()
    assert not (await account(LEA)).reachable
    await one.hears(service.says(LEA, "aujourd'hui"))
    assert (await account(LEA)).reachable
