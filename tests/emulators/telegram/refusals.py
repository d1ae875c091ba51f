"""How Telegram says no: the status, the exact words, and where they are written.

Sources are abbreviated as in :mod:`tests.emulators.telegram.limits`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """An answer with ``ok: false``. docs #making-requests."""

    status: int
    description: str
    parameters: dict[str, Any] = field(default_factory=dict)  # docs #responseparameters


class Refused(Exception):
    """The request is refused with ``refusal``, and nothing has happened."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.description)
        self.refusal = refusal


def bad_request(words: str) -> Refusal:
    """Answer 400 with ``words``, spelt the way the server spells them after its prefix."""
    return Refusal(400, f"Bad Request: {words}")


def own_rule(words: str) -> Refusal:
    """Refuse what Telegram would swallow. Stricter than the service on purpose: typos surface."""
    return Refusal(400, f"Bad Request: [emulator's own rule] {words}")


def forbidden(words: str) -> Refusal:
    return Refusal(403, f"Forbidden: {words}")


def conflict(words: str) -> Refusal:
    return Refusal(409, f"Conflict: {words}")


def too_many_requests(retry_after: int) -> Refusal:
    """``retry_after`` in whole seconds. server Query.cpp, set_retry_after_error."""
    return Refusal(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


def entities_unparsable(words: str) -> Refusal:
    """Refuse markup, with the prefix that tdlib puts there: SynchronousRequests.cpp."""
    return bad_request(f"can't parse entities: {words}")


def upgraded(chat_id: int) -> Refusal:
    """Refuse what is written to a group that became a supergroup. server Client.cpp, check_chat_access."""
    words = "group chat was upgraded to a supergroup chat"
    return Refusal(400, f"Bad Request: {words}", {"migrate_to_chat_id": chat_id})


def missing(name: str) -> Refusal:
    """server Client.cpp, get_required_string_arg."""
    return bad_request(f'parameter "{name}" is required')


# PTB request/_baserequest.py: 404 for a malformed token, 401 for a well-formed wrong one.
MALFORMED_TOKEN = Refusal(404, "Not Found")
WRONG_TOKEN = Refusal(401, "Unauthorized")
UNKNOWN_METHOD = Refusal(404, "Not Found: method not found")  # server Client.cpp, on_cmd

# server Client.cpp: process_get_updates_query, abort_long_poll.
WEBHOOK_ACTIVE = conflict(
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
OTHER_POLLER = conflict(
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_SET = conflict("terminated by setWebhook request")

CHAT_EMPTY = bad_request("chat_id is empty")  # server Client.cpp, check_chat
CHAT_NOT_FOUND = bad_request("chat not found")  # server Client.cpp, TdOnCheckChatCallback
# tdlib MessagesManager.cpp, process_send_message_fail_error (PEER_ID_INVALID).
NEVER_STARTED = forbidden("bot can't initiate conversation with a user")
BLOCKED = forbidden("bot was blocked by the user")  # server Client.cpp, fail_query_with_error
DEACTIVATED = forbidden("user is deactivated")  # server Client.cpp, check_chat_access
KICKED = forbidden("bot was kicked from the group chat")  # server Client.cpp, check_chat_access
NOT_A_MEMBER = forbidden("bot is not a member of the group chat")  # the same
THREAD_NOT_FOUND = bad_request("message thread not found")  # server Client.cpp, check_message_thread

TEXT_EMPTY = bad_request("message text is empty")  # server Client.cpp, get_input_message_text
# Not empty, but nothing left after trimming. tdlib MessageEntity.cpp, fix_formatted_text.
TEXT_BLANK = bad_request("text must be non-empty")
TEXT_TOO_LONG = bad_request("message is too long")  # tdlib MessageContent.cpp
PARSE_MODE_UNKNOWN = bad_request("unsupported parse_mode")  # server Client.cpp, get_formatted_text

# server Client.cpp, get_caption and tdlib MessageContent.cpp.
CAPTION_TOO_LONG = bad_request("message caption is too long")
FILE_EMPTY = bad_request("file must be non-empty")  # tdlib FileManager.cpp
FILE_MISSING = bad_request("there is no document in the request")  # server Client.cpp, get_input_file
PHOTO_MISSING = bad_request("there is no photo in the request")  # the same
PHOTO_UNREADABLE = bad_request("IMAGE_PROCESS_FAILED")  # python-telegram-bot#1513
FILE_ID_WRONG = bad_request("wrong file_id or the file is temporarily unavailable")  # server, get_file
FILE_TOO_BIG = bad_request("file is too big")  # server Client.cpp, check_file
NO_TEXT_TO_EDIT = bad_request("there is no text in the message to edit")  # tdlib MessagesManager.cpp

EDIT_NOT_FOUND = bad_request("message to edit not found")  # server Client.cpp, check_message
DELETE_NOT_FOUND = bad_request("message to delete not found")  # server Client.cpp, check_message
REPLY_NOT_FOUND = bad_request("message to be replied not found")  # check_reply_parameters
# server Client.cpp, fail_query_with_error (MESSAGE_NOT_MODIFIED).
NOT_MODIFIED = bad_request(
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
NOT_EDITABLE = bad_request("message can't be edited")  # tdlib MessagesManager.cpp
NOT_DELETABLE = bad_request("message can't be deleted")  # server: MESSAGE_DELETE_FORBIDDEN

# server Client.cpp, fail_query_with_error (QUERY_ID_INVALID).
QUERY_TOO_OLD = bad_request("query is too old and response timeout expired or query ID is invalid")
ANSWER_TOO_LONG = bad_request("MESSAGE_TOO_LONG")  # eternnoir/pyTelegramBotAPI#500
ANSWER_URL_INVALID = bad_request("URL_INVALID")  # core.telegram.org/method/messages.setBotCallbackAnswer

KEYBOARD_NOT_JSON = bad_request("can't parse reply keyboard markup JSON object")  # get_reply_markup
KEYBOARD_NOT_OBJECT = bad_request("object expected as reply markup")  # get_reply_markup
ROWS_NOT_ARRAYS = bad_request(  # server Client.cpp, get_reply_markup
    'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
)
BUTTON_TEXT_EMPTY = bad_request("inline keyboard button text must be non-empty")  # ReplyMarkup.cpp
BUTTON_DATA_INVALID = bad_request("BUTTON_DATA_INVALID")  # edisonchee/slimbot#25, yagop#706
KEYBOARD_TOO_LONG = bad_request("reply markup is too long")  # server: REPLY_MARKUP_TOO_LONG

# server Client.cpp, get_bot_command_scope.
SCOPE_NOT_JSON = bad_request("can't parse BotCommandScope JSON object")
SCOPE_UNSUPPORTED = bad_request("can't parse BotCommandScope: Unsupported type specified")
SCOPE_WITHOUT_CHAT = bad_request("can't parse BotCommandScope: Empty chat_id specified")
LANGUAGE_INVALID = bad_request("invalid language code specified")  # tdlib misc.cpp

ACTION_UNKNOWN = bad_request("wrong parameter action in request")  # process_send_chat_action_query

COMMANDS_NOT_JSON = bad_request("can't parse commands JSON object")  # server get_bot_commands
COMMANDS_NOT_ARRAY = bad_request("expected an Array of BotCommand")  # server get_bot_commands
COMMAND_INVALID = bad_request("BOT_COMMAND_INVALID")  # tdlib/telegram-bot-api#98
COMMAND_EMPTY = bad_request("command must be non-empty")  # tdlib BotCommand.cpp, set_commands
DESCRIPTION_EMPTY = bad_request("command description must be non-empty")  # tdlib BotCommand.cpp
TOO_MANY_COMMANDS = bad_request("BOT_COMMANDS_TOO_MUCH")  # LonamiWebs/Telethon#4700

# server WebhookActor.cpp and Client.cpp, do_process_set_webhook.
WEBHOOK_URL_INVALID = bad_request("invalid webhook URL specified")
WEBHOOK_NOT_HTTPS = bad_request("bad webhook: An HTTPS URL must be provided for webhook")
SECRET_TOO_LONG = bad_request("secret token is too long")
SECRET_INVALID = bad_request("secret token contains unallowed characters")
