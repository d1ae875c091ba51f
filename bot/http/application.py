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
# Bytes of bodies that are held at once, of all requests together: whoever opens many connections fills no
# memory. What the services post is some kilobytes each, and what is refused for it comes again.
MOST_HELD: Final = 32 * 1024 * 1024
# As HTTP/2 names it (RFC 9113, section 8.3.1): no header that comes over the wire can begin with a colon.
PATH: Final = ":path"


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class _Bodies:
    """What is held of bodies at the moment, and for how long one may take."""

    def __init__(self, most: int, within: float) -> None:
        self.within = within
        self._most = most
        self._held = 0

    def take(self, length: int) -> None:
        """Raises: _Refused, 503 where there is no room for so many bytes more."""
        if self._held + length > self._most:
            raise _Refused(503)
        self._held += length

    def give_back(self, length: int) -> None:
        """So many bytes are held no more."""
        self._held -= length


def application(
    receivers: Sequence[Receiver],
    tally: Tally,
    *,
    body_within: float = BODY_WITHIN,
    most_held: int = MOST_HELD,
) -> Starlette:
    """Each receiver at its path, everything else is 404."""
    bodies = _Bodies(most_held, body_within)
    routes = [_route(receiver, tally, bodies) for receiver in receivers]
    made = Starlette(routes=routes)
    made.router.redirect_slashes = False
    return made


def _route(receiver: Receiver, tally: Tally, bodies: _Bodies) -> Route:
    async def endpoint(request: Request) -> Response:
        begun = time.perf_counter()
        answer = await _answered(receiver, request, bodies)
        tally.asked(receiver.name, answer.status)
        _note(receiver.name, answer.status, time.perf_counter() - begun)
        return _response(answer)

    path = f"{receiver.path}{{beneath:path}}" if receiver.path.endswith("/") else receiver.path
    return Route(path, endpoint, methods=[receiver.method])


async def _answered(receiver: Receiver, request: Request, bodies: _Bodies) -> Answer:
    """What the receiver says, or what is said in its place."""
    body = bytearray()
    try:
        await _read(request, body, receiver.largest, bodies)
        return await receiver.receive([(PATH, request.scope["path"]), *_headers(request)], bytes(body))
    except _Refused as refused:
        return Answer(refused.status)
    except Exception as error:  # one request must not end the others; logged, and told by a 5xx
        if is_transient(error):
            log.warning("not received", route=receiver.name, error=type(error).__name__)
            return Answer(503)
        log.error("request failed", route=receiver.name, exc_info=error)
        return Answer(500)
    finally:
        bodies.give_back(len(body))


def _headers(request: Request) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]


async def _read(request: Request, body: bytearray, largest: int, bodies: _Bodies) -> None:
    """The whole body, into ``body``, which holds what is counted in ``bodies``.

    Raises: _Refused, 413 where it is too long, 408 where it takes too long, 503 where others fill the
    memory, 400 where its sender is gone.
    """
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and (len(told) > 12 or int(told) > largest):
        raise _Refused(413)
    try:
        async with asyncio.timeout(bodies.within):
            async for part in request.stream():
                if len(body) + len(part) > largest:
                    raise _Refused(413)
                bodies.take(len(part))
                body += part
    except TimeoutError:
        raise _Refused(408) from None
    except ClientDisconnect:
        raise _Refused(400) from None


# Seconds after which it is worth another try.
_AGAIN_IN: Final = {429: "60", 503: "5"}
# After these the rest of a body may still be on its way: the connection ends instead of reading it.
_ENDS = (408, 413, 503)


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
