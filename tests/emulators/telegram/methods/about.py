"""Who the bot is, and whom it talks to."""

from __future__ import annotations

from typing import Any

from ..account import Account
from ..parameters import Parameters
from ..refusals import CHAT_NOT_FOUND, Refused
from .registry import method


@method("getMe")
async def get_me(account: Account, _: Parameters) -> dict[str, Any]:
    """docs #getme: a User with the fields that only this method returns."""
    return account.bot | {
        "can_join_groups": account.can_join_groups,
        "can_read_all_group_messages": account.reads_all_group_messages,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@method("getChat", "chat_id")
async def get_chat(account: Account, parameters: Parameters) -> dict[str, Any]:
    """docs #getchat and #chatfullinfo; a person who never wrote to the bot is unknown to it."""
    chat = account.known_chat(parameters.chat_id())
    if chat.standing == "stranger":
        raise Refused(CHAT_NOT_FOUND)
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    return chat.json() | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys((*gifts, "gifts_from_channels"), True),
    }
