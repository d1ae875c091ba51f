"""Showing what waits for an answer: a modal by its trigger id, a modal that stands open, the Home tab.

A trigger id is good for three seconds, which a database may take: an empty modal is opened as soon as the
request is stored, and filled once it is answered. It is named after the trigger id, so that whichever
process answers finds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from bot.platform import ServiceError
from bot.slack import views
from bot.slack.api import Api
from bot.slack.interactions import external_id
from bot.slack.refusals import Refused
from bot.slack.speaking import Words

# docs.slack.dev/reference/methods/views.update: whoever closed the modal is not shown it again.
_CLOSED: Final = "not_found"
# docs.slack.dev/reference/methods/views.open: the trigger id has opened its modal already.
_OPENED: Final = ("exchanged_trigger_id", "duplicate_external_id")


class Surfaces:
    """Opens, fills and publishes views."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._opening: dict[str, asyncio.Task[None]] = {}

    def open(self, trigger: str) -> None:
        """Begin to open the empty modal of a trigger id; nobody waits for it."""
        task = asyncio.create_task(self._open(trigger))
        self._opening[trigger] = task
        task.add_done_callback(lambda _: self._opening.pop(trigger, None))

    async def _open(self, trigger: str) -> None:
        view = views.waiting(external_id(trigger))
        try:
            await self._api.call("views.open", {"trigger_id": trigger, "view": view})
        except (Refused, ServiceError):
            return  # filling it finds out, and says so

    async def show(self, surface: str, words: Words, user: str) -> bool:
        """Show an answer; False where it could not be shown and must be said otherwise.

        A form that its user has closed meanwhile is not wanted any more: that counts as shown.
        """
        kind, _, name = surface.partition(":")
        try:
            if kind == "trigger":
                return await self._fill(name, words)
            if kind == "view":
                await self._api.call("views.update", {"view_id": name, "view": views.modal(words)})
            else:
                await self.publish(user, words)
        except Refused as refusal:
            return refusal.code == _CLOSED
        except ServiceError:
            return False
        return True

    async def publish(self, user: str, words: Words) -> None:
        """Show a reply as somebody's Home tab. Raises Refused, or a ServiceError."""
        await self._api.call("views.publish", {"user_id": user, "view": views.home(words)})

    async def _fill(self, trigger: str, words: Words) -> bool:
        if (opening := self._opening.get(trigger)) is not None:
            await asyncio.wait([opening])
        name = external_id(trigger)
        update = {"external_id": name, "view": views.modal(words, name)}
        if await self._done("views.update", update):
            return True
        # Not there: never opened, or closed by its user. A trigger id that was not used opens it now.
        opened = {"trigger_id": trigger, "view": views.modal(words, name)}
        try:
            await self._api.call("views.open", opened)
        except Refused as refusal:
            if refusal.code not in _OPENED:
                return False
            # Perhaps by another process just now.
            await self._done("views.update", update)
        return True

    async def _done(self, method: str, arguments: Mapping[str, object]) -> bool:
        try:
            await self._api.call(method, arguments)
        except Refused as refusal:
            if refusal.code != _CLOSED:
                raise
            return False
        return True
