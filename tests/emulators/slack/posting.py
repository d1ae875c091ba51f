"""Signed HTTP: what Slack posts to the app's request URL, and what it takes for an acknowledgement.

docs.slack.dev/apis/events-api/using-http-request-urls;
docs.slack.dev/authentication/verifying-requests-from-slack.
"""

import hmac
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

from .deliveries import Delivery
from .problems import Json

Acknowledged = Callable[[Delivery, Json | None, bool], None]


@dataclass(frozen=True, slots=True)
class Posted:
    """One request as it goes out."""

    headers: dict[str, str]
    body: bytes


class Posting:
    """A carrier: one request for each envelope, answered within three seconds by a 200."""

    def __init__(
        self,
        url: str,
        secret: Callable[[], str],
        now: Callable[[], float],
        seconds: float,
        told: Acknowledged,
    ) -> None:
        self._url = url
        self._secret = secret
        self._now = now
        self._seconds = seconds
        self._told = told

    async def verify(self) -> None:
        """Ask whether the URL is the app's, as Slack does before it takes it.

        docs.slack.dev/reference/events/url_verification: the challenge comes back. Raises ValueError.
        """
        challenge = {"type": "url_verification", "token": "deprecated", "challenge": "3eZbrw1aB"}
        status, said = await self.post(self.signed(json.dumps(challenge).encode(), "application/json"))
        if status != 200 or said != b"3eZbrw1aB":
            raise ValueError(f"the request URL did not answer the challenge: {status}")

    async def carry(self, delivery: Delivery, envelope: Json) -> bool | None:
        """Post it; False where the answer is late, None where it is no 200 or there is none."""
        try:
            status, said = await self.post(self.request(delivery, envelope))
        except TimeoutError:
            return False
        except aiohttp.ClientError:
            return None
        if status != 200:
            return None
        self._told(delivery, json.loads(said) if said.startswith(b"{") else None, False)
        return True

    def request(self, delivery: Delivery, envelope: Json) -> Posted:
        """The request for one try: JSON for an event, a form for a command or a press."""
        if delivery.type == "events_api":
            posted = self.signed(json.dumps(delivery.payload).encode(), "application/json")
            if number := envelope["retry_attempt"]:
                posted.headers["X-Slack-Retry-Num"] = str(number)
                posted.headers["X-Slack-Retry-Reason"] = "http_error"
            return posted
        pressed = delivery.type == "interactive"
        form = {"payload": json.dumps(delivery.payload)} if pressed else delivery.payload
        return self.signed(urlencode(form).encode(), "application/x-www-form-urlencoded")

    def signed(self, body: bytes, kind: str) -> Posted:
        """A request with Slack's signature."""
        timestamp = str(int(self._now()))
        base = b"v0:" + timestamp.encode() + b":" + body
        signature = "v0=" + hmac.digest(self._secret().encode(), base, "sha256").hex()
        headers = {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature,
        }
        return Posted(headers, body)

    async def post(self, posted: Posted) -> tuple[int, bytes]:
        """Send it; returns status and body. Raises TimeoutError and aiohttp's errors."""
        timeout = aiohttp.ClientTimeout(total=self._seconds)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(self._url, data=io.BytesIO(posted.body), headers=posted.headers) as answer,
        ):
            return answer.status, await answer.read()
