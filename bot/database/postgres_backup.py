"""Backup and restore of a PostgreSQL database, without its own tools.

A backup is a zip archive:

``manifest.json``
    ``{"format": "parley-backup", "version": 1, "server": "15.18", "migrations": [names, in order],
    "tables": [{"name": …, "columns": [names], "rows": n}], "sequences": {name: last value}}``
``tables/<name>``
    the table's rows in PostgreSQL's own text format for COPY (documented under "COPY, File Formats,
    Text Format"; the same in every version), in the order of ``columns``.

All tables are read in one REPEATABLE READ transaction: they are as they were at one moment.
"""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import asyncpg

from bot.database.errors import BackupRefused
from bot.postgres import CONNECT_TIMEOUT

FORMAT = "parley-backup"
VERSION = 1
_CHUNK = 1 << 20  # bytes that go to or come from the archive at once

_TABLES = """
    SELECT relname::text AS name, array_agg(attname::text ORDER BY attnum) AS columns
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND attnum > 0
      AND NOT attisdropped AND attgenerated = ''
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
    GROUP BY relname ORDER BY relname
"""
_SEQUENCES = """
    SELECT sequencename::text AS name, last_value FROM pg_sequences
    WHERE schemaname = current_schema() AND last_value IS NOT NULL ORDER BY sequencename
"""
_REFERENCES = """
    SELECT conrelid::regclass::text AS "table", quote_ident(conname) AS name,
      pg_get_constraintdef(oid) AS rule
    FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a backup; ``columns`` in the order in which its rows have them."""

    name: str
    columns: list[str]
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    server: str
    migrations: list[str]
    tables: list[Table]
    sequences: dict[str, int]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by table."""
        return {table.name: table.rows for table in self.tables}

    def dump(self) -> str:
        return json.dumps({"format": FORMAT, "version": VERSION, **asdict(self)}, indent=1)

    @classmethod
    def load(cls, text: bytes) -> Manifest:
        """Raises: ValueError, KeyError or TypeError, where it is not one of this format and version."""
        told = json.loads(text)
        if (told["format"], told["version"]) != (FORMAT, VERSION):
            raise ValueError(f"format {told['format']} {told['version']}")
        tables = [Table(**table) for table in told["tables"]]
        return cls(told["server"], told["migrations"], tables, told["sequences"])


async def back_up(connection: Any, target: Path, migrations: Sequence[str]) -> dict[str, int]:
    """Write every table, as it is at one moment, to an archive. Returns rows by table."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            tables = [
                await _write_table(connection, archive, row["name"], row["columns"])
                for row in await connection.fetch(_TABLES)
            ]
            sequences = {row["name"]: row["last_value"] for row in await connection.fetch(_SEQUENCES)}
            server = await connection.fetchval("SHOW server_version")
        manifest = Manifest(server, list(migrations), tables, sequences)
        archive.writestr("manifest.json", manifest.dump())
    return manifest.counts


def examine(path: Path) -> Manifest:
    """What is in a backup. Reads it whole, so that a broken one is found out before anything is changed.

    Raises: BackupRefused.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = Manifest.load(archive.read("manifest.json"))
            broken = archive.testzip()
            missing = [
                table.name for table in manifest.tables if _entry(table.name) not in archive.namelist()
            ]
    except (zipfile.BadZipFile, EOFError, KeyError, TypeError, ValueError) as error:
        raise BackupRefused(
            path, f"is no backup of a PostgreSQL database ({error})", "Use another file."
        ) from error
    if broken or missing:
        raise BackupRefused(path, f"is damaged at {broken or missing[0]}", "Use another backup.")
    return manifest


async def restore(connection: Any, path: Path, manifest: Manifest) -> None:
    """Fill the tables, which exist, from a backup, inside the transaction that the connection is in.

    Raises: BackupRefused, where what arrived is not what the backup holds.
    """
    references = await connection.fetch(_REFERENCES)
    for reference in references:
        await connection.execute(f"ALTER TABLE {reference['table']} DROP CONSTRAINT {reference['name']}")
    with zipfile.ZipFile(path) as archive:
        for table in manifest.tables:
            await _read_table(connection, archive, table, path)
    for reference in references:  # put back only now, so that tables may refer to one another in circles
        await connection.execute(
            f"ALTER TABLE {reference['table']} ADD CONSTRAINT {reference['name']} {reference['rule']}"
        )
    for name, value in manifest.sequences.items():
        await connection.execute("SELECT setval(quote_ident($1)::regclass, $2)", name, value)


async def holds_rows(connection: Any, but: str = "tortoise_migrations") -> bool:
    """Whether any table has a row, beside the record of migrations."""
    for table in await tables(connection):
        if table != but and await connection.fetchval(f"SELECT EXISTS (SELECT FROM {_quoted(table)})"):  # noqa: S608
            return True
    return False


async def tables(connection: Any) -> list[str]:
    return [row["name"] for row in await connection.fetch(_TABLES)]


async def drop(connection: Any, names: Iterable[str]) -> None:
    for name in names:
        await connection.execute(f"DROP TABLE IF EXISTS {_quoted(name)} CASCADE")


async def _write_table(connection: Any, archive: zipfile.ZipFile, name: str, columns: list[str]) -> Table:
    with archive.open(_entry(name), "w", force_zip64=True) as entry:
        writer = _Writer(entry)
        query = f"SELECT {', '.join(map(_quoted, columns))} FROM {_quoted(name)}"  # noqa: S608 - names only
        status = await connection.copy_from_query(query, output=writer.take)
        await writer.flush()
    return Table(name, columns, int(status.split()[-1]))


async def _read_table(connection: Any, archive: zipfile.ZipFile, table: Table, path: Path) -> None:
    await connection.execute(f"DELETE FROM {_quoted(table.name)}")  # noqa: S608 - what its migrations put there
    with archive.open(_entry(table.name)) as entry:
        status = await connection.copy_to_table(table.name, source=_chunks(entry), columns=table.columns)
    if int(status.split()[-1]) != table.rows:
        raise BackupRefused(
            path, f"has {status} rows of {table.name}, not {table.rows}", "Use another backup."
        )


class _Writer:
    """Gathers the driver's many small pieces, and compresses them in a thread."""

    def __init__(self, entry: IO[bytes]) -> None:
        self._entry = entry
        self._waiting = bytearray()

    async def take(self, piece: bytes) -> None:
        self._waiting += piece
        if len(self._waiting) >= _CHUNK:
            await self.flush()

    async def flush(self) -> None:
        waiting, self._waiting = self._waiting, bytearray()
        await asyncio.to_thread(self._entry.write, waiting)


async def _chunks(entry: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(entry.read, _CHUNK):
        yield chunk


def _entry(table: str) -> str:
    return f"tables/{table}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


async def connected(dsn: str) -> Any:
    """A connection of its own, without limits on its statements."""
    settings = {"application_name": "parley backup", "statement_timeout": "0", "timezone": "UTC"}
    return await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT, server_settings=settings)
