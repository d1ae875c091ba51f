"""Bots written as their libraries' documentation shows lose commands, or do them twice.

The trap that Parley's inbox exists to avoid, kept as a test so that it stays known.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from .slack import Person, SlackEmulator

CHECKOUT = Path(__file__).parents[2]
ROUNDS = 4  # kills
BURST = 30  # commands a round
PACE = 0.02  # seconds between two commands: a team at work
REPEATED = 8  # which command of each round Slack delivers again: 1 in 30, about 3 %


@asynccontextmanager
async def stock_slack_bot(slack: SlackEmulator, effects: Path) -> AsyncIterator[None]:
    """Run the stock bot in a process of its own; on leaving, kill -9 it."""
    bot = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.emulators.stock_slack_bot", slack.api_url),
        *(slack.bot_token, slack.app_token, str(effects)),
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await slack.connected(within=30)
        yield
    finally:
        bot.kill()
        await bot.wait()
        await slack.until(lambda: slack.sockets_open == 0)


async def type_burst(slack: SlackEmulator, lea: Person, burst: list[str]) -> None:
    """Type the commands, one of them delivered twice, until Slack has every acknowledgement."""
    said = []
    for number, command in enumerate(burst):
        said.append(lea.says(command))
        if number == REPEATED:
            slack.redeliver(said[0])
        await asyncio.sleep(PACE)
    told = [delivery for ts in said for delivery in slack.deliveries_of(ts)]
    await slack.until(lambda: all(delivery.acked for delivery in told), 30)


@pytest.mark.kill
async def test_bolt_loses_or_repeats(tmp_path: Path) -> None:
    """bolt acknowledges an event before it is handled, and does not know one that comes again.

    Each round ends with a kill as soon as Slack has been told that every command was taken: those
    still at work are lost, for Slack has no reason to send them again.
    """
    effects = tmp_path / "effects"
    said = [f"call Jane {number}" for number in range(ROUNDS * BURST)]
    async with SlackEmulator(rate_limits=False) as slack:
        lea = slack.user("Léa")
        for start in range(0, len(said), BURST):
            async with stock_slack_bot(slack, effects):
                await type_burst(slack, lea, said[start : start + BURST])
        async with stock_slack_bot(slack, effects):
            lea.says("the last word")
            await lea.waits_for("the last word", 30)

    done = Counter(effects.read_text().splitlines())
    lost = [command for command in said if command not in done]
    twice = [command for command, times in done.items() if times > 1]
    assert done["the last word"] == 1, "the bot, left in peace, does its work"
    assert lost or twice
