"""What SQLite's planner is told of the tables: that they are large, whatever they hold today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

ROWS = 1_000_000
# Columns in which all rows, or a great part of them, hold the same value.
COARSE = frozenset({"workspace_id", "kind", "platform", "state", "priority", "team"})
# Columns with a thousand rows for each value: colleagues, their chats, stages.
MEDIUM = frozenset({"owner_id", "member_id", "stage_id", "address"})
PER_COLLEAGUE = 1_000
PER_VALUE = 10

_INDEXES = """
    SELECT t.name AS "table", i.name AS name, i."unique" AS "unique", c.name AS "column"
    FROM sqlite_schema AS t, pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, i.name, c.seqno
"""


async def plan_for_many(apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Let SQLite plan every query as for a million rows.

    Without figures it believes that an index on ``workspace_id`` finds ten rows, and reads the whole
    workspace for each query that names it. Figures of today (ANALYZE) would be those of an empty
    database; with these the plans are always the same, and can be tested. PostgreSQL counts by itself.
    To be run by each migration that adds an index.

    Source: https://sqlite.org/optoverview.html#manual_control_of_query_plans_using_sqlite_stat_tables
    """
    client = editor.client
    if client.capabilities.dialect != "sqlite":
        return
    await client.execute_query("ANALYZE tortoise_migrations")  # makes the table for the figures
    await client.execute_query("DELETE FROM sqlite_stat1")
    for (table, index), (columns, unique) in _by_index(await client.execute_query_dict(_INDEXES)):
        figures = " ".join(map(str, [ROWS, *_figures(columns, unique=unique)]))
        await client.execute_query("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", [table, index, figures])
    await client.execute_query("ANALYZE sqlite_schema")  # reads them


def _by_index(
    rows: Sequence[dict[str, object]],
) -> Iterator[tuple[tuple[str, str], tuple[list[str], bool]]]:
    found: dict[tuple[str, str], tuple[list[str], bool]] = {}
    for row in rows:
        key = str(row["table"]), str(row["name"])
        found.setdefault(key, ([], bool(row["unique"])))[0].append(str(row["column"]))
    yield from found.items()


def _figures(columns: Sequence[str], *, unique: bool) -> Iterator[int]:
    """How many rows one value of the first column has, of the first two, and so on."""
    rows = ROWS
    for place, column in enumerate(columns, start=1):
        if column in MEDIUM:
            rows = min(rows, PER_COLLEAGUE)
        elif column not in COARSE:
            rows = min(rows, PER_VALUE)
        yield 1 if unique and place == len(columns) else rows
