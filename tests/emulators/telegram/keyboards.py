"""Inline keyboards: what a bot may hang under a message. docs #inlinekeyboardmarkup."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .limits import (
    MAX_BUTTONS,
    MAX_BUTTONS_PER_ROW,
    MAX_CALLBACK_DATA_BYTES,
    MAX_COPY_TEXT,
    MAX_KEYBOARD_BYTES,
)
from .parameters import Parameters
from .refusals import (
    BUTTON_DATA_INVALID,
    BUTTON_TEXT_EMPTY,
    KEYBOARD_NOT_JSON,
    KEYBOARD_NOT_OBJECT,
    KEYBOARD_TOO_LONG,
    ROWS_NOT_ARRAYS,
    Refused,
    bad_request,
    own_rule,
)


@dataclass(frozen=True)
class Button:
    """One button: exactly one of ``data``, ``url`` and ``copies`` is filled."""

    text: str
    data: str = ""  # callback_data, 1–64 bytes
    url: str = ""
    copies: str = ""  # copy_text

    def json(self) -> dict[str, Any]:
        if self.data:
            return {"text": self.text, "callback_data": self.data}
        if self.url:
            return {"text": self.text, "url": self.url}
        return {"text": self.text, "copy_text": {"text": self.copies}}


Rows = tuple[tuple[Button, ...], ...]


def keyboard_json(rows: Rows) -> dict[str, Any]:
    return {"inline_keyboard": [[button.json() for button in row] for row in rows]}


def read_keyboard(parameters: Parameters) -> Rows:
    """Return the rows of ``reply_markup``; none when it is absent or empty."""
    markup = parameters.json("reply_markup", KEYBOARD_NOT_JSON)
    if markup is None:
        return ()
    if not isinstance(markup, dict):
        raise Refused(KEYBOARD_NOT_OBJECT)
    if set(markup) != {"inline_keyboard"}:
        # Reply keyboards and forced replies are Telegram's too; nobody here needs them yet.
        raise Refused(own_rule(f"a reply_markup of {sorted(markup)} is not emulated"))
    rows = _rows(markup["inline_keyboard"])
    _refuse_oversize(rows)
    return rows


def _rows(value: Any) -> Rows:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise Refused(ROWS_NOT_ARRAYS)
    # Empty rows are left out: tdlib ReplyMarkup.cpp.
    return tuple(tuple(_button(button) for button in row) for row in value if row)


def _refuse_oversize(rows: Rows) -> None:
    written = json.dumps(keyboard_json(rows), ensure_ascii=False, separators=(",", ":"))
    if sum(map(len, rows)) > MAX_BUTTONS or len(written.encode()) > MAX_KEYBOARD_BYTES:
        raise Refused(KEYBOARD_TOO_LONG)
    if any(len(row) > MAX_BUTTONS_PER_ROW for row in rows):
        # What Telegram answers here is not written down: PTB constants, InlineKeyboardMarkupLimit.
        raise Refused(own_rule(f"more than {MAX_BUTTONS_PER_ROW} buttons in a row"))


def _button(value: Any) -> Button:
    if not isinstance(value, dict):
        raise _unparsable("InlineKeyboardButton must be an Object")
    if not isinstance(value.get("text"), str):
        raise _unparsable('Can\'t find field "text"')
    if not value["text"].strip():
        raise Refused(BUTTON_TEXT_EMPTY)
    kinds = set(value) - {"text"}
    if kinds - set(_KINDS):
        raise Refused(own_rule(f"buttons with {sorted(kinds - set(_KINDS))} are not emulated"))
    if not any(value.get(kind) for kind in kinds):
        raise _unparsable("Text buttons are unallowed in the inline keyboard")
    if len(kinds) > 1:  # docs #inlinekeyboardbutton: "Exactly one of the optional fields"
        raise Refused(own_rule(f"a button does one thing, not {sorted(kinds)}"))
    kind = kinds.pop()
    return _KINDS[kind](value["text"], value[kind])


def _unparsable(words: str) -> Refused:
    """server Client.cpp, get_reply_markup."""
    return Refused(bad_request(f"can't parse inline keyboard button: {words}"))


def _calls_back(text: str, data: Any) -> Button:
    if not isinstance(data, str) or len(data.encode()) > MAX_CALLBACK_DATA_BYTES:
        raise Refused(BUTTON_DATA_INVALID)
    return Button(text, data=data)


def _opens(text: str, url: Any) -> Button:
    if not isinstance(url, str) or not url.startswith(("https://", "http://", "tg://")):
        # The server's own sentence depends on what is wrong: tdlib ReplyMarkup.cpp.
        raise Refused(bad_request(f"inline keyboard button URL '{url}' is invalid"))
    return Button(text, url=url)


def _copies(text: str, copied: Any) -> Button:
    words = copied.get("text") if isinstance(copied, dict) else None
    if not isinstance(words, str) or not 0 < len(words) <= MAX_COPY_TEXT:
        raise Refused(own_rule(f"copy_text must hold 1–{MAX_COPY_TEXT} characters"))
    return Button(text, copies=words)


_KINDS: dict[str, Callable[[str, Any], Button]] = {
    "callback_data": _calls_back,
    "url": _opens,
    "copy_text": _copies,
}
