"""The reference of what can be said, made from the register: ``python -m tests.reference`` writes it anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from handlers.chat import verbs
from handlers.chat.command import REGISTER, Command
from handlers.chat.i18n import Locale
from handlers.chat.language import languages
from handlers.help import usage
from models.member import Role
from models.search import fold

ROOT = Path(__file__).parent.parent
PAGES = {"en": ROOT / "docs/reference/commands.md", "fr": ROOT / "docs/fr/reference/commands.md"}

# What the page says around what the register says. In French a no-break space stands before some signs.
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Commands",
        "opening": """
Everything that can be said to Parley, the same in the terminal, on Telegram and on Slack. Verbs of both
languages are always understood, with `/` before them or without; the answer comes in your own. In a form,
`<…>` is needed, and asked for where it is missing; `[…]` may be left out. The parts may come in any order:
they are known by what they look like. `help` shows the same in the chat, `help call` one command.

This page is made from Parley itself by `python -m tests.reference`.
""".strip(),
        "heads": "| say | what it does |",
        "example": "For example: {line}",
        "others": "Also: {verbs}",
        "abroad": "In French: {verbs}",
        "asks": "Where it is missing, Parley asks: {questions}",
        "question": "{shape}, “{prompt}”",
        "everybody": "For everybody.",
        "manager": "For managers and admins.",
        "admin": "For admins.",
        "reads": "It changes nothing.",
        "undo": "`undo` takes it back.",
        "final": "`undo` does not take it back.",
    },
    "fr": {
        "title": "Commandes",
        "opening": """
Tout ce qui peut se dire à Parley, de même dans le terminal, sur Telegram et sur Slack. Les verbes des deux
langues sont toujours compris, avec `/` devant ou sans ; la réponse vient dans la vôtre. Dans une forme,
`<…>` est nécessaire, et demandé s’il manque ; `[…]` peut être omis. Les parties viennent dans n’importe
quel ordre : elles se reconnaissent à leur forme. Dans la conversation, `aide` montre la même chose,
`aide appel` une commande.

Cette page est tirée de Parley lui-même par `python -m tests.reference`.
""".strip(),
        "heads": "| dites | ce que cela fait |",
        "example": "Par exemple : {line}",
        "others": "Aussi : {verbs}",
        "abroad": "En anglais : {verbs}",
        "asks": "S’il manque, Parley demande : {questions}",
        "question": "{shape}, « {prompt} »",
        "everybody": "Pour tout le monde.",
        "manager": "Pour les managers et les administrateurs.",
        "admin": "Pour les administrateurs.",
        "reads": "Ne change rien.",
        "undo": "`annuler` le reprend.",
        "final": "`annuler` ne le reprend pas.",
    },
}


def page(language: str) -> str:
    """The whole page: a table of all commands, then each in full, by the alphabet of their verbs."""
    words = WORDS[language]
    entries = sorted(
        (entry for entry in REGISTER.values() if not entry.hidden),
        key=lambda entry: fold(verbs.shown(entry.name, language)),
    )
    parts = [f"# {words['title']}", words["opening"], _table(entries, language)]
    parts += ["\n\n".join(_section(entry, language)) for entry in entries]
    return "\n\n".join(parts) + "\n"


def _table(entries: list[Command], language: str) -> str:
    rows = [
        f"| [{_shown(entry, language)}](#{_anchor(_shown(entry, language))}) | {_summary(entry, language)} |"
        for entry in entries
    ]
    return "\n".join([WORDS[language]["heads"], "|---|---|", *rows])


def _section(entry: Command, language: str) -> Iterator[str]:
    words = WORDS[language]
    yield f"## {_shown(entry, language)}"
    yield f"{_summary(entry, language)}."
    yield f"```text\n{usage(Locale(language), entry)}\n```"
    lines = list(_lines(entry, language))
    yield "\n".join(f"- {line}" for line in lines)
    yield f"{words[_who(entry)]} {words[_undo(entry)]}"


def _lines(entry: Command, language: str) -> Iterator[str]:
    """Its example, its other verbs, and what it asks for."""
    words = WORDS[language]
    if example := verbs.example(entry.name, language):
        yield words["example"].format(line=f"`{example}`")
    for tag in sorted((each.tag for each in languages()), key=lambda tag: tag != language):
        own = next(each for each in languages() if each.tag == tag).verbs[entry.name]
        shown = own[1:] if tag == language else own
        if shown:
            sentence = words["others" if tag == language else "abroad"]
            yield sentence.format(verbs=", ".join(f"`{verb}`" for verb in shown))
    if questions := "; ".join(_questions(entry, language)):
        yield words["asks"].format(questions=questions)


def _questions(entry: Command, language: str) -> Iterator[str]:
    text = Locale(language).text
    for parameter in entry.parameters:
        if parameter.required and parameter.argument.shape:
            shape = f"`<{text(parameter.argument.shape)}>`"
            yield WORDS[language]["question"].format(shape=shape, prompt=text(parameter.argument.prompt))


def _shown(entry: Command, language: str) -> str:
    return verbs.shown(entry.name, language)


def _summary(entry: Command, language: str) -> str:
    return Locale(language).text(entry.summary)


def _who(entry: Command) -> str:
    return "everybody" if entry.role is Role.REP else entry.role.value


def _undo(entry: Command) -> str:
    return "reads" if entry.reads else "final" if entry.final else "undo"


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


if __name__ == "__main__":
    for tag, path in PAGES.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(tag), "utf-8")
