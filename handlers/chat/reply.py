"""What is shown: a few kinds of block, without markup; each platform renders them its own way.

Strings in blocks are plain text. Renderers escape them, so that a contact called ``<b> <!channel>``
is harmless everywhere. A reply is stored in the outbox as versioned JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

VERSION = 1

Style = Literal["default", "primary", "danger"]
FieldKind = Literal["text", "phone", "email", "address"]
SEPARATOR = ", "  # between several values of one field


class Invocation(msgspec.Struct, frozen=True, omit_defaults=True):
    """A command with the arguments that are known so far: what a button does, what a question keeps.

    ``command`` is a name of the register. ``arguments`` maps parameter names to what the
    parameter's kind dumped (see :mod:`handlers.chat.arguments`); a missing name is asked for.
    """

    command: str
    arguments: Mapping[str, Any] = {}


class Text(msgspec.Struct, frozen=True, tag="text", omit_defaults=True):
    """A paragraph; ``\\n`` breaks the line."""

    text: str


class Field(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a card.

    ``kind`` says what the value is good for beyond reading: phone numbers (E.164) are tapped and copied,
    e-mail addresses are copied, a postal address opens a map. Of phones and e-mails there may be several.
    """

    label: str
    value: str
    kind: FieldKind = "text"

    def each(self) -> tuple[str, ...]:
        """The single values, as they are copied."""
        return tuple(self.value.split(SEPARATOR)) if self.kind in ("phone", "email") else (self.value,)


class Card(msgspec.Struct, frozen=True, tag="card", omit_defaults=True):
    """One record: a title, its fields, and perhaps a longer body."""

    title: str
    fields: tuple[Field, ...] = ()
    body: str = ""


class Table(msgspec.Struct, frozen=True, tag="table", omit_defaults=True):
    """Rows under column heads. ``numeric`` names the columns that are set to the right, by index."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    numeric: tuple[int, ...] = ()


class Series(msgspec.Struct, frozen=True):
    """One named line of figures, one per label of its chart."""

    name: str
    values: tuple[float, ...]


class Chart(msgspec.Struct, frozen=True, tag="chart", omit_defaults=True):
    """Figures to draw; kept as data. ``alt`` says in words what the picture shows."""

    kind: Literal["bar", "line"]
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    alt: str = ""


class Button(msgspec.Struct, frozen=True, omit_defaults=True):
    """A command in disguise: pressing it is as if its presser had typed it.

    A handler gives ``label`` and ``command``. The dispatcher mints a saved command inside the turn
    and puts ``token`` (what a press sends back) and ``number`` (1 to 99, what may be typed instead)
    in their place; renderers see only those. ``opens``: it answers with a :class:`Form`, which a platform
    that can show one has to be told at once.
    """

    label: str
    command: Invocation | None = None
    style: Style = "default"
    token: str = ""
    number: int = 0
    opens: bool = False


class Buttons(msgspec.Struct, frozen=True, tag="buttons"):
    """One group of buttons."""

    buttons: tuple[Button, ...]


class File(msgspec.Struct, frozen=True, tag="file"):
    """A document, kept by the SHA-256 of its content (hexadecimal). ``size`` in bytes."""

    name: str
    sha256: str
    media_type: str
    size: int


class Input(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a form.

    ``name`` is the parameter that it fills, ``label`` stands above it, ``hint`` in it while it is empty.
    ``kind``: a line, several lines, one of ``choices`` (what is shown, what it stands for), or a record,
    which is looked up while its name is typed; its ``choices`` are those shown before. ``value`` is what
    it holds at first, in the same words as a line would say it, or one of the choices.
    """

    name: str
    label: str
    kind: Literal["line", "lines", "choice", "record"] = "line"
    required: bool = False
    value: str = ""
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()


class Form(msgspec.Struct, frozen=True, omit_defaults=True):
    """A command's parameters, to be filled in at once where a platform can show it.

    ``fills`` is the command whose parameters they are, ``command`` what submitting runs; the turn puts
    ``token`` in its place.
    """

    title: str
    submit: str
    close: str
    fills: str
    inputs: tuple[Input, ...]
    command: Invocation | None = None
    token: str = ""


Block = Text | Card | Table | Chart | Buttons | File


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer, or one push.

    ``private``: only the person who pressed or asked may see it; on a press it is a short popup where
    that is enough (:attr:`is_glance`), else a message in the private chat.
    ``replaces``: it takes the place of the message whose button was pressed.
    ``subject``: the record that a push is about, as ``reminder:5``; when that is settled, done or
    moved, the messages already sent about it are edited.
    ``marks``: the reference of a person's message that was taken in; it gets a tick where its platform can.
    ``shared``: it is for everybody in the room that its request names.
    ``language``: the locale it is written in, where it is shown without an outbox row that says so.
    ``moments`` are the instants in its texts, as they stand there, with their seconds since 1970: a platform
    may show them on each reader's own clock.
    ``form`` is shown in place of the blocks where something waits for it (``Request.surface``).
    ``fleeting``: it holds a secret; the outbox forgets its words once it is sent, or given up.
    ``aloud``: where it goes on a thread, the whole room is shown it too.
    """

    blocks: tuple[Block, ...]
    private: bool = False
    replaces: bool = False
    subject: str = ""
    marks: str = ""
    shared: bool = False
    language: str = ""
    form: Form | None = None
    moments: tuple[tuple[str, int], ...] = ()
    fleeting: bool = False
    aloud: bool = False

    @property
    def is_glance(self) -> bool:
        """Whether a short popup is enough for it: it has nothing to press, and no secret to copy."""
        return not self.fleeting and all(isinstance(block, Text) for block in self.blocks)

    def buttons(self) -> Iterator[Button]:
        """Every button, in the order shown."""
        for block in self.blocks:
            if isinstance(block, Buttons):
                yield from block.buttons

    def headline(self) -> str:
        """Its first line, as plain text: what a phone shows of a push."""
        for block in self.blocks:
            match block:
                case Text(text) if text:
                    return text.split("\n", 1)[0]
                case Card() | Chart():
                    return block.title
                case Table() if block.title:
                    return block.title
        return ""


class _Stored(msgspec.Struct, frozen=True):
    version: int
    reply: Reply


def text(*lines: str) -> Reply:
    """A reply of one paragraph, a line each."""
    return Reply((Text("\n".join(lines)),))


def dump(reply: Reply) -> str:
    """As versioned JSON, for the outbox."""
    return msgspec.json.encode(_Stored(VERSION, reply)).decode()


def load(stored: str) -> Reply:
    """From :func:`dump`'s JSON.

    Raises:
        ValueError: a version that this code does not know (msgspec's ValidationError is one too).
    """
    document = msgspec.json.decode(stored, type=_Stored)
    if document.version != VERSION:
        raise ValueError(f"a reply of version {document.version}; this code reads {VERSION}")
    return document.reply
