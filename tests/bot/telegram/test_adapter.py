"""Telegram over the wire: sent, edited, answered, refused."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from bot.clock import Clock
from bot.platform import (
    LARGEST_FILE,
    AnswerLost,
    Arrival,
    ChatMoved,
    Fetching,
    Message,
    Platform,
    Rejected,
    ServiceError,
    Throttled,
    Unauthorised,
    Unavailable,
    Unreachable,
)
from bot.telegram.adapter import Telegram
from bot.telegram.updates import Press
from handlers.chat.reply import Button, Buttons, Card, Field, File, Reply, Table, Text, text
from handlers.chat.request import Attachment, Request
from tests.emulators.telegram import Answered, Deleted, Edited, Sent, TelegramEmulator, User

TOKEN = "q1w2e3r4t5y6u7i8o9p0aa"
UNDO = Buttons((Button("Undo", token=TOKEN, number=1),))
SECRET = "7000000001:AAcanary-of-a-token_1234567890abcd"


@pytest.fixture
async def server() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(SECRET, flood_limits=False) as emulator:
        yield emulator


@pytest.fixture
def marc(server: TelegramEmulator) -> User:
    person = server.user(first_name="Marc")
    person.says("/start")
    return person


@pytest.fixture
async def telegram(server: TelegramEmulator) -> AsyncIterator[Telegram]:
    adapter = Telegram(SECRET, server.url, Clock())
    yield adapter
    await adapter.close()


def to(person: User, *blocks: Any, **more: Any) -> Message:
    return Message(
        id=more.pop("id", 1), address=str(person.id), reply=Reply(blocks), language="en-GB", **more
    )


def sent(server: TelegramEmulator) -> list[Sent]:
    return [record for record in server.ledger if isinstance(record, Sent)]


async def received(telegram: Telegram, count: int) -> list[Request]:
    """What the next ``count`` updates mean, through polling and parsing."""
    rows: dict[str, Arrival] = {}
    enough = asyncio.Event()

    async def receive(arrivals: Sequence[Arrival]) -> None:
        rows.update((arrival.key, arrival) for arrival in arrivals)
        if len(rows) >= count:
            enough.set()

    polling = asyncio.create_task(telegram.run(receive))
    await asyncio.wait_for(enough.wait(), 10)
    polling.cancel()
    with suppress(asyncio.CancelledError):
        await polling
    requests = [telegram.parse(row.key, row.raw) for row in rows.values()]
    return [request for request in requests if isinstance(request, Request)]


def test_it_is_a_platform(telegram: Telegram) -> None:
    """It has all that the dispatcher and the outbox call."""
    platform: Platform = telegram
    assert platform.name == "telegram"


async def test_a_message_is_received_and_answered(
    telegram: Telegram, server: TelegramEmulator, marc: User
) -> None:
    """What is typed becomes a request, and the reply reaches the same chat."""
    marc.says("deal acme")
    start, deal = await received(telegram, 2)
    assert (start.text, deal.text, deal.address) == ("/help", "deal acme", str(marc.id))
    assert deal.sent_at is not None
    assert deal.sent_at.utcoffset() == timedelta()
    await telegram.send(to(marc, Card("D-142 Acme", (Field("Stage", "Proposal"),)), UNDO))
    assert marc.sees() == ["D-142 Acme\nStage: Proposal"]
    (message,) = sent(server)
    assert message.html == "<b>D-142 Acme</b>\nStage: Proposal"
    assert message.labels == ("Undo",)


@pytest.mark.threat("S9")
async def test_no_link_shows_a_preview(telegram: Telegram, server: TelegramEmulator, marc: User) -> None:
    """A link in a note is fetched by nobody: not when sent, not when edited."""
    reference = await telegram.send(to(marc, Text("see https://example.com/?secret=1")))
    await telegram.edit(to(marc, Text("see https://example.com/?secret=2"), edits=reference))
    assert [record.link_preview for record in server.ledger if isinstance(record, Sent | Edited)] == [
        False,
        False,
    ]


async def test_a_press_comes_back_with_its_token_and_message(
    telegram: Telegram, server: TelegramEmulator, marc: User
) -> None:
    """The reference that sending returned is the one that a press names, and it can be edited."""
    reference = await telegram.send(to(marc, Text("Call logged"), UNDO))
    marc.presses(sent(server)[0], "Undo")
    *_, press = await received(telegram, 2)
    assert (press.pressed, press.message, press.text) == (TOKEN, reference, "")
    assert await telegram.edit(to(marc, Text("Undone"), edits=press.message)) == reference
    assert marc.sees() == ["Undone"]


async def test_an_edit_without_buttons_takes_them_away(
    telegram: Telegram, server: TelegramEmulator, marc: User
) -> None:
    """A question that was answered can't be answered again."""
    reference = await telegram.send(to(marc, Text("Which Jane?"), UNDO))
    await telegram.edit(to(marc, Text("Call logged"), edits=reference))
    (edited,) = [record for record in server.ledger if isinstance(record, Edited)]
    assert edited.buttons == ()


async def test_an_edit_that_changes_nothing_is_done(
    telegram: Telegram, server: TelegramEmulator, marc: User
) -> None:
    """Telegram refuses it; for us it is what was wanted."""
    reference = await telegram.send(to(marc, Text("Done"), UNDO))
    assert await telegram.edit(to(marc, Text("Done"), UNDO, edits=reference)) == reference
    assert marc.sees() == ["Done"]


@pytest.mark.parametrize(
    "words", ["message can't be edited", "MESSAGE_ID_INVALID", "message to edit not found"]
)
async def test_what_can_t_be_edited_is_sent_anew(
    telegram: Telegram, server: TelegramEmulator, marc: User, words: str
) -> None:
    """Too old or deleted: the new text comes as a new message, whose reference counts from then on."""
    reference = await telegram.send(to(marc, Text("Reminder"), UNDO))
    server.fault("editMessageText", status=400, error=f"Bad Request: {words}")
    newer = await telegram.edit(to(marc, Text("✅ Done"), edits=reference))
    assert newer != reference
    assert await telegram.edit(to(marc, Text("Reopened"), edits=newer)) == newer
    assert marc.sees() == ["Reminder", "Reopened"]


@pytest.mark.parametrize("elsewhere", ["C01:1712.0003", "-1001987654321:{}", "{}"])
async def test_a_message_of_another_chat_is_never_edited(
    telegram: Telegram, server: TelegramEmulator, marc: User, elsewhere: str
) -> None:
    """A private answer to a press in a group comes as a new message: the number means another one here."""
    reference = await telegram.send(to(marc, Text("Hello")))
    number = reference.partition(":")[2]
    await telegram.edit(to(marc, Text("✅ Done"), edits=elsewhere.format(number)))
    assert marc.sees() == ["Hello", "✅ Done"]


async def test_a_reply_quotes_what_it_answers(
    telegram: Telegram, server: TelegramEmulator, marc: User
) -> None:
    """Where the message is known it is quoted; where it was deleted the reply goes out all the same."""
    await telegram.send(to(marc, Text("Hello"), answers=f"{marc.id}:{marc.said[0]}"))
    await telegram.send(to(marc, Text("Hello?"), answers=f"{marc.id}:999999"))
    await telegram.send(to(marc, Text("Hello!"), answers="C01:1712.0003"))
    assert [message.reply_to for message in sent(server)] == [marc.said[0], None, None]


# --- hostile text -----------------------------------------------------------------------------

HOSTILE = [
    "*<b> <!channel> {0.__class__}",
    "</b></pre><a href='tg://user?id=1'>x</a>",
    "[a](tg://user?id=1)",
    "&amp;&lt;&#60;&bogus; <&>",
    "\u202egnp.exe",
    "Ja\u200bne",
    "nul\x00 esc\x1b[2J",
    "half\ud800",
    "Zoé 👩‍💻🏄🏽🇫🇷",
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_is_taken_and_reads_as_itself(
    telegram: Telegram, server: TelegramEmulator, marc: User, name: str
) -> None:
    """No 400, no link, no mention, wherever the name stands; only what no message can hold is replaced."""
    card = Card(name, (Field("Name", name),), name)
    table = Table(("Name", "n"), ((name, "1"),), name, (1,))
    await telegram.send(to(marc, Text(name), Buttons((Button(name, token=TOKEN),))))
    await telegram.send(to(marc, card, table))
    assert server.refused == []
    written = name.replace("\x00", "\ufffd").replace("\x1b", "\ufffd").replace("\ud800", "\ufffd")
    assert marc.sees()[0] == written
    assert marc.sees()[1].startswith(f"{written}\nName: {written}\n{written}\n\n{written}\n")


@pytest.mark.parametrize("length", [4095, 4096, 4097, 8193, 40_000])
@pytest.mark.parametrize("filling", ["a", "word ", "😀", "line\n"])
async def test_long_texts_arrive_whole(
    telegram: Telegram, server: TelegramEmulator, marc: User, filling: str, length: int
) -> None:
    """At every border: nothing refused, nothing lost, in order."""
    said = (filling * length)[: length - 1] + "🏁"
    await telegram.send(to(marc, Text(said), UNDO))
    assert server.refused == []
    arrived = "".join(message.text for message in sent(server))
    assert "".join(arrived.split()) == "".join(said.split())
    assert [bool(message.buttons) for message in sent(server)] == [False] * (len(sent(server)) - 1) + [True]


async def test_refused_markup_goes_out_as_plain_text(
    telegram: Telegram, server: TelegramEmulator, marc: User, caplog: pytest.LogCaptureFixture
) -> None:
    """Should Telegram not read our HTML, the words still arrive, with their buttons, and the log says so."""
    words = 'Bad Request: can\'t parse entities: Unsupported start tag "jane@acme.com" at byte offset 5'
    server.fault("sendMessage", status=400, error=words)
    server.fault("editMessageText", status=400, error=words)
    reference = await telegram.send(to(marc, Card("1 < 2"), UNDO))
    await telegram.edit(to(marc, Card("2 > 1"), UNDO, edits=reference))
    assert marc.sees() == ["2 > 1"]
    assert server.refused == []
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "jane" not in caplog.text


# --- replies in several messages --------------------------------------------------------------


def long(*ends: str) -> Text:
    return Text("\n".join("a" * 4000 + end for end in ends))


async def test_a_long_reply_is_edited_as_one(
    telegram: Telegram, server: TelegramEmulator, marc: User
) -> None:
    """Growing adds messages, shrinking deletes the first ones: the buttons stay where they were pressed."""
    reference = await telegram.send(to(marc, long("1", "2", "3"), UNDO))
    marc.presses(sent(server)[-1], "Undo")
    *_, press = await received(telegram, 2)
    assert press.message is not None
    assert reference.startswith(press.message)

    longer = await telegram.edit(to(marc, long("4", "5", "6", "7"), edits=reference))
    assert [shown[-1] for shown in marc.sees()] == ["4", "5", "6", "7"]
    shorter = await telegram.edit(to(marc, Text("Undone"), edits=longer))
    assert marc.sees() == ["Undone"]
    assert len([record for record in server.ledger if isinstance(record, Deleted)]) == 3
    assert await telegram.edit(to(marc, Text("Undone!"), edits=shorter)) == shorter


async def test_a_reply_that_broke_off_goes_on_where_it_stopped(marc: User, server: TelegramEmulator) -> None:
    """The second try sends what is missing and repeats nothing; the reference names all messages."""
    adapter = Telegram(SECRET, server.url, Clock())
    message = to(marc, long("1", "2", "3"), UNDO, id=7)
    await adapter.send(to(marc, Text("before"), id=6))
    with pytest.raises(Throttled):
        asking = asyncio.create_task(adapter.send(message))
        await server.until(lambda: len(sent(server)) >= 2)
        server.fault("sendMessage", retry_after=30)
        await asking
    reference = await adapter.send(message)
    await adapter.close()
    assert [shown[-1] for shown in marc.sees()] == ["e", "1", "2", "3"]
    ids = [shown.message_id for shown in sent(server)[1:]]
    assert reference == f"{marc.id}:{ids[2]}+{ids[0]}+{ids[1]}"


async def test_a_repeated_message_says_so(telegram: Telegram, server: TelegramEmulator, marc: User) -> None:
    """After a lost answer the second try is recognisable."""
    server.fault("sendMessage", drop="after")
    message = to(marc, Text("Call Jane"), id=8)
    with pytest.raises(AnswerLost):
        await telegram.send(message)
    await telegram.send(to(marc, Text("Call Jane"), id=8, repeated=True))
    first, second = marc.sees()
    assert first == "Call Jane"
    assert second == "Call Jane\n\n(sent again)"


async def test_there_is_no_history_to_look_into(telegram: Telegram, marc: User) -> None:
    """Telegram shows a bot none, so a message is never found again."""
    assert await telegram.find(to(marc, Text("Call Jane"))) is None


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"retry_after": 30}, Throttled),
        ({"status": 429, "error": "Too Many Requests"}, Throttled),
        ({"status": 400, "error": "Bad Request: chat not found"}, Unreachable),
        ({"status": 400, "error": "Bad Request: PEER_ID_INVALID"}, Unreachable),
        (
            {"status": 400, "error": "Bad Request: not enough rights to send text messages to the chat"},
            Unreachable,
        ),
        ({"status": 400, "error": "Bad Request: message is too long"}, Rejected),
        ({"status": 400, "error": "Bad Request: something nobody knows"}, Rejected),
        ({"status": 403, "error": "Forbidden: bot was blocked by the user"}, Unreachable),
        ({"status": 403, "error": "Forbidden: bot was kicked from the supergroup chat"}, Unreachable),
        ({"status": 401, "error": "Unauthorized"}, Unauthorised),
        ({"status": 404, "error": "Not Found"}, Unauthorised),
        ({"status": 500, "error": "Internal Server Error"}, Unavailable),
        ({"status": 502, "body": b"<html>Bad Gateway</html>"}, Unavailable),
        ({"status": 403, "body": b"<html>blocked by your company</html>"}, Unavailable),
        ({"body": b"<html>sign in</html>"}, AnswerLost),
        ({"body": b'{"ok":true,"result":{"mess'}, AnswerLost),
        ({"body": b'{"ok":true,"result":{"message_id":"x"}}'}, AnswerLost),
        ({"body": b'{"ok":true,"result":7}'}, AnswerLost),
        ({"drop": "before"}, AnswerLost),
        ({"drop": "after"}, AnswerLost),
    ],
    ids=str,
)
async def test_each_refusal_is_one_of_ours(
    telegram: Telegram, server: TelegramEmulator, marc: User, fault: dict[str, Any], error: type[ServiceError]
) -> None:
    """Sending and editing raise the same for the same words, once: nothing is tried again by itself."""
    ordered = server.fault("sendMessage", times=None, **fault)
    with pytest.raises(error) as caught:
        await telegram.send(to(marc, Text("hello")))
    assert type(caught.value) is error
    assert str(caught.value).startswith("sendMessage: ")
    assert ordered.hits == 1
    ordered.lift()
    reference = await telegram.send(to(marc, Text("hello"), id=2))
    server.fault("editMessageText", **fault)
    with pytest.raises(error):
        await telegram.edit(to(marc, Text("bye"), edits=reference))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(30, 30), (0, 1), (-1, 1), ("soon", 1), ("7", 7), (10**9, 3600), (True, 1), (2.5, 2.5)],
)
async def test_a_429_says_how_long(
    telegram: Telegram, server: TelegramEmulator, marc: User, said: object, seconds: float
) -> None:
    """The pause is Telegram's, made sane."""
    server.fault("sendMessage", retry_after=said)
    with pytest.raises(Throttled) as caught:
        await telegram.send(to(marc, Text("hello")))
    assert caught.value.retry_after == timedelta(seconds=seconds)


async def test_a_moved_group_names_its_new_id(
    telegram: Telegram, server: TelegramEmulator, marc: User
) -> None:
    """The old chat can't be written to any more, and what is to be said there goes to the new one."""
    body = (
        b'{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup",'
        b'"parameters":{"migrate_to_chat_id":-1001234567890}}'
    )
    server.fault("sendMessage", status=400, body=body)
    with pytest.raises(ChatMoved) as caught:
        await telegram.send(to(marc, Text("hello")))
    assert caught.value.to == "-1001234567890"


async def test_who_left_is_unreachable(telegram: Telegram, server: TelegramEmulator, marc: User) -> None:
    """Blocked, deleted, never met: each in Telegram's own words."""
    stranger = server.user(first_name="Zoe")
    with pytest.raises(Unreachable, match="can't initiate"):
        await telegram.send(to(stranger, Text("hello")))
    marc.blocks()
    with pytest.raises(Unreachable, match="blocked"):
        await telegram.send(to(marc, Text("hello")))
    marc.unblocks()
    marc.deletes_account()
    with pytest.raises(Unreachable, match="deactivated"):
        await telegram.send(to(marc, Text("hello")))
    with pytest.raises(Unreachable, match="not found"):
        await telegram.send(Message(9, "123", text("hello"), "en"))
    with pytest.raises(Unreachable):
        await telegram.send(Message(9, "nobody", text("hello"), "en"))


async def test_a_silent_server_is_unavailable(
    telegram: Telegram, server: TelegramEmulator, marc: User
) -> None:
    """Nobody listens: nothing was sent, and it works again when somebody does."""
    await server.stop()
    with pytest.raises(Unavailable):
        await telegram.send(to(marc, Text("hello")))
    await server.start()
    await telegram.send(to(marc, Text("hello")))
    assert marc.sees() == ["hello"]


async def test_a_button_without_a_token_is_refused_here(telegram: Telegram, marc: User) -> None:
    """It never goes out half made."""
    with pytest.raises(Rejected):
        await telegram.send(to(marc, Text("?"), Buttons((Button("Undo"),))))


# --- presses ----------------------------------------------------------------------------------


async def pressed(telegram: Telegram, server: TelegramEmulator, marc: User) -> Request:
    await telegram.send(to(marc, Text("Call logged"), UNDO))
    marc.presses(sent(server)[-1], "Undo")
    return (await received(telegram, 2))[-1]


def answers(server: TelegramEmulator) -> list[tuple[str, bool]]:
    return [(record.text, record.alert) for record in server.ledger if isinstance(record, Answered)]


@pytest.mark.parametrize(
    ("reply", "answered"),
    [
        (None, ("", False)),
        (text("Undone"), ("Undone", False)),
        (Reply((Text("This is Léa's deal."),), private=True), ("This is Léa's deal.", True)),
        (text("a" * 201), ("", False)),
        (Reply((Text("Sure?"), UNDO), private=True), ("", False)),
    ],
)
async def test_a_press_is_always_acknowledged(
    telegram: Telegram, server: TelegramEmulator, marc: User, reply: Reply | None, answered: tuple[str, bool]
) -> None:
    """With the reply where it is short text, an alert where it is private; else silently, and it says so."""
    press = await pressed(telegram, server, marc)
    assert await telegram.answer(press, reply) is (reply is None or answered[0] != "")
    assert answers(server) == [answered]


async def test_a_press_answered_too_late_shows_nothing(
    telegram: Telegram, server: TelegramEmulator, marc: User
) -> None:
    """The second answer to a press is refused by Telegram; that is no error, only not shown."""
    press = await pressed(telegram, server, marc)
    assert await telegram.answer(press, None)
    assert not await telegram.answer(press, text("Undone"))
    assert answers(server) == [("", False)]


async def test_an_answer_is_never_tried_again(
    telegram: Telegram, server: TelegramEmulator, marc: User
) -> None:
    """Best effort: one request, whatever becomes of it."""
    press = await pressed(telegram, server, marc)
    fault = server.fault("answerCallbackQuery", times=None, drop="before")
    assert not await telegram.answer(press, text("Undone"))
    assert fault.hits == 1


async def test_a_typed_line_has_no_popup(telegram: Telegram, server: TelegramEmulator, marc: User) -> None:
    """Only presses can be answered over the chat."""
    request = (await received(telegram, 1))[0]
    assert not isinstance(request, Press)
    assert not await telegram.answer(request, text("Hello"))
    assert answers(server) == []


# --- secrets ----------------------------------------------------------------------------------


async def test_the_token_and_the_words_stay_out_of_the_log(
    telegram: Telegram, server: TelegramEmulator, marc: User, caplog: pytest.LogCaptureFixture
) -> None:
    """Even at DEBUG, and in no error: sending, failing, polling, answering."""
    caplog.set_level(logging.DEBUG)
    press = await pressed(telegram, server, marc)
    await telegram.answer(press, text("Undone"))
    told = []
    for fault in ({"status": 401, "error": "Unauthorized"}, {"drop": "after"}, {"body": b"{"}):
        server.fault("sendMessage", **fault)
        with pytest.raises(ServiceError) as caught:
            await telegram.send(to(marc, Text("phone of Jane: +33 6 12 34 56 78")))
        told.append(repr(caught.value))
    await server.stop()
    with pytest.raises(Unavailable) as refused:
        await telegram.send(to(marc, Text("phone of Jane: +33 6 12 34 56 78")))
    everything = caplog.text + "".join(told) + repr(refused.value)
    assert SECRET not in everything
    assert SECRET.partition(":")[2] not in everything
    assert "Jane" not in everything
    assert "Undone" not in everything


PDF = b"%PDF-1.7 offer"


async def attached(telegram: Telegram) -> Attachment:
    *_, request = await received(telegram, 2)
    (attachment,) = request.attachments
    return attachment


async def test_a_file_is_fetched(telegram: Telegram, server: TelegramEmulator, marc: User) -> None:
    """From what its message named to its content."""
    marc.shares.document("offer.pdf", PDF, caption="note D-142")
    attachment = await attached(telegram)
    assert (attachment.name, attachment.size) == ("offer.pdf", len(PDF))
    assert isinstance(telegram, Fetching)
    assert await telegram.fetch(attachment) == PDF


@pytest.mark.parametrize(
    "name", ["смета.смета", "Offer v2. last version", "a.c++", "a.b-c", "a.100%", "a.b#c", "a.tar.gz", "a"]
)
async def test_a_file_is_fetched_whatever_its_name_ends_in(
    telegram: Telegram, server: TelegramEmulator, marc: User, name: str
) -> None:
    """The Bot API keeps it by a path that ends so too."""
    marc.shares.document(name, PDF)
    assert await telegram.fetch(await attached(telegram)) == PDF


@pytest.mark.parametrize("size", [LARGEST_FILE + 1, 2_000_000_000])
async def test_a_file_that_is_too_large_is_refused(
    telegram: Telegram, server: TelegramEmulator, marc: User, size: int
) -> None:
    """Telegram gives bots 20 MB and no more."""
    marc.shares.document("film.mkv", b"x", size=size)
    attachment = await attached(telegram)
    with pytest.raises(Rejected, match="too big"):
        await telegram.fetch(attachment)


async def test_more_than_was_announced_is_not_read(
    telegram: Telegram, server: TelegramEmulator, marc: User
) -> None:
    """A file that says it is small and goes on and on."""
    marc.shares.document("bomb.bin", bytes(LARGEST_FILE + 5), size=4)
    attachment = await attached(telegram)
    with pytest.raises(Rejected, match="more than"):
        await telegram.fetch(attachment)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"method": "getFile", "status": 500}, Unavailable),
        ({"method": "getFile", "status": 400, "error": "Bad Request: wrong file_id"}, Rejected),
        ({"method": "getFile", "status": 401, "error": "Unauthorized"}, Unauthorised),
        ({"method": "getFile", "retry_after": 30}, Throttled),
        ({"method": "file", "status": 502}, Unavailable),
        ({"method": "file", "status": 404}, Rejected),
        ({"method": "file", "drop": "before", "times": None}, Unavailable),
    ],
)
async def test_a_file_that_is_not_to_be_had(
    telegram: Telegram,
    server: TelegramEmulator,
    marc: User,
    fault: dict[str, Any],
    error: type[ServiceError],
) -> None:
    """For now, or for good; and the token stands in no reason."""
    marc.shares.document("offer.pdf", PDF)
    attachment = await attached(telegram)
    server.fault(**fault)
    with pytest.raises(error) as caught:
        await telegram.fetch(attachment)
    assert SECRET.partition(":")[2] not in str(caught.value)


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/passwd",
        "/var/lib/bot/file",
        "http://169.254.169.254/latest",
        "a?b=c",
        "a/../b",
        "a/..",
        "a\\b",
        "",
    ],
)
async def test_a_path_that_leads_elsewhere_is_not_followed(
    telegram: Telegram, server: TelegramEmulator, marc: User, path: str
) -> None:
    """Files come from the Bot API's own host, whatever an answer says."""
    marc.shares.document("offer.pdf", PDF)
    attachment = await attached(telegram)
    result = {"file_id": "f", "file_unique_id": "u", "file_path": path}
    server.fault("getFile", body=json.dumps({"ok": True, "result": result}).encode())
    with pytest.raises(Rejected):
        await telegram.fetch(attachment)


async def test_an_answer_stands_in_its_topic(
    telegram: Telegram, server: TelegramEmulator, marc: User
) -> None:
    """Also a push, which answers nothing; where the topic is gone it stands in the group."""
    forum = server.group("Forum", kind="supergroup")
    topic = forum.topic("Acme")
    message = Message(id=1, address=f"{forum.id}/{topic}", reply=text("moved"), language="en-GB")
    reference = await telegram.send(message)
    forum.chat.topics.clear()
    await telegram.send(message)
    assert [record.thread for record in sent(server)] == [topic, None]
    await telegram.edit(dataclasses.replace(message, reply=text("moved back"), edits=reference))
    assert forum.sees() == ["moved back", "moved"]


STORED = {"a" * 64: PDF, "b" * 64: b"\x89PNG\r\n\x1a\n...", "c" * 64: b"no picture", "d" * 64: b""}


async def stored(sha256: str) -> bytes | None:
    return STORED.get(sha256)


@pytest.fixture
async def librarian(server: TelegramEmulator) -> AsyncIterator[Telegram]:
    """The adapter with files at hand."""
    adapter = Telegram(SECRET, server.url, Clock(), files=stored)
    yield adapter
    await adapter.close()


def a_file(letter: str, name: str, media_type: str = "application/pdf") -> File:
    return File(name, letter * 64, media_type, 12)


async def test_a_file_is_sent_with_the_text_as_its_caption(
    librarian: Telegram, server: TelegramEmulator, marc: User
) -> None:
    """The buttons stand under it; to edit it a new message is sent, as no text becomes of a file."""
    reference = await librarian.send(to(marc, Text("The <offer>"), a_file("a", "offer.pdf"), UNDO))
    (one,) = sent(server)
    assert (one.text, one.file, one.photo, one.labels) == ("The <offer>", PDF, False, ("Undo",))
    await librarian.edit(to(marc, Text("Gone"), edits=reference))
    assert [record.text for record in sent(server)] == ["The <offer>", "Gone"]


async def test_pictures_are_photos(librarian: Telegram, server: TelegramEmulator, marc: User) -> None:
    """One that Telegram cannot read as a picture goes out as a document."""
    for letter in "bc":
        await librarian.send(to(marc, a_file(letter, "card.png", "image/png")))
    assert [(one.text, one.photo) for one in sent(server)] == [("card.png", True), ("card.png", False)]
    server.calls[:] = [call for call in server.calls if call.method != "sendPhoto"]


async def test_a_long_text_stands_before_its_file(
    librarian: Telegram, server: TelegramEmulator, marc: User
) -> None:
    """A caption has 1,024 signs at most, counted as Telegram counts; several files come one by one."""
    await librarian.send(to(marc, Text("🎉" * 512), a_file("a", "one.pdf"), id=1))
    await librarian.send(to(marc, Text("🎉" * 513), a_file("a", "two.pdf"), UNDO, id=2))
    await librarian.send(to(marc, Text("both"), a_file("a", "1.pdf"), a_file("a", "2.pdf"), id=3))
    assert [(one.text[:5], one.file is not None) for one in sent(server)] == [
        ("🎉" * 5, True),
        ("🎉" * 5, False),
        ("two.p", True),
        ("both", False),
        ("1.pdf", True),
        ("2.pdf", True),
    ]


async def test_a_file_that_is_not_at_hand_is_named(
    librarian: Telegram, server: TelegramEmulator, marc: User
) -> None:
    """Erased meanwhile, or empty: its name and size are said."""
    for letter in "xd":
        await librarian.send(to(marc, a_file(letter, "offer.pdf")))
    assert [(one.text, one.file) for one in sent(server)] == [("offer.pdf (12 bytes)", None)] * 2
