"""Server: uvicorn as one task of the process, on a socket that was bound before anything started."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from bot.http.patience import patient
from bot.refused import Refused

HEAD_WITHIN: Final = 10.0  # seconds for the head of a request
_MOST_AT_ONCE: Final = 500  # connections; more are told to come again (503)
_LAST_ANSWERS: Final = 5  # seconds for requests under way at the end
_BACKLOG: Final = 512


class PortUnusable(Refused):
    """The server cannot listen where the configuration says. Its text is a sentence with a remedy."""


def bound(host: str, port: int) -> socket.socket:
    """A listening place; port 0 takes any that is free.

    Raises:
        PortUnusable: it is taken, not allowed, or no address of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        place = socket.socket(family, kind, protocol)
    except OSError as error:
        raise PortUnusable(_sentence(host, port, error)) from None
    try:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind(address)
        place.listen(_BACKLOG)  # who comes before the server has started waits a moment
        place.setblocking(False)
    except OSError as error:
        place.close()
        raise PortUnusable(_sentence(host, port, error)) from None
    return place


def _sentence(host: str, port: int, error: OSError) -> str:
    return f"Nothing can listen on {host} port {port} ({error.strerror}). Set [http] host and port to others."


class Server:
    """Serves an application on a bound socket. It takes no signal: its task is cancelled to stop it."""

    def __init__(
        self, application: ASGIApp, place: socket.socket, *, head_within: float = HEAD_WITHIN
    ) -> None:
        self._place = place
        self._uvicorn = _Uvicorn(
            uvicorn.Config(
                application,
                http=patient(head_within),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,  # a path may hold a secret; bot/http/application.py says what was asked
                proxy_headers=False,
                server_header=False,
                limit_concurrency=_MOST_AT_ONCE,
                backlog=_BACKLOG,
                timeout_keep_alive=int(HEAD_WITHIN),
                timeout_graceful_shutdown=_LAST_ANSWERS,
            )
        )

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._place.getsockname()[1])

    async def run(self) -> None:
        """Serve until cancelled; requests under way are answered first."""
        # What strangers send is not worth a line each; the count of answers tells of it.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        serving = asyncio.create_task(self._uvicorn.serve(sockets=[self._place]))
        try:
            await asyncio.shield(serving)
        finally:
            self._uvicorn.should_exit = True
            with suppress(asyncio.CancelledError):
                await serving

    def close(self) -> None:
        """Give the socket back, where it was never served."""
        self._place.close()


class _Uvicorn(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none: SIGTERM and SIGINT are the process's, which ends its tasks in their order."""
        yield
