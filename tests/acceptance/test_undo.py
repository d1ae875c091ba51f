"""Undo, where somebody else has changed the same thing since: it is refused, and the reason is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from tortoise.models import Model

from models.change import Change
from models.contact import Contact
from models.deal import Deal
from models.reminder import Reminder, ReminderState
from models.workspace import Visibility, Workspace
from tests.driver import Conversation, Seen, conversation
from tests.records import RECORDS


@dataclass(frozen=True, slots=True)
class Since:
    """What Marc said, and ``before``; what a colleague said ``then``; ``why`` his undo is refused."""

    done: str
    then: str
    before: Sequence[str] = ()
    colleague: str = "nora"
    why: str = "was changed since by Nora Keller"


BY_SAM = "was changed since by Sam Okafor"
IN_USE = "is in use by now"
WRITES = {
    "amount": Since("amount D-90 9k", "amount D-90 10k"),
    "close": Since("close D-90 Dec 15", "close D-90 Dec 16"),
    "probability": Since("probability D-90 60%", "probability D-90 70%"),
    "next step": Since("next step D-90 send the contract", "next step D-90 call them"),
    "move": Since("D-90 > proposal", "D-90 > negotiation"),
    "move with an amount": Since("D-90 > proposal 9k", "amount D-90 10k"),
    "won": Since("won D-90 9k", "D-90 > proposal"),
    "lost": Since("lost D-90 price", "D-90 > proposal"),
    "people of a deal": Since("deal D-90 with May Chen", "deal D-90 without May Chen"),
    "assign": Since("assign D-90 @sam", "assign D-90 @nora", colleague="sam", why=BY_SAM),
    "tag": Since("tag C-31 vip", "tag C-31 gold"),
    "untag": Since("untag C-31 vip", "tag C-31 gold", before=["tag C-31 vip"]),
    "field": Since("field C-31 city Lyon", "field C-31 city Paris"),
    "delete": Since("delete D-90", "restore D-90", colleague="sam", why=BY_SAM),
    "restore": Since("restore D-90", "delete D-90", before=["delete D-90"]),
    "new contact": Since("contact new Ann Lee", "field C-48 city Lyon"),
    "new contact, in use": Since("contact new Ann Lee", "call C-48 5m", why=IN_USE),
    "new company": Since("company new Bellecour @ Lyon", "field O-5 city Paris"),
    "new company, in use": Since(
        "company new Bellecour @ Lyon", "contact new Ann Lee @ Bellecour", why=IN_USE
    ),
    "new deal": Since("deal new Globex Upgrade 12k", "amount D-143 10k"),
    "new deal, in use": Since("deal new Globex Upgrade 12k", "note D-143 they agreed", why=IN_USE),
    "new lead": Since("lead new Ann Lee @ Bellecour", "field L-8 source event"),
    "new lead, in use": Since("lead new Ann Lee @ Bellecour", "call L-8 5m", why=IN_USE),
    "convert": Since("convert L-8 5k", "amount D-143 10k", before=["lead new Ann Lee @ Bellecour"]),
    "remind": Since("remind ring Omar tomorrow 10am", "done R-1", colleague="sam", why=BY_SAM),
    "snooze": Since(
        "snooze R-1 3h", "snooze R-1 5h", before=["remind ring Omar in 2h"], colleague="sam", why=BY_SAM
    ),
}


@pytest.mark.parametrize("name", WRITES)
async def test_what_somebody_changed_since_is_not_taken_back(database_url: str, name: str) -> None:
    """Whatever was written: who did it is told why not, and all stays as the colleague left it."""
    since = WRITES[name]
    async with conversation(database_url) as talk:
        for line in since.before:
            await _does(talk, "marc", line)
        receipt = await _does(talk, "marc", since.done)
        changed = await Change.all().count()
        await _does(talk, since.colleague, since.then)
        assert await Change.all().count() > changed
        before = await _rows()
        assert since.why in await talk.presses("marc", receipt, "Undo")
        assert await _rows() == before


async def _does(talk: Conversation, who: str, line: str) -> Seen:
    """Say a line, and confirm its card if it has one; returns the receipt."""
    seen = await talk.says(who, line)
    return await talk.presses(who, seen, "Confirm") if "] Confirm " in seen else seen


async def _rows() -> list[dict[str, object]]:
    models: tuple[type[Model], ...] = (*RECORDS.values(), Change)
    return [row for model in models for row in await model.all().order_by("id").values()]


async def test_the_reason_is_told_in_the_reader_s_language(sqlite_url: str) -> None:
    """Who changed it, and where to look."""
    async with conversation(sqlite_url) as talk:
        receipt = await talk.says("lea", "montant D-142 9k")
        await _does(talk, "nora", "amount D-142 10k")
        refused = await talk.presses("lea", receipt, "Annuler")
        assert "D-142" in refused and "Nora Keller" in refused and "historique D-142" in refused
        assert "was changed" not in refused


# -- what the author does not see any more ------------------------------------------------------------


async def _only_one_s_own() -> None:
    await Workspace.all().update(visibility=Visibility.OWN)


async def test_what_was_given_away_can_be_taken_back(database_url: str) -> None:
    """Though its new owner hides it; not once they have changed its owner again, and then nothing is told."""
    async with conversation(database_url) as talk:
        await _only_one_s_own()
        receipt = await _does(talk, "marc", "assign D-90 @sam")
        assert "There is no D-90" in await talk.says("marc", "deal D-90")
        assert "D-90 Globex Pilot" in await talk.presses("marc", receipt, "Undo")
        assert "D-90 Globex Pilot" in await talk.says("marc", "deal D-90")
        receipt = await _does(talk, "marc", "assign D-90 @sam")
        await _does(talk, "sam", "assign D-90 @nora")
        refused = await talk.presses("marc", receipt, "Undo")
        assert refused.text.strip() == "There is nothing to undo."
        assert "There is no D-90" in await talk.says("marc", "deal D-90")


async def test_what_went_along_comes_back_and_is_not_told(database_url: str) -> None:
    """A colleague's hidden follow-up is called off with its deal, and rings again once that is undone."""
    async with conversation(database_url) as talk:
        await Deal.filter(number=90).update(owner_id=None)
        await talk.says("lea", "rappel aider Marc demain 10h #globex")
        await _only_one_s_own()
        gone = await _does(talk, "marc", "delete D-90")
        assert (await Reminder.get()).state is ReminderState.CANCELLED
        back = await talk.presses("marc", gone, "Undo")
        assert "D-90 Globex Pilot" in back
        assert "aider" not in gone.text + back.text and "R-1" not in gone.text + back.text
        assert (await Reminder.get()).state is ReminderState.OPEN
        assert "⏰ aider Marc" in await talk.time.passes(timedelta(days=2))


async def test_an_undone_merge_keeps_the_secrets_of_the_other_one(database_url: str) -> None:
    """The history of a record that is everyone's does not show what it had of one that is hidden again."""
    async with conversation(database_url) as talk:
        await Contact.filter(number=40).update(owner_id=None)
        await talk.says("marc", "field C-34 city Springfield")
        await _only_one_s_own()
        receipt = await _does(talk, "marc", "merge C-40 C-34")
        await talk.presses("marc", receipt, "Undo")
        told = await talk.says("lea", "historique C-40")
        assert "Springfield" not in told and "C-34" not in told and "may.chen" not in told
        assert "C-34" in await talk.says("marc", "history C-40")


async def test_an_older_value_leads_to_what_it_became(database_url: str) -> None:
    """A contact taken off a deal comes back as the one that it was merged into meanwhile."""
    async with conversation(database_url) as talk:
        left = await talk.says("marc", "deal D-90 without Jane Roy")
        await _does(talk, "nora", "merge C-34 C-31")
        assert "Undone" in await talk.presses("marc", left, "Undo")
        deal, may = await Deal.get(number=90), await Contact.get(number=34)
        assert await deal.contact_ids() == [may.id]
