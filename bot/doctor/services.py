"""The chat services: whether they answer, and whether their clocks agree with this machine's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.config import Config
from bot.doctor.finding import Finding

# Slack refuses what is signed more than five minutes away from its own time:
# docs.slack.dev/authentication/verifying-requests-from-slack.
SKEW = timedelta(minutes=1)


async def services(config: Config, now: datetime) -> list[Finding]:
    addresses = {}
    if config.telegram:
        addresses["telegram"] = config.telegram.api_url
    if config.slack:
        addresses["slack"] = config.slack.api_url + "api.test"
    return list(await asyncio.gather(*(_service(name, url, now) for name, url in addresses.items())))


async def _service(name: str, url: str, now: datetime) -> Finding:
    """Whether the service answers, and whether its clock agrees; no token is sent."""
    import aiohttp

    remedy = f"Check the network, and {name}.api_url."
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            told = answer.headers.get("Date", "")
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return Finding("wrong", name, f"{url} does not answer ({type(error).__name__})", remedy)
    skew = abs(_date(told, now) - now)
    if skew > SKEW:
        detail = f"clock skew: its clock and this machine's are {skew.total_seconds():.0f} s apart"
        return Finding("wrong", name, detail, "Set the machine's clock (NTP).")
    return Finding("ok", name, f"{url} answers")


def _date(header: str, default: datetime) -> datetime:
    """An HTTP date (RFC 9110, section 5.6.7); the default where it is none."""
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except (ValueError, TypeError):
        return default
