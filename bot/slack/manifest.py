"""The manifest of the Slack app that a configuration needs: what it may do, hears, offers.

docs.slack.dev/reference/app-manifest. It names each scope with its reason, and no scope that nothing needs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.config import Slack
from bot.slack.endpoint import PATH
from handlers.chat import presenting
from handlers.chat.i18n import Locale

# What each scope is for; docs.slack.dev/reference/scopes.
SCOPES: Final[Mapping[str, str]] = {
    "app_mentions:read": "to hear a line that mentions Parley in a channel",
    "channels:history": "to hear when such a line is edited, and to find an answer that may have been lost",
    "channels:read": "to know whether guests or other companies read a public channel",
    "chat:write": "to answer, and to say what is due",
    "commands": "for the slash command and the shortcuts",
    "files:read": "to keep a file that somebody sends with a note",
    "files:write": "to give a file back that was kept",
    "groups:history": "the same as channels:history in private channels that Parley was invited to",
    "groups:read": "the same as channels:read in private channels that Parley was invited to",
    "im:history": "to hear direct messages, also those written while Parley was away",
    "im:read": "to list the direct messages to read after an absence",
    "im:write": "to open a direct message with somebody whose follow-up is due",
    "reactions:write": "to mark a message as logged",
    "users:read": "to know names, time zones, guests, and accounts that were closed",
    "users:read.email": "to know a colleague by an address that the workspace has verified",
}
# What is heard; docs.slack.dev/reference/events.
EVENTS: Final = (
    "app_home_opened",
    "app_mention",
    "channel_shared",
    "member_joined_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "user_change",
)
NAME: Final = "Parley"
_SHORTCUTS: Final = (("log_message", "message"), ("write_down", "global"))


def manifest(settings: Slack, public_url: str, locale: Locale) -> dict[str, Any]:
    """As JSON. ``public_url`` is where Slack reaches us over HTTP; it counts in that mode only.

    An app has its words in one language: that of ``locale``.
    """
    over_http = settings.mode == "http"
    url = f"{public_url}{PATH}"
    command = {
        "command": settings.command,
        "description": locale.text(presenting.SPEAK),
        "usage_hint": presenting.example(locale),
        "should_escape": True,
    }
    return {
        "display_information": {"name": NAME, "description": locale.text(presenting.ABOUT)},
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "shortcuts": [_shortcut(name, kind, locale) for name, kind in _SHORTCUTS],
            "slash_commands": [{**command, **({"url": url} if over_http else {})}],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**({"request_url": url} if over_http else {}), "bot_events": [*EVENTS]},
            "interactivity": {
                "is_enabled": True,
                **({"request_url": url, "message_menu_options_url": url} if over_http else {}),
            },
            "org_deploy_enabled": False,
            "socket_mode_enabled": not over_http,
            "token_rotation_enabled": False,
        },
    }


def _shortcut(name: str, kind: str, locale: Locale) -> dict[str, str]:
    called, does = presenting.shortcut(name, locale)
    return {"name": called, "type": kind, "callback_id": name, "description": does}


def as_yaml(document: Mapping[str, Any]) -> str:
    """As YAML, each scope with its reason behind it; a JSON string is one of YAML's too."""
    return "\n".join(_lines(document, 0)) + "\n"


def _lines(value: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, Mapping | list):
                yield f"{indent}{name}:"
                yield from _lines(inner, depth + 1)
            else:
                yield f"{indent}{name}: {json.dumps(inner, ensure_ascii=False)}"
        return
    for inner in value:
        if isinstance(inner, Mapping):
            first, *rest = _lines(inner, depth + 1)
            yield f"{indent}- {first.strip()}"
            yield from rest
        else:
            reason = SCOPES.get(inner)
            yield f"{indent}- {json.dumps(inner)}" + (f"  # {reason}" if reason else "")
