"""The inbox: deliveries are committed here before anything is acknowledged to a platform."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot import failpoint
from bot.database import Database, holdable
from bot.platform import Arrival

_LANE = "INSERT INTO lane (platform, address, button) VALUES (?, ?, 0) ON CONFLICT DO NOTHING"
_ROW = (
    "INSERT INTO inbox (platform, key, address, payload, received_at, state, attempts, command, outcome)"
    " VALUES (?, ?, ?, ?, ?, 'waiting', 0, '', '') ON CONFLICT DO NOTHING"
)


async def store(database: Database, platform: str, arrivals: Sequence[Arrival], now: datetime) -> list[str]:
    """Commit deliveries; one that is there already is passed over. Returns the chats with news."""
    if len(arrivals) == 1 and database.dialect == "postgres":
        fresh = await _store_one(database, platform, arrivals[0], now)
    else:
        fresh = await _store_all(database, platform, arrivals, now)
    failpoint.reach("after_inbox")
    return fresh


async def _store_one(database: Database, platform: str, arrival: Arrival, now: datetime) -> list[str]:
    """One round trip: whoever waits to be told that it arrived waits for nothing else."""
    lane = (platform, arrival.address)
    statement = f"WITH chat AS ({_LANE}) {_ROW} RETURNING address"
    rows = await database.fetch(statement, *lane, *_row(platform, arrival, now))
    return [row["address"] for row in rows]


async def _store_all(
    database: Database, platform: str, arrivals: Sequence[Arrival], now: datetime
) -> list[str]:
    async with database.transaction():
        fresh = [
            arrival.address
            for arrival in arrivals
            if await database.execute(_ROW, *_row(platform, arrival, now)) > 0
        ]
        for address in sorted(set(fresh)):
            await database.execute(_LANE, platform, address)
    return fresh


def _row(platform: str, arrival: Arrival, now: datetime) -> tuple[object, ...]:
    # ASCII only: a lone surrogate or a NUL stays an escape, which both databases can hold.
    payload = json.dumps(arrival.raw, ensure_ascii=True)
    return (platform, arrival.key, arrival.address, payload, now)


def delivery(payload: str) -> dict[str, Any]:
    """What was stored, with U+FFFD for what no database column holds: NUL, and half a surrogate pair."""
    raw: dict[str, Any] = json.loads(payload)
    # Half of one is an escape here, and so is each half of a whole one.
    return _holdable(raw) if r"\u0000" in payload or r"\ud" in payload else raw


def _holdable(value: Any) -> Any:
    match value:
        case str():
            return holdable(value)
        case list():
            return [_holdable(each) for each in value]
        case dict():
            return {_holdable(name): _holdable(each) for name, each in value.items()}
    return value
