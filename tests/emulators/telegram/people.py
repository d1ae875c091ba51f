"""People: what a test lets them do, and what they see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from .account import Account
from .chats import Chat, Message, Standing
from .groups import Group
from .keyboards import Rows
from .ledger import Answered, Shown
from .markup import Formatted, units
from .sharing import Sharing

Wanted: TypeAlias = str | Callable[[Shown], object]

# docs #chatmembermember and #chatmemberbanned.
_MEMBER: dict[str, Any] = {"status": "member"}
_KICKED: dict[str, Any] = {"status": "kicked", "until_date": 0}

_COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@\w+)?(?!\S)")


class User:
    """A person who talks to the bot, in private or in a group. Made by ``TelegramEmulator.user``."""

    def __init__(self, account: Account, person: dict[str, Any]) -> None:
        self.account = self._account = account
        self.json = person  # docs #user
        self.id: int = person["id"]
        self.said: list[int] = []  # message ids of what was said, oldest first
        self._acted_at = 0  # the length of the ledger when the person last did something
        self._chat = account.chats[self.id] = Chat(self.id, person)
        self.shares = Sharing(self)

    def says(
        self,
        text: str,
        *,
        entities: Sequence[dict[str, Any]] | None = None,
        reply_to: int | None = None,
        group: Group | None = None,
        topic: int | None = None,
    ) -> int:
        """Write to the bot and return the update's id; the first time, the bot may write back.

        ``entities`` replaces the commands that are found in ``text``; ``reply_to`` is a message id. In a
        ``group`` the id is 0 where the bot hears nothing of it.
        """
        found = tuple(_commands(text) if entities is None else entities)
        return self.posts(Formatted(text, found), {}, reply_to=reply_to, group=group, topic=topic)

    def posts(
        self,
        content: Formatted,
        carries: Mapping[str, Any],
        *,
        reply_to: int | None = None,
        group: Group | None = None,
        topic: int | None = None,
    ) -> int:
        """Say something that may carry more than text (see :class:`Sharing`); as :meth:`says`."""
        self._act()
        if group is None and self._chat.standing == "stranger":
            self._chat.standing = "started"
        chat = group.chat if group else self._chat
        message = self._account.add_message(chat, self.json, content)
        message.reply_to = chat.messages[reply_to] if reply_to else None
        message.carries, message.thread = carries, topic
        self.said.append(message.message_id)
        heard = group is None or (group.chat.standing == "started" and group.is_for_the_bot(message))
        return self._account.updates.add("message", message.json()) if heard else 0

    def edits(self, message_id: int, text: str) -> int:
        """Change a message said before (see ``said``) and return the update's id."""
        self._act()
        message = self._found(message_id)
        message.content = Formatted(text, tuple(_commands(text)))
        message.edited_at = self._account.clock()
        return self._account.updates.add("edited_message", message.json())

    def presses(self, message: Shown | int, button: str) -> int:
        """Press a button by its label or its callback data and return the update's id.

        A ``Shown`` from the past stands for a screen that hasn't been refreshed: its buttons can be
        pressed although the bot has changed or deleted the message since. Raises LookupError when
        there is no such button.
        """
        self._act()
        if isinstance(message, int):
            chat, message_id, rows = self._chat, message, self._chat.messages[message].buttons
        else:
            chat = self._account.chats[message.chat_id]
            message_id, rows = message.message_id, message.buttons
        query = self._query(chat, message_id, _data(rows, button))
        return self._account.updates.add("callback_query", query)

    def blocks(self) -> int:
        """Block the bot and return the update's id."""
        return self._stand("blocked", _MEMBER, _KICKED)

    def unblocks(self) -> int:
        """Let the bot write again and return the update's id."""
        return self._stand("started", _KICKED, _MEMBER)

    def deletes_account(self) -> None:
        """Leave Telegram for good; the bot hears about it only when it writes."""
        self._chat.standing = "deactivated"

    def sees(self) -> list[str]:
        """Return the bot's messages as they stand on the screen now, oldest first."""
        return [one.content.text for one in self._chat.messages.values() if one.is_bots]

    def popups(self) -> list[str]:
        """Return the texts that answered presses, oldest first."""
        answers = [one for one in self._account.ledger if isinstance(one, Answered)]
        return [one.text for one in answers if one.chat_id == self.id and one.text]

    async def waits_for(self, wanted: Wanted, within: float = 5.0, *, group: Group | None = None) -> Shown:
        """Return the first message sent or edited since the person's last own act that fits.

        In private, or in the ``group``. ``wanted`` is a part of its text or a predicate; raises
        AssertionError after ``within`` seconds, naming what was seen instead.
        """

        def fits(shown: Shown) -> object:
            return wanted in shown.text if isinstance(wanted, str) else wanted(shown)

        def find() -> Shown | None:
            return next(filter(fits, self._new(group)), None)

        try:
            found = await self._account.bell.until(find, within)
        except TimeoutError:
            seen = [shown.text for shown in self._new(group)]
            raise AssertionError(f"waited {within} s for {wanted!r}; saw {seen}") from None
        assert found
        return found

    def _act(self) -> None:
        if self._chat.standing in ("blocked", "deactivated"):
            raise RuntimeError(f"{self.json['first_name']} is {self._chat.standing}")
        self._acted_at = len(self._account.ledger)

    def _new(self, group: Group | None) -> Iterator[Shown]:
        chat_id = group.id if group else self.id
        for record in self._account.ledger[self._acted_at :]:
            if isinstance(record, Shown) and record.chat_id == chat_id:
                yield record

    def _found(self, message_id: int) -> Message:
        chats = self._account.chats.values()
        return next(chat.messages[message_id] for chat in chats if message_id in chat.messages)

    def _query(self, chat: Chat, message_id: int, data: str) -> dict[str, Any]:
        """docs #callbackquery; a message that is gone is inaccessible: #inaccessiblemessage."""
        message = chat.messages.get(message_id)
        gone = {"message_id": message_id, "chat": chat.json(), "date": 0}
        return {
            "id": self._account.add_press(self.id),
            "from": self.json,
            "message": message.json() if message else gone,
            "chat_instance": str(-self.id),
            "data": data,
        }

    def _stand(self, standing: Standing, old: dict[str, Any], new: dict[str, Any]) -> int:
        """docs #chatmemberupdated, as the update ``my_chat_member``."""
        self._chat.standing = standing
        bot = self._account.bot
        change = {
            "chat": self._chat.json(),
            "from": self.json,
            "date": int(self._account.clock()),
            "old_chat_member": {"user": bot, **old},
            "new_chat_member": {"user": bot, **new},
        }
        return self._account.updates.add("my_chat_member", change)


def _commands(text: str) -> Iterator[dict[str, Any]]:
    """docs #messageentity, bot_command: what Telegram's apps mark, and libraries rely on."""
    for found in _COMMAND.finditer(text):
        offset = units(text[: found.start()])
        yield {"type": "bot_command", "offset": offset, "length": units(found[0])}


def _data(rows: Rows, button: str) -> str:
    for row in rows:
        for one in row:
            if one.data and button in (one.text, one.data):
                return one.data
    raise LookupError(f"no button {button!r} calls back among {rows}")
