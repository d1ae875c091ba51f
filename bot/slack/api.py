"""Slack's Web API: one try a call, every way to fail named."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import aiohttp
import msgspec
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.platform import AnswerLost, ServiceError, Unavailable
from bot.slack import library
from bot.slack.refusals import Refused, throttled

_ANSWER_WITHIN: Final = 10.0  # seconds
_CONNECT_WITHIN: Final = 5.0  # seconds
_FILE_WITHIN: Final = 60.0  # seconds; 20 MB over a slow line

Answer = Mapping[str, Any]


class _Said(msgspec.Struct):
    ok: bool
    error: str = ""


class Api:
    """Calls with one bot token. The outbox alone tries again: slack_sdk's own retries are off.

    Every method raises :class:`Refused` where Slack said no, or Throttled, Unavailable or AnswerLost.
    """

    def __init__(self, bot_token: str, url: str) -> None:
        self._token = bot_token
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, arguments: Mapping[str, Any]) -> Answer:
        """Call a method that changes something, its arguments as JSON."""
        return await _answered(method, self.client(self._token).api_call(method, json=dict(arguments)))

    async def ask(self, method: str, **arguments: Any) -> Answer:
        """Call a method that only reads, its arguments in the query."""
        client = self.client(self._token)
        return await _answered(method, client.api_call(method, http_verb="GET", params=arguments))

    async def form(self, method: str, arguments: Mapping[str, Any]) -> Answer:
        """Call a method that changes something and takes no JSON: those that upload."""
        return await _answered(method, self.client(self._token).api_call(method, params=dict(arguments)))

    async def post_content(self, url: str, content: bytes) -> None:
        """Post a file's content to the address that was given for it, without our token."""
        method = "files upload"
        timeout = aiohttp.ClientTimeout(total=_FILE_WITHIN, sock_connect=_CONNECT_WITHIN)
        try:
            async with self._open_session().post(
                url, data=io.BytesIO(content), allow_redirects=False, timeout=timeout
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            # Until the upload is completed nobody sees anything of it.
            raise Unavailable(str(lost(method, error))) from None
        if status != 200:
            raise Unavailable(f"{method}: HTTP {status}")

    async def open_socket(self, app_token: str) -> str:
        """The address of one new WebSocket; it can be used once."""
        method = "apps.connections.open"
        answer = await _answered(method, self.client(None).apps_connections_open(app_token=app_token))
        return str(answer["url"])

    def download(self, url: str) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Ask for a file with our token. The caller has seen to it that the host is Slack's; no redirect
        is followed, since the token would go along."""
        return self._open_session().get(
            url,
            headers={"Authorization": f"Bearer {self._token}"},
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=_FILE_WITHIN, sock_connect=_CONNECT_WITHIN),
        )

    async def respond(self, response_url: str, body: Mapping[str, Any]) -> None:
        """Answer a command or a press through its response URL (5 times within 30 minutes)."""
        hook = AsyncWebhookClient(
            response_url, session=self._open_session(), retry_handlers=[], logger=library.logger()
        )
        status, said = await _posted(hook, body)
        if status >= 500:
            raise Unavailable(f"response_url: HTTP {status}")
        code = _word(said)
        if status != 200 or code not in ("", "ok"):
            raise Refused("response_url", code or f"http_{status}")

    def client(self, token: str | None) -> AsyncWebClient:
        """A client of slack_sdk on our one session, that never tries again by itself."""
        return AsyncWebClient(
            token=token,
            base_url=self._url,
            session=self._open_session(),
            retry_handlers=[],
            logger=library.logger(),
        )

    async def close(self) -> None:
        """Let the connections go."""
        if self._session is not None:
            await self._session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=_ANSWER_WITHIN, sock_connect=_CONNECT_WITHIN)
            self._session = aiohttp.ClientSession(timeout=timeout)
        return self._session


async def _answered(method: str, answer: Awaitable[Any]) -> Answer:
    # `from None` throughout: the libraries' errors carry the request, and with it the token.
    try:
        found = (await answer).data
    except SlackApiError as error:
        raise _refusal(method, error.response) from None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise lost(method, error) from None
    except (AttributeError, LookupError, ValueError):
        # slack_sdk looks for `ok` in whatever came: a page in plain text, an unknown charset.
        raise AnswerLost(f"{method}: an unreadable answer") from None
    if not isinstance(found, dict):
        raise AnswerLost(f"{method}: an unreadable answer")
    return found


async def _posted(hook: AsyncWebhookClient, body: Mapping[str, Any]) -> tuple[int, str]:
    try:
        response = await hook.send_dict(dict(body))
    except (aiohttp.ClientError, TimeoutError) as error:
        raise lost("response_url", error) from None
    return response.status_code, response.body.strip()


def _word(said: str) -> str:
    """Slack's word in an answer of a response URL: plain text or JSON; empty where there is none."""
    try:
        found = msgspec.json.decode(said, type=_Said)
    except msgspec.DecodeError:
        return said if said.isidentifier() else ""
    return "ok" if found.ok else found.error


def lost(method: str, error: Exception) -> ServiceError:
    """What a failure of the connection means: nothing was sent, or nobody knows."""
    unsent = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
    if isinstance(error, unsent):
        return Unavailable(f"{method}: no connection ({type(error).__name__})")
    return AnswerLost(f"{method}: the answer was lost ({type(error).__name__})")


def _refusal(method: str, response: Any) -> Exception:
    """``response`` is slack_sdk's, or aiohttp's own where the body was no JSON."""
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    said = getattr(response, "data", None)
    code = said.get("error") if isinstance(said, dict) else None
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return throttled(method, response.headers.get("Retry-After"))
    if status >= 500:
        return Unavailable(f"{method}: HTTP {status}")
    if isinstance(code, str):
        return Refused(method, code)
    if status == 200:
        return AnswerLost(f"{method}: an unreadable answer")
    return Unavailable(f"{method}: HTTP {status}")
