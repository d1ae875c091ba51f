"""The machine: its Python, its clock, its zone data, its folders."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import tempfile
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

from bot.config import Config
from bot.database import Address
from bot.doctor.finding import Finding

# No clock of a machine on which this version runs can show an earlier day.
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
ROOM = 256 * 1024 * 1024  # bytes free beside the database
SQLITE = (3, 35)  # the first with RETURNING: sqlite.org/lang_returning.html


def program() -> Iterator[Finding]:
    version = f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info < SQLITE:
        yield Finding("wrong", "program", version, "Use a Python that comes with SQLite 3.35 or later.")
    else:
        yield Finding("ok", "program", version)


def clock(now: datetime) -> Iterator[Finding]:
    if now < EARLIEST:
        yield Finding("wrong", "clock", f"it shows {now:%Y-%m-%d}", "Set the machine's clock (NTP).")
    else:
        yield Finding("ok", "clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def zone_data() -> Iterator[Finding]:
    """Whether the rules are there and say what is known: Paris leaves summer time on 25 October 2026."""
    remedy = "Install the system's tzdata, or in Parley's environment: pip install tzdata"
    try:
        paris = zoneinfo.ZoneInfo("Europe/Paris")
    except (OSError, ValueError, KeyError):
        yield Finding("wrong", "zone data", "there is none on this machine", remedy)
        return
    night = datetime(2026, 10, 25, tzinfo=UTC)
    hours = [(night + timedelta(hours=h)).astimezone(paris).hour for h in (0, 1, 2)]
    if hours == [2, 2, 3]:
        yield Finding("ok", "zone data", _zone_source())
    else:
        yield Finding("wrong", "zone data", f"{_zone_source()} has wrong rules for Europe/Paris", remedy)


def _zone_source() -> str:
    for place in zoneinfo.TZPATH:
        listing = Path(place, "tzdata.zi")
        if listing.is_file():
            with listing.open(encoding="utf-8") as file:
                return f"{file.readline().removeprefix('# version ').strip()}, in {place}"
        if Path(place, "Europe/Paris").is_file():
            return f"in {place}"
    return f"the package tzdata {metadata.version('tzdata')}"


def folders(config: Config) -> Iterator[Finding]:
    address = Address.of(config.database.url)
    if address.dialect == "sqlite":
        yield folder("database folder", _existing(address.path.absolute().parent), "database.url")
    yield folder("temporary folder", Path(tempfile.gettempdir()), "TMPDIR")


def _existing(folder: Path) -> Path:
    """The folder itself, or the one in which it would be made."""
    return next(parent for parent in (folder, *folder.parents) if parent.exists())


def folder(subject: str, folder: Path, setting: str) -> Finding:
    if not os.access(folder, os.W_OK | os.X_OK):
        remedy = f"Give Parley's user the right to write there, or name another folder in {setting}."
        return Finding("wrong", subject, f"{folder} cannot be written to", remedy)
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        detail = f"only {free // 1024**2} MiB are free in {folder}"
        return Finding("wrong", subject, detail, f"Make room: Parley wants {ROOM // 1024**2} MiB.")
    return Finding("ok", subject, f"{folder}, {free // 1024**2} MiB free")
