"""Filling tables by the bare drivers: a million rows through the chat would take an hour."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from datetime import UTC, datetime
from enum import Enum
from itertools import islice
from typing import Any, Protocol

import asyncpg
from tortoise.fields import Field
from tortoise.models import Model

BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
_BATCH = 50_000  # rows copied at once

Row = Mapping[str, object]


class Filling(Protocol):
    """Writes rows given by the columns that matter; the others have their model's defaults."""

    async def write(self, model: type[Model], rows: Iterable[Row]) -> None:
        """Insert them, in their order."""

    async def ids(self, sql: str) -> list[int]:
        """The first column of a query."""


@asynccontextmanager
async def filling(url: str, *, bulk: bool = False) -> AsyncIterator[Filling]:
    """One that is done on leaving; ``bulk``: of so many rows that indexes and statistics come last."""
    if url.startswith("sqlite://"):
        connection = sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)
        try:
            connection.execute("PRAGMA cache_size = -262144")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN")
            with _without_indexes(connection) if bulk else nullcontext():
                yield Sqlite(connection)
            connection.execute("COMMIT")
        finally:
            connection.close()
    else:
        opened = await asyncpg.connect(url)
        try:
            yield Postgres(opened)
            if bulk:
                await opened.execute("VACUUM ANALYZE")
        finally:
            await opened.close()


@contextmanager
def _without_indexes(connection: sqlite3.Connection) -> Iterator[None]:
    """Indexes are made in the end, which is quicker, with the same figures for the planner as before."""
    known = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    figures = connection.execute("SELECT * FROM sqlite_stat1").fetchall()
    for name, _ in known:
        connection.execute(f"DROP INDEX {_quoted(name)}")
    yield
    for _, sql in known:
        connection.execute(sql)
    connection.execute("DELETE FROM sqlite_stat1")
    connection.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", figures)


class Sqlite:
    """Into a file, in one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def write(self, model: type[Model], rows: Iterable[Row]) -> None:
        columns, defaults = _columns(model)
        marks = ", ".join("?" * len(columns))
        statement = (
            f'INSERT INTO "{model._meta.db_table}" ({", ".join(map(_quoted, columns))}) VALUES ({marks})'
        )
        self._connection.executemany(statement, _filled(rows, columns, defaults, _SQLITE))

    async def ids(self, sql: str) -> list[int]:
        return [row[0] for row in self._connection.execute(sql)]


class Postgres:
    """Into a database, by COPY."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def write(self, model: type[Model], rows: Iterable[Row]) -> None:
        columns, defaults = _columns(model)
        filled = _filled(rows, columns, defaults, _POSTGRES)
        while batch := list(islice(filled, _BATCH)):
            await self._connection.copy_records_to_table(
                model._meta.db_table, records=batch, columns=columns, timeout=None
            )

    async def ids(self, sql: str) -> list[int]:
        return [row[0] for row in await self._connection.fetch(sql)]


def _columns(model: type[Model]) -> tuple[list[str], list[object]]:
    """The columns but the id, and their defaults."""
    known: dict[str, object] = {"workspace_id": 1, "created_at": BEGAN, "updated_at": BEGAN}
    fields = {
        column: model._meta.fields_map[name] for name, column in model._meta.fields_db_projection.items()
    }
    fields.pop("id")
    return list(fields), [known.get(column, _default(field)) for column, field in fields.items()]


def _default(field: Field[Any]) -> object:
    return field.default() if callable(field.default) else field.default


# What a driver does not take as it is.
_POSTGRES: Mapping[type, Callable[[Any], object]] = {list: json.dumps, dict: json.dumps}
_SQLITE = {**_POSTGRES, datetime: lambda moment: moment.isoformat(" ")}


def _filled(
    rows: Iterable[Row],
    columns: Sequence[str],
    defaults: Sequence[object],
    adapted: Mapping[type, Callable[[Any], object]],
) -> Iterator[list[object]]:
    places = {column: place for place, column in enumerate(columns)}

    def adapt(value: object) -> object:
        if isinstance(value, Enum):
            return value.value
        return adapted[type(value)](value) if type(value) in adapted else value

    start = [adapt(value) for value in defaults]
    for row in rows:
        values = start.copy()
        for column, value in row.items():
            change = adapted.get(type(value))
            values[places[column]] = change(value) if change else value
        yield values


def _quoted(name: str) -> str:
    return f'"{name}"'
