"""With a hundred thousand people in it, neither database reads a table from end to end to find one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.database import Database
from models.contact import Contact
from models.deal import Deal
from models.member import Member
from models.workspace import Visibility, Workspace
from tests.bot.test_plans import read_whole
from tests.crowd import FIRST, crowd
from tests.driver import Conversation, conversation
from tests.effort import SOAK

CONTACTS = 100_000 if SOAK else 20_000  # the more there are, the less a whole table is worth reading
FILLED = {"contact", "company", "deal", "activity", "token", "deal_contact"}
LINES = (
    "find first77 last77",
    "find last78 first78",
    "find last19999",
    "find lastt19999",
    "find last19999@firm3999.example",
    "find firm3999.example",
    "find lst77 first77",
    "find jd",
    "find 79 48",
    "find c100077",
    "who first500 last19500",
    "call first77 last77 15m left voicemail",
    "call last19999 20m: wants 50 seats",
    "call lastt19999 20m",
    "contact new First77 Last77 last77@firm15.example +33 6 12 34 79 48",
    "company new Firm77",
    "deal new Order77 Lot77 @ Firm77 12k",
    "deal order998 lot19998",
    "move D-100002 > qualified",
    "today",
)
Statement = tuple[str, Sequence[Any]]


@asynccontextmanager
async def told(talk: Conversation, statements: list[Statement]) -> AsyncIterator[None]:
    """Every statement goes into the list, with the values that are not filled in."""
    client = talk.app.database._client
    if talk.app.database.dialect == "sqlite":
        await client._connection.set_trace_callback(lambda sql: statements.append((sql, ())))
        yield
        await client._connection.set_trace_callback(None)
        return
    taken = [await client._pool.acquire() for _ in range(client._pool.get_max_size())]
    for connection in taken:
        connection.add_query_logger(lambda told: statements.append((told.query, told.args)))
        await client._pool.release(connection)
    yield


async def wholly_read(url: str, statements: list[Statement]) -> list[str]:
    """The statements whose plan reads a filled table, or all of a workspace in it, from end to end."""
    if url.startswith("sqlite"):
        return list(read_whole(url.removeprefix("sqlite://"), [sql for sql, _ in statements]))
    found = list[str]()
    database = Database(url)  # whose sessions plan as all of Parley's do
    await database.open()
    try:
        async with database._client.acquire_connection() as connection:
            for sql, values in statements:
                if sql.split()[0] in ("SELECT", "UPDATE", "DELETE"):
                    [row] = await connection.fetch(f"EXPLAIN (FORMAT JSON) {sql}", *values)
                    found += [f"{step}: {sql} {values}" for step in _long(json.loads(row[0])[0]["Plan"])]
    finally:
        await database.close()
    return found


def _long(plan: dict[str, Any]) -> Iterator[str]:
    """Steps that read a filled table whole, or through an index that finds nothing in particular."""
    condition = plan.get("Index Cond", "")
    narrow = "AND" in condition or (condition and "workspace_id" not in condition)
    scans = plan["Node Type"] in ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan")
    if scans and not narrow and (plan.get("Relation Name") in FILLED or "Bitmap" in plan["Node Type"]):
        yield f"{plan['Node Type']} on {plan.get('Relation Name', plan.get('Index Name'))}"
    for step in plan.get("Plans", ()):
        yield from _long(step)


@pytest.mark.parametrize("visibility", [Visibility.EVERYONE, Visibility.OWN])
async def test_nobody_is_found_by_reading_everybody(database_url: str, visibility: Visibility) -> None:
    """Finding, naming, the guard against twins and lists by owner go through indexes, whatever is seen."""
    statements = list[Statement]()
    async with conversation(database_url) as talk:
        await crowd(database_url, CONTACTS)
        workspace = await Workspace.get()
        workspace.visibility = visibility
        await workspace.save(update_fields=["visibility"])
        async with told(talk, statements):
            for line in LINES:
                await talk.says("marc", line)
            marc = await Member.get(email="marc@parley.example").select_related("workspace")
            for model in (Contact, Deal):
                assert len(await model.visible_to(marc).filter(owner_id=marc.id, number__gt=FIRST)) > 0
        assert not await talk.failures()
    assert len(statements) > 10 * len(LINES)
    found = await wholly_read(database_url, statements)
    assert not found, "\n".join(found)
