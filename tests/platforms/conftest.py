"""Every platform, one fixture: a check that takes ``stage`` is made on each."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from models.member import ChatIdentity
from tests.driver import furnish
from tests.platforms.at_terminal import at_terminal
from tests.platforms.in_memory import in_memory
from tests.platforms.on_slack import on_slack
from tests.platforms.on_telegram import on_telegram
from tests.platforms.stage import NOW, Service, Stage

SERVICES = {"telegram": on_telegram, "slack": on_slack, "memory": in_memory}
STAGES = {**SERVICES, "terminal": at_terminal}


@pytest.fixture(params=STAGES)
async def stage(request: pytest.FixtureRequest, sqlite_url: str) -> AsyncIterator[Stage]:
    """Each platform; that both databases do the same is another test's question."""
    async for opened in _staged(request.param, sqlite_url):
        yield opened


@pytest.fixture(params=SERVICES)
async def service(request: pytest.FixtureRequest, sqlite_url: str) -> AsyncIterator[Service]:
    """Each platform that has a service of others behind it, which may fail."""
    async for opened in _staged(request.param, sqlite_url):
        assert isinstance(opened, Service)
        yield opened


async def _staged(name: str, url: str) -> AsyncIterator[Stage]:
    await furnish(url)
    async with STAGES[name](url, NOW) as opened:
        # Of the simulation that made the world: here everybody joins as it is done on the platform.
        await ChatIdentity.all().delete()
        yield opened
        assert opened.complaints() == []
