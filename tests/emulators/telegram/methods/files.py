"""Files, sent and fetched. docs #senddocument, #sendphoto, #getfile."""

from __future__ import annotations

from html import escape
from pathlib import PurePosixPath
from typing import Any

from aiohttp.web import FileField

from ..account import Account
from ..keyboards import read_keyboard
from ..limits import MAX_CAPTION_UNITS, MAX_DOWNLOAD, MAX_PHOTO, MAX_UPLOAD
from ..markup import Formatted, read_text, units
from ..parameters import Parameters
from ..refusals import (
    CAPTION_TOO_LONG,
    FILE_EMPTY,
    FILE_ID_WRONG,
    FILE_MISSING,
    FILE_TOO_BIG,
    PHOTO_MISSING,
    PHOTO_UNREADABLE,
    Refusal,
    Refused,
    own_rule,
)
from .messages import replied_to
from .registry import method

_COMMON = (
    "chat_id",
    "message_thread_id",
    "caption",
    "parse_mode",
    "disable_notification",
    "protect_content",
    "reply_parameters",
    "reply_markup",
)
# How JPEG, PNG, GIF and WebP begin; what is none of these is no photo.
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF")


@method("sendDocument", "document", "disable_content_type_detection", *_COMMON)
async def send_document(account: Account, parameters: Parameters) -> dict[str, Any]:
    name, media_type, content = _upload(parameters, "document", FILE_MISSING, MAX_UPLOAD)
    stored = account.files.add(content, "documents", PurePosixPath(name).suffix)
    document = {
        "file_id": stored.file_id,
        "file_unique_id": stored.file_id[-8:],
        "file_name": name,
        "mime_type": media_type,
        "file_size": len(content),
    }
    return _sent(account, parameters, {"document": document}, content)


@method("sendPhoto", "photo", *_COMMON)
async def send_photo(account: Account, parameters: Parameters) -> dict[str, Any]:
    _, _, content = _upload(parameters, "photo", PHOTO_MISSING, MAX_PHOTO)
    if not content.startswith(_PICTURES):
        raise Refused(PHOTO_UNREADABLE)
    stored = account.files.add(content, "photos", ".jpg")
    size = {"file_id": stored.file_id, "file_unique_id": stored.file_id[-8:], "width": 90, "height": 90}
    return _sent(account, parameters, {"photo": [size | {"file_size": len(content)}]}, content)


@method("getFile", "file_id")
async def get_file(account: Account, parameters: Parameters) -> dict[str, Any]:
    stored = account.files.by_id.get(parameters.required("file_id"))
    if stored is None:
        raise Refused(FILE_ID_WRONG)
    if stored.size > MAX_DOWNLOAD:
        raise Refused(FILE_TOO_BIG)
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.file_id[-8:],
        "file_size": stored.size,
        "file_path": stored.path,
    }


def _upload(parameters: Parameters, field: str, missing: Refusal, largest: int) -> tuple[str, str, bytes]:
    """The file in a multipart body; ids and addresses are Telegram's too, and nobody here needs them."""
    value = parameters.get(field)
    if value is None:
        raise Refused(missing)
    if isinstance(value, str) and value.startswith("attach://"):  # docs #sending-files
        value = parameters.get(value.removeprefix("attach://"))
    if not isinstance(value, FileField):
        raise Refused(own_rule(f"{field} must be uploaded"))
    content = value.file.read()
    if not content:
        raise Refused(FILE_EMPTY)
    if len(content) > largest:
        raise Refused(FILE_TOO_BIG)
    return _name(value.headers.get("Content-Disposition", "")), value.content_type, content


def _name(disposition: str) -> str:
    """A file's name as the Bot API reads it: up to a semicolon, even within quotes, with every escape as it
    stands (github.com/tdlib/td, tdnet/td/net/HttpReader.cpp, parse_multipart_form_data)."""
    for part in disposition.split(";")[1:]:
        key, _, value = (each.strip() for each in part.partition("="))
        if key == "filename":
            quoted = len(value) > 1 and value[0] == value[-1] == '"'
            return value[1:-1] if quoted else value
    return ""


def _caption(parameters: Parameters) -> tuple[Formatted, str]:
    text, mode = parameters.text("caption"), parameters.text("parse_mode")
    if not text:
        return Formatted("", ()), ""
    content = read_text(text, mode)
    if units(content.text) > MAX_CAPTION_UNITS:
        raise Refused(CAPTION_TOO_LONG)
    return content, text if mode else escape(text)


def _sent(
    account: Account, parameters: Parameters, carries: dict[str, Any], content: bytes
) -> dict[str, Any]:
    caption, html = _caption(parameters)
    silent = parameters.flag("disable_notification")
    parameters.flag("protect_content")
    buttons = read_keyboard(parameters)
    chat = account.writable_chat(parameters.chat_id())
    topic = parameters.integer("message_thread_id")
    chat.require_topic(topic)
    reply_to = replied_to(chat, parameters)
    if account.flood:
        account.flood.admit(chat.chat_id)
    message = account.add_message(chat, account.bot, caption)
    message.html, message.buttons, message.reply_to = html, buttons, reply_to
    message.thread = topic or (reply_to.thread if reply_to else None)
    message.carries, message.file = carries, content
    account.show_sent(message, silent=silent)
    return message.json()
