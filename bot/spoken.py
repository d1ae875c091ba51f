"""Spoken: a linked member's request as it came, with all that a turn goes by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.outbox import Place
from bot.platform import Platform
from bot.surroundings import Surroundings
from handlers.chat.request import Request
from models.member import ChatIdentity, Member
from models.messaging.inbox import Incoming


@dataclass(slots=True)
class Spoken:
    """``row`` is its delivery; ``member`` has the workspace; ``now`` is the turn's one instant, aware UTC."""

    row: Incoming
    platform: Platform
    request: Request
    member: Member
    identity: ChatIdentity
    here: Surroundings
    now: datetime

    def place(self, platform: str, address: str, language: str = "") -> Place:
        """Where something is said to the member; in their language, unless given."""
        return Place(
            platform, address, language or self.member.locale, self.member.workspace_id, self.member.id
        )
