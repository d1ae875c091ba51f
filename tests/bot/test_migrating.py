"""Bringing the schema up to date: all or nothing, one process at a time, and never backwards."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime

import pytest
from tortoise.exceptions import OperationalError

from bot.database import Database, SchemaForked, SchemaPending, SchemaTooNew
from bot.failpoint import EXIT_STATUS, VARIABLE
from tests.samples import FORKED, MODELS, ONE, TWO

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
BOTH_NAMES = ("0001_initial", "0002_wider")

MIGRATE = """
import asyncio, sys
from bot.database import Database

async def migrate(url, package):
    database = Database(url, models=("tests.samples.models",), migrations=package)
    await database.open()
    print(*await database.migrate(), sep=",")
    await database.close()

asyncio.run(migrate(*sys.argv[1:]))
"""


@asynccontextmanager
async def _open(url: str, package: str) -> AsyncIterator[Database]:
    database = Database(url, models=MODELS, migrations=package)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def _filled(database: Database) -> None:
    """Two shelves, three notes."""
    await database.execute("INSERT INTO shelf (at, name, lock) VALUES (?, 'a', ''), (?, 'b', '')", NOON, NOON)
    await database.execute(
        "INSERT INTO note (at, shelf_id, text, bare) SELECT at, id, 'on ' || name, 0 FROM shelf"
    )
    await database.execute(
        "INSERT INTO note (at, shelf_id, text, bare) SELECT at, id, 'too', 0 FROM shelf WHERE name = 'a'"
    )


async def _counts(database: Database) -> tuple[int, int]:
    [row] = await database.fetch("SELECT (SELECT count(*) FROM shelf) AS s, (SELECT count(*) FROM note) AS n")
    return row["s"], row["n"]


def _process(url: str, package: str, failpoint: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", MIGRATE, url, package]
    environ = {**os.environ, VARIABLE: failpoint}
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def test_pending_migrations_are_applied_once(empty_url: str) -> None:
    """The state before and after is told; a second time there is nothing to do."""
    async with _open(empty_url, TWO) as database:
        before = await database.schema_state()
        assert (before.applied, before.pending, before.current) == ((), BOTH_NAMES, False)
        assert await database.migrate() == BOTH_NAMES
        assert await database.migrate() == ()
        after = await database.schema_state()
        assert (after.applied, after.pending, after.unknown, after.current) == (BOTH_NAMES, (), (), True)


async def test_a_database_with_rows_keeps_them_through_a_rebuilt_table(empty_url: str) -> None:
    """SQLite drops and makes anew the table that the notes refer to: no note is lost, references hold."""
    async with _open(empty_url, ONE) as database:
        await database.migrate()
        await _filled(database)
    async with _open(empty_url, TWO) as database:
        assert await database.migrate() == ("0002_wider",)
        assert await _counts(database) == (2, 3)
        assert {row["colour"] for row in await database.fetch("SELECT colour FROM note")} == {"white"}
        assert await database.execute("DELETE FROM shelf WHERE name = 'a'") == 1
        assert await _counts(database) == (1, 1)
        with pytest.raises(OperationalError):
            await database.execute("INSERT INTO note (at, shelf_id, text, bare) VALUES (?, 77, '', 0)", NOON)


async def test_a_migration_that_fails_leaves_everything_as_it_was(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came before the failing step is undone with it, the first migrations of the run too."""

    def fail(point: str) -> None:
        passes.append(point)
        if len(passes) == 3:
            raise ZeroDivisionError

    passes: list[str] = []
    monkeypatch.setattr("bot.failpoint.reach", fail)
    async with _open(empty_url, TWO) as database:
        with pytest.raises(ZeroDivisionError):
            await database.migrate()
        assert passes == ["mid_migration"] * 3
        assert (await database.schema_state()).pending == BOTH_NAMES
        with pytest.raises(OperationalError):
            await database.fetch("SELECT * FROM shelf")
        monkeypatch.undo()
        assert await database.migrate() == BOTH_NAMES


@pytest.mark.kill
@pytest.mark.parametrize("passes", [1, 2])
async def test_a_process_killed_while_it_migrates_leaves_nothing_half_done(
    empty_url: str, passes: int
) -> None:
    """Killed after a step of an upgrade, the old schema and its rows stand; the next start does it all."""
    async with _open(empty_url, ONE) as database:
        await database.migrate()
        await _filled(database)
    killed = _process(empty_url, TWO, f"mid_migration:{passes}")
    killed.communicate(timeout=60)
    assert killed.returncode == EXIT_STATUS
    async with _open(empty_url, TWO) as database:
        assert (await database.schema_state()).pending == ("0002_wider",)
        assert await _counts(database) == (2, 3)
        assert await database.migrate() == ("0002_wider",)
        assert await _counts(database) == (2, 3)


async def test_of_processes_that_start_together_one_migrates_and_the_others_wait(empty_url: str) -> None:
    """Three at once: one applies everything, two find it done; none fails."""
    running = [_process(empty_url, TWO) for _ in range(3)]
    told = [process.communicate(timeout=60) for process in running]
    assert [errors for _, errors in told] == [""] * 3
    assert sorted(output.strip() for output, _ in told) == ["", "", ",".join(BOTH_NAMES)]


async def test_a_schema_that_is_newer_than_the_code_is_refused(empty_url: str) -> None:
    """An older Parley touches nothing, and names what it does not know."""
    async with _open(empty_url, TWO) as database:
        await database.migrate()
    async with _open(empty_url, ONE) as database:
        state = await database.schema_state()
        assert (state.unknown, state.current) == (("0002_wider",), False)
        for attempt in (
            database.migrate(),
            database.prepare(auto_migrate=True),
            database.prepare(auto_migrate=False),
        ):
            with pytest.raises(SchemaTooNew, match="newer version of Parley") as refused:
                await attempt
            assert refused.value.names == ("0002_wider",)


async def test_two_migrations_that_both_follow_the_first_are_refused(empty_url: str) -> None:
    """Both names are told, and nothing is applied."""
    async with _open(empty_url, FORKED) as database:
        with pytest.raises(SchemaForked, match="0002_left and 0002_right"):
            await database.migrate()
        assert (await database.schema_state()).applied == ()


async def test_a_server_is_migrated_by_itself_only_where_that_was_asked_for(empty_url: str) -> None:
    """SQLite always is; PostgreSQL waits for `parley migrate` or for auto_migrate, and says so."""
    async with _open(empty_url, ONE) as database:
        if database.dialect == "postgres":
            with pytest.raises(SchemaPending, match="parley migrate") as refused:
                await database.prepare(auto_migrate=False)
            assert refused.value.names == ("0001_initial",)
            assert (await database.schema_state()).applied == ()
        assert await database.prepare(auto_migrate=database.dialect == "postgres") == ("0001_initial",)
        assert await database.prepare(auto_migrate=False) == ()


async def test_a_file_with_data_is_backed_up_before_it_is_migrated(empty_sqlite_url: str) -> None:
    """The copy beside it has the old schema and every row, and takes no existing backup's place."""
    async with _open(empty_sqlite_url, ONE) as database:
        path = database.address.path
        await database.migrate()
        await _filled(database)
    (path.parent / "empty.db.before-0002_wider.backup").write_text("from an earlier attempt")
    async with _open(empty_sqlite_url, TWO) as database:
        await database.migrate()
    kept = path.parent / "empty.db.before-0002_wider-2.backup"
    assert sorted(path.parent.glob("*.backup*")) == [kept, path.parent / "empty.db.before-0002_wider.backup"]
    with closing(sqlite3.connect(kept)) as backup:
        assert backup.execute("SELECT count(*) FROM note").fetchone() == (3,)
        assert backup.execute("SELECT name FROM tortoise_migrations").fetchall() == [("0001_initial",)]
    assert kept.stat().st_mode & 0o777 == 0o600


async def test_a_file_without_data_needs_no_backup(empty_sqlite_url: str) -> None:
    """A first start, and an upgrade of what is still empty, leave no file beside the database."""
    async with _open(empty_sqlite_url, ONE) as database:
        await database.migrate()
    async with _open(empty_sqlite_url, TWO) as database:
        await database.migrate()
        assert list(database.address.path.parent.glob("*.backup*")) == []


async def test_a_migration_waits_for_another_programs_transaction(empty_sqlite_url: str) -> None:
    """A lock that outlasts the ordinary limit delays a migration, and does not fail it."""
    async with _open(empty_sqlite_url, ONE) as database:
        with closing(sqlite3.connect(database.address.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            migrating = asyncio.create_task(database.migrate())
            await asyncio.sleep(0.1)
            assert not migrating.done()
            other.execute("COMMIT")
            assert await migrating == ("0001_initial",)
