"""What was written while Slack could not deliver it is read back, once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.clock import Clock
from bot.slack.api import Api
from bot.slack.backfill import ReadBack
from handlers.chat.reply import text
from tests.bot.slack.conftest import Inbox, Notes, Parley, connected
from tests.emulators.slack import Person, SlackEmulator


def long_ago() -> datetime:
    """A mark from well before anything in these tests."""
    return Clock().now() - timedelta(hours=1)


def notes(*people: Person) -> Notes:
    """A memory that knows these people's direct messages."""
    return Notes({person.dm.id for person in people}, long_ago())


def lines(parley: Parley) -> list[str]:
    """What was said, in the order of the inbox."""
    return [request.text for request in parley.requests()]


async def gives_up(workspace: SlackEmulator) -> None:
    """Wait until Slack will not deliver any more."""
    await workspace.until(lambda: all(delivery.gave_up for delivery in workspace.deliveries))


async def test_what_slack_gave_up_on_is_read_back(workspace: SlackEmulator) -> None:
    """Messages from while nobody listened arrive after the start, oldest first, with their own time."""
    lea, marc = workspace.user("Léa"), workspace.user("Marc")
    first = lea.says("appel Jane & co")
    lea.says("rappel Jane demain")
    marc.says("deal acme")
    await gives_up(workspace)
    async with connected(workspace, memory=notes(lea, marc)) as parley:
        await parley.inbox.keeps(3)
        said = [request for request in parley.requests() if request.sender.user == lea.id]
    assert [request.text for request in said] == ["appel Jane & co", "rappel Jane demain"]
    assert said[0].key == f"{lea.dm.id}:{first}"
    assert said[0].sent_at is not None
    assert f"{said[0].sent_at.timestamp():.6f}" == first
    assert said[0].sender.team


async def test_nothing_is_read_twice(workspace: SlackEmulator) -> None:
    """What was delivered, and what we said ourselves, adds no row when it is read back."""
    lea, inbox = workspace.user("Léa"), Inbox()
    async with connected(workspace, inbox) as parley:
        lea.says("appel Jane")
        await parley.hears()
        await parley.says(lea.dm.id, text("✅ Call logged"))
    lea.says("today")
    await workspace.until(lambda: workspace.deliveries[-1].gave_up)
    async with connected(workspace, inbox, notes(lea)) as parley:
        await inbox.keeps(2)
        assert lines(parley) == ["appel Jane", "today"]


async def test_an_inbox_that_was_down_is_caught_up_without_a_reconnect(workspace: SlackEmulator) -> None:
    """The connection stood all the while; the failed envelope alone is reason to read back."""
    lea, inbox = workspace.user("Léa"), Inbox(trouble=OSError("disk full"))
    async with connected(workspace, inbox, notes(lea)) as parley:
        lea.says("appel Jane")
        await gives_up(workspace)
        inbox.trouble = None
        await inbox.keeps(1)
        assert lines(parley) == ["appel Jane"]


async def test_reading_back_waits_as_slack_asks(workspace: SlackEmulator) -> None:
    """A 429 is waited out, and the same page is asked for again."""
    lea = workspace.user("Léa")
    lea.says("appel Jane")
    await gives_up(workspace)
    workspace.fault("conversations.history", retry_after=1)
    begun = Clock().now()
    async with connected(workspace, memory=notes(lea)) as parley:
        await parley.inbox.keeps(1)
    assert Clock().now() - begun >= timedelta(seconds=1)


async def test_reading_back_is_tried_until_it_succeeds(workspace: SlackEmulator) -> None:
    """An outage of the Web API delays it, and the mark does not pass what was not read."""
    lea = workspace.user("Léa")
    lea.says("appel Jane")
    await gives_up(workspace)
    workspace.fault("conversations.history", times=3, status=500)
    memory = notes(lea)
    mark = memory.until
    async with connected(workspace, memory=memory) as parley:
        await parley.inbox.keeps(1)
        assert memory.until == mark
        await memory.moves()
        assert lines(parley) == ["appel Jane"]


async def test_many_messages_come_page_by_page(workspace: SlackEmulator) -> None:
    """A chat with more than a page of them loses none and keeps their order."""
    lea = workspace.user("Léa")
    said = [f"note {n}" for n in range(450)]
    for line in said:
        lea.says(line)
    await gives_up(workspace)
    async with connected(workspace, memory=notes(lea)) as parley:
        await parley.inbox.keeps(450)
        assert lines(parley) == said


async def test_one_chat_that_cannot_be_read_does_not_stop_the_others(workspace: SlackEmulator) -> None:
    """A direct message that is gone is passed over."""
    lea, marc = workspace.user("Léa"), workspace.user("Marc")
    marc.says("deal acme")
    await gives_up(workspace)
    workspace.fault("conversations.history", channel=lea.dm.id, error="channel_not_found", times=None)
    async with connected(workspace, memory=notes(lea, marc)) as parley:
        await parley.inbox.keeps(1)
        assert lines(parley) == ["deal acme"]


async def test_a_fresh_installation_reads_nothing_back(workspace: SlackEmulator) -> None:
    """What was written before Parley was there is not a command, then or after the next start."""
    lea, memory, inbox = workspace.user("Léa"), Notes(), Inbox()
    lea.says("hello?")
    await gives_up(workspace)
    memory.addresses.add(lea.dm.id)
    async with connected(workspace, inbox, memory):
        await memory.moves()
    lea.says("appel Jane")
    await workspace.until(lambda: workspace.deliveries[-1].gave_up)
    async with connected(workspace, inbox, memory) as parley:
        await inbox.keeps(1)
        assert lines(parley) == ["appel Jane"]


async def test_the_mark_only_moves_ahead(workspace: SlackEmulator) -> None:
    """Reading back begins some time before the gap, but never before what was read already."""
    lea, mark = workspace.user("Léa"), Clock().now() - timedelta(minutes=1)
    memory = Notes({lea.dm.id}, mark)
    async with connected(workspace, memory=memory):
        await memory.moves()
    assert memory.until == mark
    assert histories(workspace) == 1


async def test_a_disconnect_of_a_moment_is_left_to_slacks_own_retries(workspace: SlackEmulator) -> None:
    """Slack renews connections every few hours; nobody's history is read for that."""
    lea, memory = workspace.user("Léa"), notes(workspace.user("Marc"))
    async with connected(workspace, memory=memory) as parley:
        await memory.moves()
        before = histories(workspace)
        for count in (1, 2, 3):
            await workspace.disconnect("refresh_requested")
            lea.says("appel Jane")
            await parley.hears(count)
        assert histories(workspace) == before


def histories(workspace: SlackEmulator) -> int:
    """How often history was asked for."""
    return sum(call.method == "conversations.history" for call in workspace.calls)


@pytest.mark.parametrize("address", ["C1", "D1/U1", "U1"])
async def test_only_our_own_direct_messages_are_read(workspace: SlackEmulator, address: str) -> None:
    """Channels, and direct messages between two others, are not."""
    memory = Notes({address}, long_ago())
    async with connected(workspace, memory=memory):
        await memory.moves()
    assert histories(workspace) == 0


async def listed(request: web.Request) -> web.Response:
    """Two pages of direct messages."""
    if "cursor" not in request.query:
        return web.json_response(
            {"ok": True, "channels": [{"id": "D1"}], "response_metadata": {"next_cursor": "more"}}
        )
    return web.json_response(
        {"ok": True, "channels": [{"id": "D2"}], "response_metadata": {"next_cursor": ""}}
    )


async def history(request: web.Request) -> web.Response:
    """One message in each of them."""
    channel = request.query["channel"]
    message = {"type": "message", "user": "U1", "text": f"in {channel}", "ts": "1792000000.000100"}
    return web.json_response({"ok": True, "messages": [message], "has_more": False})


async def test_direct_messages_that_nobody_ever_wrote_in_are_listed() -> None:
    """Where Slack lists them, the first line of a new colleague is found too."""
    app = web.Application()
    app.add_routes(
        [web.get("/api/users.conversations", listed), web.get("/api/conversations.history", history)]
    )
    kept: list[Mapping[str, Any]] = []

    async def keep(found: Sequence[Mapping[str, Any]]) -> None:
        kept.extend(found)

    async with TestServer(app) as server:
        api, memory = Api("xoxb-1", str(server.make_url("/api/"))), Notes(until=long_ago())
        reading = ReadBack(api, memory, keep, lambda: True, clock=Clock(), pause=0.0)
        reading.want()
        task = asyncio.create_task(reading.run(team="T1", bot="UBOT"))
        await memory.moves()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await api.close()
    assert [payload["event"]["text"] for payload in kept] == ["in D1", "in D2"]
