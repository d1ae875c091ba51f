"""One sample of every kind of answer, as the demonstration's team gets it, and how each platform shows it.

``python -m tests.kinds`` writes the pages that show them anew; read the difference before you keep it.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.console import render as at_terminal
from bot.database import Database
from bot.slack import render as on_slack
from bot.telegram import render as on_telegram
from handlers.chat.i18n import Locale
from handlers.chat.reply import File, Reply, load
from models.messaging.outbox import Outgoing
from tests.driver import Conversation, conversation
from tests.emulators.slack import ledger, typed

ROOT = Path(__file__).parent.parent
PAGES = {"en": ROOT / "docs/reference/cards.md", "fr": ROOT / "docs/fr/reference/cards.md"}
LOCALES = {"en": Locale("en-US", "America/New_York"), "fr": Locale("fr-FR", "Europe/Paris")}
SPEAKERS = {"en": "marc", "fr": "lea"}


@dataclass(frozen=True, slots=True)
class Kind:
    """What is said for it in each language, by Marc and by Léa; ``hours`` pass before what is pushed."""

    title: dict[str, str]
    line: dict[str, str]
    hours: int = 0


def _kind(en: tuple[str, str], fr: tuple[str, str], hours: int = 0) -> Kind:
    return Kind({"en": en[0], "fr": fr[0]}, {"en": en[1], "fr": fr[1]}, hours)


KINDS = (
    _kind(("A contact", "who Omar"), ("Un contact", "qui Luc")),
    _kind(("A company", "O-4"), ("Une société", "O-1")),
    _kind(("A lead", "L-7"), ("Un prospect", "L-7")),
    _kind(("A deal", "D-118"), ("Une affaire", "D-131")),
    _kind(
        ("A call that was logged", "call Omar 20m: wants a rollout plan, next demo Thu 10am"),
        ("Un appel enregistré", "appel Jane chez Acme 20 min : veut 50 licences, relance jeudi 10h"),
    ),
    _kind(
        ("A deal that was moved", "globex pilot > proposal 9k"),
        ("Une affaire déplacée", "acme renewal > négociation 15k"),
    ),
    _kind(("What was undone", "undo"), ("Ce qui a été annulé", "annuler")),
    _kind(("A question", "call Jane about pilot"), ("Une question", "appel Jane au sujet du pilote")),
    _kind(("A card to be confirmed", "won D-118"), ("Une carte à confirmer", "gagné D-131")),
    _kind(("A list", "deals"), ("Une liste", "affaires")),
    _kind(("A table", "pipeline"), ("Un tableau", "pipeline")),
    _kind(("A refusal", "won D-142"), ("Un refus", "gagné D-118")),
    _kind(("What was not understood", "quxx acme"), ("Ce qui n’a pas été compris", "quxx acme")),
    _kind(
        ("A follow-up that rings", "remind call Omar in 1h"), ("Un rappel qui sonne", "rappel Luc dans 1h"), 1
    ),
    _kind(("A digest", "digest now"), ("Un bilan", "bilan maintenant")),
)
FILE = Reply((File("deals.csv", "0" * 64, "text/csv", 12_300),))


async def samples(url: str, language: str) -> list[Reply]:
    """The answer of each kind, in a migrated, empty database."""
    async with conversation(url) as talk:
        return [await _sample(talk, kind, language) for kind in KINDS]


async def _sample(talk: Conversation, kind: Kind, language: str) -> Reply:
    await talk.says(SPEAKERS[language], kind.line[language])
    if kind.hours:
        await talk.time.passes(timedelta(hours=kind.hours))
    row = await Outgoing.filter(push=bool(kind.hours), edits_ref=None).order_by("-id").first()
    assert row is not None
    return load(row.body)


# -- as text ------------------------------------------------------------------------------------------------


def telegram(reply: Reply, locale: Locale) -> str:
    """What stands in the chat, its buttons in brackets, a row a line."""
    parts = on_telegram.render(reply, locale)
    rows = [" ".join(f"[{key.label}]" for key in row) for row in parts[-1].rows]
    return "\n".join([*(part.plain for part in parts), *rows])


def slack(reply: Reply, locale: Locale) -> str:
    """The same, from the blocks."""
    content = on_slack.rendered(reply, locale, name_row=lambda row: f"D1#1.{row}")
    return typed.seen(ledger.rendered(content.text, content.blocks), users={}, channels={})


def terminal(reply: Reply, locale: Locale) -> str:
    """As in a pipe."""
    return at_terminal.plain(reply, locale).rstrip("\n")


SHOWN = {"Telegram": telegram, "Slack": slack, "Terminal": terminal}


# -- the pages ----------------------------------------------------------------------------------------------

_HEADS = {
    "en": (
        "Cards",
        "What Parley answers looks like this. The samples are made by the program. On Telegram titles are\n"
        "bold and buttons hang under the message, on Slack they stand in blocks; in a terminal each button\n"
        "has its number.",
        "A file",
    ),
    "fr": (
        "Cartes",
        "Voici à quoi ressemblent les réponses de Parley. Les exemples sont produits par le programme. Sur\n"
        "Telegram les titres sont en gras et les boutons sous le message, sur Slack dans des blocs ; dans\n"
        "un terminal chaque bouton a son numéro.",
        "Un fichier",
    ),
}
_TYPED = {"en": "For `{line}`:", "fr": "Pour `{line}` :"}


def page(language: str, replies: Sequence[Reply]) -> str:
    """The page as it has to be."""
    title, head, file = _HEADS[language]
    locale = LOCALES[language]
    parts = [f"# {title}\n\n{head}\n"]
    for kind, reply in zip(KINDS, replies, strict=True):
        said = _TYPED[language].format(line=kind.line[language])
        parts.append(f"## {kind.title[language]}\n\n{said}\n\n{_shown(reply, locale)}")
    parts.append(f"## {file}\n\n{_shown(FILE, locale)}")
    return "\n".join(parts)


def _shown(reply: Reply, locale: Locale) -> str:
    blocks = [f"### {name}\n\n```card\n{_tidy(show(reply, locale))}\n```\n" for name, show in SHOWN.items()]
    return "\n".join(blocks)


def _tidy(shown: str) -> str:
    return "\n".join(line.rstrip() for line in shown.strip("\n").split("\n"))


async def _written(language: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite://{folder}/cards.db"
        database = Database(url)
        await database.open()
        await database.migrate()
        await database.close()
        return page(language, await samples(url, language))


if __name__ == "__main__":
    for tag, path in PAGES.items():
        path.write_text(asyncio.run(_written(tag)), "utf-8")
