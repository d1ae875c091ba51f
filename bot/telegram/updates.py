"""What an update means to us: a raw JSON object becomes a Request, or nothing. Pure.

* A private message, its edit or a press is always for us. One without text (a photo, a voice message, a
  contact) becomes a Request with its caption or with no text at all; notices of Telegram's own (a
  pinned message) are passed over.
* In groups only a command, a mention of the bot, or a reply to it is for us.
* A forwarded message is for us in private only; whose words they are stands in ``forwarded``.
* Whoever is not plainly a person speaking for themselves is passed over: other bots, channels and
  anonymous admins (``sender_chat``), inline results of other bots (``via_bot``).
* A group that became a supergroup has Moved; who blocks the bot or lets it write again, who adds it to a
  group or removes it, changes its Standing.

Of an edit ``sent_at`` is when it was made, and ``ref`` the message's, as before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from telegram.constants import ChatMemberStatus, MessageAttachmentType, MessageType, UpdateType

from bot.platform import Moved, Standing, Unreadable
from bot.telegram import carried
from bot.telegram.carried import instant, plain
from bot.telegram.deliveries import RECEIVED_BY, UNREADABLE
from bot.telegram.mentions import addresses_us, with_colleagues, without_our_name
from bot.telegram.references import address_of, reference
from bot.telegram.shapes import (
    CallbackQuery,
    Chat,
    ChatMember,
    ChatMemberUpdated,
    Me,
    Message,
    PressedMessage,
    User,
    names,
    typed,
)
from handlers.chat.request import Request, Sender

PLATFORM: Final = "telegram"
# What Telegram is asked for; what else it sends is passed over.
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
_IN_THE_CHAT: Final = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.MEMBER)

Meaning = Request | Moved | Standing | None


@dataclass(frozen=True, slots=True)
class Press(Request):
    """A pressed button, with the id that its acknowledgement must name."""

    query: str = ""


def parse(key: str, raw: Mapping[str, Any], me: Me) -> Meaning:
    """What one inbox row means; None where it is nothing for us.

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
        me = typed(raw[RECEIVED_BY], Me)
    return read(key, raw[kind], me)


def _kind(raw: Mapping[str, Any]) -> str:
    kinds = raw.keys() - {"update_id", RECEIVED_BY}
    if len(kinds) != 1:  # core.telegram.org/bots/api#update: "At most one of the optional parameters"
        raise Unreadable(f"an update of {len(kinds)} kinds")
    kind = str(kinds.pop())
    if kind not in _KNOWN_KINDS:
        raise Unreadable("an update of unknown kind")
    return kind


def _said(key: str, raw: object, me: Me) -> Meaning:
    message: Message = typed(raw, Message)
    return _moved(message) or _request(key, message, names(raw), me)


def _edited(key: str, raw: object, me: Me) -> Meaning:
    message: Message = typed(raw, Message)
    if message.location is not None:  # a live location goes on and on: core.telegram.org/bots/api#location
        return None
    return _request(key, message, names(raw), me, edited=True)


def _request(
    key: str, message: Message, kinds: frozenset[str], me: Me, *, edited: bool = False
) -> Request | None:
    sent_at = instant((message.edit_date if edited else None) or message.date)
    sender = _person(message)
    if sender is None or (private := _is_private(message.chat)) is None:
        return None
    written = message.text if message.text is not None else message.caption
    if written is None and kinds & _NOTICES and not kinds & _ATTACHMENTS:
        return None
    text = with_colleagues(plain(written or ""), message.entities or message.caption_entities)
    forwarded = carried.forwarded(message)
    if not private and (forwarded or not addresses_us(message, text, me)):
        return None
    return Request(
        platform=PLATFORM,
        key=key,
        address=address_of(message.chat.id, _topic(message)),
        sender=_sender(sender),
        text=text if forwarded else _started(without_our_name(text, me)),
        private=private,
        sent_at=sent_at,
        message=_replied_to(message),
        ref=reference(message.chat.id, message.message_id),
        edited=edited,
        attachments=carried.attachments(message),
        contact=carried.contact(message),
        location=carried.location(message),
        forwarded=forwarded,
        room="" if private else address_of(message.chat.id, _topic(message)),
        room_name=plain(message.chat.title),
    )


def _started(text: str) -> str:
    """``text``; where the button "Start" of an empty chat said it, what its presser wants to know.

    With a code behind it, it joins an account: core.telegram.org/bots/features#deep-linking.
    """
    return "/help" if text.casefold() == "/start" else text


def _moved(message: Message) -> Moved | None:
    """core.telegram.org/bots/api#message: it is said in both, the old group and the new one."""
    if message.migrate_to_chat_id:
        return Moved(PLATFORM, str(message.chat.id), str(message.migrate_to_chat_id))
    if message.migrate_from_chat_id:
        return Moved(PLATFORM, str(message.migrate_from_chat_id), str(message.chat.id))
    return None


def _pressed(key: str, raw: object, me: Me) -> Meaning:
    query: CallbackQuery = typed(raw, CallbackQuery)
    if query.sender.is_bot or query.data is None:  # without data it started a game
        return None
    # Without a message (one sent by inline mode) the answer goes to the person: a private chat has
    # its person's id (core.telegram.org/bots/api#chat).
    chat = query.message.chat if query.message else Chat(query.sender.id, "private")
    address = address_of(chat.id, _topic(query.message) if query.message else None)
    return Press(
        platform=PLATFORM,
        key=key,
        address=address,
        sender=_sender(query.sender),
        private=chat.type == "private",
        pressed=query.data,
        message=reference(chat.id, query.message.message_id) if query.message else None,
        room="" if chat.type == "private" else address,
        room_name=plain(chat.title),
        query=query.id,
    )


def _stands(key: str, raw: object, me: Me) -> Meaning:
    changed: ChatMemberUpdated = typed(raw, ChatMemberUpdated)
    chat = changed.chat
    own = str(chat.id) if chat.type == "private" else ""
    reachable = _may_write(changed.new_chat_member)
    return Standing(PLATFORM, str(chat.id), reachable, user=own, by=str(changed.by.id))


def _may_write(member: ChatMember) -> bool:
    if member.status == ChatMemberStatus.RESTRICTED:
        return member.is_member and member.can_send_messages
    return member.status in _IN_THE_CHAT


_READERS: Final[Mapping[str, Callable[[str, object, Me], Meaning]]] = {
    UpdateType.MESSAGE: _said,
    UpdateType.EDITED_MESSAGE: _edited,
    UpdateType.CALLBACK_QUERY: _pressed,
    UpdateType.MY_CHAT_MEMBER: _stands,
}


def _person(message: Message) -> User | None:
    if message.sender is None or message.sender.is_bot or message.sender_chat or message.via_bot:
        return None
    return message.sender


def _is_private(chat: Chat) -> bool | None:
    """None for a channel, where nobody speaks as a person."""
    return None if chat.type == "channel" else chat.type == "private"


def _topic(message: Message | PressedMessage) -> int | None:
    """A reply outside of a forum has a thread's id too, which is none that could be written to."""
    return message.message_thread_id if message.is_topic_message else None


def _sender(user: User) -> Sender:
    return Sender(user=str(user.id), name=plain(user.name), language=user.language_code)


def _replied_to(message: Message) -> str | None:
    if message.reply_to_message is None:
        return None
    return reference(message.chat.id, message.reply_to_message.message_id)
