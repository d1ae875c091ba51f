"""What a Slack message carries besides its text: files, and somebody else's words.

docs.slack.dev/reference/objects/file-object; a message that is shared stands in ``attachments`` with
``is_share``, which Slack does not document (ocf/slackbridge#60 shows one).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from bot.slack.unescape import unescaped
from handlers.chat.request import Attachment, Forwarded

Kind = Literal["photo", "document", "voice", "audio", "video"]

_KINDS: Final[dict[str, Kind]] = {"image": "photo", "audio": "audio", "video": "video"}
_MOST_FILES: Final = 10  # of one message; Slack's composer takes as many
# Files that Slack deleted or hides, and posts or links that are no files of their own.
_NOT_HERE: Final = ("tombstone", "hidden_by_limit")


class File(msgspec.Struct):
    """What we read of a file object. Of a file of another workspace only the id is there."""

    id: str = ""
    name: str | None = None
    mimetype: str | None = None
    subtype: str | None = None
    mode: str | None = None
    size: int | None = None
    duration_ms: int | None = None
    url_private_download: str | None = None


class Shared(msgspec.Struct):
    """What we read of a secondary attachment."""

    is_share: bool = False
    author_name: str | None = None
    text: str | None = None
    fallback: str | None = None
    from_url: str | None = None
    ts: str | float | None = None


def attachments(files: Sequence[File]) -> tuple[Attachment, ...]:
    """The files of a message, not fetched yet: ``source`` is the address, or the id where there is none."""
    here = [file for file in files if file.mode not in _NOT_HERE and (file.url_private_download or file.id)]
    return tuple(_attachment(file) for file in here[:_MOST_FILES])


def forwarded(shared: Sequence[Shared]) -> tuple[str, Forwarded] | None:
    """The words of a message that was shared, and whose they were; None where none was."""
    found = next((each for each in shared if each.is_share), None)
    if found is None:
        return None
    words = unescaped(found.text or found.fallback or "")
    return words, Forwarded(found.author_name or "", _instant(found.ts), found.from_url or "")


def _attachment(file: File) -> Attachment:
    media_type = file.mimetype or ""
    kind = _KINDS.get(media_type.partition("/")[0], "document")
    return Attachment(
        # A clip that was spoken into Slack's own recorder comes as video/mp4 or audio/mp4.
        kind="voice" if file.subtype == "slack_audio" else kind,
        source=file.url_private_download or file.id,
        name=file.name or "",
        media_type=media_type,
        size=file.size,
        seconds=None if file.duration_ms is None else round(file.duration_ms / 1000),
    )


def _instant(ts: str | float | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(ts), UTC) if ts is not None else None
    except (ValueError, OverflowError, OSError):
        return None
