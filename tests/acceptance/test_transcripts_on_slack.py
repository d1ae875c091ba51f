"""An afternoon on Slack, Wednesday 14 October 2026, 15:30 in Paris: what is said, pressed and shown there.

Léa is a rep and reads French, Nora leads her, Marc works for Nora too and sits in New York.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot import demo
from models.activity import Activity, ActivityKind
from models.change import Change
from models.contact import Contact
from models.deal import Deal, Stage
from models.member import Member
from models.messaging.inbox import Incoming
from models.reminder import Reminder
from tests.acceptance import on_slack
from tests.acceptance.live import LEA, MARC, NORA, eventually, nothing_waits
from tests.acceptance.on_slack import Scene
from tests.emulators.slack import Shown

TEN_IN_PARIS = datetime(2026, 10, 15, 8, tzinfo=UTC)


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    """On that afternoon."""
    async with on_slack.workspace(database_url, at=demo.NOW) as opened:
        yield opened


def plain(shown: Shown) -> str:
    """What is read, with ordinary spaces."""
    return re.sub(r"[^\S\n]+", " ", shown.seen)


def labels(shown: Shown) -> set[str]:
    return {button.label for button in shown.buttons}


async def stage_of(deal: Deal) -> str:
    return (await Stage.get(id=deal.stage_id)).name


async def test_a_call_in_french_with_its_follow_up(scene: Scene) -> None:
    """One line stores the call and its reminder; on Thursday at ten it rings with the last note."""
    async with scene.served() as app:
        lea = await scene.joined(app, LEA, "Léa")
        lea.says("appel Jane chez Acme 20 min : veut 50 licences, relance jeudi 10h")
        receipt = await lea.waits_for("Appel enregistré")
        assert "✅ Appel enregistré · Jane Doe (Acme) · 20 min" in plain(receipt)
        assert "→ ⏰ Relance jeu. 15 oct. 10:00" in plain(receipt)
        assert {"Annuler", "Modifier", "Ouvrir"} <= labels(receipt)
        call = await Activity.get(kind=ActivityKind.CALL)
        contact = await Contact.get(id=call.contact_id)
        assert (contact.name, call.duration, call.notes) == ("Jane Doe", 1200, "veut 50 licences")
        assert (await Reminder.get()).due_at == TEN_IN_PARIS
        scene.clock.advance_to(TEN_IN_PARIS)
        rung = await lea.waits_for("Dernière note")
        assert "veut 50 licences" in rung.seen
        assert {"Fait", "Reporter", "Ouvrir"} <= labels(rung)


async def test_tomorrow_at_ten_is_ten(scene: Scene) -> None:
    """A reminder in French: the day and the hour are said back, the deal is found by its name."""
    async with scene.served() as app:
        lea = await scene.joined(app, LEA, "Léa")
        lea.says("rappel appeler Jane demain 10h #acme")
        assert "⏰ jeu. 15 oct. 10:00" in plain(await lea.waits_for("appeler Jane"))
        [posted] = [entry for entry in scene.slack.ledger if "appeler Jane" in entry.text]
        assert f"<!date^{int(TEN_IN_PARIS.timestamp())}^" in posted.blocks[0]["text"]["text"]
        reminder = await Reminder.get().prefetch_related("deal")
        assert reminder.deal is not None
        assert (reminder.due_at, reminder.deal.number) == (TEN_IN_PARIS, 142)


async def test_a_move_with_an_amount_is_taken_back_once(scene: Scene) -> None:
    """By /crm: the receipt is edited where it stands, and a second press meets what the first one did."""
    async with scene.served() as app:
        lea = await scene.joined(app, LEA, "Léa")
        lea.commands("/crm", "acme > négociation 15k")
        moved = await lea.waits_for("Étape Proposition → Négociation")
        assert "12 000 € → 15 000 €" in plain(moved)
        deal = await Deal.get(number=142)
        assert (await stage_of(deal), deal.amount) == ("Negotiation", 1_500_000)
        lea.presses(moved, "Annuler")
        undone = await lea.waits_for("Annulé (15:30)")
        assert undone.ts == moved.ts
        deal = await Deal.get(number=142)
        assert (await stage_of(deal), deal.amount) == ("Proposal", 1_200_000)
        lea.presses(moved, "Annuler")
        await lea.waits_for("Déjà")
        assert await Change.filter(undo_of__isnull=False).count() == 1


async def test_an_old_receipt_undoes_nothing_newer(scene: Scene) -> None:
    """What Nora changed since stands, and Léa is told whose change it is."""
    async with scene.served() as app:
        lea, nora = await scene.joined(app, LEA, "Léa"), await scene.joined(app, NORA, "Nora")
        lea.says("acme renewal > négociation")
        moved = await lea.waits_for("Étape Proposition → Négociation")
        nora.says("D-142 > qualified")
        nora.presses(await nora.waits_for("Confirm"), "Confirm")
        await nora.waits_for("Qualified")
        await nothing_waits()
        lea.presses(moved, "Annuler")
        await lea.waits_for("Nora Keller")
        assert await stage_of(await Deal.get(number=142)) == "Qualified"


async def test_a_win_is_confirmed_and_lists_what_was_still_to_do(scene: Scene) -> None:
    """Nothing is written before Confirm; the card becomes the news in its place."""
    async with scene.served() as app:
        lea = await scene.joined(app, LEA, "Léa")
        lea.says("rappel appeler Jane demain 10h #acme")
        await lea.waits_for("appeler Jane")
        lea.commands("/crm", "gagné D-142 14,5k")
        card = await lea.waits_for("Étape Proposition → Gagné")
        assert "12 000 € → 14 500 €" in plain(card)
        assert {"Confirmer", "Modifier", "Annuler"} <= labels(card)
        assert (await Deal.get(number=142)).closed_at is None
        lea.presses(card, "Confirmer")
        won = await lea.waits_for("🎉")
        assert won.ts == card.ts
        assert "appeler Jane" in won.seen
        deal = await Deal.get(number=142)
        assert (await stage_of(deal), deal.amount) == ("Won", 1_450_000)
        assert deal.closed_at == scene.clock.now()


async def test_an_event_that_comes_three_times_is_one_call(scene: Scene) -> None:
    """Slack's retries find it in the inbox: one receipt, one activity, one reminder."""
    async with scene.served() as app:
        lea = await scene.joined(app, LEA, "Léa")
        said = lea.says("appel Jane chez Acme 20 min : veut 50 licences, relance jeudi 10h")
        for attempt in (1, 2):
            scene.slack.redeliver(said, retry_attempt=attempt)
        await lea.waits_for("Appel enregistré")
        await scene.slack.settled()
        await nothing_waits()
        assert sum("Appel enregistré" in seen for seen in lea.sees()) == 1
        assert (await Activity.all().count(), await Reminder.all().count()) == (1, 1)


async def test_a_colleagues_message_is_logged_from_its_menu(scene: Scene) -> None:
    """A form with the message in it, a picker of records; the note has author and link, it a tick."""
    async with scene.served() as app:
        lea, nora = await scene.joined(app, LEA, "Léa"), await scene.joined(app, NORA, "Nora")
        sales = scene.slack.channel("sales", [lea, nora])
        ts = nora.says("Acme signe vendredi", sales)
        lea.shortcut("log_message", ts)
        form = await lea.screens.form("Noter dans le CRM")
        assert len(form.title) <= 24
        assert "Acme signe vendredi" in form.values["notes"]
        await lea.screens.searches(form, "record", "acme ren")
        lea.screens.picks(form, "record", "D-142 Acme Renewal")
        lea.screens.submits(form)
        await lea.waits_for("D-142 Acme Renewal")
        note = await Activity.get(kind=ActivityKind.NOTE)
        assert "Nora Keller" in note.notes
        assert f"slack.com/archives/{sales.id}/p{ts.replace('.', '')}" in note.notes
        await scene.slack.until(lambda: any(entry.kind == "reacted" for entry in scene.slack.ledger))


async def test_a_manager_looks_at_a_reps_pipeline(scene: Scene) -> None:
    """To her alone: ten rows, the totals, the way on; who looked is known, and a rep may not."""
    async with scene.served() as app:
        nora, marc = await scene.joined(app, NORA, "Nora"), await scene.joined(app, MARC)
        for number in range(12):
            marc.says(f"deal new Globex Site{number} {20 + number}k €")
            await marc.waits_for(f"Site{number}")
        sales = scene.slack.channel("sales", [nora, marc])
        nora.commands("/crm", "pipeline @marc > 10k", sales)
        shown = await nora.waits_for("Pipeline · Marc Ellis")
        assert shown.private
        assert "€331,000" in shown.seen
        assert shown.seen.count("D-") == 10
        nora.presses(shown, "Next")
        assert (await nora.waits_for("D-")).seen.count("D-") == 3
        looked = await Incoming.filter(command="pipeline").order_by("id").first()
        assert looked is not None
        assert looked.member_id == (await Member.get(email=NORA)).id
        marc.commands("/crm", "pipeline @lea > 10k", sales)
        refused = await marc.waits_for("Only managers can view another rep's pipeline")
        assert refused.private


async def test_a_deal_changes_hands(scene: Scene) -> None:
    """A card asks about the follow-ups; both reps are told in direct messages, each in their language."""
    async with scene.served() as app:
        nora, marc = await scene.joined(app, NORA, "Nora"), await scene.joined(app, MARC)
        lea = await scene.joined(app, LEA, "Léa")
        marc.says("remind send the quote tomorrow at 10 #globex")
        await marc.waits_for("send the quote")
        nora.commands("/crm", "assign D-90 @Léa")
        card = await nora.waits_for("Owner Marc Ellis → Léa Martin")
        assert "send the quote" in card.seen
        assert {"Yes, with them", "Without them"} <= labels(card)
        nora.presses(card, "Yes, with them")
        await eventually(Deal.filter(number=90, owner__email=LEA).exists)
        scene.clock.advance_to(scene.clock.now() + timedelta(minutes=1))
        await lea.waits_for("Nora Keller vous a attribué D-90", channel=lea.dm)
        await marc.waits_for("Nora Keller gave D-90 Globex Pilot to Léa Martin", channel=marc.dm)
        assert (await Reminder.get()).member_id == (await Member.get(email=LEA)).id
