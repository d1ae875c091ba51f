"""Finding what arrived although its answer was lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.platform import Message
from bot.slack.address import Address, is_direct, located, reference
from bot.slack.api import Api
from bot.slack.directs import Directs
from bot.slack.latest import Latest
from bot.slack.refusals import Refused
from bot.slack.speaking import EVENT_TYPE, target, thread_of

_PAGE: Final = 200  # docs.slack.dev/reference/methods/conversations.history: "no more than 200"
_PAGES: Final = 5  # a thousand messages: what was just sent is among the last


class Finder:
    """Looks for outbox ids in the metadata of conversations' messages."""

    def __init__(self, api: Api, directs: Directs) -> None:
        self._api = api
        self._directs = directs
        self._unseen: Latest[bool] = Latest()

    async def find(self, message: Message) -> str | None:
        """The reference of what carries this outbox id; None where it did not arrive or cannot be seen.

        Raises: Throttled, Unavailable, AnswerLost.
        """
        self._unseen.forget(str(message.id))
        for place in _places(target(message), message.edits):
            try:
                channel = await self._directs.channel(place)
                ts = await self._timestamp(message.id, channel, thread_of(message.answers or "", channel))
            except Refused:
                self._unseen.put(str(message.id), True)
            else:
                if ts is not None:
                    return reference(channel, ts)
        return None

    def can_find(self, message: Message) -> bool:
        """Whether the last :meth:`find` could see it; what one person alone sees is in no history."""
        return self._unseen.get(str(message.id)) is None and not target(message).whispers

    def perhaps_seen(self, message: Message) -> bool:
        """Whether an earlier try may have arrived, as far as could be found out."""
        return message.repeated and not self.can_find(message)

    async def _timestamp(self, outbox_id: int, channel: str, thread: str) -> str | None:
        """Where it stands; replies in a thread are in no conversation's history."""
        method, place = ("conversations.replies", {"ts": thread}) if thread else ("conversations.history", {})
        cursor = ""
        for _ in range(_PAGES):
            paged = {"cursor": cursor} if cursor else {}
            page = await self._api.ask(
                method, channel=channel, limit=_PAGE, include_all_metadata=True, **place, **paged
            )
            for message in page.get("messages", ()):
                if _outbox_id(message) == outbox_id:
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return None


def _places(where: Address, edits: str | None) -> Iterator[Address]:
    """The conversations that the message may stand in, as far as history shows it there."""
    if edits is not None and not (edited := located(edits)[0]).whispers and edited != where:
        yield edited
    if where.whispers and is_direct(where.channel):
        yield Address(where.channel)
    yield Address("", where.user) if where.user else where


def _outbox_id(message: Mapping[str, Any]) -> int | None:
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("event_type") != EVENT_TYPE:
        return None
    found = (metadata.get("event_payload") or {}).get("id")
    return found if isinstance(found, int) else None
