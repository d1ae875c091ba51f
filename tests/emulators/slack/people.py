"""The people of the workspace: what they type, press and change, and what they see."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import typed
from .core import Core
from .deliveries import Delivery
from .files import Files
from .hooks import Hooks
from .ledger import Button, Entry, buttons, frozen_copy
from .problems import Json
from .screens import Screens
from .workspace import (
    APP_ID,
    BOT_USER_ID,
    TEAM_DOMAIN,
    TEAM_ID,
    Account,
    Channel,
    Message,
    add_reaction,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """Something on a person's screen that the app, or Slack for want of it, put there.

    ``seen`` is what stands there (blocks rendered, marks resolved, buttons as ``[label]``),
    ``text`` the top-level text, which a notification shows; ``private`` is True when nobody else
    sees it.
    """

    channel: str
    ts: str
    seen: str
    text: str
    buttons: tuple[Button, ...] = ()
    thread_ts: str | None = None
    private: bool = False


Where = Channel | None
Pressable = Shown | Entry | str
Wanted = str | Callable[[Shown], object]


class Person:
    """One member. Methods that act return at once; what they start is delivered meanwhile."""

    def __init__(
        self, core: Core, hooks: Hooks, account: Account, *, files: Files, escape_commands: bool
    ) -> None:
        self._core = core
        self._hooks = hooks
        self._files = files
        self._escape_commands = escape_commands
        # Lengths of the ledger and of the notices when the person last did something.
        self._acted_at = (0, 0)
        self.account = account
        self.screens = Screens(core, hooks, account)

    @property
    def id(self) -> str:
        """The user id."""
        return self.account.id

    @property
    def name(self) -> str:
        """The shown name."""
        return self.account.name

    @property
    def dm(self) -> Channel:
        """The direct message with the bot."""
        return self._core.workspace.open_im(self.id)

    def says(
        self, text: str, channel: Where = None, *, thread_ts: str | None = None, raw: bool = False
    ) -> str:
        """Type a message, in the DM with the bot unless a channel is given; return its ts.

        Slack's marks are made from what is typed: ``@name``, ``#channel``, addresses, links and
        telephone numbers. ``raw=True`` sends ``text`` as Slack's own markup instead.
        """
        return self._post(text, channel, {}, thread_ts=thread_ts, raw=raw)

    def uploads(
        self,
        name: str,
        content: bytes,
        text: str = "",
        channel: Where = None,
        *,
        media_type: str = "application/octet-stream",
        more: Json | None = None,
        thread_ts: str | None = None,
    ) -> str:
        """Send a file with words or without; return the message's ts. ``more`` are fields of the file.

        docs.slack.dev/reference/events/message/file_share.
        """
        file = {**self._files.add(self.id, name, content, media_type), **(more or {})}
        carried = {"subtype": "file_share", "files": [file], "upload": True}
        return self._post(text, channel, carried, thread_ts=thread_ts)

    def shares(self, words: str, author: str, text: str = "", channel: Where = None) -> str:
        """Pass somebody's message on, with words of one's own or without; return the ts.

        Shape: ocf/slackbridge#60.
        """
        ts = self._core.workspace.next_ts()
        link = f"https://{TEAM_DOMAIN}.slack.com/archives/C0ELSEWHERE/p{ts.replace('.', '')}"
        shared: Json = {
            "is_msg_unfurl": True,
            "is_share": True,
            "from_url": link,
            "author_name": author,
            "text": typed.escaped(words),
            "fallback": f"{author}: {typed.escaped(words)}",
            "ts": ts,
        }
        return self._post(text, channel, {"attachments": [shared]})

    def _post(
        self,
        text: str,
        channel: Where,
        carried: Json,
        *,
        thread_ts: str | None = None,
        raw: bool = False,
    ) -> str:
        room = self._present(channel)
        cut = self._cut(text)
        written = text if raw else typed.message_text(cut)
        rich = typed.rich_text((typed.Piece("text", "", text),) if raw else cut)
        body = {**self._core.workspace.person_message(self.id, written, rich, thread_ts), **carried}
        message = Message(body, self.id, body["ts"])
        room.messages[message.ts] = message
        self._act()
        self._core.tell_message(room, message)
        return message.ts

    def mentions(self, text: str, channel: Channel, *, thread_ts: str | None = None) -> str:
        """Type a message that begins with the bot's name; return its ts."""
        return self.says(f"@{self._core.workspace.bot.name} {text}", channel, thread_ts=thread_ts)

    def edits(self, ts: str, text: str) -> None:
        """Change a message of one's own."""
        room, message = self._own(ts)
        before = frozen_copy(message.body)
        cut = self._cut(text)
        message.body["text"] = typed.message_text(cut)
        message.body["blocks"] = [{**message.body["blocks"][0], **typed.rich_text(cut)}]
        message.changed = self._core.workspace.next_ts()
        message.body["edited"] = {"user": self.id, "ts": message.changed}
        self._act()
        self._core.tell_changed(room, message, before)

    def deletes(self, ts: str) -> None:
        """Take a message of one's own away."""
        room, message = self._own(ts)
        self._act()
        self._core.delete(room.id, message)

    def reacts(self, ts: str, name: str) -> None:
        """Put an emoji under a message (docs.slack.dev/reference/events/reaction_added)."""
        room, message = self._find(ts)
        add_reaction(message, name, self.id)
        item = {"type": "message", "channel": room.id, "ts": ts}
        event: Json = {"type": "reaction_added", "user": self.id, "reaction": name, "item": item}
        event |= {"item_user": message.author, "event_ts": self._core.workspace.next_ts()}
        self._act()
        self._core.tell(event, room)

    def shortcut(self, callback_id: str, message: str | None = None) -> Delivery:
        """Use a shortcut: a global one, or one on the message with this ts."""
        self._act()
        if message is None:
            return self.screens.shortcut(callback_id)
        room, found = self._find(message)
        return self.screens.message_shortcut(callback_id, room.id, found)

    def opens_home(self) -> None:
        """Open the app's Home tab (docs.slack.dev/reference/events/app_home_opened)."""
        event: Json = {"type": "app_home_opened", "user": self.id, "channel": self.dm.id}
        self._act()
        self._core.tell({**event, "tab": "home", "event_ts": self._core.workspace.next_ts()})

    def commands(self, command: str, text: str = "", channel: Where = None) -> Delivery:
        """Type a slash command, in the DM unless a channel is given."""
        room = self._present(channel, writing=False)
        payload: Json = {
            "token": "deprecated-verification-token",
            "team_id": self.account.team,
            "team_domain": TEAM_DOMAIN,
            "channel_id": room.id,
            "channel_name": "privategroup" if room.kind == "group" else room.name,
            "user_id": self.id,
            "user_name": self.name.lower(),
            "command": command,
            "text": typed.command_text(self._cut(text)) if self._escape_commands else text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": self._hooks.new_url("commands", room.id, self.id, None),
            "trigger_id": self._core.new_trigger(self.id),
        }
        delivery = Delivery(
            payload["trigger_id"],
            "slash_commands",
            payload,
            self.id,
            room.id,
            accepts_response_payload=True,
        )
        self._act()
        return self._core.deliveries.send(delivery)

    def presses(self, message: Pressable, button: str) -> Delivery:
        """Press a button, or choose an option, by its label, its value or its action id.

        A ``Shown`` or an ``Entry`` from the past stands for a screen that has not been refreshed:
        its buttons can be pressed although the app has changed the message since. Raises
        LookupError when the message does not show exactly one such thing.
        """
        room, found = self._find(message if isinstance(message, str) else message.ts)
        fresh = tuple(buttons(found.body.get("blocks", [])))
        offered = fresh if isinstance(message, str) else message.buttons
        payload = self._block_actions(room, found, _pressed(offered, button))
        self._act()
        delivery = Delivery(payload["trigger_id"], "interactive", payload, self.id, room.id)
        return self._core.deliveries.send(delivery)

    def shows(self, channel: Where = None) -> list[Shown]:
        """Return what stands on the screen now, oldest first; in one channel, or everywhere."""
        return sorted(self._standing(channel), key=lambda shown: shown.ts)

    def sees(self, channel: Where = None) -> list[str]:
        """Return the same as plain text."""
        return [shown.seen for shown in self.shows(channel)]

    async def waits_for(self, wanted: Wanted, within: float = 5.0, *, channel: Where = None) -> Shown:
        """Return the first thing shown or changed since the person's last own act that fits.

        ``wanted`` is a part of what is seen or of the top-level text, or a predicate. Raises
        AssertionError after ``within`` seconds of real time, naming what was seen instead.
        """

        def find() -> Shown | None:
            return next((shown for shown in self._new(channel) if _fits(shown, wanted)), None)

        try:
            return await self._core.bell.until(find, within)
        except TimeoutError:
            seen = [shown.seen for shown in self._new(channel)]
            raise AssertionError(f"{self.name} waited {within} s for {wanted!r} and saw {seen}") from None

    def _act(self) -> None:
        self._acted_at = (len(self._core.entries), len(self._core.notices))

    def _cut(self, text: str) -> tuple[typed.Piece, ...]:
        names = self._core.workspace.user_names()
        return typed.pieces(text, users=names, channels=self._core.workspace.channel_names())

    def _present(self, channel: Where, *, writing: bool = True) -> Channel:
        room = channel or self.dm
        if self.account.deleted:
            raise LookupError(f"{self.name} is deactivated and can do nothing")
        if self.id not in room.members:
            raise LookupError(f"{self.name} is not in #{room.name}")
        if writing and room.archived:
            raise LookupError(f"#{room.name} is archived")
        return room

    def _find(self, ts: str) -> tuple[Channel, Message]:
        for room in self._core.workspace.channels.values():
            message = room.find(ts)
            if message is not None and self._can_see(room, message):
                return self._present(room, writing=False), message
        raise LookupError(f"{self.name} sees no message {ts}")

    def _own(self, ts: str) -> tuple[Channel, Message]:
        room, message = self._find(ts)
        if message.author != self.id:
            raise LookupError(f"message {ts} is not {self.name}'s")
        return room, message

    def _can_see(self, room: Channel, message: Message) -> bool:
        return self.id in room.members and message.to in {None, self.id}

    def _standing(self, channel: Where) -> Iterator[Shown]:
        for room in [channel] if channel else list(self._core.workspace.channels.values()):
            for message in room.messages.values():
                ours = message.author == BOT_USER_ID and not message.deleted
                if ours and self._can_see(room, message):
                    body = message.body
                    yield self._shown(room.id, message.ts, body, private=message.to is not None)
        yield from self._noticed(0, channel)

    def _new(self, channel: Where) -> Iterator[Shown]:
        entries, notices = self._acted_at
        for entry in self._core.entries[entries:]:
            if entry.kind in {"posted", "updated", "ephemeral"} and self._was_shown(entry, channel):
                body: Json = {"text": entry.text, "blocks": entry.blocks}
                body["thread_ts"] = entry.thread_ts
                yield self._shown(entry.channel, entry.ts, body, private=entry.to is not None)
        yield from self._noticed(notices, channel)

    def _was_shown(self, entry: Entry, channel: Where) -> bool:
        here = channel is None or channel.id == entry.channel
        present = self.id in self._core.workspace.channels[entry.channel].members
        return here and present and entry.to in {None, self.id}

    def _noticed(self, since: int, channel: Where) -> Iterator[Shown]:
        for notice in self._core.notices[since:]:
            if notice.user == self.id and (channel is None or channel.id == notice.channel):
                yield Shown(notice.channel, notice.ts, notice.text, notice.text, private=True)

    def _shown(self, channel: str, ts: str, body: Json, *, private: bool) -> Shown:
        blocks = body.get("blocks", [])
        return Shown(
            channel=channel,
            ts=ts,
            seen=self._core.seen(body["text"], blocks),
            text=body["text"],
            buttons=tuple(buttons(blocks)),
            thread_ts=body.get("thread_ts"),
            private=private,
        )

    def _block_actions(self, room: Channel, message: Message, pressed: Button) -> Json:
        # Shape: slackapi/java-slack-sdk, BlockActionPayload.json and EnvelopeTest. An ephemeral
        # message is not stored, so its content does not come back.
        private = message.to is not None
        container = {"type": "message", "message_ts": message.ts, "channel_id": room.id}
        payload: Json = {
            "type": "block_actions",
            "user": {
                "id": self.id,
                "username": self.name.lower(),
                "name": self.name.lower(),
                "team_id": self.account.team,
            },
            "api_app_id": APP_ID,
            "token": "deprecated-verification-token",
            "container": {**container, "is_ephemeral": private},
            "trigger_id": self._core.new_trigger(self.id),
            "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": room.id, "name": room.name},
            "state": {"values": {}},
            "response_url": self._hooks.new_url("actions", room.id, self.id, message.ts),
            "actions": [_action(pressed, self._core.workspace.next_ts())],
        }
        if not private:
            payload["message"] = frozen_copy(message.body)
        return payload


def _fits(shown: Shown, wanted: Wanted) -> object:
    if isinstance(wanted, str):
        return wanted in shown.seen or wanted in shown.text
    return wanted(shown)


def _pressed(offered: tuple[Button, ...], wanted: str) -> Button:
    found = [b for b in offered if wanted in {b.label, b.value, b.action_id}]
    if len(found) != 1:
        labels = [button.label for button in offered]
        raise LookupError(f"{len(found)} things to press are {wanted!r}; there are {labels}")
    return found[0]


def _action(pressed: Button, action_ts: str) -> Json:
    action: Json = {
        "action_id": pressed.action_id,
        "block_id": pressed.block_id,
        "type": pressed.kind,
        "action_ts": action_ts,
    }
    if pressed.option is not None:
        return {**action, "selected_option": frozen_copy(pressed.option)}
    kept = ("text", "value", "style", "url")
    return {**action, **{k: frozen_copy(pressed.element[k]) for k in kept if k in pressed.element}}
