"""Every line that ``help`` gives as an example works in the demo, and does what its command says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime

import pytest

from handlers.chat.command import REGISTER
from handlers.chat.language import languages
from handlers.chat.verbs import example
from models.activity import Activity, ActivityKind
from models.change import Change
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Stage
from models.member import Invitation
from models.messaging.focus import Focus
from models.messaging.inbox import Incoming
from models.reminder import Reminder, ReminderState
from tests.driver import Conversation, Seen, conversation

Kept = Callable[[Seen], Awaitable[None]]

# Whoever reads the demo's help in a language: its speaker, and its French-speaking rep.
SPEAKERS = {"en": "marc", "fr": "lea"}
# What a line refers to has to be there: a follow-up in a list, a write to take back.
REMINDED = {"en": "remind send the quote in 2h", "fr": "rappel envoyer le devis dans 2h"}
LISTED = {"en": "today", "fr": "jour"}


async def _call(seen: Seen) -> None:
    call = await Activity.get(kind=ActivityKind.CALL)
    contact = await Contact.get(id=call.contact_id)
    assert (contact.name, call.duration, call.deal_id is not None) == ("Jane Doe", 1200, True)
    assert call.notes in ("wants 50 seats", "veut 50 licences")
    reminder = await Reminder.get()
    assert reminder.wall == "2026-10-15T10:00"
    assert "✅" in seen and "⏰" in seen


async def _note(seen: Seen) -> None:
    note = await Activity.get(kind=ActivityKind.NOTE)
    assert (await Deal.get(id=note.deal_id)).number == 142
    assert note.notes in ("legal is blocking", "le juridique bloque")
    assert "D-142 Acme Renewal" in seen


async def _find(seen: Seen) -> None:
    assert all(name in seen for name in ("Jane Doe", "Luc Moreau", "Acme Renewal", "O-1"))


async def _who(seen: Seen) -> None:
    assert "Jane Doe" in seen and "Jane Roy" in seen
    assert "Acme Renewal" not in seen


async def _contact_new(seen: Seen) -> None:
    contact = await Contact.all().order_by("-id").first()
    assert contact is not None
    assert contact.name in ("Ann Lee", "Anne Leroy")
    assert (await Company.get(id=contact.company_id)).name == "Acme"
    assert contact.emails in (["ann@acme.example"], ["anne@acme.example"])
    assert contact.phones == ["+33612345678"]
    assert contact.name in seen


async def _deal_new(seen: Seen) -> None:
    deal = await Deal.all().order_by("-id").first()
    assert deal is not None
    assert deal.name in ("Acme Upgrade", "Acme Extension")
    assert (deal.amount, deal.expected_close) == (1_200_000, date(2026, 11, 30))
    assert deal.currency == {"Acme Upgrade": "USD", "Acme Extension": "EUR"}[deal.name]
    assert (await Company.get(id=deal.company_id)).name == "Acme"
    assert deal.reference in seen


async def _deal(seen: Seen) -> None:
    assert "D-142 Acme Renewal" in seen and "Jane Doe" in seen
    assert "12,000" in seen or "12 000" in seen


async def _move(seen: Seen) -> None:
    change = await Change.filter(kind="deal").order_by("-id").first()
    assert change is not None
    deal = await Deal.get(id=change.record_id)
    assert (await Stage.get(id=deal.stage_id)).name == "Negotiation"
    assert deal.reference in seen and "→" in seen


async def _remind(seen: Seen) -> None:
    reminder = await Reminder.get()
    assert reminder.wall == "2026-10-15T10:00"
    assert reminder.due_at in (datetime(2026, 10, 15, 14, tzinfo=UTC), datetime(2026, 10, 15, 8, tzinfo=UTC))
    assert (await Deal.get(id=reminder.deal_id)).number == 142
    assert (await Contact.get(id=reminder.contact_id)).name == "Jane Doe"
    assert "⏰" in seen


async def _today(seen: Seen) -> None:
    assert (await Reminder.get()).text in seen


async def _done(seen: Seen) -> None:
    reminder = await Reminder.get()
    assert reminder.state is ReminderState.DONE
    assert reminder.text in seen


async def _snooze(seen: Seen) -> None:
    reminder = await Reminder.get()
    assert (reminder.state, reminder.wall, reminder.snoozes) == (ReminderState.OPEN, "2026-10-16T09:00", 1)
    assert reminder.text in seen


async def _undo(seen: Seen) -> None:
    assert (await Reminder.get()).deleted_at is not None
    assert "↩" in seen


async def _history(seen: Seen) -> None:
    assert "D-142 Acme Renewal" in seen
    assert "Léa Martin" in seen


async def _link(seen: Seen) -> None:
    assert await Invitation.all().count() == 1
    assert "link " in seen and "/start " in seen


async def _help(seen: Seen) -> None:
    assert "call <" in seen or "appel <" in seen
    assert example("call", "en") in seen or example("call", "fr") in seen


async def _about(seen: Seen) -> None:
    assert all(word in seen for word in ("Parley", "Affero", "source"))


# What each command promises; a new one has to say its own here.
PROMISED: dict[str, Kept] = {
    "call": _call,
    "note": _note,
    "find": _find,
    "who": _who,
    "contact_new": _contact_new,
    "deal_new": _deal_new,
    "deal": _deal,
    "move": _move,
    "remind": _remind,
    "today": _today,
    "done": _done,
    "snooze": _snooze,
    "undo": _undo,
    "history": _history,
    "link": _link,
    "help": _help,
    "about": _about,
}
# The way out of a question has none: there is nothing to show where none is open.
WITHOUT = {"cancel"}


@pytest.mark.parametrize("language", [entry.tag for entry in languages()])
@pytest.mark.parametrize("name", sorted(name for name in REGISTER if not REGISTER[name].hidden))
async def test_the_example_does_what_its_command_says(database_url: str, name: str, language: str) -> None:
    """Said in the demo by who speaks that language: no question, no refusal, and the rows that it names."""
    line, speaker = example(name, language), SPEAKERS[language]
    assert bool(line) is (name not in WITHOUT)
    if not line:
        return
    async with conversation(database_url) as talk:
        await _prepare(talk, name, language)
        seen = await talk.says(speaker, line)
        answered = await Incoming.all().order_by("-id").first()
        assert answered is not None
        assert (answered.state, answered.command, answered.outcome) == ("done", name, "ok"), seen.text
        focus = await Focus.get(address=f"{speaker}@parley.example")
        assert focus.question is None, seen.text
        await PROMISED[name](seen)


async def _prepare(talk: Conversation, name: str, language: str) -> None:
    speaker = SPEAKERS[language]
    if name in ("today", "done", "snooze", "undo"):
        await talk.says(speaker, REMINDED[language])
    if name in ("done", "snooze"):
        await talk.says(speaker, LISTED[language])


@pytest.mark.parametrize("language", [entry.tag for entry in languages()])
async def test_help_shows_the_example_that_was_tried(sqlite_url: str, language: str) -> None:
    """For each command, verbs of two words too, in the member's language, word by word."""
    async with conversation(sqlite_url) as talk:
        for name in PROMISED:
            verb = next(entry for entry in languages() if entry.tag == language).verbs[name][0]
            asked = {"en": f"help {verb}", "fr": f"aide {verb}"}[language]
            assert example(name, language) in await talk.says(SPEAKERS[language], asked), name
