"""One way to write a statement for both databases: ``?`` for each value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from itertools import count

from models.fields import in_utc

# Quoted text, quoted names and comments are passed over; what is left is a placeholder.
_PART = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\?", re.DOTALL)


@lru_cache(maxsize=512)
def numbered(sql: str) -> str:
    """The statement with ``$1``, ``$2`` … in place of its ``?``, as PostgreSQL wants it."""
    number = count(1)
    return _PART.sub(lambda part: f"${next(number)}" if part[0] == "?" else part[0], sql)


def in_text(values: Iterable[object]) -> list[object]:
    """Values as SQLite stores them: an instant is its text in UTC, so that texts compare as instants do."""
    return [in_utc(value).isoformat(" ") if isinstance(value, datetime) else value for value in values]


def aware(values: Iterable[object]) -> list[object]:
    """Values as PostgreSQL takes them; a naive instant is refused and not read in the session's zone."""
    return [in_utc(value) if isinstance(value, datetime) else value for value in values]
