"""Pace: how fast a chat service takes what it is given; a platform's limits as data, without a clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` at once, and from then on one ``every`` so long.

    In any span there are at most ``burst + span / every`` of them.
    """

    every: timedelta
    burst: int = 1


def _anywhere(_: str) -> bool:
    return False


def _itself(address: str) -> str:
    return address


@dataclass(frozen=True, slots=True)
class Pace:
    """The limits of one service; None: there is none of that kind.

    ``overall`` is for the messages to all chats together, ``chat`` for those to one, ``room`` besides
    for one that ``is_room`` says many read. Chats that the service counts as one have one ``counted_as``.
    ``edits`` is for changes of all messages together, ``edit`` for those of one message.
    """

    overall: Rate | None = None
    chat: Rate | None = None
    room: Rate | None = None
    edits: Rate | None = None
    edit: Rate | None = None
    is_room: Callable[[str], bool] = _anywhere
    counted_as: Callable[[str], str] = _itself
