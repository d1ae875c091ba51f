"""Menus: the commands that Telegram lists behind the slash, for each language and kind of chat.

core.telegram.org/bots/api#botcommandscope. Nobody has to set them by hand at @BotFather. The bot's name is
left as its admin chose it there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import telegram
from telegram.constants import BotCommandLimit, BotDescriptionLimit

from bot.platform import Rejected, Unreachable
from bot.telegram import references
from bot.telegram.refusals import told
from handlers.chat import menu, presenting
from handlers.chat.i18n import SOURCE_LANGUAGE, Locale, languages
from models.member import Role

# python-telegram-bot, telegram.constants.
_MOST: Final = int(BotCommandLimit.MAX_COMMAND_NUMBER)
_LONGEST_NAME: Final = int(BotCommandLimit.MAX_COMMAND)
_LONGEST_SUMMARY: Final = int(BotCommandLimit.MAX_DESCRIPTION)
_LONGEST_SHORT: Final = int(BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH)
_LONGEST_GREETING: Final = int(BotDescriptionLimit.MAX_DESCRIPTION_LENGTH)

_LOOKED_AT_EVERY: Final = 3600.0  # seconds; roles change seldom

_log = logging.getLogger(__name__)

# Who is more than a rep: their private chats' addresses.
Roles = Callable[[], Awaitable[Mapping[str, Role]]]
Key = tuple[str, str]
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Menu:
    """``code`` is a language's, empty for all that have no menu of their own."""

    scope: telegram.BotCommandScope
    code: str
    entries: Sequence[menu.Entry]

    @property
    def key(self) -> Key:
        """Whose it is: the kind of chat, or the chat, and the language."""
        return f"{self.scope.type} {getattr(self.scope, 'chat_id', '')}".strip(), self.code

    def commands(self) -> tuple[telegram.BotCommand, ...]:
        """As Telegram takes them."""
        fitting = [entry for entry in self.entries if len(entry.name) <= _LONGEST_NAME][:_MOST]
        return tuple(telegram.BotCommand(one.name, one.summary[:_LONGEST_SUMMARY]) for one in fitting)


def menus(roles: Mapping[str, Role]) -> Iterator[Menu]:
    """All that there are: for reps in private, for groups, for each of those who lead."""
    for language in languages():
        locale, code = Locale(language, "UTC"), _code(language)
        yield Menu(telegram.BotCommandScopeAllPrivateChats(), code, menu.entries(locale, Role.REP))
        yield Menu(telegram.BotCommandScopeAllGroupChats(), code, menu.usual(locale))
        for address, role in roles.items():
            chat, _ = references.place(address)
            yield Menu(telegram.BotCommandScopeChat(chat), code, menu.entries(locale, role))


def _code(language: str) -> str:
    return "" if language == SOURCE_LANGUAGE else language


class Menus:
    """Keeps them as they should be. ``roles`` is asked each time."""

    def __init__(self, bot: telegram.Bot, roles: Roles) -> None:
        self._bot = bot
        self._roles = roles
        self._set: dict[Key, Menu] = {}

    async def keep(self) -> None:
        """Set what differs, at once and every hour; a service or a database in trouble is asked later."""
        while True:
            try:
                await self.publish()
            except Exception as error:  # noqa: BLE001 - a menu is a convenience: receiving goes on without it
                _log.warning("telegram: menus not set: %s", type(error).__name__)
            await asyncio.sleep(_LOOKED_AT_EVERY)

    async def publish(self) -> list[Key]:
        """Set what differs; returns whose menus were changed.

        Raises: ServiceError.
        """
        wanted = {each.key: each for each in menus(await self._roles())}
        changed = [key for key, each in wanted.items() if await self._differs(each)]
        for key in self._set.keys() - wanted.keys():  # who leads no more has the menu of everybody
            gone = self._set.pop(key)
            await self._quietly(
                "deleteMyCommands", self._bot.delete_my_commands(gone.scope, gone.code or None)
            )
            changed.append(key)
        for language in languages():
            await self._present(Locale(language, "UTC"), _code(language) or None)
        return changed

    async def _differs(self, wanted: Menu) -> bool:
        """Whether it was another one; it is the wanted one now."""
        if self._set.get(wanted.key) == wanted:
            return False
        code = wanted.code or None
        there = await self._quietly("getMyCommands", self._bot.get_my_commands(wanted.scope, code))
        if there is None:
            return False
        if differs := tuple(there) != wanted.commands():
            setting = self._bot.set_my_commands(wanted.commands(), wanted.scope, code)
            differs = await self._quietly("setMyCommands", setting) is not None
        self._set[wanted.key] = wanted
        return differs

    async def _present(self, locale: Locale, code: str | None) -> None:
        about, greeting = locale.text(presenting.ABOUT), presenting.greeting(locale)
        short = await told("getMyShortDescription", self._bot.get_my_short_description(code))
        if short.short_description != about[:_LONGEST_SHORT]:
            setting = self._bot.set_my_short_description(about[:_LONGEST_SHORT], code)
            await told("setMyShortDescription", setting)
        long = await told("getMyDescription", self._bot.get_my_description(code))
        if long.description != greeting[:_LONGEST_GREETING]:
            await told("setMyDescription", self._bot.set_my_description(greeting[:_LONGEST_GREETING], code))

    async def _quietly(self, method: str, call: Awaitable[_Answer]) -> _Answer | None:
        """None where that one chat is refused: who blocked the bot has no menu, and the others have."""
        try:
            return await told(method, call)
        except (Rejected, Unreachable) as error:
            _log.info("telegram: %s", error)
            return None
