"""files.getUploadURLExternal and .completeUploadExternal.

docs.slack.dev/messaging/working-with-files, "Uploading files". Both are given their arguments as a form or
in the query, as slack_sdk does (slack_sdk/web/client.py).
"""

from typing import Any

from .. import limits
from ..call import Arguments, Refused, method
from ..core import Core
from ..problems import Json
from .chat import postable

_LONGEST_ALT = 1000


@method(
    "files.getUploadURLExternal",
    takes=("filename", "length", "alt_txt", "snippet_type"),
    per_minute=limits.TIER_4,
)
def get_upload_url(core: Core, arguments: Arguments) -> Json:
    """Give an address to post one file to."""
    name, length = arguments.required("filename"), arguments.number("length", 0)
    if length <= 0:
        raise Refused("invalid_arguments", "length must be greater than 0")
    if len(arguments.text("alt_txt") or "") > _LONGEST_ALT:
        raise Refused("alt_txt_too_long")
    file_id = core.workspace.new_id("F")
    core.expected[file_id] = (name, length)
    return {"upload_url": f"{core.base_url}/upload/{file_id}", "file_id": file_id}


@method(
    "files.completeUploadExternal",
    takes=("files", "channel_id", "thread_ts", "initial_comment", "channels"),
    per_minute=limits.TIER_4,
)
def complete_upload(core: Core, arguments: Arguments) -> Json:
    """Share what was posted with a conversation, as a message of its own."""
    listed: Any = arguments.json("files", "invalid_arguments")
    if not isinstance(listed, list) or not listed:
        raise Refused("invalid_arguments", "missing required field: files")
    given = {"channel": arguments.required("channel_id")}
    channel = postable(core, Arguments(given))
    for file in listed:
        if file.get("id") not in core.posted_files:
            raise Refused("file_not_found")
        name = str(file.get("title") or core.expected[file["id"]][0])
        core.share(channel, file["id"], name, thread_ts=arguments.text("thread_ts"))
    return {"files": [{"id": file["id"], "title": file.get("title", "")} for file in listed]}
