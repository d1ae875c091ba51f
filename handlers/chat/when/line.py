"""A line cut into words, numbers and signs; and tables of phrases that are looked up in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Generic, Literal, NamedTuple, TypeVar, cast

T = TypeVar("T")

# The alternatives never share a first character and nothing is nested, so that it runs in linear time.
# White space, and signs that only steer the direction of text, stand between tokens.
_TOKEN = re.compile(
    r"(?P<number>[0-9]+)"
    r"|(?P<word>(?:[^\W\d_]|[\u0300-\u036f])+)"
    r"|(?P<sign>[^\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff])"
)

_SIGNS = str.maketrans({**dict.fromkeys("‐‑‒–—−", "-"), **dict.fromkeys("’‘ʼ`´′", "'")})
_LETTER_APOSTROPHE = "ʼ"

# Between the words of a phrase these never matter: après-demain, aujourd'hui, a.m.
_INSIDE_A_PHRASE = frozenset("-'.")

Kind = Literal["number", "word", "sign"]


class Token(NamedTuple):
    """One word, number or sign.

    ``folded`` has no accents and no case. ``glued``: nothing stands between it and the one before.
    """

    kind: Kind
    folded: str
    raw: str
    start: int
    end: int
    glued: bool
    new_line: bool


def fold(word: str) -> str:
    """Without accents and case; typographic dashes and apostrophes as the plain ones."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.replace(_LETTER_APOSTROPHE, "").translate(_SIGNS))
    return "".join(mark for mark in plain if not unicodedata.combining(mark)).casefold() or word


class Line:
    """The tokens of a text, and what can be asked about their neighbourhood."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self._length = len(self.tokens)

    def __len__(self) -> int:
        return self._length

    def folded(self, at: int) -> str:
        """The folded token there, empty past the end."""
        return self.tokens[at].folded if at < self._length else ""

    def glued(self, at: int) -> bool:
        """Whether a token there follows the one before without a space."""
        return at < self._length and self.tokens[at].glued

    def number(self, at: int, *, digits: int = 2, glued: bool | None = None) -> int | None:
        """The number there, of at most so many digits; None for anything else."""
        if at >= self._length:
            return None
        token = self.tokens[at]
        if token.kind != "number" or len(token.raw) > digits or glued not in (None, token.glued):
            return None
        return int(token.raw)

    def width(self, at: int) -> int:
        """How many characters the token there has."""
        return len(self.tokens[at].raw)

    def sign(self, at: int, signs: str) -> bool:
        """Whether one of these signs stands there, glued to what is before it."""
        return self.glued(at) and self.tokens[at].folded in signs

    def is_word(self, at: int) -> bool:
        """Whether a word stands there, on the same line of text as the one before."""
        return at < self._length and self.tokens[at].kind == "word" and not self.tokens[at].new_line

    def title(self, at: int) -> bool:
        """Whether such a word is written as a name is: Jane, not JANE."""
        return self.is_word(at) and is_title(self.tokens[at].raw)

    def first(self, at: int) -> bool:
        """Whether a clause begins there: after any sign, on a new line."""
        return at == 0 or self.tokens[at].new_line or self.tokens[at - 1].kind == "sign"

    def ends(self, at: int) -> bool:
        """Whether a clause has ended before that token: a sign stands there, or nothing."""
        return at >= self._length or self.tokens[at].new_line or self.tokens[at].kind == "sign"

    def open(self, at: int) -> bool:
        """Whether a date may begin there: it is not the tail of D-142, a@b or v1.10."""
        if not self.glued(at):
            return True
        before = self.tokens[at - 1]
        if before.kind != "sign":
            return False
        if before.folded in ".,:'":
            return not (before.glued and at > 1 and self.tokens[at - 2].kind == self.tokens[at].kind)
        return before.folded not in "-/#@_&+=%$€£*\\"

    def closed(self, at: int) -> bool:
        """Whether a date may end before that token: the text does not run on as in today's or 3/4/."""
        if not self.glued(at):
            return True
        token = self.tokens[at]
        if token.kind != "sign" or token.folded in "-/_'@&+=%$€£\\":
            return False
        runs_on = self.glued(at + 1) and self.tokens[at + 1].kind != "sign"
        if token.folded == ".":
            return not runs_on
        return not (runs_on and token.folded in ",:" and self.tokens[at + 1].kind == "number")


class Table(Generic[T]):
    """Phrases and what they stand for; where several match, the longest does."""

    def __init__(self, phrases: Iterable[tuple[str, T]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        for phrase, value in phrases:
            first, *rest = (t.folded for t in _tokens(phrase) if t.folded not in _INSIDE_A_PHRASE)
            self._by_first.setdefault(first, []).append((tuple(rest), value))
        for choices in self._by_first.values():
            choices.sort(key=lambda choice: -len(choice[0]))

    @property
    def first_words(self) -> frozenset[str]:
        """What a phrase of this table can begin with."""
        return frozenset(self._by_first)

    def find(self, line: Line, at: int) -> tuple[T, int] | None:
        """What the phrase there stands for, and the place after it."""
        if at >= len(line):
            return None
        for rest, value in self._by_first.get(line.tokens[at].folded, ()):
            if (after := _follow(line, at + 1, rest)) is not None:
                return value, after
        return None

    def skip(self, line: Line, at: int) -> int:
        """The place after the phrase there; the same place where there is none."""
        found = self.find(line, at)
        return found[1] if found else at


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        start, raw, kind = match.start(), match.group(), cast(Kind, match.lastgroup)
        gap = text[end:start] if start > end else ""
        folded = raw if kind == "number" else fold(raw)
        glued = not gap and bool(tokens)
        tokens.append(Token(kind, folded, raw, start, match.end(), glued, "\n" in gap))
        end = match.end()
    return tokens


def _follow(line: Line, at: int, words: tuple[str, ...]) -> int | None:
    for word in words:
        if line.glued(at) and line.tokens[at].folded in _INSIDE_A_PHRASE:
            at += 1
        if at >= len(line) or line.tokens[at].folded != word or line.tokens[at].new_line:
            return None
        at += 1
    return at


def is_title(word: str) -> bool:
    """Whether a word has a capital as a name has: Jane, not JANE."""
    return word[0].isupper() and (len(word) == 1 or not word.isupper())
