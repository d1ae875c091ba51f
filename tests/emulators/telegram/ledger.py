"""What the bot did, in the order it did it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from .keyboards import Rows

ChatId: TypeAlias = int


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A message as it stood on the screen after the bot sent or edited it."""

    chat_id: ChatId
    message_id: int
    text: str  # as people read it, after parsing
    html: str  # the markup it came from; escaped text when it came without markup
    buttons: Rows
    at: float  # seconds, by the emulator's clock
    link_preview: bool  # whether a preview may appear

    @property
    def labels(self) -> tuple[str, ...]:
        """All buttons' texts, row by row."""
        return tuple(button.text for row in self.buttons for button in row)


@dataclass(frozen=True, kw_only=True)
class Sent(Shown):
    """The bot sent a message."""

    reply_to: int | None = None  # message id
    silent: bool = False
    thread: int | None = None  # a topic's
    file: bytes | None = None  # the text is then its caption
    photo: bool = False


@dataclass(frozen=True, kw_only=True)
class Edited(Shown):
    """The bot changed a message's text or its buttons."""


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """The bot deleted a message."""

    chat_id: ChatId
    message_id: int
    at: float


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The bot answered the press of a button."""

    chat_id: ChatId
    callback_query_id: str
    text: str  # empty: the press was only acknowledged
    alert: bool
    at: float


@dataclass(frozen=True, kw_only=True)
class Acted:
    """The bot showed an action such as "typing…"."""

    chat_id: ChatId
    action: str
    at: float


Record: TypeAlias = Sent | Edited | Deleted | Answered | Acted


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request of the bot; polls are only counted."""

    method: str
    parameters: dict[str, Any]
    status: int  # of the method; a fault's when it prevented the effect, 0 when that was a cut
    description: str  # why it was refused; empty when it was not
    at: float
