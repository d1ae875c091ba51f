"""What Telegram's updates mean to us."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from telegram import Update

from bot.platform import Moved, Standing, Unreadable
from bot.telegram.deliveries import RECEIVED_BY
from bot.telegram.references import messages, reference
from bot.telegram.shapes import Me
from bot.telegram.updates import Meaning, Press, parse
from handlers.chat.request import Attachment, Forwarded, Location, Request, Sender, SharedContact

UPDATES: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("updates.json").read_text(encoding="utf-8")
)
ME = Me(id=7000000001, username="parley_bot")
MARC = Sender(user="7100000001", name="Marc Petit", language="en")
GROUP = "-1001987654321"
SAID_AT = datetime(2026, 10, 14, 17, 50, tzinfo=UTC)  # 1792000200


def read(name: str, me: Me = ME) -> Meaning:
    update = UPDATES[name]
    return parse(str(update["update_id"]), update, me)


def understood(name: str) -> Request:
    return said(read(name))


def said(meaning: Meaning) -> Request:
    assert isinstance(meaning, Request)
    return meaning


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
        {"from": {"id": 6000000002, "is_bot": True, "first_name": "Gif", "username": "gif"}},
    ],
    ids=lambda mark: next(iter(mark)),
)
@pytest.mark.parametrize("name", ["private command", "group command"])
def test_any_one_mark_of_another_voice_is_enough(name: str, mark: dict[str, Any]) -> None:
    """Each of them alone means that nobody plainly speaks here for themselves."""
    update = UPDATES[name]
    assert parse("1", update | {"message": update["message"] | mark}, ME) is None


def test_an_edit_says_the_message_anew() -> None:
    """The reference stays the message's; the time is that of the edit."""
    assert understood("private edited") == Request(
        platform="telegram",
        key="731000011",
        address="7100000001",
        sender=MARC,
        text="call Jane Roy 20m ok",
        sent_at=datetime(2026, 10, 14, 17, 50, 30, tzinfo=UTC),
        ref="7100000001:501",
        edited=True,
    )


def test_a_live_location_is_not_edited_words() -> None:
    """It goes on changing by itself."""
    location = UPDATES["private location"]["message"] | {"edit_date": 1792000230}
    assert parse("1", {"update_id": 1, "edited_message": location}, ME) is None


def test_forwarded_words_are_somebody_else_s() -> None:
    """Whose they are and when they were said goes with them, and they stay as they were."""
    request = understood("private forwarded")
    assert (request.text, request.sender) == ("won D-142", MARC)
    assert request.forwarded == Forwarded("Lea", datetime(2026, 10, 14, 17, 35, tzinfo=UTC))


CHANNEL = {"id": -1001111111111, "title": "Acme news", "type": "channel"}


@pytest.mark.parametrize(
    ("origin", "name", "link"),
    [
        ({"type": "hidden_user", "sender_user_name": "Zoe Roy"}, "Zoe Roy", ""),
        ({"type": "chat", "sender_chat": {"id": -5, "type": "group", "title": "Sales"}}, "Sales", ""),
        (
            {"type": "channel", "chat": CHANNEL, "message_id": 12, "author_signature": "Zoe"},
            "Acme news (Zoe)",
            "https://t.me/c/1111111111/12",
        ),
        (
            {"type": "channel", "chat": CHANNEL | {"username": "acmenews"}, "message_id": 12},
            "Acme news",
            "https://t.me/acmenews/12",
        ),
        ({"type": "channel", "chat": CHANNEL | {"username": "a/../b"}, "message_id": 12}, "Acme news", None),
    ],
)
def test_the_source_of_forwarded_words(origin: dict[str, Any], name: str, link: str | None) -> None:
    """All four kinds of it; a link leads to what stands in a channel, and to nothing else."""
    message = UPDATES["private forwarded"]["message"] | {"forward_origin": origin | {"date": 1791999300}}
    source = said(parse("1", {"update_id": 1, "message": message}, ME)).forwarded
    assert source is not None
    assert source.name == name
    assert source.link == ("https://t.me/c/1111111111/12" if link is None else link)


def test_a_forwarded_command_in_a_group_is_for_nobody() -> None:
    """Neither a mention in it nor its slash was written by its sender."""
    origin = UPDATES["private forwarded"]["message"]["forward_origin"]
    for name in ("group command", "group mention", "group reply to the bot"):
        message = UPDATES[name]["message"] | {"forward_origin": origin}
        assert parse("1", {"update_id": 1, "message": message}, ME) is None


@pytest.mark.parametrize(
    ("content", "attachment"),
    [
        (
            {"document": {"file_id": "d", "file_name": "offer.pdf", "mime_type": "application/pdf"}},
            Attachment("document", "d", "offer.pdf", "application/pdf"),
        ),
        (
            {"audio": {"file_id": "a", "duration": 61, "mime_type": "audio/mpeg", "file_size": 9}},
            Attachment("audio", "a", "", "audio/mpeg", 9, 61),
        ),
        ({"video": {"file_id": "v", "duration": 3}}, Attachment("video", "v", seconds=3)),
        ({"video_note": {"file_id": "n", "duration": 3}}, Attachment("video", "n", seconds=3)),
    ],
)
def test_a_file_is_named_by_what_fetches_it(content: dict[str, Any], attachment: Attachment) -> None:
    """With whatever Telegram says of it; the caption is the text."""
    message = UPDATES["private photo"]["message"] | {"photo": [], "caption": "note D-142"} | content
    request = said(parse("1", {"update_id": 1, "message": message}, ME))
    assert (request.text, request.attachments) == ("note D-142", (attachment,))


def test_a_photo_is_its_largest_size() -> None:
    """Of the several that Telegram makes."""
    assert understood("private photo").attachments == (
        Attachment("photo", "AgACAgQAAxky", media_type="image/jpeg", size=81234),
    )


def test_a_photo_s_sizes_need_not_say_how_many_bytes_they_have() -> None:
    """Then the largest is the one with the most points, in whatever order they come."""
    sizes = [{"file_id": "large", "width": 960, "height": 1280}, {"file_id": "s", "width": 67, "height": 90}]
    for photo in (sizes, sizes[::-1]):
        message = UPDATES["private photo"]["message"] | {"photo": photo}
        request = said(parse("1", {"update_id": 1, "message": message}, ME))
        assert [file.source for file in request.attachments] == ["large"]


def test_a_voice_note_has_a_length() -> None:
    """In seconds."""
    assert understood("private voice").attachments == (
        Attachment("voice", "AwACAgQ", media_type="audio/ogg", size=52000, seconds=14),
    )


@pytest.mark.parametrize(
    ("card", "shared"),
    [
        ({"phone_number": "+33 6 12", "first_name": "Jane"}, SharedContact("Jane", "+33 6 12")),
        (
            {"phone_number": "33612345678", "first_name": "Jane", "last_name": "Doe", "user_id": 7},
            SharedContact("Jane Doe", "+33612345678"),
        ),
        (
            {"phone_number": "0612345678", "first_name": "Jane", "vcard": "BEGIN:VCARD"},
            SharedContact("Jane", "0612345678", "BEGIN:VCARD"),
        ),
    ],
)
def test_a_contact_card(card: dict[str, Any], shared: SharedContact) -> None:
    """The number as it is; of one who is on Telegram it is international."""
    message = UPDATES["private contact"]["message"] | {"contact": card}
    assert said(parse("1", {"update_id": 1, "message": message}, ME)).contact == shared


def test_a_place() -> None:
    """A venue has a name and an address beside its degrees."""
    assert understood("private location").location == Location(48.8566, 2.3522)
    at = {"latitude": 48.85, "longitude": 2.35}
    venue = {"location": at, "title": "Chez Acme", "address": "1 rue X"}
    message = UPDATES["private location"]["message"] | {"location": at, "venue": venue}
    request = said(parse("1", {"update_id": 1, "message": message}, ME))
    assert request.location == Location(48.85, 2.35, "Chez Acme", "1 rue X")


def test_a_colleague_without_a_username_is_their_account() -> None:
    """Whatever the writer calls them; offsets count as Telegram's do, in UTF-16 units."""
    text = "🎉 assign D-142 Sam Roy now"
    sam = {"id": 7100000009, "is_bot": False, "first_name": "Sam"}
    entity = {"type": "text_mention", "offset": 16, "length": 7, "user": sam}
    message = UPDATES["private text"]["message"] | {"text": text, "entities": [entity]}
    request = said(parse("1", {"update_id": 1, "message": message}, ME))
    assert request.text == "🎉 assign D-142 @7100000009 now"


def test_a_topic_is_a_chat_of_its_own() -> None:
    """What is said in it is answered in it; a thread of replies elsewhere is none."""
    thread = {"message_thread_id": 7}
    message = UPDATES["group mention"]["message"] | thread
    outside = said(parse("1", {"update_id": 1, "message": message}, ME))
    inside = said(parse("1", {"update_id": 1, "message": message | {"is_topic_message": True}}, ME))
    assert (outside.address, inside.address) == (GROUP, f"{GROUP}/7")
    assert inside.ref == f"{GROUP}:516"
    press = UPDATES["press in a group"]["callback_query"]
    press = press | {"message": press["message"] | thread | {"is_topic_message": True}}
    assert said(parse("1", {"update_id": 1, "callback_query": press}, ME)).address == f"{GROUP}/7"


@pytest.mark.parametrize(
    ("status", "reachable"),
    [
        ({"status": "kicked"}, False),
        ({"status": "left"}, False),
        ({"status": "member"}, True),
        ({"status": "administrator"}, True),
        ({"status": "restricted", "is_member": True, "can_send_messages": False}, False),
        ({"status": "restricted", "is_member": True, "can_send_messages": True}, True),
    ],
)
@pytest.mark.parametrize("chat", [{"id": 7100000001, "type": "private"}, {"id": -4001, "type": "group"}])
def test_who_lets_the_bot_write(chat: dict[str, Any], status: dict[str, Any], reachable: bool) -> None:
    """Blocked or let in again by a person, added to a group or removed from it by somebody."""
    changed = UPDATES["blocked"]["my_chat_member"] | {"chat": chat, "new_chat_member": status}
    meaning = parse("1", {"update_id": 1, "my_chat_member": changed}, ME)
    user = "7100000001" if chat["type"] == "private" else ""
    assert meaning == Standing("telegram", str(chat["id"]), reachable, user=user, by="7100000001")


def test_a_group_that_became_a_supergroup_has_moved() -> None:
    """It is said in the old chat and in the new one, by whoever did it or by nobody."""
    said_by = {"message_id": 1, "date": 1792000200, "from": UPDATES["press"]["callback_query"]["from"]}
    old = said_by | {"chat": {"id": -4001, "type": "group"}, "migrate_to_chat_id": -1004001}
    new = said_by | {"chat": {"id": -1004001, "type": "supergroup"}, "migrate_from_chat_id": -4001}
    for message in (old, new, {name: old[name] for name in old.keys() - {"from"}}):
        assert parse("1", {"update_id": 1, "message": message}, ME) == Moved("telegram", "-4001", "-1004001")


@pytest.mark.parametrize(
    ("said_so", "text"),
    [("/start", "/help"), ("/start@parley_bot", "/help"), ("/start abc", "/start abc"), ("start", "start")],
)
def test_the_start_button_asks_for_help(said_so: str, text: str) -> None:
    """Whoever presses it wants to know what to do; with a code behind it, it joins an account."""
    message = UPDATES["private text"]["message"] | {"text": said_so}
    assert said(parse("1", {"update_id": 1, "message": message}, ME)).text == text


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
    request = said(parse("1", received, renamed))
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
    message = update["message"] | {"text": "@parley_bot\ncall Jane 5m\n@parley_bot: note acme ok"}
    request = said(parse("1", update | {"message": message}, ME))
    assert request.text == "call Jane 5m\nnote acme ok"


def test_lone_surrogates_are_replaced() -> None:
    """Half of a surrogate pair becomes U+FFFD, in the text and in the name."""
    update = UPDATES["private text"]
    sender = update["message"]["from"] | {"first_name": "Ma\udc00rc"}
    message = update["message"] | {"text": "a\ud800b", "from": sender}
    request = said(parse("1", update | {"message": message}, ME))
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
        ("message.photo", [{"file_id": 7}]),
        ("message.document", {"file_id": "d", "file_size": "large"}),
        ("message.contact", {"first_name": "Jane"}),
        ("message.location", {"latitude": "north", "longitude": 2}),
        ("message.forward_origin", {"type": "user"}),
        ("message.entities", [{"type": "text_mention"}]),
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
