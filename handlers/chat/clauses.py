"""Clauses: what a line says between two separators, as far as nothing has taken it."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.chat.reading import SEPARATOR, Reading


def clauses(reading: Reading) -> Iterator[tuple[int, int]]:
    """The words between separators and spans, each clause from its first letter to its last."""
    borders = sorted([*reading.taken, *((span.start, span.end) for span in reading.spans)])
    position = 0
    for start, end in [*borders, (len(reading.text), len(reading.text))]:
        yield from _between(reading.text, position, start)
        position = max(position, end)


def _between(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        separator = SEPARATOR.search(text, start, end)
        until = separator.start() if separator else end
        words = text[start:until]
        if words.strip(" -–—"):
            yield start + len(words) - len(words.lstrip()), start + len(words.rstrip())
        start = separator.end() if separator else end
