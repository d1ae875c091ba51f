"""The connection to Slack is kept, mended or replaced, and keeps its secrets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

import pytest

from bot.clock import Clock
from bot.platform import AnswerLost, Unauthorised
from bot.slack.adapter import Slack
from handlers.chat.reply import text
from tests.bot.slack.conftest import Inbox, Notes, Parley, connected, message
from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.bell import Bell


@pytest.mark.parametrize("reason", ["refresh_requested", "warning", "too_many_websockets"])
async def test_a_disconnect_frame_costs_no_message(parley: Parley, reason: str) -> None:
    """Slack announces the end of a connection; the next one is there at once."""
    await parley.workspace.disconnect(reason)  # type: ignore[arg-type]
    await parley.workspace.connected()
    parley.workspace.user("Léa").says("appel Jane")
    (request,) = await parley.hears()
    assert request.text == "appel Jane"


async def fewest_open(workspace: SlackEmulator, until: Callable[[], object]) -> int:
    """The lowest number of sockets that were open until something became true."""
    seen = [workspace.sockets_open]

    def look() -> object:
        seen.append(workspace.sockets_open)
        return until()

    await workspace.until(look)
    return min(seen)


async def test_an_announced_end_leaves_no_deaf_moment() -> None:
    """After a warning the next connection is open before the old one closes, and both are answered."""
    async with (
        SlackEmulator(ack_seconds=0.5, retry_delays=(), warning_seconds=0.3) as workspace,
        connected(workspace) as parley,
    ):
        await workspace.disconnect("warning")
        lea = workspace.user("Léa")
        lines = [f"note {n}" for n in range(6)]
        for line in lines:
            lea.says(line)
        replaced = await fewest_open(workspace, lambda: workspace.connections == 2)
        assert replaced >= 1
        assert await fewest_open(workspace, lambda: workspace.sockets_open == 1) >= 1
        assert [request.text for request in await parley.hears(6)] == lines
        assert all(delivery.attempts == 1 and delivery.acked for delivery in workspace.deliveries)
        assert workspace.oddities == ()


async def test_with_two_sockets_a_sudden_end_leaves_no_deaf_moment(workspace: SlackEmulator) -> None:
    """One is closed at once, the other hears meanwhile; then there are two again."""
    async with connected(workspace, sockets=2) as parley:
        await workspace.disconnect("refresh_requested", sockets=1)
        workspace.user("Léa").says("appel Jane")
        assert await fewest_open(workspace, lambda: workspace.connections == 3) >= 1
        await workspace.connected(2)
        await parley.hears()
        assert [delivery.attempts for delivery in workspace.deliveries] == [1]


async def test_a_frozen_connection_is_found_and_replaced(parley: Parley) -> None:
    """Four missing pongs are its end: 40 seconds at the usual ten between two pings."""
    parley.workspace.freeze()
    await parley.workspace.until(lambda: parley.workspace.connections == 2)
    parley.workspace.user("Léa").says("appel Jane")
    await parley.inbox.keeps(1)


async def test_two_sockets_read_back_once(workspace: SlackEmulator) -> None:
    """The second connection of a start is no gap."""
    notes = Notes()
    async with connected(workspace, memory=notes, sockets=2):
        await notes.bell.until(lambda: notes.noted >= 1, 5.0)
    assert notes.noted == 1


async def test_a_broken_connection_is_made_anew(parley: Parley) -> None:
    """A cut without a word is noticed, and what was said meanwhile arrives by Slack's retries."""
    parley.workspace.cut()
    parley.workspace.user("Léa").says("appel Jane")
    await parley.workspace.connected()
    parley.workspace.user("Marc").says("deal acme")
    await parley.inbox.keeps(1)


def opened(workspace: SlackEmulator) -> int:
    """How many connections were asked for."""
    return sum(call.method == "apps.connections.open" for call in workspace.calls)


async def test_a_connection_whose_reader_died_is_replaced(parley: Parley) -> None:
    """The library's tasks are gone without a sound; the watch builds a new connection."""
    for task in asyncio.all_tasks():
        if task.get_coro().__qualname__.split(".")[-1] in ("receive_messages", "monitor_current_session"):  # type: ignore[union-attr]
            task.cancel()
    await parley.workspace.until(lambda: opened(parley.workspace) == 2 and parley.workspace.sockets_open == 1)
    parley.workspace.user("Léa").says("appel Jane")
    assert [request.text for request in await parley.hears()] == ["appel Jane"]


class Watched(Clock):
    """The machine's clock, which rings when it is looked at."""

    def __init__(self) -> None:
        self.bell = Bell()

    def now(self) -> datetime:
        """The time."""
        self.bell.ring()
        return super().now()


async def test_the_auditor_sees_that_slack_was_heard(workspace: SlackEmulator) -> None:
    """Pongs keep the date fresh while nobody writes; when the platform stops there is none."""
    clock = Watched()
    async with connected(workspace, clock=clock) as parley:
        begun = clock.now()
        await clock.bell.until(lambda: (parley.platform.last_heard or begun) > begun, 5.0)
    assert parley.platform.last_heard is None


async def test_before_the_first_connection_nothing_was_heard() -> None:
    """Never is not the same as long ago."""
    platform = Slack("xoxb-1", "xapp-1", clock=Clock())
    assert platform.last_heard is None


async def test_a_start_during_an_outage_succeeds_when_it_ends(workspace: SlackEmulator) -> None:
    """Neither auth.test nor the opening of a socket failing once stops the platform."""
    workspace.fault("auth.test", status=500)
    workspace.fault("apps.connections.open", status=500)
    async with connected(workspace) as parley:
        workspace.user("Léa").says("appel Jane")
        await parley.hears()


@pytest.mark.parametrize(("bot_token", "app_token"), [("xoxb-wrong-1", None), (None, "xapp-wrong-2")])
async def test_a_wrong_token_ends_the_run(
    workspace: SlackEmulator, bot_token: str | None, app_token: str | None
) -> None:
    """It is said by its error, without the token, and leaves nothing open."""
    platform = Slack(
        bot_token or workspace.bot_token, app_token or workspace.app_token, workspace.api_url, clock=Clock()
    )
    with pytest.raises(Unauthorised, match="invalid_auth") as raised:
        await platform.run(Inbox().receive)
    await platform.close()
    assert "wrong" not in str(raised.value)


async def test_neither_tokens_nor_texts_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Through receiving, sending, failing and reconnecting at DEBUG, secrets stay out of every line."""
    caplog.set_level(logging.DEBUG)
    secrets = ("xoxb-canary-4711", "xapp-canary-4712")
    emulator = SlackEmulator(bot_token=secrets[0], app_token=secrets[1], ack_seconds=0.3, retry_delays=())
    async with emulator as workspace, connected(workspace) as parley:
        lea = workspace.user("Léa")
        lea.says("appel Jane Canary")
        await parley.hears()
        workspace.fault("chat.postMessage", drop="after")
        with pytest.raises(AnswerLost) as raised:
            await parley.platform.send(message(lea.dm.id, text("Jane Canary")))
        workspace.fault("apps.connections.open", error="internal_error")
        parley.inbox.trouble = ValueError("Jane Canary")
        lea.commands("/crm", "deal Canary")
        await workspace.settled()
        await workspace.disconnect("refresh_requested")
        await workspace.connected()
    said = caplog.text + repr(raised.value) + str(raised.value.__context__)
    for canary in (*secrets, "Canary", "ticket=", "/commands/"):
        assert canary not in said


async def test_closing_waits_for_what_is_under_way(workspace: SlackEmulator) -> None:
    """An envelope that is being stored when the platform stops is still acknowledged."""
    begun, gate = asyncio.Event(), asyncio.Event()

    class Slow(Inbox):
        async def receive(self, arrivals: object) -> None:
            begun.set()
            await gate.wait()

    async with connected(workspace, Slow()):
        delivery = workspace.user("Léa").commands("/crm", "deal acme")
        await begun.wait()
        asyncio.get_running_loop().call_later(0.05, gate.set)
    assert delivery.acked is not None
