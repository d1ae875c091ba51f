"""Database: what the rest of Parley knows of the database under Tortoise's models."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain, count
from pathlib import Path
from typing import Any

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError, TransactionManagementError
from tortoise.fields.relational import ManyToManyFieldInstance
from tortoise.models import Model

from bot.database import backup_file, migrating, postgres_backup, remembered, sqlite_backup, sqlite_file
from bot.database.address import Address, Dialect
from bot.database.errors import BackupRefused, DatabaseUnusable, SchemaPending
from bot.database.migrating import SchemaState
from bot.database.placeholders import aware, in_text, numbered
from bot.database.trouble import is_transient
from bot.postgres import PostgresClient
from bot.sqlite import SqliteClient
from models import MODELS

CONNECTION = "default"
MIGRATIONS = "models.migrations"
LOCK_WAIT = 600  # seconds that a process waits while another one migrates
_LOCK = 0x5061726C6579  # the advisory lock of migrations: "Parley"

log = logging.getLogger(__name__)


class Database:
    """One database. ``url`` is ``sqlite:///absolute/path.db`` or ``postgres://user:password@host/name``.

    One can be open in a process at a time: Tortoise's models find it by themselves.

    Raises: DatabaseUnusable, for an address of another kind.
    """

    def __init__(self, url: str, *, models: Sequence[str] = MODELS, migrations: str = MIGRATIONS) -> None:
        self.address = Address.of(url)
        self._models = models
        self._migrations = migrations
        self._context: TortoiseContext | None = None

    @property
    def dialect(self) -> Dialect:
        return self.address.dialect

    @property
    def in_transaction(self) -> bool:
        """Whether the task that asks is inside a transaction, where nothing may wait for the network."""
        return isinstance(self._client, TransactionalDBClient)

    async def open(self) -> None:
        """Connect. A new SQLite file is made, in a folder that exists; its schema comes with migrate().

        Raises: DatabaseUnusable, with the remedy.
        """
        EXECUTOR_CACHE.clear()  # Tortoise keeps SQL by table, not by dialect
        remembered.forget()
        self._context = context = TortoiseContext()
        try:
            with context:  # while it prepares the models; from then on it is everybody's, in any task
                await context.init(config=self._config(), use_tz=True, _enable_global_fallback=True)
            self._remember()
            await self._connect()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Disconnect. Nothing happens where it is not open."""
        context, self._context = self._context, None
        if context is not None:
            await context.close_connections()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Everything inside happens, or nothing does: returning commits, raising rolls back.

        On SQLite it holds the write lock from its beginning. Inside another one it is a savepoint.
        """
        async with self._client._in_transaction():
            yield

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part of a transaction that is undone alone when it raises.

        Raises: TransactionManagementError, outside a transaction.
        """
        if not self.in_transaction:
            raise TransactionManagementError("a savepoint stands inside a transaction")
        async with self._client._in_transaction():
            yield

    async def fetch(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """The rows of a query, or of a statement with RETURNING; inside the transaction if there is one.

        ``?`` stands for a value on both databases; values are never part of the text. Instants go in as
        aware datetimes; SQLite gives them back as text, for :func:`models.fields.in_utc` to read, and
        booleans as 0 and 1. JSON is text on both.
        """
        if self.dialect == "sqlite":
            return await self._client.execute_query_dict(sql, in_text(values))
        return await self._client.execute_query_dict(numbered(sql), aware(values))

    async def execute(self, sql: str, *values: object) -> int:
        """Run a statement as in :meth:`fetch`; returns how many rows it inserted, changed or deleted."""
        client: Any = self._client
        if self.dialect == "sqlite":
            return int(await client.execute_count(sql, in_text(values)))
        return int(await client.execute_count(numbered(sql), aware(values)))

    async def note(self, sql: str, *values: object) -> int:
        """As :meth:`execute`, for what is no loss: a power cut may undo it, the end of a process never.

        SQLite does not wait for the disk then.
        """
        if self.dialect == "postgres":
            return await self.execute(sql, *values)
        client: Any = self._client
        return int(await client.execute_relaxed(sql, in_text(values)))

    @staticmethod
    def is_transient(error: BaseException) -> bool:
        """See :func:`bot.database.is_transient`."""
        return is_transient(error)

    async def schema_state(self) -> SchemaState:
        """Which migrations are applied, pending, or unknown to this version of Parley."""
        return await migrating.state_of(self._client, self._migrations)

    async def prepare(self, *, auto_migrate: bool) -> tuple[str, ...]:
        """Make sure, at start, that the schema is the one the code knows. Returns what was applied.

        SQLite is migrated by itself; PostgreSQL where ``auto_migrate`` says so.

        Raises: SchemaPending, SchemaTooNew, SchemaForked.
        """
        schema = await self.schema_state()
        schema.refuse_newer()
        if schema.pending and self.dialect == "postgres" and not auto_migrate:
            raise SchemaPending(schema.pending)
        return await self.migrate()

    async def migrate(self) -> tuple[str, ...]:
        """Apply all pending migrations, or none. Returns their names.

        One process does it, others wait for it. Where an SQLite file holds data, a backup is left
        beside it first: ``parley.db.before-0002_quotas.backup``.

        Raises: SchemaTooNew, SchemaForked.
        """
        schema = await self.schema_state()
        schema.refuse_newer()
        if not schema.pending:
            return ()
        async with self._maintenance() as client:
            pending = (await migrating.state_of(client, self._migrations)).pending
            if pending and self.dialect == "sqlite":
                await asyncio.to_thread(_keep, self.address.path, pending[0])
            return await migrating.apply(client, self._migrations)

    async def check(self) -> list[str]:
        """What is wrong with the database itself, in the database's own words. Reads an SQLite file whole."""
        if self.dialect == "postgres":
            return []
        rows = await self.fetch("PRAGMA quick_check(10)")
        return [text for row in rows for text in row.values() if text != "ok"]

    async def backup(self, path: Path) -> dict[str, int]:
        """Write the database, as it is at one moment, to a new file. Returns the rows by table.

        Others go on writing meanwhile. The file appears under its name when it is whole. On SQLite it
        is a database file; for PostgreSQL see :mod:`bot.database.postgres_backup`.

        Raises: BackupRefused.
        """
        with backup_file.appearing(path) as part:
            if self.dialect == "sqlite":
                return await asyncio.to_thread(sqlite_backup.back_up, self.address.path, part)
            return await self._archive(part)

    async def restore(self, path: Path, *, replace: bool = False) -> dict[str, int]:
        """Fill this database from a backup of its own kind, then migrate it.

        Returns the rows by table of the backup. All of it arrives or nothing does. ``replace`` throws
        away what the database holds; without it, a database with any row in it is refused.

        Raises: BackupRefused, SchemaTooNew.
        """
        backup_file.require_kind(path, self.dialect)
        if self.dialect == "sqlite":
            counts = await self._restore_file(path, replace=replace)
        else:
            counts = await self._restore_archive(path, replace=replace)
        await self.migrate()
        return counts

    # -- connecting ------------------------------------------------------------------------------

    @property
    def _client(self) -> BaseDBAsyncClient:
        if self._context is None:
            raise RuntimeError("the database is not open")
        return self._context.connections.get(CONNECTION)

    def _remember(self) -> None:
        for model in self._all_models():
            model._meta.manager = remembered.Remembering(model)

    def _config(self) -> dict[str, Any]:
        engine: dict[str, Any]
        if self.dialect == "sqlite":
            engine = {"engine": "bot.sqlite", "credentials": {"file_path": str(self.address.path)}}
        else:
            engine = {"engine": "bot.postgres", "credentials": {"dsn": self.address.dsn}}
        app = {"models": list(self._models), "migrations": self._migrations, "default_connection": CONNECTION}
        return {"connections": {CONNECTION: engine}, "apps": {migrating.APP: app}}

    async def _connect(self) -> None:
        if self.dialect == "sqlite":
            await self._connect_sqlite()
        else:
            await self._connect_postgres()

    async def _connect_sqlite(self) -> None:
        sqlite_file.prepare(self.address.path)
        try:
            await self._client.create_connection(with_db=True)
            await self.fetch("SELECT count(*) FROM sqlite_schema")
        except sqlite3.Error as error:
            raise sqlite_file.explain(self.address.path, error) from error

    async def _connect_postgres(self) -> None:
        try:
            await self._client.create_connection(with_db=True)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
            raise DatabaseUnusable(
                self.address.shown, f"cannot be reached ({error})", _advice(error)
            ) from error

    @asynccontextmanager
    async def _maintenance(self) -> AsyncIterator[TransactionalDBClient]:
        """A transaction on a connection of its own, that no other maintenance runs beside."""
        client = self._maintenance_client()
        try:
            async with AsyncExitStack() as stack:
                transaction = await _begun(stack, client)
                if self.dialect == "postgres":
                    await self.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}s'")
                    await self.execute("SELECT pg_advisory_xact_lock(?)", _LOCK)
                yield transaction
        finally:
            await client.close()

    def _maintenance_client(self) -> BaseDBAsyncClient:
        if self.dialect == "sqlite":
            return SqliteClient(str(self.address.path), connection_name=CONNECTION, foreign_keys="OFF")
        return PostgresClient(
            self.address.dsn, "parley maintenance", patient=True, connection_name=CONNECTION
        )

    # -- backup and restore ----------------------------------------------------------------------

    async def _archive(self, part: Path) -> dict[str, int]:
        applied = (await self.schema_state()).applied
        connection = await postgres_backup.connected(self.address.dsn)
        try:
            return await postgres_backup.back_up(connection, part, applied)
        finally:
            await connection.close()

    async def _restore_file(self, path: Path, *, replace: bool) -> dict[str, int]:
        names = await asyncio.to_thread(sqlite_backup.examine, path)
        migrating.compare(names, self._migrations).refuse_newer()
        if not replace and await asyncio.to_thread(sqlite_backup.holds_rows, self.address.path):
            raise _occupied(path, self.address)
        return await asyncio.to_thread(sqlite_backup.restore, path, self.address.path)

    async def _restore_archive(self, path: Path, *, replace: bool) -> dict[str, int]:
        manifest = await asyncio.to_thread(postgres_backup.examine, path)
        migrating.compare(manifest.migrations, self._migrations).refuse_newer()
        async with self._maintenance() as client:
            connection = client._connection
            if not replace and await postgres_backup.holds_rows(connection):
                raise _occupied(path, self.address)
            await postgres_backup.drop(connection, self._tables() | manifest.counts.keys())
            await migrating.apply(client, self._migrations, manifest.migrations)
            await postgres_backup.restore(connection, path, manifest)
        return manifest.counts

    def _all_models(self) -> Iterable[type[Model]]:
        assert self._context is not None
        assert self._context.apps is not None
        return self._context.apps[migrating.APP].values()

    def _tables(self) -> set[str]:
        models = self._all_models()
        through = {field.through for model in models for field in _many_to_many(model)}
        return {"tortoise_migrations", *(model._meta.db_table for model in models), *through}


def _many_to_many(model: type[Model]) -> list[ManyToManyFieldInstance[Any]]:
    return [field for field in model._meta.fields_map.values() if isinstance(field, ManyToManyFieldInstance)]


def _occupied(path: Path, address: Address) -> BackupRefused:
    return BackupRefused(
        path,
        f"{address.shown} holds data already",
        "Restore into an empty database, or throw away what it holds: --replace.",
    )


def _keep(path: Path, migration: str) -> None:
    """Leave a backup beside an SQLite file that holds data, named after the migration that comes."""
    if not sqlite_backup.holds_rows(path):
        return
    names = chain([f"{path.name}.before-{migration}.backup"], _numbered(f"{path.name}.before-{migration}"))
    target = next(found for name in names if not (found := path.with_name(name)).exists())
    with backup_file.appearing(target) as part:
        sqlite_backup.back_up(path, part)
    log.info("backup before migrating: %s", target)


def _numbered(stem: str) -> Iterator[str]:
    return (f"{stem}-{number}.backup" for number in count(2))


async def _begun(stack: AsyncExitStack, client: BaseDBAsyncClient) -> TransactionalDBClient:
    """Begin a transaction, however long another process holds the lock, up to LOCK_WAIT."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + LOCK_WAIT
    while True:
        try:
            return await stack.enter_async_context(client._in_transaction())
        except OperationalError as error:
            if not is_transient(error) or clock() > deadline:
                raise


def _advice(error: Exception) -> str:
    match getattr(error, "sqlstate", None):
        case str(state) if state.startswith("28"):
            return "Check the user and the password in database.url."
        case "3D000":
            return "Create the database (createdb), or correct its name in database.url."
        case str(state) if state.startswith("53"):
            return "Raise max_connections on the server, or end some of its other clients."
    if isinstance(error, OSError):
        return "Check that the server runs, and its host and port in database.url."
    return "Check database.url."
