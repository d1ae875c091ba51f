"""Reach: which chats this process answers and writes to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

from bot.platform import Platform, Private


def condition(
    platforms: Mapping[str, Platform], limit: str = "", *values: object
) -> tuple[str, list[object]]:
    """SQL for the rows of chats within reach, by their ``platform`` and ``address``, and its values.

    ``limit`` with its ``values`` narrows the services' rows; what is for a terminal of this process,
    only this process can show.
    """
    private = {name: own for name, platform in platforms.items() if (own := _private(platform)) is not None}
    services = sorted(platforms.keys() - private.keys())
    parts = [f"(platform IN ({_marks(services)}){limit})"] if services else []
    found: list[object] = [*services, *values] if services else []
    for name, platform in sorted(private.items()):
        chats = platform.chats()
        parts.append("platform = ?" if chats is None else f"(platform = ? AND address IN ({_marks(chats)}))")
        found += [name, *sorted(chats or ())]
    return f"({' OR '.join(parts) or '1 = 0'})", found


def _private(platform: Platform) -> Private | None:
    # Not isinstance: asking a protocol costs as much as the query, several times in each turn.
    return cast(Private, platform) if hasattr(platform, "chats") else None


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values)) or "NULL"  # PostgreSQL takes no empty list
