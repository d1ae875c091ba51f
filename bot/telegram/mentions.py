"""Who is spoken to: the bot by its name, colleagues by mentions of people who have no username. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.telegram import shapes
from bot.telegram.shapes import Me

_COMMAND = re.compile(r"\s*(/[A-Za-z0-9_]+)@(\w+)")


def with_colleagues(text: str, entities: Iterable[shapes.Entity]) -> str:
    """``text`` with ``@id`` for each mention of somebody without a username.

    core.telegram.org/bots/api#messageentity, ``text_mention``. The id of their account says who they
    are; the name that they have for the writer does not.
    """
    named = [one for one in entities if one.type == "text_mention" and one.user is not None]
    if not named:
        return text
    units = text.encode("utf-16-le")
    for one in sorted(named, key=lambda one: one.offset, reverse=True):
        start, end = one.offset * 2, (one.offset + one.length) * 2
        if one.user is not None and not one.user.is_bot and 0 <= start < end <= len(units):
            units = units[:start] + f"@{one.user.id}".encode("utf-16-le") + units[end:]
    return units.decode("utf-16-le", "replace")


def addresses_us(message: shapes.Message, text: str, me: Me) -> bool:
    """Whether a group's message is for us: most of what is said there is not."""
    if command := _COMMAND.match(text):
        return _is_ours(command[2], me)
    if text.lstrip().startswith("/") or _mention(me).search(text):
        return True
    replied_to = message.reply_to_message
    return replied_to is not None and replied_to.sender is not None and replied_to.sender.id == me.id


def without_our_name(text: str, me: Me) -> str:
    """``/deal@parley_bot acme`` and ``@parley_bot deal acme`` as ``/deal acme`` and ``deal acme``."""
    text = _COMMAND.sub(r"\1", text, count=1) if _COMMAND.match(text) else text
    return _mention(me).sub("", text).strip()


def _is_ours(username: str, me: Me) -> bool:
    return bool(me.username) and username.casefold() == me.username.casefold()


def _mention(me: Me) -> re.Pattern[str]:
    """``@our_name``, with the white space after it and, in front of a line, the comma or colon."""
    if not me.username:
        return re.compile(r"(?!)")
    name = re.escape(me.username)
    return re.compile(rf"^\s*@{name}\b[,:]?[ \t]*|(?<![\w@/])@{name}\b[ \t]?", re.IGNORECASE | re.MULTILINE)
