"""Standard output: where the commands' answers go, and what becomes of them where nobody takes them."""

from __future__ import annotations

import os
import sys

from bot.refused import Refused


def say(text: str) -> None:
    """Write an answer, whole.

    Raises:
        BrokenPipeError: its reader has gone.
        Refused: it cannot be written, as on a full disk.
    """
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon()
        raise Refused(f"The answer cannot be written: {error.strerror}.") from None


def abandon() -> None:
    """Write no more. Python flushes stdout once more at its end, and would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
