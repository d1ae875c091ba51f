"""What people say and press reaches the inbox once, and Slack hears of it only then."""

from __future__ import annotations

import pytest

from bot.platform import Unreadable
from handlers.chat.reply import Button, Buttons, Reply, Text
from tests.bot.slack.conftest import Inbox, Parley, connected, message
from tests.emulators.slack import SlackEmulator

CHOICE = Reply(
    (Text("Which Jane?"), Buttons((Button("Jane Doe", token="doe"), Button("Jane Roy", token="roy"))))
)


async def test_a_direct_message_arrives_as_it_was_typed(parley: Parley) -> None:
    """Ampersands, brackets, addresses, numbers and channels come back from Slack's marks."""
    parley.workspace.channel("acme")
    lea = parley.workspace.user("Léa")
    typed = "appel Jane <R&D> jane@acme.com +33 6 12 34 56 78 acme.com #acme"
    ts = lea.says(typed)
    (request,) = await parley.hears()
    assert (request.text, request.key, request.address) == (typed, f"{lea.dm.id}:{ts}", lea.dm.id)
    assert (request.sender.user, request.private) == (lea.id, True)


async def test_a_colleague_is_named_by_id(parley: Parley) -> None:
    """A mention of somebody is kept as @ and their id, which no renaming can change."""
    lea, sam = parley.workspace.user("Léa"), parley.workspace.user("sam")
    lea.says("assign D-142 @sam")
    (request,) = await parley.hears()
    assert request.text == f"assign D-142 @{sam.id}"


async def test_one_mention_is_one_row(parley: Parley) -> None:
    """Slack sends a mention twice, under two event ids; it is stored and read once."""
    lea = parley.workspace.user("Léa")
    room = parley.workspace.channel("sales", [lea])
    ts = lea.mentions("deal acme", room)
    (request,) = await parley.hears()
    assert len(parley.workspace.deliveries_of(ts)) == 2
    assert list(parley.inbox.rows) == [f"{room.id}:{ts}"]
    assert (request.text, request.address, request.private) == ("deal acme", room.id, False)


async def test_talk_that_does_not_name_us_is_kept_nowhere(parley: Parley) -> None:
    """What colleagues say among themselves is acknowledged, and neither answered nor stored."""
    lea = parley.workspace.user("Léa")
    sales = parley.workspace.channel("sales", [lea])
    ts = lea.says("lunch?", sales)
    lea.edits(ts, "lunch at one?")
    lea.uploads("menu.pdf", b"x", "the menu", sales)
    await parley.workspace.settled()
    assert parley.inbox.offered == []
    assert all(delivery.acked for delivery in parley.workspace.deliveries)


async def test_a_slash_command_is_addressed_to_its_author(parley: Parley) -> None:
    """The answer to a command is for one person in the channel where it was typed."""
    lea = parley.workspace.user("Léa")
    room = parley.workspace.channel("general", [lea], bot=False)
    delivery = lea.commands("/crm", "find Jane & co", room)
    (request,) = await parley.hears()
    assert (request.key, request.text) == (delivery.id, "find Jane & co")
    assert (request.address, request.private) == (f"{room.id}/{lea.id}", True)


async def test_a_press_comes_from_its_presser(parley: Parley) -> None:
    """Whoever presses is the sender, and the message pressed is named."""
    lea, marc = parley.workspace.user("Léa"), parley.workspace.user("Marc")
    room = parley.workspace.channel("sales", [lea, marc])
    ref = await parley.says(room.id, CHOICE)
    marc.presses(ref.partition(":")[2], "Jane Roy")
    (request,) = await parley.hears()
    assert (request.pressed, request.sender.user, request.message) == ("roy", marc.id, ref)


async def test_the_same_delivery_twice_is_one_row(parley: Parley) -> None:
    """Slack may deliver again what was acknowledged; the key is the same."""
    lea = parley.workspace.user("Léa")
    ts = lea.says("appel Jane")
    await parley.hears()
    parley.workspace.redeliver(ts)
    await parley.inbox.is_offered(2)
    assert len(parley.inbox.rows) == 1


async def test_our_own_posts_and_edits_are_not_heard(parley: Parley) -> None:
    """A bot that answered itself would never stop; what others delete is stored, and no request."""
    lea = parley.workspace.user("Léa")
    said = await parley.says(lea.dm.id, Reply((Text("hello"),)))
    await parley.platform.edit(message(lea.dm.id, Reply((Text("hello again"),)), 2, edits=said))
    ts = lea.says("appel Jane")
    lea.deletes(ts)
    await parley.workspace.settled()
    assert [request.text for request in parley.requests()] == ["appel Jane"]
    heard = [row.raw["event"].get("subtype", "said") for row in parley.inbox.rows.values()]
    assert sorted(heard) == ["message_deleted", "said"]


async def test_nothing_is_acknowledged_before_it_is_stored(workspace: SlackEmulator) -> None:
    """While the inbox fails, Slack tries again; once it works, the message is there and acknowledged."""
    inbox = Inbox(trouble=OSError("disk full"))
    async with connected(workspace, inbox) as parley:
        lea = workspace.user("Léa")
        ts = lea.says("appel Jane")
        await inbox.is_offered(2)
        assert workspace.deliveries_of(ts)[0].attempts == 2
        assert not [entry for entry in workspace.ledger if entry.kind == "acked"]
        inbox.trouble = None
        (request,) = await parley.hears()
    assert request.text == "appel Jane"


async def test_a_command_that_cannot_be_stored_is_refused_by_slack(workspace: SlackEmulator) -> None:
    """Commands are not delivered again: Slack tells the person that it did not work, and nothing happens."""
    inbox = Inbox(trouble=OSError("disk full"))
    async with connected(workspace, inbox):
        delivery = workspace.user("Léa").commands("/crm", "deal acme")
        await workspace.settled()
    assert delivery.error == "operation_timeout"
    assert inbox.rows == {}


async def test_messages_of_a_chat_stay_in_order(parley: Parley) -> None:
    """Envelopes are handled at the same time, and stored in the order in which they came."""
    lea = parley.workspace.user("Léa")
    lines = [f"note {n}" for n in range(40)]
    for line in lines:
        lea.says(line)
    assert [request.text for request in await parley.hears(40)] == lines


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "event_callback", "event_id": "EvX", "event": {"type": "message"}},
        {"type": "event_callback", "event_id": "EvX", "event": ["message"]},
        {
            "type": "event_callback",
            "event_id": "EvX",
            "event": {"type": "message", "user": {"name": "x"}, "channel": 3},
        },
        {"type": "event_callback", "event_id": "EvX", "event": {"type": "weather_changed"}},
        {"type": "block_actions", "trigger_id": "EvX", "user": "Léa", "team": 5, "actions": {}},
        {"type": "next_years_kind", "event_id": "EvX"},
    ],
)
async def test_what_cannot_be_read_is_stored_and_harms_nobody(payload: dict[str, object]) -> None:
    """An unreadable payload is acknowledged, waits for quarantine, and the next message is heard."""
    frame = {
        "type": "events_api",
        "envelope_id": "odd",
        "payload": payload,
        "accepts_response_payload": False,
    }
    async with SlackEmulator() as workspace, connected(workspace) as parley:
        await workspace.raw(frame)
        await parley.inbox.keeps(1)
        workspace.user("Léa").says("appel Jane")
        odd, plain = await parley.inbox.keeps(2)
        await workspace.settled()
        with pytest.raises(Unreadable):
            parley.platform.parse(odd.key, odd.raw)
        assert parley.platform.parse(plain.key, plain.raw) is not None
        # The emulator did not send it as a delivery of its own, so its acknowledgement surprises it.
        (acknowledgement,) = workspace.oddities
        assert '"odd"' in acknowledgement
