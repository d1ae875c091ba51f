"""Slack as a platform.

What Slack sends is stored, then acknowledged, then looked at; answers go out through the outbox.
Where they go (:mod:`bot.slack.address` says how that is written):

* A direct message, or a mention in a channel: into the same conversation.
* A slash command, or a press on an ephemeral message: to that person alone, in that conversation,
  by response URL, else as an ephemeral message, else (Parley is not in it, the person is not) as a
  direct message. In Parley's own direct message it is an ordinary message, which stays.
* A push: into a conversation, or to a person as a direct message; never ephemeral, which would be
  lost on whoever is away. A user id is the address that always reaches a person.

An edit of an ephemeral message goes by the response URL of the press on it; without one, the answer
is a new message. Ephemeral messages cannot be found again: one whose answer was lost is repeated,
and says so. Everything else carries its outbox id in its metadata and is looked for first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from bot.clock import Clock
from bot.platform import Message, Receive, ServiceError
from bot.slack import payloads
from bot.slack.address import Address, located
from bot.slack.api import Api
from bot.slack.backfill import Memory, ReadBack
from bot.slack.directs import Directs
from bot.slack.finding import Finder
from bot.slack.intake import Intake, NotStored
from bot.slack.latest import Latest
from bot.slack.patience import Patience
from bot.slack.refusals import Refused
from bot.slack.responses import Responses
from bot.slack.road import Me, bolt_app, outcome
from bot.slack.socket import Socket
from bot.slack.speaking import Speaker, Words, target, words
from handlers.chat.i18n import Locale
from handlers.chat.reply import Reply
from handlers.chat.request import Request

API_URL: Final = "https://slack.com/api/"

_ACKNOWLEDGE_WITHIN: Final = 2.5  # seconds; Slack waits three (docs.slack.dev/apis/events-api)
_GAP: Final = timedelta(seconds=30)  # a shorter silence is bridged by Slack's own retries


class Slack:
    """One Slack workspace, by Socket Mode.

    ``command`` is the slash command's name. ``memory`` is what reading back needs; without it nothing
    is read back. ``ping_interval``, ``pause`` between two calls of reading back and ``again_after``
    one that failed, in seconds.
    """

    name = payloads.PLATFORM
    edits_in_place = True
    keeps_history = True

    def __init__(
        self,
        bot_token: str,
        app_token: str,
        api_url: str = API_URL,
        command: str = "/crm",
        *,
        clock: Clock,
        memory: Memory | None = None,
        ping_interval: float = 10.0,
        pause: float = 1.2,
        again_after: float = 60.0,
    ) -> None:
        self._app_token = app_token
        self._command = command
        self._clock = clock
        self._memory = memory
        self._ping_interval = ping_interval
        self._pauses = (pause, again_after)
        self._api = Api(bot_token, api_url)
        self._intake = Intake()
        self._patience = Patience(clock)
        self._responses = Responses(api_url)
        directs = Directs(self._api)
        self._finder = Finder(self._api, directs)
        self._speaker = Speaker(self._api, directs, self._responses)
        self._languages: Latest[str] = Latest()  # last spoken at an address
        self._me: Me | None = None
        self._read_back: ReadBack | None = None

    @property
    def last_heard(self) -> datetime | None:
        """When Slack last sent anything, a pong included, or a try to reach it last failed.

        None while not running. While all is well it is never older than two ping intervals; older than
        90 seconds means that nobody listens any more.
        """
        return self._patience.last_sign

    # ------------------------------------------------------------------ receiving

    async def run(self, receive: Receive) -> None:
        """Receive until cancelled.

        Raises: Unauthorised; any other ServiceError where Slack will never let us in.
        """
        try:
            self._me = await self._patience.insist(self._who_am_i)
            await _first_to_end(self._work(self._me, receive))
        finally:
            self._patience.last_sign = self._read_back = None

    def _work(self, me: Me, receive: Receive) -> list[Coroutine[Any, Any, None]]:
        """What runs side by side; the first to be stopped stands in front.

        That is the socket: what is under way may still be stored and acknowledged.
        """
        socket = self._new_socket(me)
        work = [socket.run(), self._intake.run(receive)]
        if self._memory is not None:
            self._read_back = self._new_read_back(self._memory, socket)
            work.append(self._read_back.run(team=me.team, bot=me.user))
        return work

    def parse(self, key: str, raw: Mapping[str, Any]) -> Request | None:
        """What a row says; None where it is not said to us. It depends on nothing but ``raw``.

        A command's or a press's response URL is kept at hand for the answer: whichever process
        answers has parsed it, after a restart too.

        Raises: Unreadable.
        """
        request = payloads.request(key, raw, command=self._command, bot=self._me.user if self._me else "")
        if request is not None and (url := payloads.response_url(raw)):
            person = str(_to_sender_alone(request))
            self._responses.keep(url, person, *([request.message] if request.message else []))
        return request

    async def close(self) -> None:
        """Let the connections to the Web API go."""
        await self._api.close()

    async def _who_am_i(self) -> Me:
        found = await self._api.ask("auth.test")
        return Me(str(found["user_id"]), str(found.get("bot_id", "")), str(found["team_id"]))

    def _new_socket(self, me: Me) -> Socket:
        app = bolt_app(me, self._api.client(None), self._store)
        return Socket(
            self._api,
            self._app_token,
            app,
            self._patience,
            otherwise=lambda payload: outcome(payload, me, self._store),
            connected=self._connected,
            clock=self._clock,
            ping_interval=self._ping_interval,
        )

    def _new_read_back(self, memory: Memory, socket: Socket) -> ReadBack:
        pause, again_after = self._pauses
        return ReadBack(
            self._api,
            memory,
            self._keep,
            lambda: socket.alive,
            clock=self._clock,
            pause=pause,
            again_after=again_after,
        )

    async def _store(self, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Put a payload into the inbox; what its acknowledgement says, None where it gets none."""
        try:
            await self._intake.store([payloads.arrival(payload)], _ACKNOWLEDGE_WITHIN)
        except NotStored:
            if payloads.is_event(payload) and self._read_back is not None:
                self._read_back.want()
            return None
        return {}

    async def _keep(self, found: Sequence[Mapping[str, Any]]) -> None:
        if found:
            await self._intake.store([payloads.arrival(payload) for payload in found])

    def _connected(self, silence: timedelta | None) -> None:
        if self._read_back is not None and (silence is None or silence > _GAP):
            self._read_back.want()

    # ------------------------------------------------------------------ sending

    async def send(self, message: Message) -> str:
        """Say it; returns the new message's reference. Raises a ServiceError."""
        try:
            return await self._speaker.say(self._words(message), target(message))
        except Refused as refusal:
            raise refusal.meaning() from None

    async def edit(self, message: Message) -> str:
        """Say it in place of an earlier message, or anew where that cannot be changed any more.

        Raises a ServiceError.
        """
        if message.edits is None:
            return await self.send(message)
        try:
            return await self._speaker.change(self._words(message), message.edits, target(message))
        except Refused as refusal:
            raise refusal.meaning() from None

    async def find(self, message: Message) -> str | None:
        """The reference of what carries this outbox id; None where it did not arrive, or cannot be seen.

        Raises: Throttled, Unavailable, AnswerLost.
        """
        return await self._finder.find(message)

    def can_find(self, message: Message) -> bool:
        """Whether what carries an outbox id stands where Parley may read."""
        return self._finder.can_find(message)

    async def answer(self, request: Request, reply: Reply | None) -> bool:
        """Show a reply to the person alone, where they pressed; False where it could not be shown.

        Without a reply there is nothing to do: the press was acknowledged when it was stored.
        """
        if reply is None:
            return True
        address = Address.of(request.address)
        locale = Locale(tag=self._languages.get(request.address) or "en", zone="UTC")
        said, place = Words(reply, locale, address), _to_sender_alone(request)
        try:
            if place.whispers:
                await self._speaker.whisper(said, place)
            else:
                await self._speaker.say(said, place)
        except (ServiceError, Refused):
            return False
        return True

    def _words(self, message: Message) -> Words:
        self._languages.put(message.address, message.language)
        return words(message, perhaps_seen=self._finder.perhaps_seen(message))


def _to_sender_alone(request: Request) -> Address:
    """Where only the sender sees it: in the conversation that they typed or pressed in."""
    where = (
        located(request.message)[0] if request.pressed and request.message else Address.of(request.address)
    )
    return Address(where.channel, request.sender.user)


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
