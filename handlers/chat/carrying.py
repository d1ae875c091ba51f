"""Carrying: what a message carries beside its words becomes a command, as a button does.

A forwarded message is never a command, whatever it says; the words under a file can be one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from handlers.chat import reading as lines
from handlers.chat.arguments import Argument, Bound
from handlers.chat.context import Context
from handlers.chat.focus import last_shown
from handlers.chat.i18n import msg
from handlers.chat.people import LivingArgument
from handlers.chat.reading import Reading
from handlers.chat.reply import Invocation, Reply
from handlers.chat.request import Attachment, Forwarded, Location, Request, SharedContact
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.errors import Ambiguous, NotFound
from models.lead import Lead
from models.record import Record

T = TypeVar("T")


class CarriedArgument(Argument[T], Generic[T]):
    """What only a message, or a button that was made for one, carries; nobody types it."""

    carried: Any

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> T | None:
        return None

    def dump(self, value: T) -> Any:
        return msgspec.to_builtins(value)

    async def load(self, ctx: Context, stored: Any) -> T:
        loaded: T = msgspec.convert(stored, self.carried)
        return loaded


class ForwardedArgument(CarriedArgument[Forwarded]):
    """Whose words were passed on."""

    carried = Forwarded


class LocationArgument(CarriedArgument[Location]):
    """A place that was shared."""

    carried = Location


class SharedContactArgument(CarriedArgument[SharedContact]):
    """Somebody's card."""

    carried = SharedContact


class FilesArgument(CarriedArgument[tuple[Attachment, ...]]):
    """The files of a message."""

    carried = tuple[Attachment, ...]


AForward = Annotated[Forwarded, ForwardedArgument()]
APlaceShared = Annotated[Location, LocationArgument()]
ACardShared = Annotated[SharedContact, SharedContactArgument()]
SomeFiles = Annotated[tuple[Attachment, ...], FilesArgument()]

_SUBJECT = LivingArgument(
    *(Deal, Contact, Company, Lead), prompt=msg("What is it about?"), by_reply=True, exactly=True
)
Subject = Annotated[Record, _SUBJECT]


def carries(request: Request) -> bool:
    """Whether a message has more than words."""
    return bool(request.attachments or request.forwarded or request.contact or request.location)


async def answer(ctx: Context, words: str) -> Reply:
    """Answer what the message carries; ``words`` are those that are no command of their own.

    Raises:
        RuleRefused, NotUnderstood: as :func:`handlers.chat.answering.press`.
    """
    return await ctx.press(ctx, _invocation(ctx.request, words.strip()))


def _invocation(request: Request, text: str) -> Invocation:
    words = {"words": text} if text else {}
    if request.contact is not None:
        return Invocation("shared_contact", {"card": msgspec.to_builtins(request.contact)})
    if request.location is not None:
        return Invocation("visit", {"place": msgspec.to_builtins(request.location)})
    if request.attachments:
        if request.forwarded is not None and request.forwarded.text:
            words = {"words": "\n".join(part for part in (text, request.forwarded.text) if part)}
        return Invocation("attach", {"files": msgspec.to_builtins(request.attachments), **words})
    return Invocation("forward", {"source": msgspec.to_builtins(request.forwarded), **words})


@dataclass(frozen=True, slots=True)
class Meant:
    """What words name: the record, or ``several`` that fit; and the words that are left."""

    record: Record | None
    rest: str
    several: Sequence[Record] = ()


async def meant_by(ctx: Context, words: str) -> Meant:
    """The record that words name by its id or at their beginning; else what is replied to or was shown last.

    Raises:
        NotFound: an id that leads nowhere.
    """
    reading = lines.read(words, _SUBJECT.kinds, ctx.speaker)
    try:
        record = await _SUBJECT.take(ctx, reading, {}) if words else None
    except Ambiguous as error:
        return Meant(None, words, error.choices)
    except NotFound as error:
        if error.text[1:2] == "-":
            raise
        record = None
    if record is not None:
        return Meant(record, reading.rest())
    return Meant(await last_shown(ctx), words)
