"""What was said, the same from every platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Sender:
    """Who spoke, as the platform knows them. Names are never an identity, ids are.

    ``team`` is the Slack workspace, empty elsewhere. ``language`` is a hint such as ``fr``.
    """

    user: str
    team: str = ""
    name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One message typed, or one button pressed.

    ``key`` is unique on its platform: the same delivery twice has the same key.
    ``address`` is the chat that the answer goes to. ``private`` is true where only the sender
    reads that chat. ``sent_at`` is the platform's send time (aware, UTC), None where it gives none.
    ``pressed`` is the token of a button, ``message`` the platform's reference of the message that
    carried the button or that this one replies to. ``ref`` is its reference of this message itself,
    where an answer quotes it: in a room, in which others write meanwhile.
    """

    platform: str
    key: str
    address: str
    sender: Sender
    text: str = ""
    private: bool = True
    sent_at: datetime | None = None
    pressed: str | None = None
    message: str | None = None
    ref: str | None = None
