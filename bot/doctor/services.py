"""The chat services: whether they answer, and whether their clocks agree with this machine's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from bot.config import Config
from bot.doctor.finding import Finding

# Slack refuses what is signed more than five minutes away from its own time:
# docs.slack.dev/authentication/verifying-requests-from-slack.
SKEW = timedelta(minutes=1)
# What they say of a token that is none: core.telegram.org/bots/api#making-requests,
# docs.slack.dev/reference/methods/auth.test.
_TOKEN_ERRORS = (401, 404, "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired")


@dataclass(frozen=True, slots=True)
class _Service:
    """How a service is asked who the bot is. ``shown`` is the address without a token."""

    name: str
    shown: str
    url: str
    headers: dict[str, str]
    key: str
    """Of the configuration: where the token stands."""
    source: str
    """Where a new token comes from."""


async def services(config: Config, now: datetime) -> list[Finding]:
    asked = []
    if telegram := config.telegram:
        # core.telegram.org/bots/api#getme
        url = f"{telegram.api_url}/bot{telegram.token}/getMe"
        asked.append(_Service("telegram", telegram.api_url, url, {}, "telegram.token", "@BotFather"))
    if slack := config.slack:
        # docs.slack.dev/reference/methods/auth.test
        url, bearer = f"{slack.api_url}auth.test", {"Authorization": f"Bearer {slack.bot_token}"}
        source = "api.slack.com/apps, OAuth & Permissions"
        asked.append(_Service("slack", slack.api_url, url, bearer, "slack.bot_token", source))
    found = list(await asyncio.gather(*(_asked(service, now) for service in asked)))
    off = (("telegram", "telegram.token", config.telegram), ("slack", "slack.bot_token", config.slack))
    found += (Finding("ok", name, f"off: {key} is not set") for name, key, section in off if section is None)
    if config.slack is not None and all(each.level == "ok" for each in found if each.subject == "slack"):
        from bot.doctor.slack import app

        found += await app(config.slack, config.http)
    if config.telegram is not None and all(
        each.level == "ok" for each in found if each.subject == "telegram"
    ):
        from bot.doctor.telegram import bot

        found += await bot(config.telegram, now)
    return found


async def _asked(service: _Service, now: datetime) -> Finding:
    """Whether the service answers, whether it takes the token, and whether its clock agrees."""
    import aiohttp

    name, remedy = service.name, f"Check the network, and {service.name}.api_url."
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
            session.get(service.url, headers=service.headers, allow_redirects=False) as answer,
        ):
            told, said = answer.headers.get("Date", ""), await answer.text()
    except (aiohttp.ClientError, OSError, TimeoutError, UnicodeDecodeError) as error:
        return Finding("wrong", name, f"{service.shown} does not answer ({type(error).__name__})", remedy)
    if _is_refused(said):
        remedy = f"Copy {service.key} once more from {service.source}."
        return Finding("wrong", name, f"{service.shown} refuses the token", remedy)
    skew = abs(_date(told, now) - now)
    if skew > SKEW:
        detail = f"clock skew: its clock and this machine's are {skew.total_seconds():.0f} s apart"
        return Finding("wrong", name, detail, "Set the machine's clock (NTP).")
    return Finding("ok", name, f"{service.shown} answers")


def _is_refused(said: str) -> bool:
    """Whether an answer of either service says that the token is not one, or not one any more."""
    try:
        answer = msgspec.json.decode(said, type=dict[str, Any])
    except msgspec.DecodeError:
        return False
    reason = answer.get("error") or answer.get("error_code")
    return answer.get("ok") is False and reason in _TOKEN_ERRORS


def _date(header: str, default: datetime) -> datetime:
    """An HTTP date (RFC 9110, section 5.6.7); the default where it is none."""
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except (ValueError, TypeError):
        return default
