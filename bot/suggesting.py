"""Suggesting: records for a form's menu while a name is typed, seen through the asker's rights.

It reads and writes nothing, so it is no turn; what the database cannot answer is an empty menu.
"""

from __future__ import annotations

import structlog

from bot.clock import Clock
from bot.introductions import identity_of
from bot.surroundings import Surroundings
from handlers.chat import forms
from handlers.chat.request import Request, Sender

log = structlog.get_logger(__name__)


class Suggesting:
    """For one platform. See bot.slack.forms.Suggest."""

    def __init__(self, platform: str, here: Surroundings, clock: Clock) -> None:
        self._platform = platform
        self._here = here
        self._clock = clock

    async def __call__(self, sender: Sender, fills: str, name: str, words: str) -> list[tuple[str, str]]:
        """What is shown and what it stands for; nothing for somebody who is not linked."""
        asked = Request(self._platform, "", sender.user, sender, text=words)
        try:
            identity = await identity_of(asked)
            if identity is None:
                return []
            ctx = self._here.context(identity.member, asked, "", self._clock.now())
            return await forms.suggestions(ctx, fills, name, words)
        except Exception as error:
            if not self._here.database.is_transient(error):
                raise
            log.warning("nothing suggested", error=type(error).__name__)
            return []
