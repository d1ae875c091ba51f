"""The web as a platform: it is posted to, and shows nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bot.clock import Clock
from bot.pace import Pace
from bot.platform import Message, Receive, Receiver, Rejected, Unreadable
from bot.web.hook import PLATFORM, Hook
from handlers.chat.reply import Reply
from handlers.chat.request import FormField, Inquiry, Request, Sender


class Web:
    """Forms on websites. ``lead_fields`` as in the configuration: ``votre-nom=name, tel2=phone``."""

    name = PLATFORM
    edits_in_place = False
    keeps_history = True
    silent = True
    pace: Pace | None = None

    def __init__(self, clock: Clock, lead_fields: str = "") -> None:
        self._clock = clock
        self._meanings = dict(_pairs(lead_fields))
        self.refused: Counter[str] = Counter()

    def receivers(self, receive: Receive) -> Sequence[Receiver]:
        """The lead hook."""
        return (Hook(receive, self._clock, self.refused).receiver(),)

    async def run(self, receive: Receive) -> None:
        """Wait: requests come to the server, in every process."""
        await asyncio.Event().wait()

    def parse(self, key: str, raw: Mapping[str, Any]) -> Request | None:
        """Raises: Unreadable."""
        try:
            hook = int(raw["hook"])
            fields = tuple(
                FormField(str(name), str(value), self._meanings.get(str(name).strip(), ""))
                for name, value in raw["fields"]
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Unreadable("no form") from error
        return Request(self.name, key, f"hook:{hook}", Sender(""), inquiry=Inquiry(hook, fields))

    async def send(self, message: Message) -> str:
        """Raises: Rejected; nobody reads here."""
        raise Rejected("a web form shows nothing")

    async def edit(self, message: Message) -> str:
        """Raises: Rejected; nobody reads here."""
        raise Rejected("a web form shows nothing")

    async def find(self, message: Message) -> str | None:
        """Nothing was ever sent."""
        return None

    def can_find(self, message: Message) -> bool:
        """That is certain."""
        return True

    async def answer(self, request: Request, reply: Reply | None) -> bool:
        """There is nobody to answer."""
        return False

    async def close(self) -> None:
        """Nothing is open."""


def _pairs(lead_fields: str) -> list[tuple[str, str]]:
    entries = [entry.rpartition("=") for entry in lead_fields.split(",") if "=" in entry]
    return [(name.strip(), meaning.strip()) for name, _, meaning in entries]
