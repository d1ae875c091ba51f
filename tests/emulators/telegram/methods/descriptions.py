"""What stands in an empty chat and on the bot's profile. docs #setmydescription."""

from __future__ import annotations

import re

from ..account import Account
from ..limits import MAX_DESCRIPTION, MAX_SHORT_DESCRIPTION
from ..parameters import Parameters
from ..refusals import LANGUAGE_INVALID, Refused, bad_request
from .registry import method


@method("setMyDescription", "description", "language_code")
async def set_my_description(account: Account, parameters: Parameters) -> bool:
    return _set(account, parameters, "description", MAX_DESCRIPTION)


@method("getMyDescription", "language_code")
async def get_my_description(account: Account, parameters: Parameters) -> dict[str, str]:
    return {"description": account.descriptions.get(("description", _language(parameters)), "")}


@method("setMyShortDescription", "short_description", "language_code")
async def set_my_short_description(account: Account, parameters: Parameters) -> bool:
    return _set(account, parameters, "short_description", MAX_SHORT_DESCRIPTION)


@method("getMyShortDescription", "language_code")
async def get_my_short_description(account: Account, parameters: Parameters) -> dict[str, str]:
    text = account.descriptions.get(("short_description", _language(parameters)), "")
    return {"short_description": text}


def _set(account: Account, parameters: Parameters, name: str, longest: int) -> bool:
    text = parameters.text(name)
    if len(text) > longest:  # tdlib BotInfoManager.cpp leaves it to the server, whose words these are
        raise Refused(bad_request(f"{name.replace('_', ' ')} is too long"))
    account.descriptions[name, _language(parameters)] = text
    return True


def _language(parameters: Parameters) -> str:
    language = parameters.text("language_code")
    if not re.fullmatch(r"([a-z]{2})?", language):
        raise Refused(LANGUAGE_INVALID)
    return language
