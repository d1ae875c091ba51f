"""Files that people and the bot sent. docs #getfile, #sending-files."""

from __future__ import annotations

import itertools
from dataclasses import dataclass


@dataclass(frozen=True)
class Stored:
    """One file, as its server keeps it. ``path`` is what it is downloaded by."""

    file_id: str
    path: str
    content: bytes
    size: int  # bytes; may be said to be more than there are, for files that nobody wants in a test


class Files:
    """By their ids and by their paths."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.by_id: dict[str, Stored] = {}
        self.by_path: dict[str, Stored] = {}

    def add(self, content: bytes, folder: str, suffix: str, *, size: int | None = None) -> Stored:
        number = next(self._numbers)
        path = f"{folder}/file_{number}{suffix}"
        stored = Stored(f"BQACAgQAAxkB-{number:04}_ID", path, content, len(content) if size is None else size)
        self.by_id[stored.file_id] = self.by_path[path] = stored
        return stored

    def forget(self) -> None:
        """Let every file be gone, as after a long time."""
        self.by_id.clear()
        self.by_path.clear()
