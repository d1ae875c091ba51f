"""Asking Telegram for updates: stored first, confirmed after.

Telegram forgets an update as soon as a later poll names a higher offset
(core.telegram.org/bots/api#getupdates). python-telegram-bot's own Updater confirms what it holds in
memory only; here the offset follows the commit.
"""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import datetime
from typing import Final

import msgspec
from telegram.constants import PollingLimit
from telegram.error import Conflict

from bot import failpoint
from bot.clock import Clock
from bot.platform import Receive
from bot.telegram.calling import ANSWER_AFTER, FIRST_WAIT, Caller, Pause, Trouble, result
from bot.telegram.deliveries import Delivery, Garbled, read
from bot.telegram.reading import Memory, Reading
from bot.telegram.shapes import Me
from bot.telegram.transport import NoAnswer, Transport
from bot.telegram.updates import KINDS

# The server holds a poll for at most 50 s (github.com/tdlib/telegram-bot-api, Client.h,
# LONG_POLL_MAX_TIMEOUT). Thirty outlasts no common proxy, and two hung ones stay below the 90 s after
# which a poller counts as deaf.
_HELD_FOR: Final = 30  # seconds

_log = logging.getLogger(__name__)


class Poller:
    """The one reader of a bot's updates.

    ``root``: the address that method names are appended to. ``pause`` waits so many seconds.
    ``last_heard``: when an answer or an error last came back; None while it is not running. Older
    than 90 seconds means that the poller is deaf. ``memory`` keeps how far it has read.
    """

    def __init__(
        self,
        transport: Transport,
        root: str,
        clock: Clock,
        *,
        held_for: int = _HELD_FOR,
        pause: Pause = asyncio.sleep,
        memory: Memory | None = None,
    ) -> None:
        self._caller = Caller(transport, root, clock, pause)
        self._held_for = held_for
        self._storing = Trouble(clock)
        self._reading = Reading(memory, clock)
        self._offset: int | None = None  # the next poll's: it confirms everything stored before it
        self._confirmed = 0  # the last offset named
        self.me: Me | None = None

    @property
    def last_heard(self) -> datetime | None:
        """See above."""
        return self._caller.last_heard

    async def run(self, receive: Receive) -> None:
        """Receive until cancelled. What ``receive`` could not take in is asked for again.

        Raises: Unauthorised.
        """
        self._caller.heard()
        self._offset = None
        try:
            self.me = await self._caller.insist(self._caller.who)
            await self._reading.begins()
            while True:
                await self._receive_batch(receive, self.me)
        finally:
            self._caller.last_heard = None

    async def _receive_batch(self, receive: Receive, me: Me) -> None:
        deliveries = await self._caller.insist(lambda: self._poll(me))
        if not deliveries:
            await self._reading.goes_on()
            return
        failpoint.reach("after_fetch")
        try:
            await receive([delivery.arrival for delivery in deliveries])
        except Exception as error:  # noqa: BLE001 - whatever the inbox meets, Telegram keeps the updates
            # An error's text may quote the row, and with it what somebody wrote.
            await self._caller.pause(self._storing.met(f"the inbox took nothing in: {type(error).__name__}"))
        else:
            self._storing.over()
            if len(deliveries) < PollingLimit.MAX_LIMIT:
                await self._reading.goes_on()
            self._offset = self._behind(deliveries)
            if self._offset is None:
                # Only updates without an id, and none was ever seen: they come again until one
                # arrives that has an id.
                await self._caller.pause(FIRST_WAIT)
        self._caller.heard()

    def _behind(self, deliveries: list[Delivery]) -> int | None:
        """The offset that passes all of ``deliveries``.

        An update whose id cannot be read has at least the id that was expected next, and a batch
        holds the lowest ids there are: counting on by one for each confirms nothing that is not in it.
        """
        known = [delivery.id for delivery in deliveries if delivery.id is not None]
        if known:
            return max(known) + 1
        return self._confirmed + len(deliveries) if self._confirmed else None

    async def _poll(self, me: Me) -> list[Delivery]:
        body = await self._polled()
        try:
            return read(body, msgspec.to_builtins(me))
        except Garbled as error:
            raise NoAnswer(f"getUpdates: {error}") from None

    async def _polled(self) -> bytes:
        try:
            return await self._get_updates()
        except Conflict:
            if not await self._webhook_removed():
                raise
        return await self._get_updates()

    async def _get_updates(self) -> bytes:
        parameters = {
            "timeout": str(self._held_for),
            "limit": str(int(PollingLimit.MAX_LIMIT)),
            "allowed_updates": json.dumps(KINDS),
        }
        # Named once only. Named again it could confirm what nobody has seen, as Telegram may go on
        # with lower ids after an idle week (core.telegram.org/bots/api#update); and if this poll
        # fails, all that is not confirmed just comes again.
        offset, self._offset = self._offset, None
        if offset is not None:
            self._confirmed = offset
            parameters["offset"] = str(offset)
        return await self._caller.call("getUpdates", parameters, self._held_for + ANSWER_AFTER)

    async def _webhook_removed(self) -> bool:
        """Whether a webhook kept us from polling; now it does not. Waiting updates are kept."""
        webhook = result(await self._caller.call("getWebhookInfo"))
        if not (isinstance(webhook, dict) and webhook.get("url")):
            return False
        await self._caller.call("deleteWebhook", {"drop_pending_updates": "false"})
        _log.warning("telegram: a webhook was set; it has been removed so that updates can be polled")
        return True
