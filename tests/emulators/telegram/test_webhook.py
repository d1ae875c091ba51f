"""The emulator posts updates to a webhook until it takes them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from telegram import Bot

from . import TelegramEmulator, User

SECRET = "a-secret-of-more-than-thirty-two-characters"


class Hook:
    """A web server of the bot's. ``answers`` are the statuses of the next requests, then 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: list[tuple[str, bytes]] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        self.got.append((secret, await request.read()))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    found, app = Hook(), web.Application()
    app.router.add_post("/hook", found.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield found
    await runner.cleanup()


async def test_it_is_posted_with_the_secret(
    telegram: TelegramEmulator, stock: Bot, marc: User, hook: Hook
) -> None:
    """What waited and what comes then, in order."""
    await stock.set_webhook(hook.url, secret_token=SECRET)
    marc.says("deal acme")
    await telegram.until(lambda: not telegram.pending)
    assert [secret for secret, _ in hook.got] == [SECRET, SECRET]
    assert b"/start" in hook.got[0][1] and b"deal acme" in hook.got[1][1]


async def test_what_is_not_taken_comes_again(
    telegram: TelegramEmulator, stock: Bot, marc: User, hook: Hook
) -> None:
    """The same update, before the next one; and the service says what it got."""
    hook.answers = [503, 403]
    await stock.set_webhook(hook.url)
    marc.says("deal acme")
    await telegram.until(lambda: not telegram.pending)
    assert hook.got[0] == hook.got[1] == hook.got[2] != hook.got[3]
    info = await stock.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 403 Forbidden"
    telegram.redeliver(telegram.next_update_id - 1)
    await telegram.until(lambda: len(hook.got) == 5)
    assert hook.got[4] == hook.got[3]
