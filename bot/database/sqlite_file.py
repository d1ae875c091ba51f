"""SQLite's file: whether it can be used where it is, and how to say so where it cannot."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from bot.database.errors import DatabaseUnusable

# File systems on which SQLite's locks and its shared memory do not work between machines
# (sqlite.org/wal.html, "All processes using a database must be on the same host computer").
_NETWORK = {
    "afs",
    "ceph",
    "cifs",
    "fuse.sshfs",
    "glusterfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
}
_MOUNTS = Path("/proc/self/mounts")  # Linux only; elsewhere the check is left out

_RESTORE = "Restore a backup into a new file: parley restore FILE"


def prepare(path: Path) -> None:
    """Make sure that the file is there, is a file, is ours to write, and is on this machine.

    A new one is readable by its owner only.

    Raises: DatabaseUnusable.
    """
    folder = path.absolute().parent
    try:
        _require_folder(path, folder)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise DatabaseUnusable(
            path, f"cannot be opened for writing ({error.strerror})", _permit(path)
        ) from error
    if not os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise DatabaseUnusable(path, "its folder cannot be written to", _permit(folder))


def explain(path: Path, error: sqlite3.Error) -> DatabaseUnusable:
    """What an error on opening the file means for the person who started Parley."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_NOTADB:
            return DatabaseUnusable(path, "is not a database", _RESTORE)
        case sqlite3.SQLITE_CORRUPT:
            return DatabaseUnusable(path, "is damaged", _RESTORE)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return DatabaseUnusable(path, "cannot be written to", _permit(path))
        case sqlite3.SQLITE_FULL:
            return DatabaseUnusable(path, "the disk is full", "Make room on it.")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return DatabaseUnusable(path, "another program holds it", "End that program, then start again.")
    return DatabaseUnusable(path, f"cannot be opened ({error})", "Look at the disk and at the file's rights.")


def file_system(path: Path, mounts: str) -> str:
    """The kind of file system that ``path`` is on, by the text of ``/proc/self/mounts``; empty if unknown."""
    best, kind = "", ""
    for line in mounts.splitlines():
        _, point, system, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        if len(point) >= len(best) and path.is_relative_to(point):
            best, kind = point, system
    return kind


def _require_folder(path: Path, folder: Path) -> None:
    if not folder.is_dir():
        raise DatabaseUnusable(path, "its folder does not exist", f"Create it: mkdir -p {folder}")
    system = file_system(folder, _mounts())
    if system in _NETWORK:
        raise DatabaseUnusable(
            path,
            f"is on a network share ({system}), where SQLite loses data",
            "Use a folder of this machine, or PostgreSQL.",
        )


def _mounts() -> str:
    return _MOUNTS.read_text() if _MOUNTS.exists() else ""


def _permit(path: Path) -> str:
    return f"Give Parley's user the right to write: chown or chmod {path}"
