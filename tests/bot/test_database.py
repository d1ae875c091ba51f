"""The database: the same answers from both kinds, and what happens when one cannot be used."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

import bot.sqlite
from bot.database import Address, Database, DatabaseUnusable, is_transient, sqlite_file
from bot.database.placeholders import numbered
from models.fields import in_utc
from tests.samples import MODELS, ONE
from tests.samples.models import Note, Shelf

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


async def _names(database: Database) -> list[str]:
    return [row["name"] for row in await database.fetch("SELECT name FROM shelf ORDER BY name")]


async def _put(database: Database, name: str) -> int:
    return await database.execute("INSERT INTO shelf (at, name, lock) VALUES (?, ?, '')", NOON, name)


# -- transactions ----------------------------------------------------------------------------------


async def test_what_returns_is_committed(samples: Database) -> None:
    """Model writes and raw writes of one transaction are both there afterwards."""
    async with samples.transaction():
        await Shelf.create(name="a", at=NOON)
        await _put(samples, "b")
    assert await _names(samples) == ["a", "b"]


@pytest.mark.parametrize(
    "error", [ValueError, asyncio.CancelledError, TransactionManagementError, KeyboardInterrupt]
)
async def test_what_raises_is_undone(samples: Database, error: type[BaseException]) -> None:
    """Whatever is raised, nothing of the transaction stays, and the next one works."""
    with pytest.raises(error):
        async with samples.transaction():
            await Shelf.create(name="a", at=NOON)
            await _put(samples, "b")
            raise error
    assert not samples.in_transaction
    async with samples.transaction():
        assert await _names(samples) == []


@pytest.mark.parametrize("error", [ValueError, TransactionManagementError])
async def test_a_savepoint_is_undone_alone(samples: Database, error: type[Exception]) -> None:
    """What raises inside a savepoint is undone; what the transaction did before and after stays."""
    async with samples.transaction():
        await _put(samples, "before")
        with pytest.raises(error):
            async with samples.savepoint():
                await _put(samples, "inside")
                async with samples.savepoint():
                    await _put(samples, "deeper")
                raise error
        async with samples.savepoint():
            await _put(samples, "kept")
        await _put(samples, "after")
    assert await _names(samples) == ["after", "before", "kept"]


async def test_a_broken_rule_inside_a_savepoint_does_not_spoil_the_transaction(samples: Database) -> None:
    """A duplicate that a savepoint catches leaves a transaction that can still be used and committed."""
    async with samples.transaction():
        await _put(samples, "a")
        with pytest.raises(IntegrityError):
            async with samples.savepoint():
                await _put(samples, "a")
        await _put(samples, "b")
    assert await _names(samples) == ["a", "b"]


async def test_a_transaction_inside_a_transaction_is_a_savepoint(samples: Database) -> None:
    """The inner one returns and the outer one raises: nothing of either stays."""
    with pytest.raises(ValueError, match="outer"):
        async with samples.transaction():
            async with samples.transaction():
                await _put(samples, "a")
            raise ValueError("outer")
    assert await _names(samples) == []


async def test_a_savepoint_needs_a_transaction(samples: Database) -> None:
    """Outside a transaction there is nothing to go back to."""
    with pytest.raises(TransactionManagementError):
        async with samples.savepoint():
            pytest.fail("there is no transaction")


async def test_only_the_task_of_a_transaction_is_in_it(samples: Database) -> None:
    """Another task, which began before, is not inside, and does not see what is not committed."""
    inside, seen = asyncio.Event(), asyncio.Event()

    async def look() -> tuple[bool, list[str]]:
        await inside.wait()
        outside = samples.in_transaction
        seen.set()
        return outside, await _names(samples)

    looking = asyncio.create_task(look())
    await asyncio.sleep(0)
    async with samples.transaction():
        await _put(samples, "a")
        assert samples.in_transaction
        inside.set()
        await seen.wait()
        await samples.execute("DELETE FROM shelf")
    assert await looking == (False, [])


async def test_a_query_made_before_a_transaction_is_refused_inside_it(samples: Database) -> None:
    """It would wait for ever for its own transaction's connection, or run beside it; it says so instead."""
    query = Shelf.filter(name="a")
    assert "shelf" in query.sql()
    async with samples.transaction():
        with pytest.raises(TransactionManagementError, match="before the transaction"):
            await query
        assert await Shelf.filter(name="a").count() == 0


async def test_a_task_that_outlives_its_transaction_is_refused(samples: Database) -> None:
    """A task started inside a transaction must not write outside of it unnoticed."""
    over = asyncio.Event()

    async def late() -> None:
        await over.wait()
        await _put(samples, "late")

    async def later() -> None:
        await over.wait()
        async with samples.transaction():
            await _put(samples, "later")

    async with samples.transaction():
        tasks = [asyncio.create_task(late()), asyncio.create_task(later())]
        await asyncio.sleep(0)
    over.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [TransactionManagementError] * 2
    assert await _names(samples) == []


# -- statements ------------------------------------------------------------------------------------


async def test_a_statement_tells_how_many_rows_it_touched(samples: Database) -> None:
    """Inserted, changed and deleted rows are counted; rows that a reference takes along are not."""
    await samples.execute("INSERT INTO shelf (at, name, lock) VALUES (?, 'a', ''), (?, 'b', '')", NOON, NOON)
    [first, _] = await Shelf.all().order_by("name")
    assert (
        await samples.execute(
            "INSERT INTO note (at, shelf_id, text, bare) SELECT at, id, name, 0 FROM shelf WHERE id = ?",
            first.id,
        )
        == 1
    )
    assert await samples.execute("UPDATE shelf SET lock = 'x'") == 2
    assert await samples.execute("UPDATE shelf SET lock = 'y' WHERE name = ?", "nobody") == 0
    assert await samples.execute("DELETE FROM shelf WHERE id = ?", first.id) == 1
    assert await Note.all().count() == 0
    assert await samples.execute("CREATE TABLE extra (n INTEGER)") == 0
    async with samples.transaction():
        assert await samples.execute("DELETE FROM shelf") == 1


async def test_a_changing_statement_can_return_its_rows(samples: Database) -> None:
    """INSERT, UPDATE and DELETE with RETURNING give the rows, and are done."""
    [row] = await samples.fetch(
        "INSERT INTO shelf (at, name, lock) VALUES (?, ?, '') RETURNING id, name", NOON, "a"
    )
    assert row["name"] == "a"
    assert await samples.fetch("UPDATE shelf SET name = 'b' WHERE id = ? RETURNING name", row["id"]) == [
        {"name": "b"}
    ]
    assert await samples.fetch("DELETE FROM shelf RETURNING id") == [{"id": row["id"]}]
    assert await _names(samples) == []


@pytest.mark.parametrize(
    "value", ["';DROP TABLE note;--", "?", "$1", '"', "\\", "%s", "{0}", "é\u202eß🙂", ""]
)
async def test_a_value_is_never_part_of_the_statement(samples: Database, value: str) -> None:
    """What a person wrote goes in and comes back as it is, whatever it says."""
    await samples.execute("INSERT INTO shelf (at, name, lock) VALUES (?, 'a', ?)", NOON, value)
    query = "SELECT lock, '?' AS mark, \"lock\" /* ? */ FROM shelf WHERE lock = ? -- ?"
    assert await samples.fetch(query, value) == [{"lock": value, "mark": "?"}]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("SELECT 1", "SELECT 1"),
        ("a = ? AND b = ?", "a = $1 AND b = $2"),
        ("a = '?' AND b = ?", "a = '?' AND b = $1"),
        ("a = 'it''s ?' AND \"odd ? \"\"name\" = ?", "a = 'it''s ?' AND \"odd ? \"\"name\" = $1"),
        ("? -- why?\n, ?", "$1 -- why?\n, $2"),
        ("? /* why? \n how? */ , ?", "$1 /* why? \n how? */ , $2"),
    ],
)
def test_placeholders_are_numbered_where_they_are_placeholders(written: str, expected: str) -> None:
    """Question marks in quotes and comments stay."""
    assert numbered(written) == expected


async def test_an_instant_goes_in_from_any_zone_and_compares_right(samples: Database) -> None:
    """Raw statements take aware datetimes, store UTC, and compare them as instants."""
    await samples.execute(
        "INSERT INTO shelf (at, name, lock) VALUES (?, 'a', '')", NOON.astimezone(ZoneInfo("Asia/Tokyo"))
    )
    late = NOON.astimezone(ZoneInfo("America/New_York"))
    [row] = await samples.fetch("SELECT at FROM shelf WHERE at <= ?", late)
    assert in_utc(row["at"]) == NOON
    assert await samples.fetch("SELECT at FROM shelf WHERE at < ?", late) == []


async def test_text_that_only_one_database_would_store_is_no_silent_difference(samples: Database) -> None:
    """A lone surrogate fails on both; NUL is stored by SQLite only, so it has to be taken out before."""
    for sent in ("a\ud800b", "a\udfffb"):
        with pytest.raises((UnicodeEncodeError, OperationalError)):
            await samples.execute("INSERT INTO shelf (at, name, lock) VALUES (?, 'a', ?)", NOON, sent)
    if samples.dialect == "postgres":
        with pytest.raises(OperationalError, match="0x00"):
            await samples.execute("INSERT INTO shelf (at, name, lock) VALUES (?, 'a', ?)", NOON, "a\0b")
    else:
        await samples.execute("INSERT INTO shelf (at, name, lock) VALUES (?, 'a', ?)", NOON, "a\0b")
        assert await samples.fetch("SELECT lock FROM shelf") == [{"lock": "a\0b"}]


async def test_a_number_that_does_not_fit_is_refused_by_both(samples: Database) -> None:
    """More than 64 bits is an error that no second try mends, though each database has its own."""
    shelf = await Shelf.create(name="a", at=NOON)
    for number in (2**63, -(2**63) - 1, 10**30):
        with pytest.raises((OverflowError, OperationalError)) as refused:
            await samples.execute("UPDATE shelf SET id = ? WHERE id = ?", number, shelf.id)
        assert not is_transient(refused.value)
    await samples.execute("UPDATE shelf SET id = ?", 2**63 - 1)
    assert [row.id for row in await Shelf.all()] == [2**63 - 1]


async def test_what_the_work_itself_is_to_blame_for_is_not_tried_again(samples: Database) -> None:
    """A broken rule, a wrong statement, a missing value: trying again would not help."""
    await _put(samples, "a")
    wrong: list[tuple[str, tuple[object, ...]]] = [
        ("INSERT INTO shelf (at, name, lock) VALUES (?, 'a', '')", (NOON,)),
        ("INSERT INTO shelf (name, lock) VALUES ('b', '')", ()),
        ("INSERT INTO note (at, shelf_id, text, bare) VALUES (?, 999, '', 0)", (NOON,)),
        ("SELEC 1", ()),
        ("SELECT * FROM nowhere", ()),
        ("SELECT ?", ()),
        ("SELECT 1", (1, 2)),
    ]
    for sql, values in wrong:
        with pytest.raises(Exception) as refused:
            await samples.execute(sql, *values)
        assert not is_transient(refused.value), refused.value
    with pytest.raises(IntegrityError):
        await samples.execute(wrong[0][0], *wrong[0][1])
    assert not is_transient(ValueError("no"))
    assert not is_transient(KeyError(ValueError("no")))


# -- opening ---------------------------------------------------------------------------------------


async def test_databases_of_both_kinds_can_follow_each_other_in_one_process(
    sqlite_url: str, postgres_url: str
) -> None:
    """What Tortoise remembers of one dialect does not reach the other."""
    for url in (sqlite_url, postgres_url, sqlite_url):
        database = Database(url, models=MODELS)
        await database.open()
        if not await database.fetch("SELECT 1 AS n FROM workspace WHERE 1 = 0"):
            await database.execute(
                "CREATE TABLE IF NOT EXISTS shelf (id BIGINT PRIMARY KEY, at TEXT, name TEXT, lock TEXT)"
            )
        assert await Shelf.filter(name="a").exists() is False
        await database.close()


@pytest.mark.postgresql
async def test_only_one_database_is_open_at_a_time(sqlite_url: str, postgres_url: str) -> None:
    """A second one is refused while the first is open, and leaves it as it was."""
    first, second = Database(sqlite_url), Database(postgres_url)
    await first.open()
    with pytest.raises(Exception, match="Global context"):
        await second.open()
    assert await first.fetch("SELECT 1 AS n") == [{"n": 1}]
    await first.close()
    await second.open()
    await second.close()


async def test_closing_twice_or_unopened_is_harmless_and_using_it_says_so(database_url: str) -> None:
    """A database that is not open can be closed, and refuses to be used."""
    database = Database(database_url)
    await database.close()
    await database.open()
    await database.close()
    await database.close()
    with pytest.raises(RuntimeError, match="not open"):
        await database.fetch("SELECT 1")


async def test_a_task_that_was_there_before_can_use_the_models(empty_url: str) -> None:
    """A server's task, started before the database was opened, finds it."""
    opened = asyncio.Event()

    async def serve() -> int:
        await opened.wait()
        return await Shelf.all().count()

    serving = asyncio.create_task(serve())
    await asyncio.sleep(0)
    database = Database(empty_url, models=MODELS, migrations=ONE)
    await database.open()
    await database.migrate()
    opened.set()
    assert await serving == 0
    await database.close()


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///var/lib/parley.db", "/var/lib/parley.db"),
        ("sqlite:////var/lib/parley.db", "/var/lib/parley.db"),
        ("sqlite://parley.db", "parley.db"),
        ("sqlite:///my%20data/50%25.db", "/my data/50%.db"),
        ("sqlite:///a#b.db", "/a#b.db"),
        ("sqlite://~/parley.db", str(Path.home() / "parley.db")),
    ],
)
def test_the_path_of_a_file_is_read_from_its_address(url: str, path: str) -> None:
    """Absolute after three slashes or four, relative after two, percent signs decoded, home found."""
    address = Address.of(url)
    assert (address.dialect, str(address.path), address.shown) == ("sqlite", path, path)


def test_the_address_of_a_server_is_shown_without_its_password() -> None:
    """What people and logs see names the host and the database only."""
    address = Address.of("postgresql://ann:s3cret@db.example.org:5433/crm?sslmode=require")
    assert (address.dialect, address.shown) == ("postgres", "db.example.org:5433/crm")
    assert address.redacted("no entry for ann:s3cret") == "no entry for ann:…"


@pytest.mark.parametrize(
    "url", ["", "mysql://h/d", "parley.db", "sqlite://", "sqlite://:memory:", "sqlite:///a.db?mode=ro"]
)
def test_an_address_of_another_kind_is_refused_with_an_example(url: str) -> None:
    """What is no file and no PostgreSQL server is refused at once, saying how an address is written."""
    with pytest.raises(DatabaseUnusable, match="Write sqlite:///"):
        Database(url)


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Without the rights of an administrator, whom no file is closed to."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


async def _refusal(path: Path) -> DatabaseUnusable:
    database = Database(f"sqlite://{path}", models=MODELS, migrations=ONE)
    with pytest.raises(DatabaseUnusable) as refused:
        await database.open()
    assert str(path) in str(refused.value)
    return refused.value


async def test_a_folder_that_is_missing_is_named_with_the_command_that_makes_it(tmp_path: Path) -> None:
    """Nothing is made in a place that a typing error named."""
    refused = await _refusal(tmp_path / "deep" / "parley.db")
    assert refused.remedy == f"Create it: mkdir -p {tmp_path / 'deep'}"
    assert list(tmp_path.iterdir()) == []


async def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    """A text file is refused, with the way back from a backup, and not one byte of it changes."""
    path = tmp_path / "notes.txt"
    path.write_text("Call Jane about the quote.\n" * 200)
    refused = await _refusal(path)
    assert "not a database" in refused.problem
    assert "parley restore" in refused.remedy
    assert path.read_text() == "Call Jane about the quote.\n" * 200


async def test_a_damaged_database_is_refused(sqlite_url: str) -> None:
    """A file whose first pages are overwritten is refused, with the way back from a backup."""
    path = Address.of(sqlite_url).path
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    path.write_bytes(content)
    refused = await _refusal(path)
    assert "is damaged" in refused.problem
    assert "parley restore" in refused.remedy


async def test_damage_deeper_in_the_file_is_found_by_a_check(sqlite_url: str) -> None:
    """Looking through the whole file finds a page that was overwritten; a sound file has nothing to say."""
    database = Database(sqlite_url)
    await database.open()
    assert await database.check() == []
    await database.close()
    path = database.address.path
    content = bytearray(path.read_bytes())
    content[8 * 4096 : 10 * 4096] = b"\xa5" * 8192
    path.write_bytes(content)
    await database.open()
    assert await database.check() != []
    await database.close()


async def test_a_file_or_folder_that_may_not_be_written_to_is_refused() -> None:
    """A read-only file, or a folder in which SQLite cannot put its log, is named with the remedy."""
    with TemporaryDirectory() as name:  # pytest's own is closed to nobody but its owner
        folder, path = Path(name), Path(name) / "parley.db"
        path.touch(0o444)
        folder.chmod(0o755)
        with _as_nobody():
            refused = await _refusal(path)
        assert "cannot be opened for writing" in refused.problem
        path.chmod(0o666)
        folder.chmod(0o555)
        with _as_nobody():
            refused = await _refusal(path)
        assert "folder cannot be written to" in refused.problem
        assert f"chown or chmod {folder}" in refused.remedy
        folder.chmod(0o700)
        if os.geteuid() == 0:
            with _as_nobody():
                refused = await _refusal(path)
            assert "Permission denied" in refused.problem


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    """A path that names a folder says so."""
    refused = await _refusal(tmp_path)
    assert "Is a directory" in refused.problem


async def test_a_file_on_a_network_share_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's locks do not hold between machines; the remedy names PostgreSQL."""
    mounts = tmp_path / "mounts"
    share = tmp_path / "my share"
    share.mkdir()
    mounts.write_text(
        f"/dev/sda1 / ext4 rw 0 0\nserver:/x {str(share).replace(' ', chr(92) + '040')} nfs4 rw 0 0\n"
    )
    monkeypatch.setattr(sqlite_file, "_MOUNTS", mounts)
    refused = await _refusal(share / "parley.db")
    assert "network share (nfs4)" in refused.problem
    assert "PostgreSQL" in refused.remedy
    assert sqlite_file.file_system(tmp_path, mounts.read_text()) == "ext4"


async def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """What people are told in confidence is not readable by other accounts of the machine."""
    database = Database(f"sqlite://{tmp_path / 'parley.db'}", models=MODELS, migrations=ONE)
    await database.open()
    await database.migrate()
    assert {oct(entry.stat().st_mode & 0o777) for entry in os.scandir(tmp_path)} == {"0o600"}
    await database.close()


async def test_a_locked_file_is_another_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that another program holds for itself alone is refused after the wait, saying so."""
    monkeypatch.setitem(bot.sqlite.PRAGMAS, "busy_timeout", 50)
    path = tmp_path / "parley.db"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.executescript("CREATE TABLE t (n); BEGIN EXCLUSIVE;")
    try:
        refused = await _refusal(path)
        assert "another program holds it" in refused.problem
    finally:
        holder.close()
