"""One message at a time: posted, replaced, deleted. Nothing is retried but markup that is refused."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

import telegram
from telegram.constants import FileSizeLimit, ParseMode

from bot.platform import Files, Message, ServiceError
from bot.telegram import references
from bot.telegram.keyboard import Key, Rows
from bot.telegram.refusals import MarkupRefused, NoPhoto, TopicGone, Unchanged, told
from bot.telegram.render import Part
from handlers.chat.reply import File, Reply

_log = logging.getLogger(__name__)

# Whoever writes a link into a note must not learn from its preview who reads it, and when.
_NO_PREVIEW: Final = telegram.LinkPreviewOptions(is_disabled=True)


# python-telegram-bot, telegram.constants.
_LARGEST_UPLOAD: Final = int(FileSizeLimit.FILESIZE_UPLOAD)  # bytes
_LARGEST_PHOTO: Final = int(FileSizeLimit.PHOTOSIZE_UPLOAD)  # bytes
_PHOTOS: Final = ("image/jpeg", "image/png", "image/webp")
_UPLOADED_WITHIN: Final = 60.0  # seconds; the outbox keeps the lease of what is under way
_NOTHING: Final[Mapping[str, bytes]] = {}


class Sender:
    """What the adapter does to single messages. Everything raises ServiceError.

    ``files`` reads what File blocks name; None: they are named only.
    """

    def __init__(self, bot: telegram.Bot, files: Files | None) -> None:
        self._bot = bot
        self._files = files

    async def send(
        self, message: Message, part: Part, contents: Mapping[str, bytes] = _NOTHING, *, first: bool
    ) -> int:
        """Post a part of a message and return its id; the ``first`` answers what the person said.

        ``contents`` are those of files, by their hashes.
        """
        chat, topic = references.place(message.address)
        given = {
            "chat_id": chat,
            "message_thread_id": topic,
            "reply_markup": _markup(part.rows),
            "reply_parameters": _answered(message) if first else None,
        }
        content = contents[part.file.sha256] if part.file else None
        try:
            return await self._formatted(part, content, given)
        except TopicGone:
            if topic is None:
                raise
            return await self._formatted(part, content, {**given, "message_thread_id": None})

    async def _formatted(self, part: Part, content: bytes | None, given: Mapping[str, Any]) -> int:
        try:
            return await self._post(part, content, part.html, {**given, "parse_mode": ParseMode.HTML})
        except MarkupRefused:
            _log.warning("telegram: markup refused; sent as plain text")
            return await self._post(part, content, part.plain, given)

    async def _post(self, part: Part, content: bytes | None, text: str, given: Mapping[str, Any]) -> int:
        if content is not None and part.file is not None:
            return await self._post_file(part.file, content, {**given, "caption": text})
        sent = self._bot.send_message(text=text, link_preview_options=_NO_PREVIEW, **given)
        return (await told("sendMessage", sent)).message_id

    async def _post_file(self, file: File, content: bytes, given: Mapping[str, Any]) -> int:
        """A picture as a photo; what Telegram does not take as one, and all else, as a document."""
        given = {**given, "read_timeout": _UPLOADED_WITHIN, "filename": file.name or "file"}
        if file.media_type in _PHOTOS and len(content) <= _LARGEST_PHOTO:
            with suppress(NoPhoto):
                return (await told("sendPhoto", self._bot.send_photo(photo=content, **given))).message_id
        sent = self._bot.send_document(document=content, disable_content_type_detection=True, **given)
        return (await told("sendDocument", sent)).message_id

    async def contents(self, reply: Reply) -> Mapping[str, bytes]:
        """Its files' contents by their hashes, as far as they are at hand and can be sent."""
        found = dict[str, bytes]()
        for block in reply.blocks:
            if isinstance(block, File) and self._files and 0 < block.size <= _LARGEST_UPLOAD:
                content = await self._files(block.sha256)
                found |= {block.sha256: content} if content else {}
        return found

    async def replace(self, address: str, number: int, part: Part) -> None:
        """Let a message read otherwise."""
        with suppress(Unchanged):
            try:
                await self._replace(address, number, part.html, ParseMode.HTML, part.rows)
            except MarkupRefused:
                _log.warning("telegram: markup refused; edited as plain text")
                await self._replace(address, number, part.plain, None, part.rows)

    async def _replace(self, address: str, number: int, text: str, mode: str | None, rows: Rows) -> None:
        chat, _ = references.place(address)
        await told(
            "editMessageText",
            self._bot.edit_message_text(
                text,
                chat_id=chat,
                message_id=number,
                parse_mode=mode,
                link_preview_options=_NO_PREVIEW,
                reply_markup=_markup(rows),
            ),
        )

    async def delete(self, address: str, numbers: Iterable[int]) -> None:
        """Best effort: a message older than 48 hours stays (core.telegram.org/bots/api#deletemessage)."""
        chat, _ = references.place(address)
        for number in numbers:
            with suppress(ServiceError):
                await told("deleteMessage", self._bot.delete_message(chat, number))


def _markup(rows: Rows) -> telegram.InlineKeyboardMarkup | None:
    if not rows:
        return None
    return telegram.InlineKeyboardMarkup([[_button(key) for key in row] for row in rows])


def _button(key: Key) -> telegram.InlineKeyboardButton:
    if key.copies:
        return telegram.InlineKeyboardButton(key.label, copy_text=telegram.CopyTextButton(key.copies))
    if key.url:
        return telegram.InlineKeyboardButton(key.label, url=key.url)
    return telegram.InlineKeyboardButton(key.label, callback_data=key.token)


def _answered(message: Message) -> telegram.ReplyParameters | None:
    """Quote the person's message, if it is one of this chat; if it was deleted, nothing is quoted."""
    numbers = references.messages(message.answers or "", message.address)
    return telegram.ReplyParameters(numbers[-1], allow_sending_without_reply=True) if numbers else None
