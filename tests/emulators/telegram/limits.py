"""Telegram's limits, each with its source.

Sources, as named in the comments:

* ``docs``: the Bot API's own page, https://core.telegram.org/bots/api, by section anchor.
* ``PTB``: a member of ``telegram.constants`` of python-telegram-bot 22.8, which the number is taken
  from, so that a newer limit there reaches the emulator with the upgrade.
* ``server``: the open Bot API server, github.com/tdlib/telegram-bot-api at 01a3679, by file and
  function; ``tdlib`` is the library under it, github.com/tdlib/td at 022d602.
* ``ours``: stricter than Telegram or not written down anywhere; the reason stands beside it.
"""

from __future__ import annotations

from typing import Final

from telegram.constants import (
    BotCommandLimit,
    BotDescriptionLimit,
    CallbackQueryLimit,
    FileSizeLimit,
    FloodLimit,
    InlineKeyboardButtonLimit,
    InlineKeyboardMarkupLimit,
    MessageLimit,
    PollingLimit,
    WebhookLimit,
)

# --- messages ---------------------------------------------------------------------------------
# PTB MessageLimit.MAX_TEXT_LENGTH; docs #sendmessage "1-4096 characters after entities parsing".
# ours: counted in UTF-16 units, as the offsets of docs #messageentity are; tdlib's own check
# counts code points (MessageContent.cpp), so a text accepted here is accepted there.
MAX_TEXT_UNITS: Final = int(MessageLimit.MAX_TEXT_LENGTH)
MAX_CAPTION_UNITS: Final = int(MessageLimit.CAPTION_LENGTH)  # PTB; counted as a text is
# docs #deletemessage says "A message can only be deleted if it was sent less than 48 hours ago".
DELETABLE_FOR: Final = 48 * 3600.0  # seconds

# --- files ------------------------------------------------------------------------------------
MAX_DOWNLOAD: Final = int(FileSizeLimit.FILESIZE_DOWNLOAD)  # PTB, bytes
MAX_UPLOAD: Final = int(FileSizeLimit.FILESIZE_UPLOAD)  # PTB, bytes
MAX_PHOTO: Final = int(FileSizeLimit.PHOTOSIZE_UPLOAD)  # PTB, bytes

# --- inline keyboards -------------------------------------------------------------------------
MAX_BUTTONS: Final = int(InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER)  # PTB, undocumented
MAX_BUTTONS_PER_ROW: Final = int(InlineKeyboardMarkupLimit.BUTTONS_PER_ROW)  # PTB, undocumented
MAX_CALLBACK_DATA_BYTES: Final = int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA)  # PTB
MAX_COPY_TEXT: Final = int(InlineKeyboardButtonLimit.MAX_COPY_TEXT)  # PTB, characters
# About 10 kB of JSON in all: github.com/tginfo/Telegram-Limits/issues/187, and fewer than 100
# buttons refused in github.com/python-telegram-bot/python-telegram-bot/issues/5104.
MAX_KEYBOARD_BYTES: Final = 10_000

# --- callback queries -------------------------------------------------------------------------
MAX_ANSWER_TEXT: Final = int(CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH)  # PTB, chars
# Undocumented; measured as "after ~15 seconds": gist.github.com/d-Rickyy-b/
# f789c75228bf00f572eec4450ed0d7c9. The Bot API uses the same figure for ephemeral replies.
CALLBACK_ANSWERABLE_FOR: Final = 15.0  # seconds

# --- commands ---------------------------------------------------------------------------------
MAX_COMMANDS: Final = int(BotCommandLimit.MAX_COMMAND_NUMBER)  # PTB
MAX_COMMAND_NAME: Final = int(BotCommandLimit.MAX_COMMAND)  # PTB, characters
MAX_COMMAND_DESCRIPTION: Final = int(BotCommandLimit.MAX_DESCRIPTION)  # PTB, characters

MAX_DESCRIPTION: Final = int(BotDescriptionLimit.MAX_DESCRIPTION_LENGTH)  # PTB, characters
MAX_SHORT_DESCRIPTION: Final = int(BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH)  # PTB, characters

# --- receiving updates ------------------------------------------------------------------------
MIN_BATCH: Final = int(PollingLimit.MIN_LIMIT)  # PTB
MAX_BATCH: Final = int(PollingLimit.MAX_LIMIT)  # PTB
LONGEST_POLL: Final = 50  # seconds; server Client.h LONG_POLL_MAX_TIMEOUT: longer is cut to this
# docs #getting-updates says "Incoming updates are stored on the server … not longer than 24 hours".
UPDATE_KEPT_FOR: Final = 24 * 3600.0  # seconds
# An offset further ahead than this is taken for "from the oldest": tdlib TQueue.cpp, get().
FURTHEST_OFFSET_AHEAD: Final = 10
MAX_SECRET_TOKEN: Final = int(WebhookLimit.MAX_SECRET_TOKEN_LENGTH)  # PTB, characters
MIN_WEBHOOK_CONNECTIONS: Final = int(WebhookLimit.MIN_CONNECTIONS_LIMIT)  # PTB
MAX_WEBHOOK_CONNECTIONS: Final = int(WebhookLimit.MAX_CONNECTIONS_LIMIT)  # PTB
DEFAULT_WEBHOOK_CONNECTIONS: Final = 40  # docs #setwebhook, max_connections

# --- flood control ----------------------------------------------------------------------------
MESSAGES_PER_SECOND: Final = int(FloodLimit.MESSAGES_PER_SECOND)  # PTB
MESSAGES_PER_SECOND_PER_CHAT: Final = int(FloodLimit.MESSAGES_PER_SECOND_PER_CHAT)  # PTB
MESSAGES_PER_MINUTE_PER_GROUP: Final = int(FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP)  # PTB
# ours: https://core.telegram.org/bots/faq speaks of "short bursts" that may go over the limit of a
# chat, without a figure. Three is a reply in three parts.
BURST_PER_CHAT: Final = 3

# --- identifiers ------------------------------------------------------------------------------
# docs #user says that ids "have at most 52 significant bits"; people who joined since 2021 are past 2**31.
FIRST_USER_ID: Final = 7_100_000_001
FIRST_UPDATE_ID: Final = 731_000_001  # docs #update: starts "from a certain positive number"
