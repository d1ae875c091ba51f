"""What an app may see: scopes, people, members, files."""

from __future__ import annotations

import pytest

from . import Person, SlackEmulator
from .bare import Client


async def test_a_method_without_its_scope_is_refused(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """The answer says what is needed, and every answer that succeeds what there is."""
    slack.grant({"im:history", "users:read"})
    refused = await client.call("chat.postMessage", channel=lea.dm.id, text="x")
    assert (refused.error, refused.body["needed"]) == ("missing_scope", "chat:write")
    taken = await client.call("users.info", user=lea.id)
    assert taken.headers["X-OAuth-Scopes"] == "im:history,users:read"


@pytest.mark.parametrize(
    ("kind", "scope"), [("im", "im:history"), ("channel", "channels:history"), ("group", "groups:history")]
)
async def test_a_conversation_s_kind_decides_its_scope(
    client: Client, slack: SlackEmulator, lea: Person, kind: str, scope: str
) -> None:
    """One for direct messages, one for public channels, one for private ones."""
    room = lea.dm if kind == "im" else slack.channel("deals", [lea], private=kind == "group")
    slack.grant(set())
    assert (await client.call("conversations.history", channel=room.id)).body["needed"] == scope
    slack.grant({scope})
    assert (await client.call("conversations.history", channel=room.id)).body["ok"]


async def test_an_event_without_its_scope_does_not_come(slack: SlackEmulator, lea: Person) -> None:
    """Whatever the app has subscribed to."""
    slack.grant({"app_mentions:read"})
    lea.says("hello")
    slack.deactivate(lea)
    assert slack.deliveries == ()


async def test_an_address_is_shown_with_its_own_scope(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """users:read tells everything of a person but that."""
    slack.grant({"users:read"})
    assert "email" not in (await client.call("users.info", user=lea.id)).body["user"]["profile"]
    slack.grant({"users:read", "users:read.email"})
    assert (await client.call("users.info", user=lea.id)).body["user"]["profile"]["email"]


async def test_people_are_listed_page_by_page(client: Client, slack: SlackEmulator, lea: Person) -> None:
    """Guests and closed accounts too; nobody of another workspace, whom users.info shows without address."""
    guest, gone = slack.user("Gus", guest=True), slack.user("Max")
    stranger = slack.user("Ann", email="ann@elsewhere.example", team="T0OTHER00")
    slack.deactivate(gone)
    first = (await client.call("users.list", limit=3)).body
    rest = (await client.call("users.list", limit=3, cursor=first["response_metadata"]["next_cursor"])).body
    listed = {user["id"]: user for user in (*first["members"], *rest["members"])}
    assert {lea.id, guest.id, gone.id} < set(listed)
    assert stranger.id not in listed
    assert (listed[guest.id]["is_restricted"], listed[gone.id]["deleted"]) == (True, True)
    shown = (await client.call("users.info", user=stranger.id)).body["user"]
    assert (shown["is_stranger"], "email" in shown["profile"]) == (True, False)


async def test_members_of_a_channel_are_listed_page_by_page(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """The app is one of them."""
    room = slack.channel("deals", [lea, slack.user("Marc")])
    first = (await client.call("conversations.members", channel=room.id, limit=2)).body
    cursor = first["response_metadata"]["next_cursor"]
    rest = (await client.call("conversations.members", channel=room.id, limit=2, cursor=cursor)).body
    assert {*first["members"], *rest["members"]} == room.members
    assert rest["response_metadata"]["next_cursor"] == ""


async def test_a_file_wants_the_token(client: Client, slack: SlackEmulator, lea: Person) -> None:
    """Without it, or without the scope, the sign-in page comes, with the status 200."""
    ts = lea.uploads("offer.pdf", b"signed", media_type="application/pdf")
    url = lea.dm.messages[ts].body["files"][0]["url_private_download"]
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    assert (await client.request("GET", url, headers=headers)).body == "signed"
    for given in ({}, {"Authorization": "Bearer xoxb-other"}):
        page = await client.request("GET", url, headers=given)
        assert (page.status, "Sign in" in page.body) == (200, True)
    slack.grant(set())
    assert "Sign in" in (await client.request("GET", url, headers=headers)).body
