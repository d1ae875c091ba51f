"""Long text as several messages, each of them whole: markup, signs and, where it can be, words.

Text stays plain here, in spans; markup is put around each piece afterwards, so that a cut never falls
inside any.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from telegram.constants import MessageLimit

from bot.telegram.typeset import is_blank

# python-telegram-bot, telegram.constants; counted in UTF-16 units "after entities parsing"
# (core.telegram.org/bots/api#sendmessage, #messageentity).
_LONGEST: Final = int(MessageLimit.MAX_TEXT_LENGTH)

_ZERO_WIDTH_JOINER: Final = "\u200d"
_REGIONALS: Final = "".join(map(chr, range(0x1F1E6, 0x1F200)))  # letters of which two make a flag
_LONGEST_CLUSTER: Final = 64  # characters that are kept together at a cut

Tag = Literal["", "b", "pre"]


@dataclass(frozen=True, slots=True)
class Span:
    """Plain text, all of it set in one way."""

    text: str
    tag: Tag = ""


def units(text: str) -> int:
    """The length in UTF-16 units, in which Telegram counts."""
    return len(text) + sum(char > "\uffff" for char in text)


def pieces(spans: Sequence[Span]) -> Iterator[list[Span]]:
    """The spans of each message, none of them blank."""
    text = "".join(span.text for span in spans)
    for start, end in _cuts(text):
        if not is_blank(text[start:end]):
            yield list(_between(spans, start, end))


def _between(spans: Iterable[Span], start: int, end: int) -> Iterator[Span]:
    at = 0
    for span in spans:
        piece = span.text[max(0, start - at) : max(0, end - at)]
        if piece:
            yield Span(piece, span.tag)
        at += len(span.text)


def _cuts(text: str) -> Iterator[tuple[int, int]]:
    """Where each message begins and ends; the white space at a cut falls away."""
    start = 0
    while start < len(text):
        end = _reach(text, start)
        if end < len(text):
            end = _good_place(text, start, end)
        yield start, end
        start = end + (text[end : end + 1] in ("\n", " "))


def _reach(text: str, start: int) -> int:
    """The end of the longest piece from ``start`` that one message can hold."""
    room = _LONGEST
    for end in range(start, min(len(text), start + _LONGEST)):
        room -= 2 if text[end] > "\uffff" else 1
        if room < 0:
            return end
    return min(len(text), start + _LONGEST)


def _good_place(text: str, start: int, end: int) -> int:
    """A line's end, or else a word's, in the second half of the piece; or else between two signs."""
    for separator in ("\n", " "):
        place = text.rfind(separator, start + (end - start) // 2, end + 1)
        if place > start:
            return place
    for place in range(end, max(start + 1, end - _LONGEST_CLUSTER), -1):
        if not _one_sign(text, place):
            return place
    return end


def _one_sign(text: str, place: int) -> bool:
    """Whether a cut at ``place`` would tear an accent from its letter or take an emoji apart."""
    before, after = text[place - 1], text[place]
    if _ZERO_WIDTH_JOINER in (before, after) or _is_tone(after):
        return True
    if before in _REGIONALS and after in _REGIONALS:
        return (place - len(text[:place].rstrip(_REGIONALS))) % 2 == 1
    return unicodedata.category(after) in ("Mn", "Me", "Mc")


def _is_tone(char: str) -> bool:
    return "\U0001f3fb" <= char <= "\U0001f3ff"
