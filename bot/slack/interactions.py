"""Slack's own surfaces: shortcuts, forms (modals) and the Home tab, as requests.

docs.slack.dev/reference/interaction-payloads: ``shortcut``, ``message_action``, ``view_submission`` and
``block_suggestion``; docs.slack.dev/reference/events/app_home_opened.

A form belongs to a person and to no conversation: its address is the person's. What waits for an answer
is written into ``Request.surface``:

==================  =================================================================================
``trigger:<id>``    a trigger id, by which one modal may be opened within three seconds
``view:<id>``       a modal that stands open
``home``            the person's Home tab
==================  =================================================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from bot.platform import Unreadable
from bot.slack.address import Address, reference
from bot.slack.unescape import unescaped
from handlers.chat.request import Forwarded, Request, Sender

# The callback ids of the shortcuts, as the app's manifest has them, and the command that each stands for.
SHORTCUTS: Final[Mapping[str, str]] = {"log_message": "log_message", "write_down": "menu"}
FORM: Final = "form"  # the callback id of our forms begins so
OPENS: Final = "form:"  # the action id of a button that opens a form begins so
HOME: Final = "home"
# What interactive elements of ours send; buttons in messages are read in bot.slack.payloads.
KINDS: Final = ("shortcut", "message_action", "view_submission")

_LONGEST_LINK: Final = 500


class _Team(msgspec.Struct):
    id: str = ""
    domain: str = ""


class _User(msgspec.Struct):
    id: str
    team_id: str | None = None
    username: str | None = None
    name: str | None = None


class _Message(msgspec.Struct):
    ts: str = ""
    text: str = ""
    user: str | None = None
    username: str | None = None
    thread_ts: str | None = None


class _Channel(msgspec.Struct):
    id: str = ""


class _Shortcut(msgspec.Struct):
    """A global one, or one on a message."""

    callback_id: str
    trigger_id: str
    user: _User
    team: _Team | None = None
    message: _Message | None = None
    channel: _Channel | None = None


class _State(msgspec.Struct):
    values: dict[str, dict[str, dict[str, Any]]] = {}


class _View(msgspec.Struct):
    id: str
    callback_id: str = ""
    private_metadata: str = ""
    state: _State = msgspec.field(default_factory=_State)


class _Submission(msgspec.Struct):
    user: _User
    view: _View
    team: _Team | None = None


class _HomeOpened(msgspec.Struct):
    user: str
    tab: str = ""


def address(raw: Mapping[str, Any]) -> str:
    """The address of a payload of ours: the person's. Raises msgspec.ValidationError."""
    event = raw.get("event")
    if isinstance(event, dict):
        return msgspec.convert(event, _HomeOpened).user
    return str(Address("", msgspec.convert(raw.get("user"), _User).id))


def request(key: str, raw: Mapping[str, Any], platform: str) -> Request | None:
    """What a shortcut or a submitted form says; None where it is not ours.

    Raises: Unreadable, msgspec.ValidationError.
    """
    if raw.get("type") == "view_submission":
        return _submitted(key, msgspec.convert(raw, _Submission), platform)
    return _shortcut(key, msgspec.convert(raw, _Shortcut), platform)


def home_opened(key: str, event: Mapping[str, Any], team: str, platform: str) -> Request | None:
    """Somebody looks at the app's tabs; None where it is not the Home tab."""
    opened = msgspec.convert(event, _HomeOpened)
    if opened.tab != HOME:
        return None
    return Request(platform, key, opened.user, Sender(opened.user, team), calls=HOME, surface=HOME)


def _shortcut(key: str, used: _Shortcut, platform: str) -> Request:
    if (command := SHORTCUTS.get(used.callback_id)) is None:
        raise Unreadable(f"a shortcut {used.callback_id!r}"[:100])
    message, where = used.message, used.channel.id if used.channel else ""
    sent_by = None
    if message is not None:
        sent_by = Forwarded(
            name=message.user or message.username or "",
            sent_at=_instant(message.ts),
            link=permalink(used.team.domain if used.team else "", where, message),
        )
    return Request(
        platform,
        key,
        used.user.id,
        _sender(used.user, used.team),
        text=unescaped(message.text) if message else "",
        message=reference(where, message.ts) if message and where else None,
        calls=command,
        surface=f"trigger:{used.trigger_id}",
        forwarded=sent_by,
    )


def permalink(domain: str, channel: str, message: _Message) -> str:
    """Where a message stands, as docs.slack.dev/reference/methods/chat.getPermalink shows it."""
    if not (domain.isascii() and domain.replace("-", "").isalnum() and channel.isalnum()):
        return ""
    link = f"https://{domain}.slack.com/archives/{channel}/p{message.ts.replace('.', '')}"
    if message.thread_ts and message.thread_ts != message.ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel}"
    return link if len(link) <= _LONGEST_LINK else ""


def _submitted(key: str, sent: _Submission, platform: str) -> Request:
    if not sent.view.callback_id.startswith(FORM):
        raise Unreadable(f"a view {sent.view.callback_id!r}"[:100])
    return Request(
        platform,
        key,
        sent.user.id,
        _sender(sent.user, sent.team),
        pressed=sent.view.private_metadata,
        filled=filled(sent.view.state.values),
    )


def filled(values: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, str]:
    """What was entered, by parameter: the block ids of our forms are the parameters' names."""
    return {block: _entered(inputs) for block, inputs in values.items()}


def _entered(inputs: Mapping[str, Mapping[str, Any]]) -> str:
    for entered in inputs.values():
        chosen = entered.get("selected_option")
        value = chosen.get("value") if isinstance(chosen, dict) else entered.get("value")
        if isinstance(value, str):
            return value
    return ""


def opens(payload: Mapping[str, Any]) -> str:
    """The trigger id by which a form is to be opened at once; empty where none is waited for."""
    trigger = payload.get("trigger_id")
    if not isinstance(trigger, str):
        return ""
    if payload.get("type") in ("shortcut", "message_action"):
        return trigger if payload.get("callback_id") in SHORTCUTS else ""
    surface = pressed_on(payload)
    return trigger if surface.startswith("trigger:") else ""


def pressed_on(payload: Mapping[str, Any]) -> str:
    """The surface that waits for the answer to a press; empty for any other press.

    A button within a modal changes that modal; anywhere else one is opened.
    """
    actions, container, view = (payload.get(name) for name in ("actions", "container", "view"))
    if payload.get("type") != "block_actions" or not isinstance(actions, list) or not actions:
        return ""
    name = actions[0].get("action_id") if isinstance(actions[0], dict) else None
    if not isinstance(name, str) or not name.startswith(OPENS):
        return ""
    in_modal = isinstance(view, dict) and view.get("type") == "modal"
    if in_modal and isinstance(container, dict) and isinstance(container.get("view_id"), str):
        return f"view:{container['view_id']}"
    return f"trigger:{payload.get('trigger_id')}"


def external_id(trigger: str) -> str:
    """The name of the view that a trigger id opens: every process knows it by that."""
    return hashlib.sha256(trigger.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _sender(user: _User, team: _Team | None) -> Sender:
    return Sender(user.id, user.team_id or (team.id if team else ""), user.username or user.name or "")


def _instant(ts: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError):
        return None
