"""The wire: HTTP in front of an account, and the faults between the two."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from aiohttp import web

from .account import Account
from .faults import Fault, Faults
from .ledger import Call
from .methods import METHODS, Method
from .parameters import Parameters, read_parameters
from .refusals import (
    MALFORMED_TOKEN,
    UNKNOWN_METHOD,
    WRONG_TOKEN,
    Refusal,
    Refused,
    own_rule,
)

_ADDRESS = re.compile(r"/bot(?P<token>[^/]*)/(?P<method>[^/]*)")  # docs #making-requests
_FILE = re.compile(r"/file/bot(?P<token>[^/]*)/(?P<path>.+)")  # docs #getfile
_TOKEN = re.compile(r"[1-9]\d*:[A-Za-z0-9_-]+")  # docs #authorizing-your-bot
_LARGEST_BODY = 64 << 20  # bytes; the files of docs #sending-files are at most 50 MB


class Server:
    """Serves one account on a port of 127.0.0.1 that stays the same when it comes back."""

    def __init__(self, token: str, account: Account, faults: Faults) -> None:
        self._token, self._account, self._faults = token, account, faults
        self._runner: web.AppRunner | None = None
        self._down = asyncio.Event()
        self.port = 0
        self.polls = 0

    async def start(self) -> None:
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/{address:.*}", self._serve)
        # A moment to finish; long polls and delayed answers are then cut off.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        self._down.clear()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        self._down.set()
        if self._runner:
            await self._runner.cleanup()
        self._runner = None

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if file := _FILE.fullmatch(request.path):
            return await self._serve_file(request, file["token"], file["path"])
        try:
            method = self._method(request)
            parameters = await read_parameters(request)
        except Refused as refused:
            return self._refuse("", Parameters({}), refused.refusal)
        if method.name == "getUpdates":
            self.polls += 1
            self._account.bell.ring()
        fault = self._faults.take(method.name.lower(), str(parameters.get("chat_id", "")))
        if fault:
            return await self._serve_badly(request, method, parameters, fault)
        return await self._perform(method, parameters)

    async def _serve_file(self, request: web.Request, token: str, path: str) -> web.Response:
        """docs #getfile; faults on it are those of the method "file"."""
        if fault := self._faults.take("file", ""):
            await self._wait(fault.delay)
            return _cut(request) if fault.drop else _response(*fault.answer())
        stored = self._account.files.by_path.get(path) if token == self._token else None
        if stored is None:
            return _response(404, {"ok": False, "error_code": 404, "description": "Not Found"})
        return web.Response(body=stored.content, content_type="application/octet-stream")

    def _method(self, request: web.Request) -> Method:
        address = _ADDRESS.fullmatch(request.path)
        if not address or not _TOKEN.fullmatch(address["token"]):
            raise Refused(MALFORMED_TOKEN)
        if address["token"] != self._token:
            raise Refused(WRONG_TOKEN)
        if request.method not in ("GET", "POST"):  # docs #making-requests
            raise Refused(own_rule(f"HTTP {request.method} is not GET or POST"))
        if address["method"].lower() not in METHODS:
            raise Refused(UNKNOWN_METHOD)
        return METHODS[address["method"].lower()]

    async def _perform(self, method: Method, parameters: Parameters) -> web.Response:
        try:
            parameters.only(method.name, method.parameters)
            result = await method.perform(self._account, parameters)
        except Refused as refused:
            return self._refuse(method.name, parameters, refused.refusal)
        self._log(method.name, parameters, 200)
        return _response(200, _success(result))

    async def _serve_badly(
        self, request: web.Request, method: Method, parameters: Parameters, fault: Fault
    ) -> web.Response:
        """Let ``fault`` strike. A late poll starts late; any other late answer is only late."""
        if method.name == "getUpdates":
            await self._wait(fault.delay)
        if fault.prevents:
            response = web.Response()
            self._log(method.name, parameters, fault.answer()[0] if not fault.drop else 0)
        else:
            response = await self._perform(method, parameters)
        if method.name != "getUpdates":
            await self._wait(fault.delay)
        if fault.drop:
            return _cut(request)
        return _response(*fault.answer()) if fault.spoils else response

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._down.wait(), seconds)
        except TimeoutError:
            return

    def _refuse(self, method: str, parameters: Parameters, refusal: Refusal) -> web.Response:
        self._log(method, parameters, refusal.status, refusal.description)
        answer: dict[str, Any] = {
            "ok": False,
            "error_code": refusal.status,
            "description": refusal.description,
        }
        if refusal.parameters:
            answer["parameters"] = refusal.parameters
        return _response(refusal.status, answer)

    def _log(self, method: str, parameters: Parameters, status: int, description: str = "") -> None:
        if method == "getUpdates" and not description:
            return
        self._account.calls.append(
            Call(
                method=method,
                parameters=dict(parameters),
                status=status,
                description=description,
                at=self._account.clock(),
            )
        )
        self._account.bell.ring()


def _success(result: Any) -> bytes | dict[str, Any]:
    """Updates are spliced in as they are, so that even a malformed one reaches the bot."""
    if isinstance(result, list) and all(isinstance(item, bytes) for item in result):
        return b'{"ok":true,"result":[' + b",".join(result) + b"]}"
    return {"ok": True, "result": result}


def _response(status: int, body: bytes | dict[str, Any]) -> web.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = web.Response(status=status, body=content, content_type="application/json")
    if isinstance(body, dict) and "retry_after" in body.get("parameters", {}):
        response.headers["Retry-After"] = str(body["parameters"]["retry_after"])
    return response


def _cut(request: web.Request) -> web.Response:
    """End the connection without a word."""
    if request.transport:
        request.transport.abort()
    return web.Response()
