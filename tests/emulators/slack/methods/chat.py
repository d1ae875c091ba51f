"""chat.postMessage, .update, .postEphemeral, .delete and reactions.add."""

from typing import Any, Final

from .. import blocks as kit
from .. import limits
from ..call import Arguments, Refused, method
from ..core import Core
from ..ledger import Entry
from ..problems import Json
from ..workspace import BOT_USER_ID, Channel, Message, add_reaction

_WORDS: Final = ("text", "blocks", "metadata")
_POST: Final = (
    *("channel", "thread_ts", "reply_broadcast", "unfurl_links", "unfurl_media", "mrkdwn"),
    *_WORDS,
)


@method("chat.postMessage", takes=_POST, per_minute=limits.POSTS_PER_MINUTE)
def chat_post_message(core: Core, arguments: Arguments) -> Json:
    """Post into a conversation."""
    channel = postable(core, arguments)
    message = core.post(channel.id, _words(core, channel, arguments))
    answer = dict(message.body)
    if message.metadata is not None:
        answer["metadata"] = message.metadata
    return {"channel": channel.id, "ts": message.ts, "message": answer}


@method(
    "chat.postEphemeral",
    takes=("channel", "user", "thread_ts", *_WORDS),
    per_minute=limits.TIER_4,
)
def chat_post_ephemeral(core: Core, arguments: Arguments) -> Json:
    """Show a message to one member of a conversation."""
    channel = postable(core, arguments)
    user = arguments.required("user")
    if user not in channel.members:
        raise Refused("user_not_in_channel")
    message = core.post(channel.id, _words(core, channel, arguments), to=user)
    return {"message_ts": message.ts}


@method("chat.update", takes=("channel", "ts", *_WORDS), per_minute=limits.TIER_3)
def chat_update(core: Core, arguments: Arguments) -> Json:
    """Change a message of the app."""
    channel, message = _own(core, arguments, "cant_update_message")
    if channel.archived:
        raise Refused("is_inactive")
    if len(arguments.text("text") or "") > limits.UPDATED_TEXT:
        raise Refused("msg_too_long")
    core.update(channel.id, message, _words(core, channel, arguments))
    text = message.body["text"]
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": dict(message.body)}


@method("chat.delete", takes=("channel", "ts"), per_minute=limits.TIER_3)
def chat_delete(core: Core, arguments: Arguments) -> Json:
    """Take a message of the app away."""
    channel, message = _own(core, arguments, "cant_delete_message")
    core.delete(channel.id, message)
    return {"channel": channel.id, "ts": message.ts}


@method(
    "reactions.add",
    takes=("channel", "name", "timestamp"),
    per_minute=limits.TIER_3,
)
def reactions_add(core: Core, arguments: Arguments) -> Json:
    """Put an emoji under a message."""
    channel = _visible(core, arguments)
    name, ts = arguments.required("name"), arguments.text("timestamp")
    if ts is None:
        raise Refused("no_item_specified")
    message = channel.find(ts)
    if message is None:
        raise Refused("message_not_found")
    if channel.archived:
        raise Refused("is_archived")
    if ":" in name or " " in name:
        raise Refused("invalid_name")
    if not add_reaction(message, name, BOT_USER_ID):
        raise Refused("already_reacted")
    core.record_other(Entry("reacted", core.clock(), channel=channel.id, ts=ts, text=name))
    return {}


def postable(core: Core, arguments: Arguments) -> Channel:
    """Return the conversation that the app may post into."""
    channel = _visible(core, arguments)
    if channel.archived:
        raise Refused("is_archived")
    if core.workspace.bot.id not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _visible(core: Core, arguments: Arguments) -> Channel:
    channel = core.workspace.addressed(arguments.required("channel"))
    if channel is None:
        raise Refused("channel_not_found")
    if channel.kind == "group" and core.workspace.bot.id not in channel.members:
        raise Refused("channel_not_found")
    return channel


def _own(core: Core, arguments: Arguments, otherwise: str) -> tuple[Channel, Message]:
    channel = core.workspace.channels.get(arguments.required("channel"))
    if channel is None:
        raise Refused("channel_not_found")
    message = channel.find(arguments.required("ts"))
    # An ephemeral message has a ts but is not stored (docs.slack.dev/messaging/modifying-messages).
    if message is None or message.to is not None:
        raise Refused("message_not_found")
    if message.author != BOT_USER_ID:
        raise Refused(otherwise)
    return channel, message


def _words(core: Core, channel: Channel, arguments: Arguments) -> Json:
    blocks = arguments.json("blocks", "invalid_blocks_format")
    _check_blocks(blocks)
    if not arguments.text("text") and not blocks:
        raise Refused("no_text")
    metadata = arguments.json("metadata", "invalid_metadata_format")
    _check_metadata(metadata)
    thread_ts = arguments.text("thread_ts")
    if thread_ts is not None and channel.find(thread_ts) is None:
        # Our own rule, with a documented word: a reply needs a message to reply to.
        raise Refused("cannot_reply_to_message")
    words = {"text": arguments.text("text"), "blocks": blocks, "metadata": metadata}
    flags = {name: arguments.flag(name, True) for name in ("unfurl_links", "unfurl_media")}
    # docs.slack.dev/reference/methods/chat.postMessage: "Used in conjunction with thread_ts"
    aloud = thread_ts is not None and arguments.flag("reply_broadcast", False)
    return {**words, **flags, "thread_ts": thread_ts, "reply_broadcast": aloud}


def _check_blocks(blocks: object) -> None:
    if blocks is None:
        return
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    if sum(isinstance(block, dict) and block.get("type") == "table" for block in blocks) > 1:
        # docs.slack.dev/reference/block-kit/blocks/table-block: "one table per message"
        raise Refused("only_one_table_allowed")
    problems = kit.message_problems(blocks)
    if problems:
        # slackapi/java-slack-sdk#1017 shows the answer
        raise Refused("invalid_blocks", *problems, extra={"errors": problems})
    if kit.too_long(blocks):
        raise Refused("msg_blocks_too_long")


def _check_metadata(metadata: Any) -> None:
    # docs.slack.dev/messaging/message-metadata; an empty object removes it (chat.update)
    if metadata is None or metadata == {}:
        return
    if not isinstance(metadata, dict):
        raise Refused("invalid_metadata_format")
    kind, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict):
        raise Refused("invalid_metadata_schema")
