"""Patience: a connection on which no whole request arrives in time is cut, however busily it drips."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle


def patient(seconds: float) -> type[asyncio.Protocol]:
    """uvicorn's protocol, which waits for the head of each request no longer than that.

    uvicorn's own time limit ends with the first byte that comes: a client that sends one byte a second
    would keep its connection for ever. The body's time is the application's care.
    """

    class Patient(H11Protocol):
        """Counts from the beginning of the connection, and from the end of each answer."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
            super().connection_made(transport)
            self._wait()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self._is_asked():
                self._arrived()

        def on_response_complete(self) -> None:
            self._wait()
            super().on_response_complete()  # which begins with the next request, if it is there already
            if self._is_asked():
                self._arrived()

        def connection_lost(self, exc: Exception | None) -> None:
            self._arrived()
            super().connection_lost(exc)

        def send_400_response(self, msg: str) -> None:
            # After half an answer h11 can say nothing more; the connection is at its end either way.
            if str(self.conn.our_state) in ("IDLE", "SEND_RESPONSE"):
                super().send_400_response(msg)
            else:
                self.transport.close()

        def _is_asked(self) -> bool:
            cycle: RequestResponseCycle | None = self.cycle  # None before the first request
            return cycle is not None and not cycle.response_complete

        def _wait(self) -> None:
            self._arrived()
            self._deadline = self.loop.call_later(seconds, self.transport.abort)

        def _arrived(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

    return Patient
