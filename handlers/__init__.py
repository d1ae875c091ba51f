"""The chat: what each command means. Knows the chat and the CRM, no platform and no socket."""

# Each module enters its commands and pushes in the register.
from handlers import account, activities, approvals, contacts, deals, help, history, reminders, settings, team

__all__ = [
    "account",
    "activities",
    "approvals",
    "contacts",
    "deals",
    "help",
    "history",
    "reminders",
    "settings",
    "team",
]
