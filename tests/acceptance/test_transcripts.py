"""A rep's afternoon: what is said, what is shown, and which rows stand afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from models.activity import Activity, ActivityKind
from models.change import Change
from models.contact import Contact
from models.deal import Deal, Stage
from models.notification import Notification, NotificationState
from models.reminder import Reminder, ReminderState
from tests.driver import conversation

TEN_IN_PARIS = datetime(2026, 10, 15, 8, tzinfo=UTC)
TEN_IN_NEW_YORK = datetime(2026, 10, 15, 14, tzinfo=UTC)


async def test_a_call_in_french_with_its_follow_up(database_url: str) -> None:
    """One line stores the call, its length, its note, and a reminder that comes back with that note."""
    line = "appel Jane chez Acme 20 min : veut 50 licences, relance jeudi 10h"
    async with conversation(database_url) as talk:
        await talk.says("lea", line)
        talk.sees("Appel enregistré", "jeu. 15 oct. 10:00")
        call = await Activity.get(kind=ActivityKind.CALL)
        contact = await Contact.get(id=call.contact_id)
        assert (contact.name, call.duration, call.notes) == ("Jane Doe", 1200, "veut 50 licences")
        assert (await Reminder.get()).due_at == TEN_IN_PARIS
        await talk.time.passes(timedelta(days=1))
        talk.sees("» ⏰ Relancer Jane Doe", "veut 50 licences")


async def test_two_janes_are_asked_about(database_url: str) -> None:
    """Nothing is written until one is chosen; that links her only open deal and asks for a next step."""
    async with conversation(database_url) as talk:
        asked = await talk.says("marc", "call Jane about pilot")
        talk.sees("Which Jane?")
        assert not await Activity.exists()
        await talk.presses("marc", asked, "Jane Roy · Globex")
        talk.sees("linked to D-90", "Next step?")
        call = await Activity.get()
        assert (call.notes, (await Deal.get(id=call.deal_id)).number) == ("about pilot", 90)
        await talk.presses("marc", asked, "Jane Doe · Acme")
        talk.sees("Already done")
        assert await Activity.all().count() == 1


async def test_a_reminder_rings_in_its_own_zone(database_url: str) -> None:
    """Ten o'clock is ten in New York for Marc, and ten in Paris for Léa."""
    async with conversation(database_url) as talk:
        marc = await talk.says("marc", "remind call Jane Roy tomorrow at 10 #globex")
        await talk.says("lea", "rappel appeler Jane demain 10h #acme")
        assert "10:00 AM (New York)" in marc
        assert "D-90" in marc
        talk.sees("jeu. 15 oct. 10:00")
        dues = await Reminder.all().order_by("id").values_list("due_at", flat=True)
        assert list(dues) == [TEN_IN_NEW_YORK, TEN_IN_PARIS]


async def test_a_move_with_an_amount_is_taken_back_once(database_url: str) -> None:
    """Stage and amount change together, undo restores both, and a second undo says that it was done."""
    async with conversation(database_url) as talk:
        moved = await talk.says("lea", "acme renewal > négociation 15k")
        talk.sees("Étape Proposition → Négociation")
        deal = await Deal.get(number=142)
        assert ((await Stage.get(id=deal.stage_id)).name, deal.amount) == ("Negotiation", 1_500_000)
        await talk.presses("lea", moved, "Annuler")
        talk.sees("Annulé (15:30)")
        deal = await Deal.get(number=142)
        assert ((await Stage.get(id=deal.stage_id)).name, deal.amount) == ("Proposal", 1_200_000)
        assert "Déjà fait" in await talk.presses("lea", moved, "Annuler")
        assert await Change.filter(undo_of__isnull=False).count() == 1


async def test_undo_stops_where_something_newer_stands(database_url: str) -> None:
    """An old receipt does not overwrite what somebody did since, and says who that was."""
    async with conversation(database_url) as talk:
        moved = await talk.says("lea", "acme renewal > négociation")
        shown = await talk.says("nora", "D-142 > qualified")
        await talk.presses("nora", shown, "Confirm")
        await talk.presses("lea", moved, "Annuler")
        talk.sees("Nora Keller")
        deal = await Deal.get(number=142)
        assert (await Stage.get(id=deal.stage_id)).name == "Qualified"


async def test_done_is_done_once(database_url: str) -> None:
    """The second press meets what the first one did, and nothing rings any more."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "remind send the quote to Jane Roy in 2h")
        pushed = await talk.time.passes(timedelta(hours=3))
        talk.sees("» ⏰ send the quote to Jane Roy")
        assert "✅ Done by Marc Ellis" in await talk.presses("marc", pushed, "Done")
        assert "Already done" in await talk.presses("marc", pushed, "Done")
        assert (await Reminder.get()).state is ReminderState.DONE
        assert not await Notification.exists(state=NotificationState.WAITING)
        assert "⏰" not in await talk.time.passes(timedelta(days=2))


async def test_snoozing_moves_the_push(database_url: str) -> None:
    """It rings at the new time, once."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "rappel appeler Luc dans 1h")
        pushed = await talk.time.passes(timedelta(hours=2))
        await talk.presses("lea", pushed, "Reporter")
        talk.sees("Quand ?")
        await talk.says("lea", "lundi 9h")
        assert (await Reminder.get()).due_at == datetime(2026, 10, 19, 7, tzinfo=UTC)
        later = await talk.time.passes(timedelta(days=6))
        assert later.text.count("⏰ appeler Luc") == 1


async def test_a_twin_is_shown_before_it_is_created(database_url: str) -> None:
    """Somebody with a known name is added only if told to."""
    async with conversation(database_url) as talk:
        shown = await talk.says("marc", "contact new Jane Doe @ Globex")
        talk.sees("is it the same person?")
        assert await Contact.filter(name="Jane Doe").count() == 1
        await talk.presses("marc", shown, "Add all the same")
        assert await Contact.filter(name="Jane Doe").count() == 2


async def test_a_win_is_confirmed_first(database_url: str) -> None:
    """The difference is shown, and only Confirm writes."""
    async with conversation(database_url) as talk:
        shown = await talk.says("marc", "globex pilot > won 9k")
        talk.sees("Stage Qualified → Won")
        assert (await Deal.get(number=90)).closed_at is None
        await talk.presses("marc", shown, "Confirm")
        deal = await Deal.get(number=90)
        assert (deal.amount, deal.closed_at) == (900_000, talk.clock.now())


async def test_a_receipt_is_corrected_by_a_whole_line(database_url: str) -> None:
    """Edit replaces what was written: the old entry is taken back, the new one stands."""
    async with conversation(database_url) as talk:
        logged = await talk.says("marc", "call Omar 20m")
        await talk.presses("marc", logged, "Edit")
        await talk.says("marc", "call Omar 30m wants a rollout plan")
        live = await Activity.get(deleted_at=None)
        assert (live.duration, live.notes) == (1800, "wants a rollout plan")


async def test_a_date_on_a_day_off_is_asked_about(database_url: str) -> None:
    """3/4 is a Saturday in April for Léa: the next working day, that day, or the other order of 3 and 4."""
    async with conversation(database_url) as talk:
        asked = await talk.says("lea", "rappel relancer Globex 3/4")
        talk.sees("sam. 3 avr. 2027")
        assert not await Reminder.exists()
        await talk.presses("lea", asked, "jeu. 4 mars 2027 09:00")
        assert (await Reminder.get()).wall == "2027-03-04T09:00"
