"""Hook: ``POST /hooks/lead/<secret>``. Who knows the secret of a form adds leads; what came is in the inbox
before the 202, once, however often it is sent."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from bot.clock import Clock
from bot.platform import Answer, Arrival, Receive, Receiver
from bot.web.form import Pairs, Unacceptable, pairs_of
from models.lead_hook import LeadHook, digest_of
from models.messaging.inbox import Incoming

PLATFORM: Final = "web"
PATH: Final = "/hooks/lead/"
LARGEST: Final = 64 * 1024  # bytes of a body
# The same fields within this time are the same inquiry: an impatient second click, a form that tries again.
SAME_WITHIN: Final = timedelta(minutes=10)
# How soon a hook that was made or closed is known here.
_KNOWN_FOR: Final = timedelta(seconds=1)
# Of one form, and of requests that know no secret.
MOST_EACH: Final = 60
MOST_STRAYS: Final = 120
_WITHIN: Final = timedelta(minutes=1)

Headers = Sequence[tuple[str, str]]


class Hook:
    """The route. ``refused`` counts by reason what was not let in."""

    def __init__(self, receive: Receive, clock: Clock, refused: Counter[str]) -> None:
        self._receive = receive
        self._clock = clock
        self._refused = refused
        self._hooks: list[LeadHook] = []
        self._known_at: datetime | None = None
        self._lately: dict[int, deque[datetime]] = {}

    def receiver(self) -> Receiver:
        """The address for the server."""
        return Receiver("lead hook", "POST", PATH, self.answer, LARGEST)

    async def answer(self, headers: Headers, body: bytes) -> Answer:
        """202 once it is stored, or was before; 404 without a secret, 429 for too many, else 400 and 415."""
        hook = await self._hook(headers)
        if hook is None:
            # Told apart from nothing else: 404 for a wrong secret too, and at last 429.
            return self._no("secret", 404 if self._admits(0, MOST_STRAYS) else 429)
        if not self._admits(hook.id, MOST_EACH):
            return self._no("too many", 429)
        try:
            pairs = await pairs_of(headers, body)
        except Unacceptable as unacceptable:
            return self._no("unreadable", unacceptable.status, str(unacceptable))
        key = await self._key(hook, headers, pairs)
        if key is not None:
            await self._receive([arrival(hook.id, key, pairs)])
        return Answer(202, b"Received.\n")

    def _no(self, reason: str, status: int, words: str = "") -> Answer:
        self._refused[reason] += 1
        return Answer(status, words.encode())

    async def _hook(self, headers: Headers) -> LeadHook | None:
        """The one whose secret stands in the path; all are compared, in the same time each."""
        now = self._clock.now()
        if self._known_at is None or not timedelta(0) <= now - self._known_at < _KNOWN_FOR:
            self._hooks = await LeadHook.filter(deleted_at__isnull=True)
            self._known_at = now
        path = next((value for name, value in headers if name == ":path"), "")
        digest = digest_of(path.removeprefix(PATH))
        fitting = [hook for hook in self._hooks if hook.fits(digest)]
        return fitting[0] if fitting else None

    def _admits(self, hook: int, most: int) -> bool:
        """Whether there is room for one more within the minute."""
        now = self._clock.now()
        lately = self._lately.setdefault(hook, deque(maxlen=most))
        if len(lately) == most and now - lately[0] < _WITHIN:
            return False
        lately.append(now)
        return True

    async def _key(self, hook: LeadHook, headers: Headers, pairs: Pairs) -> str | None:
        """Its key in the inbox; None where the same came within ten minutes, under the key of before."""
        told = [value for name, value in headers if name.lower() == "idempotency-key" and value.strip()]
        if told:
            return f"{hook.id}:told:{_hash(told[0].encode('utf-8', 'surrogatepass'))}"
        # Unique within its ten minutes by the inbox's own rule; across their border, by a look.
        now = self._clock.now()
        number = int(now.timestamp() // SAME_WITHIN.total_seconds())
        # Not the bytes: a browser puts another boundary between the parts of a form each time.
        said = _hash(json.dumps(pairs).encode())
        before = Incoming.filter(platform=PLATFORM, key=f"{hook.id}:said:{number - 1}:{said}")
        if await before.filter(received_at__gt=now - SAME_WITHIN).exists():
            return None
        return f"{hook.id}:said:{number}:{said}"


def arrival(hook: int, key: str, pairs: Pairs) -> Arrival:
    """What a form sent, as it goes into the inbox: without the secret, and without the sender's headers."""
    raw: dict[str, Any] = {"hook": hook, "fields": [list(pair) for pair in pairs]}
    return Arrival(key, f"hook:{hook}", raw)


def _hash(told: bytes) -> str:
    return hashlib.sha256(told).hexdigest()
