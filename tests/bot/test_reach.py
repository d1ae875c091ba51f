"""Which chats a process answers and writes to."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot import reach
from bot.database import Database
from bot.platform import Platform
from tests.emulators.chat_in_memory import ChatService

CHATS = [("telegram", "lea"), ("slack", "lea"), ("console", "lea"), ("console", "marc")]


class Terminal(ChatService):
    """A service of which every process has chats of its own; ``mine`` None: all of them."""

    def __init__(self, mine: frozenset[str] | None) -> None:
        super().__init__("console")
        self.mine = mine

    def chats(self) -> frozenset[str] | None:
        """See bot.platform.Private."""
        return self.mine


async def reached(
    database: Database, platforms: Mapping[str, Platform], limit: str = "", *values: object
) -> list[tuple[str, str]]:
    """Which of the chats a process with these platforms finds."""
    for number, (platform, address) in enumerate(CHATS):
        await database.execute(
            "INSERT INTO lane (platform, address, button) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            platform,
            address,
            number,
        )
    within, found = reach.condition(platforms, limit, *values)
    rows = await database.fetch(f"SELECT platform, address FROM lane WHERE {within} ORDER BY button", *found)
    return [(row["platform"], row["address"]) for row in rows]


def platforms(*opened: ChatService) -> dict[str, Platform]:
    """By name."""
    return {platform.name: platform for platform in opened}


@pytest.mark.parametrize("names", [["telegram"], ["slack"], ["slack", "telegram"]])
async def test_a_service_that_is_open_is_reached(database: Database, names: list[str]) -> None:
    """All its chats, and no other service's."""
    found = await reached(database, platforms(*map(ChatService, names)))
    assert found == [chat for chat in CHATS if chat[0] in names]


async def test_a_process_without_platforms_reaches_nobody(database: Database) -> None:
    """As one that only migrates."""
    assert await reached(database, {}) == []


async def test_of_a_terminals_chats_only_its_own_are_reached(database: Database) -> None:
    """No other process can show them, and this one cannot show the others'."""
    terminal = Terminal(frozenset({"lea"}))
    assert await reached(database, platforms(terminal)) == [("console", "lea")]
    both = platforms(terminal, ChatService("slack"))
    assert await reached(database, both) == [("slack", "lea"), ("console", "lea")]


async def test_a_terminal_at_which_nobody_sits_reaches_nobody(database: Database) -> None:
    """As before a speaker is known."""
    assert await reached(database, platforms(Terminal(frozenset()))) == []


async def test_a_shared_screen_reaches_every_terminal(database: Database) -> None:
    """A simulation has one for everybody."""
    assert await reached(database, platforms(Terminal(None))) == CHATS[2:]


async def test_a_limit_narrows_the_services_alone(database: Database) -> None:
    """What is for the terminal is always this process's business."""
    both = platforms(Terminal(frozenset({"marc"})), ChatService("slack"), ChatService("telegram"))
    found = await reached(database, both, " AND button < ?", 1)
    assert found == [("telegram", "lea"), ("console", "marc")]
