"""Buttons as an inline keyboard: rows that read well on a phone, within what Telegram takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final
from urllib.parse import quote

from telegram.constants import InlineKeyboardButtonLimit, InlineKeyboardMarkupLimit

from bot.telegram.typeset import NOTHING, PHONE, cells, cut, is_blank, line, sendable
from handlers.chat.i18n import Locale
from handlers.chat.reply import Button, Buttons, Card, Field, Reply

# python-telegram-bot, telegram.constants.
_MOST_KEYS: Final = int(InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER)
_MOST_IN_ROW: Final = int(InlineKeyboardMarkupLimit.BUTTONS_PER_ROW)
_LONGEST_COPY: Final = int(InlineKeyboardButtonLimit.MAX_COPY_TEXT)  # characters
_LONGEST_TOKEN: Final = int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA)  # bytes
# A keyboard's JSON ends at about 10 kB: github.com/tginfo/Telegram-Limits/issues/187.
_LARGEST_KEYBOARD: Final = 9_900  # bytes
_LONGEST_LABEL: Final = 60  # cells; clients cut longer ones themselves, and not visibly
_EDGE: Final = 2  # cells around a label

_MOST_CARDS: Final = 2
_MOST_OF_CARDS: Final = 6  # keys
# Asked by who presses the key, and by nobody before. See wiki.openstreetmap.org/wiki/Browsing.
_MAP: Final = "https://www.openstreetmap.org/search?query="
_LONGEST_PLACE: Final = 300  # characters


@dataclass(frozen=True, slots=True)
class Key:
    """One button of an inline keyboard: a press sends ``token`` back, copies a text or opens a page."""

    label: str
    token: str = ""
    copies: str = ""
    url: str = ""

    @property
    def size(self) -> int:
        """Bytes that it takes in the keyboard's JSON, at most."""
        does = {"callback_data": self.token, "copy_text": {"text": self.copies}, "url": self.url}
        return len(json.dumps({"text": self.label, **does}, ensure_ascii=False).encode())


Rows = tuple[tuple[Key, ...], ...]


def keyboard(reply: Reply, locale: Locale) -> tuple[Rows, int]:
    """The rows of keys, and how many buttons found no room.

    In front stands what a card's telephone numbers, addresses and places are good for.

    Raises: ValueError for a button without a token that fits.
    """
    groups = [
        [_key(button) for button in block.buttons] for block in reply.blocks if isinstance(block, Buttons)
    ]
    groups.insert(0, _of_cards([block for block in reply.blocks if isinstance(block, Card)], locale))
    fitting = _how_many_fit(list(chain.from_iterable(groups)))
    rows: list[tuple[Key, ...]] = []
    left = fitting
    for group in groups:
        rows.extend(_rows(group[:left]))
        left -= len(group[:left])
    return tuple(rows), sum(map(len, groups)) - fitting


def _of_cards(cards: Sequence[Card], locale: Locale) -> list[Key]:
    """Nothing where there are so many cards that nobody could tell whose number it is."""
    if len(cards) > _MOST_CARDS:
        return []
    keys = chain.from_iterable(_of_field(field, locale) for card in cards for field in card.fields)
    return list(islice(keys, _MOST_OF_CARDS))


def _of_field(field: Field, locale: Locale) -> Iterator[Key]:
    if field.kind in ("phone", "email"):
        for value in map(sendable, field.each()):
            if not is_blank(value) and len(value) <= _LONGEST_COPY and value == line(value):
                yield Key(cut(f"📋 {value}", _LONGEST_LABEL), copies=value)
    elif field.kind == "address" and not is_blank(address := sendable(line(field.value))):
        yield Key(f"🗺 {locale.text('Map')}", url=f"{_MAP}{quote(address[:_LONGEST_PLACE])}")


def _key(button: Button) -> Key:
    if not 0 < len(button.token.encode()) <= _LONGEST_TOKEN:
        raise ValueError(f"a button's token has 1 to {_LONGEST_TOKEN} bytes")
    label = sendable(line(button.label))
    return Key(NOTHING if is_blank(label) else cut(label, _LONGEST_LABEL), button.token)


def _how_many_fit(keys: Sequence[Key]) -> int:
    room = _LARGEST_KEYBOARD
    for i, key in enumerate(keys[:_MOST_KEYS]):
        room -= key.size
        if room < 0:
            return i
    return min(len(keys), _MOST_KEYS)


def _rows(keys: Iterable[Key]) -> Iterator[tuple[Key, ...]]:
    """Keys of a row are equally wide, so the longest label decides how many stand in it."""
    row: tuple[Key, ...] = ()
    for key in keys:
        longer = (*row, key)
        if row and (len(longer) > _MOST_IN_ROW or _width(longer) > PHONE):
            yield row
            longer = (key,)
        row = longer
    if row:
        yield row


def _width(row: Sequence[Key]) -> int:
    return (max(cells(key.label) for key in row) + _EDGE) * len(row)
