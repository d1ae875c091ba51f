"""An answer to getUpdates, taken apart without trusting any of it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platform import Unreadable
from bot.telegram.deliveries import Delivery, Garbled, read
from bot.telegram.shapes import Me
from bot.telegram.updates import parse
from handlers.chat.request import Request

RECEIVED_BY = {"id": 7000000001, "username": "parley_bot"}
PERSON = {"id": 7100000001, "is_bot": False, "first_name": "Marc"}
CHAT = {"id": 7100000001, "first_name": "Marc", "type": "private"}


def said(update_id: int, text: str) -> dict[str, Any]:
    message = {"message_id": update_id, "from": PERSON, "chat": CHAT, "date": 1792000200, "text": text}
    return {"update_id": update_id, "message": message}


def answer(*updates: bytes | dict[str, Any]) -> bytes:
    raw = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in updates]
    return b'{"ok":true,"result":[' + b",".join(raw) + b"]}"


def deliveries(*updates: bytes | dict[str, Any]) -> list[Delivery]:
    return read(answer(*updates), RECEIVED_BY)


def text_of(delivery: Delivery) -> str:
    request = parse(delivery.arrival.key, delivery.arrival.raw, Me(0))
    assert isinstance(request, Request)
    return request.text


def test_an_update_becomes_a_row() -> None:
    """The key is the update's id, the address its chat, and the row says by whom it was received."""
    (delivery,) = deliveries(said(5, "deal acme"))
    assert (delivery.id, delivery.arrival.key, delivery.arrival.address) == (5, "5", "7100000001")
    assert delivery.arrival.raw == {**said(5, "deal acme"), "received_by": RECEIVED_BY}


def test_no_updates_are_no_rows() -> None:
    """An empty list is an answer, not an error."""
    assert deliveries() == []


@pytest.mark.parametrize(
    ("update", "address"),
    [
        (
            {"update_id": 5, "callback_query": {"id": "1", "from": PERSON, "message": {"chat": {"id": -7}}}},
            "-7",
        ),
        ({"update_id": 5, "callback_query": {"id": "1", "from": PERSON}}, "7100000001"),
        ({"update_id": 5, "my_chat_member": {"chat": CHAT, "from": PERSON}}, "7100000001"),
        ({"update_id": 5, "message": {"chat": {"id": "7"}}}, ""),
        ({"update_id": 5, "message": {"chat": True}}, ""),
        ({"update_id": 5, "poll": {"id": "9"}}, ""),
        ({"update_id": 5}, ""),
    ],
)
def test_the_address_is_the_chat_s_id(update: dict[str, Any], address: str) -> None:
    """A press without a message belongs to its presser's chat; where nothing can be read it is empty."""
    (delivery,) = deliveries(update)
    assert delivery.arrival.address == address


DEEP = b'{"update_id": 6, "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
UNREADABLE = {
    "no object": b'"update"',
    "null": b"null",
    "no id": b'{"message": {"text": "hi"}}',
    "id in words": b'{"update_id": "6", "message": {}}',
    "id true": b'{"update_id": true}',
    "id zero": b'{"update_id": 0}',
    "id too large": b'{"update_id": 1' + b"0" * 30 + b"}",
    "a number of 5,000 digits": b'{"update_id": 6, "x": ' + b"9" * 5_000 + b"}",
    "too deep for the parser": DEEP,
    "too deep for us": b'{"update_id": 6, "x": ' + b"[" * 150 + b"]" * 150 + b"}",
    "5 MB": b'{"update_id": 6, "x": "' + b"a" * 5_000_000 + b'"}',
    "NaN": b'{"update_id": 6, "x": NaN}',
    "Infinity": b'{"update_id": 6, "x": -Infinity}',
    "a name twice": json.dumps(said(6, "a")).replace('"text": "a"', '"text": "a", "text": "b"').encode(),
    "no UTF-8": b'{"update_id": 6, "x": "\xff\xfe"}',
    "no JSON inside": b'{"update_id": 6, "x": nope}',
    "a raw control": b'{"update_id": 6, "x": "a\x00b"}',
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_one_bad_update_harms_no_other(name: str) -> None:
    """Its neighbours are read as ever, and it becomes a row that parsing quarantines."""
    first, bad, last = deliveries(said(5, "before"), UNREADABLE[name], said(7, "after"))
    assert (text_of(first), text_of(last)) == ("before", "after")
    with pytest.raises(Unreadable):
        parse(bad.arrival.key, bad.arrival.raw, Me(0))
    assert bad.arrival.address == ""
    json.dumps(bad.arrival.raw).encode()


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_bad_update_is_stored_small_and_once(name: str) -> None:
    """Its key depends on its bytes alone, is its id where one stands in front, and little of it is kept."""
    (bad,) = deliveries(UNREADABLE[name])
    (again,) = deliveries(UNREADABLE[name])
    assert bad == again
    readable_id = UNREADABLE[name].startswith(b'{"update_id": 6,')
    assert bad.id == (6 if readable_id else None)
    assert bad.arrival.key == "6" if readable_id else bad.arrival.key.startswith("unreadable:")
    assert len(json.dumps(bad.arrival.raw)) < 100_000


def test_different_bad_updates_are_different_rows() -> None:
    """Two without an id do not shadow each other."""
    one, other = deliveries(b'{"message": 1}', b'{"message": 2}')
    assert one.arrival.key != other.arrival.key


def test_a_lone_surrogate_can_be_stored() -> None:
    """Half a pair, which no database holds, becomes U+FFFD; a whole pair stays the sign it is."""
    (delivery,) = deliveries(b'{"update_id": 5, "x": {"\\ud800k": ["a\\uD83D\\uDE00b\\udfffc"]}}')
    assert delivery.arrival.raw["x"] == {"\ufffdk": ["a\U0001f600b\ufffdc"]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><h1>502 Bad Gateway</h1></html>",
        b"null",
        b"[]",
        b'{"ok":true}',
        b'{"ok":true,"result":{}}',
        b'{"ok":true,"result":[{"update_id":5,"message":{"text":"hal',
        b'{"ok":true,"result":[{"update_id":5}',
        b'{"ok":true,"result":[{"update_id":5},',
        b'{"ok":false,"result":[]}',
        b'{"ok":false,"result":[NaN]}',
        b'{"ok":"true","result":[]}',
    ],
)
def test_what_is_no_list_of_updates_is_refused_whole(body: bytes) -> None:
    """A page of a proxy or an answer that breaks off stores nothing, so that it is asked for again."""
    with pytest.raises(Garbled):
        read(body, RECEIVED_BY)


def test_reading_a_bad_batch_takes_no_long_time() -> None:
    """A million brackets are counted, not climbed: the loop must not stand still over them."""
    began = time.perf_counter()
    deliveries(b'{"update_id": 6, "x": ' + b"[" * 450_000 + b"]" * 450_000 + b"}")
    assert time.perf_counter() - began < 5


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(json_values, max_size=5))
def test_cutting_by_hand_finds_the_same_elements(values: list[Any]) -> None:
    """With one element that is no JSON, the others are cut out just as they were written."""
    raw = [json.dumps(value, ensure_ascii=False).encode() for value in values]
    marked = [b'{"update_id":%d,"x":%s}' % (i + 1, one) for i, one in enumerate(raw)]
    *others, bad = deliveries(*marked, b'{"update_id": 99, "x": NaN}')
    assert [one.arrival.raw.get("x") for one in others] == values
    assert bad.id == 99
