"""The chat: what each command means. Knows the chat and the CRM, no platform and no socket."""

# Each module enters its commands and pushes in the register.
from handlers import (
    account,
    activities,
    approvals,
    companies,
    contacts,
    deals,
    fields,
    help,
    history,
    leads,
    merging,
    my_day,
    owners,
    reminders,
    removal,
    settings,
    tags,
    team,
)

__all__ = [
    "account",
    "activities",
    "approvals",
    "companies",
    "contacts",
    "deals",
    "fields",
    "help",
    "history",
    "leads",
    "merging",
    "my_day",
    "owners",
    "reminders",
    "removal",
    "settings",
    "tags",
    "team",
]
