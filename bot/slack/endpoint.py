"""Signed HTTP: events, slash commands and presses on one address, into the inbox before the 200.

docs.slack.dev/apis/events-api/using-http-request-urls, …/interactivity/implementing-slash-commands,
…/interactivity/handling-user-interaction. Nothing of it goes through bolt: it acknowledges events before
they are stored, and polls for the acknowledgement of the others.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from slack_bolt.response import BoltResponse

from bot.clock import Clock
from bot.platform import Answer, Receiver
from bot.slack.signature import refusal

PATH: Final = "/slack/events"
_LARGEST: Final = 1 << 20  # bytes; what Slack posts stays far below

# Stores a payload, and says how it is acknowledged: 200, perhaps with JSON, or 503 where it is not.
Take = Callable[[Mapping[str, Any]], Awaitable[BoltResponse]]


class Endpoint:
    """What Slack posts to. ``take`` stores; ``missed`` is called where Slack says that it tried before.

    ``refused`` counts what was not let in, by reason; ``heard`` is when Slack last posted, None: never.
    """

    def __init__(self, secret: str, take: Take, missed: Callable[[], None], clock: Clock) -> None:
        self._secret = secret
        self._take = take
        self._missed = missed
        self._clock = clock
        self.refused: Counter[str] = Counter()
        self.heard: datetime | None = None

    def receiver(self) -> Receiver:
        """The address for the server."""
        return Receiver("slack", "POST", PATH, self.receive)

    async def receive(self, headers: Sequence[tuple[str, str]], body: bytes) -> Answer:
        """200 once it is stored, 401 where it is not Slack's, 503 where Slack has to try again."""
        now = self._clock.now()
        if len(body) > _LARGEST:
            return Answer(413)
        if reason := refusal(headers, body, secret=self._secret, now=now):
            self.refused[reason] += 1
            return Answer(401)
        self.heard = now
        payload = _payload(headers, body)
        if payload is None:
            return Answer(400)
        if payload.get("type") == "url_verification":
            return Answer(200, str(payload.get("challenge", "")).encode())
        if "ssl_check" in payload:
            return Answer(200)
        if any(name.lower() == "x-slack-retry-num" for name, _ in headers):
            self._missed()
        taken = await self._take(payload)
        return Answer(taken.status, taken.body.encode(), "application/json" if taken.body else "text/plain")


def _payload(headers: Sequence[tuple[str, str]], body: bytes) -> Mapping[str, Any] | None:
    """What was posted: JSON, or a form that is a command or holds JSON. None where it is neither."""
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    try:
        text = body.decode()
        if kind.partition(";")[0].strip().lower() == "application/json":
            return _object(text)
        form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100))
        return _object(form["payload"]) if "payload" in form else form or None
    except (ValueError, RecursionError):
        return None


def _object(text: str) -> Mapping[str, Any] | None:
    found = json.loads(text)
    return found if isinstance(found, dict) else None
