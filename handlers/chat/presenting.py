"""How Parley presents itself where a service lists its apps: a line about it, its shortcuts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.chat import verbs
from handlers.chat.i18n import Locale, msg

ABOUT: Final = msg("A CRM that lives in the chat")
SPEAK: Final = msg("Say something to Parley")
# By the name that the service sends: what a shortcut is called (24 letters at most), and what it does.
SHORTCUTS: Final[Mapping[str, tuple[str, str]]] = {
    "log_message": (msg("Log to CRM"), msg("Keeps a message as a note")),
    "write_down": (msg("Write something down"), msg("A call, a follow-up, a deal …")),
}


def shortcut(name: str, locale: Locale) -> tuple[str, str]:
    """What a shortcut is called in a language, and what it does."""
    called, does = SHORTCUTS[name]
    return locale.text(called), locale.text(does)


def greeting(locale: Locale) -> str:
    """What stands in an empty chat before anybody said anything."""
    return "\n\n".join(
        (
            locale.text(ABOUT),
            locale.text("Ask your admin for an invitation, or say “link” where I know you already."),
            example(locale),
        )
    )


def example(locale: Locale) -> str:
    """A line that shows how one speaks to Parley."""
    return verbs.example("call", locale.language)
