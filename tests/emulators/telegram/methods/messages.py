"""Messages: sent, edited, deleted. docs #sendmessage, #updating-messages."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from telegram.constants import ChatAction

from ..account import Account
from ..chats import Chat, Message
from ..keyboards import Rows, read_keyboard
from ..ledger import Acted, Deleted
from ..limits import DELETABLE_FOR
from ..markup import Formatted, read_text
from ..parameters import Parameters
from ..refusals import (
    ACTION_UNKNOWN,
    DELETE_NOT_FOUND,
    EDIT_NOT_FOUND,
    NO_TEXT_TO_EDIT,
    NOT_DELETABLE,
    NOT_EDITABLE,
    NOT_MODIFIED,
    REPLY_NOT_FOUND,
    Refusal,
    Refused,
    bad_request,
    own_rule,
)
from .registry import method

_PREVIEW_FIELDS = {  # docs #linkpreviewoptions
    "is_disabled",
    "url",
    "prefer_small_media",
    "prefer_large_media",
    "show_above_text",
}
_REPLY_FIELDS = {"message_id", "chat_id", "allow_sending_without_reply"}  # docs #replyparameters


@dataclass(frozen=True)
class _Draft:
    """What a request wants to stand in the message."""

    content: Formatted
    html: str
    buttons: Rows
    link_preview: dict[str, Any]

    def put_into(self, message: Message) -> None:
        message.content, message.html = self.content, self.html
        message.buttons, message.link_preview = self.buttons, self.link_preview


@method(
    "sendMessage",
    "chat_id",
    "message_thread_id",
    "text",
    "parse_mode",
    "link_preview_options",
    "disable_notification",
    "protect_content",
    "reply_parameters",
    "reply_markup",
)
async def send_message(account: Account, parameters: Parameters) -> dict[str, Any]:
    draft = _draft(parameters)
    silent = parameters.flag("disable_notification")
    parameters.flag("protect_content")
    chat = account.writable_chat(parameters.chat_id())
    topic = parameters.integer("message_thread_id")
    chat.require_topic(topic)
    reply_to = replied_to(chat, parameters)
    if account.flood:
        account.flood.admit(chat.chat_id)
    message = account.add_message(chat, account.bot, draft.content)
    draft.put_into(message)
    message.reply_to = reply_to
    # Without a topic of its own it stands where the one stands that it replies to.
    message.thread = topic or (reply_to.thread if reply_to else None)
    account.show_sent(message, silent=silent)
    return message.json()


@method(
    "editMessageText",
    "chat_id",
    "message_id",
    "text",
    "parse_mode",
    "link_preview_options",
    "reply_markup",
)
async def edit_message_text(account: Account, parameters: Parameters) -> dict[str, Any]:
    """docs #editmessagetext; a keyboard that is not sent again is gone."""
    draft = _draft(parameters)
    message = _editable(account, parameters)
    if message.carries:
        raise Refused(NO_TEXT_TO_EDIT)
    if (message.content, message.buttons) == (draft.content, draft.buttons):
        raise Refused(NOT_MODIFIED)
    draft.put_into(message)
    return _edited(account, message)


@method("editMessageReplyMarkup", "chat_id", "message_id", "reply_markup")
async def edit_message_reply_markup(account: Account, parameters: Parameters) -> dict[str, Any]:
    buttons = read_keyboard(parameters)
    message = _editable(account, parameters)
    if message.buttons == buttons:
        raise Refused(NOT_MODIFIED)
    message.buttons = buttons
    return _edited(account, message)


@method("deleteMessage", "chat_id", "message_id")
async def delete_message(account: Account, parameters: Parameters) -> bool:
    """docs #deletemessage: within 48 hours, the bot's own and, in private chats, the person's."""
    chat = account.writable_chat(parameters.chat_id())
    message = _message(chat, parameters, DELETE_NOT_FOUND)
    if account.clock() - message.date > DELETABLE_FOR:
        raise Refused(NOT_DELETABLE)
    del chat.messages[message.message_id]
    account.record(Deleted(chat_id=chat.chat_id, message_id=message.message_id, at=account.clock()))
    return True


@method("sendChatAction", "chat_id", "action")
async def send_chat_action(account: Account, parameters: Parameters) -> bool:
    action = parameters.text("action")
    if action not in set(ChatAction):
        raise Refused(ACTION_UNKNOWN)
    chat = account.writable_chat(parameters.chat_id())
    account.record(Acted(chat_id=chat.chat_id, action=action, at=account.clock()))
    return True


def _draft(parameters: Parameters) -> _Draft:
    text, parse_mode = parameters.text("text"), parameters.text("parse_mode")
    content = read_text(text, parse_mode)
    html = text if parse_mode else escape(text)
    return _Draft(content, html, read_keyboard(parameters), _link_preview(parameters))


def _edited(account: Account, message: Message) -> dict[str, Any]:
    message.edited_at = account.clock()
    account.show_edited(message)
    return message.json()


def _editable(account: Account, parameters: Parameters) -> Message:
    """Return the bot's own message that is named.

    ours: edits in a chat that blocked the bot are refused; Telegram's answer isn't written down.
    """
    chat = account.writable_chat(parameters.chat_id())
    message = _message(chat, parameters, EDIT_NOT_FOUND)
    if not message.is_bots:
        raise Refused(NOT_EDITABLE)
    return message


def _message(chat: Chat, parameters: Parameters, refusal: Refusal) -> Message:
    message = chat.messages.get(parameters.integer("message_id"))
    if message is None:
        raise Refused(refusal)
    return message


def _link_preview(parameters: Parameters) -> dict[str, Any]:
    refusal = bad_request("can't parse link preview options JSON object")  # server Client.cpp
    return _known(parameters, "link_preview_options", _PREVIEW_FIELDS, refusal)


def replied_to(chat: Chat, parameters: Parameters) -> Message | None:
    """The message that ``reply_parameters`` name."""
    refusal = bad_request("can't parse reply parameters JSON object")  # get_reply_parameters
    reply = _known(parameters, "reply_parameters", _REPLY_FIELDS, refusal)
    if not reply:
        return None
    if reply.get("chat_id", chat.chat_id) != chat.chat_id:
        raise Refused(own_rule("replies into another chat are not emulated"))
    message = chat.messages.get(reply.get("message_id", 0))
    if message is None and not reply.get("allow_sending_without_reply"):
        raise Refused(REPLY_NOT_FOUND)
    return message


def _known(parameters: Parameters, name: str, fields: set[str], refusal: Refusal) -> dict[str, Any]:
    value = parameters.json(name, refusal)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused(refusal)
    if unknown := set(value) - fields:
        raise Refused(own_rule(f"{name} knows no {sorted(unknown)}"))
    return value
