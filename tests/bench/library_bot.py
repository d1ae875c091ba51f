"""A bot of python-telegram-bot's with a transport that does not choke and one asyncpg write a message.

Run as ``python -m tests.bench.library_bot API_ROOT TOKEN DATABASE``. It looks nothing up and decides nothing.
"""

from __future__ import annotations

import sys

import asyncpg
from telegram import Update
from telegram.ext import Application, ApplicationBuilder, ContextTypes, MessageHandler, filters

from bot.telegram.transport import STAND_IN, Transport

AT_ONCE = 16


def main(api_root: str, token: str, database: str) -> None:
    """Poll until the process is ended."""
    pools = list[asyncpg.Pool]()

    async def connect(_: Application) -> None:  # type: ignore[type-arg] # the library's six parameters
        pools.append(await asyncpg.create_pool(database, min_size=AT_ONCE, max_size=AT_ONCE))
        await pools[0].execute("CREATE TABLE IF NOT EXISTS plain (id bigserial PRIMARY KEY, line text)")

    async def log_call(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message
        await pools[0].execute("INSERT INTO plain (line) VALUES ($1)", update.message.text)
        await update.message.reply_text(f"Logged: {update.message.text}")

    # Parley's transport is an aiohttp-based request of the library's: both sides have the same.
    builder = ApplicationBuilder().token(STAND_IN).base_url(f"{api_root}/bot")
    builder = builder.request(Transport(token)).get_updates_request(Transport(token))
    application = builder.concurrent_updates(AT_ONCE).post_init(connect).build()
    application.add_handler(MessageHandler(filters.TEXT, log_call))
    application.run_polling()


if __name__ == "__main__":
    main(*sys.argv[1:])
