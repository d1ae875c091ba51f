"""What ``parley doctor`` finds of the HTTP server: here, and by its public address."""

from __future__ import annotations

import pytest

from bot.clock import SimulatedClock
from bot.config import Config
from bot.config.schema import Http
from bot.doctor.http import server as examined
from bot.platform import Answer, Receiver
from tests.bot.http.serving import free_port, served, serving
from tests.emulators.chat_in_memory import ChatService


async def found(http: Http) -> list[str]:
    """The findings, a line each."""
    return [str(finding).partition("\n")[0] for finding in await examined(Config(http=http))]


async def test_without_a_server_nothing_is_asked() -> None:
    """Port 0 means that there is none."""
    assert await found(Http(public_url="https://crm.example.com")) == []


async def test_a_process_at_work_is_found(sqlite_url: str, clock: SimulatedClock) -> None:
    """By its own address, and by the public one, where the proxy passes requests on to it."""
    service = ChatService()
    service.last_heard = clock.now()
    async with serving(sqlite_url, clock, service) as (_, place):
        root = f"http://127.0.0.1:{place.port}"
        assert await found(Http(host="0.0.0.0", port=place.port, public_url=root)) == [
            f"ok    http: {root} is ready",
            f"ok    public address: {root} comes through to Parley",
        ]


@pytest.mark.parametrize("status", [200, 404])
async def test_who_else_answers_is_told_apart(status: int) -> None:
    """Another program on the port; a proxy that passes nothing on, or does not pass it to Parley."""

    async def answers(*_: object) -> Answer:
        return Answer(status)

    async with served(Receiver("another", "GET", "/", answers)) as place:
        root = f"http://127.0.0.1:{place.port}"
        here, outside = await found(Http(port=place.port, public_url=root))
        assert here.startswith("ok" if status == 200 else f"WRONG http: {root}/readyz answers {status}")
        assert outside == f"WRONG public address: {root}/hooks/lead/ answers {status}"


async def test_where_nothing_listens_it_says_so() -> None:
    """A note: Parley may just not be running."""
    port = free_port()
    [here] = await found(Http(port=port))
    assert here.startswith(f"note  http: nothing listens on http://127.0.0.1:{port}")
