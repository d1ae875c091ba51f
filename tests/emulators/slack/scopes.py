"""Which scope a method or an event takes.

The "Required scopes" of docs.slack.dev/reference/methods/<method> and …/events/<event>; of a conversation it
depends on its kind.
"""

from collections.abc import Mapping
from typing import Final

from .workspace import Channel

METHODS: Final[Mapping[str, str]] = {
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.open": "im:write",
    "files.completeUploadExternal": "files:write",
    "files.getUploadURLExternal": "files:write",
    "files.info": "files:read",
    "reactions.add": "reactions:write",
    "users.conversations": "im:read",
    "users.info": "users:read",
    "users.list": "users:read",
}
_OF_CONVERSATIONS: Final[Mapping[str, str]] = {
    "conversations.history": "history",
    "conversations.info": "read",
    "conversations.members": "read",
    "conversations.replies": "history",
}
_KINDS: Final[Mapping[str, str]] = {"channel": "channels", "group": "groups", "im": "im"}
EVENTS: Final[Mapping[str, str]] = {
    "app_mention": "app_mentions:read",
    # Of private channels groups:read.
    "channel_shared": "channels:read",
    "member_joined_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "reaction_added": "reactions:read",
    "user_change": "users:read",
}


def needed(method: str, channel: Channel | None) -> str:
    """The scope that a call takes; empty where it takes none."""
    if (deed := _OF_CONVERSATIONS.get(method)) is not None:
        return f"{_KINDS[channel.kind]}:{deed}" if channel else ""
    return METHODS.get(method, "")
