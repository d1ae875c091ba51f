"""Home tabs that somebody looks at: made anew a moment after something was said to them.

docs.slack.dev/surfaces/app-home: a tab shows what was last published, and is told to us only when it is
opened. Whatever changes a member's day reaches them as a message (an answer, a push, an edit), so that
such a message is the sign; several within three seconds are one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from bot.clock import Clock
from bot.slack.address import Address
from bot.slack.interactions import HOME
from bot.slack.latest import Latest

Store = Callable[[Mapping[str, Any]], Awaitable[object]]

TOGETHER: Final = 3.0  # seconds
# Whoever opened it longer ago looks at something else by now; opening it makes it anew anyway.
_LOOKED_AT_FOR: Final = timedelta(hours=1)


class _Opened(msgspec.Struct):
    user: str
    tab: str = ""
    channel: str = ""


class _Event(msgspec.Struct):
    event: _Opened
    team_id: str = ""


@dataclass(frozen=True, slots=True)
class _Tab:
    user: str
    team: str
    opened_at: datetime


class HomeTabs:
    """``store`` puts a payload into the inbox; ``together`` in seconds."""

    def __init__(
        self,
        store: Callable[[Mapping[str, Any]], Awaitable[object]],
        clock: Clock,
        together: float = TOGETHER,
    ) -> None:
        self._store = store
        self._clock = clock
        self._together = together
        self._tabs: Latest[_Tab] = Latest()
        self._stale: dict[str, _Tab] = {}
        self._wake = asyncio.Event()
        self._made = 0

    def seen(self, payload: Mapping[str, Any]) -> None:
        """Note who looks at their tab, from what Slack sent."""
        event = payload.get("event")
        if not isinstance(event, dict) or event.get("type") != "app_home_opened":
            return
        try:
            opened = msgspec.convert(payload, _Event)
        except (msgspec.ValidationError, UnicodeEncodeError):
            return
        if opened.event.tab == HOME:
            tab = _Tab(opened.event.user, opened.team_id, self._clock.now())
            self._tabs.put(opened.event.user, tab)
            # Their direct message with us, by which what is said to them is known.
            self._tabs.put(opened.event.channel, tab)

    def said(self, address: Address) -> None:
        """Something was said there; whoever looks at a tab of theirs is shown a new one."""
        tab = self._tabs.get(address.user or address.channel)
        if tab is not None and self._clock.now() - tab.opened_at < _LOOKED_AT_FOR:
            self._stale[tab.user] = tab
            self._wake.set()

    async def run(self) -> None:
        """Ask for new tabs until cancelled, as if they had been opened."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(self._together)
            self._wake.clear()
            stale, self._stale = self._stale, {}
            for tab in stale.values():
                await self._store(self._opened(tab))

    def _opened(self, tab: _Tab) -> Mapping[str, Any]:
        self._made += 1
        return {
            "type": "event_callback",
            "team_id": tab.team,
            "event_id": f"home:{tab.user}:{self._clock.now().timestamp()}:{self._made}",
            "event": {"type": "app_home_opened", "user": tab.user, "tab": HOME},
        }
