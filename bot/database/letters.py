"""Letters that no column holds, whichever the database."""

from __future__ import annotations

import re
from typing import Final

_NOT_HELD: Final = re.compile("[\0\ud800-\udfff]")


def holdable(text: str) -> str:
    """With U+FFFD for NUL, which PostgreSQL refuses, and for lone surrogates, which UTF-8 cannot say."""
    return _NOT_HELD.sub("\N{REPLACEMENT CHARACTER}", text)
