"""A strict local Telegram Bot API server for tests, spoken to over real HTTP.

Run in the test's event loop, with bots in the same loop or in other processes::

    async with TelegramEmulator() as telegram:
        marc = telegram.user(first_name="Marc")
        marc.says("/start")
        greeting = await marc.waits_for("Welcome")
        marc.presses(greeting, "Done")

It refuses what Telegram refuses, in Telegram's words, and a little more: unknown parameters,
unescaped signs in HTML and whatever is not emulated yet are refused in words that begin with
"[emulator's own rule]". Limits and their sources: ``limits.py``; refusals: ``refusals.py``; a new
method: a function in ``methods/``.
"""

from .account import Webhook
from .emulator import TOKEN, TelegramEmulator
from .faults import Fault
from .groups import Group
from .keyboards import Button
from .ledger import (
    Acted,
    Answered,
    Call,
    Deleted,
    Edited,
    Record,
    Sent,
    Shown,
)
from .people import User

__all__ = [
    "TOKEN",
    "Acted",
    "Answered",
    "Button",
    "Call",
    "Deleted",
    "Edited",
    "Fault",
    "Group",
    "Record",
    "Sent",
    "Shown",
    "TelegramEmulator",
    "User",
    "Webhook",
]
