"""The bot that python-telegram-bot's documentation teaches: no inbox, updates in memory.

Run from the checkout as ``python -m tests.emulators.stock_telegram_bot API_ROOT TOKEN EFFECTS``;
EFFECTS is a file that gets one line per command done. Not as a script: the folder ``telegram``
beside it would hide the library.
"""

import asyncio
import os
import sys

from telegram import Update
from telegram.ext import ApplicationBuilder, ContextTypes, MessageHandler, filters

WORK = 0.05  # seconds that a command takes, as a few database round trips do


def main(api_root: str, token: str, effects: str) -> None:
    async def log_call(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message
        await asyncio.sleep(WORK)
        append_durably(effects, f"{update.message.text}\n")
        await update.message.reply_text(f"Logged: {update.message.text}")

    application = ApplicationBuilder().token(token).base_url(f"{api_root}/bot").build()
    application.add_handler(MessageHandler(filters.TEXT, log_call))
    application.run_polling()


def append_durably(path: str, line: str) -> None:
    """Write a line that a kill -9, and a power cut, leave in place."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line.encode())
        os.fsync(file)
    finally:
        os.close(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
