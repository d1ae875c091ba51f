"""The engine for PostgreSQL: asyncpg's pool, with limits on every wait and no leak on a failure.

Tortoise's own engine keeps a pooled connection for ever where a transaction cannot begin, and lets
the pool reset the session each time a connection is given back: one more round trip for a query.

The configuration names this module by string; Tortoise looks for ``client_class`` in it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import asyncpg
from tortoise.backends.asyncpg import client as tortoise_asyncpg
from tortoise.backends.base.client import (
    ConnectionWrapper,
    PoolConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.connection import get_connections

from bot.engine import Savepoint, refuse_latecomer, refuse_outsider

STATEMENT_TIMEOUT = 5  # seconds a statement may take, enforced by the server
ANSWER_TIMEOUT = 8  # seconds until the server counts as gone: longer than what it enforces itself
IDLE_TIMEOUT = 20  # seconds a paused process may hold its locks before the server ends its transaction
CONNECT_TIMEOUT = 5  # seconds for one connection to be made
QUEUE_TIMEOUT = 30  # seconds a turn waits for a connection of the pool to be free
RETURN_TIMEOUT = 2  # seconds to bring a connection in order before it is thrown away
CACHED_STATEMENTS = 512  # prepared once in each connection, then only named
POOL_SIZE = 16  # more is slower on few cores

log = logging.getLogger(__name__)


class Counting(tortoise_asyncpg.AsyncpgDBClient):
    """What pool and transaction add to Tortoise's."""

    @translate_exceptions
    async def execute_count(self, query: str, values: Sequence[Any]) -> int:
        """Run a statement; returns how many rows it inserted, changed or deleted."""
        async with self.acquire_connection() as connection:
            status: str = await connection.execute(query, *values)
        number = status.rpartition(" ")[2]  # such as INSERT 0 3
        return int(number) if number.isdigit() else 0


class PostgresClient(Counting):
    """A pool of connections to one database.

    ``dsn`` is whatever libpq understands as an address. ``patient`` is for what takes its time (a
    migration, a restore): one connection without limits on its statements.
    """

    def __init__(self, dsn: str, application_name: str = "parley", patient: bool = False, **own: Any) -> None:
        super().__init__(application_name=application_name, **own)
        self.dsn = dsn
        self.patient = patient

    async def create_connection(self, with_db: bool) -> None:
        self._pool = await asyncpg.create_pool(
            self.dsn,
            min_size=0 if self.patient else 1,
            max_size=1 if self.patient else POOL_SIZE,
            timeout=CONNECT_TIMEOUT,
            command_timeout=None if self.patient else ANSWER_TIMEOUT,
            server_settings=self._settings(),
            reset=_keep_session,
            statement_cache_size=CACHED_STATEMENTS,
        )
        await self._post_connect()

    def _settings(self) -> dict[str, str]:
        limit = 0 if self.patient else 1000
        return {
            "application_name": str(self.application_name),
            "timezone": "UTC",
            "statement_timeout": str(limit * STATEMENT_TIMEOUT),
            "idle_in_transaction_session_timeout": str(limit * IDLE_TIMEOUT),
            "jit": "off",  # compiling a plan costs more than any query of a turn
            # A turn wants a few rows of many. At the default of 4, which is a turning disk's, the planner
            # reads a table of 100,000 whole rather than some hundred rows by their index.
            "random_page_cost": "1.1",
        }

    def acquire_connection(self) -> ConnectionWrapper[Any] | PoolConnectionWrapper[Any]:
        if get_connections().get(self.connection_name) is not self:
            refuse_outsider()
        return super().acquire_connection()

    def _in_transaction(self) -> TransactionContext:
        return PooledTransaction(PostgresTransaction(self))


class PostgresTransaction(Counting, tortoise_asyncpg.TransactionWrapper):
    """A connection inside a transaction, or inside one of its savepoints."""

    def acquire_connection(self) -> ConnectionWrapper[asyncpg.Connection]:
        if self._finalized:
            refuse_latecomer()
        return super().acquire_connection()

    def _in_transaction(self) -> TransactionContext:
        if self._finalized:
            refuse_latecomer()
        return Savepoint(PostgresTransaction(self))


class PooledTransaction(TransactionContext):
    """Holds a connection of the pool from before ``BEGIN`` until after the commit or rollback.

    Whatever goes wrong on the way, a cancellation included, the connection goes back to the pool in
    order, or is closed.
    """

    def __init__(self, client: PostgresTransaction) -> None:
        self.client: PostgresTransaction = client

    async def __aenter__(self) -> TransactionalDBClient:
        self._pool = await _pool_of(self.client._parent)
        self.client._connection = await self._pool.acquire(timeout=QUEUE_TIMEOUT)
        try:
            await self.client.begin()
            self._token = get_connections().set(self.client.connection_name, self.client)
        except BaseException:
            # Cut short, it may have begun on the server: nobody would roll it back.
            if not self.client._connection.is_closed():
                self.client._connection.terminate()
            await self._give_back()
            raise
        return self.client

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            get_connections().reset(self._token)
            if error is None:
                await self.client.commit()
            elif not self.client._connection.is_closed():
                await self.client.rollback()
        finally:
            self.client._finalized = True
            await self._give_back()

    async def _give_back(self) -> None:
        connection = self.client._connection
        try:
            await self._pool.release(connection, timeout=RETURN_TIMEOUT)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            # The pool has closed it; what went wrong before is being raised already.
            log.warning("a database connection was given up: %r", error)


async def _pool_of(client: tortoise_asyncpg.AsyncpgDBClient) -> asyncpg.Pool:
    async with client._pool_init_lock:
        if client._pool is None:
            await client.create_connection(with_db=True)
    assert client._pool is not None
    return client._pool


async def _keep_session(connection: asyncpg.Connection) -> None:
    """Leave the session as it is: Parley sets nothing in it and takes no lock beyond a transaction."""


client_class = PostgresClient
