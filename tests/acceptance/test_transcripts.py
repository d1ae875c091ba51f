"""A rep's afternoon: what is said, what is shown, and which rows stand afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from models.activity import Activity, ActivityKind
from models.approval import Approval
from models.change import Change
from models.contact import Contact
from models.deal import Deal, Stage
from models.member import Member
from models.messaging.inbox import Incoming
from models.messaging.outbox import OutboxState, Outgoing
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
        jane = await Reminder.get(text="appeler Jane").prefetch_related("deal", "contact")
        assert jane.deal is not None and jane.contact is not None
        assert (jane.deal.number, jane.contact.name) == (142, "Jane Doe")
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


async def test_a_due_reminder_says_what_it_is_about(database_url: str) -> None:
    """It is sent once, at its instant, with the last note; its buttons finish it, put it off, open it."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "appel Jane chez Acme 20 min : veut 50 licences, relance jeudi 10h")
        pushed = await talk.time.passes(timedelta(days=1))
        assert "Dernière note : veut 50 licences" in pushed.text.replace("\xa0", " ")
        assert pushed.button("Fait") and pushed.button("Reporter") and pushed.button("Ouvrir")
        [sent] = await Outgoing.filter(push=True)
        assert (sent.state, sent.address, sent.sent_at) == (
            OutboxState.SENT,
            "lea@parley.example",
            TEN_IN_PARIS,
        )
        assert sent.message_ref


async def test_what_was_done_asks_for_a_next_step_once(database_url: str) -> None:
    """The deal has no other follow-up left; the second press does not ask again."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "remind call Jane Roy in 2h #globex")
        pushed = await talk.time.passes(timedelta(hours=2))
        asked = await talk.presses("marc", pushed, "Done")
        talk.sees("✅ Done by Marc Ellis", "Next step?")
        assert "Next step?" not in await talk.presses("marc", pushed, "Done")
        await talk.presses("marc", asked, "Tomorrow")
        [next_one] = await Reminder.filter(state=ReminderState.OPEN).prefetch_related("deal")
        assert next_one.deal is not None
        assert (next_one.deal.number, next_one.wall) == (90, "2026-10-15T09:00")


async def test_a_picker_offers_somebody_new(database_url: str) -> None:
    """Neither Jane: a new contact is made under that name, and no call is logged."""
    async with conversation(database_url) as talk:
        asked = await talk.says("marc", "call Jane about pilot")
        await talk.presses("marc", asked, "New contact Jane")
        talk.sees("New contact", "Jane")
        assert not await Activity.exists()


async def test_a_reps_write_on_anothers_deal_is_a_request(database_url: str) -> None:
    """Its owner approves, changes or declines it; until then nothing is written."""
    async with conversation(database_url) as talk:
        refused = await talk.says("marc", "won D-142")
        talk.sees("D-142 belongs to Léa Martin.")
        assert refused.button("Cancel")
        await talk.presses("marc", refused, "Ask Léa Martin")
        pushed = await talk.time.passes(timedelta(minutes=1))
        assert pushed.button("Approuver") and pushed.button("Modifier") and pushed.button("Refuser")
        approval = await Approval.get().prefetch_related("asker", "owner")
        assert (approval.asker.name, approval.owner.name) == ("Marc Ellis", "Léa Martin")
        assert (await Deal.get(number=142)).closed_at is None
        assert not await Change.filter(member_id=approval.asker_id, at__gte=talk.clock.now()).exists()
        await talk.presses("lea", pushed, "Refuser")
        assert "Léa Martin declined: won D-142" in await talk.time.passes(timedelta(minutes=1))
        assert (await Deal.get(number=142)).closed_at is None


async def test_a_win_lists_what_was_still_to_do(database_url: str) -> None:
    """The card shows stage and amount before and after; once confirmed, open follow-ups can be called off."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "rappel appeler Jane demain 10h #acme")
        shown = await talk.says("lea", "/crm gagné D-142 14,5k")
        talk.sees("Étape Proposition → Gagné", "12 000 € → 14 500 €")
        assert shown.button("Confirmer") and shown.button("Modifier") and shown.button("Annuler")
        assert (await Deal.get(number=142)).closed_at is None
        won = await talk.presses("lea", shown, "Confirmer")
        talk.sees("🎉", "R-1", "appeler Jane")
        deal = await Deal.get(number=142)
        assert (deal.amount, deal.closed_at) == (1_450_000, talk.clock.now())
        assert (await Stage.get(id=deal.stage_id)).name == "Won"
        await talk.presses("lea", won, "Tout abandonner")
        assert (await Reminder.get()).state is ReminderState.CANCELLED
        assert "⏰" not in await talk.time.passes(timedelta(days=2))


async def test_a_slip_of_the_finger_is_read(database_url: str) -> None:
    """It is said as what it was read, and can be taken back."""
    async with conversation(database_url) as talk:
        logged = await talk.says("marc", "cal Jane Roy 10m ok")
        talk.sees("✅ Call logged", "read “cal” as “call”")
        call = await Activity.get().prefetch_related("contact")
        assert call.contact is not None
        assert (call.contact.name, call.duration, call.notes) == ("Jane Roy", 600, "ok")
        await talk.presses("marc", logged, "Undo")
        assert not await Activity.filter(deleted_at__isnull=True).exists()


async def test_an_unknown_word_says_what_is_known(database_url: str) -> None:
    """The record it may be about, and the line as a note: nothing typed is lost, nothing is written."""
    async with conversation(database_url) as talk:
        before = await Change.all().count()
        shown = await talk.says("marc", "quxx acme")
        talk.sees("I did not recognise a command, but I know Acme.")
        assert shown.button("Help")
        assert await Change.all().count() == before
        assert "O-1 Acme" in await talk.presses("marc", shown, "Show Acme")
        about = await talk.presses("marc", shown, "Save as note")
        await talk.presses("marc", about, "Acme")
        assert (await Activity.get()).notes == "quxx acme"


async def test_a_past_follow_up_may_have_been_a_call(database_url: str) -> None:
    """Nothing is set; it is logged at that time, of two Janes the one that is chosen, or set for tomorrow."""
    async with conversation(database_url) as talk:
        shown = await talk.says("marc", "remind Jane yesterday 5pm")
        talk.sees("That is in the past (Tue, Oct 13, 5:00")
        assert shown.button("Cancel")
        assert not await Reminder.exists()
        which = await talk.presses("marc", shown, "Log it as a call")
        await talk.presses("marc", which, "Jane Roy · Globex")
        assert (await Activity.get()).at == datetime(2026, 10, 13, 21, tzinfo=UTC)
        await talk.says("marc", "2")
        assert (await Reminder.get()).wall == "2026-10-15T17:00"


async def test_a_deal_changes_hands_with_its_follow_ups(database_url: str) -> None:
    """The card asks about them; both reps are told, and what was Marc's to do rings for Léa."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "remind send the quote tomorrow at 10 #globex")
        shown = await talk.says("nora", "/crm assign D-90 @Léa")
        talk.sees("Owner Marc Ellis → Léa Martin", "send the quote")
        assert shown.button("Without them") and shown.button("Cancel")
        await talk.presses("nora", shown, "Yes, with them")
        lea = await Member.get(email="lea@parley.example")
        assert (await Deal.get(number=90)).owner_id == (await Reminder.get()).member_id == lea.id
        told = (await talk.time.passes(timedelta(minutes=1))).text
        to_lea, to_marc = (
            told.split("→ lea@parley.example")[1],
            told.split("→ marc@parley.example")[1],
        )
        assert "Nora Keller vous a attribué D-90" in to_lea
        assert "Nora Keller gave D-90 Globex Pilot to Léa Martin" in to_marc
        await talk.time.passes(timedelta(days=2))
        rung = [row.address for row in await Outgoing.filter(push=True) if "send the quote" in row.body]
        assert set(rung) == {"lea@parley.example"}


async def test_a_manager_looks_at_a_reps_pipeline(database_url: str) -> None:
    """Ten rows, the totals of all of them, and the way on; who looked is known; a rep may not."""
    async with conversation(database_url) as talk:
        for number in range(12):
            await talk.says("marc", f"deal new Globex Site{number} {20 + number}k €")
        shown = await talk.says("nora", "/crm pipeline @marc > 10k")
        talk.sees("Pipeline · Marc Ellis", "13 deals", "€331,000")
        assert shown.text.count("D-") == 10
        assert (await talk.presses("nora", shown, "Next")).text.count("D-") == 3
        looked = await Incoming.filter(command="pipeline").order_by("id").first()
        assert looked is not None
        assert looked.member_id == (await Member.get(email="nora@parley.example")).id
        refused = await talk.says("marc", "pipeline @lea > 10k")
        assert "Only managers can view another rep's pipeline" in refused
        assert "D-" not in refused
