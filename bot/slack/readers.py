"""Who reads a channel: colleagues alone, or outsiders too.

An outsider is whoever is no full member of our own workspace: a guest (``is_restricted``,
``is_ultra_restricted``), somebody of another workspace (Slack Connect, or a sister in an organisation).
docs.slack.dev/reference/objects/conversation-object, …/user-object. Whatever cannot be found out counts as
read by outsiders.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from bot.clock import Clock
from bot.platform import ServiceError
from bot.slack.api import Answer, Api
from bot.slack.latest import Latest
from bot.slack.people import User
from bot.slack.refusals import Refused
from bot.slack.respite import Respite

_FRESH_FOR: Final = timedelta(seconds=60)
# While Slack is in trouble what was known serves, and no longer than this: somebody may have joined.
_SERVES_FOR: Final = timedelta(minutes=10)
_STAFF_FOR: Final = timedelta(hours=1)
_AGAIN_AFTER: Final = timedelta(minutes=1)
_PAGE: Final = 200  # docs.slack.dev/apis/web-api/pagination: "no more than 200"
_PAGES: Final = 10  # members of one channel that are looked at: two thousand

_log = logging.getLogger(__name__)


class _Room(msgspec.Struct):
    is_ext_shared: bool = False
    is_org_shared: bool = False
    is_shared: bool = False
    is_pending_ext_shared: bool = False


class Readers:
    """Looks conversations up, each for a minute, and the workspace's full members for an hour.

    ``pause`` seconds lie between two pages of users.list, which may be called some 20 times a minute.
    """

    def __init__(self, api: Api, clock: Clock, respite: Respite, *, pause: float) -> None:
        self._api = api
        self._respite = respite
        self._clock = clock
        self._pause = pause
        self._known: Latest[tuple[bool, datetime]] = Latest()
        self._staff: frozenset[str] | None = None
        self._staff_at: datetime | None = None
        self._listing: asyncio.Task[None] | None = None

    def outsiders(self, channel: str) -> bool:
        """Whether others than colleagues may read it, as far as is known."""
        found = self._known.get(channel)
        return found is None or found[0] or self._clock.now() - found[1] > _SERVES_FOR

    async def learn(self, channel: str, team: str) -> None:
        """Look a channel up, unless that was done within the last minute."""
        found = self._known.get(channel)
        fresh = found is not None and timedelta() <= self._clock.now() - found[1] < _FRESH_FOR
        if fresh or self._respite.lasts:
            return
        try:
            self._known.put(channel, (await self._look(channel, team), self._clock.now()))
        except (Refused, ServiceError, LookupError, msgspec.ValidationError) as error:
            self._respite.begin(error)
            _log.info("slack: a channel could not be looked up: %s", type(error).__name__)

    def forget(self, channel: str) -> None:
        """Look a channel up anew the next time."""
        self._known.forget(channel)

    async def close(self) -> None:
        """Look nothing up any more."""
        if self._listing is not None:
            self._listing.cancel()
            await asyncio.gather(self._listing, return_exceptions=True)

    async def _look(self, channel: str, team: str) -> bool:
        answer = await self._api.ask("conversations.info", channel=channel)
        room = msgspec.convert(answer["channel"], _Room)
        if room.is_ext_shared or room.is_org_shared or room.is_shared or room.is_pending_ext_shared:
            return True
        members = [user async for user in self._members(channel)]
        if not await self._all_staff(members, team):
            self._forget_staff()  # perhaps somebody new, whom the list does not have yet
            return not await self._all_staff(members, team)
        return False

    async def _members(self, channel: str) -> AsyncIterator[str]:
        cursor = ""
        for _ in range(_PAGES):
            page = await self._api.ask(
                "conversations.members",
                channel=channel,
                limit=_PAGE,
                **({"cursor": cursor} if cursor else {}),
            )
            for user in page["members"]:
                yield str(user)
            cursor = _next(page)
            if not cursor:
                return
        yield ""  # more than we look at: nobody's id, so that it counts as an outsider's

    async def _all_staff(self, members: list[str], team: str) -> bool:
        now = self._clock.now()
        if self._staff is None or self._staff_at is None or now - self._staff_at > _STAFF_FOR:
            await self._list(team)
        return self._staff is not None and self._staff.issuperset(members)

    def _forget_staff(self) -> None:
        if self._staff_at is not None and self._clock.now() - self._staff_at > _AGAIN_AFTER:
            self._staff_at = None

    async def _list(self, team: str) -> None:
        """Wait for the list; whoever stops waiting does not stop it."""
        if self._listing is None or self._listing.done():
            self._listing = asyncio.create_task(self._listed(team))
            self._listing.add_done_callback(_seen)
        await asyncio.shield(self._listing)

    async def _listed(self, team: str) -> None:
        staff, cursor = set[str](), ""
        while True:
            page = await self._api.ask("users.list", limit=_PAGE, **({"cursor": cursor} if cursor else {}))
            users = msgspec.convert(page["members"], list[User])
            staff.update(user.id for user in users if user.inside(team))
            cursor = _next(page)
            if not cursor:
                break
            await asyncio.sleep(self._pause)
        self._staff, self._staff_at = frozenset(staff), self._clock.now()


def _seen(listing: asyncio.Task[None]) -> None:
    """Nobody may be waiting any more for what went wrong."""
    if not listing.cancelled():
        listing.exception()


def _next(page: Answer) -> Any:
    return (page.get("response_metadata") or {}).get("next_cursor") or ""
