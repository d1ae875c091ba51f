"""Direct messages with people, by their user id."""

from __future__ import annotations

from bot.slack.address import Address
from bot.slack.api import Api
from bot.slack.latest import Latest


class Directs:
    """Opens direct messages, and remembers which are open."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: Latest[str] = Latest()

    async def with_user(self, user: str) -> str:
        """The conversation's id. Raises what :class:`bot.slack.api.Api` raises."""
        known = self._known.get(user)
        if known is None:
            answer = await self._api.call("conversations.open", {"users": user})
            known = str(answer["channel"]["id"])
            self._known.put(user, known)
        return known

    async def channel(self, address: Address) -> str:
        """The conversation that an address stands for."""
        return address.channel or await self.with_user(address.user)
