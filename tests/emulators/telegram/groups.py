"""Groups: who is in them, what the bot hears of them, and how they become supergroups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .account import Account
from .chats import Chat, Message, Standing
from .markup import Formatted

if TYPE_CHECKING:
    from .people import User

# How docs #chatmember names what the bot is in a group.
_STATUS: dict[Standing, dict[str, Any]] = {
    "started": {"status": "member"},
    "left": {"status": "left"},
    "kicked": {"status": "kicked", "until_date": 0},
}


class Group:
    """A group, a supergroup, or a channel. Made by ``TelegramEmulator.group``.

    ``hears_all``: privacy mode is off, or the bot is an admin; else it hears only what is for it.
    """

    def __init__(self, account: Account, chat: Chat) -> None:
        self._account = account
        self.chat = account.chats[chat.chat_id] = chat
        self.hears_all = False

    @property
    def id(self) -> int:
        return self.chat.chat_id

    def sees(self) -> list[str]:
        """Return the bot's messages as they stand on everybody's screen now, oldest first."""
        return [one.content.text for one in self.chat.messages.values() if one.is_bots]

    def topic(self, name: str) -> int:
        """Open a topic and return its id; the group is a forum from then on."""
        topic = self._account.add_message(self.chat, self._account.bot, Formatted(name, ())).message_id
        del self.chat.messages[topic]
        self.chat.topics[topic] = name
        return topic

    def adds_bot(self, by: User) -> int:
        """Take the bot in and return the update's id."""
        return self._stands("started", by)

    def removes_bot(self, by: User) -> int:
        """Throw the bot out and return the update's id."""
        return self._stands("kicked", by)

    def becomes_supergroup(self, by: User, supergroup_id: int) -> Group:
        """Return what the group is from now on; both chats say so. docs #message, migrate_to_chat_id."""
        chat = Chat(supergroup_id, standing=self.chat.standing, kind="supergroup", title=self.chat.title)
        new = Group(self._account, chat)
        self._notice(self.chat, by, {"migrate_to_chat_id": new.id})
        self._notice(chat, by, {"migrate_from_chat_id": self.id})
        self.chat.became = new.id
        return new

    def is_for_the_bot(self, message: Message) -> bool:
        """core.telegram.org/bots/features#privacy-mode, and mentions, which reach a bot as well."""
        if self.chat.kind == "channel" or self.hears_all:
            return True
        text, username = message.content.text, self._account.bot["username"]
        replied_to = message.reply_to
        return (
            text.startswith("/")
            or re.search(rf"@{username}\b", text, re.IGNORECASE) is not None
            or (replied_to is not None and replied_to.sender["id"] == self._account.bot["id"])
        )

    def _notice(self, chat: Chat, by: User, content: dict[str, Any]) -> None:
        message = self._account.add_message(chat, by.json, Formatted("", ()))
        message.carries = content
        self._account.updates.add("message", message.json())

    def _stands(self, standing: Standing, by: User) -> int:
        """docs #chatmemberupdated."""
        old, self.chat.standing = self.chat.standing, standing
        bot = self._account.bot
        change = {
            "chat": self.chat.json(),
            "from": by.json,
            "date": int(self._account.clock()),
            "old_chat_member": {"user": bot, **_STATUS[old]},
            "new_chat_member": {"user": bot, **_STATUS[standing]},
        }
        return self._account.updates.add("my_chat_member", change)
