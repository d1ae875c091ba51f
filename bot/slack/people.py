"""Who somebody is, as the workspace knows them (users.info), for a minute at a time.

docs.slack.dev/reference/objects/user-object. An account that was deactivated is known as such within that
minute, or at once where Slack's ``user_change`` comes first.

While Slack cannot be asked, what was known of somebody serves for ten minutes, but does not prove for more
than one that their account is still open. Whatever they say at that moment does: Slack takes nothing from
an account that is closed. What was said earlier and comes late is not done then (``Request.unproven``).
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

import msgspec

from bot.clock import Clock
from bot.platform import ServiceError
from bot.slack.api import Api
from bot.slack.latest import Latest
from bot.slack.refusals import Refused
from bot.slack.respite import Respite
from handlers.chat.request import Profile

_FRESH_FOR: Final = timedelta(seconds=60)
_SERVES_FOR: Final = timedelta(minutes=10)

_log = logging.getLogger(__name__)


class _Inner(msgspec.Struct, frozen=True):
    """``profile`` of a user object; ``email`` is there with the scope users:read.email only."""

    email: str | None = None
    real_name: str | None = None
    display_name: str | None = None


class User(msgspec.Struct):
    """What we read of a user object."""

    id: str
    team_id: str = ""
    name: str = ""
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_email_confirmed: bool = False
    tz: str | None = None
    locale: str | None = None
    profile: _Inner = _Inner()

    def inside(self, team: str) -> bool:
        """Whether it is a full member of that workspace: no guest, nobody of another one."""
        guest = self.is_restricted or self.is_ultra_restricted
        return not (guest or self.is_stranger or self.deleted) and self.team_id == team


def profile(user: User, team: str) -> Profile:
    """The same for whoever does not know Slack; ``team`` is our workspace."""
    trusted = user.inside(team) and user.is_email_confirmed and not user.is_bot
    inner = user.profile
    return Profile(
        team=user.team_id,
        user=user.id,
        name=inner.real_name or inner.display_name or user.name,
        address=user.id,
        email=(inner.email or "").lower() if trusted else "",
        zone=user.tz or "",
        locale=user.locale or "",
        outside=not user.deleted and not user.inside(team),
        active=not user.deleted,
    )


class People:
    """The profiles that were looked up lately."""

    def __init__(self, api: Api, clock: Clock, respite: Respite) -> None:
        self._api = api
        self._respite = respite
        self._clock = clock
        self._known: Latest[tuple[Profile, datetime]] = Latest()

    def known(self, user: str) -> Profile | None:
        """As it was last seen; None: not within ten minutes."""
        found = self._known.get(user)
        return found[0] if found and self._age(found) < _SERVES_FOR else None

    def unproven(self, user: str) -> bool:
        """Whether Slack cannot be asked now, and did not tell within the last minute that one is there."""
        found = self._known.get(user)
        return self._respite.lasts and (found is None or self._age(found) >= _FRESH_FOR)

    def _age(self, found: tuple[Profile, datetime]) -> timedelta:
        # A clock that was put back makes nothing younger than it was.
        return abs(self._clock.now() - found[1])

    async def learn(self, user: str, team: str) -> None:
        """Look somebody up, unless that was done within the last minute."""
        seen = self._known.get(user)
        fresh = seen is not None and self._age(seen) < _FRESH_FOR
        if fresh or self._respite.lasts:
            return
        try:
            answer = await self._api.ask("users.info", user=user, include_locale="true")
            found = profile(msgspec.convert(answer["user"], User), team)
        except (Refused, ServiceError, LookupError, msgspec.ValidationError) as error:
            self._respite.begin(error)
            _log.info("slack: a profile could not be looked up: %s", type(error).__name__)
        else:
            self._known.put(user, (found, self._clock.now()))

    def forget(self, user: str) -> None:
        """Look somebody up anew the next time."""
        self._known.forget(user)
