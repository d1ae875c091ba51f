"""What a message carries besides its text: files, a contact card, a place, whose words it passes on. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal

from bot.platform import Unreadable
from bot.telegram import shapes
from handlers.chat.request import Attachment, Forwarded, Location, SharedContact

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# Private supergroups and channels have ids of this form, which their links leave out:
# core.telegram.org/api/links#message-links.
_PRIVATE_CHANNEL = re.compile(r"-100(\d+)")


def plain(text: str) -> str:
    """``text`` with U+FFFD for lone surrogates, which UTF-8 cannot hold."""
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def instant(seconds: int) -> datetime:
    """A moment in Unix time, aware UTC.

    Raises: Unreadable.
    """
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unreadable("a date that no calendar has") from None


def attachments(message: shapes.Message) -> tuple[Attachment, ...]:
    """The message's file; Telegram sends each file as a message of its own."""
    if message.photo:  # several sizes of one picture: core.telegram.org/bots/api#message
        # Not by their bytes, which Telegram need not say.
        largest = max(message.photo, key=lambda size: size.width * size.height)
        # Telegram makes every photo a JPEG; what is to stay as it is, is sent as a document.
        return (_attachment("photo", largest, media_type="image/jpeg"),)
    if message.document:
        return (_attachment("document", message.document),)
    if message.voice:
        return (_attachment("voice", message.voice),)
    if message.audio:
        return (_attachment("audio", message.audio),)
    video = message.video or message.video_note
    return (_attachment("video", video),) if video else ()


def _attachment(
    kind: Literal["photo", "document", "voice", "audio", "video"], file: shapes.File, *, media_type: str = ""
) -> Attachment:
    return Attachment(
        kind,
        file.file_id,
        name=plain(file.file_name),
        media_type=plain(file.mime_type) or media_type,
        size=file.file_size,
        seconds=file.duration,
    )


def contact(message: shapes.Message) -> SharedContact | None:
    """The card of somebody that was shared."""
    card = message.contact
    if card is None:
        return None
    phone = plain(card.phone_number)
    # The number of one who is on Telegram is international, and comes without its plus.
    if card.user_id is not None and phone.isdigit():
        phone = f"+{phone}"
    return SharedContact(plain(f"{card.first_name} {card.last_name}".strip()), phone, plain(card.vcard))


def location(message: shapes.Message) -> Location | None:
    """The place that was shared; a venue's name and address with it."""
    if message.venue:
        at, venue = message.venue.location, message.venue
        return Location(at.latitude, at.longitude, plain(venue.title), plain(venue.address))
    if message.location:
        return Location(message.location.latitude, message.location.longitude)
    return None


def forwarded(message: shapes.Message) -> Forwarded | None:
    """Whose words they are, where they are not the sender's own."""
    origin = message.forward_origin
    if origin is None:
        return None
    return Forwarded(plain(_author(origin)), instant(origin.date), _link(origin))


def _author(origin: shapes.Origin) -> str:
    if origin.sender_user:
        return origin.sender_user.name
    chat = origin.chat or origin.sender_chat
    title = chat.title if chat else origin.sender_user_name
    return f"{title} ({origin.author_signature})" if origin.author_signature else title


def _link(origin: shapes.Origin) -> str:
    """Where the original stands; only of a channel's does Telegram say it."""
    if origin.chat is None or not origin.message_id:
        return ""
    if re.fullmatch(r"\w+", origin.chat.username, re.ASCII):
        return f"https://t.me/{origin.chat.username}/{origin.message_id}"
    private = _PRIVATE_CHANNEL.fullmatch(str(origin.chat.id))
    return f"https://t.me/c/{private[1]}/{origin.message_id}" if private else ""
