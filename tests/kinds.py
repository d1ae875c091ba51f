"""One sample of every kind of answer, as the demonstration's team gets it, and how each platform shows it.

``python -m tests.kinds`` writes the pages that show them anew; read the difference before you keep it.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.console import render as at_terminal
from bot.database import Database
from bot.slack import render as on_slack
from bot.telegram import render as on_telegram
from handlers import inquiries
from handlers.chat.i18n import Locale
from handlers.chat.reply import File, Reply, load
from handlers.chat.request import FormField, Inquiry
from models.change import BY_FORM, Author
from models.lead_hook import LeadHook
from models.member import Member
from models.messaging.outbox import Outgoing
from tests.driver import Conversation, conversation
from tests.emulators.slack import ledger, typed

ROOT = Path(__file__).parent.parent
PAGES = {"en": ROOT / "docs/reference/cards.md", "fr": ROOT / "docs/fr/reference/cards.md"}
LOCALES = {"en": Locale("en-US", "America/New_York"), "fr": Locale("fr-FR", "Europe/Paris")}
SPEAKERS = {"en": "marc", "fr": "lea"}


@dataclass(frozen=True, slots=True)
class Kind:
    """What is said for it in each language, by Marc and by Léa; ``hours`` pass before what is pushed.

    ``press`` is a button of the answer that is pressed then. Without a line a web form is filled in.
    """

    title: dict[str, str]
    line: dict[str, str]
    hours: int = 0
    press: dict[str, str] = field(default_factory=dict)


def _kind(en: tuple[str, ...], fr: tuple[str, ...], hours: int = 0) -> Kind:
    """Of each language the title, the line, and the button if one is pressed."""
    title, line, press = ({"en": en[i], "fr": fr[i]} if len(en) > i else {} for i in range(3))
    return Kind(title, line, hours, press)


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
    _kind(("A day", "today"), ("Une journée", "jour")),
    _kind(("What to know before a meeting", "prep Omar"), ("Avant un rendez-vous", "point Jane Doe")),
    _kind(("A record's history", "history D-118"), ("L’historique d’une fiche", "historique D-142")),
    _kind(("Settings", "me"), ("Les réglages", "moi")),
    _kind(("A loss without a reason", "lost D-90"), ("Une perte sans motif", "perdu D-131")),
    _kind(
        ("A deal that was won", "won D-118", "Confirm"), ("Une affaire gagnée", "gagné D-142", "Confirmer")
    ),
    _kind(("A lead from a web form",), ("Un prospect venu d’un formulaire",)),
)
FILE = Reply((File("deals.csv", "0" * 64, "text/csv", 12_300),))


async def samples(url: str, language: str) -> list[Reply]:
    """The answer of each kind, in a migrated, empty database."""
    async with conversation(url) as talk:
        return [await _sample(talk, kind, language) for kind in KINDS]


async def _sample(talk: Conversation, kind: Kind, language: str) -> Reply:
    if kind.line:
        seen = await talk.says(SPEAKERS[language], kind.line[language])
        if kind.press:
            await talk.presses(SPEAKERS[language], seen, kind.press[language])
    else:
        await _fill_in(talk, SPEAKERS[language])
    if kind.hours:
        await talk.time.passes(timedelta(hours=kind.hours))
    pushed = bool(kind.hours) or not kind.line
    row = await Outgoing.filter(push=pushed, edits_ref=None).order_by("-id").first()
    assert row is not None
    return load(row.body)


async def _fill_in(talk: Conversation, owner: str) -> None:
    """Let somebody fill in a form whose leads are for ``owner``, and what follows be said."""
    now = talk.clock.now()
    async with talk.app.database.transaction():
        member = await Member.get(email=f"{owner}@parley.example").select_related("workspace")
        hook, _ = await LeadHook.issue(Author(member, now, "0.0"), "Website", member)
        fields = {"name": "Zoé Tarte", "company": "Tarte SARL", "email": "zoe@tarte.example"}
        said = tuple(FormField(name, value) for name, value in {**fields, "message": "50 seats?"}.items())
        await inquiries.receive(Inquiry(hook.id, said), said=f"0.{BY_FORM}", now=now)
    await talk.until(now)


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
        said = f"{_TYPED[language].format(line=kind.line[language])}\n\n" if kind.line else ""
        parts.append(f"## {kind.title[language]}\n\n{said}{_shown(reply, locale)}")
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
