"""Receivers on loopback, behind a server of the tests' own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from bot.platform import Receiver


@asynccontextmanager
async def served(receivers: Sequence[Receiver]) -> AsyncIterator[str]:
    """Serve them; gives the root, as ``http://127.0.0.1:40001``."""
    application = web.Application(client_max_size=4 << 20)
    for receiver in receivers:
        application.router.add_route(receiver.method, receiver.path, _handler(receiver))
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _handler(receiver: Receiver):  # type: ignore[no-untyped-def] # aiohttp's own type is private
    async def handle(request: web.Request) -> web.Response:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers]
        answer = await receiver.receive(headers, await request.read())
        return web.Response(status=answer.status, body=answer.body, content_type=answer.media_type)

    return handle
