"""Telegram: python-telegram-bot's calls over aiohttp, and polling that stores before it confirms.

Importing this package is cheap; :mod:`bot.telegram.adapter` is what loads the library.
"""

import logging
import os

# Before the library is imported, so that RetryAfter.retry_after is a timedelta and warns nobody:
# python-telegram-bot, telegram._utils.datetime.get_timedelta_value.
os.environ["PTB_TIMEDELTA"] = "1"

# At DEBUG the library writes every parameter of every call, message texts among them:
# python-telegram-bot, telegram.Bot._do_post.
for _chatty in ("telegram", "httpx", "httpcore"):
    logging.getLogger(_chatty).setLevel(logging.WARNING)
