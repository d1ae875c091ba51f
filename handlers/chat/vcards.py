"""vCards 2.1, 3.0 and 4.0: folded, quoted-printable, in old character sets; nothing in one is ever fetched.

RFC 2426 and RFC 6350; version 2.1 as versit published it. What cannot be read of a card is left out.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

# More cards than this in one file are an address book, which is imported and not shared.
MOST_CARDS = 500
# What is read of one card, and of a file, without its pictures; and lines with them, of 20 MB as they are
# folded. The library takes time by the square of a card's length, and everybody waits for it.
_LONGEST_CARD = 8_000
_LONGEST_FILE = 250_000
_MOST_LINES = 300_000

# What is large, or points elsewhere, and is not wanted: its lines are dropped before anything is decoded.
_DROPPED = re.compile(r"(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY|AGENT)[;:]", re.IGNORECASE)
_LINE = re.compile(r"[^\n]+")
_BEGIN = re.compile(r"^BEGIN:VCARD\s*$", re.IGNORECASE | re.MULTILINE)
_SOFT = re.compile(r"ENCODING=QUOTED-PRINTABLE|;QUOTED-PRINTABLE", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Person:
    """What a card says: ``phones`` as they are written, ``emails`` too."""

    name: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    company: str = ""
    job: str = ""
    notes: str = ""


def read(content: bytes | str) -> list[Person]:
    """The people of a file, in their order; none where it holds no card that can be read."""
    text = content if isinstance(content, str) else _decoded(content)
    rows = (match[0] for match in _LINE.finditer(text.replace("\r\n", "\n").replace("\r", "\n")))
    text = "\n".join(_within(_kept(islice(rows, _MOST_LINES))))
    starts = [match.start() for match in _BEGIN.finditer(text)][: MOST_CARDS + 1]
    pieces = [text[start:end] for start, end in pairwise([*starts, len(text)])]
    return [person for piece in pieces[:MOST_CARDS] if (person := _person(_cut(piece))) is not None]


def _decoded(content: bytes) -> str:
    for encoding in ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            break
    return content.decode("cp1252", errors="replace")  # what phones wrote before they wrote UTF-8


def _within(rows: Iterable[str]) -> Iterator[str]:
    """The lines until they are too many characters together, without any that no card has room for."""
    length = 0
    for row in rows:
        if len(row) > _LONGEST_CARD:
            continue
        length += len(row) + 1
        if length > _LONGEST_FILE:
            return
        yield row


def _cut(card: str) -> str:
    """A card that can be read in a moment: the beginning of one that is too long, to the end of a line."""
    if len(card) <= _LONGEST_CARD:
        return card
    whole_lines = card[:_LONGEST_CARD].rpartition("\n")[0]
    return f"{whole_lines}\nEND:VCARD\n"


def _kept(rows: Iterable[str]) -> Iterator[str]:
    """The lines without those of pictures and keys, and without what is folded onto them."""
    dropping = soft = False
    for row in rows:
        if dropping and (row[:1] in (" ", "\t") or soft or not row.strip() or _is_base64(row)):
            soft = soft and row.endswith("=")
            continue
        dropping = _DROPPED.match(row) is not None
        soft = dropping and _SOFT.search(row) is not None and row.endswith("=")
        if not dropping:
            yield row


def _is_base64(row: str) -> bool:
    """Of 2.1, whose base64 some phones did not indent."""
    return ":" not in row and ";" not in row and re.fullmatch(r"[A-Za-z0-9+/]{20,}={0,2}", row) is not None


def _person(text: str) -> Person | None:
    from vobject.base import ParseError, VObjectError, readOne

    # It would print the lines that it cannot read: somebody's data.
    logging.getLogger("vobject.base").disabled = True
    try:
        card = readOne(text, ignoreUnreadable=True, allowQP=True)
    # A card can be wrong in more ways than the library has errors for.
    except (ParseError, VObjectError, ValueError, IndexError, KeyError, AttributeError, LookupError):
        return None
    if card is None or card.name != "VCARD":
        return None
    found = card.contents
    person = Person(
        name=_name(found),
        phones=tuple(_each(found, "tel")),
        emails=tuple(_each(found, "email")),
        company=next(_each(found, "org"), ""),
        job=next(_each(found, "title"), ""),
        notes="\n".join(_each(found, "note")),
    )
    return person if person != Person() else None


def _name(found: dict[str, list[Any]]) -> str:
    if full := next(_each(found, "fn"), ""):
        return full
    for line in found.get("n", []):
        value = line.value
        if isinstance(value, str):
            family, given, *_ = [*value.split(";"), "", ""]
        else:
            given, family = _text(value.given), _text(value.family)
        return _tidy(f"{given} {family}")
    return ""


def _each(found: dict[str, list[Any]], name: str) -> Iterator[str]:
    """The values of a property, without the scheme that 4.0 puts before a number."""
    for line in found.get(name, []):
        text = _tidy(_text(line.value), keep_lines=name == "note")
        text = re.sub(r"^(?:tel|mailto):", "", text, flags=re.IGNORECASE)
        if text:
            yield text


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return _text(value[0]) if value else ""  # a company before its departments
    return str(value or "")


def _tidy(text: str, *, keep_lines: bool = False) -> str:
    """Without control characters, and on one line unless it is a note."""
    clean = "".join(char if char.isprintable() or char == "\n" else " " for char in text)
    return clean.strip() if keep_lines else " ".join(clean.split())
