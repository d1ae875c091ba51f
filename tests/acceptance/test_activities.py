"""Touches: calls, meetings, e-mails, tasks; what was, what is planned, and what has to be asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.activity import Activity, ActivityKind, ActivityStatus
from models.contact import Contact
from models.lead import Lead
from models.reminder import Reminder, ReminderState
from tests.driver import conversation

LOGGED = {
    ("marc", ActivityKind.MEETING): "✅ Meeting logged",
    ("marc", ActivityKind.EMAIL): "✅ E-mail logged",
    ("lea", ActivityKind.MEETING): "✅ Rendez-vous enregistré",
    ("lea", ActivityKind.EMAIL): "✅ E-mail enregistré",
}
THURSDAY_IN_PARIS = datetime(2026, 10, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "line", "kind", "notes"),
    [
        ("marc", "meeting Jane Roy 45m: budget approved", ActivityKind.MEETING, "budget approved"),
        ("marc", "email Jane Roy: sent the quote", ActivityKind.EMAIL, "sent the quote"),
        ("lea", "rdv Luc 1h : visite du site", ActivityKind.MEETING, "visite du site"),
        ("lea", "mail à Luc : devis envoyé", ActivityKind.EMAIL, "devis envoyé"),
    ],
)
async def test_what_happened_is_logged(
    database_url: str, name: str, line: str, kind: ActivityKind, notes: str
) -> None:
    """Each kind by its verb, in both languages, with its note, on the person."""
    async with conversation(database_url) as talk:
        seen = await talk.says(name, line)
        assert LOGGED[name, kind] in seen
        touch = await Activity.get()
        assert (touch.kind, touch.status, touch.notes) == (kind, ActivityStatus.DONE, notes)
        assert (await Contact.get(id=touch.contact_id)).number in (15, 31)


@pytest.mark.parametrize(
    ("line", "outcome", "notes"),
    [
        ("call Omar 2m left voicemail", "Left voicemail", ""),
        ("call Omar: no answer, try again next week", "No answer", "try again next week"),
        ("call Omar pas joignable", "No answer", ""),
        ("appel Omar, répondeur", "Left voicemail", ""),
        ("call Omar 5m: no answer about the budget yet", "", "no answer about the budget yet"),
    ],
)
async def test_an_outcome_is_read(database_url: str, line: str, outcome: str, notes: str) -> None:
    """Where a clause is nothing else, in both languages; among other words it stays in the note."""
    async with conversation(database_url) as talk:
        await talk.says("marc", line)
        touch = await Activity.get()
        assert (touch.outcome, touch.notes) == (outcome, notes)


async def test_an_outcome_is_shown_in_the_reader_s_words(database_url: str) -> None:
    """On the receipt and on the card, whatever language it was said in."""
    async with conversation(database_url) as talk:
        assert "Left voicemail" in await talk.says("marc", "call Omar 2m répondeur")
        assert "Message laissé" in await talk.says("lea", "qui omar")


@pytest.mark.parametrize(
    ("line", "direction"),
    [
        ("call from Jane Roy 10m", "in"),
        ("call incoming Jane Roy 10m", "in"),
        ("call Jane Roy 10m, outgoing", "out"),
        ("mail de Jane Roy : accepte", "in"),
        ("email to Jane Roy: the quote is sent", "out"),
        ("call Jane Roy 10m", ""),
    ],
)
async def test_who_began_is_read(database_url: str, line: str, direction: str) -> None:
    """From the word before the name, or a clause of its own."""
    async with conversation(database_url) as talk:
        await talk.says("marc", line)
        touch = await Activity.get()
        assert touch.direction == direction
        assert (await Contact.get(id=touch.contact_id)).name == "Jane Roy"


async def test_a_time_ahead_plans_it(database_url: str) -> None:
    """The meeting is planned and rings; finishing what rings finishes it, undo opens both again."""
    async with conversation(database_url) as talk:
        seen = await talk.says("lea", "rdv Luc demain 14h")
        assert "⏰ Rendez-vous prévu · Luc Moreau (Acme) · jeu. 15 oct. 14:00" in seen
        planned = await Activity.get()
        assert (planned.status, planned.at) == (ActivityStatus.PLANNED, THURSDAY_IN_PARIS)
        assert (await Reminder.get()).due_at == THURSDAY_IN_PARIS
        pushed = await talk.time.passes(timedelta(days=1))
        assert "» ⏰ Rendez-vous avec Luc Moreau" in pushed
        done = await talk.presses("lea", pushed, "Fait")
        assert (await Activity.get()).status is ActivityStatus.DONE
        await talk.presses("lea", done, "Annuler")
        assert (await Activity.get()).status is ActivityStatus.PLANNED
        assert (await Reminder.get()).state is ReminderState.OPEN


async def test_done_early_it_happened_then(database_url: str) -> None:
    """What is finished before its time has happened when it was finished."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "meeting Omar tomorrow 10am")
        await talk.says("marc", "done")
        touch = await Activity.get()
        assert (touch.status, touch.at) == (ActivityStatus.DONE, talk.clock.now())


async def test_another_follow_up_finishes_nothing(database_url: str) -> None:
    """Only the follow-up that was set with the planned call finishes it."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "call Omar tomorrow 10am")
        await talk.says("marc", "remind write to Omar tomorrow 10am")
        await talk.says("marc", "done write")
        assert (await Activity.get()).status is ActivityStatus.PLANNED


async def test_a_bare_weekday_with_nothing_told_is_asked_about(database_url: str) -> None:
    """It may have been or be to come; a press plans it, or logs it."""
    async with conversation(database_url) as talk:
        asked = await talk.says("lea", "rdv Luc jeudi 14h")
        assert "Quel jour ?" in asked
        assert not await Activity.exists()
        await talk.presses("lea", asked, "Prévoir jeu. 15 oct. 14:00")
        assert (await Activity.get()).status is ActivityStatus.PLANNED
        asked = await talk.says("marc", "call Omar Monday")
        await talk.presses("marc", asked, "It was Mon, Oct 12, 9:00 AM")
        call = await Activity.get(kind=ActivityKind.CALL)
        assert (call.status, call.at) == (ActivityStatus.DONE, datetime(2026, 10, 12, 13, tzinfo=UTC))


@pytest.mark.parametrize(
    "line", ["call Omar Monday 20m", "call Omar Monday: wants a demo", "call Omar Monday no answer"]
)
async def test_a_bare_weekday_with_something_told_was(database_url: str, line: str) -> None:
    """A length, a note or an outcome says that it happened."""
    async with conversation(database_url) as talk:
        assert "Call logged" in await talk.says("marc", line)
        assert (await Activity.get()).at == datetime(2026, 10, 12, 13, tzinfo=UTC)


async def test_an_hour_still_to_come_today_is_asked_about(database_url: str) -> None:
    """Said in the morning, three in the afternoon is later today or was yesterday; nine o'clock was."""
    async with conversation(database_url) as talk:
        asked = await talk.says("marc", "meeting with Omar at 3pm")
        assert not await Activity.exists()
        await talk.presses("marc", asked, "Plan Wed, Oct 14, 3:00 PM")
        assert (await Activity.get()).at == datetime(2026, 10, 14, 19, tzinfo=UTC)
        assert "Meeting logged · Omar Haddad (Initech) · Wed, Oct 14, 9:00 AM" in await talk.says(
            "marc", "meeting Omar 9am"
        )
        assert "Tue, Oct 13, 3:00 PM" in await talk.says("marc", "call Omar 3pm 20m")


async def test_planned_says_so(database_url: str) -> None:
    """The word makes a weekday one to come; without a time that is asked for."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "rdv Luc jeudi 14h prévu : signer le contrat")
        planned = await Activity.get()
        assert (planned.status, planned.at, planned.notes) == (
            ActivityStatus.PLANNED,
            THURSDAY_IN_PARIS,
            "signer le contrat",
        )
        assert "When?" in await talk.says("marc", "meeting Omar planned")
        await talk.says("marc", "next monday 9am")
        meeting = await Activity.get(owner_id=3)
        assert (meeting.status, meeting.at) == (
            ActivityStatus.PLANNED,
            datetime(2026, 10, 19, 13, tzinfo=UTC),
        )


async def test_a_task_is_planned_and_rings(database_url: str) -> None:
    """A task is a follow-up and a planned activity, both done at once; a reminder alone is no activity."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "tâche envoyer le devis à Jane Doe vendredi 9h #acme")
        task = await Activity.get()
        assert (task.kind, task.status, task.subject) == (
            ActivityKind.TASK,
            ActivityStatus.PLANNED,
            "envoyer le devis à Jane Doe",
        )
        await talk.says("lea", "fait")
        assert (await Activity.get()).status is ActivityStatus.DONE
        await talk.says("marc", "remind call Omar tomorrow")
        assert await Activity.all().count() == 1


async def test_a_lead_is_called_too(database_url: str) -> None:
    """The call and its follow-up hang on the lead."""
    async with conversation(database_url) as talk:
        assert "Paul Vidal (Vidal Traiteur)" in await talk.says(
            "lea", "appel Paul Vidal 10 min, relance jeudi 10h"
        )
        lead = await Lead.get(number=7)
        assert (await Activity.get()).lead_id == lead.id
        assert (await Reminder.get()).lead_id == lead.id
        assert "qui Paul" not in await talk.says("lea", "prospect L-7")


@pytest.mark.parametrize(
    "line", ["meeting Jane Roy thursday 2pm about the pilot", "meeting Jane Roy thursday 2pm: pilot"]
)
async def test_a_meeting_with_a_subject_may_be_still_to_come(database_url: str, line: str) -> None:
    """It is asked which day is meant, and the subject is kept."""
    async with conversation(database_url) as talk:
        asked = await talk.says("marc", line)
        assert "Which day is meant?" in asked
        assert "Meeting planned" in await talk.says("marc", "2")
        assert "pilot" in (await Activity.get()).notes


async def test_a_deal_moves_while_a_day_is_asked_for(database_url: str) -> None:
    """A command is none of the answers."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "meeting Jane Roy thursday 2pm")
        assert "Qualified → Proposal" in await talk.says("marc", "globex pilot > proposal")
        assert not await Activity.exists()
