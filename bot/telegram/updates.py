"""What an update means to us: a raw JSON object becomes a Request, or nothing. Pure.

* A private message or a press is always for us. One without text (a photo, a voice message, a
  contact) becomes a Request with its caption or with no text at all, so that its sender is answered
  and nothing is lost silently; notices of Telegram's own (a pinned message) are passed over.
* In groups only a command, a mention of the bot, or a reply to it is for us.
* Whoever is not plainly a person speaking for themselves is passed over: other bots, channels and
  anonymous admins (``sender_chat``), inline results of other bots (``via_bot``), forwarded messages.
* Edited messages and changed memberships are passed over, for now.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec
from telegram.constants import MessageAttachmentType, MessageType, UpdateType

from bot.platform import Unreadable
from bot.telegram.deliveries import RECEIVED_BY, UNREADABLE
from handlers.chat.request import Request, Sender

PLATFORM: Final = "telegram"
# What getUpdates is asked for; what else Telegram sends is passed over.
KINDS: Final = (
    UpdateType.MESSAGE,
    UpdateType.EDITED_MESSAGE,
    UpdateType.CALLBACK_QUERY,
    UpdateType.MY_CHAT_MEMBER,
)
_KNOWN_KINDS: Final = frozenset(map(str, UpdateType))
# Things that Telegram writes into a chat itself; what people send besides text is an attachment.
_ATTACHMENTS: Final = frozenset(map(str, MessageAttachmentType))
_NOTICES: Final = frozenset(map(str, MessageType)) - _ATTACHMENTS - {"text", "checklist"}

_MOST_NAMED: Final = 16  # messages in one reference, which the outbox keeps in a short column

_COMMAND = re.compile(r"\s*(/[A-Za-z0-9_]+)@(\w+)")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Press(Request):
    """A pressed button, with the id that its acknowledgement must name."""

    query: str = ""


class Me(msgspec.Struct, frozen=True):
    """The bot itself, as getMe describes it: core.telegram.org/bots/api#user."""

    id: int
    username: str = ""


class _User(msgspec.Struct, frozen=True):
    """core.telegram.org/bots/api#user."""

    id: int
    is_bot: bool
    first_name: str
    last_name: str = ""
    language_code: str = ""


class _Chat(msgspec.Struct, frozen=True):
    """core.telegram.org/bots/api#chat."""

    id: int
    type: Literal["private", "group", "supergroup", "channel"]


class _RepliedTo(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    message_id: int
    sender: _User | None = None


class _Message(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """core.telegram.org/bots/api#message."""

    message_id: int
    date: int
    chat: _Chat
    sender: _User | None = None
    sender_chat: _Chat | None = None
    via_bot: _User | None = None
    forward_origin: Mapping[str, Any] | None = None
    text: str | None = None
    caption: str | None = None
    reply_to_message: _RepliedTo | None = None


class _PressedMessage(msgspec.Struct, frozen=True):
    """core.telegram.org/bots/api#maybeinaccessiblemessage."""

    message_id: int
    chat: _Chat


class _CallbackQuery(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """core.telegram.org/bots/api#callbackquery."""

    id: str
    sender: _User
    message: _PressedMessage | None = None
    data: str | None = None


def parse(key: str, raw: Mapping[str, Any], me: Me) -> Request | None:
    """The request in one inbox row; None where it is nothing for us.

    ``me`` is the bot now, for rows that do not say by whom they were received.

    Raises: Unreadable.
    """
    if UNREADABLE in raw:
        raise Unreadable(str(raw[UNREADABLE]))
    kind = _kind(raw)
    read = _READERS.get(kind)
    if read is None:
        return None
    if RECEIVED_BY in raw:
        me = _typed(raw[RECEIVED_BY], Me)
    return read(key, raw[kind], me)


def _kind(raw: Mapping[str, Any]) -> str:
    kinds = raw.keys() - {"update_id", RECEIVED_BY}
    if len(kinds) != 1:  # core.telegram.org/bots/api#update: "At most one of the optional parameters"
        raise Unreadable(f"an update of {len(kinds)} kinds")
    kind = str(kinds.pop())
    if kind not in _KNOWN_KINDS:
        raise Unreadable("an update of unknown kind")
    return kind


def _typed(value: object, shape: type[msgspec.Struct]) -> Any:
    try:
        return msgspec.convert(value, shape)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        # The former names the field and the types, never the value; the latter is a lone surrogate's, on
        # the way to such a message.
        raise Unreadable(str(error)) from None


def _said(key: str, raw: object, me: Me) -> Request | None:
    message: _Message = _typed(raw, _Message)
    sent_at = _instant(message.date)
    sender = _person(message)
    if sender is None or (private := _is_private(message.chat)) is None:
        return None
    text = message.text if message.text is not None else message.caption
    if text is None and _is_notice(raw):
        return None
    text = _plain(text or "")
    if not private and not _addresses_us(message, text, me):
        return None
    return Request(
        platform=PLATFORM,
        key=key,
        address=str(message.chat.id),
        sender=_sender(sender),
        text=_without_our_name(text, me),
        private=private,
        sent_at=sent_at,
        message=_replied_to(message),
        ref=reference(message.chat.id, message.message_id),
    )


def _pressed(key: str, raw: object, me: Me) -> Request | None:
    query: _CallbackQuery = _typed(raw, _CallbackQuery)
    if query.sender.is_bot or query.data is None:  # without data it started a game
        return None
    # Without a message (one sent by inline mode) the answer goes to the person: a private chat has
    # its person's id (core.telegram.org/bots/api#chat).
    chat = query.message.chat if query.message else _Chat(query.sender.id, "private")
    return Press(
        platform=PLATFORM,
        key=key,
        address=str(chat.id),
        sender=_sender(query.sender),
        private=chat.type == "private",
        pressed=query.data,
        message=reference(chat.id, query.message.message_id) if query.message else None,
        query=query.id,
    )


_READERS: Final[Mapping[str, Callable[[str, object, Me], Request | None]]] = {
    UpdateType.MESSAGE: _said,
    UpdateType.CALLBACK_QUERY: _pressed,
}


def reference(chat: int | str, *messages: int) -> str:
    """``chat:message``; of a reply in several messages the last comes first, as ``chat:12+10+11``.

    The last one carries the buttons, so that a press's reference is the beginning of its reply's. Of
    a very long reply only the last sixteen are named.
    """
    last, *others = messages[-1:] + messages[-_MOST_NAMED:-1]
    return f"{chat}:" + "+".join(map(str, (last, *others)))


def messages(reference: str, chat: int | str) -> tuple[int, ...]:
    """The message ids in a :func:`reference`, in the order they were sent.

    Empty where it is one of another chat or another platform.
    """
    found = re.fullmatch(r"(-?\d+):(\d+(?:\+\d+)*)", reference, re.ASCII)
    if found is None or found[1] != str(chat):
        return ()
    last, *others = map(int, found[2].split("+"))
    return (*others, last)


def _instant(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unreadable("a date that no calendar has") from None


def _person(message: _Message) -> _User | None:
    if message.sender is None or message.sender.is_bot:
        return None
    if message.sender_chat or message.via_bot or message.forward_origin is not None:
        return None
    return message.sender


def _is_private(chat: _Chat) -> bool | None:
    """None for a channel, where nobody speaks as a person."""
    return None if chat.type == "channel" else chat.type == "private"


def _is_notice(raw: object) -> bool:
    names = raw.keys() if isinstance(raw, Mapping) else frozenset[str]()
    return bool(names & _NOTICES) and not names & _ATTACHMENTS


def _sender(user: _User) -> Sender:
    name = f"{user.first_name} {user.last_name}".strip()
    return Sender(user=str(user.id), name=_plain(name), language=user.language_code)


def _plain(text: str) -> str:
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _replied_to(message: _Message) -> str | None:
    if message.reply_to_message is None:
        return None
    return reference(message.chat.id, message.reply_to_message.message_id)


def _addresses_us(message: _Message, text: str, me: Me) -> bool:
    """In a group, where most of what is said is not for us."""
    if command := _COMMAND.match(text):
        return _is_ours(command[2], me)
    if text.lstrip().startswith("/") or _mention(me).search(text):
        return True
    replied_to = message.reply_to_message
    return replied_to is not None and replied_to.sender is not None and replied_to.sender.id == me.id


def _is_ours(username: str, me: Me) -> bool:
    return bool(me.username) and username.casefold() == me.username.casefold()


def _mention(me: Me) -> re.Pattern[str]:
    """``@our_name``, with the white space after it and, in front of a line, the comma or colon."""
    if not me.username:
        return re.compile(r"(?!)")
    name = re.escape(me.username)
    return re.compile(rf"^\s*@{name}\b[,:]?[ \t]*|(?<![\w@/])@{name}\b[ \t]?", re.IGNORECASE | re.MULTILINE)


def _without_our_name(text: str, me: Me) -> str:
    """``/deal@parley_bot acme`` and ``@parley_bot deal acme`` as ``/deal acme`` and ``deal acme``."""
    text = _COMMAND.sub(r"\1", text, count=1) if _COMMAND.match(text) else text
    return _mention(me).sub("", text).strip()
