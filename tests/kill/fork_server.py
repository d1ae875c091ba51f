"""Starts servers by forking: run as ``python -m tests.kill.fork_server``, see :mod:`tests.kill.supervisor`.

A start of Python with all that Parley imports takes a second, and the kill matrix starts hundreds of
processes. Here one process imports everything, opens nothing, and forks for each start. What is
killed is a real process all the same: of its own pid, with files, sockets and a loop that it opened
itself after the fork, and it ends by ``os._exit`` within the code of ``parley run``.

It reads orders and answers them one by one, each a line: ``{"settings": …, "now": …, "log": …}`` in;
the pid out, and the exit status when that process has ended (negative: the signal that killed it).
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

# What a server imports in the course of its start: it is here before the fork.
import aiosqlite  # noqa: F401
import apscheduler.executors.asyncio
import apscheduler.schedulers.asyncio
import apscheduler.triggers.interval  # noqa: F401
import asyncpg  # noqa: F401

import bot.reading_back
import bot.slack.adapter
import bot.telegram.adapter  # noqa: F401
from bot import demo, failpoint, live
from bot.clock import Clock
from handlers.chat.i18n import Locale
from handlers.chat.language import languages
from models import MODELS

LONGEST_LIFE = 60  # seconds: a process whose test was killed ends by itself


class _Standing(Clock):
    """A machine's clock that shows one instant (aware), so that two runs write down the same times."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        """That instant."""
        return self._instant


def main() -> None:
    """Fork for each order until there are no more."""
    _read_ahead()
    gc.freeze()  # a collection in a child would copy the pages that it shares
    for line in iter(sys.stdin.readline, ""):
        order = json.loads(line)
        assert threading.active_count() == 1, "a fork takes no other thread along"
        pid = os.fork()
        if pid == 0:
            _become_a_server(order)
        _tell(pid)
        _tell(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _read_ahead() -> None:
    """Read what every server reads from files in its first second, and keeps."""
    for name in MODELS:
        importlib.import_module(name)
    languages()
    locale = Locale(tag="en-US", zone="America/New_York")
    locale.instant(demo.NOW, now=demo.NOW)
    locale.number(1)


def _become_a_server(order: Mapping[str, Any]) -> NoReturn:
    status = 1
    try:
        signal.alarm(LONGEST_LIFE)
        _write_to(order["log"])
        os.chdir(Path(order["log"]).parent)  # where no config.toml lies
        os.environ.update(order["settings"])
        importlib.reload(failpoint)  # it reads the environment when a process begins
        live.serve(None, _Standing(datetime.fromisoformat(order["now"])))
        status = 0
    finally:
        if status:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # what stands behind is the fork server's


def _write_to(log: str) -> None:
    """Let go of the orders and of the answers."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(nothing, 0)
    os.dup2(written, 1)
    os.dup2(written, 2)


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
