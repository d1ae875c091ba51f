"""HTTP to the Bot API: what went out, what came back, and who learns the token."""

from __future__ import annotations

import asyncio
import logging
import math
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import telegram
from aiohttp import web
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.request import RequestData

from bot.telegram.transport import STAND_IN, NoAnswer, NotSent, Transport, pause
from tests.emulators.telegram import TelegramEmulator

TOKEN = "7000000001:AAcanary-of-a-token_1234567890abcd"
Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(serve: Serve) -> AsyncIterator[str]:
    """A server on loopback that answers everything with ``serve``; gives its root address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def transport(answer_within: float = 20.0) -> AsyncIterator[Transport]:
    one = Transport(TOKEN, answer_within=answer_within)
    try:
        yield one
    finally:
        await one.shutdown()


async def failure(body: bytes | str, status: int = 200) -> TelegramError:
    """What becomes of an answer of the library's call ``sendMessage``."""

    async def serve(_: web.Request) -> web.Response:
        return web.Response(status=status, body=body)

    async with served(serve) as root, transport() as http:
        with pytest.raises(TelegramError) as caught:
            await http.do_request(f"{root}/bot{STAND_IN}/sendMessage", "POST", RequestData())
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, b"<html>", NoAnswer),
        (200, b"", NoAnswer),
        (200, b'{"ok":true,"res', NoAnswer),
        (200, b'{"ok":true}', NoAnswer),
        (200, b"[]", NoAnswer),
        (200, b"null", NoAnswer),
        (200, b"[" * 100_000, NoAnswer),
        (200, b'{"ok":false,"description":"no"}', NoAnswer),
        (200, b'{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked"}', Forbidden),
        (302, b"", NotSent),
        (400, b'{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}', BadRequest),
        (400, b'{"ok":false,"description":7}', BadRequest),
        (400, b"<html>", NotSent),
        (401, b'{"ok":false,"error_code":401,"description":"Unauthorized"}', InvalidToken),
        (403, b'{"ok":false,"description":"Forbidden: user is deactivated"}', Forbidden),
        (403, b"<html>blocked by your company</html>", NotSent),
        (404, b'{"ok":false,"error_code":404,"description":"Not Found"}', InvalidToken),
        (404, b"<html>", NotSent),
        (409, b'{"ok":false,"description":"Conflict: terminated"}', Conflict),
        (413, b'{"ok":false,"description":"Request Entity Too Large"}', BadRequest),
        (429, b"<html>", RetryAfter),
        (500, b'{"ok":false,"description":"Internal Server Error"}', NotSent),
        (502, b"<html><h1>502 Bad Gateway</h1></html>", NotSent),
        (503, b"", NotSent),
        (504, b"null", NotSent),
    ],
)
async def test_each_answer_is_one_error(status: int, body: bytes, error: type[TelegramError]) -> None:
    """Only the Bot API's own words count as its refusal; a stranger's page on the way is no verdict."""
    assert type(await failure(body, status)) is error


async def test_a_moved_group_names_its_new_chat() -> None:
    """The new id comes in the parameters of a 400: core.telegram.org/bots/api#responseparameters."""
    error = await failure(
        b'{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup",'
        b'"parameters":{"migrate_to_chat_id":-1001234567890}}',
        400,
    )
    assert isinstance(error, ChatMigrated)
    assert error.new_chat_id == -1001234567890


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (None, 1),
        (0, 1),
        (-5, 1),
        (7, 7),
        (2.5, 2.5),
        ("30", 30),
        ("soon", 1),
        ("", 1),
        (True, 1),
        ([], 1),
        (math.nan, 1),
        (math.inf, 3600),
        (10**9, 3600),
        (10**400, 3600),
        ("9" * 10_000, 3600),
    ],
)
def test_any_retry_after_is_a_sane_pause(said: object, seconds: float) -> None:
    """Absent and senseless waits are a second, endless ones an hour."""
    assert pause(said) == timedelta(seconds=seconds)


@pytest.mark.parametrize("parameters", [b"{}", b'{"retry_after":0}', b'{"retry_after":"x"}', b"7", b"null"])
async def test_a_429_asks_for_a_pause_whatever_it_holds(parameters: bytes) -> None:
    """The library takes a 429 without a usable number for any other network error; here it waits."""
    error = await failure(b'{"ok":false,"description":"Too Many","parameters":' + parameters + b"}", 429)
    assert isinstance(error, RetryAfter)
    assert error.retry_after == timedelta(seconds=1)


async def test_a_refused_connection_sent_nothing() -> None:
    """Nobody listened, so nothing can have happened."""

    async def serve(_: web.Request) -> web.Response:
        return web.Response()

    async with served(serve) as root:
        pass
    async with transport() as http:
        with pytest.raises(NotSent):
            await http.do_request(f"{root}/bot{STAND_IN}/sendMessage", "POST", RequestData())


async def test_an_unknown_host_sent_nothing() -> None:
    """A name that does not resolve: .invalid never does (RFC 2606)."""
    async with transport() as http:
        with pytest.raises(NotSent):
            await http.do_request(f"http://api.invalid/bot{STAND_IN}/getMe", "POST", RequestData())


async def test_silence_may_have_had_its_effect() -> None:
    """A request that is taken and never answered went out, so it may have worked."""
    asked = asyncio.Event()

    async def serve(_: web.Request) -> web.Response:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with served(serve) as root, transport(answer_within=0.05) as http:
        with pytest.raises(NoAnswer):
            await http.do_request(f"{root}/bot{STAND_IN}/sendMessage", "POST", RequestData())
    assert asked.is_set()


async def test_a_cut_connection_may_have_had_its_effect_and_is_not_tried_again() -> None:
    """A connection that breaks after the request is one request, not two."""
    requests = []

    async def serve(request: web.Request) -> web.Response:
        requests.append(request.path)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with served(serve) as root, transport() as http:
        with pytest.raises(NoAnswer):
            await http.do_request(f"{root}/bot{STAND_IN}/sendMessage", "POST", RequestData())
    assert len(requests) == 1


async def test_a_body_that_breaks_off_is_no_answer() -> None:
    """Half an answer with the status 200 tells nothing."""

    async def serve(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"ok":true,"result":')
        assert request.transport is not None
        request.transport.abort()
        return response

    async with served(serve) as root, transport() as http:
        with pytest.raises(NoAnswer):
            await http.do_request(f"{root}/bot{STAND_IN}/sendMessage", "POST", RequestData())


async def test_nothing_goes_out_after_closing() -> None:
    """A send that comes too late is told so, and opens no connection."""
    http = Transport(TOKEN)
    await http.shutdown()
    with pytest.raises(NotSent):
        await http.do_request("http://127.0.0.1:9/botTOKEN/getMe", "POST", RequestData())


async def test_the_token_follows_no_redirect() -> None:
    """Whoever answers with another address does not get the token sent there."""
    asked = []

    async def elsewhere(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response({"ok": True, "result": True})

    async with served(elsewhere) as other:

        async def serve(request: web.Request) -> web.Response:
            raise web.HTTPTemporaryRedirect(other + request.path)

        async with served(serve) as root, transport() as http:
            with pytest.raises(NotSent):
                await http.do_request(f"{root}/bot{STAND_IN}/getMe", "POST", RequestData())
    assert asked == []


async def test_the_library_works_on_this_transport(caplog: pytest.LogCaptureFixture) -> None:
    """telegram.Bot initialises, sends, uploads nothing by itself, and never holds the token."""
    caplog.set_level(logging.DEBUG)
    async with TelegramEmulator(TOKEN) as server, transport() as http:
        marc = server.user(first_name="Marc")
        marc.says("/start")
        bot = telegram.Bot(STAND_IN, base_url=f"{server.url}/bot", request=http, get_updates_request=http)
        await bot.initialize()
        sent = await bot.send_message(marc.id, "42 € & <3")
        assert (bot.username, sent.text) == ("parley_bot", "42 € & <3")
        assert [call.method for call in server.calls] == ["getMe", "sendMessage"]
    assert TOKEN not in repr(bot) + bot.token + bot.base_url + caplog.text


async def test_files_go_up_and_come_down() -> None:
    """An upload is multipart with its name and type; a download is taken as it comes."""
    seen: dict[str, object] = {}

    async def serve(request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.Response(body=b"\x00file")
        form = await request.post()
        document = form["document"]
        assert isinstance(document, web.FileField)
        seen["file"] = (document.filename, document.content_type, document.file.read())
        seen["chat"], seen["path"] = form["chat_id"], request.path
        chat = {"id": 7, "type": "private"}
        return web.json_response({"ok": True, "result": {"message_id": 1, "date": 1, "chat": chat}})

    async with served(serve) as root, transport() as http:
        bot = telegram.Bot(STAND_IN, base_url=f"{root}/bot", request=http, get_updates_request=http)
        await bot.send_document(7, b"a;b", filename="deals.csv")
        assert await http.retrieve(f"{root}/file/bot{STAND_IN}/documents/1") == b"\x00file"
    assert seen == {
        "file": ("deals.csv", "text/csv", b"a;b"),
        "chat": "7",
        "path": f"/bot{TOKEN}/sendDocument",
    }


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Devis été 2026.pdf", "Devis été 2026.pdf"),
        ("契約 100%.pdf", "契約 100%.pdf"),
        ('a "b"; c\\d.pdf', "a _b__ c_d.pdf"),
        ("a\r\nX-Header: b.pdf", "a__X-Header: b.pdf"),
    ],
)
async def test_a_file_keeps_its_name(name: str, read: str) -> None:
    """As the Bot API reads it: to the next semicolon, in UTF-8, without undoing any escape."""
    async with TelegramEmulator(TOKEN) as server, transport() as http:
        marc = server.user(first_name="Marc")
        marc.says("/start")
        bot = telegram.Bot(STAND_IN, base_url=f"{server.url}/bot", request=http, get_updates_request=http)
        sent = await bot.send_document(marc.id, b"%PDF", filename=name)
        assert sent.document is not None
        assert sent.document.file_name == read


async def test_many_calls_are_under_way_at_once() -> None:
    """The pool does not queue: all of 300 requests arrive before the first is answered."""
    arrived, all_there = [], asyncio.Event()

    async def serve(request: web.Request) -> web.Response:
        arrived.append(request.path)
        if len(arrived) == 300:
            all_there.set()
        await all_there.wait()
        return web.json_response({"ok": True, "result": True})

    async with served(serve) as root, transport() as http:
        address = f"{root}/bot{STAND_IN}/sendMessage"
        calls = (http.do_request(address, "POST", RequestData()) for _ in range(300))
        async with asyncio.timeout(30):
            assert len(await asyncio.gather(*calls)) == 300


@pytest.mark.parametrize("fault", ["refused", "cut", "hung", "wrong", "echoed", "garbled"])
async def test_the_token_is_in_no_error_and_no_log(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong, neither the error with all that led to it nor the log at DEBUG holds the token."""
    caplog.set_level(logging.DEBUG)

    async def serve(request: web.Request) -> web.Response:
        match fault:
            case "cut":
                assert request.transport is not None
                request.transport.abort()
            case "hung":
                await asyncio.Event().wait()
            case "wrong":
                return web.json_response({"ok": False, "description": "Unauthorized"}, status=401)
            case "echoed":
                words = f"Bad Request: no such path {request.path}"
                return web.json_response({"ok": False, "description": words}, status=400)
        return web.Response(text=f"<html>{request.path}")

    async with served(serve) as root:
        address = root if fault != "refused" else "http://127.0.0.1:1"
        async with transport(answer_within=0.05) as http:
            with pytest.raises(TelegramError) as caught:
                await http.do_request(f"{address}/bot{STAND_IN}/getMe", "POST", RequestData())
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(vars(http).keys())
    assert TOKEN not in told + caplog.text
    assert TOKEN.partition(":")[2] not in told + caplog.text
    assert caught.value.__context__ is None


def test_every_form_of_the_token_is_redacted() -> None:
    """Also percent-encoded, and its secret half alone."""
    http = Transport("7:se cret/half")
    assert (
        http.redacted("a 7:se cret/half b 7%3Ase%20cret%2Fhalf c se cret/half")
        == "a [token] b [token] c [token]"
    )
