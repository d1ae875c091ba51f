"""The Web API's front door: token, name, rate, fault, method, answer."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import hdrs, web

from . import methods, scopes  # noqa: F401  (fills METHODS)
from .call import METHODS, Arguments, Method, Refused, check_names, read_call
from .core import Core
from .faults import Fault, Faults
from .ledger import Call
from .problems import Json
from .rates import Rates


class WebApi:
    """Answers ``/api/<method>`` as Slack does: HTTP 200 with ``ok``, or 429."""

    def __init__(self, core: Core, faults: Faults, rates: Rates | None) -> None:
        self._core = core
        self._faults = faults
        self._rates = rates

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one call, or what a fault makes of it."""
        name = request.match_info["method"]
        try:
            token, arguments = await read_call(request)
        except Refused as refusal:
            return self._refuse(name, Arguments({}), refusal)
        fault = self._faults.take(name, _channel_of(arguments))
        if fault is not None and fault.prevents:
            self._log(name, arguments, fault.error or "", spoilt=True)

        async def perform() -> web.Response:
            return self._perform(request, name, token, arguments)

        return await under_fault(request, fault, perform)

    def _perform(
        self, request: web.Request, name: str, token: str | None, arguments: Arguments
    ) -> web.Response:
        try:
            called = self._method(request, name, token)
            self._check_scope(called, arguments)
            wait = self._wait(called, arguments)
            if wait:
                self._log(name, arguments, "ratelimited")
                return ratelimited(str(wait))
            check_names(called, arguments)
            answer = called.run(self._core, arguments)
        except Refused as refusal:
            return self._refuse(name, arguments, refusal)
        self._log(name, arguments, "")
        granted = self._core.credentials.scopes
        # What the token may do stands in a header: docs.slack.dev/authentication/best-practices (scopes)
        headers = None if granted is None else {"X-OAuth-Scopes": ",".join(sorted(granted))}
        return _json({"ok": True, **answer}, headers=headers)

    def _check_scope(self, called: Method, arguments: Arguments) -> None:
        """docs.slack.dev/reference/methods, "missing_scope": the answer says what is needed."""
        granted = self._core.credentials.scopes
        channel = self._core.workspace.channels.get(_channel_of(arguments) or "")
        scope = scopes.needed(called.name, channel)
        if granted is not None and called.token == "bot" and scope and scope not in granted:
            provided = ",".join(sorted(granted))
            raise Refused("missing_scope", extra={"needed": scope, "provided": provided})

    def _method(self, request: web.Request, name: str, token: str | None) -> Method:
        called = METHODS.get(name)
        if called is None:
            raise Refused("unknown_method", extra={"req_method": name})
        if called.post_only and request.method != hdrs.METH_POST:
            raise Refused("insecure_request")
        self._authenticate(called, token)
        return called

    def _authenticate(self, called: Method, token: str | None) -> None:
        known = self._core.credentials
        if not token:
            raise Refused("not_authed")
        if token in known.revoked:
            raise Refused("token_revoked")
        if token not in {known.bot_token, known.app_token}:
            raise Refused("invalid_auth")
        wanted = known.bot_token if called.token == "bot" else known.app_token
        if token != wanted:
            raise Refused("not_allowed_token_type")

    def _wait(self, called: Method, arguments: Arguments) -> int:
        if self._rates is None:
            return 0
        wait = self._rates.wait_for_method(called.name, called.per_minute)
        if not wait and called.name == "chat.postMessage":
            channel = self._core.workspace.addressed(_channel_of(arguments) or "")
            wait = self._rates.wait_for_channel(channel.id) if channel else 0
        return wait

    def _refuse(self, name: str, arguments: Arguments, refusal: Refused) -> web.Response:
        self._log(name, arguments, refusal.error)
        return _json(refusal.answer())

    def _log(self, name: str, arguments: Arguments, error: str, *, spoilt: bool = False) -> None:
        now = self._core.clock()
        self._core.calls.append(Call(name, arguments.all(), now, error, spoilt=spoilt))
        self._core.bell.ring()


async def under_fault(
    request: web.Request, fault: Fault | None, perform: Callable[[], Awaitable[web.Response]]
) -> web.Response:
    """Return what ``perform`` answers, or what a fault makes of it."""
    if fault is None:
        return await perform()
    response = web.Response() if fault.prevents else await perform()
    await asyncio.sleep(fault.delay)
    if fault.drop:
        reset(request)
    return _spoilt(fault) if fault.spoils else response


def _spoilt(fault: Fault) -> web.Response:
    if fault.retry_after is not None:
        return ratelimited(fault.retry_after)
    if fault.error is not None:
        return _json({"ok": False, "error": fault.error}, status=fault.status or 200)
    return web.Response(status=fault.status or 200, text=fault.body, content_type="text/html")


def ratelimited(retry_after: str) -> web.Response:
    """Return Slack's refusal of a call too many; an empty ``retry_after`` leaves the header out."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    return _json({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


def reset(request: web.Request) -> None:
    """Cut the connection so that the client meets a reset instead of an answer."""
    transport = request.transport
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _channel_of(arguments: Arguments) -> str | None:
    channel = arguments.peek("channel")
    return channel if isinstance(channel, str) else None


def _json(body: Json, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers)
