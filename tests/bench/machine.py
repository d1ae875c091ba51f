"""The machine that the figures were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
from datetime import UTC, datetime
from importlib.metadata import version

LIBRARIES = ("tortoise-orm", "aiosqlite", "python-telegram-bot", "slack-bolt", "aiohttp")


def facts() -> tuple[str, ...]:
    """Date, cores, load, versions: one fact a line."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, {_cores()} cores, "
        f"load {os.getloadavg()[0]:.1f} at the start",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        libraries,
    )


def _cores() -> int:
    """Those that this process may use: a container has fewer than its machine."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
