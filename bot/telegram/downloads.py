"""Files that people sent, fetched from Telegram's own server and from nowhere else."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

import telegram
from telegram.error import TelegramError

from bot.platform import LARGEST_FILE, Rejected, ServiceError, Unauthorised, Unavailable
from bot.telegram.refusals import told
from bot.telegram.transport import Transport

# A path as the Bot API gives it, ``documents/file_12.pdf``; a server that runs locally gives one of its own
# disk instead: core.telegram.org/bots/api#using-a-local-bot-api-server.
_PATH: Final = re.compile(r"[\w-]+(?:/[\w-]+)*(?:\.\w+)*", re.ASCII)
_ANSWER_WITHIN: Final = 60.0  # seconds; 20 MB over a slow line


async def fetch(bot: telegram.Bot, transport: Transport, root: str, file_id: str) -> bytes:
    """The content of a file; ``root`` is the address that its path is appended to.

    Raises: ServiceError.
    """
    file = await told("getFile", bot.get_file(file_id))
    path = (file.file_path or "").removeprefix(f"{root}/")
    if (file.file_size or 0) > LARGEST_FILE:
        raise Rejected(f"getFile: {file.file_size} bytes; at most {LARGEST_FILE} are fetched")
    if not _PATH.fullmatch(path):
        raise Rejected("getFile: a path that is none of the Bot API's")
    try:
        status, body = await transport.fetch(f"{root}/{path}", _ANSWER_WITHIN, LARGEST_FILE)
    except TelegramError as error:
        # Whether or not it was asked for: to ask again changes nothing.
        raise Unavailable(f"file: {error.message}") from None
    if status != HTTPStatus.OK:
        raise _refused(status)
    if len(body) > LARGEST_FILE:
        raise Rejected(f"file: more than {LARGEST_FILE} bytes")
    return body


def _refused(status: int) -> ServiceError:
    reason = f"file: HTTP {status}"
    if status == HTTPStatus.UNAUTHORIZED:
        return Unauthorised(reason)
    passing = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
    # A link serves for an hour, and each try asks for a fresh one: what is not found is gone.
    return Unavailable(reason) if passing else Rejected(reason)
