"""The menu of commands. docs #setmycommands."""

from __future__ import annotations

import json
import re
from typing import Any

from telegram.constants import BotCommandScopeType

from ..account import Account
from ..limits import (
    MAX_COMMAND_DESCRIPTION,
    MAX_COMMAND_NAME,
    MAX_COMMANDS,
)
from ..parameters import Parameters
from ..refusals import (
    COMMAND_EMPTY,
    COMMAND_INVALID,
    COMMANDS_NOT_ARRAY,
    COMMANDS_NOT_JSON,
    DESCRIPTION_EMPTY,
    LANGUAGE_INVALID,
    SCOPE_NOT_JSON,
    SCOPE_UNSUPPORTED,
    SCOPE_WITHOUT_CHAT,
    TOO_MANY_COMMANDS,
    Refused,
    bad_request,
)
from .registry import method

_NAME = re.compile(r"[a-z0-9_]+")  # docs #botcommand


@method("setMyCommands", "commands", "scope", "language_code")
async def set_my_commands(account: Account, parameters: Parameters) -> bool:
    commands = parameters.json("commands", COMMANDS_NOT_JSON)
    if not isinstance(commands, list):
        raise Refused(COMMANDS_NOT_ARRAY)
    if len(commands) > MAX_COMMANDS:
        raise Refused(TOO_MANY_COMMANDS)
    account.commands[_menu(parameters)] = [_command(command) for command in commands]
    return True


@method("deleteMyCommands", "scope", "language_code")
async def delete_my_commands(account: Account, parameters: Parameters) -> bool:
    account.commands.pop(_menu(parameters), None)
    return True


@method("getMyCommands", "scope", "language_code")
async def get_my_commands(account: Account, parameters: Parameters) -> list[dict[str, str]]:
    return account.commands.get(_menu(parameters), [])


def _menu(parameters: Parameters) -> tuple[str, str]:
    """Return the key of a menu: its scope as JSON, and its language."""
    scope = parameters.json("scope", SCOPE_NOT_JSON) or {"type": "default"}
    kind = scope.get("type") if isinstance(scope, dict) else None
    if kind not in set(BotCommandScopeType):
        raise Refused(SCOPE_UNSUPPORTED)
    if kind.startswith("chat") and not scope.get("chat_id"):
        raise Refused(SCOPE_WITHOUT_CHAT)
    language = parameters.text("language_code")
    if not re.fullmatch(r"([a-z]{2})?", language):  # docs #setmycommands: two-letter ISO 639-1
        raise Refused(LANGUAGE_INVALID)
    return json.dumps(scope, sort_keys=True), language


def _command(value: Any) -> dict[str, str]:
    """server get_bot_command for the shape, tdlib set_commands for the lengths."""
    fields = value if isinstance(value, dict) else {}
    for name in ("command", "description"):
        if not isinstance(fields.get(name), str):
            raise Refused(bad_request(f"can't parse BotCommand: Can't find field \"{name}\""))
    _refuse_name(fields["command"])
    _refuse_description(fields["description"])
    return {"command": fields["command"], "description": fields["description"]}


def _refuse_name(name: str) -> None:
    """ours: a leading slash, which the server would cut off, is refused too."""
    if not name:
        raise Refused(COMMAND_EMPTY)
    if len(name) > MAX_COMMAND_NAME:
        raise Refused(bad_request(f"command length must not exceed {MAX_COMMAND_NAME}"))
    if not _NAME.fullmatch(name):
        raise Refused(COMMAND_INVALID)


def _refuse_description(description: str) -> None:
    if not description.strip():
        raise Refused(DESCRIPTION_EMPTY)
    if len(description) > MAX_COMMAND_DESCRIPTION:
        words = f"command description length must not exceed {MAX_COMMAND_DESCRIPTION}"
        raise Refused(bad_request(words))
