"""A hundred thousand people beside the demo's, made by the database itself in a few seconds."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime

import asyncpg
from tortoise.models import Model

from models.activity import Activity
from models.company import Company
from models.contact import Contact
from models.deal import Deal, DealContact
from models.search import Token, by_company, fragments

# Numbers and ids of the crowd begin behind those of everybody else.
FIRST = 100_000
PER_COMPANY = 5
OWNERS = 3
_WRITTEN = datetime(2024, 1, 1, tzinfo=UTC).isoformat(" ")

# By table: expressions for the columns that matter, of ``i`` from 1 on.
_COMPANY = f"({FIRST} + i / {PER_COMPANY})"
_RECORDS: tuple[tuple[type[Model], Mapping[str, str]], ...] = (
    (Contact, {"name": "'First' || (i % 1000) || ' Last' || i", "company_id": _COMPANY, "owner_id": "?"}),
    (
        Deal,
        {
            "name": "'Order' || (i % 1000) || ' Lot' || i",
            "company_id": _COMPANY,
            "owner_id": "?",
            "stage_id": "1 + i % 6",
        },
    ),
    (Activity, {"kind": "'call'", "at": f"'{_WRITTEN}'", "contact_id": f"{FIRST} + i", "owner_id": "?"}),
)
_TOKENS = (
    (Contact.KIND, "'first' || (i % 1000)"),
    (Contact.KIND, "'last' || i"),
    (Contact.KIND, "'last' || i || '@firm' || (i / 5) || '.example'"),
    (fragments(Contact.KIND), "'fl'"),
    (by_company(Contact.KIND), "'firm' || (i / 5)"),
    (Deal.KIND, "'order' || (i % 1000)"),
    (Deal.KIND, "'lot' || i"),
    (by_company(Deal.KIND), "'firm' || (i / 5)"),
)


async def crowd(url: str, contacts: int) -> None:
    """Put them into a database that holds the demo; with companies, deals and calls of three owners."""
    statements = list(_statements(contacts, postgres=not url.startswith("sqlite")))
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)) as connection:
            connection.execute("PRAGMA cache_size = -131072")
            connection.execute("BEGIN")
            for statement in statements:
                connection.execute(statement)
            connection.execute("COMMIT")
        return
    opened = await asyncpg.connect(url)
    try:
        await opened.execute("SET session_replication_role = replica")  # no references are looked up
        for statement in statements:
            await opened.execute(statement)
        await opened.execute("ANALYZE")
    finally:
        await opened.close()


def _statements(contacts: int, *, postgres: bool) -> list[str]:
    owner = f"1 + i % {OWNERS}"
    company = {"name": "'Firm' || i", "owner_id": "?"}
    made = [_records(Company, company, contacts // PER_COMPANY + 1, start=0, postgres=postgres)]
    made += [_records(model, columns, contacts, start=1, postgres=postgres) for model, columns in _RECORDS]
    number = _numbers(contacts, start=1, postgres=postgres)
    made.append(
        f'{number} INSERT INTO "{DealContact._meta.db_table}" (deal_id, contact_id)'
        f" SELECT {FIRST} + i, {FIRST} + i FROM n"
    )
    made += [
        f'{number} INSERT INTO "{Token._meta.db_table}" (workspace_id, kind, token, record_id)'
        f" SELECT 1, '{kind}', {word}, {FIRST} + i FROM n"
        for kind, word in _TOKENS
    ]
    if not postgres:
        # SQLite takes no CTE before INSERT … SELECT of another; it does take it inside.
        made = [_inside(statement) for statement in made]
    return [statement.replace("?", owner) for statement in made]


def _inside(statement: str) -> str:
    numbers, _, rest = statement.partition(" INSERT ")
    target, _, select = rest.partition(" SELECT ")
    return f"INSERT {target} {numbers} SELECT {select}"


def _numbers(count: int, *, start: int, postgres: bool) -> str:
    if postgres:
        return f"WITH n(i) AS (SELECT generate_series({start}, {count}))"
    return f"WITH RECURSIVE n(i) AS (SELECT {start} UNION ALL SELECT i + 1 FROM n WHERE i < {count})"


def _records(
    model: type[Model], columns: Mapping[str, str], count: int, *, start: int, postgres: bool
) -> str:
    known = {
        "id": f"{FIRST} + i",
        "workspace_id": "1",
        "number": f"{FIRST} + i",
        "created_at": f"'{_WRITTEN}'",
        "updated_at": f"'{_WRITTEN}'",
        **columns,
    }
    chosen = {
        column: known.get(column) or _default(model, name)
        for name, column in model._meta.fields_db_projection.items()
    }
    numbers = _numbers(count, start=start, postgres=postgres)
    names = ", ".join(f'"{column}"' for column in chosen)
    return (
        f'{numbers} INSERT INTO "{model._meta.db_table}" ({names}) SELECT {", ".join(chosen.values())} FROM n'
    )


def _default(model: type[Model], name: str) -> str:
    value = model._meta.fields_map[name].default
    value = value() if callable(value) else value
    if value is None:
        return "NULL"
    if isinstance(value, list | dict):
        return f"'{json.dumps(value)}'"
    return str(value) if isinstance(value, int) else f"'{value}'"
