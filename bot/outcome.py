"""Outcome: what a turn came to, as the dispatcher goes on with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.outbox import Place
from handlers.chat.reply import Reply
from handlers.chat.request import Request
from models.messaging.outbox import Outgoing


@dataclass(slots=True)
class Outcome:
    """What is left to do after the commit: rows to send, and what the platform is told at once.

    ``popup`` is a reply that cannot wait for the outbox, ``marks`` a person's message that gets a tick.
    """

    request: Request | None = None
    send: list[Outgoing] = field(default_factory=list)
    popup: Reply | None = None
    marks: str = ""
    place: Place | None = None
    command: str = ""
    outcome: str = "ok"
    member_id: int | None = None
