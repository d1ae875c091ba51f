"""One order of words on both databases."""

from __future__ import annotations

from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

_COLUMNS = """
    SELECT quote_ident(table_name) AS "table", quote_ident(column_name) AS name,
      CASE WHEN data_type = 'text' THEN 'text' ELSE 'varchar(' || character_maximum_length || ')' END AS type
    FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = ANY($1)
      AND data_type IN ('text', 'character varying') AND collation_name IS DISTINCT FROM 'C'
    ORDER BY ordinal_position
"""


async def compare_by_code_point(apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Let PostgreSQL compare all our text by code point, as SQLite does.

    Its own order depends on the language that the server was set up with: ``a < B`` here and
    ``B < a`` there, and a range of prefixes finds other words. To be run by each migration that adds
    a column of text.
    """
    if editor.client.capabilities.dialect != "postgres":
        return
    tables = [model._meta.db_table for model in apps.apps["models"].values()]
    changes: dict[str, list[str]] = {}
    for column in await editor.client.execute_query_dict(_COLUMNS, [tables]):
        change = f'ALTER COLUMN {column["name"]} TYPE {column["type"]} COLLATE "C"'
        changes.setdefault(column["table"], []).append(change)
    for table, altered in changes.items():
        await editor.client.execute_script(f"ALTER TABLE {table} {', '.join(altered)}")


async def keep(apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Going back leaves the order as it is: nothing relies on another."""
