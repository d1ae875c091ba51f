"""History, replies, and how conversations and people are described."""

from . import Person, SlackEmulator
from .bare import Client


async def test_history_is_paged_newest_first(client: Client, lea: Person) -> None:
    """A cursor leads from page to page until nothing is left."""
    for number in range(5):
        lea.says(f"m{number}")
    first = await client.call("conversations.history", channel=lea.dm.id, limit=2)
    cursor = first.body["response_metadata"]["next_cursor"]

    second = await client.call("conversations.history", channel=lea.dm.id, limit=10, cursor=cursor)

    assert [m["text"] for m in first.body["messages"]] == ["m4", "m3"]
    assert [m["text"] for m in second.body["messages"]] == ["m2", "m1", "m0"]
    assert (first.body["has_more"], second.body["has_more"]) == (True, False)


async def test_history_between_two_moments(client: Client, lea: Person) -> None:
    """The ends are left out unless ``inclusive``."""
    first, _, last = (lea.says(f"m{number}") for number in range(3))
    ends = {"channel": lea.dm.id, "oldest": first, "latest": last}

    without = await client.call("conversations.history", **ends)
    with_ends = await client.call("conversations.history", **ends, inclusive=True)

    assert [m["text"] for m in without.body["messages"]] == ["m1"]
    assert [m["text"] for m in with_ends.body["messages"]] == ["m2", "m1", "m0"]


async def test_history_shows_metadata_when_asked(client: Client, lea: Person) -> None:
    """Metadata comes back only with ``include_all_metadata``; ephemeral messages never do."""
    metadata = {"event_type": "parley", "event_payload": {"id": "o-1"}}
    await client.call("chat.postMessage", channel=lea.dm.id, text="a", metadata=metadata)
    await client.call("chat.postEphemeral", channel=lea.dm.id, user=lea.id, text="hidden")

    bare = await client.call("conversations.history", channel=lea.dm.id)
    whole = await client.call("conversations.history", channel=lea.dm.id, include_all_metadata="true")

    assert "metadata" not in bare.body["messages"][0]
    assert [m["metadata"] for m in whole.body["messages"]] == [metadata]


async def test_replies_belong_to_their_thread(client: Client, lea: Person) -> None:
    """A reply stands in conversations.replies, after its parent, and not in the history."""
    parent = lea.says("parent")
    await client.call("chat.postMessage", channel=lea.dm.id, text="reply", thread_ts=parent)

    history = await client.call("conversations.history", channel=lea.dm.id)
    replies = await client.call("conversations.replies", channel=lea.dm.id, ts=parent)
    missing = await client.call("conversations.replies", channel=lea.dm.id, ts="1.000001")

    assert [m["text"] for m in history.body["messages"]] == ["parent"]
    assert [m["text"] for m in replies.body["messages"]] == ["parent", "reply"]
    assert missing.error == "thread_not_found"


async def test_what_history_cannot_read_is_refused(client: Client, slack: SlackEmulator, lea: Person) -> None:
    """Bad cursors and moments, and channels the bot is not in, have their refusals."""
    foreign = slack.channel("foreign", [lea], bot=False)

    async def refusal(**arguments: str) -> str:
        given = {"channel": lea.dm.id, **arguments}
        return (await client.call("conversations.history", **given)).error

    assert await refusal(cursor="???") == "invalid_cursor"
    assert await refusal(cursor="eDox") == "invalid_cursor"
    assert await refusal(oldest="monday") == "invalid_ts_oldest"
    assert await refusal(latest="monday") == "invalid_ts_latest"
    assert await refusal(limit="few") == "invalid_arguments"
    assert await refusal(channel=foreign.id) == "not_in_channel"
    assert await refusal(channel="C404") == "channel_not_found"


async def test_a_conversation_is_opened_with_one_person(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """conversations.open finds the DM; deactivated and unknown people are refused."""
    tom = slack.user("Tom")
    slack.deactivate(tom)

    opened = await client.call("conversations.open", users=lea.id)
    gone = await client.call("conversations.open", users=tom.id)
    nobody = await client.call("conversations.open", users="U404")
    empty = await client.call("conversations.open")

    assert opened.body["channel"] == {"id": lea.dm.id}
    assert [a.error for a in (gone, nobody, empty)] == [
        "user_disabled",
        "user_not_found",
        "users_list_not_supplied",
    ]


async def test_conversations_and_people_are_described(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """info tells a shared channel and a guest, and a locale only when asked."""
    guest = slack.user("Gil", guest=True)
    shared = slack.channel("shared", [lea, guest], shared=True)

    room = await client.call("conversations.info", channel=shared.id, include_num_members=True)
    dm = await client.call("conversations.info", channel=lea.dm.id)
    person = await client.call("users.info", user=lea.id, include_locale=True)
    bare = await client.call("users.info", user=guest.id)
    nobody = await client.call("users.info", user="U404")

    assert (room.body["channel"]["is_ext_shared"], room.body["channel"]["num_members"]) == (True, 3)
    assert (dm.body["channel"]["is_im"], dm.body["channel"]["user"]) == (True, lea.id)
    assert person.body["user"]["locale"] == "fr-FR"
    assert person.body["user"]["profile"]["email"] == "lea@example.com"
    assert (bare.body["user"]["is_restricted"], "locale" in bare.body["user"]) == (True, False)
    assert nobody.error == "user_not_found"
