"""Accounts that were closed while nobody listened."""

from __future__ import annotations

import pytest

from bot.platform import Closed
from tests.bot.slack.conftest import Inbox, Notes, Parley, connected
from tests.emulators.slack import Person, SlackEmulator


def closed(parley: Parley) -> list[str]:
    """The accounts that the inbox says are closed."""
    parsed = [parley.platform.parse(row.key, row.raw) for row in parley.inbox.rows.values()]
    return [each.user for each in parsed if isinstance(each, Closed)]


def gone(workspace: SlackEmulator, name: str) -> Person:
    """Somebody whose account was closed before anybody listened."""
    person = workspace.user(name)
    person.account.deleted = True
    return person


async def test_after_a_start_every_linked_account_is_asked_about(workspace: SlackEmulator) -> None:
    """One that is closed goes into the inbox as Slack's own event would; the others do not."""
    lea, marc = workspace.user("Léa"), gone(workspace, "Marc")
    async with connected(workspace, memory=Notes(users=[lea.id, "UNOBODY", marc.id])) as parley:
        await parley.inbox.keeps(1)
        assert closed(parley) == [marc.id]


async def test_a_roll_that_is_called_twice_tells_once(workspace: SlackEmulator) -> None:
    """The same closing has the same key after the next start."""
    marc, inbox = gone(workspace, "Marc"), Inbox()
    for _ in range(2):
        async with connected(workspace, inbox, Notes(users=[marc.id])) as parley:
            before = len(inbox.offered)
            await inbox.is_offered(before + 1)
    assert closed(parley) == [marc.id]


@pytest.mark.parametrize("fault", [{"status": 500}, {"retry_after": "1"}])
async def test_a_roll_that_was_broken_off_is_called_again(
    workspace: SlackEmulator, fault: dict[str, object]
) -> None:
    """Slack was away, or asked us to wait."""
    marc = gone(workspace, "Marc")
    workspace.fault("users.info", **fault)  # type: ignore[arg-type] # one of its keywords
    async with connected(workspace, memory=Notes(users=[marc.id])) as parley:
        await parley.inbox.keeps(1)
        assert closed(parley) == [marc.id]


async def test_a_missing_scope_shuts_nobody_out(workspace: SlackEmulator) -> None:
    """What cannot be seen is not closed."""
    marc = gone(workspace, "Marc")
    workspace.fault("users.info", error="missing_scope", times=None)
    async with connected(workspace, memory=Notes(users=[marc.id])) as parley:
        await workspace.until(lambda: any(call.method == "users.info" for call in workspace.calls))
        workspace.user("Léa").says("jour")
        await parley.hears()
        assert closed(parley) == []
