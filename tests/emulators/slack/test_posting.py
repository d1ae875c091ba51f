"""Signed HTTP: what the emulator posts, and what it takes for an acknowledgement."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import Clock as SdkClock
from slack_sdk.signature import SignatureVerifier

from . import Person, SlackEmulator
from .bare import Clock

Answer = Callable[[web.Request, bytes], Awaitable[web.Response]]


class At(SdkClock):
    """The library's clock, by the emulator's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock()


@asynccontextmanager
async def listening(answer: Answer) -> AsyncIterator[str]:
    """An app's request URL."""

    async def handle(request: web.Request) -> web.Response:
        return await answer(request, await request.read())

    application = web.Application()
    application.router.add_post("/", handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


def challenged(body: bytes) -> str | None:
    """The challenge in a body, if it is Slack's first question."""
    if not body.startswith(b"{"):
        return None
    found = json.loads(body)
    return str(found["challenge"]) if found.get("type") == "url_verification" else None


async def test_slack_s_own_library_takes_every_request(
    slack: SlackEmulator, lea: Person, clock: Clock
) -> None:
    """Events as JSON, commands and presses as forms, each signed over its raw body."""
    verifier = SignatureVerifier(slack.signing_secret, At(clock))
    seen: list[str] = []

    async def answer(request: web.Request, body: bytes) -> web.Response:
        assert verifier.is_valid_request(body, dict(request.headers))
        if challenge := challenged(body):
            return web.Response(text=challenge)
        form = parse_qs(body.decode())
        seen.append(json.loads(body)["type"] if body.startswith(b"{") else form["command"][0])
        return web.Response()

    async with listening(answer) as url:
        await slack.posts_to(url)
        lea.says("hello")
        lea.commands("/crm", "find Jane & co")
        await slack.settled()
    assert sorted(seen) == ["/crm", "event_callback"]


async def test_an_address_that_does_not_answer_the_challenge_is_not_taken(slack: SlackEmulator) -> None:
    """As in the app's settings."""

    async def answer(_request: web.Request, _body: bytes) -> web.Response:
        return web.Response(text="hello")

    async with listening(answer) as url:
        with pytest.raises(ValueError, match="challenge"):
            await slack.posts_to(url)


async def test_an_event_that_is_not_taken_comes_again_and_says_so(slack: SlackEmulator, lea: Person) -> None:
    """Three times, with its number; then it is given up."""
    retries: list[str | None] = []

    async def answer(request: web.Request, body: bytes) -> web.Response:
        if challenge := challenged(body):
            return web.Response(text=challenge)
        retries.append(request.headers.get("X-Slack-Retry-Num"))
        return web.Response(status=500)

    async with listening(answer) as url:
        await slack.posts_to(url)
        lea.says("hello")
        await slack.settled()
    assert retries == [None, "1", "2", "3"]
    assert len(slack.gave_up) == 1


async def test_a_command_that_is_not_taken_is_told_to_the_person(slack: SlackEmulator, lea: Person) -> None:
    """It is not tried again."""

    async def answer(_request: web.Request, body: bytes) -> web.Response:
        challenge = challenged(body)
        return web.Response(text=challenge) if challenge else web.Response(status=401)

    async with listening(answer) as url:
        await slack.posts_to(url)
        command = lea.commands("/crm", "today")
        await slack.settled()
    assert (command.attempts, command.error) == (1, "dispatch_failed")
