"""The file that a backup is written to: whole under its name, or not there."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.database.address import Dialect
from bot.database.errors import BackupRefused

_SIGNATURES: dict[bytes, Dialect] = {b"SQLite format 3\0": "sqlite", b"PK\x03\x04": "postgres"}
_NAMES: dict[Dialect, str] = {"sqlite": "an SQLite", "postgres": "a PostgreSQL"}


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Give an empty file to write to, for its owner's eyes; it takes the name ``path`` when all is done.

    Raises: BackupRefused, where ``path`` exists or cannot be written to, or the disk is full.
    """
    if path.exists():
        raise BackupRefused(path, "there is a file of that name already", "Choose another name.")
    part = path.with_name(f"{path.name}.part")
    try:
        part.unlink(missing_ok=True)  # what a killed process has left
        os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield part
        _store(part)
        part.rename(path)
        _store(path.absolute().parent)
    except (OSError, sqlite3.Error) as error:
        raise _unwritable(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def _unwritable(path: Path, error: Exception) -> BackupRefused:
    reason = getattr(error, "strerror", None) or str(error)
    return BackupRefused(path, f"the backup cannot be written ({reason})", "Choose another place.")


def require_kind(path: Path, dialect: Dialect) -> None:
    """Raises: BackupRefused, where ``path`` is no file, or a backup of the other kind of database."""
    if not path.is_file():
        raise BackupRefused(path, "there is no such file", "Give the path of a backup.")
    with path.open("rb") as file:
        head = file.read(16)
    for signature, kind in _SIGNATURES.items():
        if head.startswith(signature) and kind != dialect:
            raise BackupRefused(
                path,
                f"is a backup of {_NAMES[kind]} database",
                f"Restore it into one; this is {_NAMES[dialect]} database.",
            )


def _store(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
