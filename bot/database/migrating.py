"""Bringing the schema to what the code knows: all pending migrations in one transaction, or none.

The migrations themselves are Tortoise's. Its own runner is not used: it records a migration after
the transaction that applied it, so that a crash in between leaves a schema that can go neither way,
and it takes a failed look at the record for an empty one.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.loader import MigrationLoader
from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import AddField, AddIndex, CreateModel, Operation, RunPython
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor import BasePostgresSchemaEditor, BaseSchemaEditor, SqliteSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps

from bot import failpoint
from bot.database.errors import SchemaForked, SchemaTooNew
from bot.database.placeholders import numbered

APP = "models"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Names of migrations: ``applied`` and ``pending`` in their order, ``unknown`` to this code."""

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def current(self) -> bool:
        return not self.pending and not self.unknown

    def refuse_newer(self) -> None:
        """Raises: SchemaTooNew."""
        if self.unknown:
            raise SchemaTooNew(self.unknown)


def compare(applied: Sequence[str], package: str) -> SchemaState:
    """Hold the migrations that were applied somewhere against those of ``package``."""
    known = _names(package)
    return SchemaState(
        applied=tuple(applied),
        pending=tuple(name for name in known if name not in applied),
        unknown=tuple(name for name in applied if name not in known),
    )


async def state_of(client: BaseDBAsyncClient, package: str) -> SchemaState:
    """The state of the database that ``client`` is connected to."""
    return compare(await applied_to(client), package)


async def applied_to(client: BaseDBAsyncClient) -> list[str]:
    """The migrations that the database records, oldest first; none where it is new."""
    if not await _has_record(client):
        return []
    rows = await client.execute_query_dict(
        "SELECT name FROM tortoise_migrations WHERE app = 'models' ORDER BY id"
    )
    return [str(row["name"]) for row in rows]


async def apply(
    client: BaseDBAsyncClient, package: str, wanted: Collection[str] | None = None
) -> tuple[str, ...]:
    """Apply the pending migrations inside the transaction that ``client`` is in. Returns their names.

    ``wanted`` names those to apply, None means all. Passes the fail point ``mid_migration`` after each
    operation. Nothing is applied where it raises.

    Raises: SchemaTooNew, SchemaForked.
    """
    sqlite = client.capabilities.dialect == "sqlite"
    editor = (SqliteSchemaEditor if sqlite else BasePostgresSchemaEditor)(client, atomic=False)
    await MigrationRecorder(client).ensure_schema(editor)
    schema = await state_of(client, package)
    schema.refuse_newer()

    state = _State(models={}, apps=_Tables(default_connections={APP: client.connection_name}))
    done: list[str] = []
    for migration in await _in_order(package):
        pending = migration.name in schema.pending and (wanted is None or migration.name in wanted)
        for new, operations in groupby(migration.operations, lambda each: isinstance(each, CreateModel)):
            if not pending:
                for operation in operations:
                    await operation.run(APP, state, dry_run=True)
            elif new:
                await _create(list(operations), state, editor)
            else:
                for operation in operations:
                    await _run(operation, state, editor)
        if pending:
            await _record(client, migration.name)
            done.append(migration.name)
    if sqlite:
        await _check_references(client)
    return tuple(done)


class _Tables(StateApps):
    """The models as they are while migrations are applied: for making tables, not for asking them.

    A migration asks and writes by SQL, through ``editor.client``. Tortoise would prepare the queries of
    all models anew after each operation, half the time of a first start.
    """

    def _build_initial_querysets(self) -> None:
        pass


class _State(State):
    """The models as they are described; ``together`` is where many of them are made at once."""

    together: set[tuple[str, str]] | None = None

    def _reload(self, models_to_reload: set[tuple[str, str]]) -> None:
        if self.together is None:
            super()._reload(models_to_reload)
        else:
            self.together |= models_to_reload


async def _create(operations: Sequence[Operation], state: _State, editor: BaseSchemaEditor) -> None:
    """Make new tables: their models once for all of them, since each makes those anew that it refers to."""
    state.together = set()
    for operation in operations:
        operation.state_forward(APP, state)
    made, state.together = state.together, None
    state._reload(made)
    for operation in operations:
        await operation.database_forward(APP, state, state, editor)
        failpoint.reach("mid_migration")


# What needs no look at the tables as they were before it. Copying the state of all of them for that look
# was most of the time of a first start.
_ADDS = (AddField, AddIndex, RunPython)


async def _run(operation: Operation, state: State, editor: BaseSchemaEditor) -> None:
    if isinstance(operation, _ADDS):
        operation.state_forward(APP, state)
        await operation.database_forward(APP, state, state, editor)
    else:
        await operation.run(APP, state, dry_run=False, state_editor=editor)
    failpoint.reach("mid_migration")


async def _has_record(client: BaseDBAsyncClient) -> bool:
    if client.capabilities.dialect == "sqlite":
        query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'tortoise_migrations'"
    else:
        query = "SELECT 1 WHERE to_regclass('tortoise_migrations') IS NOT NULL"
    return bool(await client.execute_query_dict(query))


async def _record(client: BaseDBAsyncClient, name: str) -> None:
    sql = "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('models', ?, CURRENT_TIMESTAMP)"
    postgres = client.capabilities.dialect == "postgres"
    await client.execute_query(numbered(sql) if postgres else sql, [name])


async def _check_references(client: BaseDBAsyncClient) -> None:
    # Foreign keys are off during a migration: SQLite rebuilds a table by dropping the old one, and
    # with the keys on that drop would delete or clear every row that refers to it.
    broken = await client.execute_query_dict("PRAGMA foreign_key_check")
    if broken:
        tables = sorted({f"{row['table']} → {row['parent']}" for row in broken})
        raise RuntimeError(f"the migration breaks references: {', '.join(tables)}")


def _names(package: str) -> list[str]:
    folder = importlib.import_module(package)
    return sorted(
        module.name
        for module in pkgutil.iter_modules(folder.__path__)
        if not module.ispkg and module.name[0] not in "_~"
    )


async def _in_order(package: str) -> Sequence[Migration]:
    loader = MigrationLoader({APP: {"migrations": package}}, _Unrecorded(connection=None))
    await loader.build_graph()
    leaves = loader.graph.leaf_nodes(APP)
    if len(leaves) > 1:
        raise SchemaForked([leaf.name for leaf in leaves])
    keys = loader.graph.forwards_plan(leaves[0]) if leaves else []
    return [loader.disk_migrations[key] for key in keys]


class _Unrecorded(MigrationRecorder):
    """For reading the files only: which of them are applied is asked of the database elsewhere."""

    async def applied_migrations(self) -> list[MigrationKey]:
        return []
