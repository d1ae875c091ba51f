"""Replies to Telegram and nothing else, 256 at once, which Telegram answers after 50 ms.

Beside it: python-telegram-bot's own transport, as its ApplicationBuilder makes it for as many updates at
once. Each side is a process of its own that sends to the same emulated Telegram.
"""

from __future__ import annotations

from statistics import median

from tests.bench.figure import Bar, Figure, Sides
from tests.bench.processes import environment, python, telegram_settings
from tests.bench.world import World
from tests.emulators.telegram import TelegramEmulator

ROUNDS = 3
AT_ONCE = 256
REPLIES = 512  # in a round
LATENCY = 0.05  # seconds
MUST = Bar(5, at_least=True)
_COMMON = """
import asyncio, sys, time
root, token, chats = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
async def send(one):
    free = asyncio.Semaphore({at_once})
    async def reply(number):
        async with free:
            await one(number, chats[number % len(chats)])
    await reply(0)
    begun = time.perf_counter()
    await asyncio.gather(*(reply(number) for number in range(1, {replies} + 1)))
    print(time.perf_counter() - begun)
"""
_OURS = """
from bot.clock import Clock
from bot.platform import Message
from bot.telegram.adapter import Telegram
from handlers.chat.reply import text
async def main():
    telegram = Telegram(token, root, Clock())
    await send(lambda number, chat: telegram.send(Message(number, chat, text("Call logged"), "en-GB")))
    await telegram.close()
asyncio.run(main())
"""
_THEIRS = """
from telegram.ext import ApplicationBuilder
async def main():
    builder = ApplicationBuilder().token(token).base_url(root + "/bot").concurrent_updates({at_once})
    async with builder.build() as application:
        await send(lambda number, chat: application.bot.send_message(chat, "Call logged"))
asyncio.run(main())
"""


async def measure(world: World) -> list[Figure]:
    """Alternate rounds of both."""
    async with TelegramEmulator(flood_limits=False) as telegram:
        people = [telegram.user(first_name=f"Rep {number}") for number in range(AT_ONCE)]
        for person in people:
            person.says("/start")
        telegram.fault("sendMessage", times=None, delay=LATENCY)
        chats = ",".join(str(person.id) for person in people)
        env = environment(world, **telegram_settings(telegram))
        mine, theirs = list[float](), list[float]()
        for _ in range(ROUNDS):
            for script, found in ((_OURS, mine), (_THEIRS, theirs)):
                whole = (
                    (_COMMON + script).replace("{at_once}", str(AT_ONCE)).replace("{replies}", str(REPLIES))
                )
                async with python("-c", whole, telegram.url, telegram.token, chats, env=env) as process:
                    printed, _ = await process.communicate()
                found.append(float(printed))
    sides = Sides(mine, theirs)
    return [
        Figure(
            what=f"Telegram transport, replies only, {AT_ONCE} at once, answered after {LATENCY * 1000:g} ms",
            ours=f"{REPLIES / median(mine):,.0f}/s",
            theirs=f"python-telegram-bot's own transport: {REPLIES / median(theirs):,.0f}/s",
            value=1 / sides.ratio,
            bar=MUST,
        )
    ]
