"""HTTP to the Bot API: aiohttp under python-telegram-bot's request interface.

The library's own transport (httpx) chokes when many answers are awaited at once, cannot say whether
a failed request went out, and leaves the token in logs. Here the library never learns the token:
it builds its addresses with :data:`STAND_IN`, and the token takes that place just before sending.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode

import aiohttp
import msgspec
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import BaseRequest, RequestData
from yarl import URL

STAND_IN: Final = "TOKEN"

# Together less than the 10 s for which the outbox leases a message to its sender (bot/outbox.py): a request
# that still hung when another process takes the message over would be sent twice.
_CONNECT_WITHIN: Final = 3.0  # seconds
_ANSWER_WITHIN: Final = 6.0  # seconds
# A batch is at most 100 updates (telegram.constants.PollingLimit); the largest real ones are some
# 10 kB each, files for bots end at 20 MB (telegram.constants.FileSizeLimit.FILESIZE_DOWNLOAD).
_LARGEST_BODY: Final = 64 * 1024 * 1024  # bytes
_SHORTEST_SECRET: Final = 8  # characters; anything shorter would blank out ordinary words

_DEFAULT_PAUSE: Final = timedelta(seconds=1)
_LONGEST_PAUSE: Final = timedelta(hours=1)

# What ends a file's name, or its header, where the Bot API reads it, or is escaped before it:
# github.com/tdlib/td, tdnet/td/net/HttpReader.cpp, parse_multipart_form_data.
_ENDS_A_NAME: Final = re.compile(r'[";\\\x00-\x1f\x7f]')

_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}

_CLIENT_ERRORS: Final[Mapping[int, type[TelegramError]]] = {
    HTTPStatus.UNAUTHORIZED: InvalidToken,
    HTTPStatus.NOT_FOUND: InvalidToken,  # a token of the wrong shape: python-telegram-bot, BaseRequest
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.CONFLICT: Conflict,
}


class NotSent(NetworkError):
    """The service did nothing: no connection, or it said that it is out of order (5xx)."""

    __slots__ = ()


class NoAnswer(TimedOut):
    """The request went out and no readable answer came back: it may have had its effect."""

    __slots__ = ()


class Transport(BaseRequest):
    """One pool of connections to the Bot API, for sending and for polling.

    It retries nothing. Every failure is one of python-telegram-bot's errors, :class:`NotSent` and
    :class:`NoAnswer` among them, and none of their texts holds the token.
    ``answer_within``: seconds to wait for an answer where the caller names no time of their own.
    """

    def __init__(self, token: str, *, answer_within: float = _ANSWER_WITHIN) -> None:
        self._token = quote(token, safe=":")
        self._secrets = _secrets(token)
        self._answer_within = answer_within
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    @property
    def read_timeout(self) -> float:
        """Seconds."""
        return self._answer_within

    async def initialize(self) -> None:
        """Nothing: the pool opens with the first request, in the loop that uses it."""

    async def shutdown(self) -> None:
        """Close all connections. A request made after this is :class:`NotSent`."""
        self._closed = True
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(  # noqa: PLR0917 - the library's own signature
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One request of the library's; the status is always 200, whatever else came is raised."""
        answer_within = read_timeout if isinstance(read_timeout, int | float) else self._answer_within
        payload = _form(request_data)
        status, body = await self._exchange(method, url, payload, answer_within)
        if method == "POST" or status != HTTPStatus.OK:
            self._judge(status, body)
        return HTTPStatus.OK, body

    async def call(self, url: str, parameters: Mapping[str, str], answer_within: float) -> bytes:
        """Post ``parameters`` to ``url`` and return the answer's body, without looking into a 200.

        Raises: TelegramError.
        """
        form = urlencode(parameters).encode()
        status, body = await self._exchange("POST", url, form, answer_within)
        if status != HTTPStatus.OK:
            self._judge(status, body)
        return body

    async def fetch(self, url: str, answer_within: float, largest: int) -> tuple[int, bytes]:
        """Get a file: the status and the content, of which no more is read than one byte too many.

        Raises: TelegramError.
        """
        return await self._exchange("GET", url, None, answer_within, largest)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Decode an answer that :meth:`do_request` has judged already.

        The library's own writes what it cannot read to the log.
        """
        decoded: dict[str, Any] = msgspec.json.decode(payload)
        return decoded

    def redacted(self, text: str) -> str:
        """``text`` without the token."""
        for secret in self._secrets:
            text = text.replace(secret, "[token]")
        return text

    async def _exchange(
        self, method: str, url: str, data: Any, answer_within: float, largest: int = 0
    ) -> tuple[int, bytes]:
        failure: TelegramError
        try:
            async with self._pool().request(
                method,
                self._address(url),
                data=data,
                headers=_FORM if isinstance(data, bytes) else None,
                timeout=_timeout(answer_within),
                allow_redirects=False,  # the token goes to the configured server and nowhere else
            ) as response:
                return response.status, await _read(response, largest)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            failure = NotSent(self._told(error))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            failure = NoAnswer(self._told(error))
        # Raised out here, so that no traceback carries the library's error, whose text may hold the
        # whole address.
        raise failure

    def _pool(self) -> aiohttp.ClientSession:
        if self._closed:
            raise NotSent("the connection to Telegram has been closed")
        if self._session is None:
            # No limit here: the outbox decides how much goes out at once, and a long poll must
            # never queue behind it.
            connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=60)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    def _address(self, url: str) -> URL:
        return URL(url.replace(f"/bot{STAND_IN}/", f"/bot{self._token}/", 1), encoded=True)

    def _told(self, error: Exception) -> str:
        return self.redacted(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)

    def _judge(self, status: int, body: bytes) -> None:
        """Raise what the service said, unless it said yes."""
        answer = _answer(body)
        if answer is None:
            raise _unreadable(status)
        if status == HTTPStatus.OK and answer.get("ok") is True and "result" in answer:
            return
        raise _refusal(_code(status, answer), self._words(answer), _parameters(answer))

    def _words(self, answer: Mapping[str, Any]) -> str:
        description = answer.get("description")
        return self.redacted(description) if isinstance(description, str) else "no description"


def _secrets(token: str) -> tuple[str, ...]:
    """Every form in which the token could be met, the longest first."""
    forms = {token, quote(token, safe=":"), quote(token, safe=""), token.partition(":")[2]}
    return tuple(sorted((form for form in forms if len(form) >= _SHORTEST_SECRET), key=len, reverse=True))


def _timeout(answer_within: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=_CONNECT_WITHIN + answer_within, sock_connect=_CONNECT_WITHIN, sock_read=answer_within
    )


def _form(request_data: RequestData | None) -> bytes | aiohttp.FormData | None:
    if request_data is None:
        return None
    if not request_data.contains_files:
        return request_data.url_encoded_parameters().encode()
    # Quoted as RFC 7578 says, a name would be shown with its escapes: the Bot API undoes none.
    form = aiohttp.FormData(request_data.json_parameters, quote_fields=False)
    for name, (filename, content, media_type) in request_data.multipart_data.items():
        form.add_field(name, content, filename=_ENDS_A_NAME.sub("_", filename), content_type=media_type)
    return form


async def _read(response: aiohttp.ClientResponse, largest: int) -> bytes:
    """The body; of a file no more than it takes to see that it has more than ``largest`` bytes."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if largest and len(body) > largest:
            return bytes(body)
        if len(body) > _LARGEST_BODY:
            raise aiohttp.ClientPayloadError(f"an answer of more than {_LARGEST_BODY} bytes")
    return bytes(body)


def _answer(body: bytes) -> dict[str, Any] | None:
    """The JSON object in ``body``; None where there is none."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        decoded = msgspec.json.decode(body)
        if isinstance(decoded, dict):
            return decoded
    return None


def _unreadable(status: int) -> TelegramError:
    """Something between us and the service answered (a proxy, a sign-in page), or it broke off."""
    if status == HTTPStatus.OK:
        return NoAnswer("an answer that is not the Bot API's")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RetryAfter(_DEFAULT_PAUSE)
    return NotSent(f"HTTP {status} without an answer of the Bot API")


def _code(status: int, answer: Mapping[str, Any]) -> int:
    """The HTTP status; where that is 200 and the answer says no, the answer's own code."""
    said = answer.get("error_code")
    if status == HTTPStatus.OK and type(said) is int:
        return said
    return status


def _parameters(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    parameters = answer.get("parameters")
    return parameters if isinstance(parameters, dict) else {}


def _refusal(code: int, words: str, parameters: Mapping[str, Any]) -> TelegramError:
    """core.telegram.org/bots/api#making-requests and #responseparameters."""
    moved_to = parameters.get("migrate_to_chat_id")
    if type(moved_to) is int:
        return ChatMigrated(moved_to)
    if code == HTTPStatus.TOO_MANY_REQUESTS:
        return RetryAfter(pause(parameters.get("retry_after")))
    if code == HTTPStatus.OK:
        return NoAnswer(words)
    if HTTPStatus.BAD_REQUEST <= code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _CLIENT_ERRORS.get(code, BadRequest)(words)
    return NotSent(f"{words} ({code})")


def pause(said: object) -> timedelta:
    """How long a 429 asks us to wait: one second where it says nothing sensible, at most an hour."""
    seconds = _number(said)
    if not seconds > 0:  # NaN is not, either
        return _DEFAULT_PAUSE
    return timedelta(seconds=min(seconds, _LONGEST_PAUSE.total_seconds()))


def _number(said: object) -> float:
    if isinstance(said, str):
        with suppress(ValueError):
            return float(said)
    return said if isinstance(said, int | float) and not isinstance(said, bool) else 0
