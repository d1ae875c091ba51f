"""How fast Slack takes messages: docs.slack.dev/apis/web-api/rate-limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.pace import Pace, Rate
from bot.slack.address import Address

# One message a second into a channel, in short bursts more; some hundreds a minute into all of a workspace.
# How many exactly, it does not say.
_PER_CHANNEL: Final = Rate(timedelta(seconds=1), burst=3)
_WORKSPACE: Final = Rate(timedelta(seconds=0.25), burst=60)  # at most 300 in any minute
# chat.update is of tier 3, "50+ per minute": at most 50 in any minute.
_UPDATES: Final = Rate(timedelta(seconds=2), burst=20)
# A message that changes again and again is changed every three seconds, to how it stands then.
_UPDATES_OF_ONE: Final = Rate(timedelta(seconds=3))


def channel(address: str) -> str:
    """What Slack counts together: a conversation, whoever in it a message is for."""
    found = Address.of(address)
    return found.channel or found.user


PACE: Final = Pace(
    overall=_WORKSPACE,
    chat=_PER_CHANNEL,
    edits=_UPDATES,
    edit=_UPDATES_OF_ONE,
    counted_as=channel,
)
