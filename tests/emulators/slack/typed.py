"""What a person types, as Slack hands it to an app, and what an app writes, as a person sees it.

docs.slack.dev/messaging/formatting-message-text: ``&``, ``<`` and ``>`` arrive escaped; mentions,
channels, links, mail addresses and telephone numbers arrive in angle brackets.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Slack links bare domains of every top-level domain; a few stand for them here.
_LINKS = (
    r"(?P<url>https?://[^\s<>|]+)"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<tel>\+\d[\d .()-]{7,}\d|(?<!\w)\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\w))"
    r"|(?P<domain>(?<![\w@.])(?:[\w-]+\.)+(?:com|org|net|io|fr|eu)\b(?:/[^\s<>|]*)?)"
    r"|(?P<broadcast>(?<!\w)@(?:channel|here|everyone)\b)"
)
_PINGS = re.compile(r"<!(?:channel|here|everyone|subteam\^[^>]*)(?:\|[^>]*)?>")
_BRACKETS = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_AFTER_A_URL = ".,;:!?)'\""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of typed text: ``kind`` is text, link, user, channel or broadcast.

    ``target`` is the URL, user id, channel id or range; ``shown`` is what the person sees.
    """

    kind: str
    target: str
    shown: str


def escaped(text: str) -> str:
    """Return ``text`` with the three characters that Slack escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    """Return ``text`` as it stands on the screen."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def pings(text: str) -> tuple[str, ...]:
    """Return the marks in ``text`` that would notify a whole channel or group."""
    return tuple(_PINGS.findall(text))


def pieces(text: str, *, users: Mapping[str, str], channels: Mapping[str, str]) -> tuple[Piece, ...]:
    """Cut what a person types into pieces; ``users`` and ``channels`` map shown names to ids."""
    found = _pattern(users, channels)
    return tuple(_joined(_cut(text, found, users, channels)))


def message_text(typed: Iterable[Piece]) -> str:
    """Return the ``text`` of a message event: mentions by id alone."""
    return "".join(_written(piece, named=False) for piece in typed)


def command_text(typed: Iterable[Piece]) -> str:
    """Return the ``text`` of a slash command whose manifest asks for escaping: mentions with names.

    docs.slack.dev/interactivity/implementing-slash-commands, "Escape channels, users, and links".
    """
    return "".join(_written(piece, named=True) for piece in typed)


def rich_text(typed: Iterable[Piece]) -> dict[str, Any]:
    """Return the ``rich_text`` block that Slack sends beside the text of a person's message."""
    section = {"type": "rich_text_section", "elements": [_element(piece) for piece in typed]}
    return {"type": "rich_text", "elements": [section]}


def seen(mrkdwn: str, *, users: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """Return app-written ``mrkdwn`` as a person sees it; ``users``, ``channels`` map ids to names."""

    def show(match: re.Match[str]) -> str:
        target, label = match.group(1), match.group(2)
        if target.startswith("@"):
            return f"@{label or users.get(target[1:], target[1:])}"
        if target.startswith("#"):
            return f"#{label or channels.get(target[1:], target[1:])}"
        if target.startswith("!"):
            return label if label is not None else f"@{target[1:].split('^')[0]}"
        return label or target

    return unescaped(_BRACKETS.sub(show, mrkdwn))


def _pattern(users: Mapping[str, str], channels: Mapping[str, str]) -> re.Pattern[str]:
    parts = [_LINKS, _names("user", "@", users), _names("channel", "#", channels)]
    return re.compile("|".join(part for part in parts if part))


def _names(group: str, mark: str, known: Mapping[str, str]) -> str:
    longest_first = sorted((re.escape(name) for name in known if name), key=len, reverse=True)
    if not longest_first:
        return ""
    return rf"(?P<{group}>(?<!\w){mark}(?:{'|'.join(longest_first)})(?!\w))"


def _cut(
    text: str, found: re.Pattern[str], users: Mapping[str, str], channels: Mapping[str, str]
) -> Iterator[Piece]:
    at = 0
    for match in found.finditer(text):
        yield Piece("text", "", text[at : match.start()])
        kind = str(match.lastgroup)
        word = match.group()
        if kind == "user":
            yield Piece("user", users[word[1:]], word)
        elif kind == "channel":
            yield Piece("channel", channels[word[1:]], word)
        else:
            yield from _LINK_PIECES[kind](word)
        at = match.end()
    yield Piece("text", "", text[at:])


def _url(word: str) -> Iterator[Piece]:
    url = word.rstrip(_AFTER_A_URL)
    yield Piece("link", url, url)
    yield Piece("text", "", word[len(url) :])


def _mail(word: str) -> Iterator[Piece]:
    yield Piece("link", f"mailto:{word}", word)


def _tel(word: str) -> Iterator[Piece]:
    yield Piece("link", "tel:" + re.sub(r"[^\d+]", "", word), word)


def _domain(word: str) -> Iterator[Piece]:
    shown = word.rstrip(_AFTER_A_URL)
    yield Piece("link", f"http://{shown}", shown)
    yield Piece("text", "", word[len(shown) :])


def _broadcast(word: str) -> Iterator[Piece]:
    yield Piece("broadcast", word[1:], word)


_LINK_PIECES: Mapping[str, Callable[[str], Iterator[Piece]]] = {
    "url": _url,
    "mail": _mail,
    "tel": _tel,
    "domain": _domain,
    "broadcast": _broadcast,
}


def _joined(cut: Iterable[Piece]) -> Iterator[Piece]:
    held = ""
    for piece in cut:
        if piece.kind == "text":
            held += piece.shown
            continue
        if held:
            yield Piece("text", "", held)
        held = ""
        yield piece
    if held:
        yield Piece("text", "", held)


def _written(piece: Piece, *, named: bool) -> str:
    if piece.kind == "text":
        return escaped(piece.shown)
    if piece.kind == "broadcast":
        return f"<!{piece.target}>"
    if piece.kind == "user":
        return f"<@{piece.target}|{escaped(piece.shown[1:])}>" if named else f"<@{piece.target}>"
    if piece.kind == "channel":
        return f"<#{piece.target}|{escaped(piece.shown[1:])}>"
    if piece.target == piece.shown:
        return f"<{escaped(piece.target)}>"
    return f"<{escaped(piece.target)}|{escaped(piece.shown)}>"


def _element(piece: Piece) -> dict[str, Any]:
    if piece.kind == "text":
        return {"type": "text", "text": piece.shown}
    if piece.kind == "broadcast":
        return {"type": "broadcast", "range": piece.target}
    if piece.kind in {"user", "channel"}:
        return {"type": piece.kind, f"{piece.kind}_id": piece.target}
    link = {"type": "link", "url": piece.target}
    return link if piece.target == piece.shown else {**link, "text": piece.shown}
