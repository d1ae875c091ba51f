"""The migrations make the tables that the models describe, and the same on both databases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, cast

from tortoise import Tortoise
from tortoise.fields.relational import BackwardFKRelation, ManyToManyFieldInstance
from tortoise.models import Model

from bot.database import Database
from models.fields import UTCDatetimeField, data_class_of
from tests.drafting import draft, tidy
from tests.samples import MODELS, ONE


class Index(NamedTuple):
    table: str
    columns: tuple[str, ...]
    unique: bool


class Reference(NamedTuple):
    table: str
    column: str
    to: str
    on_delete: str


POSTGRES_INDEXES = """
    SELECT t.relname::text AS "table", i.indisunique AS "unique", i.indisprimary AS "primary",
      ARRAY(SELECT attname::text FROM unnest(i.indkey) WITH ORDINALITY AS k(number, place)
            JOIN pg_attribute ON attrelid = t.oid AND attnum = number ORDER BY place) AS columns
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
    WHERE t.relnamespace = current_schema()::regnamespace
"""
POSTGRES_REFERENCES = """
    SELECT conrelid::regclass::text AS "table", attname::text AS "column", confrelid::regclass::text AS "to",
      CASE confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'r' THEN 'RESTRICT'
        ELSE 'NO ACTION' END AS on_delete
    FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] WHERE contype = 'f'
"""


def _models() -> list[type[Model]]:
    apps = Tortoise.apps
    assert apps is not None
    return list(apps["models"].values())


def _column(model: type[Model], name: str) -> str:
    return model._meta.fields_map[name].source_field or name


def _expected_indexes() -> set[Index]:
    found = set()
    for model in _models():
        table = model._meta.db_table
        for name, field in model._meta.fields_map.items():
            if field.unique and not field.pk and name in model._meta.fields_db_projection:
                found.add(Index(table, (_column(model, name),), True))
        for names in model._meta.unique_together:
            found.add(Index(table, tuple(_column(model, name) for name in names), True))
        for index in cast(Iterable[tuple[str, ...]], model._meta.indexes):
            found.add(Index(table, tuple(_column(model, name) for name in index), False))
    return found


def _expected_references() -> set[Reference]:
    return {
        Reference(
            model._meta.db_table,
            _column(model, name),
            field.related_model._meta.db_table,  # type: ignore[attr-defined]
            str(field.on_delete),  # type: ignore[attr-defined]
        )
        for model in _models()
        for name, field in model._meta.fields_map.items()
        if name in model._meta.fk_fields | model._meta.o2o_fields
    }


async def _indexes(database: Database) -> set[Index]:
    if database.dialect == "postgres":
        rows = await database.fetch(POSTGRES_INDEXES)
        found = {
            Index(row["table"], tuple(row["columns"]), row["unique"]) for row in rows if not row["primary"]
        }
    else:
        rows = await database.fetch(
            "SELECT m.name AS 'table', l.'unique', l.origin, x.name AS 'column', l.name AS 'index'"
            " FROM sqlite_schema m, pragma_index_list(m.name) l, pragma_index_info(l.name) x"
            " WHERE m.type = 'table' ORDER BY l.name, x.seqno"
        )
        columns: dict[tuple[str, str, bool], list[str]] = {}
        for row in rows:
            if row["origin"] != "pk":
                columns.setdefault((row["table"], row["index"], bool(row["unique"])), []).append(
                    row["column"]
                )
        found = {Index(table, tuple(names), unique) for (table, _, unique), names in columns.items()}
    return {index for index in found if index.table != "tortoise_migrations"}


async def _references(database: Database) -> set[Reference]:
    if database.dialect == "postgres":
        return {Reference(**row) for row in await database.fetch(POSTGRES_REFERENCES)}
    rows = await database.fetch(
        "SELECT m.name AS 'table', f.'from' AS 'column', f.'table' AS 'to', f.on_delete"
        " FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'"
    )
    return {Reference(**row) for row in rows}


async def _columns(database: Database) -> dict[str, dict[str, bool]]:
    """Whether each column of each table may be empty."""
    if database.dialect == "postgres":
        rows = await database.fetch(
            "SELECT table_name::text AS \"table\", column_name::text AS name, is_nullable = 'NO' AS required"
            " FROM information_schema.columns WHERE table_schema = current_schema()"
        )
    else:
        rows = await database.fetch(
            "SELECT m.name AS 'table', c.name, c.'notnull' AS required"
            " FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'"
            " AND m.name NOT LIKE 'sqlite_%'"
        )
    found: dict[str, dict[str, bool]] = {}
    for row in rows:
        found.setdefault(row["table"], {})[row["name"]] = bool(row["required"])
    del found["tortoise_migrations"]
    return found


async def test_the_models_ask_for_no_further_migration() -> None:
    """Whoever changes a model adds the migration; a reworded docstring needs none."""
    assert [tidy(migration.as_string()) for migration in await draft()] == []


async def test_a_forgotten_migration_is_found() -> None:
    """A longer field and a dropped index without a migration are drafted, and nothing else."""
    [missing] = await draft(MODELS, ONE)
    text = tidy(missing.as_string())
    assert "ops.AlterField" in text
    assert "field=fields.CharField(unique=True, max_length=20)" in text
    assert "ops.RemoveIndex" in text
    assert "Note" not in text


async def test_every_table_has_its_columns(database: Database) -> None:
    """Each model's table has a column for each of its fields and no other, empty only where it may be."""
    expected = {
        model._meta.db_table: {
            column: not model._meta.fields_map[name].null
            for name, column in model._meta.fields_db_projection.items()
        }
        for model in _models()
    }
    assert await _columns(database) == expected


async def test_every_rule_and_index_of_the_models_exists(database: Database) -> None:
    """Unique keys, indexes and references stand on the columns that the models name, on both databases."""
    assert await _indexes(database) == _expected_indexes()
    assert await _references(database) == _expected_references()


async def test_every_instant_has_its_zone(database: Database) -> None:
    """Every column of an instant is one of ours, which stores UTC, and carries a zone on PostgreSQL."""
    for model in _models():
        for name, field in model._meta.fields_map.items():
            assert "Datetime" not in type(field).__name__ or isinstance(field, UTCDatetimeField), (
                model,
                name,
            )
    if database.dialect == "postgres":
        naive = await database.fetch(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = current_schema()"
            " AND data_type = 'timestamp without time zone'"
        )
        assert naive == []


async def test_text_has_the_same_order_on_both(database: Database) -> None:
    """Words are compared by code point, whatever language the server was set up with."""
    words = ["a", "B", "b", "é", "Z", "_", "ab", "a b", "a-b", "ß", "🙂", "\U0010ffff", "z"]
    for number, word in enumerate(words):
        await database.execute(
            "INSERT INTO lane (platform, address, button) VALUES ('x', ?, ?)", word, number
        )
    ordered = [row["address"] for row in await database.fetch("SELECT address FROM lane ORDER BY address")]
    assert ordered == sorted(words)
    after = await database.fetch("SELECT address FROM lane WHERE address > 'Z' AND address < 'b'")
    assert {row["address"] for row in after} == {word for word in words if "Z" < word < "b"}
    if database.dialect == "postgres":
        await _check_collations(database)


async def _check_collations(database: Database) -> None:
    rows = await database.fetch(
        "SELECT table_name::text, column_name::text FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND data_type IN ('text', 'character varying')"
        " AND collation_name IS DISTINCT FROM 'C' AND table_name <> 'tortoise_migrations'"
    )
    assert rows == []


async def test_every_field_has_a_data_class(database: Database) -> None:
    """A field without one could be shown to anybody: none is added unclassified."""
    unclassified = []
    for model in _models():
        for name, field in model._meta.fields_map.items():
            if isinstance(field, BackwardFKRelation) or getattr(field, "_generated", False):
                continue
            try:
                data_class_of(model, name)
            except LookupError as error:
                unclassified.append(str(error))
    assert unclassified == []


async def test_no_table_hides_behind_a_field(database: Database) -> None:
    """Links between records are models of their own, so that they are classified, counted and erased."""
    hidden = [
        (model, name)
        for model in _models()
        for name, field in model._meta.fields_map.items()
        if isinstance(field, ManyToManyFieldInstance)
    ]
    assert hidden == []
