"""One of two people who race: a process of its own, that answers each line it is given.

``python -m tests.acceptance.racer URL ADDRESS`` reads a line of JSON for each message from standard input,
and writes one for each answer: what was shown, and the outcome of the turn.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
from datetime import timedelta

from bot import demo
from bot.app import App
from bot.clock import SimulatedClock
from bot.config import Config, Database, Log
from bot.console.adapter import Console, arrival
from bot.log import configure
from models.messaging.inbox import Incoming


async def race(url: str, email: str) -> None:
    """Answer until the input ends."""
    configure(Log(level="error"))
    screen = io.StringIO()
    config = Config(database=Database(url=url), workspace=demo.SETTINGS)
    clock = SimulatedClock(demo.NOW)
    app = App(config, clock=clock, platforms=[Console(email, screen)])
    await app.open()
    try:
        for said, line in enumerate(iter(sys.stdin.readline, "")):
            key = f"{email} {said}"
            clock.advance_to(demo.NOW + timedelta(seconds=said))
            await app.receive("console", [arrival(json.loads(line), email=email, id=key)])
            await app.settle()
            row = await Incoming.get(platform="console", key=key)
            answer = {"shown": screen.getvalue(), "state": row.state, "outcome": row.outcome}
            screen.seek(0)
            screen.truncate()
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    finally:
        await app.close()


if __name__ == "__main__":
    asyncio.run(race(*sys.argv[1:]))
