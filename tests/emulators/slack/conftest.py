"""A workspace with Léa in it, waits shortened, on a clock that stands still."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from . import Person, SlackEmulator
from .bare import Client, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(clock=clock, ack_seconds=1.0, retry_delays=(0.0, 0.02, 0.04)) as slack:
        yield slack


@pytest.fixture
async def client(slack: SlackEmulator) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(session, slack)


@pytest.fixture
def lea(slack: SlackEmulator) -> Person:
    return slack.user("Léa", email="lea@example.com", tz="Europe/Paris", locale="fr-FR")
