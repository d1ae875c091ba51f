"""What the doctor says of a Telegram bot, by the live service: here, the emulator."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.clock import Clock
from bot.config import Telegram
from bot.doctor.finding import Finding
from bot.doctor.telegram import bot
from bot.platform import Answer, Receiver
from bot.telegram.updates import KINDS
from tests.bot.slack.served import served
from tests.emulators.telegram import TelegramEmulator, User

SECRET = "0123456789abcdef0123456789abcdef"
URL = "https://crm.example.com/telegram-9f2c"


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator() as emulator:
        yield emulator


@pytest.fixture
def marc(telegram: TelegramEmulator) -> User:
    return telegram.user(first_name="Marc")


async def found(telegram: TelegramEmulator, **more: Any) -> dict[str, Finding]:
    """The findings by subject."""
    settings = Telegram(token=telegram.token, api_url=telegram.url, **more)
    return {finding.subject: finding for finding in await bot(settings, Clock().now())}


def hooked(telegram: TelegramEmulator, url: str = URL, kinds: tuple[str, ...] = KINDS) -> None:
    """Telegram as it is while ``parley run`` runs; nothing is delivered to that address."""
    telegram.webhook.url, telegram.webhook.secret = url, SECRET
    telegram.allow(kinds)


async def test_a_bot_that_polls_is_well(telegram: TelegramEmulator, marc: User) -> None:
    """Who it is, what it hears in groups, what waits; the menu comes with the first start."""
    marc.says("hello")
    seen = await found(telegram)
    assert seen["telegram bot"] == Finding("ok", "telegram bot", "@parley_bot")
    assert seen["telegram groups"].level == "ok"
    assert seen["telegram updates"] == Finding("ok", "telegram updates", "they are polled; 1 wait")
    assert seen["telegram menu"].level == "note"
    commands = [{"command": "call", "description": "Log a call"}]
    telegram.commands[json.dumps({"type": "all_private_chats"}), ""] = commands  # type: ignore[index] # as if set before
    assert (await found(telegram))["telegram menu"] == Finding("ok", "telegram menu", "1 commands are listed")


@pytest.mark.parametrize(
    ("said", "remedy"), [({"privacy": False}, "/setprivacy"), ({"join_groups": False}, "/setjoingroups")]
)
async def test_what_was_said_to_botfather_is_noted(
    telegram: TelegramEmulator, said: dict[str, bool], remedy: str
) -> None:
    """A bot that is sent every word of a group, and one that no group can have."""
    telegram.told_botfather(**said)
    finding = (await found(telegram))["telegram groups"]
    assert (finding.level, remedy in finding.remedy) == ("note", True)


async def test_a_webhook_left_set_is_noted_where_updates_are_polled(telegram: TelegramEmulator) -> None:
    """Its path may be somebody's secret."""
    hooked(telegram)
    finding = (await found(telegram))["telegram updates"]
    assert finding.level == "note"
    assert "https://crm.example.com/…" in finding.detail
    assert "9f2c" not in str(finding)


@pytest.mark.parametrize(
    ("url", "kinds", "words"),
    [
        ("", KINDS, "no webhook is set"),
        ("https://other.example.com/x", KINDS, "other.example.com"),
        (URL, KINDS[:2], "callback_query, my_chat_member"),
    ],
)
async def test_a_webhook_that_is_not_as_it_should_be_is_wrong(
    telegram: TelegramEmulator, url: str, kinds: tuple[str, ...], words: str
) -> None:
    """None, another's, or one that is sent less: `parley run` sets it."""
    hooked(telegram, url, kinds)
    finding = (await found(telegram, mode="webhook", webhook_url=URL, webhook_secret=SECRET))[
        "telegram updates"
    ]
    assert finding.level == "wrong"
    assert words in finding.detail
    assert "parley run" in finding.remedy


async def test_a_webhook_that_fails_is_wrong_while_something_waits(
    telegram: TelegramEmulator, marc: User
) -> None:
    """In Telegram's own words; what was got over is forgotten."""
    answers = [502]

    async def answer(headers: object, body: bytes) -> Answer:
        return Answer(answers[-1])

    async with served([Receiver("telegram", "POST", "/hook", answer)]) as root:
        settings = {"mode": "webhook", "webhook_url": f"{root}/hook", "webhook_secret": SECRET}
        hooked(telegram, f"{root}/hook")
        marc.says("hello")
        await telegram.until(lambda: telegram.webhook.failure)
        finding = (await found(telegram, **settings))["telegram updates"]
        assert (finding.level, "502 Bad Gateway" in finding.detail) == ("wrong", True)
        answers.append(200)
        await telegram.until(lambda: not telegram.pending)
        assert (await found(telegram, **settings))["telegram updates"].level == "ok"


@pytest.mark.parametrize(("status", "level"), [(403, "ok"), (200, "wrong"), (502, "wrong")])
async def test_our_own_address_is_tried_without_the_secret(
    telegram: TelegramEmulator, status: int, level: str
) -> None:
    """It has to refuse; whatever else answers there is not Parley, or lets everybody in."""

    async def answer(headers: object, body: bytes) -> Answer:
        return Answer(status)

    async with served([Receiver("telegram", "POST", "/hook-1a2b", answer)]) as root:
        seen = await found(telegram, mode="webhook", webhook_url=f"{root}/hook-1a2b", webhook_secret=SECRET)
    assert seen["telegram webhook"].level == level
    assert "1a2b" not in str(seen["telegram webhook"])


async def test_an_address_at_which_nobody_answers_is_wrong(telegram: TelegramEmulator) -> None:
    """The first thing to look at is whether Parley runs."""
    url = "http://127.0.0.1:9/hook"
    finding = (await found(telegram, mode="webhook", webhook_url=url, webhook_secret=SECRET))[
        "telegram webhook"
    ]
    assert (finding.level, "does not answer" in finding.detail) == ("wrong", True)
