"""Telegram as a chat service: receive by polling, send, edit, answer presses."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import telegram
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.clock import Clock
from bot.platform import (
    AnswerLost,
    Message,
    Receive,
    Rejected,
    ServiceError,
    Throttled,
    Unauthorised,
    Unavailable,
    Unreachable,
)
from bot.telegram import updates
from bot.telegram.keyboard import Rows
from bot.telegram.polling import Poller
from bot.telegram.render import Part, popup, render
from bot.telegram.transport import STAND_IN, NoAnswer, Transport
from handlers.chat.i18n import Locale
from handlers.chat.reply import Reply
from handlers.chat.request import Request

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")

_NO_PREVIEW: Final = telegram.LinkPreviewOptions(is_disabled=True)
_MOST_BEGUN: Final = 1000  # replies in several messages that broke off and are remembered

# Descriptions of 400s, in lower case; the Bot API names most refusals only there. Where they come
# from: github.com/tdlib/telegram-bot-api, Client.cpp (fail_query_with_error, check_chat), and
# github.com/TelegramBotAPI/errors.
_UNCHANGED: Final = "message is not modified"
_MARKUP_REFUSED: Final = "can't parse entities"
_GONE: Final = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message identifier is not specified",
)
_CHAT_CLOSED: Final = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "group chat was deactivated",
    "group chat was upgraded",
    "have no rights to send a message",
    "not enough rights to send",
    "need administrator rights",
    "chat_write_forbidden",
    "chat_restricted",
    "chat_admin_required",
    "user_is_blocked",
    "input_user_deactivated",
)

_COUNTERPARTS: Final[tuple[tuple[type[TelegramError], type[ServiceError]], ...]] = (
    (Forbidden, Unreachable),
    (InvalidToken, Unauthorised),
    (NoAnswer, AnswerLost),
)


class _Unchanged(Rejected):
    """The message looks like this already."""


class _MarkupRefused(Rejected):
    """Our HTML was not taken."""


class _Gone(Rejected):
    """The message to edit was deleted, or is too old to be edited."""


class Telegram:
    """One bot of Telegram's, as :class:`bot.platform.Platform`.

    ``api_url`` is a Bot API server's root. Nothing is retried here, except that markup which is
    refused goes out once more as plain text.
    """

    name = updates.PLATFORM
    edits_in_place = True
    keeps_history = False

    def __init__(self, token: str, api_url: str, clock: Clock) -> None:
        root = api_url.rstrip("/")
        self._transport = Transport(token)
        self._bot = telegram.Bot(
            STAND_IN,
            base_url=f"{root}/bot",
            base_file_url=f"{root}/file/bot",
            request=self._transport,
            get_updates_request=self._transport,
        )
        self._poller = Poller(self._transport, f"{root}/bot{STAND_IN}", clock)
        # Whose token it is stands in front of its colon (core.telegram.org/bots/api#authorizing-your-bot).
        number = token.partition(":")[0]
        self._me = updates.Me(int(number) if number.isascii() and number.isdigit() else 0)
        self._begun: OrderedDict[int, list[int]] = OrderedDict()

    @property
    def last_heard(self) -> datetime | None:
        """When polling last heard anything, an error too; None while it does not run.

        Older than 90 seconds: the poller is deaf, and the process should be started anew.
        """
        return self._poller.last_heard

    async def run(self, receive: Receive) -> None:
        """Receive until cancelled; nothing is confirmed that ``receive`` did not take in.

        Raises: Unauthorised.
        """
        await self._poller.run(receive)

    def parse(self, key: str, raw: Mapping[str, Any]) -> Request | None:
        """See :mod:`bot.telegram.updates`.

        Raises: Unreadable.
        """
        return updates.parse(key, raw, self._poller.me or self._me)

    async def send(self, message: Message) -> str:
        """Send the reply, in several messages if it is long; see :func:`updates.reference`.

        A reply that broke off between two of its messages goes on where it stopped when it is sent
        again by this process.
        """
        parts = _parts(message, repeated=message.repeated)
        sent = self._begun.pop(message.id, [])
        for part in parts[len(sent) :]:
            try:
                sent.append(await self._send(message, part, first=not sent))
            except ServiceError:
                self._remember(message.id, sent)
                raise
        return updates.reference(message.address, *sent)

    async def edit(self, message: Message) -> str:
        """Replace the reply that ``message.edits`` names.

        A new one is sent where that is gone, or stands in another chat (a private answer to a button
        that was pressed in a group).
        """
        old = updates.messages(message.edits or "", message.address)
        parts = _parts(message, repeated=False)
        if not old:
            return await self.send(message)
        superfluous, kept = old[: -len(parts)], old[-len(parts) :]
        try:
            for number, part in zip(kept, parts, strict=False):
                await self._edit(message.address, number, part)
        except _Gone:
            return await self.send(message)
        added = [await self._send(message, part, first=False) for part in parts[len(kept) :]]
        await self._delete(message.address, superfluous)
        return updates.reference(message.address, *kept, *added)

    async def find(self, message: Message) -> str | None:
        """None: Telegram has no history for bots."""
        return None

    def can_find(self, message: Message) -> bool:
        """False, see :meth:`find`."""
        return False

    async def answer(self, request: Request, reply: Reply | None) -> bool:
        """Acknowledge a press, with ``reply`` over the chat if it is short text without buttons.

        A private reply waits there until it is closed. False: it was not shown (too long, not a
        press, or pressed too long ago).
        """
        if not isinstance(request, updates.Press):
            return False
        text = popup(reply) if reply else None
        acknowledgement = self._bot.answer_callback_query(
            request.query, text=text, show_alert=bool(text and reply and reply.private)
        )
        try:
            await _told("answerCallbackQuery", acknowledgement)
        except ServiceError as error:
            _log.info("telegram: %s", error)
            return False
        return reply is None or text is not None

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.shutdown()

    def _remember(self, outgoing: int, sent: list[int]) -> None:
        if sent:
            self._begun[outgoing] = sent
        if len(self._begun) > _MOST_BEGUN:
            self._begun.popitem(last=False)

    async def _send(self, message: Message, part: Part, *, first: bool) -> int:
        try:
            return await self._post(message, part.html, ParseMode.HTML, part.rows, first=first)
        except _MarkupRefused:
            _log.warning("telegram: markup refused; sent as plain text")
            return await self._post(message, part.plain, None, part.rows, first=first)

    async def _post(self, message: Message, text: str, mode: str | None, rows: Rows, *, first: bool) -> int:
        sent = await _told(
            "sendMessage",
            self._bot.send_message(
                message.address,
                text,
                parse_mode=mode,
                link_preview_options=_NO_PREVIEW,
                reply_markup=_markup(rows),
                reply_parameters=_answered(message) if first else None,
            ),
        )
        return sent.message_id

    async def _edit(self, chat: str, number: int, part: Part) -> None:
        with suppress(_Unchanged):
            try:
                await self._replace(chat, number, part.html, ParseMode.HTML, part.rows)
            except _MarkupRefused:
                _log.warning("telegram: markup refused; edited as plain text")
                await self._replace(chat, number, part.plain, None, part.rows)

    async def _replace(self, chat: str, number: int, text: str, mode: str | None, rows: Rows) -> None:
        await _told(
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

    async def _delete(self, chat: str, numbers: Iterable[int]) -> None:
        """Best effort: a message older than 48 hours stays (core.telegram.org/bots/api#deletemessage)."""
        for number in numbers:
            with suppress(ServiceError):
                await _told("deleteMessage", self._bot.delete_message(chat, number))


def _parts(message: Message, *, repeated: bool) -> tuple[Part, ...]:
    # Groups and channels have negative ids: core.telegram.org/bots/api#chat.
    group = message.address.startswith("-")
    try:
        return render(message.reply, Locale(tag=message.language), repeated=repeated, group=group)
    except ValueError as error:
        raise Rejected(str(error)) from error


def _markup(rows: Rows) -> telegram.InlineKeyboardMarkup | None:
    if not rows:
        return None
    return telegram.InlineKeyboardMarkup(
        [[telegram.InlineKeyboardButton(key.label, callback_data=key.token) for key in row] for row in rows]
    )


def _answered(message: Message) -> telegram.ReplyParameters | None:
    """Quote the person's message, if it is one of this chat; if it was deleted, nothing is quoted."""
    numbers = updates.messages(message.answers or "", message.address)
    return telegram.ReplyParameters(numbers[-1], allow_sending_without_reply=True) if numbers else None


async def _told(method: str, call: Awaitable[_Answer]) -> _Answer:
    """Await a call of the library's; its errors become ours, one by one."""
    try:
        return await call
    except TelegramError as error:
        raise _mapped(method, error) from None
    except (KeyError, TypeError, ValueError, AttributeError):
        # The service said yes, but not in the shape that the library expects.
        raise AnswerLost(f"{method}: an answer of an unknown shape") from None


def _mapped(method: str, error: TelegramError) -> ServiceError:
    reason = f"{method}: {error.message}"
    match error:
        case RetryAfter():
            return Throttled(reason, _as_timedelta(error.retry_after))
        case ChatMigrated():
            return Unreachable(f"{method}: the group is now the chat {error.new_chat_id}")
        case BadRequest():
            return _of_bad_request(reason)
    for theirs, ours in _COUNTERPARTS:
        if isinstance(error, theirs):
            return ours(reason)
    return Unavailable(reason)


def _of_bad_request(reason: str) -> ServiceError:
    words = reason.lower()
    if _UNCHANGED in words:
        return _Unchanged(reason)
    if _MARKUP_REFUSED in words:
        return _MarkupRefused(reason)
    if any(said in words for said in _GONE):
        return _Gone(reason)
    if any(said in words for said in _CHAT_CLOSED):
        return Unreachable(reason)
    return Rejected(reason)


def _as_timedelta(pause: int | timedelta) -> timedelta:
    return pause if isinstance(pause, timedelta) else timedelta(seconds=pause)
