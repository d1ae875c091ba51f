"""The bot that bolt's documentation teaches: no inbox, events acknowledged before they are handled.

Run from the checkout as ``python -m tests.emulators.stock_slack_bot API_URL BOT_TOKEN APP_TOKEN
EFFECTS``; EFFECTS is a file that gets one line per command done.
"""

import asyncio
import os
import sys
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

WORK = 0.05  # seconds that a command takes, as a few database round trips do


async def main(api_url: str, bot_token: str, app_token: str, effects: str) -> None:
    app = AsyncApp(client=AsyncWebClient(token=bot_token, base_url=api_url))

    async def log_call(event: dict[str, Any], say: Any) -> None:
        await asyncio.sleep(WORK)
        append_durably(effects, f"{event['text']}\n")
        await say(f"Logged: {event['text']}")

    app.event("message")(log_call)
    await AsyncSocketModeHandler(app, app_token).start_async()


def append_durably(path: str, line: str) -> None:
    """Write a line that a kill -9, and a power cut, leave in place."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line.encode())
        os.fsync(file)
    finally:
        os.close(file)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
