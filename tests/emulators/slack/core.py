"""The heart of the emulator: what changes the workspace, writes the ledger and tells the app."""

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from . import blocks as kit
from . import limits, scopes, typed
from .bell import Bell
from .deliveries import Deliveries, Delivery
from .ledger import Call, Entry, Kind, frozen_copy, rendered
from .problems import Json
from .workspace import APP_ID, BOT_USER_ID, TEAM_ID, Account, Channel, Message, Workspace, described

Clock = Callable[[], float]


@dataclass(slots=True)
class Trigger:
    """A trigger id: good once, for three seconds on the emulator's clock."""

    user: str
    born: float
    used: bool = False


@dataclass(slots=True)
class View:
    """An open modal or a published Home tab; ``body`` is Slack's JSON.

    ``entered`` is what its user wrote or chose, ``offered`` what a menu shows, ``errors`` what is wrong.
    """

    user: str
    body: Json
    entered: dict[str, str] = field(default_factory=dict)
    offered: dict[str, list[Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """What Slack itself shows a person, such as an error instead of the app's answer."""

    user: str
    channel: str
    ts: str
    text: str


@dataclass(slots=True)
class Credentials:
    """Who may call; ``bot_token`` and ``app_token`` are the ones in force.

    ``scopes`` are those of the bot token; None: every one.
    """

    bot_token: str
    app_token: str
    signing_secret: str
    revoked: set[str] = field(default_factory=set)
    scopes: frozenset[str] | None = None


class Core:
    """State and deeds that the Web API, the sockets and the people share."""

    def __init__(self, clock: Clock, credentials: Credentials, subscriptions: Collection[str]) -> None:
        self.clock = clock
        self.credentials = credentials
        self.subscriptions = frozenset(subscriptions)
        self.workspace = Workspace(clock)
        self.bell = Bell()
        self.base_url = ""
        self.entries: list[Entry] = []
        self.calls: list[Call] = []
        self.views: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.notices: list[Notice] = []
        # What the app may post, by file id: its name and length; and what it posted.
        self.expected: dict[str, tuple[str, int]] = {}
        self.posted_files: dict[str, bytes] = {}
        self.oddities: list[str] = []
        self.deliveries: Deliveries
        self.new_ticket: Callable[[], str]

    # ------------------------------------------------------------------ what the app does

    def post(self, channel_id: str, body: Json, *, to: str | None = None) -> Message:
        """Store a message of the app, show it, record it; ``to`` makes it ephemeral."""
        channel = self.workspace.channels[channel_id]
        blocks = self._completed(body.get("blocks"))
        stored = self.workspace.bot_message(
            text=str(body.get("text") or "")[: limits.POSTED_TEXT],
            blocks=blocks,
            thread_ts=body.get("thread_ts"),
        )
        if body.get("reply_broadcast"):
            # docs.slack.dev/reference/events/message/thread_broadcast
            stored["subtype"] = "thread_broadcast"
        message = Message(stored, BOT_USER_ID, stored["ts"], to, body.get("metadata") or None)
        channel.messages[message.ts] = message
        # docs.slack.dev/messaging/unfurling-links-in-messages: links to pages are unfolded unless refused;
        # chat.postEphemeral has no such argument, and an ephemeral message is never unfolded.
        refused = body.get("unfurl_links") is False and body.get("unfurl_media") is False
        self.record(
            "posted" if to is None else "ephemeral", channel, message, unfurls=not refused and to is None
        )
        if to is None:
            self.tell_message(channel, message)
        return message

    def share(self, channel: Channel, file_id: str, name: str, *, thread_ts: str | None) -> None:
        """Post a file of the app as a message."""
        size = len(self.posted_files[file_id])
        body = self.workspace.bot_message(text="", blocks=[], thread_ts=thread_ts)
        body["files"] = [{"id": file_id, "name": name, "title": name, "size": size, "user": BOT_USER_ID}]
        message = Message(body, BOT_USER_ID, body["ts"], None, None)
        channel.messages[message.ts] = message
        shared = Entry("shared", self.clock(), channel.id, message.ts, name, thread_ts=thread_ts)
        self.record_other(replace(shared, about=file_id))
        self.tell_message(channel, message)

    def update(self, channel_id: str, message: Message, body: Json) -> None:
        """Change the text, blocks and metadata that ``body`` names.

        docs.slack.dev/reference/methods/chat.update: what it does not name is retained.
        """
        channel = self.workspace.channels[channel_id]
        before = frozen_copy(message.body)
        if body.get("text") is not None:
            message.body["text"] = body["text"]
        if body.get("blocks") is not None:
            message.body["blocks"] = self._completed(body["blocks"])
        if body.get("metadata") is not None:
            message.metadata = body["metadata"] or None
        message.changed = self.workspace.next_ts()
        message.body["edited"] = {"user": BOT_USER_ID, "ts": message.changed}
        self.record("updated", channel, message)
        if message.to is None:
            self.tell_changed(channel, message, before)

    def delete(self, channel_id: str, message: Message) -> None:
        """Take a message away."""
        channel = self.workspace.channels[channel_id]
        message.deleted = True
        message.changed = self.workspace.next_ts()
        if message.author == BOT_USER_ID:
            self.record("deleted", channel, message)
        if message.to is None:
            self.tell_deleted(channel, message)

    def message(self, channel_id: str, ts: str | None) -> Message | None:
        """Find a message that still stands."""
        return None if ts is None else self.workspace.channels[channel_id].find(ts)

    def record(self, kind: Kind, channel: Channel, message: Message, *, unfurls: bool = False) -> None:
        """Write a message's deed into the ledger."""
        self.entries.append(
            Entry(
                kind=kind,
                time=self.clock(),
                channel=channel.id,
                ts=message.ts,
                text=message.body["text"],
                blocks=tuple(frozen_copy(message.body.get("blocks", []))),
                metadata=frozen_copy(message.metadata),
                thread_ts=message.thread_ts,
                to=message.to,
                unfurls=unfurls,
            )
        )
        self.bell.ring()

    def record_other(self, entry: Entry) -> None:
        """Write any other deed into the ledger."""
        self.entries.append(entry)
        self.bell.ring()

    def seen(self, text: str, blocks: Sequence[Json]) -> str:
        """Return a message as it stands on a person's screen."""
        raw = rendered(text, blocks)
        names = {account.id: account.name for account in self.workspace.accounts.values()}
        rooms = {channel.id: channel.name for channel in self.workspace.channels.values()}
        return typed.seen(raw, users=names, channels=rooms)

    # ------------------------------------------------------------------ what the app is told

    def tell_message(self, channel: Channel, message: Message) -> None:
        """Send the ``message`` event, and ``app_mention`` beside it where the bot is named."""
        body = frozen_copy(message.body)
        if message.metadata is not None:
            body["metadata"] = frozen_copy(message.metadata)
        event = {**body, "channel": channel.id, "event_ts": message.ts}
        self.tell({**event, "channel_type": channel.kind}, channel)
        if channel.kind != "im" and f"<@{BOT_USER_ID}>" in message.body["text"]:
            # The same ts arrives twice, under two event ids (measured on the real service).
            self.tell({**event, "type": "app_mention"}, channel)

    def tell_changed(self, channel: Channel, message: Message, before: Json) -> None:
        """Send ``message_changed`` (docs.slack.dev/reference/events/message/message_changed)."""
        self.tell(
            {
                "type": "message",
                "subtype": "message_changed",
                "message": frozen_copy(message.body),
                "previous_message": before,
                "channel": channel.id,
                "hidden": True,
                "ts": message.changed,
                "event_ts": message.changed,
                "channel_type": channel.kind,
            },
            channel,
        )

    def tell_deleted(self, channel: Channel, message: Message) -> None:
        """Send ``message_deleted`` (docs.slack.dev/reference/events/message/message_deleted)."""
        self.tell(
            {
                "type": "message",
                "subtype": "message_deleted",
                "previous_message": frozen_copy(message.body),
                "channel": channel.id,
                "hidden": True,
                "deleted_ts": message.ts,
                "ts": message.changed,
                "event_ts": message.changed,
                "channel_type": channel.kind,
            },
            channel,
        )

    def tell_user_changed(self, account: Account) -> None:
        """Send ``user_change`` (docs.slack.dev/reference/events/user_change)."""
        self.tell({"type": "user_change", "user": described(account), "event_ts": self.workspace.next_ts()})

    def tell(self, event: Json, channel: Channel | None = None) -> Delivery | None:
        """Deliver one event; None when the app is not subscribed or not in the conversation."""
        name = str(event.get("type"))
        if name == "message":
            name = _MESSAGE_EVENTS.get(str(event.get("channel_type")), name)
        absent = channel is not None and BOT_USER_ID not in channel.members
        granted = self.credentials.scopes
        scope = scopes.EVENTS.get(name, "")
        forbidden = bool(scope) and granted is not None and scope not in granted
        if absent or forbidden or name not in self.subscriptions:
            return None
        payload = self._event_callback(event, channel)
        where = None if channel is None else channel.id
        return self.deliveries.send(
            Delivery(payload["event_id"], "events_api", payload, _author(event), where)
        )

    def refuse(self, delivery: Delivery, error: str) -> None:
        """Show a person that the app did not take a command or a press."""
        named = delivery.payload.get("command", "the press")
        self.notices.append(
            Notice(
                delivery.user or "",
                delivery.channel or "",
                self.workspace.next_ts(),
                f'{named} failed with the error "{error}"',
            )
        )
        self.bell.ring()

    def new_trigger(self, user: str) -> str:
        """Return a trigger id; format: docs.slack.dev/reference/methods/views.open."""
        digits = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}"
        trigger_id = f"{digits}.{secrets.token_hex(16)}"
        self.triggers[trigger_id] = Trigger(user, self.clock())
        return trigger_id

    def _completed(self, blocks: list[Json] | None) -> list[Json]:
        return kit.completed(blocks or [], lambda: self.workspace.new_id("b"))

    def _event_callback(self, event: Json, channel: Channel | None) -> Json:
        # Shape: slackapi/java-slack-sdk, json-logs/samples/events.
        where = "" if channel is None else f"-{channel.id}"
        authorization: dict[str, Any] = {
            "enterprise_id": None,
            "team_id": TEAM_ID,
            "user_id": BOT_USER_ID,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": "deprecated-verification-token",
            "team_id": TEAM_ID,
            "context_team_id": TEAM_ID,
            "context_enterprise_id": None,
            "api_app_id": APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": self.workspace.new_id("Ev"),
            "event_time": int(self.clock()),
            "authorizations": [authorization],
            "is_ext_shared_channel": channel is not None and channel.shared,
            "event_context": f"4-{event.get('type')}-{TEAM_ID}{where}",
        }


# docs.slack.dev/reference/events/message: the subscription is named after the kind of conversation
_MESSAGE_EVENTS = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}


def _author(event: Json) -> str | None:
    user = event.get("user")
    return user if isinstance(user, str) else None
