"""The emulator as tests use it: a server on 127.0.0.1, the people, the ledger, the faults."""

import json
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, Self, TypeVar

from aiohttp import web

from . import limits
from .call import METHODS
from .core import Clock, Core, Credentials
from .deliveries import Deliveries, Delivery
from .faults import Drop, Fault, Faults
from .files import Files
from .hooks import Hooks
from .ledger import Call, Entry
from .people import Person
from .posting import Posting
from .problems import Json
from .rates import Rates
from .sockets import Sockets
from .web_api import WebApi, reset, under_fault
from .workspace import TEAM_ID, Account, Channel

T = TypeVar("T")

SUBSCRIPTIONS = frozenset(
    {
        "message.im",
        "message.channels",
        "message.groups",
        "app_mention",
        "channel_shared",
        "member_joined_channel",
        "app_home_opened",
        "reaction_added",
        "user_change",
    }
)
Reason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]


class SlackEmulator:
    """A strict Slack workspace with one app in it; use it as an async context manager.

    ``clock`` gives seconds since 1970: it numbers messages and ages rate limits, trigger ids and
    response URLs. Waiting is real: ``ack_seconds`` for an acknowledgement, ``retry_delays`` before
    each retry of an event, ``warning_seconds`` between a disconnect warning and the close; tests
    shorten them. ``per_minute`` replaces single methods' limits. ``escape_commands`` is the
    manifest's ``should_escape``. ``subscriptions`` are the events the app asks for,
    ``scopes`` what its bot token may do (None: everything).
    """

    def __init__(
        self,
        *,
        bot_token: str = "xoxb-parley",
        app_token: str = "xapp-parley",
        signing_secret: str = "0123456789abcdef",
        rate_limits: bool = True,
        per_minute: Mapping[str, int] | None = None,
        clock: Clock = time.time,
        ack_seconds: float = limits.ACK_SECONDS,
        retry_delays: Sequence[float] = limits.RETRY_DELAYS,
        warning_seconds: float = limits.WARNING_SECONDS,
        escape_commands: bool = True,
        subscriptions: Collection[str] = SUBSCRIPTIONS,
        scopes: Collection[str] | None = None,
    ) -> None:
        granted = None if scopes is None else frozenset(scopes)
        credentials = Credentials(bot_token, app_token, signing_secret, scopes=granted)
        self._core = Core(clock, credentials, subscriptions)
        self._faults = Faults(clock)
        self._escape_commands = escape_commands
        self._warning_seconds = warning_seconds
        self._ack_seconds = ack_seconds
        rates = Rates(clock, per_minute or {}) if rate_limits else None
        self._web_api = WebApi(self._core, self._faults, rates)
        self._hooks = Hooks(self._core)
        self.files = Files(self._core)
        bell = self._core.bell
        self._sockets = Sockets(bell, self._acknowledged, ack_seconds)
        self._deliveries = Deliveries(self._sockets, bell, retry_delays, self._core.refuse)
        self._core.deliveries = self._deliveries
        self._core.new_ticket = self._sockets.new_ticket
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._deliveries.stop()
        await self.stop()

    async def start(self) -> None:
        """Listen on 127.0.0.1: on a free port the first time, on the same one afterwards."""
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = self._runner.addresses[0][1]
        self._core.base_url = f"http://127.0.0.1:{self._port}"

    async def stop(self) -> None:
        """Close every socket and refuse connections; everything else is kept for ``start``."""
        await self._sockets.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None

    async def posts_to(self, url: str) -> Posting:
        """Turn Socket Mode off and deliver over signed HTTP to ``url`` from now on.

        Raises ValueError where the app does not answer Slack's challenge there.
        """
        posting = Posting(
            url, lambda: self.signing_secret, self._core.clock, self._ack_seconds, self._acknowledged
        )
        await posting.verify()
        self._deliveries.goes_by(posting)
        return posting

    # ------------------------------------------------------------------ addresses and secrets

    @property
    def api_url(self) -> str:
        """The ``base_url`` for slack_sdk, such as ``http://127.0.0.1:40001/api/``."""
        return f"{self._core.base_url}/api/"

    @property
    def bot_token(self) -> str:
        """The bot token in force."""
        return self._core.credentials.bot_token

    @property
    def app_token(self) -> str:
        """The app-level token in force."""
        return self._core.credentials.app_token

    @property
    def signing_secret(self) -> str:
        """The secret that signs requests over HTTP."""
        return self._core.credentials.signing_secret

    # ------------------------------------------------------------------ people and rooms

    def user(
        self,
        name: str,
        *,
        email: str | None = None,
        tz: str = "Europe/Paris",
        locale: str = "en-US",
        guest: bool = False,
        team: str = TEAM_ID,
        confirmed: bool = True,
        id: str = "",
    ) -> Person:
        """Add a person to the workspace; their DM with the bot exists from the start.

        ``team`` is another workspace's id for somebody of a shared channel.
        """
        new_id = id or self._core.workspace.new_id("U")
        account = Account(new_id, name, email, tz, locale, guest, team=team, confirmed=confirmed)
        self._core.workspace.join(account)
        self._core.workspace.open_im(account.id)
        return Person(
            self._core, self._hooks, account, files=self.files, escape_commands=self._escape_commands
        )

    def channel(
        self,
        name: str,
        members: Iterable[Person] = (),
        *,
        bot: bool = True,
        private: bool = False,
        shared: bool = False,
    ) -> Channel:
        """Create a channel with these people; ``bot`` says whether the app was invited.

        ``shared`` makes it a Slack Connect channel (``is_ext_shared``).
        """
        ids = [person.id for person in members]
        if bot:
            ids.append(self._core.workspace.bot.id)
        return self._core.workspace.open_channel(name, ids, private=private, shared=shared)

    def joins(self, person: Person, channel: Channel) -> None:
        """Let somebody join a channel (docs.slack.dev/reference/events/member_joined_channel)."""
        channel.members.add(person.id)
        event = {"type": "member_joined_channel", "user": person.id, "channel": channel.id}
        event |= {"channel_type": "G" if channel.kind == "group" else "C", "team": person.account.team}
        self._core.tell({**event, "event_ts": self._core.workspace.next_ts()}, channel)

    def share(self, channel: Channel, team: str) -> None:
        """Share a channel with another workspace (docs.slack.dev/reference/events/channel_shared)."""
        channel.shared = True
        event = {"type": "channel_shared", "connected_team_id": team, "channel": channel.id}
        self._core.tell({**event, "event_ts": self._core.workspace.next_ts()}, channel)

    def archive(self, channel: Channel) -> None:
        """Archive a channel."""
        channel.archived = True

    def remove_bot(self, channel: Channel) -> None:
        """Take the app out of a channel."""
        channel.members.discard(self._core.workspace.bot.id)

    def deactivate(self, person: Person) -> None:
        """Deactivate a person; Slack archives their DM, and says so to whoever subscribed."""
        person.account.deleted = True
        person.dm.archived = True
        self._core.tell_user_changed(person.account)

    def revoke(self) -> None:
        """Revoke the bot token: every call answers token_revoked until ``install``."""
        self._core.credentials.revoked.add(self.bot_token)

    def install(self, bot_token: str) -> None:
        """Put a new bot token in force."""
        self._core.credentials.bot_token = bot_token

    def grant(self, scopes: Collection[str]) -> None:
        """Leave the bot token these scopes, and no other."""
        self._core.credentials.scopes = frozenset(scopes)

    # ------------------------------------------------------------------ what the app did

    @property
    def ledger(self) -> tuple[Entry, ...]:
        """Everything the app did, in order."""
        return tuple(self._core.entries)

    def read(self, text: str, blocks: Sequence[Json]) -> str:
        """A message, or some of its blocks, as people read it."""
        return self._core.seen(text, blocks)

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call of the Web API, in order."""
        return tuple(self._core.calls)

    @property
    def refused(self) -> tuple[Call, ...]:
        """The calls that Slack refused; those that a fault spoilt are not among them."""
        return tuple(call for call in self._core.calls if call.error and not call.spoilt)

    @property
    def pings(self) -> tuple[str, ...]:
        """Every mark the app wrote that notifies a whole channel or group; wanted are none."""
        return tuple(ping for entry in self._core.entries for ping in entry.pings)

    @property
    def shared_files(self) -> dict[str, bytes]:
        """The files that the app posted into conversations, by name."""
        shared = (entry for entry in self._core.entries if entry.kind == "shared")
        return {entry.text: self._core.posted_files[entry.about] for entry in shared}

    @property
    def unfurling(self) -> tuple[Entry, ...]:
        """The messages in which Slack would unfold a link by itself; wanted are none."""
        return tuple(entry for entry in self._core.entries if entry.unfurls)

    @property
    def views(self) -> dict[str, Json]:
        """Open modals and Home tabs by view id."""
        return {name: view.body for name, view in self._core.views.items()}

    @property
    def oddities(self) -> tuple[str, ...]:
        """What Slack would pass over in silence and a correct app never does."""
        return (*self._core.oddities, *self._sockets.oddities)

    # ------------------------------------------------------------------ what the app was told

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Everything sent to the app, in order."""
        return tuple(self._deliveries.all.values())

    @property
    def gave_up(self) -> tuple[Delivery, ...]:
        """The events that Slack will not send again: its three retries failed."""
        return tuple(delivery for delivery in self.deliveries if delivery.gave_up)

    @property
    def sockets_open(self) -> int:
        """How many WebSockets may be given an envelope now."""
        return len(self._sockets.open)

    @property
    def connections(self) -> int:
        """How many WebSockets were ever greeted."""
        return self._sockets.greeted

    def deliveries_of(self, ts: str) -> tuple[Delivery, ...]:
        """The deliveries about the message with this ts (two for a mention in a channel)."""
        return tuple(d for d in self.deliveries if d.payload.get("event", {}).get("ts") == ts)

    def redeliver(self, key: str, *, retry_attempt: int = 1) -> None:
        """Send again what is known by an event id, a trigger id or a message ts.

        Slack does so although it was acknowledged (slackapi/bolt-js#2487). Raises LookupError for
        an unknown key.
        """
        known = self._deliveries.all.get(key)
        found = (known,) if known else self.deliveries_of(key)
        if not found:
            raise LookupError(f"nothing was delivered under {key!r}")
        for delivery in found:
            self._deliveries.send_again(delivery, retry_attempt=retry_attempt)

    def event(self, event: Json, channel: Channel | None = None) -> Delivery | None:
        """Deliver an event of any shape as Slack would; None when the app does not get it."""
        return self._core.tell(event, channel)

    async def raw(self, frame: Mapping[str, Any] | str | bytes) -> None:
        """Send a frame as it is, once, to any open socket."""
        await self._sockets.push(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    # ------------------------------------------------------------------ what goes wrong

    def fault(
        self,
        method: str | None = None,
        *,
        channel: str | None = None,
        times: int | None = 1,
        for_seconds: float | None = None,
        delay: float = 0.0,
        status: int | None = None,
        body: str | None = None,
        error: str | None = None,
        retry_after: float | str | None = None,
        drop: Drop | None = None,
        effect: bool = False,
    ) -> Fault:
        """Order a fault for the next calls and return it, to count its ``hits`` or ``lift`` it.

        Which: ``method`` (``response_url`` for answers to those, ``files`` for downloads; None: any)
        and ``channel`` id (None: any), ``times`` times (None: without end), at most ``for_seconds``
        seconds from now by the clock. What: ``error`` answers ``ok: false``; ``retry_after`` answers
        429 with this header (empty: without it); ``status`` and ``body`` answer so; all of these without an
        effect unless ``effect``. ``delay`` holds the answer back for so many seconds after the
        effect. ``drop`` resets the connection instead of an answer, before or after the effect.
        aiohttp repeats a GET by itself when a reused connection breaks: such a call takes two hits.
        Raises ValueError for an unknown method.
        """
        if method not in {None, "response_url", "files", *METHODS}:
            raise ValueError(f"{method} is not emulated")
        return self._faults.order(
            Fault(
                method=method,
                channel=channel,
                times=times,
                until=None if for_seconds is None else self._core.clock() + for_seconds,
                delay=delay,
                status=status,
                body=body,
                error=error,
                retry_after=None if retry_after is None else str(retry_after),
                drop=drop,
                effect=effect,
            )
        )

    async def disconnect(self, reason: Reason = "refresh_requested", sockets: int | None = None) -> None:
        """Send a disconnect frame to so many sockets (None: all), then close them: after a warning, later."""
        close_after = self._warning_seconds if reason == "warning" else 0.0
        await self._sockets.disconnect(reason, close_after, sockets)

    def freeze(self) -> None:
        """Read nothing more from the open WebSockets, and close none: half-open connections."""
        self._sockets.freeze()

    def cut(self) -> None:
        """Break every WebSocket's TCP connection without a close frame."""
        self._sockets.cut(reset)

    # ------------------------------------------------------------------ waiting

    async def connected(self, sockets: int = 1, within: float = 10.0) -> None:
        """Wait until at least this many WebSockets are open."""
        await self.until(lambda: self.sockets_open >= sockets, within)

    async def settled(self, within: float = 10.0) -> None:
        """Wait until everything sent is acknowledged, refused or given up."""
        await self.until(lambda: not self._deliveries.under_way, within)

    async def until(self, condition: Callable[[], T | None], within: float = 5.0) -> T:
        """Wait until ``condition`` is true, looking after each change; return what it returns."""
        return await self._core.bell.until(condition, within)

    # ------------------------------------------------------------------ the server

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=16 * 1024**2)
        application.router.add_route("*", "/api/{method}", self._web_api.answer)
        application.router.add_get("/link/", self._sockets.connect)
        application.router.add_get("/files-pri/{key}/download/{name}", self._answer_file)
        application.router.add_post("/{kind:commands|actions}/{key}", self._answer_hook)
        application.router.add_post("/upload/{key}", self._answer_upload)
        return application

    async def _answer_file(self, request: web.Request) -> web.StreamResponse:
        fault = self._faults.take("files", None)
        return await under_fault(request, fault, lambda: self.files.answer(request))

    async def _answer_upload(self, request: web.Request) -> web.Response:
        """Take a file's content: docs.slack.dev/messaging/working-with-files, "Uploading files", step 2."""
        key, content = request.match_info["key"], await request.read()
        _, length = self._core.expected.get(key, ("", -1))
        if len(content) != length:
            return web.Response(status=400, text="unexpected length")
        self._core.posted_files[key] = content
        return web.Response(text=f"OK - {length}")

    async def _answer_hook(self, request: web.Request) -> web.Response:
        fault = self._faults.take("response_url", None)
        return await under_fault(request, fault, lambda: self._hooks.answer(request))

    def _acknowledged(self, delivery: Delivery, payload: Json | None, late: bool) -> None:
        if delivery.acked is None and not late:
            delivery.acked = self._core.clock()
        self._core.record_other(
            Entry(
                "acked",
                self._core.clock(),
                channel=delivery.channel or "",
                to=delivery.user,
                about=delivery.id,
                payload=payload,
                late=late,
            )
        )
        if delivery.answered is not None and not late:
            delivery.answered(payload)
            self._core.bell.ring()
        if delivery.type == "slash_commands" and payload and not late:
            self._hooks.show_payload(str(delivery.channel), str(delivery.user), payload)
