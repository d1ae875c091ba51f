"""What Slack sends, as inbox rows and as requests."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platform import Unreadable
from bot.slack import payloads
from handlers.chat.request import Request, Sender

BOT = "UBOT"
SAID: dict[str, Any] = {
    "type": "message",
    "channel": "D1",
    "channel_type": "im",
    "user": "ULEA",
    "text": "appel Jane",
    "ts": "1792000000.000100",
    "team": "T1",
}
COMMAND: dict[str, Any] = {
    "command": "/crm",
    "text": "find &lt;acme&gt;",
    "user_id": "ULEA",
    "user_name": "lea",
    "team_id": "T1",
    "channel_id": "C1",
    "trigger_id": "1.2.abc",
    "token": "verification",
}
PRESS: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": "ULEA", "username": "lea", "team_id": "T1"},
    "container": {"type": "message", "message_ts": "1792000000.000100", "channel_id": "C1"},
    "team": {"id": "T9"},
    "trigger_id": "3.4.def",
    "actions": [{"type": "button", "action_id": "press:0", "value": "token", "action_ts": "1792000009.5"}],
}


def event(message: Mapping[str, Any], **frame: Any) -> dict[str, Any]:
    """An event of the Events API, as it lies in an envelope."""
    return {
        "type": "event_callback",
        "token": "verification",
        "team_id": "T1",
        "event_id": "Ev1",
        "event": dict(message),
        "authorizations": [{"user_id": BOT, "team_id": "T1", "is_bot": True}],
        **frame,
    }


def parsed(payload: Mapping[str, Any], bot: str = "") -> Request | None:
    """The payload after its way through the inbox."""
    row = payloads.arrival(payload)
    found = payloads.request(row.key, row.raw, command="/crm", bot=bot)
    assert found is None or isinstance(found, Request)
    return found


def test_a_direct_message_is_a_request() -> None:
    """Its key and address come from the conversation and the timestamp, its sender from ids alone."""
    assert parsed(event(SAID)) == Request(
        platform="slack",
        key="D1:1792000000.000100",
        address="D1",
        sender=Sender(user="ULEA", team="T1"),
        text="appel Jane",
        private=True,
        sent_at=datetime(2026, 10, 14, 17, 46, 40, 100, UTC),
        ref="D1:1792000000.000100",
    )


def test_a_mention_is_the_same_request_whichever_event_came_first() -> None:
    """Both events of a mention have one key and one meaning, with the mention taken out."""
    spoken = {**SAID, "channel": "C1", "channel_type": "channel", "text": f"<@{BOT}> deal acme"}
    both = [parsed(event(spoken)), parsed(event({**spoken, "type": "app_mention"}, event_id="Ev2"))]
    assert both[0] == both[1]
    assert both[0] is not None
    assert (both[0].text, both[0].address, both[0].private) == ("deal acme", "C1", False)


def test_the_bot_is_known_by_the_event_itself_or_by_auth_test() -> None:
    """A row names the installation it was sent for; where it does not, our own id serves."""
    spoken = {**SAID, "channel": "C1", "channel_type": "channel", "text": f"<@{BOT}> deal acme"}
    assert parsed(event(spoken, authorizations=None)) is None
    assert parsed(event(spoken, authorizations=None), bot=BOT) == parsed(event(spoken))


def test_a_reply_in_a_thread_names_what_it_replies_to() -> None:
    """The thread's first message is what a reply is about; the first message itself replies to none."""
    reply = parsed(event({**SAID, "thread_ts": "1791999999.000001"}))
    first = parsed(event({**SAID, "thread_ts": SAID["ts"]}))
    assert reply is not None
    assert first is not None
    assert (reply.message, first.message) == ("D1:1791999999.000001", None)


def test_a_guest_from_another_workspace_keeps_their_team() -> None:
    """In a shared channel the author's own workspace counts, not the one that delivered."""
    shared = {**SAID, "channel": "C1", "type": "app_mention", "user_team": "T2", "text": f"<@{BOT}> deal"}
    request = parsed(event(shared))
    assert request is not None
    assert request.sender == Sender(user="ULEA", team="T2")


@pytest.mark.parametrize(
    "change",
    [
        {"user": BOT},
        {"bot_id": "B1"},
        {"subtype": "bot_message", "user": None},
        {"subtype": "message_changed", "hidden": True, "message": {**SAID, "user": BOT}},
        {"subtype": "message_changed", "hidden": True, "message": {**SAID, "text": "a preview came"}},
        {"subtype": "message_deleted", "hidden": True},
        {"subtype": "channel_join"},
        {"user": "USLACKBOT"},
        {"channel": "C1", "channel_type": "channel"},
        {"type": "reaction_added"},
        {"type": "app_home_opened", "tab": "messages"},
        {"type": "member_left_channel"},
    ],
)
def test_what_is_not_said_to_us_is_settled_quietly(change: dict[str, Any]) -> None:
    """Our own posts, other bots, edits, joins, and talk that does not name us mean nothing."""
    assert parsed(event({**SAID, **change})) is None


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
def test_ways_of_speaking_are_speech(subtype: str) -> None:
    """A file with words, a reply shown in the channel and a /me are said by a person."""
    request = parsed(event({**SAID, "subtype": subtype}))
    assert request is not None
    assert request.text == "appel Jane"


def test_a_slash_command_is_answered_to_its_author_alone() -> None:
    """Its text is unescaped, its address names channel and person, its key is the trigger."""
    assert parsed(COMMAND) == Request(
        platform="slack",
        key="1.2.abc",
        address="C1/ULEA",
        sender=Sender(user="ULEA", team="T1", name="lea"),
        text="find <acme>",
        private=True,
        room="C1",
    )


def test_another_slash_command_is_its_own_first_word() -> None:
    """An app may have /call beside /crm; it means the same as /crm call."""
    request = parsed({**COMMAND, "command": "/call", "text": "Jane 15m"})
    assert request is not None
    assert request.text == "call Jane 15m"


def test_a_press_carries_its_token_and_its_message() -> None:
    """The presser counts, not the author; the message is named so that it can be changed."""
    assert parsed(PRESS) == Request(
        platform="slack",
        key="3.4.def",
        address="C1",
        sender=Sender(user="ULEA", team="T1", name="lea"),
        private=False,
        sent_at=datetime(2026, 10, 14, 17, 46, 49, 5, UTC),
        pressed="token",
        message="C1:1792000000.000100",
        room="C1",
    )


@pytest.mark.parametrize(
    ("block", "address"),
    [
        ("ULEA#7.0", "ULEA"),
        ("C9/ULEA#7.0", "C9/ULEA"),
        ("C1#7.0", "C1"),
        ("C9#7.0", "C1"),
        ("UMARC#7.0", "C1"),
        ("C1/UMARC#7.0", "C1"),
        ("b1A2", "C1"),
        ("ULEA#7", "C1"),
    ],
)
def test_a_row_of_buttons_names_its_chat_to_nobody_else(block: str, address: str) -> None:
    """What a row says counts only where it is the presser's own, or the very channel."""
    request = parsed({**PRESS, "actions": [{**PRESS["actions"][0], "block_id": block}]})
    assert request is not None
    assert request.address == address


def test_a_choice_from_a_menu_is_a_press() -> None:
    """What stands in the menu beside the buttons carries a token too."""
    chosen = {
        "type": "overflow",
        "selected_option": {"text": {}, "value": "hidden"},
        "action_ts": "1792000009.5",
    }
    request = parsed({**PRESS, "actions": [chosen]})
    assert request is not None
    assert request.pressed == "hidden"


def test_a_press_on_an_ephemeral_message_stays_with_its_presser() -> None:
    """The answer goes where the message was seen: to that person alone."""
    hidden = {**PRESS["container"], "is_ephemeral": True}
    request = parsed({**PRESS, "container": hidden})
    assert request is not None
    assert (request.address, request.message) == ("C1/ULEA", "C1/ULEA:1792000000.000100")
    assert request.private


def test_a_press_in_the_home_tab_is_answered_in_the_direct_message() -> None:
    """A view is no conversation: the person is the address."""
    request = parsed({**PRESS, "container": {"type": "view", "view_id": "V1"}})
    assert request is not None
    assert (request.address, request.message, request.private) == ("ULEA", None, True)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"type": "event_callback"},
        {"type": "event_callback", "event": "no"},
        {"type": "view_submission", "view": {"callback_id": "x"}, "trigger_id": "1.2.x"},
        event({"type": "weather_changed"}),
        event({**SAID, "text": None}),
        event({**SAID, "user": None}),
        event({**SAID, "user": 12}),
        event({**SAID, "ts": "yesterday"}),
        event({**SAID, "ts": "9" * 40}),
        event({"type": "message"}),
        {**COMMAND, "user_id": None},
        {**PRESS, "actions": []},
        {**PRESS, "actions": [{"type": "button", "value": ""}]},
        {**PRESS, "user": "ULEA"},
        {**PRESS, "container": None},
        {**PRESS, "user": "a lone \ud800"},
        event({**SAID, "subtype": ["file_share"]}),
    ],
)
def test_what_cannot_be_read_is_set_aside(payload: dict[str, Any]) -> None:
    """A missing field, a wrong type or an unknown kind is one row in quarantine, no more."""
    with pytest.raises(Unreadable):
        parsed(payload)


def test_rows_hold_no_verification_token() -> None:
    """The deprecated token is a secret that nothing needs."""
    assert "verification" not in str(payloads.arrival(event(SAID)))
    assert "verification" not in str(payloads.arrival(COMMAND))


def test_keys_tell_deliveries_apart() -> None:
    """An edit is another event than the message it edits; what has no id has its own content's."""
    edit = {**SAID, "subtype": "message_changed"}
    assert payloads.arrival(event(edit)).key == "Ev1"
    assert payloads.arrival({"type": "odd", "n": 1}).key == payloads.arrival({"n": 1, "type": "odd"}).key
    assert payloads.arrival({"type": "odd", "n": 1}).key != payloads.arrival({"type": "odd", "n": 2}).key


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_frames = st.sampled_from([event(SAID), COMMAND, PRESS])


@given(_frames, st.data())
def test_any_payload_makes_a_row_that_fits(frame: dict[str, Any], data: st.DataObject) -> None:
    """However it is bent, a payload gets a key and an address that the inbox can hold, or is unreadable."""
    bent = {**frame, data.draw(st.sampled_from(sorted(frame))): data.draw(_json)}
    row = payloads.arrival(bent)
    assert 0 < len(row.key) <= 200
    assert len(row.address) <= 254
    try:
        request = payloads.request(row.key, row.raw, command="/crm", bot=BOT)
    except Unreadable:
        return
    assert not isinstance(request, Request) or (request.key, request.address) == (row.key, row.address)
