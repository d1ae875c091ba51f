"""Backup and restore of an SQLite database: a backup is an SQLite file itself, complete in one piece.

Everything here blocks: call it in a thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bot.database.errors import BackupRefused

Counts = dict[str, int]
"""Rows by table."""

_WAIT = 30  # seconds for other processes to let go of the file that is restored into


def back_up(source: Path, target: Path) -> Counts:
    """Copy the database as it was at one moment, while others go on writing to it. Returns its counts."""
    with closing(_opened(source)) as live, closing(sqlite3.connect(target)) as copy:
        # In WAL an open read transaction sees one moment. One step, so that no write makes it begin anew.
        live.execute("BEGIN")
        counts = count(live)
        live.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without companions
        _verify(copy, target, counts)
    return counts


def restore(source: Path, target: Path) -> Counts:
    """Put a backup in the place of all that the target holds, at once. Returns its counts.

    Raises: BackupRefused, where what arrived is not what the backup holds.
    """
    with closing(_opened(source)) as backup, closing(_opened(target)) as live:
        counts = count(backup)
        backup.backup(live, pages=-1)
        live.execute("PRAGMA journal_mode = WAL")
        _verify(live, target, counts)
    return counts


def examine(path: Path) -> list[str]:
    """The names of the migrations that a backup has. Reads it whole.

    Raises: BackupRefused, where it is no sound backup of Parley's.
    """
    with refusing(path), closing(_opened(path)) as backup:
        problems = [row[0] for row in backup.execute("PRAGMA integrity_check(1)")]
        if problems != ["ok"]:
            raise BackupRefused(path, f"is damaged ({problems[0]})", "Use another backup.")
        if "tortoise_migrations" not in tables(backup):
            raise BackupRefused(path, "is a database, but not one of Parley's", "Use another file.")
        rows = backup.execute("SELECT name FROM tortoise_migrations WHERE app = 'models' ORDER BY id")
        return [name for (name,) in rows]


def count(connection: sqlite3.Connection) -> Counts:
    return {
        table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608 - a table's own name
        for table in tables(connection)
    }


def tables(connection: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    return [name for (name,) in connection.execute(query)]


def holds_rows(path: Path) -> bool:
    """Whether there is anything to lose: a row beside the record of migrations."""
    with closing(_opened(path)) as connection:
        return any(rows for table, rows in count(connection).items() if table != "tortoise_migrations")


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turn what SQLite says of a broken or foreign file into a sentence with its path."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise BackupRefused(path, f"cannot be read as a backup ({error})", "Use another backup.") from error


def _opened(path: Path) -> sqlite3.Connection:
    # By URI, so that a missing file stays missing.
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_WAIT)
    connection.isolation_level = None
    return connection


def _verify(connection: sqlite3.Connection, path: Path, expected: Counts) -> None:
    sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    if not sound or count(connection) != expected:
        raise BackupRefused(path, "holds something else than what was written to it", "Look at the disk.")
