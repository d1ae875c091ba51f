"""How fast Telegram takes messages: python-telegram-bot's ``telegram.constants.FloodLimit``."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from telegram.constants import FloodLimit

from bot.pace import Pace, Rate
from bot.telegram import references

_SECOND: Final = timedelta(seconds=1)
# Short bursts may go over the limit of a chat, says the bots' FAQ (core.telegram.org/bots/faq), without a
# figure. A long reply has three parts.
_BURST_PER_CHAT: Final = 3
_BURST_OVERALL: Final = 5
# With the bucket's four seconds a message, five at once keep any minute within twenty.
_BURST_PER_GROUP: Final = 5
_EVERY_IN_A_GROUP: Final = timedelta(minutes=1) / (
    FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP - _BURST_PER_GROUP
)


def _chat(address: str) -> str:
    """All topics of a group are one chat to Telegram."""
    return references.place(address)[0]


# For changes of messages no figure is documented: there Telegram's own 429 is waited for.
PACE: Final = Pace(
    overall=Rate(_SECOND / FloodLimit.MESSAGES_PER_SECOND, _BURST_OVERALL),
    chat=Rate(_SECOND / FloodLimit.MESSAGES_PER_SECOND_PER_CHAT, _BURST_PER_CHAT),
    room=Rate(_EVERY_IN_A_GROUP, _BURST_PER_GROUP),
    is_room=references.is_shared,
    counted_as=_chat,
)
