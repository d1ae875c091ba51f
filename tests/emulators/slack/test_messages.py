"""Posting, changing and hiding messages, and all that Block Kit refuses."""

import json
from typing import Any

import pytest

from . import Person, SlackEmulator
from .bare import Client, Json, actions, button, option, plain, section


async def test_a_post_is_answered_stored_and_recorded(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """A message comes back in the answer as Slack stores it, and in the ledger as it was sent."""
    metadata = {"event_type": "parley_outbox", "event_payload": {"id": 7}}

    answer = await client.call(
        "chat.postMessage",
        channel=lea.dm.id,
        text="Logged",
        blocks=[section("*Logged*"), actions(button(value="42", style="danger"))],
        metadata=metadata,
        unfurl_links=False,
    )

    entry = slack.ledger[0]
    assert answer.body["channel"] == lea.dm.id
    assert answer.body["message"]["bot_id"] == "B0PARLEY0"
    assert answer.body["message"]["blocks"][1]["elements"][0]["action_id"]
    assert (entry.kind, entry.ts, entry.text) == ("posted", answer.body["ts"], "Logged")
    assert (entry.metadata, entry.buttons[0].value) == (metadata, "42")
    assert lea.sees() == ["*Logged*\n[Undo]"]


async def test_a_post_may_be_a_form_with_json_inside(client: Client, lea: Person) -> None:
    """Blocks arrive as a JSON string in a form just as well."""
    headers = {"Authorization": "Bearer xoxb-parley"}
    form = {"channel": lea.dm.id, "text": "hi", "blocks": json.dumps([section("hello")])}

    answer = await client.request("POST", "chat.postMessage", data=form, headers=headers)

    assert answer.body["ok"] is True
    assert lea.sees() == ["hello"]


async def test_a_channel_can_be_named_by_id_name_or_person(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """A post finds a channel by ``#name`` and a person's DM by the user id."""
    general = slack.channel("general", [lea])

    named = await client.call("chat.postMessage", channel="#general", text="hi")
    person = await client.call("chat.postMessage", channel=lea.id, text="hi")

    assert named.body["channel"] == general.id
    assert person.body["channel"] == lea.dm.id


async def test_where_the_app_may_not_post_it_is_told_why(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """Unknown, archived, foreign and hidden channels are refused, each in its own word."""
    archived = slack.channel("old", [lea])
    slack.archive(archived)
    foreign = slack.channel("foreign", [lea], bot=False)
    hidden = slack.channel("hidden", [lea], bot=False, private=True)
    left = slack.channel("left", [lea])
    slack.remove_bot(left)
    gone = slack.user("Tom")
    slack.deactivate(gone)

    async def refusal(channel: str) -> str:
        return (await client.call("chat.postMessage", channel=channel, text="hi")).error

    assert await refusal("C404") == "channel_not_found"
    assert await refusal(archived.id) == "is_archived"
    assert await refusal(foreign.id) == "not_in_channel"
    assert await refusal(left.id) == "not_in_channel"
    assert await refusal(hidden.id) == "channel_not_found"
    assert await refusal(gone.dm.id) == "is_archived"
    assert await refusal(gone.id) == "channel_not_found"


async def test_a_post_needs_words(client: Client, lea: Person) -> None:
    """Neither text nor blocks is no_text; a missing channel is an invalid argument."""
    assert (await client.call("chat.postMessage", channel=lea.dm.id)).error == "no_text"
    assert (await client.call("chat.postMessage", text="hi")).error == "invalid_arguments"


async def test_a_reply_needs_a_message_to_reply_to(client: Client, lea: Person) -> None:
    """Our own rule: ``thread_ts`` must be the ts of a message in the same channel."""
    answer = await client.call("chat.postMessage", channel=lea.dm.id, text="x", thread_ts="1.000001")

    assert answer.error == "cannot_reply_to_message"


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ("{", "invalid_metadata_format"),
        ([1], "invalid_metadata_format"),
        ({"event_type": "a"}, "invalid_metadata_schema"),
        ({"event_payload": {}}, "invalid_metadata_schema"),
    ],
)
async def test_metadata_has_a_type_and_a_payload(
    client: Client, lea: Person, metadata: object, error: str
) -> None:
    """Metadata of another shape is refused."""
    answer = await client.call("chat.postMessage", channel=lea.dm.id, text="hi", metadata=metadata)

    assert answer.error == error


CONFIRM = {"title": plain("T"), "text": plain("x"), "confirm": plain("Yes"), "deny": plain("No")}


def confirm(**change: Json) -> Json:
    return actions(button(confirm={**CONFIRM, **change}))


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        ([{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
        ([section("x" * 3001)], "less than 3001 characters [json-pointer:/blocks/0/text/text]"),
        ([section("")], "more than 0 characters"),
        ([{"type": "section"}], "must define either `text` or `fields`"),
        ([section("x", fields=[plain("f")] * 11)], "no more than 10 items allowed"),
        ([section("x", fields=[plain("f" * 2001)])], "/blocks/0/fields/0/text"),
        ([{"type": "header", "text": plain("h" * 151)}], "less than 151 characters"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "h"}}], "unsupported type: mrkdwn"),
        ([actions(*[button()] * 26)], "no more than 25 items allowed"),
        ([actions(button("b" * 76))], "less than 76 characters"),
        ([actions(button(value="v" * 2001))], "less than 2001 characters"),
        ([actions(button(url="u" * 3001))], "less than 3001 characters"),
        ([actions(button(action_id="a" * 256))], "less than 256 characters"),
        ([actions(button(action_id="a"), button("B", action_id="a"))], "`action_id` already exists"),
        ([actions(button(style="blue"))], "must be one of: primary, danger"),
        ([section("x", block_id="b" * 256)], "less than 256 characters"),
        ([section("x", block_id="b"), section("y", block_id="b")], "`block_id` b already exists"),
        ([confirm(title=plain("t" * 101))], "less than 101 characters"),
        ([confirm(text=plain("t" * 301))], "less than 301 characters"),
        ([confirm(confirm=plain("t" * 31))], "less than 31 characters"),
        ([confirm(deny=plain("t" * 31))], "less than 31 characters"),
        ([actions({"type": "overflow", "options": [option()] * 6})], "no more than 5 items allowed"),
        ([actions({"type": "static_select", "options": [option()] * 101})], "no more than 100 items"),
        ([actions({"type": "plain_text_input"})], "unsupported type: plain_text_input"),
        ([{"type": "context", "elements": [plain("c")] * 11}], "no more than 10 items allowed"),
        ([{"type": "markdown", "text": "m" * 12_001}], "less than 12001 characters"),
        ([{"type": "image", "alt_text": "a"}], "must define either `image_url` or `slack_file`"),
        ([{"type": "alert", "text": plain("a")}], "unsupported type: alert"),
        ([{"type": "poem"}], "unsupported type: poem"),
        ([section("x", colour="red")], "invalid additional property: colour"),
        (["text"], "must be an object"),
    ],
)
async def test_blocks_that_slack_refuses_are_invalid(
    client: Client, slack: SlackEmulator, lea: Person, blocks: list[Any], told: str
) -> None:
    """Each limit of Block Kit is an invalid_blocks whose message says what and where."""
    answer = await client.call("chat.postMessage", channel=lea.dm.id, text="x", blocks=blocks)

    assert answer.error == "invalid_blocks"
    assert told in answer.body["errors"][0]
    assert answer.body["response_metadata"]["messages"][0].startswith("[ERROR] ")
    assert slack.ledger == ()


async def test_blocks_at_the_limit_are_taken(client: Client, lea: Person) -> None:
    """A text of exactly the greatest length passes, and so does a full row of buttons."""
    row = [button("b" * 75, value="v" * 100, action_id=f"a{n}") for n in range(25)]

    answer = await client.call(
        "chat.postMessage", channel=lea.dm.id, text="x", blocks=[section("x" * 3000), actions(*row)]
    )

    assert answer.body["ok"] is True


async def test_blocks_that_are_too_long_together_are_refused(client: Client, lea: Person) -> None:
    """Five sections of 3,000 characters pass every limit of their own and fail the sum."""
    blocks = [section("x" * 3000)] * 5
    answer = await client.call("chat.postMessage", channel=lea.dm.id, text="x", blocks=blocks)
    broken = await client.call("chat.postMessage", channel=lea.dm.id, text="x", blocks="[{")

    assert answer.error == "msg_blocks_too_long"
    assert broken.error == "invalid_blocks_format"


async def test_a_text_beyond_forty_thousand_characters_is_cut(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """Slack truncates a long post, and refuses a long update."""
    posted = await client.call("chat.postMessage", channel=lea.dm.id, text="x" * 40_001)
    ts = posted.body["ts"]
    updated = await client.call("chat.update", channel=lea.dm.id, ts=ts, text="x" * 4001)

    assert len(slack.ledger[0].text) == 40_000
    assert updated.error == "msg_too_long"


async def test_a_ping_is_recorded_wherever_it_stands(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """A mark that would notify a channel is found in text and in mrkdwn blocks."""
    await client.call(
        "chat.postMessage",
        channel=lea.dm.id,
        text="<!channel>",
        blocks=[section("hi <!subteam^S1|@sales>"), section("x", fields=[plain("<!here>")])],
    )

    assert slack.pings == ("<!channel>", "<!subteam^S1|@sales>")


async def test_an_escaped_ping_is_none(client: Client, slack: SlackEmulator, lea: Person) -> None:
    """Escaped marks, dates and links notify nobody."""
    text = "&lt;!here&gt; <!date^1^x|y> <https://a.fr|here>"

    await client.call("chat.postMessage", channel=lea.dm.id, text=text)

    assert slack.pings == ()


async def test_an_update_changes_what_it_names(client: Client, slack: SlackEmulator, lea: Person) -> None:
    """Blocks stay unless they are given; an empty array removes them."""
    blocks = [section("old"), actions(button())]
    posted = await client.call("chat.postMessage", channel=lea.dm.id, text="a", blocks=blocks)
    here = {"channel": lea.dm.id, "ts": posted.body["ts"]}

    await client.call("chat.update", **here, text="b")
    kept = lea.sees()
    await client.call("chat.update", **here, text="c", blocks=[])

    assert kept == ["old\n[Undo]"]
    assert lea.sees() == ["c"]
    assert [entry.kind for entry in slack.ledger] == ["posted", "updated", "updated"]


async def test_only_ones_own_standing_messages_can_be_changed(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """A person's, a missing, a deleted and an ephemeral message each refuse to change."""
    theirs = lea.says("mine")
    posted = await client.call("chat.postMessage", channel=lea.dm.id, text="a")
    hidden = await client.call("chat.postEphemeral", channel=lea.dm.id, user=lea.id, text="a")
    await client.call("chat.delete", channel=lea.dm.id, ts=posted.body["ts"])

    async def refusal(method: str, ts: str) -> str:
        more = {} if method == "chat.delete" else {"text": "b"}
        return (await client.call(method, channel=lea.dm.id, ts=ts, **more)).error

    assert await refusal("chat.update", theirs) == "cant_update_message"
    assert await refusal("chat.delete", theirs) == "cant_delete_message"
    assert await refusal("chat.update", posted.body["ts"]) == "message_not_found"
    assert await refusal("chat.delete", "1.000001") == "message_not_found"
    assert await refusal("chat.update", hidden.body["message_ts"]) == "message_not_found"
    assert (await client.call("chat.update", channel="C404", ts="1", text="b")).error == ("channel_not_found")


async def test_a_message_in_an_archived_channel_is_inactive(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """An update there is refused as is_inactive."""
    room = slack.channel("room", [lea])
    posted = await client.call("chat.postMessage", channel=room.id, text="a")
    slack.archive(room)

    answer = await client.call("chat.update", channel=room.id, ts=posted.body["ts"], text="b")

    assert answer.error == "is_inactive"


async def test_an_ephemeral_message_is_for_one_member(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """Only the member sees it; who is not in the channel cannot be shown one."""
    tom = slack.user("Tom")
    eve = slack.user("Eve")
    room = slack.channel("room", [lea, tom])

    await client.call("chat.postEphemeral", channel=room.id, user=lea.id, text="only you")
    outside = await client.call("chat.postEphemeral", channel=room.id, user=eve.id, text="x")

    assert (lea.sees(room), tom.sees(room)) == (["only you"], [])
    assert outside.error == "user_not_in_channel"


async def test_a_reaction_is_put_once(client: Client, slack: SlackEmulator, lea: Person) -> None:
    """The second of the same is already_reacted; the wrong message and name are refused."""
    here = {"channel": lea.dm.id, "timestamp": lea.says("hi")}

    first = await client.call("reactions.add", **here, name="white_check_mark")
    again = await client.call("reactions.add", **here, name="white_check_mark")
    lost = await client.call("reactions.add", channel=lea.dm.id, timestamp="1.000001", name="x")
    colons = await client.call("reactions.add", **here, name=":x:")
    nothing = await client.call("reactions.add", channel=lea.dm.id, name="x")

    assert first.body == {"ok": True}
    assert [a.error for a in (again, lost, colons, nothing)] == [
        "already_reacted",
        "message_not_found",
        "invalid_name",
        "no_item_specified",
    ]
    assert slack.ledger[0].kind == "reacted"
