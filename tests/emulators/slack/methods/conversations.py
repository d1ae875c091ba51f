"""conversations.open, .info, .history and .replies."""

import base64
import binascii
from collections.abc import Callable

from .. import limits
from ..call import Arguments, Refused, method
from ..core import Core
from ..ledger import frozen_copy
from ..problems import Json
from ..workspace import TEAM_ID, Channel, Message

_PAGING = ("cursor", "inclusive", "include_all_metadata", "latest", "limit", "oldest")


def readable(core: Core, arguments: Arguments) -> Channel:
    """Return the conversation named by ``channel``; what the bot cannot see does not exist for it."""
    channel = core.workspace.channels.get(arguments.required("channel"))
    hidden = channel is not None and channel.kind != "channel"
    if channel is None or (hidden and core.workspace.bot.id not in channel.members):
        raise Refused("channel_not_found")
    return channel


@method("conversations.open", takes=("channel", "return_im", "users"), per_minute=limits.TIER_3)
def conversations_open(core: Core, arguments: Arguments) -> Json:
    """Open the direct message with one person."""
    users = arguments.text("users")
    if not users:
        raise Refused("users_list_not_supplied")
    if "," in users:
        raise NotImplementedError("the emulator has no direct messages with several people yet")
    account = core.workspace.accounts.get(users)
    if account is None or account.is_bot:
        raise Refused("user_not_found")
    if account.deleted:
        raise Refused("user_disabled")
    channel = core.workspace.open_im(account.id)
    if arguments.flag("return_im"):
        return {"no_op": True, "already_open": True, "channel": _described(core, channel)}
    return {"channel": {"id": channel.id}}


@method(
    "conversations.info",
    takes=("channel", "include_locale", "include_num_members"),
    per_minute=limits.TIER_3,
)
def conversations_info(core: Core, arguments: Arguments) -> Json:
    """Describe one conversation."""
    channel = readable(core, arguments)
    described = _described(core, channel)
    if arguments.flag("include_num_members"):
        described["num_members"] = len(channel.members)
    return {"channel": described}


@method("conversations.members", takes=("channel", "cursor", "limit"), per_minute=limits.TIER_4)
def conversations_members(core: Core, arguments: Arguments) -> Json:
    """List the ids of who is in it, the app too. Cursors are opaque; ours count."""
    members = sorted(readable(core, arguments).members)
    cursor = arguments.text("cursor") or "0"
    if not cursor.isdigit():
        raise Refused("invalid_cursor")
    start, limit = int(cursor), arguments.number("limit", limits.HISTORY_PAGE)
    more = str(start + limit) if start + limit < len(members) else ""
    return {"members": members[start : start + limit], "response_metadata": {"next_cursor": more}}


@method("conversations.history", takes=("channel", *_PAGING), per_minute=limits.TIER_3)
def conversations_history(core: Core, arguments: Arguments) -> Json:
    """Return a page of a conversation, newest first; replies inside threads are left out."""
    channel = readable(core, arguments)
    if core.workspace.bot.id not in channel.members:
        raise Refused("not_in_channel")
    kept = [m for m in channel.standing() if m.thread_ts in {None, m.ts}]
    page = _page(list(reversed(kept)), arguments)
    return {"pin_count": 0, **page}


@method("conversations.replies", takes=("channel", "ts", *_PAGING), per_minute=limits.TIER_3)
def conversations_replies(core: Core, arguments: Arguments) -> Json:
    """Return a page of one thread, oldest first, beginning with its first message."""
    channel = readable(core, arguments)
    ts = arguments.required("ts")
    if channel.find(ts) is None:
        raise Refused("thread_not_found")
    return _page([m for m in channel.standing() if ts in {m.ts, m.thread_ts}], arguments)


def _page(messages: list[Message], arguments: Arguments) -> Json:
    limit = min(arguments.number("limit", limits.HISTORY_PAGE), limits.HISTORY_PAGE_MAX)
    asked = _between(arguments)
    start = _read_cursor(arguments.text("cursor"))
    kept = [message for message in messages if asked(message.ts)]
    rest = kept[next((i for i, m in enumerate(kept) if m.ts == start), len(kept)) :] if start else kept
    page, more = rest[:limit], rest[limit:]
    whole = arguments.flag("include_all_metadata")
    answer: Json = {
        "messages": [_listed(message, whole) for message in page],
        "has_more": bool(more),
    }
    if more:
        answer["response_metadata"] = {"next_cursor": _cursor(more[0].ts)}
    return answer


def _between(arguments: Arguments) -> Callable[[str], bool]:
    oldest, latest = _moment(arguments, "oldest"), _moment(arguments, "latest")
    inclusive = arguments.flag("inclusive")

    def asked(ts: str) -> bool:
        moment = float(ts)
        if inclusive and moment in {oldest, latest}:
            return True
        return (oldest is None or moment > oldest) and (latest is None or moment < latest)

    return asked


def _moment(arguments: Arguments, name: str) -> float | None:
    value = arguments.text(name)
    try:
        return None if value is None else float(value)
    except ValueError:
        raise Refused(f"invalid_ts_{name}") from None


def _cursor(ts: str) -> str:
    return base64.b64encode(f"next_ts:{ts}".encode()).decode()


def _read_cursor(cursor: str | None) -> str | None:
    if not cursor:
        return None
    try:
        word, _, ts = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refused("invalid_cursor") from None
    if word != "next_ts":
        raise Refused("invalid_cursor")
    return ts


def _listed(message: Message, whole: bool) -> Json:
    body: Json = frozen_copy(message.body)
    if whole and message.metadata is not None:
        body["metadata"] = frozen_copy(message.metadata)
    return body


def _described(core: Core, channel: Channel) -> Json:
    # Shape: slackapi/java-slack-sdk, json-logs/samples/api/conversations.info.json.
    common: Json = {
        "id": channel.id,
        "created": 0,
        "is_archived": channel.archived,
        "is_im": channel.kind == "im",
        "is_org_shared": False,
        "context_team_id": TEAM_ID,
    }
    if channel.kind == "im":
        person = next(iter(channel.members - {core.workspace.bot.id}))
        return {**common, "user": person, "is_open": True, "priority": 0}
    return {
        **common,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_mpim": False,
        "is_private": channel.kind == "group",
        "is_general": False,
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_member": core.workspace.bot.id in channel.members,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }
