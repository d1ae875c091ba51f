"""What Slack sends: as inbox rows, and as requests.

Rows hold the payload of an envelope as it came (docs.slack.dev/apis/events-api,
…/interactivity/implementing-slash-commands, …/reference/interaction-payloads/block_actions-payload),
without the deprecated verification token.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from bot.platform import Arrival, Closed, Readership, Unreadable
from bot.slack import interactions
from bot.slack.address import Address, addressed, is_direct, reference
from bot.slack.carried import File, Shared, attachments, forwarded
from bot.slack.unescape import mentions, unescaped, without_mention
from handlers.chat.request import Request, Sender

PLATFORM: Final = "slack"
Meaning = Request | Closed | Readership

_LONGEST_KEY: Final = 200  # the inbox column
_LONGEST_ADDRESS: Final = 254  # the inbox column
_TRANSCRIBED = ("message", "app_mention")
# What a person can say; every other subtype is Slack's or an app's own (a join, a topic, an edit …).
# A tuple, since anything may be asked of it: what JSON holds need not have a hash.
_SPOKEN: Final = ("", "file_share", "me_message", "thread_broadcast")
_NAMELESS: Final = ("privategroup", "directmessage")
# Who reads a channel may be others from then on.
_READERSHIP: Final = ("member_joined_channel", "channel_shared")
# What converting raises: a lone surrogate may stand in its way to a sentence about what is wrong.
_MISSHAPEN: Final = (msgspec.ValidationError, UnicodeEncodeError)
# Events that an app may well be subscribed to and that say nothing to us.
_UNINTERESTING: Final = """
    app_uninstalled assistant_thread_context_changed assistant_thread_started
    channel_archive channel_created channel_deleted channel_history_changed channel_id_changed
    channel_left channel_rename channel_unarchive channel_unshared file_change
    file_created file_deleted file_public file_shared file_unshared group_archive group_close
    group_deleted group_left group_open group_rename group_unarchive im_close im_created
    im_history_changed im_open link_shared member_left_channel
    message_metadata_deleted message_metadata_posted message_metadata_updated pin_added pin_removed
    reaction_added reaction_removed subteam_created subteam_updated team_domain_change team_join
    team_rename tokens_revoked user_profile_changed
"""


class _Edited(msgspec.Struct):
    """Who edited a message, and when; where Slack itself changed it (a preview, a reply) there is none."""

    ts: str
    user: str = ""


class _Message(msgspec.Struct):
    """A ``message`` or ``app_mention`` event."""

    channel: str
    ts: str
    type: str = "message"
    channel_type: str = ""
    subtype: str | None = None
    user: str | None = None
    bot_id: str | None = None
    text: str | None = None
    thread_ts: str | None = None
    team: str | None = None
    user_team: str | None = None
    edited: _Edited | None = None
    files: list[File] = []
    attachments: list[Shared] = []


class _Changed(msgspec.Struct):
    """``message_changed``: the message as it stands now, and as it stood."""

    channel: str
    message: dict[str, Any]
    previous_message: dict[str, Any] = {}


class _Authorization(msgspec.Struct):
    user_id: str
    is_bot: bool = False


class _Frame(msgspec.Struct):
    """``authorizations`` names the installation that an event was sent for."""

    authorizations: list[_Authorization] | None = None


class _Callback(_Frame, kw_only=True):
    """The frame of an event."""

    event: dict[str, Any]
    team_id: str = ""


class _Account(msgspec.Struct):
    id: str
    team_id: str = ""
    deleted: bool = False


class _Joined(msgspec.Struct):
    """docs.slack.dev/reference/events/member_joined_channel, .../channel_shared."""

    channel: str


class _UserChange(msgspec.Struct):
    user: _Account


class _Command(msgspec.Struct):
    command: str
    user_id: str
    channel_id: str
    channel_name: str = ""
    text: str = ""
    team_id: str = ""
    user_name: str = ""


class _User(msgspec.Struct):
    id: str
    team_id: str | None = None
    username: str | None = None
    name: str | None = None


class _Container(msgspec.Struct):
    type: str
    channel_id: str | None = None
    message_ts: str | None = None
    is_ephemeral: bool = False


class _Option(msgspec.Struct):
    value: str = ""


class _Action(msgspec.Struct):
    block_id: str = ""
    value: str | None = None
    selected_option: _Option | None = None
    action_ts: str = ""


class _Team(msgspec.Struct):
    id: str = ""


class _Press(msgspec.Struct):
    user: _User
    container: _Container
    actions: list[_Action]
    team: _Team | None = None


class _Respondable(msgspec.Struct):
    """Whatever can be answered through a response URL."""

    response_url: str = ""


# ---------------------------------------------------------------------------------- into the inbox


def arrival(payload: Mapping[str, Any]) -> Arrival:
    """One payload as an inbox row, whatever is in it.

    A message's key is ``channel:ts``: a mention arrives twice, as ``message`` and as
    ``app_mention``, and history read back shows it a third time. Other events have their event id,
    commands and presses their trigger id, what has none of them its own hash.
    """
    raw = {name: value for name, value in payload.items() if name != "token"}
    return Arrival(_key(raw), _address(raw), raw, _sender(raw))


def from_history(message: Mapping[str, Any], channel: str, *, team: str, bot: str) -> Mapping[str, Any]:
    """A message of a direct message's history, as the event that should have brought it."""
    return {
        "type": "event_callback",
        "team_id": team,
        "event": {**message, "type": "message", "channel": channel, "channel_type": "im"},
        "authorizations": [{"user_id": bot, "team_id": team, "is_bot": True}],
        "read_back": True,
    }


def said_by_a_person(message: Mapping[str, Any], bot: str) -> bool:
    """Whether a message of the history may be a request."""
    subtype = message.get("subtype") or ""
    return subtype in _SPOKEN and not message.get("bot_id") and message.get("user") not in (None, bot)


def said_by(payload: Mapping[str, Any], *, user: str, bot: str) -> bool:
    """Whether it is a message of that user or bot, or says that one was changed or deleted."""
    event = payload.get("event")
    if not isinstance(event, dict) or event.get("type") not in _TRANSCRIBED:
        return False
    # docs.slack.dev/reference/events/message/message_changed, .../message_deleted
    messages = (event, event.get("message"), event.get("previous_message"))
    return any(
        message.get("user") == user or (bot != "" and message.get("bot_id") == bot)
        for message in messages
        if isinstance(message, dict)
    )


def overheard(payload: Mapping[str, Any], *, user: str) -> bool:
    """Whether it is a message in a channel, new or changed, that does not name us: ``user`` is our id."""
    event = payload.get("event")
    if not user or not isinstance(event, dict) or event.get("type") != "message":
        return False
    if event.get("channel_type") not in ("channel", "group", "mpim"):
        return False
    texts = [each.get("text") for each in (event, event.get("message")) if isinstance(each, dict)]
    return not any(mentions(text, user) for text in texts if isinstance(text, str))


def is_event(payload: Mapping[str, Any]) -> bool:
    """Whether Slack delivers it again when it is not acknowledged; commands and presses it does not."""
    return payload.get("type") == "event_callback"


def installed_for(payload: Mapping[str, Any]) -> str:
    """Our own user id as an event names it; empty where it does not."""
    try:
        found = msgspec.convert(payload, _Frame).authorizations or ()
    except _MISSHAPEN:
        return ""
    return next((installation.user_id for installation in found if installation.is_bot), "")


def _key(raw: Mapping[str, Any]) -> str:
    event = raw.get("event")
    if (
        isinstance(event, dict)
        and event.get("type") in _TRANSCRIBED
        and (event.get("subtype") or "") in _SPOKEN
    ):
        channel, ts = event.get("channel"), event.get("ts")
        if isinstance(channel, str) and isinstance(ts, str):
            return _short(reference(channel, ts))
    for name in ("event_id", "trigger_id"):
        if isinstance(found := raw.get(name), str) and found:
            return _short(found)
    return _digest(json.dumps(raw, sort_keys=True))


def _short(key: str) -> str:
    return key if len(key) <= _LONGEST_KEY else _digest(key)


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _address(raw: Mapping[str, Any]) -> str:
    """The chat, as :func:`request` will find it; the empty string where none can be read."""
    try:
        found = _where(raw)
    except _MISSHAPEN:
        return ""
    return found if len(found) <= _LONGEST_ADDRESS else ""


def _sender(raw: Mapping[str, Any]) -> str:
    """The account that it comes from: of a command, an event, or whatever else somebody has done."""
    event, user = raw.get("event"), raw.get("user")
    of_event = event.get("user") if isinstance(event, dict) else None
    of_user = user.get("id") if isinstance(user, dict) else None
    found = raw.get("user_id") or of_event or of_user
    return found if isinstance(found, str) and len(found) <= _LONGEST_ADDRESS else ""


def _where(raw: Mapping[str, Any]) -> str:
    if "command" in raw:
        command = msgspec.convert(raw, _Command)
        return str(Address(command.channel_id, command.user_id))
    if raw.get("type") == "block_actions":
        return str(_pressed_in(msgspec.convert(raw, _Press)))
    event = raw.get("event")
    if raw.get("type") in interactions.KINDS or _opens_home(event):
        return interactions.address(raw)
    channel = event.get("channel") if isinstance(event, dict) else None
    return channel if isinstance(channel, str) else ""


# ---------------------------------------------------------------------------------- out of the inbox


def request(key: str, raw: Mapping[str, Any], *, command: str, bot: str) -> Meaning | None:
    """What a row says; None where it is not said to us, and says of no account that it is closed.

    ``command`` is our slash command's name; ``bot`` our own user id, for rows that do not name it.
    Raises: Unreadable.
    """
    try:
        return _request(key, raw, command, bot)
    except _MISSHAPEN as error:
        raise Unreadable(str(error)) from None


def response_url(raw: Mapping[str, Any]) -> str:
    """Where a command or a press may be answered, empty where nowhere."""
    try:
        return msgspec.convert(raw, _Respondable).response_url
    except _MISSHAPEN:
        return ""


def _request(key: str, raw: Mapping[str, Any], command: str, bot: str) -> Meaning | None:
    kind = raw.get("type")
    if "command" in raw:
        return _commanded(key, msgspec.convert(raw, _Command), command)
    if kind == "event_callback":
        return _happened(key, msgspec.convert(raw, _Callback), bot)
    if kind == "block_actions":
        return replace(_pressed(key, msgspec.convert(raw, _Press)), surface=interactions.pressed_on(raw))
    if kind in interactions.KINDS:
        return interactions.request(key, raw, PLATFORM)
    if kind == "app_rate_limited":
        return None
    raise Unreadable(f"a payload of type {kind!r}"[:100])


def _commanded(key: str, typed: _Command, ours: str) -> Request:
    # Another slash command of the same app, such as /call, stands for its own first word.
    verb = "" if typed.command == ours else f"{typed.command.removeprefix('/')} "
    return Request(
        platform=PLATFORM,
        key=key,
        address=str(Address(typed.channel_id, typed.user_id)),
        sender=Sender(user=typed.user_id, team=typed.team_id, name=typed.user_name),
        text=(verb + unescaped(typed.text)).strip(),
        room=_room(typed.channel_id),
        # Of a private one Slack says only that: docs.slack.dev/interactivity/implementing-slash-commands
        room_name="" if typed.channel_name in _NAMELESS else typed.channel_name,
    )


def _happened(key: str, callback: _Callback, bot: str) -> Meaning | None:
    kind = callback.event.get("type")
    if kind in _TRANSCRIBED:
        authorized = next((found.user_id for found in callback.authorizations or () if found.is_bot), bot)
        if callback.event.get("subtype") == "message_changed":
            return _reworded(key, msgspec.convert(callback.event, _Changed), callback.team_id, authorized)
        return _said(key, msgspec.convert(callback.event, _Message), callback.team_id, authorized)
    if _opens_home(callback.event):
        return interactions.home_opened(key, callback.event, callback.team_id, PLATFORM)
    if kind == "user_change":
        return _changed(msgspec.convert(callback.event, _UserChange).user, callback.team_id)
    if kind in _READERSHIP:
        return Readership(PLATFORM, msgspec.convert(callback.event, _Joined).channel)
    if kind in _UNINTERESTING.split():
        return None
    raise Unreadable(f"an event of type {kind!r}"[:100])


def _changed(account: _Account, team: str) -> Closed | None:
    """docs.slack.dev/reference/events/user_change; of another workspace's people we decide nothing."""
    if not account.deleted or account.team_id not in ("", team):
        return None
    return Closed(PLATFORM, team, account.id)


def _opens_home(event: object) -> bool:
    return isinstance(event, dict) and event.get("type") == "app_home_opened"


def _reworded(key: str, change: _Changed, team: str, bot: str) -> Request | None:
    """An edit by its author (docs.slack.dev/reference/events/message/message_changed); else it is quiet."""
    message = msgspec.convert({**change.message, "channel": change.channel}, _Message)
    before = change.previous_message
    same = message.text == before.get("text")
    if same or message.edited is None or message.edited.user not in ("", message.user):
        return None
    request = _said(key, message, team, bot)
    return request and replace(request, edited=True, sent_at=_instant(message.edited.ts))


def _said(key: str, message: _Message, team: str, bot: str) -> Request | None:
    if (message.subtype or "") not in _SPOKEN or message.bot_id or message.user in (bot, "USLACKBOT"):
        return None
    if message.user is None or message.text is None:
        raise Unreadable("a message without its author or its text")
    sent_at = _instant(message.ts)
    text, shared = unescaped(without_mention(message.text, bot)), forwarded(message.attachments)
    private = is_direct(message.channel)
    # Whichever of a mention's two events came first is the one that was kept.
    if not private and message.type != "app_mention" and not mentions(message.text, bot):
        return None
    return Request(
        platform=PLATFORM,
        key=key,
        address=message.channel,
        sender=Sender(user=message.user, team=message.user_team or message.team or team),
        text=text or (shared[0] if shared else ""),
        private=private,
        sent_at=sent_at,
        message=_thread(message),
        ref=reference(message.channel, message.ts),
        attachments=attachments(message.files),
        # With words of one's own, those say what it is about, and the others are what was passed on.
        forwarded=replace(shared[1], text=shared[0] if text else "") if shared else None,
        room=_room(message.channel),
        thread=_thread(message),
    )


def _room(channel: str) -> str:
    """The conversation where it is no direct message between two; empty where it is none at all."""
    return "" if is_direct(channel) else channel


def _thread(message: _Message) -> str | None:
    if message.thread_ts is None or message.thread_ts == message.ts:
        return None
    return reference(message.channel, message.thread_ts)


def _pressed(key: str, press: _Press) -> Request:
    token = _token(press)
    place, ts = _seen_at(press), press.container.message_ts
    action = press.actions[0]
    return Request(
        platform=PLATFORM,
        key=key,
        address=str(_pressed_in(press)),
        sender=_presser(press),
        private=not place.public,
        sent_at=_instant(action.action_ts) if action.action_ts else None,
        pressed=token,
        message=reference(place, ts) if place.channel and ts else None,
        room=_room(place.channel),
    )


def _token(press: _Press) -> str:
    for action in press.actions:
        chosen = action.selected_option.value if action.selected_option else action.value
        if chosen:
            return chosen
    raise Unreadable("a press that carries nothing")


def _presser(press: _Press) -> Sender:
    user = press.user
    team = user.team_id or (press.team.id if press.team else "")
    return Sender(user=user.id, team=team, name=user.username or user.name or "")


def _pressed_in(press: _Press) -> Address:
    """The chat that the pressed button belongs to: what its row says, else where it was seen."""
    seen = _seen_at(press)
    said = addressed(press.actions[0].block_id) if press.actions else None
    if said is None or (said.user or press.user.id) != press.user.id:
        return seen
    if press.container.type == "view":
        return said  # a form or a tab stands in no conversation
    return said if said.user or said.channel == seen.channel else seen


def _seen_at(press: _Press) -> Address:
    """Where the pressed message stands; the presser's direct message where that is the Home tab."""
    channel = press.container.channel_id or ""
    alone = press.container.is_ephemeral or not channel
    return Address(channel, press.user.id if alone else "")


def _instant(ts: str) -> datetime:
    """Slack's timestamp, seconds since 1970 with six decimals, as an instant."""
    seconds, _, micros = ts.partition(".")
    try:
        return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(micros or 0))
    except (ValueError, OverflowError, OSError):
        raise Unreadable("a timestamp that is none") from None
