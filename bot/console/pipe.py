"""A pipe or a file as a source of messages: one a line."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

_CHUNK = 65_536  # bytes


async def lines(descriptor: int) -> AsyncIterator[str]:
    """Each line of the file descriptor, without its end; the last one may lack it.

    UTF-8; what is not becomes U+FFFD, so that a wrong byte costs a letter and not the line.
    The event loop goes on while nothing comes.
    """
    rest = b""
    while chunk := await _read(descriptor):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield _text(line)
    if rest:
        yield _text(rest)


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "replace")


async def _read(descriptor: int) -> bytes:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(descriptor, ready.set)
    except PermissionError:  # a file, or /dev/null: epoll refuses what is always ready
        return os.read(descriptor, _CHUNK)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, _CHUNK)
