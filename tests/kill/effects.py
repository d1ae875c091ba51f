"""All that stands in a database, in a form in which two runs of one conversation are equal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tortoise import Tortoise
from tortoise.models import Model

from bot.database import Database
from models.change import Change
from models.deal import StageChange
from models.messaging.inbox import Incoming
from models.messaging.lease import Lease
from models.messaging.read_mark import ReadMark
from models.record import Record
from tests.records import RECORDS

# Every row of every table, as JSON with sorted names.
Effects = dict[str, list[str]]
Names = Mapping[tuple[str, int], str]  # human ids by kind and row

# When this process or that one did something, how often it tried, what is drawn by lot, and texts that
# carry any of it.
_OF_THE_RUN = frozenset(
    {
        *("id", "token", "outgoing_id", "payload", "body", "message_ref"),
        *("created_at", "updated_at", "completed_at", "undone_at", "used_at", "expires_at", "received_at"),
        *("done_at", "sent_at", "settled_at", "last_seen_at", "not_before", "took_ms"),
        *("attempts", "uncertain", "lease_holder", "lease_until"),
    }
)
_MACHINERY = {Lease, ReadMark}
# Columns of one table alone: when the row was written, what the service drew by lot.
_OF_THE_RUN_IN = {Change: {"at"}, StageChange: {"at"}, Incoming: {"key", "ref"}}
_PRESENT_OR_NOT = frozenset({"deleted_at", "undo_of"})
# Texts that name rows by their ids.
_KEYS = frozenset({"dedupe_key", "key", "said", "subject"})
_NUMBER = re.compile(r"\d+")


async def effects(url: str) -> Effects:
    """What stands in the database at that address, but for what is the processes' own business.

    That is leases, how far was read back, and deliveries that said nothing to us.
    """
    database = Database(url)
    await database.open()
    try:
        assert Tortoise.apps is not None
        names = {(kind, row.id): row.reference for kind in RECORDS for row in await RECORDS[kind].all()}
        models = [model for model in Tortoise.apps["models"].values() if model not in _MACHINERY]
        return {model._meta.db_table: await _told(model, names) for model in models}
    finally:
        await database.close()


def added(before: Effects, after: Effects, table: str) -> list[dict[str, Any]]:
    """The rows that are there now and were not so before."""
    return [json.loads(row) for row in after[table] if row not in before[table]]


async def _told(model: type[Model], names: Names) -> list[str]:
    rows = await model.all().order_by(model._meta.pk_attr).values()
    if model is Incoming:
        rows = [row for row in rows if row["outcome"] != "ignored"]
    references = dict(_references(model))
    told = (dict(_columns(row, references | _pointer(row), names)) for row in rows)
    dropped = _OF_THE_RUN_IN.get(model, set())
    kept = ({name: value for name, value in row.items() if name not in dropped} for row in told)
    return sorted(json.dumps(row, sort_keys=True) for row in kept)


def _references(model: type[Model]) -> Iterator[tuple[str, str]]:
    """Columns that hold a record's id, with its kind."""
    for name in model._meta.fk_fields:
        related = getattr(model._meta.fields_map[name], "related_model", None)
        if isinstance(related, type) and issubclass(related, Record):
            yield f"{name}_id", related.KIND


def _pointer(row: Mapping[str, Any]) -> dict[str, str]:
    # A record's words are kept under its kind, those of its company under another: deal@company.
    return {"record_id": str(row["kind"]).partition("@")[0]} if "record_id" in row else {}


def _columns(
    row: Mapping[str, Any], references: Mapping[str, str], names: Names
) -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        if name in references:
            # Not the row's id: PostgreSQL does not give a number again that was rolled back.
            yield name, names.get((references[name], value), value)
        elif name in _PRESENT_OR_NOT:
            yield name, value is not None
        elif name in _KEYS:
            yield name, _NUMBER.sub("…", str(value))
        elif name not in _OF_THE_RUN:
            yield name, _plain(value)


def _plain(value: object) -> object:
    match value:
        case dict():
            return dict(_columns(value, {}, {}))
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case datetime():
            return value.astimezone(UTC).isoformat()
        case None | bool() | int() | float() | str():
            return value
    return str(value)
