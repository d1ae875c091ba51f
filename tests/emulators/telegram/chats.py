"""Chats and the messages in them. docs #chat, #message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .keyboards import Rows, keyboard_json
from .markup import Formatted
from .refusals import (
    BLOCKED,
    DEACTIVATED,
    KICKED,
    NEVER_STARTED,
    NOT_A_MEMBER,
    THREAD_NOT_FOUND,
    Refusal,
    Refused,
    upgraded,
)

Kind = Literal["private", "group", "supergroup", "channel"]
# Of a private chat what the person has done, of a group what was done to the bot.
Standing = Literal["stranger", "started", "blocked", "deactivated", "left", "kicked"]

_REFUSAL_TO_WRITE: dict[Standing, Refusal] = {
    "stranger": NEVER_STARTED,
    "blocked": BLOCKED,
    "deactivated": DEACTIVATED,
    "left": NOT_A_MEMBER,
    "kicked": KICKED,
}


@dataclass
class Message:
    """A message in a chat, the bot's or a person's.

    ``carries`` are the fields of docs #message for what it is besides text: then its text is a caption.
    """

    message_id: int
    chat: Chat
    sender: dict[str, Any]  # docs #user
    date: float
    content: Formatted
    html: str = ""
    buttons: Rows = ()
    link_preview: dict[str, Any] = field(default_factory=dict)
    reply_to: Message | None = None
    edited_at: float | None = None
    thread: int | None = None
    carries: Mapping[str, Any] = field(default_factory=dict)
    file: bytes | None = None

    @property
    def is_bots(self) -> bool:
        return bool(self.sender["is_bot"])

    def json(self) -> dict[str, Any]:
        """docs #message; dates in whole seconds, and no field that is empty."""
        captioned = self.carries and "forward_origin" not in self.carries
        text, entities = ("caption", "caption_entities") if captioned else ("text", "entities")
        optional = {
            "edit_date": self.edited_at and int(self.edited_at),
            text: self.content.text,
            entities: list(self.content.entities),
            "link_preview_options": self.link_preview,
            "reply_markup": self.buttons and keyboard_json(self.buttons),
            "reply_to_message": self.reply_to and self.reply_to.json(),
            "message_thread_id": self.thread,
            "is_topic_message": self.thread is not None,
            **self.carries,
        }
        return {
            "message_id": self.message_id,
            "from": self.sender,
            "chat": self.chat.json(),
            "date": int(self.date),
            **{name: value for name, value in optional.items() if value},
        }


@dataclass
class Chat:
    """A chat that the bot may know: one person's private chat, or a group."""

    chat_id: int
    person: dict[str, Any] = field(default_factory=dict)  # docs #user
    standing: Standing = "stranger"
    messages: dict[int, Message] = field(default_factory=dict)
    kind: Kind = "private"
    title: str = ""
    topics: dict[int, str] = field(default_factory=dict)
    became: int | None = None  # the supergroup that a group was made into

    def json(self) -> dict[str, Any]:
        """docs #chat."""
        named: dict[str, Any] = {"title": self.title} if self.title else {}
        named |= {key: self.person[key] for key in ("first_name", "username") if key in self.person}
        forum = {"is_forum": True} if self.topics else {}
        return {"id": self.chat_id, "type": self.kind, **named, **forum}

    def require_writable(self) -> None:
        """Refuse where the bot may not write."""
        if self.became is not None:
            raise Refused(upgraded(self.became))
        if self.standing in _REFUSAL_TO_WRITE:
            raise Refused(_REFUSAL_TO_WRITE[self.standing])

    def require_topic(self, topic: int) -> None:
        """Refuse a topic that this chat does not have; 0 is none."""
        if topic and topic not in self.topics:
            raise Refused(THREAD_NOT_FOUND)
