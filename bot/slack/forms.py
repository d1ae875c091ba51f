"""What Slack wants to know of a form at once, in the acknowledgement: its mistakes, a menu's entries.

Both change nothing, and neither goes through the inbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from bot.clock import Clock
from bot.slack import views
from bot.slack.interactions import filled, opens
from bot.slack.surfaces import Surfaces
from handlers.chat import forms
from handlers.chat.request import Sender

# Records for a line of a form: who asks, the command that the form fills, the parameter, what was typed.
# Returns what is shown and what it stands for.
Suggest = Callable[[Sender, str, str, str], Awaitable[list[tuple[str, str]]]]

_SUGGEST_WITHIN: Final = 2.5  # seconds; Slack waits three


class _Who(msgspec.Struct):
    id: str
    team_id: str | None = None


class _State(msgspec.Struct):
    values: dict[str, dict[str, dict[str, Any]]] = {}


class _View(msgspec.Struct):
    callback_id: str = ""
    state: _State | None = None


class _Asked(msgspec.Struct):
    """A ``view_submission``, or a ``block_suggestion`` within a view."""

    type: str
    user: _Who
    view: _View
    block_id: str = ""
    value: str = ""
    team: dict[str, Any] | None = None


class Forms:
    """Answers for forms. Without ``suggest`` no menu has any entry."""

    def __init__(self, surfaces: Surfaces, clock: Clock, suggest: Suggest | None) -> None:
        self._surfaces = surfaces
        self._clock = clock
        self._suggest = suggest

    async def said(self, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The acknowledgement of what is not to be stored; None for everything else."""
        if payload.get("type") not in ("view_submission", "block_suggestion"):
            return None
        try:
            asked = msgspec.convert(payload, _Asked)
        except (msgspec.ValidationError, UnicodeEncodeError):
            return None if payload.get("type") == "view_submission" else views.options([])
        fills, tag = views.form_of(asked.view.callback_id)
        if asked.type == "block_suggestion":
            return views.options(await self._suggested(asked, fills))
        values = filled(asked.view.state.values) if asked.view.state else {}
        mistakes = forms.misshapen(fills, values, tag, self._clock.now()) if fills else {}
        return views.errors(mistakes) if mistakes else None

    def stored(self, payload: Mapping[str, Any]) -> None:
        """Open what waits for a stored request's answer."""
        if trigger := opens(payload):
            self._surfaces.open(trigger)

    async def _suggested(self, asked: _Asked, fills: str) -> list[tuple[str, str]]:
        if self._suggest is None or not fills:
            return []
        team = str((asked.team or {}).get("id", ""))
        sender = Sender(asked.user.id, asked.user.team_id or team)
        try:
            async with asyncio.timeout(_SUGGEST_WITHIN):
                return await self._suggest(sender, fills, asked.block_id, asked.value)
        except TimeoutError:
            return []
