"""The peer of a logged call: the same rows by the bare ``sqlite3`` driver, in one transaction.

Two reads (who speaks, and whom it is about), four inserts (what was said, the call, its change, the
answer) and one update (the request is done), with the connection's settings, the tables and the indexes
that Parley has. Nothing is read, decided, rendered or sent.
"""

from __future__ import annotations

import sqlite3
from itertools import count
from pathlib import Path

from bot.sqlite import CACHED_STATEMENTS, PRAGMAS
from models.search import words

_SPEAKER = """
    SELECT i.id, i.last_seen_at, i.address, m.*, w.* FROM chat_identity AS i
    JOIN member AS m ON m.id = i.member_id JOIN workspace AS w ON w.id = m.workspace_id
    WHERE i.platform = ? AND i.team = '' AND i.user = ? AND m.active = 1
"""
_CONTACT = """
    SELECT * FROM contact WHERE workspace_id = 1 AND deleted_at IS NULL
    AND id IN (SELECT record_id FROM token
               WHERE workspace_id = 1 AND kind = 'contact' AND token >= ? AND token < ?)
    AND id IN (SELECT record_id FROM token
               WHERE workspace_id = 1 AND kind = 'contact' AND token >= ? AND token < ?)
    ORDER BY updated_at DESC, id DESC LIMIT 20
"""
# The columns that the real rows of a call have; the values are those that such a row of ours held.
_COPIED = ("inbox", "activity", "change", "outbox")
_DONE = """
    UPDATE inbox SET state = 'done', member_id = ?, command = 'call', outcome = 'ok', done_at = ? WHERE id = ?
"""
# What must differ from row to row.
_UNIQUE = {"inbox": "key", "activity": "number", "outbox": "dedupe_key"}


class BareDriver:
    """Writes calls into a file in which Parley has logged one, whose rows are the pattern for more."""

    def __init__(self, path: Path, speaker: str) -> None:
        self._speaker = speaker
        self._numbers = count(1)
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=CACHED_STATEMENTS)
        for pragma, value in PRAGMAS.items():
            self._connection.execute(f"PRAGMA {pragma} = {value}")
        self._inserts = [self._pattern(table) for table in _COPIED]
        self._highest = self._connection.execute("SELECT MAX(number) FROM activity").fetchone()[0]

    def _pattern(self, table: str) -> tuple[str, list[object], int | None]:
        """An INSERT, the values of the table's last row, and which of them must differ."""
        found = self._connection.execute(f"SELECT * FROM {table} ORDER BY id DESC LIMIT 1")
        columns = [column[0] for column in found.description][1:]
        values = list(found.fetchone())[1:]
        marks = ", ".join("?" * len(columns))
        statement = f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES ({marks})'
        return statement, values, columns.index(_UNIQUE[table]) if table in _UNIQUE else None

    def log_call(self, name: str) -> None:
        """One call with the contact of that name."""
        number = next(self._numbers)
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        member = run(_SPEAKER, ("console", self._speaker)).fetchone()
        first, last = words(name)
        (contact,) = run(_CONTACT, (first, f"{first}\U0010ffff", last, f"{last}\U0010ffff")).fetchall()
        assert contact is not None
        row_ids = [self._insert(pattern, number) for pattern in self._inserts]
        run(_DONE, (member[0], "2026-11-24 07:35:48.408354+00:00", row_ids[0]))
        run("COMMIT")

    def _insert(self, pattern: tuple[str, list[object], int | None], number: int) -> int | None:
        statement, values, unique = pattern
        row = list(values)
        if unique is not None:
            row[unique] = self._highest + number if isinstance(row[unique], int) else f"bare:{number}"
        return self._connection.execute(statement, row).lastrowid

    def close(self) -> None:
        self._connection.close()
