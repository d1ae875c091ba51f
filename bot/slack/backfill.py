"""Reading back: what people wrote in direct messages while Slack could not deliver it.

Slack tries three times within about six minutes and gives up (docs.slack.dev/apis/events-api). The
message still stands in the conversation. It has the same key however it arrives, so reading too much
does no harm, and reading starts well before the gap. Replies inside threads are not read back:
conversations.history leaves them out, and their threads may have begun at any time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from bot.clock import Clock
from bot.platform import ServiceError, Throttled
from bot.slack.address import is_direct
from bot.slack.api import Answer, Api
from bot.slack.intake import NotStored
from bot.slack.payloads import from_history, said_by_a_person
from bot.slack.refusals import Refused

# A message may be older than the last one that arrived by as long as Slack tries to deliver it.
_OVERLAP: Final = timedelta(minutes=10)
NOTED_EVERY: Final = timedelta(minutes=5)
_PAGE: Final = 200  # docs.slack.dev/reference/methods/conversations.history: "no more than 200"

_log = logging.getLogger(__name__)

Keep = Callable[[Sequence[Mapping[str, Any]]], Awaitable[None]]


class Memory(Protocol):
    """What the application keeps for reading back.

    ``chats``: addresses of this platform that somebody ever wrote from, for where Slack does not list
    them. ``accounts``: the user ids of a workspace that are linked to active members. ``read_until``:
    everything sent before that instant is in the inbox; None: nothing is known, and nothing is read back
    (a fresh installation, or another process has the lease of reading back).
    ``set_read_until`` keeps it across restarts, and does nothing where another process has the lease.
    """

    async def chats(self) -> Collection[str]: ...

    async def accounts(self, team: str) -> Collection[str]: ...

    async def read_until(self) -> datetime | None: ...

    async def set_read_until(self, until: datetime) -> None: ...


class ReadBack:
    """Reads the direct messages of one workspace back, slowly, whenever something may be missing.

    ``keep`` puts payloads into the inbox, raising NotStored. ``listening`` says whether Slack can
    deliver at the moment. ``pause`` seconds lie between two calls: conversations.history may be
    called about 50 times a minute. ``again_after`` seconds it tries again when it failed.
    """

    def __init__(
        self,
        api: Api,
        memory: Memory,
        keep: Keep,
        listening: Callable[[], bool],
        *,
        clock: Clock,
        pause: float,
        again_after: float = 60.0,
    ) -> None:
        self._api = api
        self._memory = memory
        self._clock = clock
        self._keep = keep
        self._listening = listening
        self._pause = pause
        self._again_after = again_after
        self._wanted = asyncio.Event()

    def want(self) -> None:
        """Something may be missing."""
        self._wanted.set()

    async def run(self, *, team: str, bot: str) -> None:
        """Read back when it is wanted, and note from time to time that nothing is missing."""
        while True:
            if await self._is_wanted() or self._listening():
                await self._catch_up(team, bot)

    async def _is_wanted(self) -> bool:
        try:
            async with asyncio.timeout(NOTED_EVERY.total_seconds()):
                return await self._wanted.wait()
        except TimeoutError:
            return False

    async def _catch_up(self, team: str, bot: str) -> None:
        wanted, begun = self._wanted.is_set(), self._clock.now()
        self._wanted.clear()
        try:
            since = await self._memory.read_until()
            if wanted and since is not None:
                await self._read_all(since, team, bot)
            if not self._wanted.is_set():
                # A fresh installation begins now; from then on the mark only moves ahead.
                await self._memory.set_read_until(max(since, begun - _OVERLAP) if since else begun)
        except (ServiceError, Refused, NotStored) as error:
            await self._later(error)
        except Exception as error:  # noqa: BLE001 - the memory is the application's; receiving goes on without it
            await self._later(error)

    async def _later(self, error: Exception) -> None:
        _log.warning("slack: messages could not be read back yet: %s", _said(error))
        self._wanted.set()
        await asyncio.sleep(self._again_after)

    async def _read_all(self, since: datetime, team: str, bot: str) -> None:
        found = 0
        for channel in await self._channels():
            messages = await self._history(channel, since)
            said = [message for message in messages if said_by_a_person(message, bot)]
            await self._keep([from_history(message, channel, team=team, bot=bot) for message in said])
            found += len(said)
        _log.info("slack: %d messages read back since %s", found, since.isoformat(timespec="seconds"))

    async def _channels(self) -> list[str]:
        known = {
            address for address in await self._memory.chats() if is_direct(address) and "/" not in address
        }
        try:
            async for page in self._pages("users.conversations", types="im"):
                known.update(str(channel["id"]) for channel in page.get("channels", ()))
        except Refused as refusal:
            _log.info("slack: direct messages cannot be listed (%s); those known are read", refusal.code)
        return sorted(known)

    async def _history(self, channel: str, since: datetime) -> list[Mapping[str, Any]]:
        """What stands in a conversation since then, oldest first."""
        oldest = f"{since.timestamp():.6f}"
        messages: list[Mapping[str, Any]] = []
        try:
            async for page in self._pages("conversations.history", channel=channel, oldest=oldest):
                messages.extend(page.get("messages", ()))
        except Refused as refusal:
            if refusal.code == "missing_scope":
                raise
            _log.info("slack: a direct message cannot be read back: %s", refusal.code)
        return sorted(messages, key=lambda message: str(message.get("ts", "")))

    async def _pages(self, method: str, **arguments: str) -> AsyncIterator[Answer]:
        cursor = ""
        while True:
            paged = {**arguments, "cursor": cursor} if cursor else arguments
            page = await self._patiently(method, limit=_PAGE, **paged)
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            await asyncio.sleep(self._pause)
            if not cursor:
                return

    async def _patiently(self, method: str, **arguments: Any) -> Answer:
        while True:
            try:
                return await self._api.ask(method, **arguments)
            except Throttled as error:
                await asyncio.sleep(error.retry_after.total_seconds())


def _said(error: Exception) -> str:
    ours = isinstance(error, ServiceError | Refused | NotStored)
    return str(error) if ours else type(error).__name__
