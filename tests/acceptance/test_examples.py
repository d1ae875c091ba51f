"""Every line that ``help`` gives as an example works in the demo, and does what its command says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.chat.command import REGISTER
from handlers.chat.context import CONFIRMED
from handlers.chat.language import languages
from handlers.chat.verbs import example
from models.messaging.focus import Focus
from models.messaging.inbox import Incoming
from tests.acceptance.promised import PROMISED
from tests.driver import Conversation, Seen, conversation

# Whoever reads the demo's help in a language: its speaker, and its French-speaking rep.
SPEAKERS = {"en": "marc", "fr": "lea"}
REMINDED = {"en": "remind send the quote in 2h", "fr": "rappel envoyer le devis dans 2h"}
PROMISED_JANE = {"en": "remind call Jane Doe in 2h", "fr": "rappel appeler Jane Doe dans 2h"}
LISTED = {"en": "today", "fr": "jour"}
# What a line refers to has to be there: a follow-up in a list, a write to take back.
SAID_BEFORE = {
    "today": [REMINDED],
    "overdue": [REMINDED],
    "next": [PROMISED_JANE],
    "done": [REMINDED, LISTED],
    "snooze": [REMINDED, LISTED],
    "skip": [REMINDED, LISTED],
    "undo": [REMINDED],
    "convert": [{"en": "lead new Ann Lee @ Lee Foods", "fr": "jour"}],
    "restore": [{"en": "delete D-90", "fr": "supprimer D-131"}],
    "activities": [{"en": example("call", "en"), "fr": example("call", "fr")}],
    "untag": [{name: example("tag", name) for name in SPEAKERS}],
    "quiet": [{"en": "quiet off", "fr": "calme non"}],
}
# A colleague's wish: whose it is, their line, and the button that asks the owner.
WISHES = {
    "en": ("lea", "montant D-90 9k", "Demander à Marc Ellis"),
    "fr": ("marc", "amount D-142 9k", "Ask Léa Martin"),
}
# A granted request is answered by what was asked for.
ANSWERED_BY = {"approve": "amount"}
CONFIRM = {"en": "Confirm", "fr": "Confirmer"}

# What admins alone do is said by one: see tests.acceptance.test_setup.
SETS_UP = {name for name, entry in REGISTER.items() if entry.module == "setup"}
TRIED = sorted(name for name in REGISTER if not REGISTER[name].hidden and name not in SETS_UP)
# The way out of a question has none: there is nothing to show where none is open.
WITHOUT = {"cancel"}


@pytest.mark.parametrize("language", [entry.tag for entry in languages()])
@pytest.mark.parametrize(
    "name", sorted(name for name in REGISTER if not REGISTER[name].hidden and name not in SETS_UP)
)
async def test_the_example_does_what_its_command_says(database_url: str, name: str, language: str) -> None:
    """Said in the demo by who speaks that language: no question but a card's, and the rows that it names."""
    line, speaker = example(name, language), SPEAKERS[language]
    assert bool(line) is (name not in WITHOUT)
    if not line:
        return
    async with conversation(database_url) as talk:
        await _prepare(talk, name, language)
        seen = await talk.says(speaker, line)
        await _answered(name, seen)
        if CONFIRM[language] in seen:
            assert await _question(speaker) in (None, CONFIRMED), seen.text
            seen = await talk.presses(speaker, seen, CONFIRM[language])
            await _answered(name, seen)
        assert await _question(speaker) is None, seen.text
        await PROMISED[name](seen)


async def _answered(name: str, seen: Seen) -> None:
    answered = await Incoming.all().order_by("-id").first()
    assert answered is not None
    command = ANSWERED_BY.get(name, name)
    assert (answered.state, answered.command, answered.outcome) == ("done", command, "ok"), seen.text


async def _question(speaker: str) -> str | None:
    """The parameter that is asked for; None where nothing is."""
    focus = await Focus.get_or_none(address=f"{speaker}@parley.example")
    return focus.question["parameter"] if focus is not None and focus.question is not None else None


async def _prepare(talk: Conversation, name: str, language: str) -> None:
    speaker = SPEAKERS[language]
    for lines in SAID_BEFORE.get(name, []):
        seen = await talk.says(speaker, lines[language])
        if CONFIRM[language] in seen:
            await talk.presses(speaker, seen, CONFIRM[language])
    if name in ("approve", "decline"):
        wisher, line, button = WISHES[language]
        await talk.presses(wisher, await talk.says(wisher, line), button)
        await talk.time.passes(timedelta(minutes=1))
    if name == "overdue":
        await talk.time.passes(timedelta(hours=3))


@pytest.mark.parametrize("language", [entry.tag for entry in languages()])
async def test_help_shows_the_example_that_was_tried(sqlite_url: str, language: str) -> None:
    """For each command, verbs of two words too, in the member's language, word by word."""
    async with conversation(sqlite_url) as talk:
        for name in PROMISED:
            verb = next(entry for entry in languages() if entry.tag == language).verbs[name][0]
            asked = {"en": f"help {verb}", "fr": f"aide {verb}"}[language]
            assert example(name, language) in await talk.says(SPEAKERS[language], asked), name
