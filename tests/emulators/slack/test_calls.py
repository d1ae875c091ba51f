"""Tokens, names, arguments, rates and faults: what every call of the Web API meets."""

import aiohttp
import pytest

from . import Person, SlackEmulator
from .bare import Client, Clock, Json


async def test_a_call_without_token_is_not_authed(client: Client) -> None:
    """Without a token Slack does not say more than not_authed."""
    answer = await client.request("POST", "auth.test")

    assert answer.error == "not_authed"


async def test_a_wrong_token_is_invalid(client: Client) -> None:
    """A token that nobody was given is refused."""
    assert (await client.call("auth.test", token="xoxb-wrong")).error == "invalid_auth"


async def test_a_revoked_token_is_revoked_until_the_app_is_installed_again(
    client: Client, slack: SlackEmulator
) -> None:
    """After a revocation every call is refused, and a new token works."""
    old = slack.bot_token
    slack.revoke()
    refused = await client.call("auth.test", token=old)
    slack.install("xoxb-new")
    taken = await client.call("auth.test")

    assert refused.error == "token_revoked"
    assert taken.body["ok"] is True


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_each_kind_of_token_opens_its_own_methods(
    client: Client, slack: SlackEmulator, method: str
) -> None:
    """An app-level token cannot call the Web API, nor a bot token open sockets."""
    token = slack.app_token if method == "auth.test" else slack.bot_token

    assert (await client.call(method, token=token)).error == "not_allowed_token_type"


async def test_a_token_may_come_in_a_form_but_not_in_json(client: Client, slack: SlackEmulator) -> None:
    """The token is read from form data, and ignored inside a JSON body."""
    form = await client.request("POST", "auth.test", data={"token": slack.bot_token})
    body = await client.request("POST", "auth.test", json={"token": slack.bot_token})

    assert form.body["user_id"] == "U0PARLEYBOT"
    assert body.error == "not_authed"


async def test_an_unknown_method_is_named_in_the_refusal(client: Client) -> None:
    """A method that does not exist is unknown_method, with its name beside it."""
    answer = await client.call("chat.shout")

    assert answer.error == "unknown_method"
    assert answer.body["req_method"] == "chat.shout"


async def test_an_unknown_argument_is_refused(client: Client, lea: Person) -> None:
    """Our own rule: an argument that the method does not know is an error, not silence."""
    answer = await client.call("chat.postMessage", channel=lea.dm.id, text="hi", txet="oops")

    assert answer.error == "invalid_arg_name"
    assert "txet" in answer.body["response_metadata"]["messages"][0]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"data": "{", "headers": {"Content-Type": "application/json"}}, "invalid_json"),
        ({"json": ["a"]}, "json_not_object"),
        ({"data": b"<a/>", "headers": {"Content-Type": "text/xml"}}, "invalid_post_type"),
    ],
)
async def test_a_body_that_slack_cannot_read_is_refused(client: Client, options: Json, error: str) -> None:
    """Broken JSON, JSON that is no object, and other content types each have their refusal."""
    assert (await client.request("POST", "auth.test", **options)).error == error


async def test_a_body_without_a_type_and_a_file_in_a_form_are_refused(client: Client) -> None:
    """missing_post_type and invalid_form_data: nothing is guessed, and no method takes a file yet."""
    form = aiohttp.FormData()
    form.add_field("text", b"x", filename="x.txt")

    bare = await client.request("POST", "auth.test", data=b"a=1", skip_auto_headers={"Content-Type"})
    file = await client.request("POST", "auth.test", data=form)

    assert (bare.error, file.error) == ("missing_post_type", "invalid_form_data")


@pytest.mark.parametrize(
    "arguments",
    [{"channel": ["C1"]}, {"channel": {"id": "C1"}}, {"channel": True}],
)
async def test_an_argument_of_the_wrong_type_is_invalid(client: Client, arguments: Json) -> None:
    """A channel is a string, whatever JSON allows."""
    assert (await client.call("chat.postMessage", text="x", **arguments)).error == "invalid_arguments"
    assert (await client.call("conversations.info", channel="C", include_locale="maybe")).error


async def test_sockets_are_opened_by_post_alone(client: Client, slack: SlackEmulator) -> None:
    """apps.connections.open refuses GET as insecure."""
    headers = {"Authorization": f"Bearer {slack.app_token}"}

    answer = await client.request("GET", "apps.connections.open", headers=headers)

    assert answer.error == "insecure_request"


async def test_posts_into_one_channel_are_one_a_second_after_a_burst(
    client: Client, slack: SlackEmulator, lea: Person, clock: Clock
) -> None:
    """The fifth post at once is refused with Retry-After; another channel is free."""
    room = slack.channel("room", [lea])
    posts = [await client.call("chat.postMessage", channel=lea.dm.id, text="x") for _ in range(5)]
    elsewhere = await client.call("chat.postMessage", channel=room.id, text="x")
    clock.now += 1
    later = await client.call("chat.postMessage", channel=lea.dm.id, text="x")

    assert [post.status for post in posts] == [200, 200, 200, 200, 429]
    assert (posts[4].error, posts[4].headers["Retry-After"]) == ("ratelimited", "1")
    assert [call.error for call in slack.refused] == ["ratelimited"]
    assert elsewhere.body["ok"] and later.body["ok"]


async def test_a_tier_is_so_many_calls_a_minute(client: Client, lea: Person, clock: Clock) -> None:
    """The 51st call of a tier-3 method within a minute waits for the first to grow old."""
    for _ in range(50):
        assert (await client.call("conversations.info", channel=lea.dm.id)).body["ok"]
        clock.now += 0.5
    refused = await client.call("conversations.info", channel=lea.dm.id)
    clock.now += 35
    taken = await client.call("conversations.info", channel=lea.dm.id)

    assert (refused.status, refused.headers["Retry-After"]) == (429, "35")
    assert taken.body["ok"] is True


async def test_rate_limits_can_be_replaced_and_switched_off() -> None:
    """One method's limit can be another; without limits nothing is refused."""
    calls = 12
    for options, refused in (
        ({"per_minute": {"auth.test": 2}}, calls - 2),
        ({"rate_limits": False}, 0),
    ):
        async with SlackEmulator(**options) as slack, aiohttp.ClientSession() as session:
            answers = [await Client(session, slack).call("auth.test") for _ in range(calls)]
            assert sum(answer.status == 429 for answer in answers) == refused


async def test_a_fault_spoils_so_many_calls_of_one_method(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """A 500 has no effect, strikes as often as ordered, and leaves other methods alone."""
    fault = slack.fault("chat.postMessage", times=2, status=500)

    posts = [await client.call("chat.postMessage", channel=lea.dm.id, text="x") for _ in range(2)]
    other = await client.call("auth.test")
    healed = await client.call("chat.postMessage", channel=lea.dm.id, text="x")

    assert [post.status for post in posts] == [500, 500]
    assert other.body["ok"] and healed.body["ok"]
    assert (fault.hits, len(slack.ledger), slack.refused) == (2, 1, ())


async def test_a_lost_request_has_no_effect_and_a_lost_answer_has(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """The client meets a broken connection both times; only one message is posted."""
    slack.fault("chat.postMessage", drop="before")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.call("chat.postMessage", channel=lea.dm.id, text="before")
    slack.fault("chat.postMessage", drop="after")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.call("chat.postMessage", channel=lea.dm.id, text="after")

    assert lea.sees() == ["after"]


async def test_faults_can_answer_anything_for_a_while(
    client: Client, slack: SlackEmulator, lea: Person, clock: Clock
) -> None:
    """Errors, 429s with or without a header, HTML and late answers; each ends by count or clock."""
    slack.fault("auth.test", error="internal_error", times=None, for_seconds=120)
    slack.fault("users.info", retry_after=30)
    slack.fault("users.info", retry_after="")
    slack.fault("users.info", status=200, body="<html>")
    slack.fault("chat.postMessage", channel=lea.dm.id, delay=0.01, error="fatal_error", effect=True)

    down = [await client.call("auth.test") for _ in range(3)]
    clock.now += 120
    up = await client.call("auth.test")
    waits = [await client.call("users.info", user=lea.id) for _ in range(3)]
    late = await client.call("chat.postMessage", channel=lea.dm.id, text="done all the same")

    assert [answer.error for answer in down] == ["internal_error"] * 3
    assert up.body["ok"] is True
    assert [answer.headers.get("Retry-After") for answer in waits] == ["30", None, None]
    assert waits[2].body == "<html>"
    assert late.error == "fatal_error"
    assert lea.sees() == ["done all the same"]


def test_a_fault_of_an_unknown_method_is_a_mistake_of_the_test() -> None:
    """A misspelt method would never strike, so it is refused at once."""
    with pytest.raises(ValueError, match="not emulated"):
        SlackEmulator().fault("chat.postmessage")
