"""The peer of what is said at a terminal: the same rows by a bare driver, in one transaction.

Who speaks and whom it is about is read; what was said, what came of it, its change and the answer are
written, by statements that are there already. Nothing is understood, decided, rendered or sent.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, Protocol

import asyncpg

from bot.sqlite import CACHED_STATEMENTS, PRAGMAS
from models.search import words

_SPEAKER = """
    SELECT i.id, i.last_seen_at, i.address, m.*, w.* FROM chat_identity AS i
    JOIN member AS m ON m.id = i.member_id JOIN workspace AS w ON w.id = m.workspace_id
    WHERE i.platform = $1 AND i.team = '' AND i."user" = $2
"""
_CONTACT = """
    SELECT * FROM contact WHERE workspace_id = 1 AND deleted_at IS NULL
    AND id IN (SELECT record_id FROM token
               WHERE workspace_id = 1 AND kind = 'contact' AND token >= $1 AND token < $2)
    AND id IN (SELECT record_id FROM token
               WHERE workspace_id = 1 AND kind = 'contact' AND token >= $3 AND token < $4)
    ORDER BY updated_at DESC, id DESC LIMIT 20
"""
_DEAL = "SELECT * FROM deal WHERE workspace_id = 1 AND number = $1"
_SUMS = """
    SELECT stage_id, currency, COUNT(*), SUM(amount) FROM deal WHERE workspace_id = 1 AND deleted_at IS NULL
    AND closed_at IS NULL AND owner_id = (SELECT id FROM member WHERE email = $1)
    GROUP BY stage_id, currency
"""
_NEXT_TO_CLOSE = """
    SELECT * FROM deal WHERE workspace_id = 1 AND deleted_at IS NULL
    AND closed_at IS NULL AND owner_id = (SELECT id FROM member WHERE email = $1)
    ORDER BY expected_close, id LIMIT 10
"""
_MOVED = "UPDATE deal SET stage_id = $1, revision = revision + 1 WHERE id = $2"
_STAGES = "SELECT id FROM stage ORDER BY position LIMIT 4"
_COUNTED = "UPDATE counter SET next = next + 1 WHERE workspace_id = 1 AND kind = $1 RETURNING next"
_DONE = "UPDATE inbox SET state = 'done', outcome = 'ok' WHERE id = $1"
# What must differ from row to row; by thousands of millions, so that Parley comes to none of them.
_UNIQUE = {
    "inbox": "key",
    "activity": "number",
    "deal": "number",
    "token": "record_id",
    "outbox": "dedupe_key",
}
_FAR = 1_000_000_000
_WORDS_OF_A_DEAL = 2


class Driver(Protocol):
    """What both bare drivers can do."""

    async def rows(self, sql: str, *values: object) -> list[Any]:
        """Run a statement with ``$1``, ``$2``; returns its rows."""


class Sqlite:
    """The driver of Python itself, with the settings that Parley's connections have."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, cached_statements=CACHED_STATEMENTS)
        self.connection.row_factory = sqlite3.Row
        for pragma, value in PRAGMAS.items():
            self.connection.execute(f"PRAGMA {pragma} = {value}")

    async def rows(self, sql: str, *values: object) -> list[Any]:
        return self.connection.execute(re.sub(r"\$(\d+)", r"?\1", sql), values).fetchall()


class Postgres:
    """asyncpg's connection."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def rows(self, sql: str, *values: object) -> list[Any]:
        return list(await self.connection.fetch(sql, *values))


class Peer:
    """Does by bare SQL what a line does; the rows that Parley has left are the patterns for more."""

    def __init__(self, driver: Driver, speaker: str) -> None:
        self._driver = driver
        self._speaker = speaker
        self._patterns: dict[str, tuple[str, list[object], int | None]] = {}
        self._stages: list[int] = []
        self._numbers = count(1)

    async def prepare(self, tables: Sequence[str]) -> None:
        """Learn the rows of these tables, of which each must have one."""
        self._stages = [row[0] for row in await self._driver.rows(_STAGES)]
        for table in tables:
            [row] = await self._driver.rows(f"SELECT * FROM {table} ORDER BY id DESC LIMIT 1")
            columns = [column for column in row.keys() if column != "id"]  # noqa: SIM118 # not a dict's
            marks = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
            names = ", ".join(f'"{column}"' for column in columns)
            unique = columns.index(_UNIQUE[table]) if table in _UNIQUE else None
            statement = f'INSERT INTO "{table}" ({names}) VALUES ({marks}) RETURNING id'
            self._patterns[table] = (statement, [row[column] for column in columns], unique)
        [row] = await self._driver.rows("SELECT MAX(id) FROM inbox")
        self._numbers = count(_FAR + int(row[0]) * 10)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        await self._driver.rows("BEGIN IMMEDIATE" if isinstance(self._driver, Sqlite) else "BEGIN")
        await self._driver.rows(_SPEAKER, "console", self._speaker)
        said = await self._insert("inbox")
        yield
        await self._insert("outbox")
        await self._driver.rows(_DONE, said)
        await self._driver.rows("COMMIT")

    async def call(self, name: str) -> None:
        """A call logged with the contact of that name."""
        async with self._turn():
            await self._contact(name)
            await self._insert("activity")
            await self._insert("change")

    async def find(self, name: str) -> None:
        """The contact of that name shown."""
        async with self._turn():
            await self._contact(name)

    async def move(self, number: int) -> None:
        """The deal of that number moved on."""
        async with self._turn():
            [deal] = await self._driver.rows(_DEAL, number)
            place = self._stages.index(deal["stage_id"]) + 1 if deal["stage_id"] in self._stages else 0
            await self._driver.rows(_MOVED, self._stages[place % len(self._stages)], deal["id"])
            await self._insert("stage_change")
            await self._insert("change")

    async def pipeline(self, _: int) -> None:
        """The speaker's open deals added up by stage, and the first of them."""
        async with self._turn():
            await self._driver.rows(_SUMS, self._speaker)
            await self._driver.rows(_NEXT_TO_CLOSE, self._speaker)

    async def deal(self, _: int) -> None:
        """A deal made."""
        async with self._turn():
            await self._driver.rows(_COUNTED, "deal")
            await self._insert("deal")
            for _word in range(_WORDS_OF_A_DEAL):
                await self._insert("token")
            await self._insert("change")

    async def _contact(self, name: str) -> None:
        first, last = words(name)
        found = await self._driver.rows(_CONTACT, first, f"{first}\U0010ffff", last, f"{last}\U0010ffff")
        assert len(found) == 1, name

    async def _insert(self, table: str) -> int:
        statement, values, unique = self._patterns[table]
        row = list(values)
        if unique is not None:
            number = next(self._numbers)
            row[unique] = number if isinstance(row[unique], int) else f"bare:{number}"
        [written] = await self._driver.rows(statement, *row)
        return int(written[0])


@asynccontextmanager
async def peer(url: str, speaker: str) -> AsyncIterator[Peer]:
    """The bare driver for a database of either kind."""
    if url.startswith("sqlite://"):
        driver = Sqlite(url.removeprefix("sqlite://"))
        try:
            yield Peer(driver, speaker)
        finally:
            driver.connection.close()
    else:
        connection = await asyncpg.connect(url)
        try:
            yield Peer(Postgres(connection), speaker)
        finally:
            await connection.close()
