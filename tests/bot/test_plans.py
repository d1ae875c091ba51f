"""What a line makes SQLite do: it finds rows by their indexes, and reads no table whole."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing

from tests.driver import Conversation, conversation

# One row for each person, deal, message or change: these grow for ever.
LARGE = (
    "activity change company contact deal deal_contact inbox lead notification outbox reminder saved_command"
    " token"
)
LINES = (
    "call omar 15m left voicemail; follow up fri 10am",
    "call jane roy 20m",
    "note omar wants 50 seats",
    "find roy",
    "who omar",
    "deal initech",
    "move initech qualified",
    "remind call omar tomorrow 10am",
    "today",
    "done R-1",
    "history C-47",
    "undo",
    "contact new Ada Quist @ Globex ada@globex.example",
    "deal new Globex Renewal 12k",
)
_WHOLE = re.compile(
    rf"SCAN (?:{'|'.join(LARGE.split())})\b|SEARCH (?:{'|'.join(LARGE.split())}) .*\(workspace_id=\?\)$"
)


@asynccontextmanager
async def told(speaking: Conversation, statements: list[str]) -> AsyncIterator[None]:
    """Every statement goes into the list, values filled in."""
    connection = speaking.app.database._client._connection
    await connection.set_trace_callback(statements.append)
    yield
    await connection.set_trace_callback(None)


def read_whole(path: str, statements: list[str]) -> Iterator[str]:
    """The statements, each with the step of its plan that reads a large table from end to end."""
    with closing(sqlite3.connect(path)) as planner:
        for statement in dict.fromkeys(statements):
            if statement.split()[0] in ("SELECT", "UPDATE", "DELETE"):
                steps = [step for *_, step in planner.execute(f"EXPLAIN QUERY PLAN {statement}")]
                yield from (f"{step}: {statement}" for step in steps if _WHOLE.match(step))


async def test_no_line_reads_a_large_table_whole(sqlite_url: str) -> None:
    """Whatever is said, the plans are those of a database that holds a million of each."""
    statements = list[str]()
    async with conversation(sqlite_url) as speaking:
        async with told(speaking, statements):
            for line in LINES:
                await speaking.says("marc", line)
        assert not await speaking.failures()
    assert len(statements) > 10 * len(LINES)
    assert not list(read_whole(sqlite_url.removeprefix("sqlite://"), statements))
