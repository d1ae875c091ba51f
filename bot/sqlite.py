"""The engine for SQLite: transactions that take the write lock when they begin.

Tortoise's own engine begins them deferred: a transaction that reads and then writes fails at once
with "database is locked" where another process has written in between, without waiting. Here
``BEGIN IMMEDIATE`` waits for its turn, up to ``busy_timeout``, on the connection's own thread.

Most statements take less than the way to that thread and back: what reads, or is inside a transaction,
is run where it is called. What turns out long, or would wait, goes to the thread after all.

The configuration names this module by string; Tortoise looks for ``client_class`` in it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar, cast

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
SHORT = 100_000  # instructions of SQLite's machine, some 3 ms: a longer query is no business of the loop
MOST_ROWS = 100  # rows inserted at once where they are called; more go to the thread
PATIENCE = 0.005  # seconds that the other tasks wait for a transaction at most before they have their turn

# Applied in this order: nothing may wait less than busy_timeout, not even the change to WAL.
PRAGMAS: dict[str, str | int] = {
    "busy_timeout": BUSY_TIMEOUT,
    "journal_mode": "WAL",
    "synchronous": "FULL",  # what was acknowledged survives a power cut
    "foreign_keys": "ON",
    # Pages of WAL between two checkpoints, 16 MiB: a page that is written with each message is copied once.
    "wal_autocheckpoint": 4_000,
    "journal_size_limit": 67_108_864,  # bytes of WAL kept after a checkpoint; 64 MiB
    "cache_size": -16_384,  # KiB, grown into only as pages are read
}


T = TypeVar("T")
Work = Callable[[sqlite3.Connection, str, Sequence[Any]], T]


class Connection(aiosqlite.Connection):
    """The driver's connection. It counts changed rows, and runs short statements without its thread."""

    @classmethod
    async def to(cls, path: str) -> Connection:
        connect = partial(
            sqlite3.connect,
            path,
            isolation_level=None,
            cached_statements=CACHED_STATEMENTS,
            check_same_thread=False,  # never two at once: see at_once
        )
        connection = cast(Connection, await cls(connect, iter_chunk_size=64))
        connection._conn.set_progress_handler(connection._must_stop, SHORT)
        return connection

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._given = 0  # to the thread; counted here
        self._finished = 0  # by the thread; counted there
        self._impatient = False
        self._others_ran_at = 0.0

    async def execute_count(self, query: str, values: Sequence[Any]) -> int:
        return await self.in_thread(_count, query, values)

    async def at_once(self, work: Work[T], query: str, values: Sequence[Any], *, may_wait: bool = False) -> T:
        """Run a statement here and now. For the holder of the lock.

        A query that turns out long begins anew in the thread. A change cannot be stopped in the middle
        without undoing the whole transaction: it is run to its end. ``may_wait``: outside a transaction
        another process may have the file for itself; then the thread waits for it.
        """
        await self._let_others_run()
        if self._given == self._finished:  # else what was given up there is still running
            try:
                return self._here(work, query, values, may_wait=may_wait)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode not in (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY):
                    raise
        return await self.in_thread(work, query, values)

    def _here(self, work: Work[T], query: str, values: Sequence[Any], *, may_wait: bool) -> T:
        patience = self._conn.execute("PRAGMA busy_timeout").fetchone()[0] if may_wait else 0
        if may_wait:
            self._conn.execute("PRAGMA busy_timeout = 0")
        self._impatient = _reads(query)
        try:
            return work(self._conn, query, values)
        finally:
            self._impatient = False
            if may_wait:
                self._conn.execute(f"PRAGMA busy_timeout = {patience}")

    async def in_thread(self, work: Work[T], query: str, values: Sequence[Any]) -> T:
        return cast(T, await self._execute(work, self._conn, query, values))

    async def _execute(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        self._given += 1
        try:
            return await super()._execute(self._run, fn, args, kwargs)  # type: ignore[no-untyped-call]
        finally:
            self._others_ran_at = asyncio.get_running_loop().time()

    def _run(self, function: Callable[..., T], args: Sequence[Any], kwargs: dict[str, Any]) -> T:
        try:
            return function(*args, **kwargs)
        finally:
            self._finished += 1

    def _must_stop(self) -> bool:
        return self._impatient

    async def _let_others_run(self) -> None:
        clock = asyncio.get_running_loop().time
        if clock() - self._others_ran_at > PATIENCE:
            await asyncio.sleep(0)
            self._others_ran_at = clock()


def _reads(query: str) -> bool:
    return query.lstrip().startswith("SELECT")


def _count(connection: sqlite3.Connection, query: str, values: Sequence[Any]) -> int:
    return max(connection.execute(query, values).rowcount, 0)  # -1 for what changes no rows


def _relaxed(connection: sqlite3.Connection, query: str, values: Sequence[Any]) -> int:
    if connection.in_transaction:  # whose commit decides
        return _count(connection, query, values)
    [level] = connection.execute("PRAGMA synchronous").fetchone()
    connection.execute("PRAGMA synchronous = NORMAL")
    try:
        return _count(connection, query, values)
    finally:
        connection.execute(f"PRAGMA synchronous = {level}")


def _rows(connection: sqlite3.Connection, query: str, values: Sequence[Any]) -> tuple[int, list[Any]]:
    before = connection.total_changes
    rows = connection.execute(query, values).fetchall()
    return (connection.total_changes - before) or len(rows), rows


def _insert(connection: sqlite3.Connection, query: str, values: Sequence[Any]) -> int | None:
    return connection.execute(query, values).lastrowid


def _many(connection: sqlite3.Connection, query: str, values: Sequence[Sequence[Any]]) -> None:
    connection.executemany(query, values)


class Counting(tortoise_sqlite.SqliteClient):
    """What connection and transaction add to Tortoise's."""

    @tortoise_sqlite.translate_exceptions
    async def execute_count(self, query: str, values: Sequence[Any]) -> int:
        """Run a statement; returns how many rows it inserted, changed or deleted itself."""
        async with self.acquire_connection() as connection:
            return await cast(Connection, connection).execute_count(query, values)

    @tortoise_sqlite.translate_exceptions
    async def execute_relaxed(self, query: str, values: Sequence[Any]) -> int:
        """As execute_count; a power cut, not a crash, may undo it. See Database.note."""
        async with self.acquire_connection() as connection:
            return await cast(Connection, connection).in_thread(_relaxed, query, values)

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        _, rows = await self.execute_query(query, values)
        return list(map(dict, rows))


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

    @tortoise_sqlite.translate_exceptions
    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, list[Any]]:
        query = query.replace("\x00", "'||CHAR(0)||'")
        async with self.acquire_connection() as found:
            connection = cast(Connection, found)
            if _reads(query):
                return await connection.at_once(_rows, query, values or (), may_wait=True)
            return await connection.in_thread(_rows, query, values or ())

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

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, list[Any]]:
        return await self._at_once(_rows, query.replace("\x00", "'||CHAR(0)||'"), values or ())

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        return cast(int, await self._at_once(_insert, query, values))

    async def execute_count(self, query: str, values: Sequence[Any]) -> int:
        return await self._at_once(_count, query, values)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        await self._at_once(_many, query, values, short=len(values) <= MOST_ROWS)

    async def _at_once(self, work: Work[T], query: str, values: Sequence[Any], *, short: bool = True) -> T:
        with _translating():
            async with self.acquire_connection() as found:
                connection = cast(Connection, found)
                return await (connection.at_once if short else connection.in_thread)(work, query, values)

    async def begin(self) -> None:
        with _translating():
            connection = cast(Connection, self._connection)
            await connection.at_once(_count, "BEGIN IMMEDIATE", (), may_wait=True)

    async def commit(self) -> None:
        with _translating():  # a deferred foreign key may be found out at the commit
            await cast(Connection, self._connection).in_thread(_count, "COMMIT", ())
        self._finalized = True

    async def rollback(self) -> None:
        """Undo everything; nothing is left to do where SQLite has done so itself, as on a full disk."""
        self._finalized = True
        await self._connection.rollback()

    # One name for all: SQLite means the innermost, and keeps one prepared statement instead of thousands.
    async def savepoint(self) -> None:
        await self._at_once(_count, "SAVEPOINT part", ())

    async def savepoint_rollback(self) -> None:
        """Undo the part; nothing is left to do where SQLite has undone the whole, as on a full disk."""
        if self._connection.in_transaction:
            await self._at_once(_count, "ROLLBACK TO part", ())
            await self._at_once(_count, "RELEASE part", ())  # rolling back alone leaves it on the stack

    async def release_savepoint(self) -> None:
        await self._at_once(_count, "RELEASE part", ())

    async def execute_script(self, query: str) -> None:
        """Run statements one by one, inside the transaction.

        The driver's own ``executescript`` commits the open transaction before it begins.
        """
        for statement in statements(query):
            await self.execute_query(statement)


@contextmanager
def _translating() -> Iterator[None]:
    """The driver's errors as Tortoise's."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OperationalError(error) from error
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error


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
