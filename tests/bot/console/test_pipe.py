"""Messages from a pipe or a file, one a line."""

import asyncio
import os
from pathlib import Path

import pytest

from bot.console import pipe

MOST = 400_000


async def read(descriptor: int) -> list[str]:
    """Every line until the end."""
    return [line async for line in pipe.lines(descriptor, most=MOST)]


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (b"", []),
        (b"call Jane\ntoday\n", ["call Jane", "today"]),
        (b"call Jane\r\n\ntoday", ["call Jane", "", "today"]),
        ("appel Zoé\n".encode(), ["appel Zoé"]),
        (b"caf\xe9\n", ["caf\ufffd"]),
        (b"a\x00b\x0b\x1c\xc2\x85c\n", ["a\x00b\x0b\x1c\x85c"]),
        (b"x" * 300_000 + b"\ny", ["x" * 300_000, "y"]),
    ],
)
async def test_lines_of_a_file(tmp_path: Path, given: bytes, lines: list[str]) -> None:
    """A line ends at a line feed only; its end is taken off, and a wrong byte costs one letter."""
    file = tmp_path / "said"
    file.write_bytes(given)
    descriptor = os.open(file, os.O_RDONLY)
    try:
        assert await read(descriptor) == lines
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("sign", ["a", "é", "€", "😀"])
async def test_an_endless_line_is_cut(tmp_path: Path, sign: str) -> None:
    """Only its beginning is kept, in whole letters, however long it is; the next line is whole again."""
    file = tmp_path / "said"
    file.write_bytes((sign * 3 * MOST + "\r\ntoday\n" + sign * MOST).encode())
    descriptor = os.open(file, os.O_RDONLY)
    try:
        assert await read(descriptor) == [sign * MOST, "today", sign * MOST]
    finally:
        os.close(descriptor)


async def test_a_terminal_that_hangs_up_has_ended() -> None:
    """Its other side is closed: what can no longer be read is the end of the input."""
    mine, theirs = os.openpty()
    os.close(mine)
    try:
        assert await read(theirs) == []
    finally:
        os.close(theirs)


async def test_a_line_comes_when_it_is_written() -> None:
    """A message is given at once, not at the end of the pipe, and other tasks go on meanwhile."""
    reading, writing = os.pipe()
    heard = asyncio.Queue[str]()

    async def listen() -> None:
        async for line in pipe.lines(reading, most=MOST):
            heard.put_nowait(line)

    async with asyncio.timeout(10):
        listener = asyncio.create_task(listen())
        os.write(writing, b"first\nsec")
        assert await heard.get() == "first"
        os.write(writing, b"ond\n")
        assert await heard.get() == "second"
        os.close(writing)
        await listener
    os.close(reading)


async def test_nothing_to_read() -> None:
    """What is no pipe and no file, such as /dev/null, ends at once."""
    descriptor = os.open(os.devnull, os.O_RDONLY)
    try:
        assert await read(descriptor) == []
    finally:
        os.close(descriptor)
