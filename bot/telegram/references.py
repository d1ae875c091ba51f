"""How chats and messages are named outside of this package.

An address is a chat's id; a topic of a forum is a chat of its own, ``-1001987654321/7``: its talk, its
order and what is posted there are its own. A reference is a message of a chat.
"""

from __future__ import annotations

import re
from typing import Final

_MOST_NAMED: Final = 16  # messages in one reference, which the outbox keeps in a short column
_ADDRESS = re.compile(r"(-?\d{1,20})(?:/(\d{1,20}))?", re.ASCII)
_REFERENCE = re.compile(r"(-?\d+):(\d+(?:\+\d+)*)", re.ASCII)


def address_of(chat: int, topic: int | None) -> str:
    """``chat``, or ``chat/topic``."""
    return f"{chat}/{topic}" if topic else str(chat)


def place(address: str) -> tuple[str, int | None]:
    """The chat's id and the topic in an address; what is none is a chat that Telegram does not know."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return address, None
    return found[1], int(found[2]) if found[2] else None


def is_shared(address: str) -> bool:
    """Whether others read along: groups and channels have negative ids (core.telegram.org/bots/api#chat)."""
    return address.startswith("-")


def reference(chat: int | str, *messages: int) -> str:
    """``chat:message``; of a reply in several messages the last comes first, as ``chat:12+10+11``.

    The last one carries the buttons, so that a press's reference is the beginning of its reply's. Of
    a very long reply only the last sixteen are named.
    """
    chat, _ = place(str(chat))
    last, *others = messages[-1:] + messages[-_MOST_NAMED:-1]
    return f"{chat}:" + "+".join(map(str, (last, *others)))


def messages(reference: str, chat: int | str) -> tuple[int, ...]:
    """The message ids in a :func:`reference`, in the order they were sent.

    Empty where it is one of another chat or another platform.
    """
    chat, _ = place(str(chat))
    found = _REFERENCE.fullmatch(reference)
    if found is None or found[1] != chat:
        return ()
    last, *others = map(int, found[2].split("+"))
    return (*others, last)
