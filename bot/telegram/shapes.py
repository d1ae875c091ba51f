"""The parts of Telegram's updates that are read; whatever else stands in them is passed over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from bot.platform import Unreadable


class Me(msgspec.Struct, frozen=True):
    """The bot itself, as getMe describes it: core.telegram.org/bots/api#user."""

    id: int
    username: str = ""


class User(msgspec.Struct, frozen=True):
    """core.telegram.org/bots/api#user."""

    id: int
    is_bot: bool
    first_name: str
    last_name: str = ""
    language_code: str = ""

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.first_name} {self.last_name}".strip()


class Chat(msgspec.Struct, frozen=True):
    """core.telegram.org/bots/api#chat."""

    id: int
    type: Literal["private", "group", "supergroup", "channel"]
    title: str = ""
    username: str = ""


class RepliedTo(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """A message that another one replies to."""

    message_id: int
    sender: User | None = None


class Entity(msgspec.Struct, frozen=True):
    """core.telegram.org/bots/api#messageentity; offset and length in UTF-16 units."""

    type: str
    offset: int
    length: int
    user: User | None = None


class File(msgspec.Struct, frozen=True):
    """core.telegram.org/bots/api#photosize, #document, #voice, #audio, #video, #videonote."""

    file_id: str
    file_size: int | None = None
    file_name: str = ""
    mime_type: str = ""
    duration: int | None = None
    width: int = 0
    height: int = 0


class Contact(msgspec.Struct, frozen=True):
    """core.telegram.org/bots/api#contact."""

    phone_number: str
    first_name: str
    last_name: str = ""
    user_id: int | None = None
    vcard: str = ""


class Location(msgspec.Struct, frozen=True):
    """core.telegram.org/bots/api#location."""

    latitude: float
    longitude: float


class Venue(msgspec.Struct, frozen=True):
    """core.telegram.org/bots/api#venue."""

    location: Location
    title: str
    address: str


class Origin(msgspec.Struct, frozen=True):
    """core.telegram.org/bots/api#messageorigin: all four kinds of it."""

    type: str
    date: int
    sender_user: User | None = None
    sender_user_name: str = ""
    sender_chat: Chat | None = None
    chat: Chat | None = None
    message_id: int = 0
    author_signature: str = ""


class Message(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """core.telegram.org/bots/api#message."""

    message_id: int
    date: int
    chat: Chat
    sender: User | None = None
    sender_chat: Chat | None = None
    via_bot: User | None = None
    edit_date: int | None = None
    forward_origin: Origin | None = None
    text: str | None = None
    caption: str | None = None
    entities: tuple[Entity, ...] = ()
    caption_entities: tuple[Entity, ...] = ()
    reply_to_message: RepliedTo | None = None
    message_thread_id: int | None = None
    is_topic_message: bool = False
    photo: tuple[File, ...] = ()
    document: File | None = None
    voice: File | None = None
    audio: File | None = None
    video: File | None = None
    video_note: File | None = None
    contact: Contact | None = None
    location: Location | None = None
    venue: Venue | None = None
    migrate_to_chat_id: int | None = None
    migrate_from_chat_id: int | None = None


class PressedMessage(msgspec.Struct, frozen=True):
    """core.telegram.org/bots/api#maybeinaccessiblemessage."""

    message_id: int
    chat: Chat
    message_thread_id: int | None = None
    is_topic_message: bool = False


class CallbackQuery(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """core.telegram.org/bots/api#callbackquery."""

    id: str
    sender: User
    message: PressedMessage | None = None
    data: str | None = None


class ChatMember(msgspec.Struct, frozen=True):
    """core.telegram.org/bots/api#chatmember: all six kinds of it."""

    status: str
    is_member: bool = False
    can_send_messages: bool = True


class ChatMemberUpdated(msgspec.Struct, frozen=True, rename={"by": "from"}):
    """core.telegram.org/bots/api#chatmemberupdated."""

    chat: Chat
    by: User
    new_chat_member: ChatMember


def typed(value: object, shape: type[msgspec.Struct]) -> Any:
    """``value`` as that shape.

    Raises: Unreadable, whose text names the field and the types, never the value.
    """
    try:
        return msgspec.convert(value, shape)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        # The latter is a lone surrogate's, on the way to the former's message.
        raise Unreadable(str(error)) from None


def names(raw: object) -> frozenset[str]:
    """The names in a raw object."""
    return frozenset(raw) if isinstance(raw, Mapping) else frozenset()
