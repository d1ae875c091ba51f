"""Bots written as their libraries' documentation shows lose commands when they are killed.

The trap that Parley's inbox exists to avoid, kept as a test so that it stays known.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from .telegram import TelegramEmulator

CHECKOUT = Path(__file__).parents[2]
ROUNDS = 4  # kills
BURST = 30  # commands a round: what a team types while a bot restarts


@asynccontextmanager
async def stock_telegram_bot(telegram: TelegramEmulator, effects: Path) -> AsyncIterator[None]:
    """Run the stock bot in a process of its own; on leaving, kill -9 it."""
    bot = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.emulators.stock_telegram_bot", telegram.url, telegram.token, str(effects)),
        cwd=CHECKOUT,
        env=os.environ | {"PTB_TIMEDELTA": "1"},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        bot.kill()
        await bot.wait()


@pytest.mark.kill
async def test_ptb_updater_loses_commands(tmp_path: Path) -> None:
    """python-telegram-bot confirms updates before they are handled: a kill loses what it holds.

    Each round ends with a kill when a third of the burst is done. By then Telegram has nothing left
    to deliver again: the Updater fetched the whole burst at once and confirmed it by its next poll.
    """
    effects = tmp_path / "effects"
    async with TelegramEmulator(flood_limits=False) as telegram:
        marc = telegram.user(first_name="Marc")
        said = [f"call Jane {number}" for number in range(ROUNDS * BURST)]
        for start in range(0, len(said), BURST):
            burst = said[start : start + BURST]
            for command in burst:
                marc.says(command)
            async with stock_telegram_bot(telegram, effects):
                await telegram.until(lambda: not telegram.pending, 30)
                await marc.waits_for(f"Logged: {burst[BURST // 3]}", 30)
        async with stock_telegram_bot(telegram, effects):
            marc.says("the last word")
            await marc.waits_for("the last word", 30)

    done = Counter(effects.read_text().splitlines())
    lost = [command for command in said if command not in done]
    twice = [command for command, times in done.items() if times > 1]
    assert done["the last word"] == 1, "the bot, left in peace, does its work"
    assert lost or twice
