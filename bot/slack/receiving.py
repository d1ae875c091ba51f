"""Hearing Slack, by Socket Mode or by signed HTTP: the same inbox, the same reading back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from slack_bolt.response import BoltResponse

from bot.clock import Clock
from bot.platform import Receive, Receiver, ServiceError
from bot.slack import payloads
from bot.slack.api import Api
from bot.slack.backfill import NOTED_EVERY, Memory, ReadBack
from bot.slack.endpoint import Endpoint
from bot.slack.forms import Forms
from bot.slack.hometabs import HomeTabs
from bot.slack.intake import Intake, NotStored
from bot.slack.patience import Patience
from bot.slack.refusals import Refused
from bot.slack.road import Me, bolt_app, outcome
from bot.slack.roll_call import RollCall
from bot.slack.socket import Socket

_ACKNOWLEDGE_WITHIN: Final = 2.5  # seconds; Slack waits three (docs.slack.dev/apis/events-api)
_GAP: Final = timedelta(seconds=30)  # a shorter silence is bridged by Slack's own retries
_PULSE_EVERY: Final = 15.0  # seconds; a platform without a sign for 90 seconds counts as deaf


@dataclass(frozen=True, slots=True)
class Way:
    """How Slack reaches us.

    ``socket`` needs ``app_token``, and keeps ``sockets`` connections; ``http`` needs ``signing_secret``.
    ``ping_interval``, ``pause`` between two calls of reading back and ``again_after`` one that failed, in
    seconds.
    """

    mode: Literal["socket", "http"] = "socket"
    app_token: str = ""
    signing_secret: str = ""
    sockets: int = 1
    ping_interval: float = 10.0
    pause: float = 1.2
    again_after: float = 60.0


class Receiving:
    """Puts what Slack sends into the inbox. ``me`` is whom Slack takes us for, None before the first run."""

    def __init__(self, api: Api, way: Way, clock: Clock, memory: Memory | None, forms: Forms) -> None:
        self._api = api
        self._forms = forms
        self.tabs = HomeTabs(self._again, clock)
        self._way = way
        self._clock = clock
        self._memory = memory
        self._intake = Intake()
        self._patience = Patience(clock)
        self._endpoint = Endpoint(way.signing_secret, self._take, self._missed, clock)
        self._read_back: ReadBack | None = None
        self._receive: Receive | None = None  # over HTTP: what fills the inbox in this process
        self._roll_call: RollCall | None = None
        self._storing: asyncio.Task[None] | None = None
        self._sockets: list[Socket] = []
        self._last_heard: datetime | None = None  # on any socket
        self.me: Me | None = None

    @property
    def last_sign(self) -> datetime | None:
        """When Slack last gave a sign, or a try to reach it last failed; None while not running."""
        return self._patience.last_sign

    @property
    def refused(self) -> Mapping[str, int]:
        """How many requests over HTTP were not Slack's, by reason."""
        return self._endpoint.refused

    async def run(self, receive: Receive) -> None:
        """Receive until cancelled; see bot.platform.Platform.

        Raises: Unauthorised; any other ServiceError where Slack will never let us in.
        """
        try:
            self.me = await self._patience.insist(self._who_am_i)
            await _first_to_end(self._work(self.me, receive))
        finally:
            self._patience.last_sign = self._read_back = self._roll_call = None
            self._sockets = []

    async def team(self) -> str:
        """The workspace that we are installed in; empty while Slack does not say."""
        if self.me is None:
            try:
                self.me = await self._who_am_i()
            except (Refused, ServiceError):
                return ""
        return self.me.team

    def receivers(self, receive: Receive) -> Sequence[Receiver]:
        """What Slack posts to; every process may serve it."""
        if self._way.mode != "http":
            return ()

        self._receive = receive
        return (self._endpoint.receiver(),)

    async def close(self) -> None:
        """Store no more."""
        if self._storing is not None:
            self._storing.cancel()
            await asyncio.gather(self._storing, return_exceptions=True)

    def _work(self, me: Me, receive: Receive) -> list[Coroutine[Any, Any, None]]:
        """What runs side by side; the first to be stopped stands in front.

        Those are the sockets: what is under way may still be stored and acknowledged.
        """
        work: list[Coroutine[Any, Any, None]] = []
        if self._way.mode == "socket":
            self._sockets = [self._new_socket(me) for _ in range(self._way.sockets)]
            work += [socket.run() for socket in self._sockets]
            work.append(self._intake.run(receive))
        else:
            self._receive = receive
            work.append(self._pulse())
        work.append(self.tabs.run())
        if self._memory is not None:
            self._read_back = self._new_read_back(self._memory)
            work.append(self._read_back.run(team=me.team, bot=me.user))
            pauses = {"pause": self._way.pause, "again_after": self._way.again_after}
            self._roll_call = RollCall(self._api, self._memory, self._keep, **pauses)
            if self._way.mode == "http":
                self._roll_call.want()  # a socket's greeting wants it otherwise
            work.append(self._roll_call.run(me.team))
        return work

    async def _pulse(self) -> None:
        """Over HTTP nothing comes while nobody writes: this process lives, which is all that it can say."""
        while True:
            self._patience.sign()
            await asyncio.sleep(_PULSE_EVERY)

    async def _who_am_i(self) -> Me:
        found = await self._api.ask("auth.test")
        return Me(str(found["user_id"]), str(found.get("bot_id", "")), str(found["team_id"]))

    def _new_socket(self, me: Me) -> Socket:
        app = bolt_app(me, self._api.client(None), self._store)
        return Socket(
            self._api,
            self._way.app_token,
            app,
            self._patience,
            otherwise=lambda payload: outcome(payload, me, self._store),
            greeted=self._greeted,
            heard=self._heard,
            ping_interval=self._way.ping_interval,
        )

    def _new_read_back(self, memory: Memory) -> ReadBack:
        read_back = ReadBack(
            self._api,
            memory,
            self._keep,
            self._listening,
            clock=self._clock,
            pause=self._way.pause,
            again_after=self._way.again_after,
        )
        if self._way.mode == "http":
            read_back.want()  # what Slack could not deliver while we were away, it does not announce
        return read_back

    def _listening(self) -> bool:
        """Whether Slack can deliver at the moment; over HTTP, whether it did lately."""
        if self._way.mode == "socket":
            return any(socket.alive for socket in self._sockets)
        heard = self._endpoint.heard
        return heard is not None and self._clock.now() - heard < NOTED_EVERY

    async def _take(self, payload: Mapping[str, Any]) -> BoltResponse:
        """Store what was posted; what we said ourselves is only acknowledged."""
        me = self.me or Me(payloads.installed_for(payload), "", "")
        return await outcome(payload, me, self._store)

    async def _store(self, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Put a payload into the inbox; what its acknowledgement says, None where it gets none."""
        self._empty_from_here()
        if (said := await self._forms.said(payload)) is not None:
            return said
        try:
            await self._intake.store([payloads.arrival(payload)], _ACKNOWLEDGE_WITHIN)
        except NotStored:
            if payloads.is_event(payload):
                self._missed()
            return None
        self._forms.stored(payload)
        self.tabs.seen(payload)
        return {}

    async def _again(self, payload: Mapping[str, Any]) -> None:
        """Store what we make ourselves; where that cannot be, nothing is lost but a fresh look."""
        self._empty_from_here()
        with suppress(NotStored):
            await self._intake.store([payloads.arrival(payload)], _ACKNOWLEDGE_WITHIN)

    async def _keep(self, found: Sequence[Mapping[str, Any]]) -> None:
        if found:
            self._empty_from_here()
            await self._intake.store([payloads.arrival(payload) for payload in found])

    def _empty_from_here(self) -> None:
        """Over HTTP the inbox is filled in every process, and not only in the one that runs."""
        idle = self._storing is None or self._storing.done()
        if self._receive is not None and idle:
            self._storing = asyncio.create_task(self._intake.run(self._receive))

    def _missed(self) -> None:
        if self._read_back is not None:
            self._read_back.want()

    def _greeted(self) -> None:
        """A connection was made: what nobody could hear before it may be missing."""
        if self._last_heard is None or self._clock.now() - self._last_heard > _GAP:
            self._missed()
            if self._roll_call is not None:
                self._roll_call.want()

    def _heard(self) -> None:
        self._last_heard = self._clock.now()
        self._patience.sign()


async def _first_to_end(work: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run all until one ends, then stop the others one by one, in order. Raises what ended it."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
