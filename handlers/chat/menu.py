"""Menus: the commands that a service lists while somebody types, made from the register."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from handlers.chat.command import REGISTER, Command
from handlers.chat.i18n import Locale
from handlers.chat.language import languages
from models.member import Role
from models.search import fold

# What most people need, in the order in which they need it; the rest follows.
FIRST: Final = ("call", "deal", "who", "remind", "today", "done", "undo", "digest", "settings", "help")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a name that is typed behind a slash (``a-z``, ``0-9``, ``_``), and what it does."""

    name: str
    summary: str


def entries(locale: Locale, role: Role) -> Sequence[Entry]:
    """All that somebody in that role may say, the usual in front."""
    usual = [REGISTER[name] for name in FIRST if name in REGISTER]
    rest = [command for command in REGISTER.values() if command not in usual]
    shown = [_entry(each, locale) for each in (*usual, *rest) if not each.hidden and each.allows(role)]
    # Where two are called alike, the first is what the name is read as.
    return list({entry.name: entry for entry in reversed(shown) if entry.name}.values())[::-1]


def usual(locale: Locale) -> Sequence[Entry]:
    """What everybody may say, where there is little room."""
    return entries(locale, Role.REP)[: len(FIRST)]


def _entry(command: Command, locale: Locale) -> Entry:
    spoken = next(language for language in languages() if language.tag == locale.language)
    verbs = spoken.verbs.get(command.name, ())
    return Entry(_typed(verbs[0]) if verbs else "", locale.text(command.summary))


def _typed(verb: str) -> str:
    """A verb as a service takes it: no accents, no spaces."""
    return re.sub(r"[^a-z0-9]+", "_", fold(verb)).strip("_")
