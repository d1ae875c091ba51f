"""A database of an earlier version becomes one of this version, with all that is in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SimulatedClock
from bot.database import Database
from models.messaging.read_mark import ReadMark
from models.reminder import Reminder, ReminderState
from tests.bot.machine import MARC, NOW, Process, team
from tests.earlier import earlier
from tests.emulators.chat_in_memory import ChatService

MIGRATIONS = sorted(
    path.stem for path in (Path(__file__).parents[2] / "models" / "migrations").glob("[0-9]*.py")
)
ALIAS = (
    'from importlib import import_module\n\nMigration = import_module("models.migrations.{name}").Migration\n'
)


@pytest.fixture(params=range(1, len(MIGRATIONS)), ids=MIGRATIONS[1:])
def package(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package of the migrations that there were before this one."""
    made = f"before_{MIGRATIONS[request.param]}"
    (tmp_path / made).mkdir()
    (tmp_path / made / "__init__.py").touch()
    for name in MIGRATIONS[: request.param]:
        (tmp_path / made / f"{name}.py").write_text(ALIAS.format(name=name))
    monkeypatch.syspath_prepend(tmp_path)
    yield made
    for name in [name for name in sys.modules if name.partition(".")[0] == made]:
        del sys.modules[name]


async def everything(database: Database, shape: dict[str, list[str]]) -> dict[str, list[dict[str, Any]]]:
    """Every row, of these tables the columns, in an order that does not depend on them."""
    found = dict[str, list[dict[str, Any]]]()
    for table, columns in shape.items():
        listed = ", ".join(f'"{name}"' for name in columns)
        found[table] = sorted(await database.fetch(f'SELECT {listed} FROM "{table}"'), key=str)
    return found


async def shape_of(database: Database) -> dict[str, list[str]]:
    """The columns of each table, in order."""
    return {table: await columns_of(database, table) for table in await tables_of(database)}


async def columns_of(database: Database, table: str) -> list[str]:
    """The columns of a table, in order."""
    source = (
        "SELECT column_name::text AS name FROM information_schema.columns WHERE table_name = ?"
        if database.dialect == "postgres"
        else "SELECT name FROM pragma_table_info(?)"
    )
    return sorted(row["name"] for row in await database.fetch(source, table))


async def tables_of(database: Database) -> list[str]:
    """The tables that there are, but for the list of migrations."""
    source = (
        "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = current_schema()"
        if database.dialect == "postgres"
        else "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return [row["name"] for row in await database.fetch(source) if row["name"] != "tortoise_migrations"]


async def test_nothing_is_lost_on_the_way_here(package: str, empty_url: str, second_empty_url: str) -> None:
    """Every row stands as it did, and the team works on: a push from before is done by its button after."""
    clock, service = SimulatedClock(NOW), ChatService()
    before = Database(second_empty_url)
    await before.open()
    await before.migrate()
    await team(before)
    one = Process.of(before, clock, service)
    await one.hears(
        service.says(MARC, "contact new Jane Roy @ Globex"),
        service.says(MARC, "call Jane 20m wants a pilot"),
        service.says(MARC, "remind send the quote in 2h"),
        service.garbles(MARC),
    )
    await one.passes(timedelta(hours=2))
    await before.close()
    await earlier(empty_url, package, source=second_empty_url)

    now = Database(empty_url)
    await now.open()
    shape = await shape_of(now)
    rows = await everything(now, shape)
    assert await now.migrate() == tuple(MIGRATIONS[MIGRATIONS.index(package.removeprefix("before_")) :])
    assert await everything(now, shape) == rows
    assert sum(map(len, rows.values())) > 30
    await Process.of(now, clock, service, name="two").hears(service.presses(MARC, service.last(MARC), "Done"))
    assert (await Reminder.get()).state is ReminderState.DONE
    for until in (NOW, NOW - timedelta(hours=1)):
        async with now.transaction():
            await ReadMark.move("slack", until)
        assert await ReadMark.of("slack") == until
    await now.close()
