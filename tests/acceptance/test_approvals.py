"""A rep's write on another's record: a request to its owner, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.approval import Approval, ApprovalState
from models.change import Change
from models.deal import Deal, Stage
from models.member import Member
from models.notification import Notification, NotificationState
from models.workspace import Visibility, Workspace
from tests.driver import Conversation, Seen, conversation

SOON = timedelta(minutes=1)


async def _stage(number: int) -> str:
    return (await Stage.get(id=(await Deal.get(number=number)).stage_id)).name


async def _asked(talk: Conversation, line: str = "won D-142") -> Seen:
    """Marc asks Léa; returns what Léa is shown."""
    refused = await talk.says("marc", line)
    assert "D-142 belongs to Léa Martin." in refused
    asked = await talk.presses("marc", refused, "Ask Léa Martin")
    assert "Asked Léa Martin" in asked
    return await talk.time.passes(SOON)


async def test_a_win_of_another_is_a_request(database_url: str) -> None:
    """Nothing is written but the request, and the owner is told at once, with three buttons."""
    async with conversation(database_url) as talk:
        before = await Change.all().count()
        pushed = await _asked(talk)
        assert "Marc Ellis demande : won D-142" in pushed.text.replace("\xa0", " ")
        assert "D-142 Acme Renewal" in pushed
        for label in ("Approuver", "Modifier", "Refuser"):
            assert pushed.button(label)
        approval = await Approval.get()
        assert (approval.state, approval.command) == (ApprovalState.OPEN, "won")
        assert (await Deal.get(number=142)).closed_at is None
        assert await Change.all().count() == before


async def test_an_approved_request_is_done(database_url: str) -> None:
    """In the owner's name, without a second card; the asker is told, and the owner can take it back."""
    async with conversation(database_url) as talk:
        pushed = await _asked(talk, "won D-142 14.5k")
        done = await talk.presses("lea", pushed, "Approuver")
        assert "🎉" in done
        deal = await Deal.get(number=142)
        assert (await _stage(142), deal.amount) == ("Won", 1_450_000)
        change = await Change.filter(kind="deal", record_id=deal.id).order_by("-id").first()
        assert change is not None
        assert change.member_id == (await Member.get(email="lea@parley.example")).id
        assert "✅ Léa Martin approved: won D-142 14.5k" in await talk.time.passes(SOON)
        await talk.says("lea", "annuler")
        assert await _stage(142) == "Proposal"


async def test_a_declined_request_changes_nothing(database_url: str) -> None:
    """The asker is told; a second decision meets the first one."""
    async with conversation(database_url) as talk:
        pushed = await _asked(talk)
        assert "Refusé" in await talk.presses("lea", pushed, "Refuser")
        assert await _stage(142) == "Proposal"
        assert "Léa Martin declined: won D-142" in await talk.time.passes(SOON)
        assert "Déjà fait" in await talk.presses("lea", pushed, "Approuver")
        assert await _stage(142) == "Proposal"
        assert not await Notification.exists(state=NotificationState.WAITING)


async def test_a_request_is_done_differently(database_url: str) -> None:
    """The owner's own line is answered as ever, with its card; the asker is told that line."""
    async with conversation(database_url) as talk:
        pushed = await _asked(talk)
        assert "la ligne entière" in await talk.presses("lea", pushed, "Modifier")
        card = await talk.says("lea", "gagné D-142 13k")
        assert await _stage(142) == "Proposal"
        told = await talk.time.passes(SOON)
        assert "Léa Martin does it differently: gagné D-142 13k" in told
        await talk.presses("lea", card, "Confirmer")
        assert (await _stage(142), (await Deal.get(number=142)).amount) == ("Won", 1_300_000)
        assert (await Approval.get()).state is ApprovalState.AMENDED


async def test_a_loss_is_asked_with_its_reason(database_url: str) -> None:
    """What is missing is asked of who asks, not of the owner."""
    async with conversation(database_url) as talk:
        asked = await talk.says("marc", "lost D-142")
        assert "Why was it lost?" in asked
        refused = await talk.presses("marc", asked, "Price")
        await talk.presses("marc", refused, "Ask Léa Martin")
        pushed = await talk.time.passes(SOON)
        await talk.presses("lea", pushed, "Approuver")
        assert (await Deal.get(number=142)).lost_reason == "Price"


@pytest.mark.parametrize("line", ["approve", "approuver"])
async def test_the_only_request_is_decided_by_a_word(database_url: str, line: str) -> None:
    """Typed instead of pressed; without a request there is nothing to decide."""
    async with conversation(database_url) as talk:
        await _asked(talk, "amount D-142 15k")
        await talk.says("lea", line)
        assert (await Deal.get(number=142)).amount == 1_500_000
        await talk.says("lea", line)
        assert (await Deal.get(number=142)).amount == 1_500_000


async def test_nobody_else_decides(database_url: str) -> None:
    """Neither who asked nor a colleague; who leads the owner may."""
    async with conversation(database_url) as talk:
        pushed = await _asked(talk)
        await talk.says("marc", "approve")
        await talk.says("marc", pushed.button("Approuver"))
        assert (await _stage(142), (await Approval.get()).state) == ("Proposal", ApprovalState.OPEN)


async def test_a_cancelled_refusal_asks_nobody(database_url: str) -> None:
    """Cancel leaves no request behind."""
    async with conversation(database_url) as talk:
        refused = await talk.says("marc", "won D-142")
        assert "Nothing was changed" in await talk.presses("marc", refused, "Cancel")
        assert not await Approval.exists()


async def test_the_word_cancels_an_open_card(database_url: str) -> None:
    """It does not take back what was written before; said again, with no card open, it does."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "montant D-142 15k")
        await talk.says("lea", "gagné D-142")
        assert "Rien n’a été modifié" in await talk.says("lea", "annuler")
        assert (await Deal.get(number=142)).amount == 1_500_000
        await talk.says("lea", "annuler")
        assert (await Deal.get(number=142)).amount == 1_200_000


async def test_what_is_one_s_own_by_now_is_not_asked_for(database_url: str) -> None:
    """The owner gave it away while the question stood there: what was meant is done, with its own card."""
    async with conversation(database_url) as talk:
        refused = await talk.says("marc", "won D-142")
        await talk.presses("lea", await talk.says("lea", "attribuer D-142 @marc"), "Confirmer")
        card = await talk.presses("marc", refused, "Ask Léa Martin")
        assert not await Approval.exists()
        await talk.presses("marc", card, "Confirm")
        assert await _stage(142) == "Won"


@pytest.mark.parametrize("line", ["approve", "decline"])
async def test_without_a_request_there_is_nothing_to_decide(database_url: str, line: str) -> None:
    """It is said so."""
    async with conversation(database_url) as talk:
        assert "No request waits for you." in await talk.says("marc", line)


async def test_a_request_about_what_is_hidden_by_now_does_not_name_it(database_url: str) -> None:
    """The record went to somebody else, and the workspace shows each their own."""
    async with conversation(database_url) as talk:
        pushed = await _asked(talk)
        await talk.presses("lea", await talk.says("lea", "attribuer D-142 @sam"), "Confirmer")
        await talk.time.passes(SOON)
        await Deal.filter(number=142).update(name="Quite Another")
        await Workspace.all().update(visibility=Visibility.OWN)
        declined = await talk.presses("lea", pushed, "Refuser")
        assert "Quite Another" not in declined
        assert "Quite Another" not in await talk.time.passes(SOON)


async def test_that_nothing_waits_is_said_in_the_reader_s_language(database_url: str) -> None:
    """A French rep hears it in French."""
    async with conversation(database_url) as talk:
        assert "Aucune demande ne vous attend." in await talk.says("lea", "refuser")
