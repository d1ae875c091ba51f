"""The HTTP server: whether it answers here, and whether the internet's requests come through to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.config import Config
from bot.doctor.finding import Finding

_WITHIN = 5  # seconds
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 # what is asked in their place
# Only a POST is taken there: whoever says so to a GET is Parley.
_KNOCK = "/hooks/lead/"


async def server(config: Config) -> list[Finding]:
    """Nothing where there is none."""
    if not config.http.port:
        return []
    asked = [_here(config)]
    asked += [_from_outside(config)] if config.http.public_url else []
    return list(await asyncio.gather(*asked))


async def _here(config: Config) -> Finding:
    host = _EVERYWHERE.get(config.http.host, config.http.host)
    root = f"http://{f'[{host}]' if ':' in host else host}:{config.http.port}"
    status, said = await _get(f"{root}/readyz")
    match status:
        case 200:
            return Finding("ok", "http", f"{root} is ready")
        case 0:
            remedy = "Start Parley (parley run); if it runs, look at its log."
            return Finding("note", "http", f"nothing listens on {root} ({said})", remedy)
        case 503:
            remedy = "What is not ok is named there; after a start it may take some seconds."
            return Finding("note", "http", f"{root}/readyz says {said[:200]}", remedy)
    remedy = "Another program has this port: set http.port to a free one."
    return Finding("wrong", "http", f"{root}/readyz answers {status}", remedy)


async def _from_outside(config: Config) -> Finding:
    """Asked from here, by way of the public address."""
    address = f"{config.http.public_url}{_KNOCK}"
    status, said = await _get(address)
    if status == 405:
        return Finding("ok", "public address", f"{config.http.public_url} comes through to Parley")
    found = f"answers {status}" if status else f"does not answer ({said})"
    remedy = f"Let the reverse proxy pass {_paths(config)} on to port {config.http.port}."
    return Finding("wrong", "public address", f"{address} {found}", remedy)


def _paths(config: Config) -> str:
    paths: Sequence[str] = [
        *(["/telegram/…"] if config.telegram and config.telegram.mode == "webhook" else []),
        *(["/slack/events"] if config.slack and config.slack.mode == "http" else []),
        f"{_KNOCK}…",
    ]
    return ", ".join(paths)


async def _get(url: str) -> tuple[int, str]:
    """The status and the words of an answer; 0 and why, where there is none."""
    import aiohttp

    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_WITHIN)) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            return answer.status, (await answer.content.read(1000)).decode("utf-8", "replace")
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return 0, type(error).__name__
