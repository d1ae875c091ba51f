"""One emulator, and a stock bot of python-telegram-bot's on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from . import TelegramEmulator, User


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(flood_limits=False) as emulator:
        yield emulator


@pytest.fixture
async def stock(telegram: TelegramEmulator) -> AsyncIterator[Bot]:
    root = telegram.url
    async with Bot(telegram.token, base_url=f"{root}/bot", base_file_url=f"{root}/file/bot") as bot:
        yield bot


@pytest.fixture
def marc(telegram: TelegramEmulator) -> User:
    person = telegram.user(first_name="Marc")
    person.says("/start")
    return person
