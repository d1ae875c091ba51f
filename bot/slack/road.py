"""The one road through bolt: every envelope is stored, then acknowledged, and goes no further.

No listener runs, so bolt neither acknowledges before the work nor polls for the acknowledgement
(slack_bolt/listener/asyncio_runner.py does both). The road begins before bolt's own middleware looks
into payloads, some of which it cannot bear.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import library
from bot.slack.payloads import overheard, said_by

# Stores a payload. Returns what the acknowledgement says (a form's errors, a menu's entries; mostly
# nothing, {}); None where it must not be acknowledged.
Store = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any] | None]]


@dataclass(frozen=True, slots=True)
class Me:
    """Whom Slack takes us for (auth.test): our user id, our bot id, the workspace."""

    user: str
    bot: str
    team: str


def bolt_app(me: Me, client: AsyncWebClient, store: Store) -> AsyncApp:
    """An app that stores whatever comes. ``client`` holds no token: bolt calls Slack for nothing."""
    return AsyncApp(
        name="bot.slack.library",
        client=client,
        before_authorize=_Road(me, store),
        authorize=_Authorize(),  # type: ignore[arg-type, no-untyped-call] # bolt takes its own class too
        process_before_response=True,
        logger=library.logger(),
    )


async def outcome(payload: Mapping[str, Any], me: Me, store: Store) -> BoltResponse:
    """Store it; 200 is the acknowledgement, anything else leaves the envelope open.

    The body is JSON where the acknowledgement says something. What we said ourselves comes back as an
    event; that, and what colleagues say to one another, is acknowledged and kept nowhere.
    """
    not_ours = said_by(payload, user=me.user, bot=me.bot) or overheard(payload, user=me.user)
    said = {} if not_ours else await store(payload)
    if said is None:
        return BoltResponse(status=503, body="")
    return BoltResponse(status=200, body=dict(said) if said else "")


class _Road(AsyncMiddleware):
    def __init__(self, me: Me, store: Store) -> None:
        self._me = me
        self._store = store

    async def async_process(self, *, req: AsyncBoltRequest, resp: BoltResponse, next: object) -> BoltResponse:
        return await outcome(req.body, self._me, self._store)


class _Authorize(AsyncAuthorize):
    """Nobody: no envelope comes so far. Without one bolt would call auth.test for each."""

    async def __call__(self, **_about: object) -> None:
        return None
