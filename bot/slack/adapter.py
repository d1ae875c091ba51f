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

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Literal

from bot.clock import Clock
from bot.pace import Pace
from bot.platform import Closed, Files, Message, Readership, Receive, Receiver, ServiceError, Unreadable
from bot.slack import payloads
from bot.slack.address import Address, located
from bot.slack.api import Api
from bot.slack.backfill import Memory
from bot.slack.directs import Directs
from bot.slack.downloads import Downloads
from bot.slack.finding import Finder
from bot.slack.forms import Forms, Suggest
from bot.slack.knowledge import Knowledge
from bot.slack.latest import Latest
from bot.slack.pace import PACE
from bot.slack.receiving import Receiving, Way
from bot.slack.refusals import Refused
from bot.slack.responses import Responses
from bot.slack.speaking import Speaker, Words, target, words
from bot.slack.surfaces import Surfaces
from bot.slack.uploads import Uploads
from handlers.chat.i18n import Locale
from handlers.chat.reply import Reply
from handlers.chat.request import Attachment, Request

API_URL: Final = "https://slack.com/api/"
SOCKETS: Final = 2  # side by side, so that the end of one leaves no deaf moment; Slack allows ten
PAUSE: Final = 1.2  # seconds: conversations.history may be called some 50 times a minute (Tier 3)
_LIST_PAUSE: Final = 3.0  # seconds: users.list may be called some 20 times a minute (Tier 2)
_TICK: Final = "white_check_mark"


class Slack:
    """One Slack workspace, by Socket Mode or by signed HTTP.

    ``command`` is the slash command's name. ``memory`` is what reading back needs; without it nothing
    is read back. The others are those of :class:`bot.slack.receiving.Way`.
    """

    name = payloads.PLATFORM
    edits_in_place = True
    keeps_history = True
    pace: Pace | None = PACE

    def __init__(
        self,
        bot_token: str,
        app_token: str = "",
        api_url: str = API_URL,
        command: str = "/crm",
        *,
        clock: Clock,
        memory: Memory | None = None,
        suggest: Suggest | None = None,
        files: Files | None = None,
        mode: Literal["socket", "http"] = "socket",
        signing_secret: str = "",
        sockets: int = SOCKETS,
        ping_interval: float = 10.0,
        pause: float = PAUSE,
        again_after: float = 60.0,
    ) -> None:
        self._command = command
        self._api = Api(bot_token, api_url)
        way = Way(mode, app_token, signing_secret, sockets, ping_interval, pause, again_after)
        self._surfaces = Surfaces(self._api)
        forms = Forms(self._surfaces, clock, suggest)
        self._receiving = Receiving(self._api, way, clock, memory, forms)
        self._knowledge = Knowledge(self._api, clock, pause=max(pause, _LIST_PAUSE) if pause else 0.0)
        self._downloads = Downloads(self._api, api_url)
        self._responses = Responses(api_url)
        directs = Directs(self._api)
        self._finder = Finder(self._api, directs)
        self._speaker = Speaker(self._api, directs, self._responses)
        self._uploads = Uploads(self._api, directs, files, api_url)
        self._languages: Latest[str] = Latest()  # last spoken at an address

    @property
    def last_heard(self) -> datetime | None:
        """When Slack last sent anything, a pong included, or a try to reach it last failed.

        None while not running. While all is well it is never older than two ping intervals; older than
        90 seconds means that nobody listens any more.
        """
        return self._receiving.last_sign

    @property
    def refused(self) -> Mapping[str, int]:
        """How many requests over HTTP were not let in, by reason; see bot.platform.Hooked."""
        return self._receiving.refused

    # ------------------------------------------------------------------ receiving

    async def run(self, receive: Receive) -> None:
        """Receive until cancelled.

        Raises: Unauthorised; any other ServiceError where Slack will never let us in.
        """
        await self._receiving.run(receive)

    def receivers(self, receive: Receive) -> Sequence[Receiver]:
        """What Slack posts to; nothing in Socket Mode."""
        return self._receiving.receivers(receive)

    async def learn(self, raw: Mapping[str, Any]) -> None:
        """Look up who said it, whom it mentions and who reads there; see bot.platform.Curious."""
        try:
            request = self._said("", raw)
        except Unreadable:
            return
        if isinstance(request, Request):
            await self._knowledge.learn(request, await self._receiving.team())
        elif isinstance(request, Closed):
            self._knowledge.people.forget(request.user)
        elif isinstance(request, Readership):
            self._knowledge.readers.forget(request.address)
            await self._knowledge.readers.learn(request.address, await self._receiving.team())

    def parse(self, key: str, raw: Mapping[str, Any]) -> payloads.Meaning | None:
        """What a row says; None where it is not said to us. To that it adds what was learnt.

        A command's or a press's response URL is kept at hand for the answer: whichever process
        answers has parsed it, after a restart too.

        Raises: Unreadable.
        """
        request = self._said(key, raw)
        if isinstance(request, Readership):
            return replace(request, outsiders=self._knowledge.readers.outsiders(request.address))
        if not isinstance(request, Request):
            return request
        if url := payloads.response_url(raw):
            person = str(_to_sender_alone(request))
            self._responses.keep(url, person, *([request.message] if request.message else []))
        return self._knowledge.added(request, raw)

    def _said(self, key: str, raw: Mapping[str, Any]) -> payloads.Meaning | None:
        me = self._receiving.me
        return payloads.request(key, raw, command=self._command, bot=me.user if me else "")

    async def close(self) -> None:
        """Let the connections to the Web API go."""
        await self._receiving.close()
        await self._knowledge.close()
        await self._api.close()

    # ------------------------------------------------------------------ sending

    async def send(self, message: Message) -> str:
        """Say it; returns the new message's reference. Raises a ServiceError."""
        said, where = self._words(message), target(message)
        try:
            await self._uploads.upload(said, where)
            return await self._speaker.say(said, where)
        except Refused as refusal:
            raise refusal.meaning() from None

    async def fetch(self, attachment: Attachment) -> bytes:
        """The content of a file that came with a message. Raises a ServiceError; see Fetching."""
        return await self._downloads.fetch(attachment)

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
        tag = reply.language or self._languages.get(request.address) or "en"
        said, place = Words(reply, Locale(tag, "UTC"), address), _to_sender_alone(request)
        if request.surface:
            return await self._surfaces.show(request.surface, said, request.sender.user)
        try:
            if place.whispers:
                await self._speaker.whisper(said, place)
            else:
                await self._speaker.say(said, place)
        except (ServiceError, Refused):
            return False
        return True

    async def mark(self, reference: str) -> None:
        """Put a tick under a person's message that was taken in; see bot.platform.Marking."""
        where, ts = located(reference)
        with suppress(Refused, ServiceError):
            # A tick that is there already, or cannot be where Parley was not invited: the record stands.
            said = {"channel": where.channel, "timestamp": ts, "name": _TICK}
            await self._api.call("reactions.add", said)

    def _words(self, message: Message) -> Words:
        self._languages.put(message.address, message.language)
        self._receiving.tabs.said(Address.of(message.address))
        return words(message, perhaps_seen=self._finder.perhaps_seen(message))


def _to_sender_alone(request: Request) -> Address:
    """Where only the sender sees it: in the conversation that they typed or pressed in."""
    where = (
        located(request.message)[0] if request.pressed and request.message else Address.of(request.address)
    )
    return Address(where.channel, request.sender.user)
