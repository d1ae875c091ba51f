"""Text as a phone shows it: how wide it is, how it is cut, and what cannot be sent at all."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Set in fixed width, a phone shows some 40 cells without breaking the line; as many, in wider letters
# and with the keys' edges, make one row of keys.
PHONE: Final = 40  # cells
NOTHING: Final = "…"  # Telegram refuses an empty message and an empty label

# Controls that Telegram drops or refuses, and halves of surrogate pairs, which UTF-8 cannot hold.
_UNSENDABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LINE_BREAK = re.compile(r"\s*[\n\u2028\u2029]\s*")


def sendable(text: str) -> str:
    """``text`` with U+FFFD for what no message can hold."""
    return _UNSENDABLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def line(text: str) -> str:
    """``text`` on one line; where it broke stands ``⏎``, so that no value looks like a further field."""
    return _LINE_BREAK.sub(" ⏎ ", text.replace("\r\n", "\n").strip()).replace("\t", " ")


def is_blank(text: str) -> bool:
    """Whether nothing of ``text`` is drawn."""
    return all(unicodedata.category(char) in ("Cc", "Cf", "Zs", "Zl", "Zp") for char in text)


def cells(text: str) -> int:
    """Cells in fixed width: wide signs two, combining and invisible ones none."""
    if text.isascii():
        return len(text)
    return sum(map(_cell, text))


def _cell(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def set_in(text: str, width: int, *, right: bool = False) -> str:
    """``text`` in just ``width`` cells, cut with "…" where it is longer."""
    text = cut(text, width)
    gap = " " * (width - cells(text))
    return gap + text if right else text + gap


def cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` cells, the last of them "…" if it is longer."""
    if cells(text) <= width:
        return text
    used, kept = 1, []
    for char in text:
        used += _cell(char)
        if used > width:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"
