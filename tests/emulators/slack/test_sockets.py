"""Socket Mode: tickets, envelopes, acknowledgements, retries, disconnects."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from . import Person, SlackEmulator
from .bare import Client, Json, ack, actions, button


async def test_a_ticket_opens_one_socket(client: Client, slack: SlackEmulator) -> None:
    """The first connection is greeted; a used or invented ticket is refused."""
    opened = await client.call("apps.connections.open", token=slack.app_token)

    async with client.session.ws_connect(opened.body["url"]) as socket:
        hello = await socket.receive_json()
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await client.session.ws_connect(opened.body["url"])

    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"]["app_id"] == "A0PARLEY0"


async def test_the_eleventh_socket_is_too_many() -> None:
    """Ten stay; the next gets a disconnect frame and is closed."""
    async with SlackEmulator(rate_limits=False) as slack, aiohttp.ClientSession() as session:
        client = Client(session, slack)

        async def connect() -> aiohttp.ClientWebSocketResponse:
            opened = await client.call("apps.connections.open", token=slack.app_token)
            return await session.ws_connect(opened.body["url"])

        ten = [await connect() for _ in range(10)]
        eleventh = await connect()
        frame = await eleventh.receive_json()
        closed = await eleventh.receive()

        assert (frame["type"], frame["reason"]) == ("disconnect", "too_many_websockets")
        assert closed.type is aiohttp.WSMsgType.CLOSE
        assert slack.sockets_open == len(ten)


async def test_an_acknowledged_event_is_sent_once(client: Client, slack: SlackEmulator, lea: Person) -> None:
    """An envelope carries the event with its authorization; its acknowledgement settles it."""
    async with client.socket() as socket:
        ts = lea.says("hi")
        envelope = await ack(socket)
        await slack.settled()

    payload = envelope["payload"]
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("events_api", False)
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (0, "")
    assert payload["event"]["ts"] == payload["event"]["event_ts"] == ts
    assert payload["event"]["channel_type"] == "im"
    assert payload["authorizations"][0]["user_id"] == "U0PARLEYBOT"
    assert slack.deliveries_of(ts)[0].attempts == 1
    assert (slack.ledger[0].kind, slack.ledger[0].about) == ("acked", payload["event_id"])


async def test_an_event_is_retried_three_times_and_then_given_up() -> None:
    """Four envelopes with ids of their own carry one event; then Slack stops."""
    async with (
        SlackEmulator(ack_seconds=0.05, retry_delays=(0.0, 0.01, 0.02)) as slack,
        aiohttp.ClientSession() as session,
        Client(session, slack).socket() as socket,
    ):
        slack.user("Léa").says("hi")
        envelopes = [await socket.receive_json() for _ in range(4)]
        await slack.settled()

    tries = [(envelope["retry_attempt"], envelope["retry_reason"]) for envelope in envelopes]
    assert tries == [(0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout")]
    assert len({envelope["envelope_id"] for envelope in envelopes}) == 4
    assert len({envelope["payload"]["event_id"] for envelope in envelopes}) == 1
    assert [delivery.attempts for delivery in slack.gave_up] == [4]


async def test_an_event_without_any_socket_waits_for_a_retry() -> None:
    """What was said while the app was away arrives with a retry once it is back."""
    async with (
        SlackEmulator(retry_delays=(0.0, 0.1, 2.0)) as slack,
        aiohttp.ClientSession() as session,
    ):
        slack.user("Léa").says("anyone there?")
        async with Client(session, slack).socket() as socket:
            envelope = await ack(socket)
            await slack.settled()

    assert envelope["retry_attempt"] >= 2
    assert slack.gave_up == ()


async def test_a_late_acknowledgement_is_noted_and_does_not_stop_the_retry() -> None:
    """After the deadline the event comes again, whatever is acknowledged then."""
    async with (
        SlackEmulator(ack_seconds=0.3) as slack,
        aiohttp.ClientSession() as session,
        Client(session, slack).socket() as socket,
    ):
        slack.user("Léa").says("hi")
        first = await socket.receive_json()
        second = await socket.receive_json()
        await socket.send_json({"envelope_id": first["envelope_id"]})
        await socket.send_json({"envelope_id": second["envelope_id"]})
        await slack.settled()

    assert [entry.late for entry in slack.ledger] == [True, False]


async def test_without_a_socket_a_command_is_refused_at_once(slack: SlackEmulator, lea: Person) -> None:
    """Commands and presses wait for no retry: the person reads dispatch_failed."""
    command = lea.commands("/crm", "call Jane")

    await lea.waits_for('/crm failed with the error "dispatch_failed"')

    assert (command.attempts, command.settled) == (1, True)


async def test_a_command_or_press_that_is_not_acknowledged_is_refused() -> None:
    """After the deadline the person reads operation_timeout, and nothing is sent again."""
    async with SlackEmulator(ack_seconds=0.05) as slack, aiohttp.ClientSession() as session:
        lea = slack.user("Léa")
        client = Client(session, slack)
        row = [actions(button())]
        await client.call("chat.postMessage", channel=lea.dm.id, text="x", blocks=row)
        async with client.socket() as socket:
            command = lea.commands("/crm", "call Jane")
            await lea.waits_for('/crm failed with the error "operation_timeout"')
            press = lea.presses(lea.shows()[0], "Undo")
            await lea.waits_for('the press failed with the error "operation_timeout"')
            kinds = [(await socket.receive_json())["type"] for _ in range(2)]

    assert kinds == ["slash_commands", "interactive"]
    assert (command.attempts, press.attempts) == (1, 1)


async def test_the_answer_in_an_acknowledgement_is_shown(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """What comes back with a command's acknowledgement stands before the person alone."""
    async with client.socket() as socket:
        lea.commands("/crm", "call Jane")
        envelope = await socket.receive_json()
        answer = {"envelope_id": envelope["envelope_id"], "payload": {"text": "Logged"}}
        await socket.send_json(answer)
        shown = await lea.waits_for("Logged")

    assert envelope["accepts_response_payload"] is True
    assert (envelope["payload"]["command"], envelope["payload"]["text"]) == ("/crm", "call Jane")
    assert shown.private is True


async def test_frames_that_acknowledge_nothing_are_oddities(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """Slack is silent about junk, unknown ids, second acknowledgements and unasked payloads."""
    async with client.socket() as socket:
        lea.says("hi")
        envelope = await socket.receive_json()
        reply = {"envelope_id": envelope["envelope_id"], "payload": {"text": "x"}}
        for frame in ("junk", json.dumps({"envelope_id": "x"}), json.dumps(reply), json.dumps(reply)):
            await socket.send_str(frame)
        await socket.send_bytes(b"\x00")
        await slack.until(lambda: len(slack.oddities) == 5)

    told = " / ".join(slack.oddities)
    assert "junk" in told
    assert "a payload where none is accepted" in told
    assert "acknowledged twice" in told


async def test_an_event_goes_to_one_of_several_sockets(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """Two sockets share thirty events: each gets some, none gets a copy."""
    async with client.socket() as one, client.socket() as two:
        got: list[list[Json]] = [[], []]

        async def read(socket: aiohttp.ClientWebSocketResponse, into: list[Json]) -> None:
            while True:
                into.append(await ack(socket))

        readers = [asyncio.ensure_future(read(s, g)) for s, g in zip((one, two), got, strict=True)]
        for number in range(30):
            lea.says(f"m{number}")
        await slack.settled()
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)

    assert len(got[0]) + len(got[1]) == 30
    assert got[0] and got[1]


async def test_a_mention_arrives_as_two_events_with_one_ts(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """In a channel the bot hears ``message`` and ``app_mention``; in a DM only ``message``."""
    room = slack.channel("room", [lea])
    async with client.socket() as socket:
        ts = lea.mentions("hello", room)
        events = [(await ack(socket))["payload"] for _ in range(2)]
        lea.says("@parley hello")
        direct = await ack(socket)
        await slack.settled()

    assert [e["event"]["type"] for e in events] == ["message", "app_mention"]
    assert {e["event"]["ts"] for e in events} == {ts}
    assert events[0]["event"]["text"] == "<@U0PARLEYBOT> hello"
    assert len({e["event_id"] for e in events}) == 2
    assert direct["payload"]["event"]["type"] == "message"
    assert len(slack.deliveries) == 3


async def test_the_bot_hears_itself_and_every_change(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """Its own posts, edits, deletions, reactions and an opened Home tab come as events."""
    posted = await client.call("chat.postMessage", channel=lea.dm.id, text="mine")
    ts = lea.says("hi")
    lea.edits(ts, "hello & more")
    lea.reacts(posted.body["ts"], "pushpin")
    lea.deletes(ts)
    lea.opens_home()

    events = [delivery.payload["event"] for delivery in slack.deliveries]

    assert [e.get("subtype", e["type"]) for e in events] == [
        "message",
        "message",
        "message_changed",
        "reaction_added",
        "message_deleted",
        "app_home_opened",
    ]
    assert events[0]["bot_id"] == "B0PARLEY0"
    assert events[2]["message"]["text"] == "hello &amp; more"
    assert events[2]["previous_message"]["text"] == "hi"
    assert events[4]["deleted_ts"] == ts


async def test_what_the_app_does_not_subscribe_to_or_attend_it_does_not_hear(lea: Person) -> None:
    """Unsubscribed events and channels without the bot send nothing."""
    async with SlackEmulator(subscriptions={"app_mention"}) as slack:
        eve = slack.user("Eve")
        eve.says("hi")
        eve.mentions("hi", slack.channel("foreign", [eve], bot=False))
        eve.mentions("hi", slack.channel("room", [eve]))

        assert [d.payload["event"]["type"] for d in slack.deliveries] == ["app_mention"]


async def test_anything_can_be_delivered_again(client: Client, slack: SlackEmulator, lea: Person) -> None:
    """A duplicate of an acknowledged event has a new envelope and the same payload."""
    async with client.socket() as socket:
        ts = lea.says("hi")
        first = await ack(socket)
        slack.redeliver(ts)
        second = await ack(socket)
        slack.redeliver(first["payload"]["event_id"], retry_attempt=0)
        third = await ack(socket)
        command = lea.commands("/crm")
        await ack(socket)
        slack.redeliver(command.id)
        fifth = await ack(socket)
        await slack.settled()

    assert first["payload"] == second["payload"] == third["payload"]
    assert len({e["envelope_id"] for e in (first, second, third)}) == 3
    assert (second["retry_attempt"], third["retry_attempt"]) == (1, 0)
    assert fifth["payload"]["trigger_id"] == command.id


async def test_raw_frames_and_raw_events_reach_the_app(client: Client, slack: SlackEmulator) -> None:
    """A test can send what Slack never would, and events that no person here can make."""
    with pytest.raises(LookupError):
        await slack.raw({"type": "nothing"})
    async with client.socket() as socket:
        await slack.raw({"type": "poem"})
        await slack.raw("not json")
        await slack.raw(b"\x00\x01")
        frames = [(await socket.receive()).data for _ in range(3)]
        slack.event({"type": "message", "channel_type": "im", "subtype": "file_share"})
        event = await ack(socket)
        await slack.settled()

    assert frames == ['{"type": "poem"}', "not json", b"\x00\x01"]
    assert event["payload"]["event"]["subtype"] == "file_share"


@pytest.mark.parametrize("reason", ["refresh_requested", "link_disabled", "warning"])
async def test_a_socket_is_told_why_it_will_be_closed(reason: Any) -> None:
    """A disconnect frame comes first, the close after it; a warning leaves some time."""
    async with (
        SlackEmulator(warning_seconds=0.05) as slack,
        aiohttp.ClientSession() as session,
        Client(session, slack).socket() as socket,
    ):
        await slack.disconnect(reason)
        frame = await socket.receive_json()
        still_open = slack.sockets_open
        closed = await socket.receive()

    assert (frame["type"], frame["reason"]) == ("disconnect", reason)
    assert closed.type is aiohttp.WSMsgType.CLOSE
    assert still_open == (1 if reason == "warning" else 0)


async def test_a_cut_connection_ends_without_a_close_frame(client: Client, slack: SlackEmulator) -> None:
    """``cut`` is what a broken line looks like."""
    async with client.socket() as socket:
        slack.cut()
        message = await socket.receive()

    assert message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
    assert slack.sockets_open == 0


async def test_slack_can_be_down_for_a_while(client: Client, slack: SlackEmulator) -> None:
    """Stopped, nothing answers; started again, the same address does, with all its memory."""
    lea = slack.user("Léa")
    await slack.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.call("auth.test")
    await slack.start()

    assert (await client.call("chat.postMessage", channel=lea.dm.id, text="x")).body["ok"] is True
