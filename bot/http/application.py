"""Application: the receivers behind one ASGI application that no request can bring down or keep busy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.database import is_transient
from bot.platform import Answer, Receiver
from bot.tally import Tally

log = structlog.get_logger(__name__)

BODY_WITHIN: Final = 20.0  # seconds for the whole body of a request
# As HTTP/2 names it (RFC 9113, section 8.3.1): no header that comes over the wire can begin with a colon.
PATH: Final = ":path"


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


def application(
    receivers: Sequence[Receiver], tally: Tally, *, body_within: float = BODY_WITHIN
) -> Starlette:
    """Each receiver at its path, everything else is 404."""
    routes = [_route(receiver, tally, body_within) for receiver in receivers]
    made = Starlette(routes=routes)
    made.router.redirect_slashes = False
    return made


def _route(receiver: Receiver, tally: Tally, body_within: float) -> Route:
    async def endpoint(request: Request) -> Response:
        begun = time.perf_counter()
        answer = await _answered(receiver, request, body_within)
        tally.asked(receiver.name, answer.status)
        _note(receiver.name, answer.status, time.perf_counter() - begun)
        return _response(answer)

    path = f"{receiver.path}{{beneath:path}}" if receiver.path.endswith("/") else receiver.path
    return Route(path, endpoint, methods=[receiver.method])


async def _answered(receiver: Receiver, request: Request, body_within: float) -> Answer:
    """What the receiver says, or what is said in its place."""
    try:
        body = await _body(request, receiver.largest, body_within)
        return await receiver.receive([(PATH, request.scope["path"]), *_headers(request)], body)
    except _Refused as refused:
        return Answer(refused.status)
    except Exception as error:  # one request must not end the others; logged, and told by a 5xx
        if is_transient(error):
            log.warning("not received", route=receiver.name, error=type(error).__name__)
            return Answer(503)
        log.error("request failed", route=receiver.name, exc_info=error)
        return Answer(500)


def _headers(request: Request) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]


async def _body(request: Request, largest: int, within: float) -> bytes:
    """The whole body.

    Raises: _Refused, 413 where it is too long, 408 where it takes too long, 400 where its sender is gone.
    """
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and (len(told) > 12 or int(told) > largest):
        raise _Refused(413)
    received = bytearray()
    try:
        async with asyncio.timeout(within):
            async for part in request.stream():
                received += part
                if len(received) > largest:
                    raise _Refused(413)
    except TimeoutError:
        raise _Refused(408) from None
    except ClientDisconnect:
        raise _Refused(400) from None
    return bytes(received)


# Seconds after which it is worth another try.
_AGAIN_IN: Final = {429: "60", 503: "5"}
# After these the rest of a body may still be on its way: the connection ends instead of reading it.
_ENDS = (408, 413)


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, media_type=answer.media_type)
    # Nobody shall guess that an answer of ours is a page.
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    if seconds := _AGAIN_IN.get(answer.status):
        response.headers["Retry-After"] = seconds
    if answer.status in _ENDS:
        response.headers["Connection"] = "close"
    return response


def _note(route: str, status: int, seconds: float) -> None:
    """One line without the path, which may hold a secret; what asks every few seconds is not worth one."""
    say = log.debug if route in QUIET else log.info
    say("asked", route=route, status=status, ms=round(seconds * 1000))


QUIET: Final = frozenset({"healthz", "readyz", "metrics"})
