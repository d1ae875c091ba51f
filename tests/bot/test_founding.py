"""The workspace of the very first start."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from bot import founding
from bot.config import Workspace as Settings
from bot.database import Database
from models.deal import Pipeline, Stage
from models.workspace import Workspace

NOW = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)
SETTINGS = Settings(name="Crème", currency="CHF", country="CH", zone="Europe/Zurich", locale="fr-CH")


async def test_the_first_start_makes_the_workspace_as_configured(database: Database) -> None:
    """Currency, country, zone and locale come from the configuration; the usual pipeline is there."""
    async with database.transaction():
        made = await founding.workspace(SETTINGS, now=NOW)
    stored = await Workspace.get()
    assert stored.id == made.id
    found = (stored.name, stored.currency, stored.country, stored.zone, stored.locale, stored.created_at)
    assert found == ("Crème", "CHF", "CH", "Europe/Zurich", "fr-CH", NOW)
    pipeline = await Pipeline.default_of(stored.id)
    assert (await Stage.first_of(pipeline)).name == "New"


async def test_a_later_start_changes_nothing(database: Database) -> None:
    """What people have changed in the chat is not overwritten by the file."""
    async with database.transaction():
        await founding.workspace(SETTINGS, now=NOW)
    async with database.transaction():
        again = await founding.workspace(Settings(name="Other", currency="USD"), now=NOW)
    assert (again.name, await Workspace.all().count()) == ("Crème", 1)


async def test_two_first_starts_at_once_make_one_workspace(database: Database) -> None:
    """The second waits for the first and finds its workspace."""

    async def start() -> Workspace:
        async with database.transaction():
            return await founding.workspace(SETTINGS, now=NOW)

    found = await asyncio.gather(*(start() for _ in range(6)))
    assert len({workspace.id for workspace in found}) == 1
    assert await Workspace.all().count() == 1
    assert await Pipeline.all().count() == 1
