"""What Parley says reaches the right people, once, and changes in place."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.clock import Clock
from bot.platform import (
    AnswerLost,
    Rejected,
    ServiceError,
    Throttled,
    Unauthorised,
    Unavailable,
    Unreachable,
)
from bot.slack.adapter import Slack
from handlers.chat.reply import Button, Buttons, Card, Field, Reply, Table, Text, text
from handlers.chat.request import Request
from tests.bot.slack.conftest import Parley, connected, message
from tests.bot.slack.test_render import HOSTILE
from tests.emulators.slack import Entry, Person, SlackEmulator

DONE = text("✅ Call logged · Jane Doe (Acme)")
RECEIPT = Reply((*DONE.blocks, Buttons((Button("Undo", token="undo"), Button("Open", token="open")))))
TABLE = Reply((Text("Two deals"), Table(("Deal", "Amount"), (("Acme", "12 000 €"), ("Globex", "5 000 €")))))


def told(parley: Parley) -> list[Entry]:
    """What the app posted or changed, without acknowledgements."""
    return [entry for entry in parley.workspace.ledger if entry.kind != "acked"]


async def pressed(parley: Parley, person: Person, what: str, button: str) -> Request:
    """Press a button and return the request that comes of it."""
    before = len(parley.requests())
    person.presses(what.rpartition(":")[2], button)
    return (await parley.hears(before + 1))[-1]


# ---------------------------------------------------------------------------------- new messages


@pytest.mark.threat("S9")
async def test_a_message_is_posted_with_its_outbox_id_and_unfurls_nothing(parley: Parley) -> None:
    """It carries what a lost answer is looked up by, and asks Slack to fetch no link."""
    lea = parley.workspace.user("Léa")
    ref = await parley.says(lea.dm.id, RECEIPT, id=42)
    (entry,) = told(parley)
    assert ref == f"{lea.dm.id}:{entry.ts}"
    assert entry.metadata == {"event_type": "parley_outbox", "event_payload": {"id": 42}}
    assert entry.text == "✅ Call logged · Jane Doe (Acme)"
    assert [button.value for button in entry.buttons] == ["undo", "open"]
    (call,) = (call for call in parley.workspace.calls if call.method == "chat.postMessage")
    assert (call.arguments["unfurl_links"], call.arguments["unfurl_media"]) == (False, False)


async def test_a_user_id_is_an_address(parley: Parley) -> None:
    """A person is written to in the direct message with them, opened once."""
    lea = parley.workspace.user("Léa")
    first = await parley.says(lea.id, DONE)
    second = await parley.says(lea.id, DONE, id=2)
    assert first.startswith(f"{lea.dm.id}:")
    assert second.startswith(f"{lea.dm.id}:")


@pytest.mark.parametrize("wicked", HOSTILE)
@pytest.mark.threat("S8")
async def test_hostile_names_ping_nobody_and_link_nowhere(parley: Parley, wicked: str) -> None:
    """Whatever a contact is called, Slack takes the message and finds no mark in it."""
    lea = parley.workspace.user("Léa")
    reply = Reply(
        (
            Card(wicked, (Field("Company", wicked), Field(wicked, "x")), f"note: {wicked}"),
            Table(("Name", wicked), ((wicked, "1"),)),
            Buttons((Button(wicked, token="t"), Button(wicked, token="u", style="danger"))),
        )
    )
    await parley.says(lea.dm.id, reply)
    (entry,) = told(parley)
    assert entry.pings == ()
    assert "<" not in entry.text


# ---------------------------------------------------------------------------------- whispers


async def test_a_commands_answer_is_seen_by_its_author_alone(parley: Parley) -> None:
    """In the channel where it was typed, also where Parley was never invited."""
    lea, marc = parley.workspace.user("Léa"), parley.workspace.user("Marc")
    room = parley.workspace.channel("general", [lea, marc], bot=False)
    lea.commands("/crm", "deal acme", room)
    (request,) = await parley.hears()
    await parley.says(request.address, DONE)
    (shown,) = lea.shows(room)
    assert shown.private
    assert marc.shows(room) == []


async def test_a_command_in_our_direct_message_is_answered_for_good(parley: Parley) -> None:
    """There nobody else reads, and a message that stays can be found and changed."""
    lea = parley.workspace.user("Léa")
    lea.commands("/crm", "deal acme")
    (request,) = await parley.hears()
    ref = await parley.says(request.address, DONE)
    (shown,) = lea.shows(lea.dm)
    assert (shown.private, ref) == (False, f"{lea.dm.id}:{shown.ts}")


async def test_without_a_response_url_an_ephemeral_message_serves(parley: Parley) -> None:
    """Another process than the one that parsed the command still answers in private."""
    lea, marc = parley.workspace.user("Léa"), parley.workspace.user("Marc")
    room = parley.workspace.channel("sales", [lea, marc])
    ref = await parley.says(f"{room.id}/{lea.id}", DONE)
    (shown,) = lea.shows(room)
    assert shown.private
    assert marc.shows(room) == []
    assert ref == f"{room.id}/{lea.id}:{shown.ts}"


@pytest.mark.parametrize(
    "refused", ["user_not_in_channel", "channel_not_found", "not_in_channel", "is_archived"]
)
async def test_where_a_whisper_is_refused_the_direct_message_serves(parley: Parley, refused: str) -> None:
    """Whoever asked gets the answer somewhere."""
    lea = parley.workspace.user("Léa")
    room = parley.workspace.channel("sales", [lea])
    parley.workspace.fault("chat.postEphemeral", error=refused)
    ref = await parley.says(f"{room.id}/{lea.id}", DONE)
    (shown,) = lea.shows(lea.dm)
    assert ref == f"{lea.dm.id}:{shown.ts}"


async def test_a_used_up_response_url_is_not_the_end(parley: Parley) -> None:
    """After its five uses the answers go on by another road."""
    lea = parley.workspace.user("Léa")
    room = parley.workspace.channel("sales", [lea], bot=False)
    lea.commands("/crm", "today", room)
    (request,) = await parley.hears()
    for id in range(7):
        await parley.says(request.address, text(f"part {id}"), id=id)
    assert len(lea.shows(room)) == 5
    assert lea.sees(lea.dm) == ["part 5", "part 6"]


async def test_an_expired_response_url_is_not_the_end() -> None:
    """Thirty minutes after the command its answer is an ephemeral message."""
    times = [1_800_000_000.0]
    async with SlackEmulator(clock=lambda: times[0]) as workspace, connected(workspace) as parley:
        lea = workspace.user("Léa")
        room = workspace.channel("sales", [lea])
        lea.commands("/crm", "export", room)
        (request,) = await parley.hears()
        times[0] += 31 * 60
        ref = await parley.says(request.address, DONE)
        (shown,) = lea.shows(room)
        assert shown.private
        assert ref.endswith(shown.ts)


async def test_a_push_is_never_ephemeral(parley: Parley) -> None:
    """A reminder for whoever once typed a command in a channel comes as a direct message."""
    lea = parley.workspace.user("Léa")
    room = parley.workspace.channel("sales", [lea])
    await parley.says(f"{room.id}/{lea.id}", text("⏰ Call Jane"), push=True)
    (shown,) = lea.shows()
    assert (shown.channel, shown.private) == (lea.dm.id, False)


@pytest.mark.threat("S6")
async def test_a_private_reply_never_goes_to_a_whole_channel(parley: Parley) -> None:
    """Rather than show everybody what is for one, the message is refused."""
    lea = parley.workspace.user("Léa")
    room = parley.workspace.channel("sales", [lea])
    private = Reply(DONE.blocks, private=True)
    with pytest.raises(Rejected):
        await parley.says(room.id, private)
    with pytest.raises(Rejected):
        await parley.platform.edit(message(room.id, private, edits=f"{room.id}:1.2"))
    assert told(parley) == []


# ---------------------------------------------------------------------------------- edits


async def test_a_pressed_message_changes_in_place(parley: Parley) -> None:
    """Undo replaces the receipt, its buttons gone, and the reference stays."""
    lea = parley.workspace.user("Léa")
    ref = await parley.says(lea.dm.id, RECEIPT)
    request = await pressed(parley, lea, ref, "Undo")
    changed = await parley.platform.edit(message(request.address, text("↩︎ Undone"), 2, edits=request.message))
    (shown,) = lea.shows(lea.dm)
    assert (shown.seen, shown.buttons, changed) == ("↩︎ Undone", (), ref)


async def test_an_ephemeral_message_changes_in_place_when_pressed(parley: Parley) -> None:
    """The press brings the one permission by which it can be changed."""
    lea = parley.workspace.user("Léa")
    room = parley.workspace.channel("general", [lea], bot=False)
    lea.commands("/crm", "call Jane", room)
    (command,) = await parley.hears()
    await parley.says(command.address, RECEIPT)
    request = await pressed(parley, lea, lea.shows(room)[0].ts, "Undo")
    await parley.platform.edit(message(request.address, text("↩︎ Undone"), 2, edits=request.message))
    (shown,) = lea.shows(room)
    assert (shown.seen, shown.private) == ("↩︎ Undone", True)


async def test_an_ephemeral_message_that_cannot_change_is_followed_by_another(parley: Parley) -> None:
    """Without a press's permission the news is a new ephemeral message."""
    lea = parley.workspace.user("Léa")
    room = parley.workspace.channel("sales", [lea])
    ref = await parley.says(f"{room.id}/{lea.id}", RECEIPT)
    await parley.platform.edit(message(f"{room.id}/{lea.id}", text("↩︎ Undone"), 2, edits=ref))
    assert lea.sees(room)[1:] == ["↩︎ Undone"]


@pytest.mark.parametrize("refused", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_what_cannot_change_any_more_is_said_anew(parley: Parley, refused: str) -> None:
    """The news arrives, and the new message's reference is used from then on."""
    lea = parley.workspace.user("Léa")
    old = await parley.says(lea.dm.id, RECEIPT)
    parley.workspace.fault("chat.update", error=refused)
    new = await parley.platform.edit(message(lea.dm.id, text("↩︎ Undone"), 2, edits=old))
    assert new != old
    assert lea.sees(lea.dm)[1:] == ["↩︎ Undone"]


async def test_an_edit_of_nothing_is_a_new_message(parley: Parley) -> None:
    """Where the first message's reference is unknown, the edit is what is said."""
    lea = parley.workspace.user("Léa")
    ref = await parley.platform.edit(message(lea.dm.id, DONE))
    assert ref == f"{lea.dm.id}:{lea.shows()[0].ts}"


# ---------------------------------------------------------------------------------- buttons


async def test_a_button_belongs_to_the_chat_it_was_addressed_to(parley: Parley) -> None:
    """Wherever the message had to be shown, a press on it comes from the outbox row's own address."""
    lea = parley.workspace.user("Léa")
    sales = parley.workspace.channel("sales", [lea])
    away = parley.workspace.channel("private", [lea], bot=False, private=True)
    for address in (
        lea.dm.id,
        lea.id,
        f"{lea.dm.id}/{lea.id}",
        sales.id,
        f"{sales.id}/{lea.id}",
        f"{away.id}/{lea.id}",
    ):
        await parley.says(address, RECEIPT)
        newest = max(lea.shows(), key=lambda shown: shown.ts)
        request = await pressed(parley, lea, newest.ts, "Undo")
        assert request.address == address
        assert request.private == (address != sales.id)
        assert parley.inbox.rows[request.key].address == address


async def test_a_changed_message_has_fresh_rows_of_buttons(parley: Parley) -> None:
    """Each version of a message names its rows anew, as Slack wants, and still knows its chat."""
    lea = parley.workspace.user("Léa")
    ref = await parley.says(lea.id, RECEIPT)
    await parley.platform.edit(message(lea.id, RECEIPT, 2, edits=ref))
    posted, updated = (entry.blocks[-1]["block_id"] for entry in told(parley))
    assert posted != updated
    assert (await pressed(parley, lea, ref, "Open")).address == lea.id


# ---------------------------------------------------------------------------------- answers


async def test_a_private_answer_to_a_press_is_seen_by_its_presser(parley: Parley) -> None:
    """The second of two who press learns that it was done; the channel does not."""
    lea, marc = parley.workspace.user("Léa"), parley.workspace.user("Marc")
    room = parley.workspace.channel("sales", [lea, marc])
    ref = await parley.says(room.id, RECEIPT)
    request = await pressed(parley, marc, ref, "Undo")
    assert await parley.platform.answer(request, Reply((Text("Already done by Léa"),), private=True))
    assert [shown.private for shown in marc.shows(room)] == [False, True]
    assert len(lea.shows(room)) == 1


async def test_a_press_without_an_answer_is_only_acknowledged(parley: Parley) -> None:
    """Nothing more is shown."""
    lea = parley.workspace.user("Léa")
    ref = await parley.says(lea.dm.id, RECEIPT)
    request = await pressed(parley, lea, ref, "Open")
    assert await parley.platform.answer(request, None)
    assert len(lea.shows()) == 1


async def test_an_answer_that_cannot_be_shown_says_so(parley: Parley) -> None:
    """It is tried once; the outbox takes over where it fails."""
    lea = parley.workspace.user("Léa")
    ref = await parley.says(lea.dm.id, RECEIPT)
    request = await pressed(parley, lea, ref, "Open")
    parley.workspace.fault(None, times=None, error="internal_error")
    parley.workspace.fault("response_url", times=None, status=500)
    assert not await parley.platform.answer(request, Reply(DONE.blocks, private=True))


# ---------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"error": "is_archived"}, Unreachable),
        ({"error": "token_revoked"}, Unauthorised),
        ({"error": "msg_too_long"}, Rejected),
        ({"error": "fatal_error"}, Unavailable),
        ({"status": 500}, Unavailable),
        ({"status": 503, "body": "<html>Service Unavailable</html>"}, Unavailable),
        ({"status": 200, "body": "<html>maintenance</html>"}, AnswerLost),
        ({"status": 404, "body": "<html>no such page</html>"}, Unavailable),
        ({"drop": "before"}, AnswerLost),
        ({"drop": "after"}, AnswerLost),
        ({"retry_after": 7}, Throttled),
    ],
)
async def test_each_failure_has_its_name(
    parley: Parley, fault: dict[str, object], error: type[ServiceError]
) -> None:
    """The outbox learns whether nothing was sent, nobody knows, or it never will be."""
    lea = parley.workspace.user("Léa")
    parley.workspace.fault("chat.postMessage", **fault)  # type: ignore[arg-type]
    with pytest.raises(error) as raised:
        await parley.says(lea.dm.id, DONE)
    assert type(raised.value) is error
    assert "chat.postMessage" in str(raised.value)


async def test_a_call_too_many_tells_how_long_to_wait(parley: Parley) -> None:
    """The chat waits exactly as long as Slack asked, and nothing was sent."""
    lea = parley.workspace.user("Léa")
    parley.workspace.fault("chat.postMessage", retry_after=30)
    with pytest.raises(Throttled) as raised:
        await parley.says(lea.dm.id, DONE)
    assert raised.value.retry_after == timedelta(seconds=30)
    assert lea.shows() == []


async def test_nothing_listens(workspace: SlackEmulator) -> None:
    """A refused connection means that nothing was sent."""
    platform = Slack("xoxb-1", "xapp-1", "http://127.0.0.1:9/api/", clock=Clock())
    with pytest.raises(Unavailable):
        await platform.send(message("D1", DONE))
    await platform.close()


async def test_a_deactivated_person_cannot_be_reached(parley: Parley) -> None:
    """Their reminders have to go to somebody else."""
    lea = parley.workspace.user("Léa")
    parley.workspace.deactivate(lea)
    with pytest.raises(Unreachable, match="user_disabled"):
        await parley.says(lea.id, DONE)


async def test_every_call_is_tried_once(parley: Parley) -> None:
    """slack_sdk's own retries are off: the outbox is the only one to try again."""
    lea = parley.workspace.user("Léa")
    fault = parley.workspace.fault("chat.postMessage", times=None, drop="before")
    with pytest.raises(AnswerLost):
        await parley.says(lea.dm.id, DONE)
    assert fault.hits == 1


async def test_a_table_that_is_refused_is_sent_as_lines(parley: Parley) -> None:
    """Where a workspace lacks the newer block, the same content comes as a section."""
    lea = parley.workspace.user("Léa")
    parley.workspace.fault("chat.postMessage", error="invalid_blocks")
    await parley.says(lea.dm.id, TABLE)
    (entry,) = told(parley)
    assert [block["type"] for block in entry.blocks] == ["section", "section"]
    assert "Globex · 5 000 €" in entry.blocks[1]["text"]["text"]


async def test_blocks_refused_twice_are_refused(parley: Parley) -> None:
    """It is not tried a third time."""
    lea = parley.workspace.user("Léa")
    fault = parley.workspace.fault("chat.postMessage", times=None, error="invalid_blocks")
    with pytest.raises(Rejected):
        await parley.says(lea.dm.id, TABLE)
    assert fault.hits == 2


# ---------------------------------------------------------------------------------- lost answers


async def test_what_arrived_is_found_by_its_outbox_id(parley: Parley) -> None:
    """The answer was lost after its effect: the message is there, under this id and no other."""
    lea = parley.workspace.user("Léa")
    await parley.says(lea.dm.id, DONE, id=1)
    parley.workspace.fault("chat.postMessage", drop="after")
    with pytest.raises(AnswerLost):
        await parley.says(lea.dm.id, DONE, id=2)
    second = lea.shows()[1]
    assert await parley.platform.find(message(lea.dm.id, DONE, 2)) == f"{lea.dm.id}:{second.ts}"
    assert await parley.platform.find(message(lea.id, DONE, 2)) == f"{lea.dm.id}:{second.ts}"


async def test_what_did_not_arrive_is_not_found_and_sent_unmarked(parley: Parley) -> None:
    """The request was lost before its effect; sent again it is the first to be seen, and says nothing."""
    lea = parley.workspace.user("Léa")
    parley.workspace.fault("chat.postMessage", drop="before")
    with pytest.raises(AnswerLost):
        await parley.says(lea.dm.id, DONE)
    again = message(lea.dm.id, DONE, repeated=True)
    assert await parley.platform.find(again) is None
    await parley.platform.send(again)
    assert lea.sees() == ["✅ Call logged · Jane Doe (Acme)"]


async def test_an_ephemeral_message_is_repeated_and_says_so(parley: Parley) -> None:
    """Nobody can look whether it arrived, so the second one is recognisable as such."""
    lea = parley.workspace.user("Léa")
    room = parley.workspace.channel("sales", [lea])
    lea.commands("/crm", "today", room)
    (request,) = await parley.hears()
    parley.workspace.fault("response_url", drop="after")
    with pytest.raises(AnswerLost):
        await parley.says(request.address, DONE)
    again = message(request.address, DONE, repeated=True)
    assert await parley.platform.find(again) is None
    await parley.platform.send(again)
    first, second = lea.sees(room)
    assert second == f"{first}\n(sent again)"


async def test_where_history_cannot_be_read_a_repeat_says_so(parley: Parley) -> None:
    """An app without the right to read history repeats like any other service."""
    lea = parley.workspace.user("Léa")
    parley.workspace.fault("conversations.history", error="missing_scope")
    again = message(lea.dm.id, DONE, repeated=True)
    assert await parley.platform.find(again) is None
    await parley.platform.send(again)
    assert lea.sees()[0].endswith("(sent again)")


async def test_looking_goes_back_page_by_page(parley: Parley) -> None:
    """A busy channel may have gone on by hundreds of messages since."""
    lea = parley.workspace.user("Léa")
    room = parley.workspace.channel("sales", [lea])
    ref = await parley.says(room.id, DONE, id=7)
    for n in range(450):
        lea.says(f"lunch {n}?", room)
    await parley.workspace.settled()
    assert await parley.platform.find(message(room.id, DONE, 7)) == ref
    assert await parley.platform.find(message(room.id, DONE, 8)) is None


async def test_an_edit_whose_answer_was_lost_is_found(parley: Parley) -> None:
    """The changed message carries the edit's own id, also when it stands elsewhere than its answer."""
    lea, marc = parley.workspace.user("Léa"), parley.workspace.user("Marc")
    room = parley.workspace.channel("sales", [lea, marc])
    ref = await parley.says(room.id, RECEIPT)
    edit = message(lea.dm.id, text("↩︎ Undone"), 2, edits=ref)
    parley.workspace.fault("chat.update", drop="after")
    with pytest.raises(AnswerLost):
        await parley.platform.edit(edit)
    assert await parley.platform.find(edit) == ref
