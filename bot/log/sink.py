"""Where log lines go. Writing there can fail or jam, and Parley goes on."""

from __future__ import annotations

import logging
import os
import select
import sys
from io import UnsupportedOperation
from typing import TextIO


class Sink(logging.StreamHandler["Unhurried"]):
    """A handler that drops what it cannot write, and counts it.

    ``lost`` counts records since the start: the pipe was closed, the disk full, the reader asleep.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(Unhurried(stream))
        self.lost = 0
        self._told = 0

    def emit(self, record: logging.LogRecord) -> None:
        lost = self.lost
        super().emit(record)
        if self._told < lost == self.lost:
            self._tell_of_the_lost()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name in logging.Handler
        """The standard one prints the record, arguments and all, to the very stream that failed."""
        self.lost += 1
        error = sys.exc_info()[1]
        if isinstance(error, (OSError, ValueError)):
            return
        place = f"{record.pathname}, line {record.lineno}"
        self._write(f"a log record could not be written: {type(error).__name__}, {place}\n")

    def _tell_of_the_lost(self) -> None:
        count = self.lost - self._told
        if self._write(f"{count} log record{'s were' if count > 1 else ' was'} lost before this line\n"):
            self._told = self.lost

    def _write(self, line: str) -> bool:
        try:
            self.stream.write(line)
        except (OSError, ValueError):
            return False
        return True


class Unhurried:
    """A text stream that is never waited for: what its reader has no room for is given up.

    A pipe whose reader is alive but asleep would otherwise stop the event loop in ``write``.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._torn = False

    def write(self, text: str) -> None:
        """All of it, or an OSError; a line that was cut short is ended before the next one begins."""
        descriptor = self._descriptor()
        if descriptor is None:
            self._stream.write(text)
            return
        rest = (("\n" if self._torn else "") + text).encode("utf-8", "backslashreplace")
        whole = len(rest)
        while rest:
            try:
                written = self._write_some(descriptor, rest)
            except OSError:
                self._torn = self._torn or len(rest) < whole
                raise
            rest = rest[written:]
        self._torn = False

    def flush(self) -> None:
        """Nothing is held back where there is a descriptor."""
        if self._descriptor() is None:
            self._stream.flush()

    def _descriptor(self) -> int | None:
        # Asked each time: the number of a stream that was closed may be another file's by now.
        try:
            return self._stream.fileno()
        except (UnsupportedOperation, AttributeError):
            return None

    @staticmethod
    def _write_some(descriptor: int, data: bytes) -> int:
        # POSIX: a descriptor that select() reports takes PIPE_BUF bytes without blocking.
        if not select.select([], [descriptor], [], 0)[1]:
            raise BlockingIOError
        return os.write(descriptor, data[: select.PIPE_BUF])
