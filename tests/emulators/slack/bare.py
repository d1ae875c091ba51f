"""A bare HTTP client without any knowledge of Slack, and short ways to write blocks."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from . import SlackEmulator

Json = dict[str, Any]


class Clock:
    """A clock that moves only when a test says so; seconds since 1970."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Answer:
    """What the emulator answered to one bare request."""

    def __init__(self, status: int, headers: Any, body: Any) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def error(self) -> str:
        assert self.body["ok"] is False
        return str(self.body["error"])


class Client:
    """A bare HTTP client with no knowledge of Slack."""

    def __init__(self, session: aiohttp.ClientSession, slack: SlackEmulator) -> None:
        self.session = session
        self._slack = slack

    async def call(self, method: str, *, token: str | None = None, **arguments: Any) -> Answer:
        """Call a method with a JSON body."""
        headers = {"Authorization": f"Bearer {token or self._slack.bot_token}"}
        return await self.request("POST", method, json=arguments, headers=headers)

    async def request(self, verb: str, method: str, **options: Any) -> Answer:
        """Send any request to a method's address."""
        url = method if "//" in method else self._slack.api_url + method
        async with self.session.request(verb, url, **options) as response:
            raw = await response.text()
            body = json.loads(raw) if raw.startswith("{") else raw
            return Answer(response.status, response.headers, body)

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Open a Socket Mode connection and read its hello."""
        opened = await self.call("apps.connections.open", token=self._slack.app_token)
        async with self.session.ws_connect(opened.body["url"]) as socket:
            assert (await socket.receive_json())["type"] == "hello"
            yield socket


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(label: str = "Undo", **more: Any) -> Json:
    return {"type": "button", "text": {"type": "plain_text", "text": label}, **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


async def ack(socket: aiohttp.ClientWebSocketResponse) -> Json:
    """Read one envelope, acknowledge it and return it."""
    envelope: Json = await socket.receive_json()
    await socket.send_json({"envelope_id": envelope["envelope_id"]})
    return envelope


def option(label: str = "one", value: str = "1") -> Json:
    return {"text": plain(label), "value": value}
