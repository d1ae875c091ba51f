"""Scenes: a platform's workspace with a process of Parley in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.acceptance import on_slack


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[on_slack.Scene]:
    """On Slack; a file about another platform has one of its own."""
    async with on_slack.workspace(database_url) as opened:
        yield opened
