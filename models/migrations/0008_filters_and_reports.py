"""What filters ask for is found by an index: whole tags, cities, postcodes, and when something happened."""

import json
from typing import Any

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

from models.migrations._by_code_point import keep
from models.migrations._plans import plan_for_many
from models.search import Facet, by_facet, whole

# The columns that became facets, by table.
_COLUMNS: dict[str, dict[Facet, str]] = {
    "contact": {Facet.TAG: "tags", Facet.CITY: "city", Facet.POSTCODE: "postcode"},
    "company": {Facet.TAG: "tags", Facet.CITY: "city", Facet.POSTCODE: "postcode"},
    "deal": {Facet.TAG: "tags"},
}
_AT_ONCE = 1_000


async def fill_facets(apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Give the records that there are the tokens that a write gives a record from now on."""
    for table, columns in _COLUMNS.items():
        last = 0
        while rows := await editor.client.execute_query_dict(
            f"SELECT id, workspace_id, {', '.join(columns.values())} FROM {table}"  # noqa: S608 # our own words
            f" WHERE id > {last} ORDER BY id LIMIT {_AT_ONCE}"
        ):
            for row in rows:
                await _fill(editor, table, columns, row)
            last = rows[-1]["id"]


async def _fill(editor: BaseSchemaEditor, table: str, columns: dict[Facet, str], row: dict[str, Any]) -> None:
    sqlite = editor.client.capabilities.dialect == "sqlite"
    places = "?, ?, ?, ?" if sqlite else "$1, $2, $3, $4"
    into = "INSERT INTO token (workspace_id, kind, token, record_id)"
    for name, column in columns.items():
        for token in sorted({whole(name, value) for value in _values(name, row[column])} - {""}):
            await editor.client.execute_query(
                f"{into} VALUES ({places}) ON CONFLICT DO NOTHING",  # as above
                [row["workspace_id"], by_facet(table, name), token, row["id"]],
            )


def _values(name: Facet, column: Any) -> list[str]:
    """A text alone, or tags: a JSON list, which a database returns as text or as a list."""
    if name is not Facet.TAG:
        return [str(column or "")]
    return [str(tag) for tag in (json.loads(column) if isinstance(column, str) else column or [])]


class Migration(migrations.Migration):
    dependencies = [("models", "0007_found_otherwise")]

    operations = [
        ops.AddIndex(model_name="Activity", index=Index(fields=["workspace_id", "at"])),
        ops.AddIndex(model_name="Reminder", index=Index(fields=["workspace_id", "state", "deal_id"])),
        ops.AddIndex(model_name="StageChange", index=Index(fields=["at"])),
        ops.AddIndex(model_name="Change", index=Index(fields=["workspace_id", "kind", "at"])),
        ops.RunPython(fill_facets, keep),
        ops.RunPython(plan_for_many, keep),
    ]
