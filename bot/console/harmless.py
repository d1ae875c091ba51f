"""Text that cannot steer the terminal it is shown on."""

from __future__ import annotations

import re
import unicodedata

# Format characters that Unicode counts among letters or marks although nothing is drawn for them
# (Default_Ignorable_Code_Point in DerivedCoreProperties.txt, less its category Cf).
_UNDRAWN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0d\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
# Joiners inside Persian or Hindi words and inside composed pictures: without them a terminal shows
# the same letters, or the parts side by side. Between Latin letters they only hide a difference.
_JOINERS = re.compile("(?<=[^\x00-\u02ff])[\u200c\u200d]+(?=[^\x00-\u02ff])")
# They choose between two pictures of the sign before them, about whose width terminals disagree.
_PRESENTATION = re.compile("[\ufe0e\ufe0f]")
_STEERING_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_CONTROL_PICTURES = 0x2400  # The Unicode Standard, chart "Control Pictures": U+2400 stands for U+0000
_DELETE, _PICTURE_OF_DELETE = 0x7F, "\u2421"


def lines(text: str) -> list[str]:
    """``text`` broken at ``\\n``, each line harmless, empty ones left out.

    Control characters, direction overrides, zero-width and other undrawn characters and lone
    surrogates become visible: ESC as ``␛``, U+202E as ``<U+202E>``. A tab becomes a space.
    """
    broken = (_harmless(part).rstrip() for part in text.replace("\r\n", "\n").split("\n"))
    return [part for part in broken if part]


def line(text: str) -> str:
    """``text`` as :func:`lines` shows it, on one line: where it broke stands ``⏎``."""
    return " ⏎ ".join(part.strip() for part in lines(text))


def cells(text: str) -> int:
    """How many cells of a terminal ``text`` takes: wide signs two, combining marks none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _harmless(text: str) -> str:
    if text.isprintable() and text.isascii():
        return text
    text = _PRESENTATION.sub("", _JOINERS.sub("", text.replace("\t", " ")))
    return "".join(_shown(char) for char in text)


def _shown(char: str) -> str:
    if char.isprintable() and not _UNDRAWN.match(char):
        return char
    code = ord(char)
    if code < ord(" "):
        return chr(_CONTROL_PICTURES + code)
    if code == _DELETE:
        return _PICTURE_OF_DELETE
    if unicodedata.category(char) in _STEERING_CATEGORIES or _UNDRAWN.match(char):
        return f"<U+{code:04X}>"
    return char
