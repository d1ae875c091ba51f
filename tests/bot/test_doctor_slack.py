"""What the doctor says of a Slack app, by the live service: here, the emulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.clock import Clock
from bot.config import Http, Slack
from bot.doctor.finding import Finding
from bot.doctor.slack import app
from bot.slack.adapter import Slack as Platform
from bot.slack.manifest import SCOPES
from tests.bot.http.serving import served
from tests.bot.slack.conftest import Inbox
from tests.emulators.slack import SlackEmulator

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
async def slack() -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(scopes=SCOPES, signing_secret=SECRET) as emulator:
        yield emulator


async def found(slack: SlackEmulator, http: Http | None = None, **settings: Any) -> dict[str, Finding]:
    """The findings by subject."""
    given = {"bot_token": slack.bot_token, "app_token": slack.app_token, "signing_secret": SECRET}
    findings = await app(Slack(**{**given, "api_url": slack.api_url, **settings}), http or Http())
    return {finding.subject: finding for finding in findings}


async def test_an_app_made_by_the_manifest_is_well(slack: SlackEmulator) -> None:
    """Whose it is, that it may do all, and that Slack will deliver; its events are named."""
    seen = await found(slack)
    assert {finding.level for finding in seen.values()} == {"ok"}
    assert "parley" in seen["slack app"].detail
    assert "message.im" in seen["slack socket"].detail


@pytest.mark.parametrize("scope", sorted(SCOPES))
async def test_each_missing_scope_is_named_with_its_reason(scope: str) -> None:
    """And what to do about it."""
    async with SlackEmulator(scopes=SCOPES.keys() - {scope}) as slack:
        seen = (await found(slack))["slack scopes"]
    assert seen.level == "wrong"
    assert seen.detail == f"missing: {scope} ({SCOPES[scope]})"
    assert "parley slack manifest" in seen.remedy


async def test_an_app_token_that_slack_refuses_is_wrong(slack: SlackEmulator) -> None:
    """The key is named, the token is not shown."""
    seen = (await found(slack, app_token="xapp-canary"))["slack socket"]
    assert seen.level == "wrong"
    assert "slack.app_token" in seen.remedy
    assert "canary" not in str(seen)


async def test_socket_mode_that_is_off_is_said(slack: SlackEmulator) -> None:
    """Slack gives out no address then."""
    slack.fault("apps.connections.open", error="socket_mode_not_enabled")
    assert "Enable Socket Mode" in (await found(slack))["slack socket"].remedy


@pytest.mark.parametrize("secret", ["abc", "Z" * 32, SECRET + "0"])
async def test_a_signing_secret_that_cannot_be_one_is_noted(slack: SlackEmulator, secret: str) -> None:
    """Its length is said, and nothing of it."""
    seen = (await found(slack, mode="http", signing_secret=secret))["slack signing secret"]
    assert seen.level == "note"
    assert secret not in str(seen)


async def test_an_address_that_lets_in_only_what_is_signed_is_well(slack: SlackEmulator) -> None:
    """Our own, asked from outside without a signature, answers 401."""
    platform = Platform(
        slack.bot_token, api_url=slack.api_url, clock=Clock(), mode="http", signing_secret=SECRET
    )
    async with served(*platform.receivers(Inbox().receive)) as server:
        seen = await found(slack, Http(public_url=f"http://127.0.0.1:{server.port}"), mode="http")
    assert seen["slack url"].level == "ok"
    await platform.close()


async def test_an_address_that_answers_otherwise_is_wrong(slack: SlackEmulator) -> None:
    """Another server's, nobody's, or none at all."""
    other = slack.api_url.removesuffix("/api/")
    elsewhere = await found(slack, Http(public_url=other), mode="http")
    assert "not 401" in elsewhere["slack url"].detail
    nobody = await found(slack, Http(public_url="http://127.0.0.1:1"), mode="http")
    assert "does not answer" in nobody["slack url"].detail
    nowhere = await found(slack, mode="http")
    assert "http.public_url" in nowhere["slack url"].remedy
