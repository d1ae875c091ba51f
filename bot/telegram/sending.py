"""One message at a time: posted, replaced, deleted. Nothing is retried but markup that is refused."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import telegram
from telegram.constants import ParseMode

from bot.platform import Message, ServiceError
from bot.telegram import references
from bot.telegram.keyboard import Key, Rows
from bot.telegram.refusals import MarkupRefused, TopicGone, Unchanged, told
from bot.telegram.render import Part

_log = logging.getLogger(__name__)

# Whoever writes a link into a note must not learn from its preview who reads it, and when.
_NO_PREVIEW: Final = telegram.LinkPreviewOptions(is_disabled=True)


class Sender:
    """What the adapter does to single messages. Everything raises ServiceError."""

    def __init__(self, bot: telegram.Bot) -> None:
        self._bot = bot

    async def send(self, message: Message, part: Part, *, first: bool) -> int:
        """Post a part of a message and return its id; the ``first`` answers what the person said."""
        try:
            return await self._post(message, part.html, ParseMode.HTML, part.rows, first=first)
        except MarkupRefused:
            _log.warning("telegram: markup refused; sent as plain text")
            return await self._post(message, part.plain, None, part.rows, first=first)

    async def _post(self, message: Message, text: str, mode: str | None, rows: Rows, *, first: bool) -> int:
        chat, topic = references.place(message.address)

        async def post(topic: int | None) -> telegram.Message:
            return await told(
                "sendMessage",
                self._bot.send_message(
                    chat,
                    text,
                    parse_mode=mode,
                    message_thread_id=topic,
                    link_preview_options=_NO_PREVIEW,
                    reply_markup=_markup(rows),
                    reply_parameters=_answered(message) if first else None,
                ),
            )

        try:
            return (await post(topic)).message_id
        except TopicGone:
            if topic is None:
                raise
            return (await post(None)).message_id

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
