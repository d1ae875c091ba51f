"""Updates are stored first and confirmed after, and nothing stops the poller."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.clock import SimulatedClock
from bot.platform import Arrival, Receive, Unauthorised, Unreadable
from bot.telegram.polling import Poller
from bot.telegram.shapes import Me
from bot.telegram.transport import STAND_IN, Transport
from bot.telegram.updates import parse
from handlers.chat.request import Request
from tests.emulators.telegram import TelegramEmulator, User

START = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)


class Inbox:
    """Rows as a database would keep them: a key that is there already is passed over."""

    def __init__(self) -> None:
        self.rows: dict[str, Arrival] = {}
        self.batches = 0
        self.changed = asyncio.Event()

    async def receive(self, arrivals: Sequence[Arrival]) -> None:
        self.batches += 1
        for arrival in arrivals:
            self.rows.setdefault(arrival.key, arrival)
        self.changed.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.rows) < count:
                self.changed.clear()
                await self.changed.wait()

    def texts(self) -> list[str]:
        """What was said, "?" for a row that parsing quarantines."""
        return [said(row) for row in self.rows.values()]


def said(row: Arrival) -> str:
    try:
        request = parse(row.key, row.raw, Me(0))
    except Unreadable:
        return "?"
    return request.text if isinstance(request, Request) else ""


class Night:
    """Waiting without waiting: pauses move the clock. From ``endless`` on they never return."""

    def __init__(self, clock: SimulatedClock, endless: float = 1e9) -> None:
        self.clock, self.endless = clock, endless
        self.pauses: list[float] = []
        self.enough = asyncio.Event()

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.advance_to(self.clock.now() + timedelta(seconds=seconds))
        if sum(self.pauses) >= self.endless:
            self.enough.set()
            await asyncio.Event().wait()
        await asyncio.sleep(0)


class Running:
    """A poller against an emulator, and what it needs."""

    def __init__(self, server: TelegramEmulator, token: str = "", endless: float = 1e9) -> None:
        self.server, self.inbox = server, Inbox()
        self.clock = SimulatedClock(START)
        self.night = Night(self.clock, endless)
        self.transport = Transport(token or server.token)
        self.poller = Poller(
            self.transport, f"{server.url}/bot{STAND_IN}", self.clock, pause=self.night.pause
        )
        self.task: asyncio.Task[None] | None = None

    def start(self, receive: Receive | None = None) -> asyncio.Task[None]:
        self.task = asyncio.create_task(self.poller.run(receive or self.inbox.receive))
        return self.task

    async def stop(self) -> None:
        if self.task and not self.task.done():
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task


@asynccontextmanager
async def polling(server: TelegramEmulator, token: str = "", endless: float = 1e9) -> AsyncIterator[Running]:
    running = Running(server, token, endless)
    try:
        yield running
    finally:
        await running.stop()
        await running.transport.shutdown()


@pytest.fixture
async def server() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator() as emulator:
        yield emulator


@pytest.fixture
def marc(server: TelegramEmulator) -> User:
    return server.user(first_name="Marc")


async def test_updates_are_confirmed_only_after_they_are_stored(server: TelegramEmulator, marc: User) -> None:
    """While the inbox commits, Telegram still holds the update; the poll after it lets go."""
    committing, commit = asyncio.Event(), asyncio.Event()

    async def receive(arrivals: Sequence[Arrival]) -> None:
        committing.set()
        await commit.wait()

    async with polling(server) as bot:
        update = marc.says("call Jane")
        bot.start(receive)
        await committing.wait()
        assert server.pending == (update,)
        commit.set()
        await server.until(lambda: not server.pending)


async def test_a_failed_commit_confirms_nothing_and_is_made_again(
    server: TelegramEmulator, marc: User, caplog: pytest.LogCaptureFixture
) -> None:
    """While the database is away the update stays with Telegram; it is fetched again, with pauses."""
    async with polling(server) as bot:
        failures = 0

        async def receive(arrivals: Sequence[Arrival]) -> None:
            nonlocal failures
            assert server.pending == (update,)
            if failures < 5:
                failures += 1
                raise ConnectionError("jane@acme.com is already there")
            await bot.inbox.receive(arrivals)

        update = marc.says("call Jane")
        bot.start(receive)
        await server.until(lambda: not server.pending)
    assert bot.inbox.texts() == ["call Jane"]
    assert (failures, len(bot.night.pauses)) == (5, 5)
    assert bot.night.pauses == sorted(bot.night.pauses)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "ConnectionError" in caplog.text
    assert "jane" not in caplog.text


async def test_cancelling_in_the_middle_of_a_commit_confirms_nothing(
    server: TelegramEmulator, marc: User
) -> None:
    """A stop while storing leaves the update with Telegram."""
    committing = asyncio.Event()

    async def receive(arrivals: Sequence[Arrival]) -> None:
        committing.set()
        await asyncio.Event().wait()

    async with polling(server) as bot:
        update = marc.says("call Jane")
        bot.start(receive)
        await committing.wait()
        await bot.stop()
        assert server.pending == (update,)


async def test_cancelling_while_it_waits_confirms_only_what_is_stored(
    server: TelegramEmulator, marc: User
) -> None:
    """What arrives after the last batch was stored is still there for the next run."""
    async with polling(server) as bot:
        marc.says("call Jane")
        bot.start()
        await server.until(lambda: bot.inbox.rows and not server.pending)
        await bot.stop()
        later = marc.says("call Joe")
        assert server.pending == (later,)


async def test_a_row_holds_the_raw_update_and_who_received_it(server: TelegramEmulator, marc: User) -> None:
    """The row is Telegram's own object, its key the update's id, its address the chat's."""
    async with polling(server) as bot:
        update = marc.says("call Jane")
        bot.start()
        await bot.inbox.until(1)
    row = bot.inbox.rows[str(update)]
    assert (row.key, row.address) == (str(update), str(marc.id))
    assert row.raw["message"]["text"] == "call Jane"
    assert row.raw["received_by"] == {"id": 7000000001, "username": "parley_bot"}


async def test_the_same_update_again_is_the_same_row(server: TelegramEmulator, marc: User) -> None:
    """A redelivery has the key of the first delivery, and moves the offset nowhere wrong."""
    async with polling(server) as bot:
        bot.start()
        first = marc.says("call Jane")
        await bot.inbox.until(1)
        server.redeliver(first)
        marc.says("call Joe")
        await bot.inbox.until(2)
        await server.until(lambda: not server.pending)
    assert bot.inbox.texts() == ["call Jane", "call Joe"]


async def test_ids_that_start_again_lower_are_received(server: TelegramEmulator, marc: User) -> None:
    """After an idle week Telegram chooses new ids; a stale offset must not confirm them unseen."""
    async with polling(server) as bot:
        bot.start()
        marc.says("call Jane")
        await server.until(lambda: bot.inbox.rows and not server.pending)
        polls = server.polls
        server.next_update_id = 1000
        marc.says("call Joe")
        await bot.inbox.until(2)
        marc.says("call Zoe")
        await bot.inbox.until(3)
        assert server.polls < polls + 10
    assert bot.inbox.texts() == ["call Jane", "call Joe", "call Zoe"]


async def test_a_stale_offset_confirms_nothing_unseen(server: TelegramEmulator, marc: User) -> None:
    """An offset goes out once. Named again after ids began anew just below, it would confirm the unseen."""
    async with polling(server) as bot:
        bot.start()
        first = marc.says("call Jane")
        await server.until(lambda: bot.inbox.rows and not server.pending)
        await bot.stop()
        server.next_update_id = first - 3
        marc.says("call Joe")
        bot.start()
        await bot.inbox.until(2)
    assert bot.inbox.texts() == ["call Jane", "call Joe"]


async def test_only_what_is_understood_is_asked_for(server: TelegramEmulator) -> None:
    """allowed_updates is explicit, so that no earlier setting of this bot decides."""
    async with polling(server) as bot, aiohttp.ClientSession() as bare:
        bot.start()
        await server.until(lambda: server.polls)
        async with bare.get(f"{server.url}/bot{server.token}/getWebhookInfo") as response:
            info = await response.json()
    kinds = ["callback_query", "edited_message", "message", "my_chat_member"]
    assert info["result"]["allowed_updates"] == kinds


BAD = [
    b'"no object"',
    b'{"message": {}}',
    b'{"update_id": true, "message": {}}',
    b'{"update_id": %d, "x": NaN}',
    b'{"update_id": %d, "message": {"text": 1}}',
    b'{"update_id": %d, "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b'{"update_id": %d, "x": "' + b"a" * 5_000_000 + b'"}',
]


async def test_updates_that_cannot_be_read_stop_nobody(server: TelegramEmulator, marc: User) -> None:
    """Each is stored for quarantine and passed; what was said around them arrives, in few polls."""
    async with polling(server) as bot:
        bot.start()
        for number, bad in enumerate(BAD):
            server.raw(bad % server.next_update_id if b"%d" in bad else bad)
            marc.says(f"call {number}")
        await bot.inbox.until(2 * len(BAD))
        await server.until(lambda: not server.pending)
        assert server.polls <= 2 * len(BAD) + 2
    assert bot.inbox.texts() == [text for n in range(len(BAD)) for text in ("?", f"call {n}")]


async def test_a_batch_without_any_id_is_passed_once_an_id_is_known(
    server: TelegramEmulator, marc: User
) -> None:
    """Counting on from the last id confirms just the unreadable ones and nothing behind them."""
    async with polling(server) as bot:
        bot.start()
        marc.says("call Jane")
        await server.until(lambda: bot.inbox.rows and not server.pending)
        server.raw(b"null")
        await server.until(lambda: len(bot.inbox.rows) == 2 and not server.pending)
        marc.says("call Joe")
        await bot.inbox.until(3)
    assert bot.inbox.texts() == ["call Jane", "?", "call Joe"]


async def test_a_batch_without_any_id_spins_nothing(server: TelegramEmulator, marc: User) -> None:
    """Before any id is known it comes again, after a pause each time, until an id passes it."""
    async with polling(server, endless=5) as bot:
        server.raw(b"null")
        bot.start()
        await bot.night.enough.wait()
        assert server.polls <= 5 * sum(bot.night.pauses)
        await bot.stop()
        bot.night.endless = 1e9
        marc.says("call Joe")
        bot.start()
        await server.until(lambda: not server.pending)
    assert bot.inbox.texts() == ["?", "call Joe"]


async def test_a_webhook_left_set_is_removed_and_what_waits_is_kept(
    server: TelegramEmulator, marc: User, caplog: pytest.LogCaptureFixture
) -> None:
    """Polling excludes a webhook; it goes with a notice, and no update goes with it."""
    caplog.set_level(logging.INFO)
    marc.says("call Jane")
    async with aiohttp.ClientSession() as bare:
        hook = {"url": "https://example.com/hook"}
        await bare.post(f"{server.url}/bot{server.token}/setWebhook", json=hook)
    async with polling(server) as bot:
        bot.start()
        await bot.inbox.until(1)
        assert server.webhook.url == ""
    assert bot.inbox.texts() == ["call Jane"]
    assert [record.levelname for record in caplog.records if "webhook" in record.message] == ["WARNING"]


async def test_a_second_poller_makes_one_line_and_no_storm(
    server: TelegramEmulator, marc: User, caplog: pytest.LogCaptureFixture
) -> None:
    """While another one polls, this one waits longer each time and says so once a minute."""
    caplog.set_level(logging.INFO)
    conflict = (
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )
    fault = server.fault("getUpdates", times=None, status=409, error=conflict)
    async with polling(server, endless=59) as bot:
        bot.start()
        await bot.night.enough.wait()
        assert fault.hits < 30
        assert len(caplog.records) == 1
        await bot.stop()
        fault.lift()
        bot.night.endless = 1e9
        bot.start()
        marc.says("call Jane")
        await bot.inbox.until(1)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 502, "body": b"<html><h1>502 Bad Gateway</h1></html>"},
        {"status": 500, "error": "Internal Server Error"},
        {"body": b""},
        {"body": b"<html>sign in</html>"},
        {"body": b'{"ok":true,"result":[{"update_id":731'},
        {"body": b'{"ok":true}'},
        {"body": b"7"},
        {"drop": "before"},
        {"drop": "after"},
        {"status": 429, "error": "Too Many Requests"},
        {"status": 400, "error": "Bad Request: something new"},
    ],
    ids=str,
)
async def test_a_poll_that_fails_is_made_again(
    server: TelegramEmulator, marc: User, fault: dict[str, object]
) -> None:
    """Whatever comes back instead of updates, they arrive once it is over, within ten seconds of waiting."""
    server.fault("getUpdates", times=4, **fault)  # type: ignore[arg-type]
    async with polling(server) as bot:
        marc.says("call Jane")
        bot.start()
        await bot.inbox.until(1)
    assert bot.inbox.texts() == ["call Jane"]
    assert 0 < sum(bot.night.pauses) <= 10
    assert len(bot.night.pauses) == 4


async def test_ten_minutes_without_telegram_are_ten_lines(
    server: TelegramEmulator, marc: User, caplog: pytest.LogCaptureFixture
) -> None:
    """Refused connections are asked again with growing, scattered pauses, and logged once a minute."""
    caplog.set_level(logging.INFO)
    async with polling(server, endless=600) as bot:
        await server.stop()
        bot.start()
        async with asyncio.timeout(20):
            await bot.night.enough.wait()
        assert 9 <= len(caplog.records) <= 11
        assert max(bot.night.pauses) <= 8
        assert len(set(bot.night.pauses)) == len(bot.night.pauses)
        await bot.stop()
        await server.start()
        bot.night.endless = 1e9
        marc.says("call Jane")
        bot.start()
        await bot.inbox.until(1)
    assert server.token not in caplog.text


async def test_failing_every_other_poll_is_still_one_line_a_minute(
    server: TelegramEmulator, marc: User, caplog: pytest.LogCaptureFixture
) -> None:
    """A flapping connection doesn't fill the log."""
    caplog.set_level(logging.INFO)
    async with polling(server) as bot:
        bot.start()
        for number in range(10):
            server.fault("getUpdates", status=502, error="Bad Gateway")
            marc.says(f"call {number}")
            await bot.inbox.until(number + 1)
        assert len(bot.night.pauses) == 10
    assert len(caplog.records) == 1


async def test_a_429_is_waited_out_and_signs_of_life_go_on(server: TelegramEmulator, marc: User) -> None:
    """No poll goes out before the time Telegram named, and the poller does not look deaf meanwhile."""
    server.fault("getUpdates", retry_after=100)
    async with polling(server) as bot:
        marc.says("call Jane")
        bot.start()
        await bot.inbox.until(1)
        assert sum(bot.night.pauses) == 100
        assert max(bot.night.pauses) < 90
        assert bot.poller.last_heard == START + timedelta(seconds=100)


async def test_a_revoked_token_ends_the_run(server: TelegramEmulator) -> None:
    """Nothing can be received any more, so the run raises what sending raises too, without the token."""
    async with polling(server, token="7000000001:not-the-right-one-at-all") as bot:
        with pytest.raises(Unauthorised) as caught:
            await bot.start()
    assert "not-the-right-one" not in str(caught.value)


async def test_a_token_revoked_while_polling_ends_the_run(server: TelegramEmulator, marc: User) -> None:
    """The 401 may come at any poll."""
    async with polling(server) as bot:
        task = bot.start()
        await server.until(lambda: server.polls)
        server.fault("getUpdates", status=401, error="Unauthorized")
        marc.says("call Jane")
        await bot.inbox.until(1)
        with pytest.raises(Unauthorised):
            await task


async def test_last_heard_tells_a_deaf_poller(server: TelegramEmulator, marc: User) -> None:
    """It is the time of the last answer while it runs, and None before and after."""
    async with polling(server) as bot:
        assert bot.poller.last_heard is None
        bot.start()
        await server.until(lambda: server.polls)
        assert bot.poller.last_heard == START
        bot.clock.advance_to(START + timedelta(seconds=70))
        marc.says("call Jane")
        await bot.inbox.until(1)
        assert bot.poller.last_heard == START + timedelta(seconds=70)
        await bot.stop()
        assert bot.poller.last_heard is None


async def test_a_hundred_and_fifty_updates_come_in_two_batches(server: TelegramEmulator, marc: User) -> None:
    """A backlog is stored by the hundred, in order: telegram.constants.PollingLimit.MAX_LIMIT."""
    async with polling(server) as bot:
        for number in range(150):
            marc.says(str(number))
        bot.start()
        await bot.inbox.until(150)
    assert bot.inbox.batches == 2
    assert bot.inbox.texts() == [str(number) for number in range(150)]
    assert list(bot.inbox.rows) == sorted(bot.inbox.rows, key=int)


def test_the_bad_updates_are_all_different() -> None:
    """The list above means what it says."""
    assert len({json.dumps(str(bad)) for bad in BAD}) == len(BAD)
