"""Response URLs."""

from typing import Any

import pytest

from . import Person, SlackEmulator
from .bare import Client, Clock, actions, button


async def test_a_response_url_serves_five_posts_within_half_an_hour(
    client: Client, slack: SlackEmulator, lea: Person, clock: Clock
) -> None:
    """The sixth post, and any after thirty minutes, are answered with 404."""
    url = lea.commands("/crm").payload["response_url"]
    other = lea.commands("/crm").payload["response_url"]

    posts = [await client.request("POST", url, json={"text": f"t{n}"}) for n in range(6)]
    clock.now += 30 * 60 + 1
    expired = await client.request("POST", other, json={"text": "late"})

    assert [post.status for post in posts] == [200] * 5 + [404]
    assert posts[0].body == "ok"
    assert (posts[5].error, expired.error) == ("used_url", "Expired url")
    assert [seen for seen in lea.sees() if "failed" not in seen] == [f"t{n}" for n in range(5)]


async def test_a_response_url_answers_privately_or_in_the_channel(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """Without ``response_type`` only the person sees it."""
    tom = slack.user("Tom")
    room = slack.channel("room", [lea, tom])
    url = lea.commands("/crm", "x", room).payload["response_url"]

    await client.request("POST", url, json={"text": "for you"})
    await client.request("POST", url, json={"text": "for all", "response_type": "in_channel"})

    hers = [seen for seen in lea.sees(room) if "failed" not in seen]
    assert (hers, tom.sees(room)) == (["for you", "for all"], ["for all"])


async def test_a_response_url_replaces_and_deletes_what_was_pressed(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """A press's address changes the pressed message as a whole, an ephemeral one too."""
    blocks = [actions(button())]
    await client.call("chat.postMessage", channel=lea.dm.id, text="a", blocks=blocks)
    await client.call("chat.postEphemeral", channel=lea.dm.id, user=lea.id, text="b", blocks=blocks)
    public, private = lea.shows()
    first = lea.presses(public, "Undo").payload
    second = lea.presses(private, "Undo").payload

    await client.request("POST", first["response_url"], json={"text": "undone", "replace_original": True})
    await client.request("POST", second["response_url"], json={"delete_original": True})

    assert [shown.seen for shown in lea.shows() if not shown.seen.startswith("the press")] == ["undone"]
    assert "message" in first
    assert "message" not in second
    assert second["container"]["is_ephemeral"] is True


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "no_text"),
        ({"text": "x", "colour": "red"}, "invalid_payload"),
        ({"text": "x", "blocks": [{"type": "poem"}]}, "invalid_blocks"),
        (["x"], "invalid_payload"),
    ],
)
async def test_a_response_url_refuses_what_it_cannot_show(
    client: Client, lea: Person, body: Any, told: str
) -> None:
    """A refusal is HTTP 400 with one word and does not use the address up."""
    url = lea.commands("/crm").payload["response_url"]

    answer = await client.request("POST", url, json=body)

    assert (answer.status, answer.body) == (400, told)
