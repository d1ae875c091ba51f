"""Stock bolt and slack_sdk work against the emulator as against Slack.

What it refuses is tested beside it, in ``slack/test_*.py``.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, SectionBlock
from slack_sdk.web.async_client import AsyncWebClient

from .slack import SlackEmulator

Json = dict[str, Any]


@asynccontextmanager
async def stock_bot(slack: SlackEmulator) -> AsyncIterator[AsyncSocketModeHandler]:
    """Run a bolt app as its documentation shows it, against the emulator."""
    app = AsyncApp(client=AsyncWebClient(token=slack.bot_token, base_url=slack.api_url))

    async def on_message(event: Json, say: Any) -> None:
        row = ActionsBlock(elements=[ButtonElement(text="Undo", action_id="undo", value="42")])
        blocks: list[Block] = [SectionBlock(text=f"Logged: {event['text']}"), row]
        await say(text="Logged", blocks=blocks)

    async def on_command(ack: Any, respond: Any, command: Json) -> None:
        await ack()
        await respond(f"Done: {command['text']}")

    async def on_press(ack: Any, respond: Any, action: Json) -> None:
        await ack()
        await respond(f"Undone {action['value']}", replace_original=True)

    app.event("message")(on_message)
    app.command("/crm")(on_command)
    app.action("undo")(on_press)
    handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=0.1)
    try:
        await handler.connect_async()
        await slack.connected()
        yield handler
    finally:
        await handler.close_async()


async def test_stock_bolt_answers_a_message_a_command_and_a_press() -> None:
    """bolt and slack_sdk parse every shape they meet, and bolt ignores its own posts."""
    async with SlackEmulator() as slack, stock_bot(slack):
        lea = slack.user("Léa")
        lea.says("call Jane & Tom")
        logged = await lea.waits_for("Logged: call Jane & Tom")
        lea.presses(logged, "Undo")
        await lea.waits_for("Undone 42")
        lea.commands("/crm", "call Jane")
        await lea.waits_for("Done: call Jane")
        await slack.settled()

        assert lea.sees() == ["Undone 42", "Done: call Jane"]
        assert (slack.oddities, slack.refused, slack.gave_up) == ((), (), ())


@pytest.mark.parametrize("how", ["frame", "warning", "cut"])
async def test_stock_bolt_survives_a_lost_socket(how: str) -> None:
    """After a disconnect frame, a warning or a cut line it connects again and hears."""
    async with SlackEmulator(warning_seconds=0.1) as slack, stock_bot(slack):
        lea = slack.user("Léa")
        if how == "cut":
            slack.cut()
        else:
            await slack.disconnect("warning" if how == "warning" else "refresh_requested")
        await slack.until(lambda: slack.connections == 2 and slack.sockets_open == 1)
        lea.says("still there?")

        await lea.waits_for("Logged: still there?")


async def test_slack_sdk_reads_answers_pages_and_refusals() -> None:
    """The stock client pages through history, and raises with Slack's word on a refusal."""
    async with SlackEmulator() as slack:
        await _read_pages(slack)


async def _read_pages(slack: SlackEmulator) -> None:
    lea = slack.user("Léa")
    web = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    for number in range(5):
        lea.says(f"m{number}")

    texts = []
    async for page in await web.conversations_history(channel=lea.dm.id, limit=2):
        texts += [message["text"] for message in page["messages"]]
    with pytest.raises(SlackApiError) as refused:
        await web.chat_postMessage(channel="C404", text="x")

    assert texts == ["m4", "m3", "m2", "m1", "m0"]
    assert refused.value.response["error"] == "channel_not_found"
