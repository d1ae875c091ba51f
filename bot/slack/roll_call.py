"""Roll call: whose account was closed while nobody heard of it.

Slack says it once, by ``user_change``, and to nobody who is away. After a start and after each gap every
linked account is asked about, slowly; one that is closed is told to the inbox in the words that Slack would
have used.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bot.platform import Throttled
from bot.slack.api import Api
from bot.slack.backfill import Memory
from bot.slack.refusals import Refused

_log = logging.getLogger(__name__)

Keep = Callable[[Sequence[Mapping[str, Any]]], Awaitable[None]]


class RollCall:
    """``keep`` puts payloads into the inbox; ``pause`` seconds lie between two questions."""

    def __init__(self, api: Api, memory: Memory, keep: Keep, *, pause: float, again_after: float) -> None:
        self._api = api
        self._memory = memory
        self._keep = keep
        self._pause = pause
        self._again_after = again_after
        self._wanted = asyncio.Event()

    def want(self) -> None:
        """Something may have been missed."""
        self._wanted.set()

    async def run(self, team: str) -> None:
        """Call the roll whenever it is wanted."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._call(team)
            except Exception as error:  # noqa: BLE001 - the memory is the application's; receiving goes on
                _log.warning("slack: the roll was not called to its end: %s", type(error).__name__)
                self._wanted.set()
                await asyncio.sleep(self._again_after)

    async def _call(self, team: str) -> None:
        for user in await self._memory.accounts(team):
            if (closed := await self._closed(user, team)) is not None:
                await self._keep([closed])
            await asyncio.sleep(self._pause)

    async def _closed(self, user: str, team: str) -> Mapping[str, Any] | None:
        """The event that says so; None where the account is open, or Slack does not tell."""
        try:
            found: Mapping[str, Any] = (await self._api.ask("users.info", user=user))["user"]
        except Refused:
            return None  # whoever cannot be seen may still be there: nobody is shut out for that
        except Throttled as error:
            await asyncio.sleep(error.retry_after.total_seconds())
            return await self._closed(user, team)
        if found.get("deleted") is not True:
            return None
        # An account may be closed again later: when it was last changed tells the two apart.
        return {
            "type": "event_callback",
            "team_id": team,
            "event_id": f"closed:{user}:{found.get('updated', 0)}",
            "event": {"type": "user_change", "user": {"id": user, "team_id": team, "deleted": True}},
        }
