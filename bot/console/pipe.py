"""A pipe or a file as a source of messages: one a line."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator

_CHUNK = 65_536  # bytes
_WIDEST = 4  # bytes of one character: RFC 3629, section 3


async def lines(descriptor: int, *, most: int) -> AsyncIterator[str]:
    """Each line of the file descriptor, without its end; the last one may lack it.

    Of a longer line the first ``most`` characters, and what follows up to its end is passed over. UTF-8;
    what is not becomes U+FFFD, so that a wrong byte costs a letter and not the line. The event loop goes
    on while nothing comes.
    """
    room = most * _WIDEST
    rest = b""
    while chunk := await _read(descriptor):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield _text(line)[:most]
        # An endless line takes no more memory than its beginning; its end may be "\r".
        rest = rest[:room] + rest[room:][-1:]
    if rest:
        yield _text(rest)[:most]


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "replace")


async def _read(descriptor: int) -> bytes:
    """What has come, empty at the end of the input; a terminal that hung up has ended too."""
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
    try:
        return os.read(descriptor, _CHUNK)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return b""
