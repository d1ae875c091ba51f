"""What getUpdates answers, taken apart: one inbox row for each update, whatever is in it.

An update that cannot be read must not hold up the others (python-telegram-bot parses the whole batch
or nothing), so each is cut out as bytes first and read by itself. One that cannot be read becomes a
row too: parsing quarantines it, and the offset passes it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import msgspec

from bot.platform import Arrival
from bot.telegram.references import address_of

# Keys that this module adds to an update, beside Telegram's own (core.telegram.org/bots/api#update).
RECEIVED_BY: Final = "received_by"  # the bot's id and username at that time: what a mention means
UNREADABLE: Final = "unreadable"  # why the bytes are no update

LARGEST_UPDATE: Final = 1_000_000  # bytes; a text of 4,096 characters with all its entities is 50 kB
_DEEPEST_UPDATE: Final = 100  # nested brackets; a message that replies to one with a keyboard has 12
_KEPT_OF_UNREADABLE: Final = 16_384  # bytes: enough to see what it was
# Update ids are positive 32-bit numbers today; anything that the next offset could not say is none.
_LARGEST_ID: Final = 2**63 - 2

_ID_IN_FRONT = re.compile(rb'\s*\{\s*"update_id"\s*:\s*(\d{1,19})\s*[,}]')
_RESULT = re.compile(rb'\s*\{\s*"ok"\s*:\s*true\s*,\s*"result"\s*:\s*\[')
_MARK = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Garbled(ValueError):
    """An answer from which no updates can be cut: broken off, a proxy's page, an ``ok`` that isn't."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One update on its way to the inbox. ``id`` is None where none can be read."""

    id: int | None
    arrival: Arrival


class _Envelope(msgspec.Struct):
    ok: bool
    result: list[msgspec.Raw]


def read(body: bytes, received_by: Mapping[str, Any]) -> list[Delivery]:
    """The updates in an answer to getUpdates, in Telegram's order.

    Raises: Garbled.
    """
    return [_delivery(raw, received_by) for raw in _cut(body)]


def read_one(body: bytes, received_by: Mapping[str, Any]) -> Delivery:
    """The update that was posted."""
    return _delivery(body, received_by)


def _cut(body: bytes) -> list[bytes]:
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
    except (msgspec.DecodeError, RecursionError):
        # Perhaps a single update that is no JSON, or nested deeper than the parser goes.
        return list(_cut_by_hand(body))
    if not envelope.ok:
        raise Garbled("200 with ok false")
    return [bytes(raw) for raw in envelope.result]


def _cut_by_hand(body: bytes) -> Iterator[bytes]:
    """Cut at the commas between the elements of ``result``, without reading what is in them."""
    head = _RESULT.match(body)
    if head is None:
        raise Garbled("no list of updates")
    depth, start = 0, head.end()
    for mark in _MARK.finditer(body, start):
        sign = mark[0]
        if depth == 0 and sign in (b",", b"]"):
            if body[start : mark.start()].strip():
                yield body[start : mark.start()]
            start = mark.end()
            if sign == b"]":
                return
        depth += (sign in (b"[", b"{")) - (sign in (b"]", b"}"))
    raise Garbled("the list of updates breaks off")


def _delivery(raw: bytes, received_by: Mapping[str, Any]) -> Delivery:
    try:
        update = _update(raw)
    except (ValueError, RecursionError) as error:
        return _quarantined(raw, str(error)[:200] or type(error).__name__)
    number = update["update_id"]
    row = {**update, RECEIVED_BY: dict(received_by)}
    arrival = Arrival(str(number), address(update), row, sender(update))
    return Delivery(number, arrival)


def _update(raw: bytes) -> dict[str, Any]:
    """Raises: ValueError (or RecursionError), saying why this is no update."""
    if len(raw) > LARGEST_UPDATE:
        raise ValueError(f"{len(raw)} bytes; at most {LARGEST_UPDATE} are read")
    if raw.count(b"[") + raw.count(b"{") > _DEEPEST_UPDATE and _depth(raw) > _DEEPEST_UPDATE:
        raise ValueError(f"nested more than {_DEEPEST_UPDATE} deep")
    update = json.loads(raw, object_pairs_hook=_object, parse_constant=_no_number)
    if not isinstance(update, dict):
        raise ValueError("no object")
    if not _is_id(update.get("update_id")):
        raise ValueError("no update_id")
    return _storable(update) if _ESCAPED_SURROGATE.search(raw) else update


def _depth(raw: bytes) -> int:
    depth = deepest = 0
    for mark in _MARK.finditer(raw):
        depth += (mark[0] in (b"[", b"{")) - (mark[0] in (b"]", b"}"))
        deepest = max(deepest, depth)
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers may see two meanings where a name stands twice, so nobody reads it."""
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return read


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _is_id(value: object) -> bool:
    return type(value) is int and 0 < value <= _LARGEST_ID


def _storable(value: Any) -> Any:
    """``value`` with U+FFFD for lone surrogates, which no database and no UTF-8 can hold."""
    match value:
        case str():
            return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
        case list():
            return [_storable(item) for item in value]
        case dict():
            return {_storable(name): _storable(item) for name, item in value.items()}
    return value


def _quarantined(raw: bytes, reason: str) -> Delivery:
    """A row for what cannot be read; its key is the update's id if that stands in front, else its hash."""
    in_front = _ID_IN_FRONT.match(raw)
    number = int(in_front[1]) if in_front and _is_id(int(in_front[1])) else None
    digest = hashlib.sha256(raw).hexdigest()
    kept = raw[:_KEPT_OF_UNREADABLE].decode("utf-8", "backslashreplace").replace("\0", "\\0")
    row = {UNREADABLE: reason, "bytes": len(raw), "sha256": digest, "beginning": kept}
    return Delivery(number, Arrival(str(number or f"unreadable:{digest[:40]}"), "", row))


def address(update: Mapping[str, Any]) -> str:
    """The chat of an update as :mod:`bot.telegram.references` names it; empty where none can be read."""
    for kind, content in update.items():
        if kind not in ("update_id", RECEIVED_BY) and isinstance(content, dict):
            return _chat(content) or _chat(content.get("message")) or _id(content.get("from"))
    return ""


def sender(update: Mapping[str, Any]) -> str:
    """The id of the account that an update comes from; the empty string where none can be read."""
    for kind, content in update.items():
        if kind not in ("update_id", RECEIVED_BY) and isinstance(content, dict):
            return _id(content.get("from"))
    return ""


def _chat(content: object) -> str:
    if not isinstance(content, dict) or not (chat := _id(content.get("chat"))):
        return ""
    topic = content.get("message_thread_id") if content.get("is_topic_message") is True else None
    return address_of(int(chat), topic if type(topic) is int else None)


def _id(content: object) -> str:
    number = content.get("id") if isinstance(content, dict) else None
    return str(number) if type(number) is int else ""
