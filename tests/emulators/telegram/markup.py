"""Text with HTML markup, read as docs #html-style describes it.

The words of the refusals are those of tdlib MessageEntity.cpp, ``parse_html``; offsets in them are
in bytes of UTF-8, offsets of entities in UTF-16 units. Stricter than Telegram in two places, both
from the sentence "All <, > and & symbols that are not a part of a tag or an HTML entity must be
replaced": a bare ``&`` and a bare ``>`` are refused, where the service lets them pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .limits import MAX_TEXT_UNITS
from .refusals import (
    PARSE_MODE_UNKNOWN,
    TEXT_BLANK,
    TEXT_EMPTY,
    TEXT_TOO_LONG,
    Refused,
    entities_unparsable,
    own_rule,
)

# docs #html-style; docs #messageentity for the names on the right. Telegram's tg-emoji and tg-time
# are not read here, and a link to tg://user stays a text_link.
_ENTITY_OF_TAG = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_LINK = re.compile(r"(?:https?://|tg://|mailto:|tel:)\S+", re.IGNORECASE)
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}  # docs #html-style: only these four

_TOKEN = re.compile(
    r"""</(?P<end>[^\s<>]*)\s*>
      | <(?P<start>[^\s<>/]+)(?P<attributes>(?:\s+[^\s<>="'/]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[\w.-]+))?)*)\s*>
      | &(?:(?P<named>lt|gt|amp|quot)|\#(?P<decimal>\d{1,7})|\#[xX](?P<hex>[0-9a-fA-F]{1,6}));
      | (?P<stray>[<>&])
      | (?P<plain>[^<>&]+)""",
    re.VERBOSE,
)
_TAG_NAME = re.compile(r"<([^\s<>/]+)[\s>]")
_ATTRIBUTE = re.compile(r"""([^\s=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[\w.-]+))?""")


@dataclass(frozen=True)
class Formatted:
    """A message's text as people read it, with its entities in their JSON form."""

    text: str
    entities: tuple[dict[str, Any], ...] = ()


@dataclass
class _Open:
    """A start tag that waits for its end."""

    tag: str
    attributes: dict[str, str]
    offset: int  # UTF-16 units


def units(text: str) -> int:
    """Count UTF-16 code units, the measure of Telegram's offsets. docs #messageentity."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def read_text(text: str, parse_mode: str) -> Formatted:
    """Return what people will read, or refuse it: empty, unparsable, blank or too long."""
    if not text:
        raise Refused(TEXT_EMPTY)
    formatted = _trimmed(_parsed(text, parse_mode))
    if not formatted.text:
        raise Refused(TEXT_BLANK)
    if units(formatted.text) > MAX_TEXT_UNITS:
        raise Refused(TEXT_TOO_LONG)
    return formatted


def _parsed(text: str, parse_mode: str) -> Formatted:
    mode = parse_mode.lower()
    if mode == "html":
        return _Parser(text).parse()
    if mode.startswith("markdown"):
        # Parley writes HTML with one escaping function, no Markdown.
        raise Refused(own_rule("only HTML markup is read here"))
    if mode:
        raise Refused(PARSE_MODE_UNKNOWN)
    return Formatted(text)


def _trimmed(formatted: Formatted) -> Formatted:
    """Cut white space at both ends as tdlib's fix_formatted_text does, and move the entities."""
    kept = formatted.text.rstrip()
    room = len(kept) - len(kept.lstrip(" \n"))
    cut = min([room, *(entity["offset"] for entity in formatted.entities)])
    text = kept[cut:]
    return Formatted(text, tuple(_moved(formatted.entities, cut, units(text))))


def _moved(entities: tuple[dict[str, Any], ...], cut: int, length: int) -> Iterator[dict[str, Any]]:
    for entity in entities:
        offset = entity["offset"] - cut
        if offset < length:
            yield {**entity, "offset": offset, "length": min(entity["length"], length - offset)}


class _Parser:
    """One pass over the source: text out, open tags on a stack, entities when they close."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._text: list[str] = []
        self._units = 0
        self._open: list[_Open] = []
        self._entities: list[dict[str, Any]] = []

    def parse(self) -> Formatted:
        for token in _TOKEN.finditer(self._source):
            self._read(token)
        if self._open:
            tag = self._open[-1].tag
            raise Refused(entities_unparsable(f'Can\'t find end tag corresponding to start tag "{tag}"'))
        entities = sorted(self._entities, key=lambda entity: (entity["offset"], -entity["length"]))
        return Formatted("".join(self._text), tuple(entities))

    def _read(self, token: re.Match[str]) -> None:
        if token["end"] is not None:
            self._close(token["end"].lower(), token.start())
        elif token["start"]:
            self._start(token["start"].lower(), token["attributes"], token.start())
        elif token["stray"]:
            self._refuse_stray(token["stray"], token.start())
        else:
            self._add(_character(token))

    def _add(self, text: str) -> None:
        self._text.append(text)
        self._units += units(text)

    def _at(self, position: int) -> str:
        return f"at byte offset {len(self._source[:position].encode('utf-8', 'surrogatepass'))}"

    def _refuse_stray(self, sign: str, position: int) -> None:
        if sign != "<":
            raise Refused(own_rule(f"bare {sign} in HTML {self._at(position)}: escape it"))
        if named := _TAG_NAME.match(self._source, position):
            self._refuse_unsupported(named[1].lower(), position)
        kind = "end" if self._source.startswith("</", position) else "start"
        raise Refused(entities_unparsable(f"Unclosed {kind} tag {self._at(position)}"))

    def _refuse_unsupported(self, tag: str, position: int) -> None:
        if tag not in _ENTITY_OF_TAG:
            raise Refused(entities_unparsable(f'Unsupported start tag "{tag}" {self._at(position)}'))

    def _start(self, tag: str, attributes: str, position: int) -> None:
        self._refuse_unsupported(tag, position)
        given = {name.lower(): _unquoted(value) for name, value in _ATTRIBUTE.findall(attributes)}
        if tag == "span" and given.get("class") != "tg-spoiler":
            raise Refused(
                entities_unparsable(f'Tag "span" must have class "tg-spoiler" {self._at(position)}')
            )
        self._open.append(_Open(tag, given, self._units))

    def _close(self, tag: str, position: int) -> None:
        if not self._open:
            raise Refused(entities_unparsable(f"Unexpected end tag {self._at(position)}"))
        opened = self._open.pop()
        if tag not in ("", opened.tag):
            raise Refused(
                entities_unparsable(
                    f'Unmatched end tag {self._at(position)}, expected "</{opened.tag}>", found "</{tag}>"'
                )
            )
        if self._units > opened.offset:
            self._finish(opened)

    def _finish(self, opened: _Open) -> None:
        entity: dict[str, Any] = {
            "type": _ENTITY_OF_TAG[opened.tag],
            "offset": opened.offset,
            "length": self._units - opened.offset,
        }
        if opened.tag == "a":
            entity["url"] = self._link(opened)
        if opened.tag == "blockquote" and "expandable" in opened.attributes:
            entity["type"] = "expandable_blockquote"
        language = opened.attributes.get("class", "").removeprefix("language-")
        if opened.tag == "code" and language and self._inside_pre(opened):
            self._open[-1].attributes["language"] = language
            return
        if opened.tag == "pre" and "language" in opened.attributes:
            entity["language"] = opened.attributes["language"]
        self._entities.append(entity)

    def _inside_pre(self, opened: _Open) -> bool:
        return bool(self._open) and (self._open[-1].tag, self._open[-1].offset) == (
            "pre",
            opened.offset,
        )

    def _link(self, opened: _Open) -> str:
        """Return where the link leads; an address that Telegram would drop silently is refused."""
        address = opened.attributes.get("href") or "".join(self._text)[-self._shown(opened) :]
        if not _LINK.fullmatch(address):
            raise Refused(own_rule(f"a link to {address!r} would be dropped"))
        return address

    def _shown(self, opened: _Open) -> int:
        """Count the characters (not units) of the text between a tag and here."""
        shown = "".join(self._text).encode("utf-16-le", "surrogatepass")[opened.offset * 2 :]
        return len(shown.decode("utf-16-le", "surrogatepass"))


def _character(token: re.Match[str]) -> str:
    if token["named"]:
        return _NAMED[token["named"]]
    if token["plain"]:
        return token["plain"]
    code = int(token["decimal"] or token["hex"], 10 if token["decimal"] else 16)
    if not 0 < code < 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise Refused(own_rule(f"the character {code} does not exist"))
    return chr(code)


def _unquoted(value: str) -> str:
    plain = value[1:-1] if value[:1] in ("'", '"') else value
    return re.sub(r"&(lt|gt|amp|quot);", lambda named: _NAMED[named[1]], plain)
