"""The inbox: deliveries are committed here before anything is acknowledged to a platform."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from bot import failpoint
from bot.database import Database
from bot.platform import Arrival


async def store(database: Database, platform: str, arrivals: Sequence[Arrival], now: datetime) -> list[str]:
    """Commit deliveries; one that is there already is passed over. Returns the chats with news."""
    async with database.transaction():
        fresh = [arrival.address for arrival in arrivals if await _insert(database, platform, arrival, now)]
        for address in sorted(set(fresh)):
            await database.execute(
                "INSERT INTO lane (platform, address, button) VALUES (?, ?, 0) ON CONFLICT DO NOTHING",
                platform,
                address,
            )
    failpoint.reach("after_inbox")
    return fresh


async def _insert(database: Database, platform: str, arrival: Arrival, now: datetime) -> bool:
    # ASCII only: a lone surrogate or a NUL stays an escape, which both databases can hold.
    payload = json.dumps(arrival.raw, ensure_ascii=True)
    inserted = await database.execute(
        "INSERT INTO inbox (platform, key, address, payload, received_at, state, attempts, command, outcome)"
        " VALUES (?, ?, ?, ?, ?, 'waiting', 0, '', '') ON CONFLICT DO NOTHING",
        platform,
        arrival.key,
        arrival.address,
        payload,
        now,
    )
    return inserted > 0
