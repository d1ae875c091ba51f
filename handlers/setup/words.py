"""The words of set-up lines: what is done, to what, and the name it is given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import TypeVar

from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.language import languages
from handlers.chat.reading import QUOTED, flat, unquoted
from models.named import Named
from models.search import fold

N = TypeVar("N", bound=Named)

# Words of a name that are looked at.
_MOST_WORDS = 12


@cache
def words(key: str) -> frozenset[str]:
    """What is typed for a key of the languages' ``setup``, folded."""
    return frozenset(fold(word) for language in languages() for word in language.setup[key])


def shown(ctx: Context, key: str) -> str:
    """The first word for a key in the member's language."""
    return next(entry for entry in languages() if entry.tag == ctx.locale.language).setup[key][0]


@cache
def off() -> frozenset[str]:
    """Words that switch something off."""
    return frozenset(fold(word) for language in languages() for word in language.off)


def beginning(text: str, *keys: str) -> tuple[str, str] | None:
    """Which of the keys a text begins with, by its longest word, and what follows it."""
    found = [(len(word), key) for key in keys for word in words(key) if _begins(text, word)]
    if not found:
        return None
    length, key = max(found)
    return key, text[length:].lstrip(" :").strip()


def starting(*keys: str) -> Callable[[str], bool]:
    """Whether a text begins with one of the keys, or names a colleague."""
    return lambda text: "@" in text or beginning(text, *keys) is not None


def _begins(text: str, word: str) -> bool:
    return re.match(rf"{re.escape(word)}(?!\w)", flat(text)) is not None


def between(text: str, *keys: str) -> Iterator[tuple[str, str, str]]:
    """Each place where a key's word joins two parts, the last first: (what stands before, key, behind)."""
    pairs = {word: key for key in keys for word in words(key)}
    joints = "|".join(re.escape(word) for word in sorted(pairs, key=len, reverse=True))
    for match in reversed(list(re.finditer(rf"\s(?P<word>{joints})\s+(?=\S)", flat(_masked(text))))):
        yield text[: match.start()].strip(), pairs[match["word"]], text[match.end() :].strip()


def _masked(text: str) -> str:
    """The same text with what is quoted made unreadable, at its length."""
    return QUOTED.sub(lambda match: "_" * len(match.group()), text)


def leading(text: str, rows: Sequence[N], named: Mapping[int, Collection[str]]) -> tuple[N, str] | None:
    """The row whose name a text begins with, the longest, and what follows it.

    ``named`` are its folded names by primary key.
    """
    for name, rest in _heads(text):
        for row in rows:
            if fold(name) in named[row.pk]:
                return row, rest
    return None


def _heads(text: str) -> Iterator[tuple[str, str]]:
    quoted = QUOTED.match(text)
    if quoted:
        yield unquoted(quoted), text[quoted.end() :].strip()
        return
    ends = [match.end() for match in re.finditer(r"\S+", text)][:_MOST_WORDS]
    for end in reversed(ends):
        yield text[:end].rstrip(",:"), text[end:].strip()


_ARROW = re.compile(r"\s*(?:->|→|>|=)\s*")


def behind_joint(text: str) -> str:
    """A new name without the ``to`` or ``→`` that may stand before it."""
    if arrow := _ARROW.match(text):
        return text[arrow.end() :]
    joint = beginning(text, "into")
    return joint[1] if joint is not None and joint[1] else text


def name_of(ctx: Context, text: str, kind: type[Named]) -> str:
    """A name as it is kept.

    Raises:
        Misread: it is empty, too long, or holds what cannot be shown.
    """
    whole = QUOTED.fullmatch(text.strip())
    name = " ".join((unquoted(whole) if whole else text).split())
    broken = any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name)
    if not name or broken or len(name) > kind.longest():
        raise Misread(ctx.text("A name has 1 to {most} characters.", most=kind.longest()))
    return name


def none_called(ctx: Context, typed: str, known: Sequence[str]) -> Misread:
    """The refusal of a name that nothing has, with those there are."""
    name = typed if len(typed) <= 60 else f"{typed[:59]}…"
    names = ", ".join(known) or "–"
    return Misread(ctx.text("I find no “{name}”. There are: {names}.", name=name, names=names))


def already(ctx: Context) -> Misread:
    """Nothing would change."""
    return Misread(ctx.text("It says so already."))
