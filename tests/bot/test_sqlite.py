"""The engine for SQLite: who waits for whom, and what is left when something goes wrong."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from tortoise.exceptions import OperationalError

from bot import sqlite
from bot.database import Database, is_transient
from bot.sqlite import statements
from tests.samples import MODELS, ONE

INCREMENT = """
import asyncio, sys
from bot.database import Database

async def count(url, times):
    database = Database(url)
    await database.open()
    for _ in range(times):
        async with database.transaction():
            [row] = await database.fetch("SELECT n FROM tally")
            await database.execute("UPDATE tally SET n = ?", row["n"] + 1)
    await database.close()

asyncio.run(count(sys.argv[1], int(sys.argv[2])))
"""


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite://{tmp_path / 'file.db'}", models=MODELS, migrations=ONE)
    await database.open()
    await database.execute("CREATE TABLE tally (n INTEGER NOT NULL UNIQUE)")
    yield database
    await database.close()


@pytest.fixture
def other(file: Database) -> Iterator[sqlite3.Connection]:
    """Another program that has the same file open, and waits for nothing."""
    with closing(sqlite3.connect(file.address.path, isolation_level=None, timeout=0)) as connection:
        yield connection


def test_processes_that_read_and_then_write_all_get_their_turn(tmp_path: Path) -> None:
    """Three processes that read a number and write it back plus one lose none and are refused none."""
    path = tmp_path / "tally.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE tally (n INTEGER); INSERT INTO tally VALUES (0)")
    command = [sys.executable, "-c", INCREMENT, f"sqlite://{path}", "60"]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate(timeout=60)[1] for process in running] == [""] * 3
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT n FROM tally").fetchone() == (180,)


async def test_a_transaction_holds_the_write_lock_from_its_beginning(
    file: Database, other: sqlite3.Connection
) -> None:
    """Nobody else can write while a transaction has only read so far; reading goes on."""
    async with file.transaction():
        assert other.execute("SELECT count(*) FROM tally").fetchone() == (0,)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("INSERT INTO tally VALUES (1)")
    other.execute("INSERT INTO tally VALUES (1)")


async def test_waiting_for_the_lock_leaves_the_loop_free(file: Database, other: sqlite3.Connection) -> None:
    """While a transaction waits for another program, other tasks run; then it goes on by itself."""
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with file.transaction():
            await file.execute("INSERT INTO tally VALUES (1)")

    writing = asyncio.create_task(write())
    for _ in range(1000):
        await asyncio.sleep(0)
    assert not writing.done()
    other.execute("COMMIT")
    await writing
    assert await file.fetch("SELECT n FROM tally") == [{"n": 1}]


async def test_a_lock_that_is_never_released_is_an_error_after_the_time_limit(
    file: Database, other: sqlite3.Connection
) -> None:
    """The wait ends with an error that can be tried again; the connection is free for the next turn."""
    await file.fetch("PRAGMA busy_timeout = 50")
    other.execute("BEGIN IMMEDIATE")
    for _ in range(2):
        with pytest.raises(OperationalError, match="locked") as refused:
            async with file.transaction():
                pytest.fail("the lock is another's")
        assert is_transient(refused.value)
        assert not file.in_transaction
    other.execute("ROLLBACK")
    async with file.transaction():
        await file.execute("INSERT INTO tally VALUES (1)")


async def test_giving_up_while_waiting_for_the_lock_leaves_nothing_open(
    file: Database, other: sqlite3.Connection
) -> None:
    """A transaction that is cancelled before it began has no part in what comes after it."""
    other.execute("BEGIN IMMEDIATE")
    begun = asyncio.Event()

    async def write() -> None:
        begun.set()
        async with file.transaction():
            await file.execute("INSERT INTO tally VALUES (1)")

    writing = asyncio.create_task(write())
    await begun.wait()
    await asyncio.sleep(0)
    writing.cancel()
    other.execute("COMMIT")
    with pytest.raises(asyncio.CancelledError):
        await writing
    other.execute("INSERT INTO tally VALUES (2)")  # no lock is left behind
    assert await file.fetch("SELECT n FROM tally") == [{"n": 2}]


async def test_the_connection_is_durable_and_keeps_references(file: Database) -> None:
    """Every acknowledged write survives a power cut (FULL), readers and one writer go together (WAL)."""
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "timeout": sqlite.BUSY_TIMEOUT}
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    found = [row for pragma in pragmas for row in await file.fetch(f"PRAGMA {pragma}")]
    assert {name: value for row in found for name, value in row.items()} == expected


async def test_a_note_is_there_for_others_and_what_follows_is_durable_again(
    file: Database, other: sqlite3.Connection
) -> None:
    """A note does not wait for the disk; it is committed all the same, and FULL holds from then on."""
    assert await file.note("INSERT INTO tally VALUES (?)", 1) == 1
    assert other.execute("SELECT n FROM tally").fetchall() == [(1,)]
    assert await file.fetch("PRAGMA synchronous") == [{"synchronous": 2}]
    async with file.transaction():
        assert await file.note("UPDATE tally SET n = 2") == 1
        assert await file.fetch("PRAGMA synchronous") == [{"synchronous": 2}]


async def test_a_broken_reference_found_at_the_commit_undoes_the_transaction(file: Database) -> None:
    """A deferred foreign key fails the commit; nothing of it stays and the next transaction works."""
    await file.execute("CREATE TABLE part (n INTEGER REFERENCES tally (n) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(OperationalError, match="FOREIGN KEY"):
        async with file.transaction():
            await file.execute("INSERT INTO part VALUES (7)")
    async with file.transaction():
        assert await file.fetch("SELECT n FROM part") == []


async def test_a_full_disk_undoes_the_transaction_and_can_be_tried_again(file: Database) -> None:
    """Where there is no room, the turn is undone whole; when room returns, it goes through."""
    [pages] = (await file.fetch("PRAGMA page_count"))[0].values()
    await file.fetch(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(OperationalError, match="full") as refused:
        async with file.transaction():
            await file.execute("CREATE TABLE large AS SELECT zeroblob(100000) AS content")
    assert is_transient(refused.value)
    await file.fetch("PRAGMA max_page_count = 1000000")
    async with file.transaction():
        assert await file.fetch("SELECT name FROM sqlite_schema WHERE name = 'large'") == []


async def test_a_full_disk_inside_a_savepoint_can_be_tried_again_too(file: Database) -> None:
    """SQLite has undone the savepoint with the whole transaction; what is raised is still the full disk."""
    [pages] = (await file.fetch("PRAGMA page_count"))[0].values()
    await file.fetch(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(OperationalError, match="full") as refused:
        async with file.transaction(), file.savepoint():
            await file.execute("CREATE TABLE large AS SELECT zeroblob(100000) AS content")
    assert is_transient(refused.value)
    assert not file.in_transaction


@asynccontextmanager
async def others_running() -> AsyncIterator[Iterator[int]]:
    """A task that runs whenever the loop is free; yields a counter whose next number is how often it ran."""
    ran = itertools.count()

    async def run() -> None:
        while True:
            next(ran)
            await asyncio.sleep(0)

    running = asyncio.create_task(run())
    yield ran
    running.cancel()


async def test_a_long_query_inside_a_transaction_leaves_the_loop_free(file: Database) -> None:
    """Others run while it goes on, and its answer is the whole one."""
    async with others_running() as ran, file.transaction():
        before = next(ran)
        counting = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)"
        [row] = await file.fetch(f"SELECT * FROM ({counting} SELECT sum(i) AS total FROM n)")
        since = next(ran) - before
    assert row == {"total": 500000500000}
    assert since > 10


async def test_a_long_query_that_is_given_up_is_not_run_into(file: Database) -> None:
    """A transaction that goes on after it was cancelled in a long query keeps its statements in order."""
    counting = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)"
    async with file.transaction():
        await file.execute("INSERT INTO tally VALUES (1)")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0), file.savepoint():
                await file.execute("INSERT INTO tally VALUES (2)")
                await file.fetch(f"SELECT * FROM ({counting} SELECT sum(i) AS total FROM n)")
        await file.execute("INSERT INTO tally VALUES (3)")
    assert await file.fetch("SELECT n FROM tally ORDER BY n") == [{"n": 1}, {"n": 3}]


async def test_many_short_statements_leave_the_loop_free(file: Database) -> None:
    """A long transaction of short statements lets others run in between."""
    async with others_running() as ran, file.transaction():
        before = next(ran)
        for number in range(5000):
            await file.execute("INSERT INTO tally VALUES (?)", number)
        since = next(ran) - before
    assert since > 1


async def test_a_script_stays_inside_its_transaction(file: Database) -> None:
    """The driver's own script runner would commit first; here all of a script is undone with the rest."""
    with pytest.raises(ZeroDivisionError):
        async with file._client._in_transaction() as transaction:
            await transaction.execute_script("INSERT INTO tally VALUES (1); CREATE TABLE extra (n INTEGER);")
            raise ZeroDivisionError
    assert await file.fetch("SELECT n FROM tally") == []
    assert await file.fetch("SELECT name FROM sqlite_schema WHERE name = 'extra'") == []


async def test_many_rows_are_written_all_or_none(file: Database) -> None:
    """A bulk insert that fails at one row leaves none of the others."""
    with pytest.raises(OperationalError):
        await file._client.execute_many("INSERT INTO tally VALUES (?)", [[1], [2], [1]])
    assert await file.fetch("SELECT n FROM tally") == []
    await file._client.execute_many("INSERT INTO tally VALUES (?)", [[1], [2]])
    assert await file.execute("DELETE FROM tally") == 2


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("", []),
        (" ; ; ", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT 'a;b'; SELECT \"c;d\"", ["SELECT 'a;b'", 'SELECT "c;d"']),
        ("SELECT 1 /* one; two */; -- three; four\nSELECT 2", None),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END; SELECT 3",
            ["CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END", "SELECT 3"],
        ),
    ],
)
def test_a_script_is_cut_where_its_statements_end(script: str, expected: list[str] | None) -> None:
    """Semicolons in quotes, comments and triggers end nothing."""
    found = list(statements(script))
    assert found == expected if expected is not None else len(found) == 2
