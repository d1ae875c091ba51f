"""Who sells in the demonstration: the same four people in each of its worlds."""

from __future__ import annotations

from bot.config import Workspace as Settings
from bot.members import Newcomer
from models.member import Role

SETTINGS = Settings(name="Parley demo", locale="en-GB")
SPEAKER = "marc@parley.example"

TEAM = (
    Newcomer(
        "nora@parley.example", "Nora Keller", Role.MANAGER, locale="en-GB", zone="Europe/Paris", team="Sales"
    ),
    Newcomer("lea@parley.example", "Léa Martin", Role.REP, locale="fr-FR", zone="Europe/Paris", team="Sales"),
    Newcomer(SPEAKER, "Marc Ellis", Role.REP, locale="en-US", zone="America/New_York", team="Sales"),
    Newcomer("sam@parley.example", "Sam Okafor", Role.ADMIN, locale="en-GB", zone="Europe/London"),
)
