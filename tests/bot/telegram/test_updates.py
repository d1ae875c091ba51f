"""What Telegram's updates mean to us."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from telegram import Update

from bot.platform import Unreadable
from bot.telegram.deliveries import RECEIVED_BY
from bot.telegram.updates import Me, Press, messages, parse, reference
from handlers.chat.request import Request, Sender

UPDATES: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("updates.json").read_text(encoding="utf-8")
)
ME = Me(id=7000000001, username="parley_bot")
MARC = Sender(user="7100000001", name="Marc Petit", language="en")
GROUP = "-1001987654321"
SAID_AT = datetime(2026, 10, 14, 17, 50, tzinfo=UTC)  # 1792000200


def read(name: str, me: Me = ME) -> Request | None:
    update = UPDATES[name]
    return parse(str(update["update_id"]), update, me)


def understood(name: str) -> Request:
    request = read(name)
    assert request is not None
    return request


@pytest.mark.parametrize("name", UPDATES)
def test_the_payloads_are_telegram_s(name: str) -> None:
    """Every canned update is one that python-telegram-bot reads too, so that none tests a fancy."""
    update = Update.de_json(UPDATES[name], None)
    assert update.effective_chat is not None or name in ("poll", "press on an inline message")


def test_a_private_message_is_said_by_its_sender() -> None:
    """Text, ids, name, language and send time arrive as they were sent, the time aware in UTC."""
    assert read("private text") == Request(
        platform="telegram",
        key="731000001",
        address="7100000001",
        sender=MARC,
        text="call Jane Roy 10m ok",
        private=True,
        sent_at=SAID_AT,
        ref="7100000001:501",
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("private command", "/call Jane 15m"),
        ("private start with code", "/start 3uXkq9pR7sT1vW5yZ0aBcd"),
        ("private photo with caption", "card of Jane Doe"),
        ("group command", "/deal acme"),
        ("group command to us", "/deal acme"),
        ("group mention", "deal acme"),
        ("group mention inside", "hey deal acme"),
        ("group reply to the bot", "done"),
        ("group photo mentioning us", "note acme signed"),
    ],
)
def test_the_bot_s_own_name_is_taken_out(name: str, text: str) -> None:
    """What is left is the line as it would be typed elsewhere; commands and codes stay whole."""
    assert understood(name).text == text


@pytest.mark.parametrize("name", ["private photo", "private voice", "private contact", "private location"])
def test_what_has_no_text_is_not_lost_silently(name: str) -> None:
    """A private message without text is a request without text, so that its sender is answered."""
    request = understood(name)
    assert (request.text, request.private, request.sender) == ("", True, MARC)


@pytest.mark.parametrize(
    "name",
    [
        "private notice",
        "private edited",
        "private forwarded",
        "private by inline bot",
        "group command to another bot",
        "group reply to a person",
        "group talk",
        "group mail address",
        "group anonymous admin",
        "group as channel",
        "group post of its linked channel",
        "group new members",
        "channel post",
        "another bot",
        "press on a game",
        "blocked",
        "poll",
    ],
)
def test_what_is_not_for_us_is_passed_over(name: str) -> None:
    """Whoever is not plainly a person speaking to the bot gets no answer and does nothing."""
    assert read(name) is None


@pytest.mark.parametrize(
    "mark",
    [
        {"sender_chat": {"id": -1001111111111, "title": "Acme news", "type": "channel"}},
        {"via_bot": {"id": 6000000002, "is_bot": True, "first_name": "Gif", "username": "gif"}},
        {"forward_origin": {"type": "hidden_user", "sender_user_name": "Zoe", "date": 1792000100}},
        {"from": {"id": 6000000002, "is_bot": True, "first_name": "Gif", "username": "gif"}},
    ],
    ids=lambda mark: next(iter(mark)),
)
@pytest.mark.parametrize("name", ["private command", "group command"])
def test_any_one_mark_of_another_voice_is_enough(name: str, mark: dict[str, Any]) -> None:
    """Each of them alone means that nobody plainly speaks here for themselves."""
    update = UPDATES[name]
    assert parse("1", update | {"message": update["message"] | mark}, ME) is None


def test_a_group_is_not_private() -> None:
    """In a group others read along, and the answer goes to the group's id."""
    request = understood("group mention")
    assert (request.address, request.private, request.sender) == (GROUP, False, MARC)


def test_a_reply_names_the_message_it_replies_to() -> None:
    """The reference is that of the chat and the message replied to."""
    assert understood("private reply to the bot").message == "7100000001:480"
    assert understood("group reply to the bot").message == f"{GROUP}:490"


def test_a_press_carries_its_token() -> None:
    """A pressed button gives its token, its message and the id to acknowledge, and no text."""
    assert read("press") == Press(
        platform="telegram",
        key="731000029",
        address="7100000001",
        sender=MARC,
        pressed="q1w2e3r4t5y6u7i8o9p0aa",
        message="7100000001:480",
        query="4382bfdwdsb323b2d9",
    )


@pytest.mark.parametrize(
    ("name", "address", "private", "message"),
    [
        ("press in a group", GROUP, False, f"{GROUP}:480"),
        ("press on a message too old", "7100000001", True, "7100000001:12"),
        ("press on an inline message", "7100000001", True, None),
    ],
)
def test_a_press_is_answered_where_it_was_pressed(
    name: str, address: str, private: bool, message: str | None
) -> None:
    """The chat is the message's; without one it is the private chat with the presser."""
    request = understood(name)
    assert (request.address, request.private, request.message) == (address, private, message)


def test_the_name_at_receipt_decides() -> None:
    """A row says by whom it was received, so a bot that was renamed since still knows its mentions."""
    update = UPDATES["group mention"]
    renamed = Me(id=7000000001, username="parley_crm_bot")
    assert parse("1", update, renamed) is None
    received = update | {RECEIVED_BY: {"id": 7000000001, "username": "parley_bot"}}
    request = parse("1", received, renamed)
    assert request is not None
    assert request.text == "deal acme"


def test_an_unknown_own_name_makes_nobody_s_mention_ours() -> None:
    """Before getMe has answered, only plain commands and replies in groups are for us."""
    nameless = Me(id=7000000001)
    assert read("group command to us", nameless) is None
    assert read("group mention", nameless) is None
    assert read("group command", nameless) is not None
    assert read("group reply to the bot", nameless) is not None


def test_several_lines_stay_several() -> None:
    """Only our name and the space beside it go; line breaks are part of what was said."""
    update = UPDATES["group mention"]
    said = update["message"] | {"text": "@parley_bot\ncall Jane 5m\n@parley_bot: note acme ok"}
    request = parse("1", update | {"message": said}, ME)
    assert request is not None
    assert request.text == "call Jane 5m\nnote acme ok"


def test_lone_surrogates_are_replaced() -> None:
    """Half of a surrogate pair becomes U+FFFD, in the text and in the name."""
    update = UPDATES["private text"]
    sender = update["message"]["from"] | {"first_name": "Ma\udc00rc"}
    request = parse("1", update | {"message": update["message"] | {"text": "a\ud800b", "from": sender}}, ME)
    assert request is not None
    assert (request.text, request.sender.name) == ("a\ufffdb", "Ma\ufffdrc Petit")


def changed(path: str, value: object) -> dict[str, Any]:
    """The private text with one field changed, or taken out (``...``)."""
    update: dict[str, Any] = json.loads(json.dumps(UPDATES["private text"]))
    *way, last = path.split(".")
    place = update
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return update


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("message", "text"),
        ("message", None),
        ("message", []),
        ("message", "a lone \ud800"),
        ("message.message_id", ...),
        ("message.date", ...),
        ("message.date", "yesterday"),
        ("message.date", 10**15),
        ("message.date", True),
        ("message.chat", ...),
        ("message.chat.id", "7100000001"),
        ("message.chat.id", 1.5),
        ("message.chat.type", "secret"),
        ("message.from", "Marc"),
        ("message.from.id", None),
        ("message.from.is_bot", "no"),
        ("message.from.first_name", ...),
        ("message.from.language_code", 7),
        ("message.text", 7),
        ("message.text", ["call"]),
        ("message.sender_chat", 7),
        ("message.reply_to_message", {"message_id": "480"}),
        ("message", ...),
        ("callback_query", {"id": "1"}),
        ("telepathy", {"id": 1}),
    ],
)
def test_missing_and_wrong_fields_are_unreadable(path: str, value: object) -> None:
    """A field that is missing, of a wrong type, or of no known kind sends the row to quarantine."""
    with pytest.raises(Unreadable):
        parse("1", changed(path, value), ME)


def test_a_lone_unknown_kind_is_unreadable() -> None:
    """A kind of update that no version of the library knows is not passed over in silence."""
    with pytest.raises(Unreadable, match="unknown kind"):
        parse("1", {"update_id": 1, "telepathy": {"id": 1}}, ME)


def test_unreadable_names_the_field_and_not_its_value() -> None:
    """What goes to the log is where it is wrong, never what was said."""
    with pytest.raises(Unreadable) as caught:
        parse("1", changed("message.text", {"secret": "jane@acme.com"}), ME)
    assert "text" in str(caught.value)
    assert "jane" not in str(caught.value)


@pytest.mark.parametrize("ids", [(12,), (10, 11, 12), (7, 8)])
def test_a_reference_holds_every_message_and_begins_with_the_last(ids: tuple[int, ...]) -> None:
    """A press on the last message of a long reply names the beginning of that reply's reference."""
    whole = reference("-100", *ids)
    assert messages(whole, "-100") == messages(whole, -100) == ids
    assert whole.startswith(reference("-100", ids[-1]))


def test_a_reference_stays_short() -> None:
    """However long the reply, its last messages are named, and the column of the outbox holds it."""
    ids = range(2_000_000_000, 2_000_000_100)
    whole = reference(-1001234567890, *ids)
    assert messages(whole, -1001234567890) == tuple(ids[-16:])
    assert len(whole) <= 254


@pytest.mark.parametrize(
    "text", ["", "42", "42:", "42:x", "x:1", "42:1+", "42:+1", "C01:1712.5", "42:٣", "7:5"]
)
def test_no_other_text_is_a_reference_in_this_chat(text: str) -> None:
    """A reference of another chat or platform, or a broken one, names no message."""
    assert messages(text, 42) == ()
