"""Edits and replies over Telegram's wire: a receipt changes where it stands, a card goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from models.activity import Activity
from models.change import Change
from models.deal import Deal
from tests.acceptance.live import MARC
from tests.acceptance.telegram_scene import telegram_scene
from tests.emulators.telegram import Edited, User


@pytest.fixture
async def marc(database_url: str) -> AsyncIterator[User]:
    """Marc, whose account is linked."""
    async with telegram_scene(database_url) as scene:
        yield await scene.joined(MARC)


async def test_an_edit_amends_and_changes_the_receipt(marc: User) -> None:
    """F43: one record, the receipt edited where it stands."""
    marc.says("call Jane Roy 20m: wants 50 seats")
    receipt = await marc.waits_for("Call logged")
    marc.edits(marc.said[-1], "call Jane Roy 25m: wants 60 seats")
    amended = await marc.waits_for("20 min → 25 min")
    assert isinstance(amended, Edited)
    assert amended.message_id == receipt.message_id
    call = await Activity.get()
    assert (call.duration, call.notes) == (1500, "wants 60 seats")
    assert await Change.filter(kind="activity").count() == 2


async def test_a_reply_goes_on_with_its_card(marc: User) -> None:
    """Whatever was shown since."""
    marc.says("deal D-90")
    card = await marc.waits_for("D-90 Globex Pilot")
    marc.says("deal D-142")
    await marc.waits_for("D-142 Acme Renewal")
    marc.says("amount 9k", reply_to=card.message_id)
    await marc.waits_for("D-90 · Amount")
    assert (await Deal.get(number=90)).amount == 900_000
