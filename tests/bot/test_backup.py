"""Backups: whole, of one moment, and what comes back is what was there."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.database import BackupRefused, Database, SchemaTooNew
from tests.samples import MODELS, ONE, TWO

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
ODD = ["", "a\tb\nc\r\\d", "\\N", "\\.", "é\u202eß🙂", "x" * 100_000, "'\"`"]

# Moves a coin from one note to another and counts the moves on the shelf, for as long as it is let: what
# is left and what was moved always make up the same sum, and the shelf always knows the number.
WRITE = """
import asyncio, itertools, sys
from bot.database import Database

async def write(url):
    database = Database(url, models=("tests.samples.models",), migrations="tests.samples.one")
    await database.open()
    for moves in itertools.count(1):
        async with database.transaction():
            await database.execute("UPDATE note SET bare = bare - 1 WHERE text = 'left'")
            await database.execute("UPDATE note SET bare = bare + 1 WHERE text = 'right'")
            await database.execute("UPDATE shelf SET lock = ?", str(moves))
        print("moved", flush=True)

asyncio.run(write(sys.argv[1]))
"""
COINS = 1_000_000
# Rows enough that reading them all takes longer than a move.
FILL = """
    INSERT INTO note (at, shelf_id, text, bare)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    SELECT at, id, 'a note of some length, as people write them', 0 FROM shelf, n
"""


@asynccontextmanager
async def _open(url: str, package: str = ONE) -> AsyncIterator[Database]:
    database = Database(url, models=MODELS, migrations=package)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def _fill(database: Database) -> None:
    await database.execute("INSERT INTO shelf (at, name, lock) VALUES (?, 'a', '')", NOON)
    for text in ODD:
        await database.execute(
            "INSERT INTO note (at, shelf_id, text, bare, seen_at) SELECT at, id, ?, 7, ? FROM shelf",
            text,
            NOON,
        )
    await database.execute(
        "INSERT INTO note (at, shelf_id, text, bare) SELECT at, id, 'unseen', 0 FROM shelf"
    )
    await database.execute("DELETE FROM note WHERE text = ''")


async def _content(database: Database) -> list[dict[str, object]]:
    return [
        row
        for query in ("SELECT * FROM shelf ORDER BY id", "SELECT * FROM note ORDER BY id")
        for row in await database.fetch(query)
    ]


async def test_what_is_restored_is_what_was_backed_up(
    samples: Database, second_empty_url: str, tmp_path: Path
) -> None:
    """Every row and value comes back, odd text and empty ones too; new rows get ids that were never used."""
    await _fill(samples)
    counts = await samples.backup(tmp_path / "b")
    assert (counts["shelf"], counts["note"]) == (1, len(ODD))
    expected = await _content(samples)
    last = max(int(str(row["id"])) for row in await samples.fetch("SELECT id FROM note"))
    await samples.close()

    async with _open(second_empty_url) as restored:
        assert await restored.restore(tmp_path / "b") == counts
        assert await _content(restored) == expected
        assert (await restored.schema_state()).current
        [row] = await restored.fetch(
            "INSERT INTO note (at, shelf_id, text, bare) SELECT at, id, 'new', 0 FROM shelf RETURNING id"
        )
        assert row["id"] > last
        assert await restored.execute("DELETE FROM shelf") == 1
        assert await restored.fetch("SELECT * FROM note") == []


def _writer(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WRITE, url], stdout=subprocess.PIPE, text=True)


async def test_a_backup_under_load_is_of_one_moment(
    samples: Database, second_empty_url: str, tmp_path: Path
) -> None:
    """While another process writes without a pause, each backup holds whole transactions only, and the
    writer is not held up."""
    await samples.execute("INSERT INTO shelf (at, name, lock) VALUES (?, 'a', '0')", NOON)
    await samples.execute(FILL)
    for text, coins in (("left", COINS), ("right", 0)):
        await samples.execute(
            "INSERT INTO note (at, shelf_id, text, bare) SELECT at, id, ?, ? FROM shelf", text, coins
        )
    writer = _writer(samples.address.dsn or f"sqlite://{samples.address.path}")
    assert writer.stdout is not None
    try:
        for number in range(4):
            writer.stdout.readline()
            await samples.backup(tmp_path / f"b{number}")
    finally:
        writer.kill()
        writer.communicate()
    await samples.close()

    found = []
    async with _open(second_empty_url) as restored:
        for number in range(4):
            await restored.restore(tmp_path / f"b{number}", replace=True)
            [shelf] = await restored.fetch("SELECT lock FROM shelf")
            moved = await restored.fetch(
                "SELECT bare FROM note WHERE text IN ('left', 'right') ORDER BY text"
            )
            assert [row["bare"] for row in moved] == [COINS - int(shelf["lock"]), int(shelf["lock"])]
            found.append(int(shelf["lock"]))
    assert found == sorted(found)
    assert found[0] < found[-1]


async def test_a_database_that_holds_data_is_not_overwritten_unless_told(
    samples: Database, tmp_path: Path
) -> None:
    """Restoring into a database with rows is refused and changes nothing; with consent, they are replaced."""
    await _fill(samples)
    await samples.backup(tmp_path / "b")
    expected = await _content(samples)
    await samples.execute("UPDATE shelf SET name = 'later'")
    with pytest.raises(BackupRefused, match="holds data already"):
        await samples.restore(tmp_path / "b")
    assert [row["name"] for row in await samples.fetch("SELECT name FROM shelf")] == ["later"]
    await samples.restore(tmp_path / "b", replace=True)
    assert await _content(samples) == expected


async def test_an_old_backup_is_migrated_when_it_is_restored(
    samples: Database, second_empty_url: str, tmp_path: Path
) -> None:
    """A backup of the first schema arrives in the second one with its rows; the other way is refused."""
    await _fill(samples)
    await samples.backup(tmp_path / "old")
    await samples.close()
    async with _open(second_empty_url, TWO) as newer:
        await newer.migrate()
        await newer.restore(tmp_path / "old")
        assert (await newer.schema_state()).current
        assert {row["colour"] for row in await newer.fetch("SELECT colour FROM note")} == {"white"}
        await newer.backup(tmp_path / "new")
    async with _open(second_empty_url, ONE) as older:
        with pytest.raises(SchemaTooNew):
            await older.restore(tmp_path / "new", replace=True)
        assert len(await older.fetch("SELECT colour FROM note")) == len(ODD)


async def test_a_backup_never_takes_the_place_of_another_file(samples: Database, tmp_path: Path) -> None:
    """A name that exists is refused, and the file that has it is left alone."""
    (tmp_path / "b").write_text("mine")
    with pytest.raises(BackupRefused, match="already"):
        await samples.backup(tmp_path / "b")
    assert (tmp_path / "b").read_text() == "mine"


async def test_a_backup_that_cannot_be_written_leaves_nothing(samples: Database, tmp_path: Path) -> None:
    """A folder that is missing or no folder is named; no part of a backup is left anywhere."""
    (tmp_path / "file").touch()
    for path in (tmp_path / "missing" / "b", tmp_path / "file" / "b"):
        with pytest.raises(BackupRefused, match="cannot be written") as refused:
            await samples.backup(path)
        assert refused.value.path == str(path)
    assert not list(tmp_path.rglob("*.part"))


async def test_a_backup_left_unfinished_by_a_kill_is_in_nobodys_way(
    samples: Database, tmp_path: Path
) -> None:
    """The remains of a process that was killed in the middle do not hinder the next backup."""
    (tmp_path / "b.part").write_bytes(b"half a backup")
    await _fill(samples)
    await samples.backup(tmp_path / "b")
    assert [path.name for path in sorted(tmp_path.glob("b*"))] == ["b"]
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def _overwrite(path: Path) -> None:
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 600] = os.urandom(600)
    path.write_bytes(content)


def _replace(path: Path) -> None:
    path.write_text("Call Jane about the quote.\n" * 200)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [_cut, _overwrite, _replace, _empty, Path.unlink])
async def test_a_backup_that_is_not_sound_is_refused_before_anything_is_changed(
    samples: Database, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    """A cut, overwritten, foreign, empty or missing file is named, and the database stays as it was."""
    await _fill(samples)
    await samples.backup(tmp_path / "b")
    before = await _content(samples)
    spoil(tmp_path / "b")
    with pytest.raises(BackupRefused) as refused:
        await samples.restore(tmp_path / "b", replace=True)
    assert refused.value.path == str(tmp_path / "b")
    assert await _content(samples) == before


async def test_a_backup_of_the_other_kind_is_refused_by_name(samples: Database, tmp_path: Path) -> None:
    """An SQLite backup does not go into PostgreSQL, nor the other way; the refusal says which it is."""
    heads = {"sqlite": b"PK\x03\x04", "postgres": b"SQLite format 3\0"}
    (tmp_path / "b").write_bytes(heads[samples.dialect] + b"\0" * 100)
    kind = {"sqlite": "a PostgreSQL", "postgres": "an SQLite"}[samples.dialect]
    with pytest.raises(BackupRefused, match=f"backup of {kind} database"):
        await samples.restore(tmp_path / "b")


@pytest.mark.postgresql
async def test_an_archive_that_contradicts_itself_changes_nothing(
    empty_postgres_url: str, tmp_path: Path
) -> None:
    """A manifest that promises other rows than there are is found out after the copy, which is undone."""
    async with _open(empty_postgres_url) as database:
        await database.migrate()
        await _fill(database)
        await database.backup(tmp_path / "b")
        before = await _content(database)
        with zipfile.ZipFile(tmp_path / "b") as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(entries["manifest.json"])
        manifest["tables"][0]["rows"] += 1
        with zipfile.ZipFile(tmp_path / "forged", "w") as archive:
            for name, content in (entries | {"manifest.json": json.dumps(manifest).encode()}).items():
                archive.writestr(name, content)
        with pytest.raises(BackupRefused):
            await database.restore(tmp_path / "forged", replace=True)
        assert await _content(database) == before


@pytest.mark.postgresql
async def test_an_archive_says_what_it_holds(empty_postgres_url: str, tmp_path: Path) -> None:
    """The manifest names format, version, migrations, and each table with its columns and rows."""
    async with _open(empty_postgres_url) as database:
        await database.migrate()
        await _fill(database)
        await database.backup(tmp_path / "b")
    with zipfile.ZipFile(tmp_path / "b") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        notes = archive.read("tables/note").decode().splitlines()
    assert (manifest["format"], manifest["version"], manifest["migrations"]) == (
        "parley-backup",
        1,
        ["0001_initial"],
    )
    [table] = [table for table in manifest["tables"] if table["name"] == "note"]
    assert table == {
        "name": "note",
        "columns": ["id", "at", "text", "seen_at", "bare", "shelf_id"],
        "rows": len(ODD),
    }
    assert len(notes) == len(ODD)


async def test_two_backups_at_once_do_not_disturb_each_other(samples: Database, tmp_path: Path) -> None:
    """Each is whole, and the database can be used meanwhile."""
    await _fill(samples)
    first, second, _ = await asyncio.gather(
        samples.backup(tmp_path / "a"), samples.backup(tmp_path / "b"), _content(samples)
    )
    assert first == second
