"""How Telegram says no, as the outbox understands it: every error of the library's, one by one."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Final, TypeVar

from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.platform import (
    AnswerLost,
    ChatMoved,
    Rejected,
    ServiceError,
    Throttled,
    Unauthorised,
    Unavailable,
    Unreachable,
)
from bot.telegram.transport import NoAnswer

_Answer = TypeVar("_Answer")

# Descriptions of 400s, in lower case; the Bot API names most refusals only there. Where they come
# from: github.com/tdlib/telegram-bot-api, Client.cpp (fail_query_with_error, check_chat), and
# github.com/TelegramBotAPI/errors.
_UNCHANGED: Final = "message is not modified"
_MARKUP_REFUSED: Final = "can't parse entities"
_NO_PHOTO: Final = ("image_process_failed", "photo_invalid_dimensions", "photo_ext_invalid")
_TOPIC_GONE: Final = ("message thread not found", "topic_deleted", "topic_closed")
_GONE: Final = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message identifier is not specified",
    "there is no text in the message to edit",
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
_FOR_NOW: Final = "temporarily unavailable"

_COUNTERPARTS: Final[tuple[tuple[type[TelegramError], type[ServiceError]], ...]] = (
    (Forbidden, Unreachable),
    (InvalidToken, Unauthorised),
    (NoAnswer, AnswerLost),
)


class Unchanged(Rejected):
    """The message looks like this already."""


class MarkupRefused(Rejected):
    """Our HTML was not taken."""


class NoPhoto(Rejected):
    """A picture that Telegram does not take as a photo; as a document it does."""


class Gone(Rejected):
    """The message to edit was deleted, is too old to be edited, or is a file's."""


class TopicGone(Rejected):
    """The topic was deleted or closed; the group around it may still be there."""


async def told(method: str, call: Awaitable[_Answer]) -> _Answer:
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
            return ChatMoved(f"{method}: the group is another chat now", str(error.new_chat_id))
        case BadRequest():
            return _of_bad_request(reason)
    for theirs, ours in _COUNTERPARTS:
        if isinstance(error, theirs):
            return ours(reason)
    return Unavailable(reason)


def _of_bad_request(reason: str) -> ServiceError:
    words = reason.lower()
    if _UNCHANGED in words:
        return Unchanged(reason)
    if _MARKUP_REFUSED in words:
        return MarkupRefused(reason)
    if any(said in words for said in _NO_PHOTO):
        return NoPhoto(reason)
    if any(said in words for said in _TOPIC_GONE):
        return TopicGone(reason)
    if any(said in words for said in _GONE):
        return Gone(reason)
    if any(said in words for said in _CHAT_CLOSED):
        return Unreachable(reason)
    return Unavailable(reason) if _FOR_NOW in words else Rejected(reason)


def _as_timedelta(pause: int | timedelta) -> timedelta:
    return pause if isinstance(pause, timedelta) else timedelta(seconds=pause)
