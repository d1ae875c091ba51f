"""Everything is found by what it is found by now: initials, ends of numbers, domains, joined names."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

from models.migrations._by_code_point import keep
from models.search import by_company, fragments, tokens

_BATCH = 1_000
# By kind: the columns of its words, its name, its numbers, and that of its company's name.
_FOUND_BY: dict[str, tuple[Sequence[str], str, str, str]] = {
    "contact": (("name", "emails", "phones", "tags", "city", "postcode"), "name", "phones", "company_id"),
    "company": (("name", "website", "city", "postcode", "tags"), "name", "", ""),
    "deal": (("name", "tags"), "", "", "company_id"),
    "lead": (("person", "company", "emails", "phones"), "person", "phones", ""),
}
_LISTS = frozenset({"emails", "phones", "tags"})
_KNOWN = "SELECT * FROM token WHERE kind IN ($1, $2, $3) AND record_id > $4 AND record_id <= $5"
_INSERT = "INSERT INTO token (workspace_id, kind, token, record_id) VALUES ($1, $2, $3, $4)"


async def index_anew(apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Bring the tokens of every record up to date, some thousand records at a time."""
    for kind in _FOUND_BY:
        last = 0
        while rows := await editor.client.execute_query_dict(_select(kind, last)):
            wanted = {token for row in rows for token in _tokens(kind, row)}
            await _bring_up_to_date(editor, kind, (last, rows[-1]["id"]), wanted)
            last = rows[-1]["id"]


async def _bring_up_to_date(
    editor: BaseSchemaEditor, kind: str, between: tuple[int, int], wanted: set[tuple[int, str, str, int]]
) -> None:
    client = editor.client
    mark = "$" if client.capabilities.dialect == "postgres" else "?"
    kinds = [kind, by_company(kind), fragments(kind)]
    select = _KNOWN.replace("$", mark)
    known = {
        (row["workspace_id"], row["kind"], row["token"], row["record_id"]): row["id"]
        for row in await client.execute_query_dict(select, [*kinds, *between])
    }
    if gone := [[row_id] for token, row_id in known.items() if token not in wanted]:
        await client.execute_many(f"DELETE FROM token WHERE id = {mark}1", gone)  # noqa: S608 # a mark
    if missing := sorted(wanted - known.keys()):
        await client.execute_many(_INSERT.replace("$", mark), [list(token) for token in missing])


def _select(kind: str, last: int) -> str:
    company = f"r.{_FOUND_BY[kind][3]}" if _FOUND_BY[kind][3] else "NULL"
    return (
        f"SELECT r.*, (SELECT name FROM company WHERE id = {company}) AS company_name"  # noqa: S608 # our words
        f" FROM {kind} AS r WHERE id > {last} ORDER BY id LIMIT {_BATCH}"
    )


def _tokens(kind: str, row: dict[str, Any]) -> Iterator[tuple[int, str, str, int]]:
    columns, name, phones, _ = _FOUND_BY[kind]
    found = tokens(
        kind,
        text=" ".join(_text(row, column) for column in columns),
        name=row[name] if name else "",
        phones=_text(row, phones).split() if phones else (),
        company=row["company_name"] or "",
    )
    for each, token in sorted(found):
        yield row["workspace_id"], each, token, row["id"]


def _text(row: dict[str, Any], column: str) -> str:
    value = row[column]
    if column in _LISTS:
        value = " ".join(json.loads(value) if isinstance(value, str) else value)
    return str(value)


class Migration(migrations.Migration):
    dependencies = [("models", "0006_date_order")]

    operations = [ops.RunPython(index_anew, keep)]
