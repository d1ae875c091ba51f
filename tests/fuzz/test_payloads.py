"""Bent deliveries: a platform's parse knows a request, nothing, and Unreadable; and each can be stored."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import demo, inbox
from bot.clock import SimulatedClock
from bot.database import Database
from bot.platform import Arrival, Closed, Moved, Platform, Readership, Standing, Unreadable
from bot.slack import payloads
from bot.slack.adapter import Slack
from bot.telegram.adapter import Telegram
from bot.telegram.deliveries import Garbled, read
from handlers.chat.request import Request
from models.messaging.inbox import Incoming
from tests.bot.slack.test_payloads import COMMAND, PRESS, SAID, event
from tests.effort import tries
from tests.fuzz.bending import bent_payloads

UPDATES: list[dict[str, Any]] = list(
    json.loads((Path(__file__).parent.parent / "bot/telegram/updates.json").read_text("utf-8")).values()
)
RECEIVED_BY = {"id": 7000000001, "username": "parley_bot"}
SENT: list[dict[str, Any]] = [
    event(SAID),
    event({**SAID, "channel": "C1", "channel_type": "channel", "text": "<@UBOT> deal &lt;acme&gt;"}),
    event({**SAID, "type": "app_mention", "channel": "C1", "thread_ts": "1791999999.000001"}),
    event({**SAID, "subtype": "message_changed", "message": dict(SAID), "previous_message": dict(SAID)}),
    event({**SAID, "subtype": "file_share", "files": [{"id": "F1"}]}),
    event({"type": "app_home_opened", "user": "ULEA", "channel": "D1", "tab": "home"}),
    {**COMMAND, "response_url": "https://hooks.slack.test/commands/1"},
    {**PRESS, "response_url": "https://hooks.slack.test/actions/1", "channel": {"id": "C1"}},
    {**PRESS, "container": {**PRESS["container"], "is_ephemeral": True}},
    {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1792000000},
]


# What parse may ask of a clock: it is never told what time it is.
_CLOCK = SimulatedClock(demo.NOW)


@pytest.fixture(scope="module")
def telegram() -> Telegram:
    """The real adapter; nothing is connected."""
    return Telegram("7000000001:token", "http://127.0.0.1:1", _CLOCK)


@pytest.fixture(scope="module")
def slack() -> Slack:
    """The real adapter; nothing is connected."""
    return Slack("xoxb-token", "xapp-token", "http://127.0.0.1:1/api/", clock=_CLOCK)


def _understood(platform: Platform, key: str, raw: Mapping[str, Any]) -> Request | None:
    """The request that parse makes of it, if any. What it raises but Unreadable is a bug."""
    try:
        meant = platform.parse(key, raw)
        assert meant is None or isinstance(meant, Request | Moved | Standing | Readership | Closed)
        return meant if isinstance(meant, Request) else None
    except Unreadable as error:
        assert str(error)
        return None


def _require_sound(request: Request, platform: str, key: str) -> None:
    """A request that the dispatcher can answer: its types are what they say."""
    assert (request.platform, request.key) == (platform, key)
    texts: list[Any] = [request.address, request.text, request.pressed or "", request.message or ""]
    texts += [request.sender.user, request.sender.team, request.sender.name, request.sender.language]
    assert all(isinstance(text, str) for text in texts)
    assert request.address and request.sender.user
    assert request.sent_at is None or request.sent_at.tzinfo is not None


@tries(300)
@given(bent_payloads(UPDATES))
def test_a_bent_update_of_telegram_is_read_or_unreadable(telegram: Telegram, update: dict[str, Any]) -> None:
    """A request, nothing for us, or Unreadable with its reason."""
    raw = {**update, "received_by": RECEIVED_BY}
    request = _understood(telegram, "731000001", raw)
    if isinstance(request, Request):
        _require_sound(request, "telegram", "731000001")


@tries(300)
@given(bent_payloads(SENT))
def test_a_bent_payload_of_slack_is_read_or_unreadable(slack: Slack, payload: dict[str, Any]) -> None:
    """It has a row with a key in any case; from that a request, nothing for us, or Unreadable."""
    row = payloads.arrival(payload)
    assert 0 < len(row.key) <= 200 and len(row.address) <= 254
    request = _understood(slack, row.key, json.loads(json.dumps(row.raw)))
    if isinstance(request, Request):
        _require_sound(request, "slack", row.key)
        assert request.address == row.address


@st.composite
def _answers(draw: st.DrawFn) -> bytes:
    """An answer to getUpdates: bent updates, and perhaps bytes of it changed, cut or doubled."""
    updates = draw(st.lists(bent_payloads(UPDATES), max_size=3))
    body = bytearray(json.dumps({"ok": True, "result": updates}).encode())
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(body)))
        end = place + draw(st.integers(0, 12))
        body[place:end] = draw(
            st.sampled_from([b"", b"{", b"]", b'"', b"\\", b"\xff", b"NaN", bytes(body[place:end]) * 2])
        )
    return bytes(body)


@tries(200)
@given(_answers())
def test_a_bent_answer_of_telegram_is_cut_or_garbled(telegram: Telegram, body: bytes) -> None:
    """Each update is a row of its own, whose parsing knows no other exception either."""
    try:
        deliveries = read(body, RECEIVED_BY)
    except Garbled:
        return
    for delivery in deliveries:
        arrival = delivery.arrival
        assert 0 < len(arrival.key) <= 200 and len(arrival.address) <= 254
        _understood(telegram, arrival.key, json.loads(json.dumps(arrival.raw)))


def test_what_is_bent_can_be_stored(database_url: str) -> None:
    """On both databases, letter by letter: what cannot be stored would come again for ever."""
    database = Database(database_url)
    with asyncio.Runner() as runner:
        runner.run(database.open())
        try:
            _store_many(runner, database)
        finally:
            runner.run(database.close())


def _store_many(runner: asyncio.Runner, database: Database) -> None:
    @tries(40)
    @given(st.lists(bent_payloads(SENT).map(payloads.arrival), min_size=1, max_size=4))
    def is_stored(arrivals: list[Arrival]) -> None:
        # Of two with one key the first is kept.
        first = {arrival.key: dict(arrival.raw) for arrival in reversed(arrivals)}
        assert runner.run(_stored(database, arrivals)) == first

    is_stored()


async def _stored(database: Database, arrivals: list[Arrival]) -> dict[str, Any]:
    await Incoming.all().delete()
    await inbox.store(database, "slack", arrivals, demo.NOW)
    return {row.key: json.loads(row.payload) for row in await Incoming.filter(platform="slack")}
