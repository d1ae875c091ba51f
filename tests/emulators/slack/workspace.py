"""One Slack workspace: its people, conversations and messages, as Slack stores and shows them."""

import itertools
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from .problems import Json

TEAM_ID = "T0PARLEY0"
APP_ID = "A0PARLEY0"
BOT_ID = "B0PARLEY0"
BOT_USER_ID = "U0PARLEYBOT"
TEAM_DOMAIN = "parley-tests"


@dataclass(slots=True)
class Account:
    """A member of the workspace; ``guest`` is Slack's ``is_restricted``.

    ``team`` is another workspace's for whoever is met in a shared channel only; ``confirmed`` says whether
    the e-mail address was verified.
    """

    id: str
    name: str
    email: str | None = None
    tz: str = "Europe/Paris"
    locale: str = "en-US"
    guest: bool = False
    deleted: bool = False
    is_bot: bool = False
    team: str = TEAM_ID
    confirmed: bool = True


@dataclass(slots=True)
class Message:
    """A stored message: ``body`` is Slack's JSON; ``to`` is set on an ephemeral one.

    ``changed`` is the ts of the last change of any kind.
    """

    body: Json
    author: str
    changed: str
    to: str | None = None
    metadata: Json | None = None
    deleted: bool = False

    @property
    def ts(self) -> str:
        """The message's own timestamp, its identity within the conversation."""
        return str(self.body["ts"])

    @property
    def thread_ts(self) -> str | None:
        """The timestamp of the thread's first message, or None outside a thread."""
        found = self.body.get("thread_ts")
        return None if found is None else str(found)


@dataclass(slots=True)
class Channel:
    """A conversation: a public channel, a private one (``group``) or a direct message (``im``)."""

    id: str
    name: str
    kind: Literal["channel", "group", "im"]
    members: set[str]
    archived: bool = False
    shared: bool = False
    messages: dict[str, Message] = field(default_factory=dict)

    def standing(self) -> list[Message]:
        """Messages that everyone in it sees, oldest first."""
        kept = (m for m in self.messages.values() if m.to is None and not m.deleted)
        return sorted(kept, key=lambda message: message.ts)

    def find(self, ts: str) -> Message | None:
        """Return the message with this ts unless it was deleted."""
        message = self.messages.get(ts)
        return None if message is None or message.deleted else message


class Workspace:
    """People and conversations, and the clock that numbers messages."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.accounts: dict[str, Account] = {}
        self.channels: dict[str, Channel] = {}
        self._last_micros = 0
        self._count = itertools.count(1)
        self.bot = Account(BOT_USER_ID, "parley", is_bot=True)
        self.accounts[self.bot.id] = self.bot

    def next_ts(self) -> str:
        """Return a new message timestamp: the clock's seconds, made unique by the microseconds."""
        self._last_micros = max(int(self.clock() * 1_000_000), self._last_micros + 1)
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def new_id(self, prefix: str) -> str:
        """Return a new id in Slack's style, such as ``U00000007``."""
        return f"{prefix}{next(self._count):08X}"

    def join(self, account: Account) -> Account:
        """Add a person."""
        self.accounts[account.id] = account
        return account

    def open_channel(self, name: str, members: Iterable[str], *, private: bool, shared: bool) -> Channel:
        """Create a channel; the bot is in it only when it is among ``members``."""
        kind: Literal["channel", "group"] = "group" if private else "channel"
        channel = Channel(self.new_id("C"), name, kind, set(members), shared=shared)
        self.channels[channel.id] = channel
        return channel

    def open_im(self, user_id: str) -> Channel:
        """Return the direct message between this person and the bot, created at need."""
        for channel in self.channels.values():
            if channel.kind == "im" and user_id in channel.members:
                return channel
        channel = Channel(self.new_id("D"), "directmessage", "im", {user_id, self.bot.id})
        self.channels[channel.id] = channel
        return channel

    def addressed(self, channel: str) -> Channel | None:
        """Find a conversation by id, by ``#name`` or ``name``, or a person's DM by user id.

        docs.slack.dev/reference/methods/chat.postMessage, "Channels".
        """
        if channel in self.channels:
            return self.channels[channel]
        account = self.accounts.get(channel)
        if account is not None and not account.is_bot and not account.deleted:
            return self.open_im(account.id)
        for found in self.channels.values():
            if found.kind != "im" and found.name == channel.removeprefix("#"):
                return found
        return None

    def user_names(self) -> dict[str, str]:
        """Shown names → user ids."""
        return {account.name: account.id for account in self.accounts.values()}

    def channel_names(self) -> dict[str, str]:
        """Channel names → ids."""
        return {c.name: c.id for c in self.channels.values() if c.kind != "im"}

    def bot_message(self, *, text: str, blocks: list[Json], thread_ts: str | None) -> Json:
        """Return the JSON of a new message by the app.

        Shape: slackapi/java-slack-sdk, json-logs/samples/api/chat.postMessage.json.
        """
        message: Json = {
            "user": self.bot.id,
            "type": "message",
            "ts": self.next_ts(),
            "bot_id": BOT_ID,
            "app_id": APP_ID,
            "text": text,
            "team": TEAM_ID,
            "bot_profile": bot_profile(),
        }
        if blocks:
            message["blocks"] = blocks
        if thread_ts is not None:
            message["thread_ts"] = thread_ts
        return message

    def person_message(self, author: str, text: str, rich: Json, thread_ts: str | None) -> Json:
        """Return the JSON of a new message by a person (slack-go/slack#1227 shows one)."""
        rich = {"type": "rich_text", "block_id": self.new_id("b"), **rich}
        team = self.accounts[author].team
        message: Json = {
            "user": author,
            "type": "message",
            "ts": self.next_ts(),
            "client_msg_id": str(uuid.uuid4()),
            "text": text,
            "team": team,
            "blocks": [rich],
        }
        if team != TEAM_ID:
            # docs.slack.dev/apis/slack-connect: whoever is of another workspace bears their own
            message |= {"user_team": team, "source_team": team}
        if thread_ts is not None:
            message["thread_ts"] = thread_ts
        return message


def add_reaction(message: Message, name: str, user: str) -> bool:
    """Put an emoji under a message; False when this user has already done so."""
    reactions: list[Json] = message.body.setdefault("reactions", [])
    found = next((reaction for reaction in reactions if reaction["name"] == name), None)
    if found is None:
        found = {"name": name, "users": [], "count": 0}
        reactions.append(found)
    if user in found["users"]:
        return False
    found["users"].append(user)
    found["count"] += 1
    return True


def bot_profile() -> Json:
    """Return the profile that Slack puts in each message of the app."""
    icons = {f"image_{size}": f"https://a.slack-edge.com/{size}.png" for size in (36, 48, 72)}
    return {
        "id": BOT_ID,
        "deleted": False,
        "name": "parley",
        "updated": 0,
        "app_id": APP_ID,
        "user_id": BOT_USER_ID,
        "icons": icons,
        "team_id": TEAM_ID,
    }


def described(account: Account) -> Json:
    """A person as an object. Shape: slackapi/java-slack-sdk, json-logs/samples/api/users.info.json."""
    profile: Json = {
        "real_name": account.name,
        "real_name_normalized": account.name,
        "display_name": account.name,
        "display_name_normalized": account.name,
        "team": account.team,
    }
    ours = account.team == TEAM_ID
    # docs.slack.dev/apis/slack-connect: of people of other workspaces the address is not shown
    if account.email is not None and ours:
        profile["email"] = account.email
    user: Json = {
        "id": account.id,
        "team_id": account.team,
        "name": account.name.lower(),
        "deleted": account.deleted,
        "profile": profile,
        "is_bot": account.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if not ours:
        user["is_stranger"] = True
    if not account.deleted:
        user |= {
            "real_name": account.name,
            "tz": account.tz,
            "is_admin": False,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": account.guest,
            "is_ultra_restricted": False,
            "is_email_confirmed": account.email is not None and account.confirmed,
        }
    return user
