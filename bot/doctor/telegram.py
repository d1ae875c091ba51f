"""The Telegram bot: who it is, what it hears in groups, and whether its updates reach us."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import msgspec

from bot.config import Telegram
from bot.doctor.finding import Finding
from bot.telegram.updates import KINDS
from bot.telegram.webhook import WebhookInfo

_WITHIN: Final = 5  # seconds for each question
# An older failure has been got over: what is posted is tried again all the time.
_RECENT: Final = timedelta(minutes=15)
_HIDDEN: Final = "…"  # in place of a path, which may be a secret


class _Me(msgspec.Struct, frozen=True):
    """core.telegram.org/bots/api#user, with what only getMe says."""

    username: str = ""
    can_join_groups: bool = True
    can_read_all_group_messages: bool = False


async def bot(telegram: Telegram, now: datetime) -> list[Finding]:
    """What the live service says of the bot; its token is known to be good."""
    timeout = aiohttp.ClientTimeout(total=_WITHIN)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        me = await _asked(session, telegram, "getMe", _Me)
        info = await _asked(session, telegram, "getWebhookInfo", WebhookInfo)
        found = [] if me is None else [*_who(me)]
        if info is not None:
            found += _posted(telegram, info, now) if telegram.mode == "webhook" else _polled(info)
        if telegram.mode == "webhook":
            found.append(await _reached(session, telegram.webhook_url))
        return [*found, await _menu(session, telegram)]


def _who(me: _Me) -> Iterator[Finding]:
    yield Finding("ok", "telegram bot", f"@{me.username}")
    if not me.can_join_groups:
        remedy = "@BotFather: /setjoingroups, Enable, if Parley is to be used in groups."
        yield Finding("note", "telegram groups", "the bot cannot be added to groups", remedy)
    elif me.can_read_all_group_messages:
        remedy = "@BotFather: /setprivacy, Enable; then remove the bot from its groups and add it again."
        yield Finding("note", "telegram groups", "it is sent all that is said there", remedy)
    else:
        yield Finding("ok", "telegram groups", "it hears commands, mentions and replies alone")


def _polled(info: WebhookInfo) -> Iterator[Finding]:
    if info.url:
        remedy = "`parley run` removes it. If another program set it, that one gets no messages any more."
        yield Finding("note", "telegram updates", f"a webhook is set: {_shown(info.url)}", remedy)
    else:
        yield Finding("ok", "telegram updates", f"they are polled; {info.pending_update_count} wait")


def _posted(telegram: Telegram, info: WebhookInfo, now: datetime) -> Iterator[Finding]:
    subject = "telegram updates"
    if info.url != telegram.webhook_url:
        detail = f"Telegram posts them to {_shown(info.url)}" if info.url else "no webhook is set"
        yield Finding("wrong", subject, detail, "Start Parley (`parley run`), which sets it.")
        return
    failed_at = datetime.fromtimestamp(info.last_error_date, UTC)
    if info.pending_update_count and now - failed_at < _RECENT:
        detail = f"posting fails, {info.pending_update_count} wait: {info.last_error_message[:200]}"
        remedy = "Check the reverse proxy and its certificate; `parley run` has to be running."
        yield Finding("wrong", subject, detail, remedy)
        return
    missing = sorted(set(map(str, KINDS)) - set(info.allowed_updates))
    if missing:
        detail = f"Telegram does not send {', '.join(missing)}"
        yield Finding("wrong", subject, detail, "Start Parley (`parley run`) anew, which sets them.")
        return
    waiting = info.pending_update_count
    yield Finding("ok", subject, f"Telegram posts them to {_shown(info.url)}; {waiting} wait")


async def _reached(session: aiohttp.ClientSession, url: str) -> Finding:
    """Whether our own address answers a request without the secret as it should: 403."""
    subject, shown = "telegram webhook", _shown(url)
    try:
        async with session.post(url, json={}, allow_redirects=False) as answer:
            status = answer.status
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        remedy = "Start Parley (`parley run`), and check the reverse proxy and its certificate."
        return Finding("wrong", subject, f"{shown} does not answer ({type(error).__name__})", remedy)
    if status == 403:
        return Finding("ok", subject, f"{shown} lets in only who knows the secret")
    remedy = "Let the reverse proxy pass this path on to Parley unchanged, headers and body."
    return Finding(
        "wrong", subject, f"{shown} answers a request without the secret with {status}, not 403", remedy
    )


async def _menu(session: aiohttp.ClientSession, telegram: Telegram) -> Finding:
    """core.telegram.org/bots/api#getmycommands"""
    scope = '{"type": "all_private_chats"}'
    commands = await _asked(session, telegram, "getMyCommands", list[dict[str, str]], scope=scope)
    if commands:
        return Finding("ok", "telegram menu", f"{len(commands)} commands are listed")
    return Finding("note", "telegram menu", "no commands are listed", "`parley run` lists them.")


async def _asked(
    session: aiohttp.ClientSession, telegram: Telegram, method: str, shape: Any, **parameters: str
) -> Any:
    """What stands under ``result``, in that shape; None where nothing readable came."""
    url = f"{telegram.api_url}/bot{telegram.token}/{method}"
    try:
        async with session.post(url, data=parameters, allow_redirects=False) as answer:
            said = msgspec.json.decode(await answer.read(), type=dict[str, Any])
            return msgspec.convert(said.get("result"), shape)
    except (aiohttp.ClientError, OSError, TimeoutError, msgspec.DecodeError, msgspec.ValidationError):
        return None


def _shown(url: str) -> str:
    """An address without its path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{_HIDDEN}"
