"""Pushes: who writes a notification when it is due. A composer stands beside the commands it belongs to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from handlers.chat.context import Context
from handlers.chat.reply import Reply
from models.notification import Notification

# Looks once more whether the push is still wanted, and returns None where it is not.
Composer = Callable[[Context, Notification], Awaitable[Reply | None]]

COMPOSERS: dict[str, Composer] = {}


def composer(kind: str) -> Callable[[Composer], Composer]:
    """Enter a composer for the notifications of one kind."""

    def enter(compose: Composer) -> Composer:
        COMPOSERS[kind] = compose
        return compose

    return enter
