"""Response URLs: Slack's permission to answer one command or press where it was made.

docs.slack.dev/interactivity/handling-user-interaction, "Message responses": five answers within
thirty minutes. They also work in conversations that Parley was not invited to, and they alone can
change an ephemeral message. They are kept in memory only: without one an answer takes another road.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.slack.hosts import Hosts
from bot.slack.latest import Latest

_USES: Final = 5


@dataclass(slots=True)
class _Permission:
    url: str
    left: int = _USES


class Responses:
    """The latest response URL of each place: an address, or the reference of a message.

    ``api_url`` is the Web API's: nothing but Slack's own hosts and that one is ever written to.
    """

    def __init__(self, api_url: str) -> None:
        self._hosts = Hosts(api_url)
        self._latest: Latest[_Permission] = Latest()

    def keep(self, url: str, *places: str) -> None:
        """Remember ``url`` for ``places``; the same delivery parsed again changes nothing."""
        if not self._hosts.trusts(url):
            return
        permission = _Permission(url)
        for place in places:
            known = self._latest.get(place)
            if known is None or known.url != url:
                self._latest.put(place, permission)

    def take(self, place: str) -> str | None:
        """Use it once; None where there is none, or it is used up."""
        permission = self._latest.get(place)
        if permission is None or permission.left < 1:
            return None
        permission.left -= 1
        return permission.url

    def forget(self, place: str) -> None:
        """Slack takes it no more."""
        self._latest.forget(place)
