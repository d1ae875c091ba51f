"""A process that is stopped, as at every upgrade, or replaced, loses nothing and says nothing twice."""

from __future__ import annotations

import pytest

from bot import demo
from bot.failpoint import EXIT_STATUS
from tests.kill.chats import telegram_chat, telegram_emulator
from tests.kill.paths import PATHS
from tests.kill.stage import Stage
from tests.kill.undisturbed import Undisturbed

pytestmark = pytest.mark.kill

SLOWLY = 0.5  # seconds that the service takes to say what it has done


async def test_a_stopped_process_hears_what_became_of_its_messages(
    stage: Stage, expected: Undisturbed
) -> None:
    """SIGTERM after a message was shown, and before the service has said so: it is not sent again."""
    async with telegram_emulator() as telegram:
        chat = telegram_chat(telegram)
        async with stage.process(chat, demo.NOW) as first:
            telegram.fault("sendMessage", delay=SLOWLY)
            await chat.takes(PATHS["log"].struck)
            assert await first.stop() == 0
        outcome = await stage.concluded(chat)
    assert outcome == await expected.outcome("log", "telegram")


async def test_a_process_that_may_not_receive_any_more_does_no_harm(
    stage: Stage, expected: Undisturbed
) -> None:
    """Until it looks at its lease it answers what it is told, and its heir does not do it once more."""
    async with telegram_emulator() as telegram:
        chat = telegram_chat(telegram)
        async with stage.process(chat, demo.NOW, "lease_lost:1") as first:
            await stage.lease_is_taken_away("receive:telegram")
            await chat.takes(PATHS["log"].struck)
            assert await first.ended() == EXIT_STATUS
        outcome = await stage.concluded(chat)
    assert outcome == await expected.outcome("log", "telegram")
