"""Secrets kept in files of their own, as Docker, systemd and Kubernetes hand them out."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from bot.config.errors import Problem
from bot.config.layers import Entry

LARGEST = 64 * 1024


def read_secret(entry: Entry) -> str | Problem:
    """The secret in the file that ``entry`` names, without white space around it.

    A file that other users of the machine may read or write is refused: what lies in it is no
    secret. The permissions are those of the file that is then read, not of the name.
    """
    path = entry.folder / Path(entry.value).expanduser()
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read(LARGEST + 1)
    except OSError as error:
        reason = f"names {path}, which cannot be read ({error.strerror})"
        return entry.place.problem(reason, "Check the path and its permissions.")
    if mode & stat.S_IRWXO:
        return entry.place.problem(f"names {path}, which every user can reach", f"Run: chmod 600 {path}")
    try:
        secret = raw.decode().strip()
    except UnicodeDecodeError:
        secret = ""
    if not secret or len(raw) > LARGEST:
        remedy = "Write the secret into it, alone on one line."
        return entry.place.problem(f"names {path}, which holds no secret", remedy)
    return secret
