"""One sales day of two reps and their manager, told once: on every platform the same words and rows."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.activity import Activity
from models.approval import Approval
from models.change import Change
from models.contact import Contact
from models.deal import Deal, StageChange
from models.lead import Lead
from models.member import ChatIdentity
from models.reminder import Reminder
from tests.driver import furnish
from tests.platforms.conftest import STAGES
from tests.platforms.screen import Screen
from tests.platforms.stage import NOW, Actor


@dataclass(frozen=True, slots=True)
class Step:
    """Somebody types ``line``, or presses ``press`` under what they saw last, and sees these words.

    With neither, ``hours`` pass first, and they see what has come meanwhile. ``wide``: it is a table, which
    a telephone shows cut.
    """

    who: str
    line: str = ""
    sees: str = ""
    press: str = ""
    hours: float = 0
    wide: bool = False


DAY = (
    Step("marc", "today", "Nothing is due today"),
    Step("marc", "call Omar 20m: wants a rollout plan, next demo Thu 10am", "✅ Call logged · Omar Haddad"),
    Step("lea", "appel Jane chez Acme 20 min : veut 50 licences, relance jeudi 10h", "✅ Appel enregistré"),
    Step("lea", press="Annuler", sees="Annulé"),
    Step("lea", "appel Jane chez Acme 25 min : veut 60 licences, relance jeudi 10h", "✅ Appel enregistré"),
    Step("marc", "call Jane about pilot", "Which Jane?"),
    Step("marc", press="Jane Roy · Globex", sees="linked to D-90"),
    Step("marc", press="Tomorrow", sees="⏰"),
    Step("marc", "remind send the quote to Jane Roy in 1h #globex", "send the quote"),
    Step(
        "lea",
        "acme renewal > négociation 15k",
        "Étape Proposition → Négociation · Montant 12 000 € → 15 000 €",
    ),
    Step("lea", "prospect nouveau Ana Blum chez Tarte de chez Web", "Ana Blum"),
    Step("marc", "contact new Ann Lee @ Initech ann@initech.example +44 20 7946 0188", "New contact"),
    Step("marc", "meeting Ann Lee tomorrow 3pm", "Ann Lee"),
    Step("marc", sees="⏰ send the quote", hours=1.1),
    Step("marc", press="Done", sees="✅ Done by Marc Ellis"),
    Step("marc", "quxx acme", "I did not recognise a command, but I know Acme."),
    Step("marc", "won D-142", "D-142 belongs to Léa Martin."),
    Step("marc", press="Ask Léa Martin", sees="Léa Martin"),
    Step("lea", sees="Marc Ellis", hours=0.1),
    Step("lea", press="Refuser", sees="D-142"),
    Step("marc", sees="Léa Martin declined: won D-142", hours=0.1),
    Step("lea", "gagné D-142 14,5k", "15 000 € → 14 500 €"),
    Step("lea", press="Confirmer", sees="🎉"),
    Step("nora", "who Omar", "C-47 Omar Haddad"),
    Step("nora", "pipeline", "Pipeline", wide=True),
    Step("nora", "assign D-118 @Léa", "Owner Marc Ellis → Léa Martin"),
    Step("nora", press="Yes, with them", sees="D-118"),
    Step("lea", sees="D-118", hours=0.1),
    Step("marc", sees="D-118"),
    Step("marc", "history D-90", "D-90", wide=True),
    Step("lea", "note #D-131 attend le devis\nnote #D-131 veut une réponse vendredi", "D-131"),
    Step("lea", "jour", "Rien à faire"),
    Step("lea", sees="⏰", hours=20),
    Step("lea", press="Fait", sees="✅"),
)
TEAM = {"marc": "en", "lea": "fr", "nora": "en"}


@dataclass(frozen=True, slots=True)
class Told:
    """What a day left: each step's words, whatever the form, and the rows."""

    words: Sequence[Counter[str]]
    rows: dict[str, list[Any]]


# What a day at the terminal, on SQLite, came to: the others are held against it.
_at_the_terminal: list[Told] = []


async def told(platform: str, url: str) -> Told:
    """The day on that platform, in an empty database."""
    await furnish(url)
    async with STAGES[platform](url, NOW) as stage:
        await ChatIdentity.all().delete()
        team = {name: await stage.joined(name, language=language) for name, language in TEAM.items()}
        for actor in team.values():
            await actor.sees()
        last: dict[str, Screen] = {}
        words = []
        for step in DAY:
            await stage.passes(timedelta(hours=step.hours))
            last[step.who] = seen = await _step(team[step.who], step, last.get(step.who))
            assert step.sees in seen, f"{step} showed:\n{seen.plain}"
            words.append(_words(seen))
        assert stage.complaints() == []
        assert await stage.failures() == []
        return Told(words, await _rows())


async def _step(actor: Actor, step: Step, last: Screen | None) -> Screen:
    if step.line:
        return await actor.says(step.line)
    if step.press:
        assert last is not None
        return await actor.presses(last, step.press)
    return await actor.sees()


def _words(seen: Screen) -> Counter[str]:
    """Words and labels, without the signs by which a platform sets them apart, and without bars."""
    return Counter(re.findall(r"[\w€%→✅⏰🎉]+", " ".join([seen.plain, *seen.labels])))


async def _rows() -> dict[str, list[Any]]:
    """What the CRM keeps; not the machine's own rows."""
    return {
        "activities": await Activity.all()
        .order_by("id")
        .values_list("kind", "status", "notes", "duration", "at", "contact_id", "deal_id", "deleted_at"),
        "reminders": await Reminder.all()
        .order_by("id")
        .values_list("text", "wall", "zone", "due_at", "state", "member_id", "deal_id", "deleted_at"),
        "deals": await Deal.all()
        .order_by("id")
        .values_list("number", "stage_id", "amount", "owner_id", "closed_at"),
        "stages": await StageChange.all().order_by("id").values_list("deal_id", "at"),
        "contacts": await Contact.all().order_by("id").values_list("number", "name", "emails", "phones"),
        "leads": await Lead.all().order_by("id").values_list("number", "company", "source"),
        "approvals": await Approval.all().order_by("id").values_list("state", "owner_id", "asker_id"),
        "changes": await Change.all().order_by("id").values_list("member_id", "at"),
    }


@pytest.mark.parametrize("platform", ["telegram", "slack", "terminal"])
async def test_a_day_is_the_same_on_every_platform(
    platform: str, database_url: str, sqlite_template: Path, tmp_path: Path
) -> None:
    """Step by step the same words and buttons, in the end the same rows, on both databases."""
    if not _at_the_terminal:
        file = tmp_path / "terminal.db"
        shutil.copyfile(sqlite_template, file)
        _at_the_terminal.append(await told("terminal", f"sqlite://{file}"))
    [expected] = _at_the_terminal
    found = await told(platform, database_url)
    assert found.rows == expected.rows
    for step, here, there in zip(DAY, found.words, expected.words, strict=True):
        assert here == there or step.wide, (
            f"{step}: only here {here - there}, only at the terminal {there - here}"
        )
