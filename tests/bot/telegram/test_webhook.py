"""The webhook: nobody but Telegram is let in, what is stored is answered 200, and the address stays set."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import pytest

from bot.clock import Clock
from bot.platform import Answer, Arrival, Hooked, Receiver
from bot.telegram.adapter import Hook, Telegram
from bot.telegram.deliveries import LARGEST_UPDATE
from bot.telegram.updates import KINDS
from handlers.chat.request import Request
from tests.bot.slack.served import served
from tests.emulators.telegram import TelegramEmulator, User

SECRET = "0123456789abcdef0123456789abcdef_webhook"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
PATH = "/telegram/8c1f"
JSON = "application/json"


class Inbox:
    """What was stored. While ``broken`` it takes nothing in."""

    def __init__(self) -> None:
        self.rows: dict[str, Arrival] = {}
        self.broken = False

    async def receive(self, arrivals: Sequence[Arrival]) -> None:
        if self.broken:
            raise OSError("jane@acme.com is on a full disk")
        self.rows |= {arrival.key: arrival for arrival in arrivals}


class Parley:
    """The adapter behind a server, and the client that Telegram or somebody else is."""

    def __init__(self, url: str, telegram: Telegram, inbox: Inbox, http: aiohttp.ClientSession) -> None:
        self.url, self.telegram, self.inbox, self._http = url, telegram, inbox, http

    async def post(self, body: bytes, headers: Sequence[tuple[str, str]]) -> int:
        async with self._http.post(self.url, data=body, headers=headers) as response:
            return response.status

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.telegram.run(self.inbox.receive))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture
async def server() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator() as emulator:
        yield emulator


@pytest.fixture
def marc(server: TelegramEmulator) -> User:
    return server.user(first_name="Marc")


@pytest.fixture
async def parley(server: TelegramEmulator) -> AsyncIterator[Parley]:
    inbox, found = Inbox(), list[Receiver]()

    async def take(headers: Sequence[tuple[str, str]], body: bytes) -> Answer:
        return await found[0].receive(headers, body)

    async with served([Receiver("telegram", "POST", PATH, take)]) as root, aiohttp.ClientSession() as http:
        telegram = Telegram(server.token, server.url, Clock(), hook=Hook(root + PATH, SECRET))
        assert isinstance(telegram, Hooked)
        found += telegram.receivers(inbox.receive)
        assert [(one.method, one.path, one.largest) for one in found] == [("POST", PATH, LARGEST_UPDATE)]
        yield Parley(root + PATH, telegram, inbox, http)
        await telegram.close()


def update(**more: object) -> bytes:
    chat = {"id": 7100000001, "type": "private"}
    sender = {"id": 7100000001, "is_bot": False, "first_name": "Marc"}
    message = {"message_id": 1, "date": 1, "chat": chat, "from": sender, "text": "won D-142"}
    found: Mapping[str, Any] = {"update_id": 5, "message": message, **more}
    return json.dumps(found).encode()


async def test_what_telegram_posts_is_stored_and_understood(
    parley: Parley, server: TelegramEmulator, marc: User
) -> None:
    """From the address that is set at the start to a request; a mention means the bot's own name."""
    async with parley.running():
        await server.until(lambda: server.webhook.url)
        group = server.group("Sales")
        marc.says("@parley_bot deal acme", group=group)
        await server.until(lambda: not server.pending)
    assert (server.webhook.url, server.webhook.secret) == (parley.url, SECRET)
    (row,) = parley.inbox.rows.values()
    request = parley.telegram.parse(row.key, row.raw)
    assert isinstance(request, Request)
    assert (request.text, request.address) == ("deal acme", str(group.id))


async def test_what_cannot_be_stored_comes_again(
    parley: Parley, server: TelegramEmulator, marc: User
) -> None:
    """Telegram is told that it was not taken, and keeps it."""
    parley.inbox.broken = True
    async with parley.running():
        said = marc.says("deal acme")
        await server.until(lambda: server.webhook.failure)
        assert "503" in server.webhook.failure
        assert server.pending == (said,)
        parley.inbox.broken = False
        await server.until(lambda: not server.pending)
    assert list(parley.inbox.rows) == [str(said)]


@pytest.mark.threat("S2")
@pytest.mark.parametrize(
    ("secrets", "status"),
    [
        ([], 403),
        ([""], 403),
        ([SECRET[:-1]], 403),
        ([SECRET + "x"], 403),
        ([SECRET.upper()], 403),
        (["é" * 40], 403),
        ([SECRET, SECRET], 403),
        ([SECRET, "other"], 403),
        ([SECRET], 200),
    ],
)
async def test_who_does_not_know_the_secret_is_not_let_in(
    parley: Parley, secrets: Sequence[str], status: int
) -> None:
    """None, part of it, more than it, another alphabet, or twice: 403, and nothing is stored."""
    headers = [("Content-Type", JSON), *((HEADER, secret) for secret in secrets)]
    assert await parley.post(update(), headers) == status
    assert bool(parley.inbox.rows) == (status == 200)
    assert parley.telegram.refused == ({"secret": 1} if status == 403 else {})


@pytest.mark.threat("S2")
@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_another_content_type_is_refused(parley: Parley, kind: str) -> None:
    """A page in somebody's browser can post forms and plain text, and Telegram posts neither."""
    assert await parley.post(update(), [("Content-Type", kind), (HEADER, SECRET)]) == 415
    assert parley.inbox.rows == {}


@pytest.mark.threat("S2")
async def test_a_body_that_is_too_large_is_refused(parley: Parley) -> None:
    """One byte more than the largest that is read."""
    padding = LARGEST_UPDATE + 1 - len(update(pad=""))
    body = update(pad="x" * padding)
    assert len(body) == LARGEST_UPDATE + 1
    assert await parley.post(body, [("Content-Type", JSON), (HEADER, SECRET)]) == 413
    assert parley.inbox.rows == {}


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"update_id": NaN}', b"\xff\xfe", b"[" * 50_000])
async def test_what_telegram_posts_and_nobody_can_read_is_set_aside(parley: Parley, body: bytes) -> None:
    """It is taken, or it would come again for ever; parsing quarantines it."""
    assert await parley.post(body, [("Content-Type", f"{JSON}; charset=utf-8"), (HEADER, SECRET)]) == 200
    (row,) = parley.inbox.rows.values()
    assert row.address == ""


async def test_the_address_is_set_again_when_somebody_changed_it(
    parley: Parley, server: TelegramEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    """What waits meanwhile is kept."""
    pauses = asyncio.Event()

    async def pause(seconds: float) -> None:
        pauses.set()
        await asyncio.sleep(0.01)

    parley.telegram._way._caller.pause = pause
    with caplog.at_level(logging.WARNING, "bot.telegram"):
        async with parley.running():
            await pauses.wait()
            server.webhook.url = ""
            await server.until(lambda: server.webhook.url == parley.url)
    assert "set again" in caplog.text
    assert SECRET not in caplog.text
    asked = [call.parameters for call in server.calls if call.method == "setWebhook"]
    assert [json.loads(one["allowed_updates"]) for one in asked] == [list(KINDS)] * len(asked)
    assert len(asked) >= 2
    assert {one["drop_pending_updates"] for one in asked} == {"false"}


def test_a_hook_does_not_show_its_secret() -> None:
    """Not where it is printed."""
    assert SECRET not in repr(Hook("https://crm.example.com/telegram", SECRET))
