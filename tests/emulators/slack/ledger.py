"""The record of everything an app did: frozen, in order, with what a person would see of it."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from . import blocks as kit
from . import typed
from .problems import Json

Kind = Literal[
    "posted",
    "updated",
    "deleted",
    "ephemeral",
    "acked",
    "reacted",
    "shared",
    "view_opened",
    "view_updated",
    "home_published",
]


@dataclass(frozen=True, slots=True)
class Button:
    """Something a person can press in a message; an overflow or menu option is one too."""

    label: str
    value: str | None
    action_id: str
    block_id: str
    kind: str
    style: str | None = None
    url: str | None = None
    asks: bool = False
    element: Mapping[str, Any] = field(default_factory=dict, repr=False)
    option: Mapping[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed of the app.

    ``time`` is the emulator's clock in seconds; ``to`` is the user id for an ephemeral message, a
    view or an answered command. For ``acked``, ``about`` is the event or trigger id, ``payload``
    what came with the acknowledgement and ``late`` whether Slack had stopped waiting for it.
    For ``shared``, a file, ``text`` is its name and ``about`` its id.
    ``unfurls``: nobody asked Slack to leave its links as they are.
    """

    kind: Kind
    time: float
    channel: str = ""
    ts: str = ""
    text: str = ""
    blocks: tuple[Json, ...] = ()
    metadata: Json | None = None
    thread_ts: str | None = None
    to: str | None = None
    about: str = ""
    payload: Json | None = None
    late: bool = False
    unfurls: bool = False

    @property
    def buttons(self) -> tuple[Button, ...]:
        """What can be pressed in it, in order."""
        return tuple(buttons(self.blocks))

    @property
    def pings(self) -> tuple[str, ...]:
        """The marks in it that notify a whole channel or group; wanted are none."""
        return tuple(ping for text in mrkdwn_texts(self) for ping in typed.pings(text))


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the Web API: ``error`` is empty when it was taken.

    ``spoilt`` is True when a fault kept it from having any effect.
    """

    method: str
    arguments: Json
    time: float
    error: str
    spoilt: bool = False


def frozen_copy(value: Any) -> Any:
    """Return a deep copy, so that an entry keeps what was, whatever happens after."""
    return copy.deepcopy(value)


def buttons(blocks: Sequence[Json]) -> Iterator[Button]:
    """Yield what a person can press in stored blocks."""
    for block in blocks:
        for element in kit.interactive(block):
            if element["type"] == "button":
                yield _button(block, element)
            else:
                yield from _options(block, element)


def mrkdwn_texts(entry: Entry) -> Iterator[str]:
    """Yield every text of an entry in which Slack looks for mentions."""
    yield entry.text
    yield from _mrkdwn(list(entry.blocks))


def rendered(text: str, blocks: Sequence[Json]) -> str:
    """Return what stands on the screen, still with Slack's marks: the blocks, else the text.

    In plain text there are none: what looks like one is escaped.
    """
    if not blocks:
        return text
    return "\n".join(line for block in blocks for line in _lines(block))


def _button(block: Json, element: Json) -> Button:
    return Button(
        label=element["text"]["text"],
        value=element.get("value"),
        action_id=element["action_id"],
        block_id=block["block_id"],
        kind="button",
        style=element.get("style"),
        url=element.get("url"),
        asks="confirm" in element,
        element=element,
    )


def _options(block: Json, element: Json) -> Iterator[Button]:
    groups = element.get("option_groups") or [element]
    for option in (option for group in groups for option in group.get("options", [])):
        yield Button(
            label=option["text"]["text"],
            value=option["value"],
            action_id=element["action_id"],
            block_id=block["block_id"],
            kind=element["type"],
            url=option.get("url"),
            asks="confirm" in element,
            element=element,
            option=option,
        )


def _mrkdwn(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _mrkdwn(inner)
    elif isinstance(value, dict):
        if value.get("type") in {"mrkdwn", "markdown"}:
            yield str(value["text"])
        elif value.get("type") == "broadcast":  # inside a rich_text block
            yield f"<!{value.get('range')}>"
        else:
            for inner in value.values():
                yield from _mrkdwn(inner)


def _lines(block: Json) -> Iterator[str]:
    kind = block["type"]
    if kind == "markdown":
        yield block["text"]
    elif kind == "image":
        yield f"[{block['alt_text']}]"
    elif kind == "context":
        shown = [_text(item) if "text" in item else f"[{item.get('alt_text')}]" for item in block["elements"]]
        yield "  ".join(shown)
    elif kind == "rich_text":
        yield "".join(_rich(block))
    elif kind == "table":
        yield from (" | ".join("".join(_rich(cell)) for cell in row) for row in block["rows"])
    else:
        for text in [block.get("text"), *block.get("fields", []), block.get("label")]:
            if text:
                yield _text(text)
        for row in block.get("rows", []):
            yield "  ".join(_text(cell) if "text" in cell else "".join(_rich(cell)) for cell in row)
    labels = [f"[{button.label}]" for button in buttons([block])]
    if labels:
        yield " ".join(labels)


def _text(item: Json) -> str:
    """A text object, or a table's cell."""
    marked = item["type"] in {"mrkdwn", "markdown"}
    return str(item["text"]) if marked else typed.escaped(str(item["text"]))


def _rich(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _rich(inner)
    elif isinstance(value, dict):
        if "elements" in value:
            yield from _rich(value["elements"])
        else:
            yield str(value.get("text") or value.get("url") or value.get("user_id") or "")
