"""Files that people sent, fetched from Telegram's own server and from nowhere else."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import telegram
from telegram.error import TelegramError

from bot.platform import LARGEST_FILE, Rejected, ServiceError, Unauthorised, Unavailable
from bot.telegram.refusals import told
from bot.telegram.transport import Transport

# A path as the Bot API gives it, ``documents/file_12.pdf``; its ending is whatever stands behind the last
# dot of the name that its sender gave it, without the signs that are left out here (github.com/tdlib/td,
# tdutils/td/utils/filesystem.cpp, clean_filename). A server that runs locally gives one of its own disk,
# see core.telegram.org/bots/api#using-a-local-bot-api-server, which is not followed.
_NAME: Final = r"""(?!\.+(?:/|\Z))[^<>:"/\\|?*&`'\x00-\x1f\x7f]+"""
_PATH: Final = re.compile(f"{_NAME}(?:/{_NAME})*")
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
        status, body = await transport.fetch(f"{root}/{quote(path)}", _ANSWER_WITHIN, LARGEST_FILE)
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
