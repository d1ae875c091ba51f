"""The bot's account as Telegram holds it: chats, messages, presses, commands, webhook."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from .bell import Bell
from .chats import Chat, Message
from .files import Files
from .flood import FloodControl
from .ledger import Call, Edited, Record, Sent
from .limits import CALLBACK_ANSWERABLE_FOR
from .markup import Formatted
from .refusals import CHAT_NOT_FOUND, QUERY_TOO_OLD, Refused
from .updates import UpdateQueue


@dataclass(frozen=True)
class Press:
    """A pressed button that waits for its answer."""

    chat_id: int
    at: float


@dataclass
class Webhook:
    """docs #webhookinfo. An empty address: updates are polled."""

    url: str = ""
    secret: str = ""
    max_connections: int = 0
    ip_address: str = ""
    failed_at: float | None = None
    failure: str = ""


class Account:
    """Everything that outlives one request. Its methods refuse what Telegram refuses."""

    def __init__(self, bot: dict[str, Any], clock: Callable[[], float], flood: FloodControl | None) -> None:
        self.bot, self.clock, self.flood = bot, clock, flood
        self.bell = Bell()
        self.updates = UpdateQueue(clock, self.bell.ring)
        self.chats: dict[int, Chat] = {}
        self.presses: dict[str, Press] = {}
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}  # by scope and language
        # What is said to @BotFather: /setjoingroups, /setprivacy.
        self.can_join_groups, self.reads_all_group_messages = True, False
        self.descriptions: dict[tuple[str, str], str] = {}  # by kind and language
        self.webhook = Webhook()
        self.files = Files()
        self.ledger: list[Record] = []
        self.calls: list[Call] = []
        self._message_ids = itertools.count(101)
        self._press_numbers = itertools.count(1)

    def record(self, record: Record) -> None:
        self.ledger.append(record)
        self.bell.ring()

    def known_chat(self, chat_id: int) -> Chat:
        if chat_id not in self.chats:
            raise Refused(CHAT_NOT_FOUND)
        return self.chats[chat_id]

    def writable_chat(self, chat_id: int) -> Chat:
        chat = self.known_chat(chat_id)
        chat.require_writable()
        return chat

    def add_message(self, chat: Chat, sender: dict[str, Any], content: Formatted) -> Message:
        message = Message(next(self._message_ids), chat, sender, self.clock(), content)
        message.html = escape(content.text)
        chat.messages[message.message_id] = message
        return message

    def add_press(self, chat_id: int) -> str:
        """Return the id of a new callback query; docs #callbackquery: a string."""
        query_id = str(chat_id << 24 | next(self._press_numbers))
        self.presses[query_id] = Press(chat_id, self.clock())
        return query_id

    def take_press(self, query_id: str) -> Press:
        """Return the press that waits for an answer; there is one answer to a press.

        ours: whether Telegram takes a second answer to the same press is not written down.
        """
        press = self.presses.pop(query_id, None)
        if press is None or self.clock() - press.at > CALLBACK_ANSWERABLE_FOR:
            raise Refused(QUERY_TOO_OLD)
        return press

    def show_sent(self, message: Message, *, silent: bool) -> None:
        reply_to = message.reply_to.message_id if message.reply_to else None
        sent = Sent(
            **_shown(message, message.date),
            reply_to=reply_to,
            silent=silent,
            thread=message.thread,
            file=message.file,
            photo="photo" in message.carries,
        )
        self.record(sent)

    def show_edited(self, message: Message) -> None:
        self.record(Edited(**_shown(message, self.clock())))


def _shown(message: Message, at: float) -> dict[str, Any]:
    return {
        "chat_id": message.chat.chat_id,
        "message_id": message.message_id,
        "text": message.content.text,
        "html": message.html,
        "buttons": message.buttons,
        "at": at,
        # What has a caption has no preview: docs #message
        "link_preview": not message.carries and not message.link_preview.get("is_disabled", False),
    }
