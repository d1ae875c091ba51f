"""A flood over the wire: who sends too much is told, and nobody else notices."""

from __future__ import annotations

import pytest

from bot import allowance
from bot.clock import Clock
from bot.config import Config, Database, Telegram
from models.messaging.inbox import Incoming
from tests.acceptance.live import MARC, NORA, invited, prepare, served
from tests.emulators.telegram import TelegramEmulator, User


@pytest.mark.threat("S18")
async def test_one_who_floods_telegram_holds_up_nobody(database_url: str) -> None:
    """Of a thousand messages a hundred are taken in; a colleague's line is answered in the midst of them."""
    await prepare(database_url)
    async with TelegramEmulator() as telegram:
        config = Config(
            database=Database(url=database_url),
            telegram=Telegram(token=telegram.token, api_url=telegram.url),
        )
        async with served(config, Clock()) as app:
            people = dict[str, User]()
            for email in (MARC, NORA):
                people[email] = telegram.user(first_name=email)
                people[email].says(f"/start {await invited(app, email)}")
                await people[email].waits_for(email)
            for number in range(1_000):
                people[MARC].says(f"about {number}")
            people[NORA].says("about")
            await people[NORA].waits_for("GNU Affero")
            await people[MARC].waits_for("You write faster than I can follow")
            taken = await Incoming.filter(address=str(people[MARC].id)).count()
            # Some more for each second that it took.
            assert allowance.A_PERSON.burst <= taken < 2 * allowance.A_PERSON.burst
            assert await Incoming.filter(address=str(people[NORA].id)).count() == 2
        assert [call.description for call in telegram.refused] == []
