"""Answers to pressed buttons. docs #answercallbackquery."""

from __future__ import annotations

from ..account import Account
from ..ledger import Answered
from ..limits import MAX_ANSWER_TEXT
from ..parameters import Parameters
from ..refusals import ANSWER_TOO_LONG, ANSWER_URL_INVALID, Refused
from .registry import method


@method("answerCallbackQuery", "callback_query_id", "text", "show_alert", "url", "cache_time")
async def answer_callback_query(account: Account, parameters: Parameters) -> bool:
    query_id = parameters.required("callback_query_id")
    text, alert = parameters.text("text"), parameters.flag("show_alert")
    parameters.integer("cache_time")
    if len(text) > MAX_ANSWER_TEXT:
        raise Refused(ANSWER_TOO_LONG)
    _refuse_foreign(parameters.text("url"), account.bot["username"])
    chat_id = account.take_press(query_id).chat_id
    account.record(
        Answered(
            chat_id=chat_id,
            callback_query_id=query_id,
            text=text,
            alert=alert,
            at=account.clock(),
        )
    )
    return True


def _refuse_foreign(url: str, username: str) -> None:
    """docs #answercallbackquery, url: games aside, only links that open this very bot."""
    if url and not url.startswith(f"https://t.me/{username}?start="):
        raise Refused(ANSWER_URL_INVALID)
