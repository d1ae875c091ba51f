"""Edits and replies over Telegram's wire: a receipt changes where it stands, a card goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.config import Config, Database, Telegram
from models.activity import Activity
from models.change import Change
from models.deal import Deal
from tests.acceptance.live import MARC, nothing_waits, prepare, served, standing_clock
from tests.acceptance.test_on_telegram import Scene
from tests.emulators.telegram import Edited, TelegramEmulator, User


@pytest.fixture
async def marc(database_url: str) -> AsyncIterator[User]:
    """Marc, whose account is linked; nothing that is sent to him is refused."""
    await prepare(database_url)
    clock = standing_clock()
    async with TelegramEmulator(flood_limits=False, clock=lambda: clock.now().timestamp()) as telegram:
        settings = Telegram(token=telegram.token, api_url=telegram.url)
        config = Config(database=Database(url=database_url), telegram=settings)
        async with served(config, clock) as app:
            yield await Scene(telegram, app, database_url).joined(MARC)
            await nothing_waits()
        assert [call.description for call in telegram.refused] == []


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
