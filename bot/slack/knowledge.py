"""What is looked up about a request before it is answered: its sender, those mentioned, who reads there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from bot.clock import Clock
from bot.slack.api import Api
from bot.slack.people import People
from bot.slack.readers import Readers
from bot.slack.respite import Respite
from handlers.chat.request import Profile, Request

_AT_MOST: Final = 2.0  # seconds that an answer waits for what is looked up
_MENTIONED: Final = re.compile(r"(?<!\w)@([UW][A-Z0-9]{2,})\b", re.ASCII)
_MOST_MENTIONS: Final = 10


class Knowledge:
    """Profiles and readers of one workspace."""

    def __init__(self, api: Api, clock: Clock, *, pause: float) -> None:
        self._respite = Respite(clock)
        self.people = People(api, clock, self._respite)
        self.readers = Readers(api, clock, self._respite, pause=pause)

    async def learn(self, request: Request, team: str) -> None:
        """Look up what a request names; what takes longer than two seconds stays unknown."""
        asked = [self.people.learn(user, team) for user in _users(request)]
        if request.room:
            asked.append(self.readers.learn(request.room, team))
        try:
            async with asyncio.timeout(_AT_MOST):
                await asyncio.gather(*asked)
        except TimeoutError:
            self._respite.begin()

    def added(self, request: Request, raw: Mapping[str, Any]) -> Request:
        """The request with what is known of its people and of the room."""
        found = {user: self.people.known(user) for user in _users(request)}
        people = {user: profile for user, profile in found.items() if profile is not None}
        request = _introduced(request, people.get(request.sender.user))
        shared = raw.get("is_ext_shared_channel") is True
        outsiders = request.room != "" and (shared or self.readers.outsiders(request.room))
        unproven = self.people.unproven(request.sender.user)
        return replace(request, people=people, outsiders=outsiders, unproven=unproven)

    async def close(self) -> None:
        """Look nothing up any more."""
        await self.readers.close()


def _introduced(request: Request, profile: Profile | None) -> Request:
    """With the sender's name and language where the payload has none, as a message's has not."""
    sender = request.sender
    if profile is None or profile.team != sender.team:
        return request
    name, language = sender.name or profile.name, sender.language or profile.locale[:2]
    return replace(request, sender=replace(sender, name=name, language=language))


def _users(request: Request) -> list[str]:
    """The sender and those mentioned, each once."""
    named = [request.sender.user, *_MENTIONED.findall(request.text)]
    return list(dict.fromkeys(named))[: 1 + _MOST_MENTIONS]
