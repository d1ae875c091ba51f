"""The engine for SQLite: transactions that take the write lock when they begin.

Tortoise's own engine begins them deferred: a transaction that reads and then writes fails at once
with "database is locked" where another process has written in between, without waiting. Here
``BEGIN IMMEDIATE`` waits for its turn, up to ``busy_timeout``, on the connection's own thread.

The configuration names this module by string; Tortoise looks for ``client_class`` in it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

import aiosqlite
from tortoise.backends.base.client import (
    ConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite import client as tortoise_sqlite
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError

from bot.engine import Savepoint, refuse_latecomer, refuse_outsider

BUSY_TIMEOUT = 5_000  # milliseconds that a statement waits for another process's transaction
CACHED_STATEMENTS = 512  # Parley's whole vocabulary of SQL; the default of 128 evicts within one turn

# Applied in this order: nothing may wait less than busy_timeout, not even the change to WAL.
PRAGMAS: dict[str, str | int] = {
    "busy_timeout": BUSY_TIMEOUT,
    "journal_mode": "WAL",
    "synchronous": "FULL",  # what was acknowledged survives a power cut
    "foreign_keys": "ON",
    "journal_size_limit": 67_108_864,  # bytes of WAL kept after a checkpoint; 64 MiB
    "cache_size": -16_384,  # KiB, grown into only as pages are read
}


class Connection(aiosqlite.Connection):
    """The driver's connection, which counts changed rows without a second trip to its thread."""

    @classmethod
    async def to(cls, path: str) -> Connection:
        connect = partial(sqlite3.connect, path, isolation_level=None, cached_statements=CACHED_STATEMENTS)
        return cast(Connection, await cls(connect, iter_chunk_size=64))

    async def execute_count(self, query: str, values: Sequence[Any]) -> int:
        return cast(int, await self._execute(self._count, query, values))  # type: ignore[no-untyped-call]

    def _count(self, query: str, values: Sequence[Any]) -> int:
        return max(self._conn.execute(query, values).rowcount, 0)  # -1 for what changes no rows


class Counting(tortoise_sqlite.SqliteClient):
    """What connection and transaction add to Tortoise's."""

    @tortoise_sqlite.translate_exceptions
    async def execute_count(self, query: str, values: Sequence[Any]) -> int:
        """Run a statement; returns how many rows it inserted, changed or deleted itself."""
        async with self.acquire_connection() as connection:
            return await cast(Connection, connection).execute_count(query, values)


class SqliteClient(Counting):
    """One connection to one file. ``pragmas`` in the credentials override :data:`PRAGMAS`."""

    def __init__(self, file_path: str, **credentials: Any) -> None:
        own = {"connection_name", "fetch_inserted"}
        super().__init__(file_path, **{key: credentials[key] for key in own & credentials.keys()})
        self.pragmas = {**PRAGMAS, **{key: credentials[key] for key in credentials.keys() - own}}

    async def create_connection(self, with_db: bool) -> None:
        if self._connection:
            return
        connection = await Connection.to(self.filename)
        try:
            connection.row_factory = sqlite3.Row
            for pragma, value in self.pragmas.items():
                await connection.execute_fetchall(f"PRAGMA {pragma} = {value}")
        except BaseException:
            await connection.close()  # its thread would keep the process alive
            raise
        self._connection = connection
        await self._post_connect()

    def acquire_connection(self) -> ConnectionWrapper[aiosqlite.Connection]:
        # The lock of this connection is held by the transaction: to wait for it here is to wait for ever.
        if get_connections().get(self.connection_name) is not self:
            refuse_outsider()
        return super().acquire_connection()

    def _in_transaction(self) -> TransactionContext:
        return ImmediateTransaction(SqliteTransaction(self), self._lock)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Run one statement for many rows, all or none."""
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)


class SqliteTransaction(Counting, tortoise_sqlite.SqliteTransactionWrapper):
    """The connection inside a transaction, or inside one of its savepoints."""

    _parent: tortoise_sqlite.SqliteClient

    def acquire_connection(self) -> ConnectionWrapper[aiosqlite.Connection]:
        if self._finalized:
            refuse_latecomer()
        return super().acquire_connection()

    def _in_transaction(self) -> TransactionContext:
        if self._finalized:
            refuse_latecomer()
        return Savepoint(SqliteTransaction(self))

    async def begin(self) -> None:
        await self._run("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        await self._run("COMMIT")
        self._finalized = True

    async def rollback(self) -> None:
        """Undo everything; nothing is left to do where SQLite has done so itself, as on a full disk."""
        self._finalized = True
        await self._connection.rollback()

    async def savepoint_rollback(self) -> None:
        name = self._savepoint
        await super().savepoint_rollback()
        await self._run(f"RELEASE {name}")  # rolling back to a savepoint leaves it on the stack

    async def execute_script(self, query: str) -> None:
        """Run statements one by one, inside the transaction.

        The driver's own ``executescript`` commits the open transaction before it begins.
        """
        for statement in statements(query):
            await self.execute_query(statement)

    async def _run(self, statement: str) -> None:
        try:
            await self._connection.execute_fetchall(statement)
        except sqlite3.IntegrityError as error:  # a deferred foreign key, found out at the commit
            raise IntegrityError(error) from error
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error


class ImmediateTransaction(TransactionContext):
    """Holds the connection from before ``BEGIN IMMEDIATE`` until after the commit or rollback.

    Whatever goes wrong on the way, a cancellation included, the connection is left without an open
    transaction and free for the next.
    """

    def __init__(self, client: SqliteTransaction, lock: asyncio.Lock) -> None:
        self.client: SqliteTransaction = client
        self._lock = lock

    async def __aenter__(self) -> TransactionalDBClient:
        await self._lock.acquire()
        try:
            await self._connect()
            await self.client.begin()
            self._token = get_connections().set(self.client.connection_name, self.client)
        except BaseException:
            await self._abandon()
            raise
        return self.client

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            get_connections().reset(self._token)
            if error is None:
                await self.client.commit()
        except BaseException:
            await self._abandon()
            raise
        if error is None:
            self._lock.release()
        else:
            await self._abandon()

    async def _connect(self) -> None:
        parent = self.client._parent
        await parent.create_connection(with_db=True)
        assert parent._connection is not None
        self.client._connection = parent._connection

    async def _abandon(self) -> None:
        # The connection's thread works through its queue in order: where a statement that was given up
        # is still running there, this rollback is done after it and before anything else.
        try:
            if self.client._parent._connection is not None:
                await self.client.rollback()
        finally:
            self._lock.release()


def statements(script: str) -> Sequence[str]:
    """The statements of a script; semicolons inside quotes, comments and triggers do not end one."""
    found: list[str] = []
    begun = ""
    for piece in script.split(";"):
        begun += piece
        if sqlite3.complete_statement(begun + ";"):
            found.append(begun.strip())
            begun = ""
        else:
            begun += ";"
    rest = begun.removesuffix(";").strip()
    return [statement for statement in (*found, rest) if statement]


client_class = SqliteClient
