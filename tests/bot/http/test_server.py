"""The HTTP server: what it hands on, and what no stranger can do to it."""

from __future__ import annotations

import asyncio
import random
import signal
import socket
import sqlite3
from dataclasses import replace

import pytest

from bot.http.server import PortUnusable, bound
from tests.bot.http.serving import Echo, get, post, served
from tests.bot.machine import overheard


async def test_a_receiver_gets_path_headers_and_body_as_they_came() -> None:
    """Repeated headers each, the path before them, the body byte by byte."""
    echo = Echo("/hooks/")
    async with served(echo.receiver()) as server:
        said = await server.says(post("/hooks/a%20b?x=1", b"\x00\xff", "X-A: 1", "X-A: 2"))
    assert said.startswith(b"HTTP/1.1 200")
    assert said.endswith(b"heard")
    headers, body = echo.got[0]
    assert headers[0] == (":path", "/hooks/a b")
    assert [value for name, value in headers if name == "x-a"] == ["1", "2"]
    assert body == b"\x00\xff"


async def test_whatever_is_not_a_route_is_not_there() -> None:
    """404 beside the routes, 405 for another method, no redirect for a slash too many."""
    echo = Echo()
    async with served(echo.receiver()) as server:
        assert await server.status(post("/")) == 404
        assert await server.status(post("/echo/")) == 404
        assert await server.status(post("/echo/../echo")) == 404
        assert await server.status(get("/echo")) == 405
    assert echo.got == []


async def test_a_body_that_is_too_long_is_refused_before_it_is_read() -> None:
    """By what its header says, by what comes without saying, and in pieces of any size."""
    echo = Echo()
    chunked = b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with served(echo.receiver(largest=1000)) as server:
        assert await server.status(post("/echo", b"x" * 1000)) == 200
        assert await server.status(post("/echo", length=1001)) == 413
        assert await server.status(post("/echo", length=10**15)) == 413
        assert await server.status(chunked + b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n") == 413
        five_megabytes = [b"10000\r\n" + b"x" * 65536 + b"\r\n"] * 80
        assert await server.status(chunked, *five_megabytes, b"0\r\n\r\n") in (413, 0)
    assert [len(body) for _, body in echo.got] == [1000]


async def test_many_bodies_at_once_fill_no_memory() -> None:
    """What is begun and not ended counts, and is given back; who finds no room is told to come again."""
    echo = Echo()
    async with served(echo.receiver(), most_held=2500, body_within=60.0) as server, asyncio.timeout(20):
        whole = post("/echo", b"x" * 999)
        unfinished = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(2)]
        for _, writer in unfinished:
            writer.write(whole[:-1])
        while await server.status(whole) == 200:  # until both of them have arrived
            pass
        assert b"Retry-After: 5" in (await server.says(whole)).replace(b"retry-after", b"Retry-After")
        for _, writer in unfinished:
            writer.close()
            await writer.wait_closed()
        while await server.status(whole) == 503:
            pass
        assert await server.status(whole) == 200


async def test_who_drips_is_cut_off() -> None:
    """A head that does not end, a body that does not end, and a connection on which nothing is said."""
    echo = Echo()
    async with served(echo.receiver(), head_within=0.3, body_within=0.3) as server:
        dripping = [b"POST /echo HTTP/1.1\r\n", *[b"X: y\r\n"] * 20]
        assert await server.says(*dripping, pause=0.05) == b""
        assert await server.says() == b""
        assert await server.status(post("/echo", length=500), *[b"x"] * 20, pause=0.05) in (408, 0)
        again = b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
        said = await server.says(again, *[b"P"] * 20, pause=0.05)
        assert said.count(b"HTTP/1.1") == 1
    assert len(echo.got) == 1


async def test_many_who_drip_keep_nobody_out() -> None:
    """Two hundred open connections that send nothing: who asks properly is answered meanwhile."""
    echo = Echo()
    async with served(echo.receiver()) as server:
        idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(200)]
        assert await server.status(post("/echo")) == 200
        for _, writer in idle:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for _, writer in idle), return_exceptions=True)


async def test_garbage_is_the_senders_fault() -> None:
    """Whatever bytes come, the answer is a 4xx or the end of the connection, and others are served."""
    seeded = random.Random(7)
    echo = Echo()
    spoilt = [
        b"\x16\x03\x01\x02\x00\x01\x00",  # the beginning of TLS
        b"GET\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
        b"POST /%ff%00%zz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        b"POST \xff HTTP/1.1\r\nHost: h\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: h\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nHost: h\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n",
        *(bytes(seeded.randrange(256) for _ in range(200)) for _ in range(30)),
        *(_mutated(seeded, post("/echo", b"hello")) for _ in range(60)),
    ]
    async with served(echo.receiver(), head_within=0.3, body_within=0.3) as server:
        statuses = await asyncio.gather(*(server.status(sent) for sent in spoilt))
        assert [
            sent for sent, status in zip(spoilt, statuses, strict=True) if status // 100 not in (0, 2, 4)
        ] == []
        assert await server.status(post("/echo")) == 200


def _mutated(seeded: random.Random, sound: bytes) -> bytes:
    changed = bytearray(sound)
    for _ in range(3):
        changed[seeded.randrange(len(changed))] = seeded.randrange(256)
    return bytes(changed)


async def test_trouble_of_the_database_asks_to_come_again() -> None:
    """503 with Retry-After, so that a service delivers once more; any other error is 500 and in the log."""
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
    echo = Echo(raises=locked)
    async with served(echo.receiver()) as server:
        said = await server.says(post("/echo"))
        assert said.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 5" in said.lower()
        echo.raises = ValueError("Jane Doe")
        with overheard() as log:
            assert await server.status(post("/echo")) == 500
        assert any("request failed" in str(line) for line in log.lines)
        echo.raises = None
        assert await server.status(post("/echo")) == 200
        assert server.tally.answers == {("echo", 503): 1, ("echo", 500): 1, ("echo", 200): 1}


async def test_no_line_of_the_log_holds_a_path() -> None:
    """A path may hold a secret: the log names the route."""
    echo = Echo("/hooks/")
    async with served(echo.receiver()) as server:
        with overheard() as log:
            await server.status(post("/hooks/CANARY?key=CANARY"))
            await server.status(post("/CANARY"))
    assert len(log.lines) == 1
    assert "CANARY" not in str(log.lines)


async def test_the_signals_stay_the_process_s() -> None:
    """The server changes no handler of SIGTERM or SIGINT."""
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    async with served(Echo().receiver()) as server:
        assert await server.status(post("/echo")) == 200
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


async def test_what_is_under_way_is_answered_at_the_end() -> None:
    """A request that came before the stop gets its answer."""
    echo, begun, release = Echo(), asyncio.Event(), asyncio.Event()
    receiver = echo.receiver()

    async def slowly(headers, body):  # type: ignore[no-untyped-def] # the receiver's own shape
        begun.set()
        await release.wait()
        return await receiver.receive(headers, body)

    async with served(replace(receiver, receive=slowly)) as server:
        asked = asyncio.create_task(server.status(post("/echo")))
        await begun.wait()
        asyncio.get_running_loop().call_later(0.2, release.set)
    assert await asked == 200


def test_a_port_that_is_taken_is_named_with_the_key_to_change() -> None:
    """A sentence for whoever starts it, no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortUnusable, match=rf"127\.0\.0\.1 port {port} .*Set \[http\] host and port"):
            bound("127.0.0.1", port)
    with pytest.raises(PortUnusable, match=r"no\.such\.host\.invalid"):
        bound("no.such.host.invalid", 8080)
