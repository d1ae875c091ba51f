"""Databases of earlier versions: what they would hold of what this version has written.

An earlier version's own code is not there any more, but its schema is: its migrations. So today's code
fills a database of today, and the rows go over to one of the earlier schema, with the columns that it has.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import asyncpg

from bot.database import Database

_SQLITE_TABLES = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
_POSTGRES_TABLES = "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
_POSTGRES_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = $1"
_OWN = {"tortoise_migrations"}  # the migrations' list of themselves


async def earlier(url: str, migrations: str, *, source: str) -> None:
    """Bring the empty database at ``url`` as far as the package ``migrations`` goes, with ``source``'s rows.

    ``source`` is the address of a database of today's schema and of the same kind, which nobody has open.
    """
    database = Database(url, migrations=migrations)
    await database.open()
    await database.migrate()
    await database.close()
    if database.dialect == "sqlite":
        _pour_sqlite(url.removeprefix("sqlite://"), source.removeprefix("sqlite://"))
    else:
        await _pour_postgres(url, source)


def _pour_sqlite(path: str, source: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("ATTACH ? AS later", (source,))
        for (table,) in connection.execute(_SQLITE_TABLES).fetchall():
            if table in _OWN:
                continue
            shared = _columns(connection, "main", table) & _columns(connection, "later", table)
            names = ", ".join(f'"{name}"' for name in sorted(shared))
            connection.execute(f'INSERT INTO main."{table}" ({names}) SELECT {names} FROM later."{table}"')


def _columns(connection: sqlite3.Connection, schema: str, table: str) -> set[str]:
    rows = connection.execute("SELECT name FROM pragma_table_info(?, ?)", (table, schema))
    return {name for (name,) in rows}


async def _pour_postgres(url: str, source: str) -> None:
    target, origin = await asyncpg.connect(url), await asyncpg.connect(source)
    try:
        # In any order, whatever refers to what.
        await target.execute("SET session_replication_role = replica")
        for record in await target.fetch(_POSTGRES_TABLES):
            table = record["name"]
            if table in _OWN:
                continue
            rows = [json.loads(row[0]) for row in await origin.fetch(f'SELECT to_jsonb(t) FROM "{table}" t')]
            if not rows:
                continue
            columns = [name for (name,) in await target.fetch(_POSTGRES_COLUMNS, table) if name in rows[0]]
            listed = ", ".join(f'"{name}"' for name in columns)
            await target.execute(
                f'INSERT INTO "{table}" ({listed}) SELECT {listed}'
                f' FROM jsonb_populate_recordset(NULL::"{table}", $1)',
                json.dumps(rows),
            )
            if "id" in columns:
                last = f'SELECT max(id) FROM "{table}"'
                await target.execute(f"SELECT setval(pg_get_serial_sequence($1, 'id'), ({last}))", table)
    finally:
        await target.close()
        await origin.close()
