"""What a platform delivers is committed before it is acknowledged, once."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from bot import inbox
from bot.database import Database
from bot.platform import Arrival
from models.messaging.inbox import InboxState, Incoming
from models.messaging.lane import Lane
from tests.bot.machine import NOW


def arrival(key: str, address: str = "lea", **raw: Any) -> Arrival:
    """One delivery."""
    return Arrival(key, address, raw or {"text": key})


async def test_a_delivery_waits_whole(database: Database) -> None:
    """Its payload, its chat and when it came; it has been tried by nobody."""
    await inbox.store(database, "telegram", [arrival("1", text="call Jane")], NOW)
    row = await Incoming.get()
    assert (row.platform, row.key, row.address) == ("telegram", "1", "lea")
    assert (json.loads(row.payload), row.received_at) == ({"text": "call Jane"}, NOW)
    assert (row.state, row.attempts, row.done_at) == (InboxState.WAITING, 0, None)


async def test_the_order_of_a_batch_is_kept(database: Database) -> None:
    """Rows are answered in the order of their ids."""
    await inbox.store(database, "telegram", [arrival(str(n)) for n in (3, 1, 2)], NOW)
    assert [row.key for row in await Incoming.all().order_by("id")] == ["3", "1", "2"]


async def test_a_key_that_is_there_is_passed_over(database: Database) -> None:
    """Only chats with news are named, and the first payload stays."""
    await inbox.store(database, "telegram", [arrival("1", "lea", text="first")], NOW)
    again = [arrival("1", "lea", text="second"), arrival("2", "marc")]
    assert await inbox.store(database, "telegram", again, NOW + timedelta(minutes=1)) == ["marc"]
    row = await Incoming.get(key="1")
    assert (json.loads(row.payload), row.received_at) == ({"text": "first"}, NOW)


async def test_one_batch_may_hold_a_key_twice(database: Database) -> None:
    """Platforms do deliver the same thing twice at once."""
    assert await inbox.store(database, "telegram", [arrival("1"), arrival("1")], NOW) == ["lea"]
    assert await Incoming.all().count() == 1


async def test_platforms_number_their_deliveries_by_themselves(database: Database) -> None:
    """The same key on two platforms is two deliveries."""
    for platform in ("telegram", "slack"):
        await inbox.store(database, platform, [arrival("1")], NOW)
    assert await Incoming.all().count() == 2


async def test_each_chat_has_one_lane(database: Database) -> None:
    """From its first delivery on."""
    for key in ("1", "2"):
        await inbox.store(database, "telegram", [arrival(key), arrival(f"{key} too", "marc")], NOW)
    lanes = await Lane.all().order_by("address")
    assert [(lane.platform, lane.address) for lane in lanes] == [("telegram", "lea"), ("telegram", "marc")]


@pytest.mark.parametrize(
    "text",
    ["\x00", "\ud800 alone", "\U0001f469\u200d\U0001f4bb", "é" * 5000, "\u202eright to left", "\ufffe"],
    ids=["NUL", "surrogate", "emoji", "long", "rtl", "noncharacter"],
)
async def test_whatever_was_typed_is_kept_as_it_was(database: Database, text: str) -> None:
    """Both databases hold every text, those that they have no letters for too."""
    await inbox.store(database, "telegram", [arrival("1", text=text)], NOW)
    assert json.loads((await Incoming.get()).payload) == {"text": text}


def test_what_no_column_holds_is_read_as_replaced() -> None:
    """NUL and half a surrogate pair, wherever they stand; whole pairs and escaped escapes stay."""
    stored = json.dumps({"a\0": ["\ud83d", "👩 \\u0000", {"b": "\0"}, 1, None]})
    assert inbox.delivery(stored) == {"a\ufffd": ["\ufffd", "👩 \\u0000", {"b": "\ufffd"}, 1, None]}


async def test_numbers_of_any_size_are_kept(database: Database) -> None:
    """Neither an id beyond 64 bits nor infinity stops a batch."""
    await inbox.store(database, "telegram", [arrival("1", id=10**30, x=float("inf"))], NOW)
    assert json.loads((await Incoming.get()).payload) == {"id": 10**30, "x": float("inf")}


async def test_a_batch_is_stored_whole_or_not_at_all(database: Database) -> None:
    """What raised is asked for again, and must not be half there."""
    with pytest.raises(TypeError):
        await inbox.store(database, "telegram", [arrival("1"), arrival("2", text=object())], NOW)
    assert not await Incoming.exists()
    assert not await Lane.exists()


async def test_the_same_delivery_to_two_processes_at_once_is_one(database: Database) -> None:
    """Whoever comes second finds it there."""
    batch = [arrival(str(n), f"chat {n % 3}") for n in range(10)]
    fresh = await asyncio.gather(*(inbox.store(database, "telegram", batch, NOW) for _ in range(4)))
    assert sorted(map(len, fresh)) == [0, 0, 0, 10]
    assert await Incoming.all().count() == 10
    assert await Lane.all().count() == 3


async def test_a_repetition_of_what_was_answered_is_no_news(database: Database) -> None:
    """However late it comes."""
    await inbox.store(database, "telegram", [arrival("1")], NOW)
    await Incoming.all().update(state=InboxState.DONE)
    assert await inbox.store(database, "telegram", [arrival("1")], NOW + timedelta(days=3)) == []
    assert (await Incoming.get()).state is InboxState.DONE
