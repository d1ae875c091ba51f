"""The Slack app: whether it may do what Parley does, and whether Slack can reach us."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import aiohttp
import msgspec

from bot.config import Http, Slack
from bot.doctor.finding import Finding
from bot.slack.endpoint import PATH
from bot.slack.manifest import EVENTS, SCOPES

_WITHIN: Final = 5  # seconds for each question
_APP: Final = "api.slack.com/apps"
# What a signing secret is made of: Slack shows it as 32 hexadecimal digits (Basic Information).
_SECRET_LENGTH: Final = 32
# Slack tells nobody what an app has subscribed to.
_HEARD: Final = f"its events have to be {', '.join(EVENTS)}"


async def app(slack: Slack, http: Http) -> list[Finding]:
    """What the live service says of the app; the bot token is known to be good."""
    timeout = aiohttp.ClientTimeout(total=_WITHIN)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        found = await _scopes(session, slack)
        road = _socket(session, slack) if slack.mode == "socket" else _posted(session, slack, http)
        return [*found, *await road]


async def _scopes(session: aiohttp.ClientSession, slack: Slack) -> list[Finding]:
    """Against the header in which Slack names what a token may do (docs.slack.dev/reference/scopes)."""
    headers, said = await _asked(session, slack, "auth.test", slack.bot_token)
    team, user = said.get("team", "?"), said.get("user", "?")
    found = [Finding("ok", "slack app", f"{user} in {team}")]
    if "x-oauth-scopes" not in headers:
        return found
    granted = {scope.strip() for scope in headers["x-oauth-scopes"].split(",")}
    missing = [scope for scope in SCOPES if scope not in granted]
    if not missing:
        return [*found, Finding("ok", "slack scopes", "all that Parley needs are granted")]
    remedy = f"{_APP}: App Manifest, paste `parley slack manifest`; then Install App, Reinstall."
    needed = "; ".join(f"{scope} ({SCOPES[scope]})" for scope in missing)
    return [*found, Finding("wrong", "slack scopes", f"missing: {needed}", remedy)]


async def _socket(session: aiohttp.ClientSession, slack: Slack) -> list[Finding]:
    """docs.slack.dev/reference/methods/apps.connections.open; the address that it gives is not used."""
    _, said = await _asked(session, slack, "apps.connections.open", slack.app_token)
    if said.get("ok") is True:
        return [Finding("ok", "slack socket", f"Socket Mode is on; {_HEARD}")]
    error = said.get("error", "nothing readable")
    remedy = f"{_APP}: Basic Information, App-Level Tokens, one with connections:write into slack.app_token."
    if error in ("missing_scope", "not_allowed_token_type", "invalid_auth", "not_authed", "token_revoked"):
        return [Finding("wrong", "slack socket", f"the app-level token is refused: {error}", remedy)]
    remedy = f"{_APP}: Socket Mode, Enable Socket Mode."
    return [Finding("wrong", "slack socket", f"apps.connections.open answers {error}", remedy)]


async def _posted(session: aiohttp.ClientSession, slack: Slack, http: Http) -> list[Finding]:
    return [*_secret(slack), *await _reached(session, http)]


def _secret(slack: Slack) -> Iterator[Finding]:
    value = slack.signing_secret
    if len(value) == _SECRET_LENGTH and all(sign in "0123456789abcdef" for sign in value):
        yield Finding("ok", "slack signing secret", "it reads like one")
    else:
        detail = f"it has {len(value)} characters; Slack's are {_SECRET_LENGTH} of 0-9 and a-f"
        remedy = f"Copy slack.signing_secret once more from {_APP}, Basic Information, App Credentials."
        yield Finding("note", "slack signing secret", detail, remedy)


async def _reached(session: aiohttp.ClientSession, http: Http) -> list[Finding]:
    """Whether our own address answers an unsigned request as it should: 401."""
    if not http.public_url:
        remedy = "Set http.public_url to the https address that leads to Parley's server."
        return [Finding("wrong", "slack url", "http.public_url is not set", remedy)]
    url = f"{http.public_url}{PATH}"
    try:
        async with session.post(url, data=b"{}", allow_redirects=False) as answer:
            status = answer.status
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        remedy = "Start Parley (`parley run`), and check the reverse proxy and its certificate."
        return [Finding("wrong", "slack url", f"{url} does not answer ({type(error).__name__})", remedy)]
    if status == 401:
        return [Finding("ok", "slack url", f"{url} lets in only what Slack signed; {_HEARD}")]
    remedy = f"Let the reverse proxy pass {PATH} on to Parley unchanged, headers and body."
    return [
        Finding("wrong", "slack url", f"{url} answers an unsigned request with {status}, not 401", remedy)
    ]


async def _asked(
    session: aiohttp.ClientSession, slack: Slack, method: str, token: str, **arguments: str
) -> tuple[Mapping[str, str], dict[str, Any]]:
    """A method's headers (small letters) and answer; an unreadable one, or none, is an empty object."""
    try:
        async with session.post(
            f"{slack.api_url}{method}",
            headers={"Authorization": f"Bearer {token}"},
            data=arguments,
            allow_redirects=False,
        ) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return headers, msgspec.json.decode(await answer.read(), type=dict[str, Any])
    except (aiohttp.ClientError, OSError, TimeoutError, msgspec.DecodeError):
        return {}, {}
