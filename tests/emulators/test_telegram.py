"""The Telegram emulator keeps the Bot API's contract, and stock python-telegram-bot runs on it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from telegram import (
    BotCommand,
    CallbackQuery,
    ChatFullInfo,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
    Update,
    WebhookInfo,
)
from telegram import User as PtbUser
from telegram.constants import ParseMode
from telegram.error import Conflict, Forbidden, NetworkError, RetryAfter
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)
from telegram.request import HTTPXRequest

from .telegram import Answered, Deleted, Edited, Sent, Shown, TelegramEmulator, User
from .telegram.flood import FloodControl
from .telegram.refusals import Refused

Answer = tuple[int, Any]
Context = ContextTypes.DEFAULT_TYPE
Bot = Application[Any, Any, Any, Any, Any, Any]


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1_797_000_000.5

    def __call__(self) -> float:
        return self.now


class Client:
    """A bare HTTP client that speaks the Bot API without any library's help."""

    def __init__(self, telegram: TelegramEmulator, http: aiohttp.ClientSession) -> None:
        self._telegram, self.http = telegram, http

    def address(self, method: str) -> str:
        return f"{self._telegram.url}/bot{self._telegram.token}/{method}"

    async def __call__(self, method: str, **parameters: Any) -> Answer:
        """Call ``method`` with a JSON body; returns the status and the whole answer."""
        async with self.http.post(self.address(method), json=parameters) as response:
            return response.status, await response.json()

    async def result(self, method: str, **parameters: Any) -> Any:
        """Call ``method`` and return its result; fails when it is refused."""
        status, answer = await self(method, **parameters)
        assert status == 200, answer
        return answer["result"]

    async def refusal(self, method: str, **parameters: Any) -> tuple[int, str]:
        """Call ``method`` and return the status and the description of the refusal."""
        status, answer = await self(method, **parameters)
        assert answer["ok"] is False
        assert answer["error_code"] == status
        return status, answer["description"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(clock=clock) as emulator:
        yield emulator


@pytest.fixture
async def api(telegram: TelegramEmulator) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        yield Client(telegram, http)


@pytest.fixture
def marc(telegram: TelegramEmulator) -> User:
    """Marc, who has started the bot."""
    person = telegram.user(first_name="Marc", language_code="en", username="marc")
    person.says("/start")
    return person


def keyboard(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


UNPARSABLE = "can't parse entities: "
DONE = {"text": "Done", "callback_data": "done:1"}


# --- the address, the token, the clothes of a request -----------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "description"),
    [
        ("/bot{token}/getMeh", 404, "Not Found: method not found"),
        ("/bot7000000001:another-token/getMe", 401, "Unauthorized"),
        ("/botnonsense/getMe", 404, "Not Found"),
        ("/bot{token}", 404, "Not Found"),
        ("/getMe", 404, "Not Found"),
    ],
)
async def test_address(
    telegram: TelegramEmulator, api: Client, path: str, status: int, description: str
) -> None:
    """A wrong token, a malformed token and an unknown method are told apart."""
    async with api.http.get(telegram.url + path.format(token=telegram.token)) as response:
        assert (response.status, (await response.json())["description"]) == (status, description)


async def test_clothes(api: Client, marc: User) -> None:
    """A method takes its parameters from the query, a form, a multipart body or JSON alike."""
    plain = {"chat_id": str(marc.id), "text": "Hello"}
    nested = plain | {"reply_markup": json.dumps(keyboard([DONE]))}
    form = aiohttp.FormData(nested, default_to_multipart=True)
    requests: list[tuple[str, dict[str, Any]]] = [
        ("GET", {"params": plain}),
        ("POST", {"data": nested}),
        ("POST", {"data": form}),
    ]
    for verb, clothes in requests:
        async with api.http.request(verb, api.address("sendMESSAGE"), **clothes) as response:
            assert response.status == 200, await response.text()
    assert marc.sees() == ["Hello"] * 3


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"[1]", "application/json", "Bad Request: JSON object expected"),
        (b"{", "application/json", "Bad Request: JSON object expected"),
        (b"x", "text/plain", "own rule"),
    ],
)
async def test_body_that_cannot_be_read(api: Client, body: bytes, kind: str, words: str) -> None:
    """A body that is no JSON object, or of a type that would be ignored, is refused."""
    headers = {"Content-Type": kind}
    async with api.http.post(api.address("getMe"), data=body, headers=headers) as response:
        assert response.status == 400
        assert words in (await response.json())["description"]


async def test_verb(api: Client) -> None:
    """Only GET and POST are spoken."""
    async with api.http.put(api.address("getMe")) as response:
        assert response.status == 400


async def test_unknown_parameter(api: Client, marc: User) -> None:
    """A parameter that the method doesn't know is refused, so that a typo surfaces."""
    status, words = await api.refusal("sendMessage", chat_id=marc.id, txt="Hello", text="x")
    assert (status, 'sendMessage knows no parameter "txt"' in words) == (400, True)


@pytest.mark.parametrize(
    "parameters",
    [{"offset": "soon"}, {"limit": 0}, {"limit": 101}, {"allowed_updates": ["mesage"]}],
)
async def test_poll_with_wrong_parameters(api: Client, parameters: dict[str, Any]) -> None:
    """What Telegram would bend or ignore in a poll is refused."""
    status, words = await api.refusal("getUpdates", **parameters)
    assert (status, "own rule" in words) == (400, True)


async def test_refusals_are_kept(telegram: TelegramEmulator, api: Client) -> None:
    """Each refused request stands in ``refused`` with its parameters and the reason."""
    await api("sendMessage", chat_id=1, text="Hello")
    (call,) = telegram.refused
    assert (call.method, call.status, call.parameters["text"]) == ("sendMessage", 400, "Hello")
    assert call.description == "Bad Request: chat not found"


# --- updates ----------------------------------------------------------------------------------


async def test_offset_confirms(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """An update is given again until a poll asks for a higher offset; then it is forgotten."""
    second = marc.says("two")
    assert len(await api.result("getUpdates")) == len(await api.result("getUpdates")) == 2
    assert len(await api.result("getUpdates", limit=1)) == 1
    (left,) = await api.result("getUpdates", offset=second)
    assert (left["update_id"], telegram.pending) == (second, (second,))
    assert await api.result("getUpdates", offset=second + 1) == []
    assert not telegram.pending
    assert telegram.polls == 5


async def test_odd_offsets(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """A negative offset keeps the last ones only; one far in the future means the oldest."""
    ids = [marc.says("two"), marc.says("three")]
    assert len(await api.result("getUpdates", offset=ids[-1] + 12)) == 3
    assert [one["update_id"] for one in await api.result("getUpdates", offset=-2)] == ids
    assert telegram.pending == tuple(ids)


async def test_ids_that_start_anew(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """After idle weeks ids may start lower, and an old offset doesn't hide the new updates."""
    old = marc.says("before")
    await api.result("getUpdates", offset=old + 1)
    telegram.next_update_id = 5_000
    assert marc.says("after") == 5_000
    assert [one["update_id"] for one in await api.result("getUpdates", offset=old + 1)] == [5_000]


async def test_day_old_updates_are_gone(
    telegram: TelegramEmulator, api: Client, marc: User, clock: Clock
) -> None:
    """Updates are kept for 24 hours."""
    clock.now += 86_401
    fresh = marc.says("fresh")
    assert telegram.pending == (fresh,)
    assert [one["update_id"] for one in await api.result("getUpdates")] == [fresh]


async def test_long_poll(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """A long poll answers as soon as something is said, and empty after its timeout."""
    (started,) = telegram.pending
    loop = asyncio.get_running_loop()
    poll = asyncio.create_task(api.result("getUpdates", offset=started + 1, timeout=30))
    await telegram.until(lambda: not telegram.pending)
    marc.says("Hello")
    (update,) = await asyncio.wait_for(poll, 2)
    assert update["message"]["text"] == "Hello"
    before = loop.time()
    assert await api.result("getUpdates", offset=update["update_id"] + 1, timeout=1) == []
    assert 0.9 < loop.time() - before < 3


async def test_second_poller(telegram: TelegramEmulator, api: Client) -> None:
    """A second poller ends the first one's poll with 409, in Telegram's words."""
    first = asyncio.create_task(api.refusal("getUpdates", timeout=30))
    await telegram.until(lambda: telegram.polls)
    second = asyncio.create_task(api.result("getUpdates", timeout=30))
    assert await first == (
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    )
    telegram.user(first_name="Zoe").says("Hello")
    assert len(await second) == 1


async def test_allowed_updates(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """Only allowed kinds are queued from then on; empty restores the default; absent keeps it."""
    await api.result("getUpdates", allowed_updates=["callback_query"])
    assert marc.says("unheard") == 0
    await api.result("getUpdates")
    assert marc.says("unheard still") == 0
    await api.result("getUpdates", allowed_updates=[])
    assert marc.says("heard") > 0


async def test_redelivery(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """A confirmed update can be delivered once more, the very same."""
    (update,) = await api.result("getUpdates")
    offset = update["update_id"] + 1
    assert await api.result("getUpdates", offset=offset) == []
    telegram.redeliver(update["update_id"])
    assert await api.result("getUpdates", offset=offset) == [update]
    assert await api.result("getUpdates", offset=offset) == []


async def test_redelivery_in_its_place(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """An update that waits with others before it isn't delivered ahead: the offset would skip them."""
    (first,) = await api.result("getUpdates")
    last = marc.says("and one more thing")
    telegram.redeliver(last)
    (again,) = await api.result("getUpdates", limit=1)
    assert again == first
    behind = await api.result("getUpdates", limit=2, offset=first["update_id"] + 1)
    assert [update["update_id"] for update in behind] == [last, last]


async def test_raw_updates(telegram: TelegramEmulator, api: Client) -> None:
    """Any update can be injected, even one that makes the whole answer unreadable."""
    number = telegram.raw({"mesage": {"text": None}})
    assert telegram.raw({"update_id": 1, "poll": {}}) == number + 1
    assert [one["update_id"] for one in await api.result("getUpdates")] == [number, 1]
    telegram.raw(b'{"update_id": %d, "message"' % telegram.next_update_id)
    async with api.http.get(api.address("getUpdates")) as response:
        assert b'"message"]}' in await response.read()


# --- webhooks (state only) --------------------------------------------------------------------


async def test_webhook(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """While a webhook is set polls get 409; deleting it may drop what is pending."""
    url = "https://example.org/hook"
    await api.result("setWebhook", url=url, secret_token="s3cret", allowed_updates=["message"])
    assert telegram.webhook.secret == "s3cret"
    info = WebhookInfo.de_json(await api.result("getWebhookInfo"))
    assert (info.url, info.max_connections, info.pending_update_count) == (url, 40, 1)
    assert info.allowed_updates == ("message",)
    assert await api.refusal("getUpdates") == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first",
    )
    await api.result("deleteWebhook")
    assert len(telegram.pending) == 1
    await api.result("deleteWebhook", drop_pending_updates=True)
    assert not telegram.pending


async def test_webhook_ends_the_poll(telegram: TelegramEmulator, api: Client) -> None:
    """Setting a webhook ends the poll that waits."""
    poll = asyncio.create_task(api.refusal("getUpdates", timeout=30))
    await telegram.until(lambda: telegram.polls)
    await api.result("setWebhook", url="https://example.org/hook")
    assert await poll == (409, "Conflict: terminated by setWebhook request")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"url": "http://example.org/"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "nonsense"}, "invalid webhook URL specified"),
        ({"secret_token": "a" * 257}, "secret token is too long"),
        ({"secret_token": "é"}, "secret token contains unallowed characters"),
        ({"max_connections": 101}, "[emulator's own rule] max_connections is out of its bounds"),
        ({"drop_pending_updates": "perhaps"}, "[emulator's own rule] parameter "),
    ],
)
async def test_webhook_refused(api: Client, parameters: dict[str, Any], words: str) -> None:
    """A webhook needs HTTPS, a clean secret and sane bounds."""
    status, description = await api.refusal("setWebhook", **{"url": "https://example.org/hook"} | parameters)
    assert (status, description.startswith(f"Bad Request: {words}")) == (400, True)


# --- sending ----------------------------------------------------------------------------------


async def test_sent_message(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """A sent message comes back in full and stands in the ledger as people see it."""
    result = await api.result(
        "sendMessage",
        chat_id=marc.id,
        text="<b>Call</b> logged &amp; <a href='https://example.org/?a=1&amp;b=2'>filed</a> ",
        parse_mode="HTML",
        reply_markup=keyboard([DONE], [{"text": "Open", "url": "https://example.org"}]),
        reply_parameters={"message_id": marc.said[0]},
        link_preview_options={"is_disabled": True},
        disable_notification=True,
    )
    message = Message.de_json(result)
    assert message.text == "Call logged & filed"
    assert message.text_html.startswith("<b>Call</b> logged &amp; <a href=")
    assert message.reply_to_message
    assert message.reply_to_message.message_id == marc.said[0]
    (sent,) = telegram.ledger
    assert isinstance(sent, Sent)
    assert (sent.chat_id, sent.text, sent.labels) == (marc.id, message.text, ("Done", "Open"))
    assert sent.html.startswith("<b>Call</b>")
    assert (sent.link_preview, sent.silent, sent.reply_to) == (False, True, marc.said[0])


async def test_ids_do_not_fit_32_bits(telegram: TelegramEmulator, marc: User) -> None:
    """People's ids are beyond 32 bits, as they have been since 2021."""
    assert marc.id > 2**31
    assert telegram.user(first_name="Zoe").id == marc.id + 1


@pytest.mark.parametrize(
    ("text", "parse_mode", "words"),
    [
        ("", "", "message text is empty"),
        (" \n ", "", "text must be non-empty"),
        ("<b></b>", "HTML", "text must be non-empty"),
        ("x" * 4097, "", "message is too long"),
        ("🎉" * 2049, "", "message is too long"),
        ("&amp;" * 4097, "HTML", "message is too long"),
        ("x", "HTLM", "unsupported parse_mode"),
        ("*x*", "MarkdownV2", "[emulator's own rule] only HTML markup is read here"),
        ("é<blink>", "HTML", UNPARSABLE + 'Unsupported start tag "blink" at byte offset 2'),
        ("I <3 you", "HTML", UNPARSABLE + 'Unsupported start tag "3" at byte offset 2'),
        ("<b>x", "HTML", UNPARSABLE + 'Can\'t find end tag corresponding to start tag "b"'),
        (
            "<b>x</i>",
            "HTML",
            UNPARSABLE + 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"',
        ),
        ("x</b>", "HTML", UNPARSABLE + "Unexpected end tag at byte offset 1"),
        ("x <b", "HTML", UNPARSABLE + "Unclosed start tag at byte offset 2"),
        ("<b>x</b", "HTML", UNPARSABLE + "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", "HTML", UNPARSABLE + 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("Q&A", "HTML", "[emulator's own rule] bare & in HTML at byte offset 1: escape it"),
        ("&eacute;", "HTML", "[emulator's own rule] bare & in HTML at byte offset 0: escape it"),
        ("a > b", "HTML", "[emulator's own rule] bare > in HTML at byte offset 2: escape it"),
        ("&#xD800;", "HTML", "[emulator's own rule] the character 55296 does not exist"),
        ("<a href='acme'>x</a>", "HTML", "[emulator's own rule] a link to 'acme' would be dropped"),
    ],
)
async def test_text_refused(api: Client, marc: User, text: str, parse_mode: str, words: str) -> None:
    """Empty, too long (in UTF-16 units, after parsing) and unparsable texts are refused."""
    status, description = await api.refusal("sendMessage", chat_id=marc.id, text=text, parse_mode=parse_mode)
    assert (status, description) == (400, f"Bad Request: {words}")


@pytest.mark.parametrize("text", ["x" * 4096, "🎉" * 2048, "&lt;" * 4096, "<b>" + "x" * 4096 + "</b>"])
async def test_longest_text(api: Client, marc: User, text: str) -> None:
    """4096 UTF-16 units fit, however long their markup is."""
    result = await api.result("sendMessage", chat_id=marc.id, text=text, parse_mode="HTML")
    assert result["text"]


async def test_entities(api: Client, marc: User) -> None:
    """Markup becomes entities with offsets in UTF-16 units, trimmed with the text."""
    result = await api.result(
        "sendMessage",
        chat_id=marc.id,
        text=" 🎉<u>a</u><PRE><code class='language-py'>1 &lt; 2</code></PRE>"
        "<blockquote expandable>q </blockquote> ",
        parse_mode="html",
    )
    assert result["text"] == "🎉a1 < 2q"
    assert result["entities"] == [
        {"type": "underline", "offset": 2, "length": 1},
        {"type": "pre", "offset": 3, "length": 5, "language": "py"},
        {"type": "expandable_blockquote", "offset": 8, "length": 1},
    ]


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("{", "can't parse reply keyboard markup JSON object"),
        ([], "object expected as reply markup"),
        ({"inline_keyboard": [DONE]}, 'field "inline_keyboard" of the InlineKeyboardMarkup must be'),
        ({"keyboard": []}, "[emulator's own rule] a reply_markup of ['keyboard'] is not emulated"),
        (keyboard([DONE | {"text": " "}]), "inline keyboard button text must be non-empty"),
        (keyboard([{"text": "x"}]), "can't parse inline keyboard button: Text buttons are"),
        (keyboard([{"text": "x", "callback_data": ""}]), "can't parse inline keyboard button: Text"),
        (keyboard([{"callback_data": "x"}]), "can't parse inline keyboard button: Can't find field"),
        (keyboard([DONE | {"callback_data": "é" * 33}]), "BUTTON_DATA_INVALID"),
        (keyboard([DONE | {"url": "https://example.org"}]), "[emulator's own rule] a button does one"),
        (keyboard([DONE | {"colour": "red"}]), "[emulator's own rule] buttons with ['colour']"),
        (keyboard([{"text": "x", "url": "example.org"}]), "inline keyboard button URL"),
        (keyboard([{"text": "x", "copy_text": {"text": "a" * 257}}]), "[emulator's own rule] copy_"),
        (keyboard(*([DONE] for _ in range(101))), "reply markup is too long"),
        (keyboard(*([DONE | {"callback_data": "a" * 64}] for _ in range(100))), "reply markup is too"),
        (keyboard([DONE] * 9), "[emulator's own rule] more than 8 buttons in a row"),
    ],
)
async def test_keyboard_refused(api: Client, marc: User, markup: Any, words: str) -> None:
    """Keyboards keep to their shape, to 64 bytes of data, 8 in a row, 100 and 10 kB in all."""
    status, description = await api.refusal("sendMessage", chat_id=marc.id, text="x", reply_markup=markup)
    assert (status, description.startswith(f"Bad Request: {words}")) == (400, True), description


async def test_largest_keyboard(api: Client, marc: User) -> None:
    """64 bytes of data, 8 buttons in a row and 100 in all are accepted."""
    short = {"text": "x", "callback_data": "y"}
    rows = [[short] * 8] * 12 + [[short] * 3 + [DONE | {"callback_data": "a" * 64}]]
    result = await api.result("sendMessage", chat_id=marc.id, text="x", reply_markup=keyboard(*rows))
    assert result["reply_markup"]["inline_keyboard"] == rows


async def test_whom_the_bot_may_write_to(telegram: TelegramEmulator, api: Client) -> None:
    """Unknown chats, people who never wrote, who blocked the bot or left are told apart."""
    zoe = telegram.user(first_name="Zoe")

    async def write(chat_id: Any) -> str:
        _, answer = await api("sendMessage", chat_id=chat_id, text="x")
        return str(answer.get("description", ""))

    assert await write("") == "Bad Request: chat_id is empty"
    assert await write(12) == await write("@nobody") == "Bad Request: chat not found"
    assert await write(zoe.id) == "Forbidden: bot can't initiate conversation with a user"
    zoe.says("Hello")
    assert await write(zoe.id) == ""
    zoe.blocks()
    assert await write(zoe.id) == "Forbidden: bot was blocked by the user"
    zoe.unblocks()
    assert await write(zoe.id) == ""
    zoe.deletes_account()
    assert await write(zoe.id) == "Forbidden: user is deactivated"
    assert [call.status for call in telegram.refused] == [400, 400, 400, 403, 403, 403]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"reply_parameters": {"message_id": 9}}, "message to be replied not found"),
        ({"reply_parameters": "{"}, "can't parse reply parameters JSON object"),
        ({"reply_parameters": {"id": 9}}, "[emulator's own rule] reply_parameters knows no ['id']"),
        (
            {"reply_parameters": {"message_id": 9, "chat_id": 8}},
            "[emulator's own rule] replies into another chat are not emulated",
        ),
        ({"link_preview_options": "off"}, "can't parse link preview options JSON object"),
        (
            {"link_preview_options": {"disabled": True}},
            "[emulator's own rule] link_preview_options knows no ['disabled']",
        ),
        ({"text": 5}, '[emulator\'s own rule] parameter "text" must be a string'),
    ],
)
async def test_options_refused(api: Client, marc: User, parameters: dict[str, Any], words: str) -> None:
    """Replies need their message, and options their exact names."""
    request = {"chat_id": marc.id, "text": "x"} | parameters
    assert await api.refusal("sendMessage", **request) == (400, f"Bad Request: {words}")


async def test_reply_to_nothing(api: Client, marc: User) -> None:
    """A reply may be sent without its message when the bot says so."""
    reply = {"message_id": 9, "allow_sending_without_reply": True}
    result = await api.result("sendMessage", chat_id=marc.id, text="x", reply_parameters=reply)
    assert "reply_to_message" not in result


async def test_flood_in_a_chat(api: Client, marc: User, clock: Clock) -> None:
    """A chat takes a burst of three and then one message a second, or 429 says how long to wait."""
    for _ in range(3):
        await api.result("sendMessage", chat_id=marc.id, text="x")
    status, answer = await api("sendMessage", chat_id=marc.id, text="x")
    assert (status, answer["parameters"]) == (429, {"retry_after": 1})
    assert answer["description"] == "Too Many Requests: retry after 1"
    clock.now += 1
    await api.result("sendMessage", chat_id=marc.id, text="x")


async def test_flood_overall(telegram: TelegramEmulator, api: Client, clock: Clock) -> None:
    """Thirty messages a second is the most for all chats together."""
    people = [telegram.user(first_name=f"P{number}") for number in range(31)]
    for person in people:
        person.says("/start")
    answers = [await api("sendMessage", chat_id=one.id, text="x") for one in people]
    assert [status for status, _ in answers] == [200] * 30 + [429]


def test_flood_in_a_group(clock: Clock) -> None:
    """A group takes 20 messages a minute, however they are spread."""
    flood = FloodControl(clock)
    for _ in range(20):
        flood.admit(-1001)
        clock.now += 1
    with pytest.raises(Refused) as refused:
        flood.admit(-1001)
    assert refused.value.refusal.parameters == {"retry_after": 40}
    clock.now += 40
    flood.admit(-1001)


async def test_flood_switched_off() -> None:
    """Flood control can be switched off for tests of throughput."""
    async with TelegramEmulator(flood_limits=False) as free, aiohttp.ClientSession() as http:
        person = free.user(first_name="Marc")
        person.says("/start")
        for _ in range(40):
            await Client(free, http).result("sendMessage", chat_id=person.id, text="x")
        assert len(person.sees()) == 40


# --- editing, deleting, answering -------------------------------------------------------------


async def test_edit(telegram: TelegramEmulator, api: Client, marc: User, clock: Clock) -> None:
    """An edit replaces text and buttons; a keyboard that isn't sent again is gone."""
    sent = await api.result("sendMessage", chat_id=marc.id, text="Sure?", reply_markup=keyboard([DONE]))
    target = {"chat_id": marc.id, "message_id": sent["message_id"]}
    clock.now += 60
    edited = await api.result("editMessageText", **target, text="Done.")
    assert Message.de_json(edited).edit_date
    assert "reply_markup" not in edited
    await api.result("editMessageReplyMarkup", **target, reply_markup=keyboard([DONE]))
    assert marc.sees() == ["Done."]
    assert [type(record) for record in telegram.ledger] == [Sent, Edited, Edited]
    last = telegram.ledger[-1]
    assert isinstance(last, Edited)
    assert (last.text, last.labels, last.at) == ("Done.", ("Done",), clock.now)


async def test_edit_refused(api: Client, marc: User) -> None:
    """Missing, foreign and unchanged messages cannot be edited."""
    sent = await api.result("sendMessage", chat_id=marc.id, text="x", reply_markup=keyboard([DONE]))
    mine = {"chat_id": marc.id, "message_id": sent["message_id"]}
    same = await api.refusal("editMessageText", **mine, text="x", reply_markup=keyboard([DONE]))
    assert same == (
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are "
        "exactly the same as a current content and reply markup of the message",
    )
    assert same == await api.refusal("editMessageReplyMarkup", **mine, reply_markup=keyboard([DONE]))
    missing = mine | {"message_id": 1}
    words = (400, "Bad Request: message to edit not found")
    assert await api.refusal("editMessageText", **missing, text="y") == words
    assert await api.refusal("editMessageReplyMarkup", **missing) == words
    foreign = mine | {"message_id": marc.said[0]}
    words = (400, "Bad Request: message can't be edited")
    assert await api.refusal("editMessageText", **foreign, text="y") == words


async def test_delete(telegram: TelegramEmulator, api: Client, marc: User, clock: Clock) -> None:
    """A message can be deleted once, and within 48 hours."""
    sent = [await api.result("sendMessage", chat_id=marc.id, text=text) for text in "ab"]
    first, second = ({"chat_id": marc.id, "message_id": one["message_id"]} for one in sent)
    assert await api.result("deleteMessage", **first) is True
    assert marc.sees() == ["b"]
    assert isinstance(telegram.ledger[-1], Deleted)
    gone = (400, "Bad Request: message to delete not found")
    assert await api.refusal("deleteMessage", **first) == gone
    clock.now += 48 * 3600 + 1
    late = (400, "Bad Request: message can't be deleted")
    assert await api.refusal("deleteMessage", **second) == late


async def pressed(api: Client, marc: User) -> dict[str, Any]:
    """Return the callback query of a press on a fresh message."""
    sent = await api.result("sendMessage", chat_id=marc.id, text="?", reply_markup=keyboard([DONE]))
    marc.presses(sent["message_id"], "Done")
    query: dict[str, Any] = (await api.result("getUpdates"))[-1]["callback_query"]
    return query


async def test_press_and_answer(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """A press arrives with its data and its message, and can be answered once."""
    raw = await pressed(api, marc)
    query = CallbackQuery.de_json(raw)
    assert (query.data, query.from_user.id, query.message and query.message.chat.id) == (
        "done:1",
        marc.id,
        marc.id,
    )
    answer = {"callback_query_id": raw["id"], "text": "Done ✅", "show_alert": True}
    assert await api.result("answerCallbackQuery", **answer) is True
    assert marc.popups() == ["Done ✅"]
    last = telegram.ledger[-1]
    assert isinstance(last, Answered)
    assert last.alert
    words = "query is too old and response timeout expired or query ID is invalid"
    assert await api.refusal("answerCallbackQuery", **answer) == (400, f"Bad Request: {words}")


async def test_answer_refused(api: Client, marc: User, clock: Clock) -> None:
    """Answers are at most 200 characters, within 15 seconds, to a known query."""
    query_id = (await pressed(api, marc))["id"]
    too_old = (
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    )
    assert await api.refusal("answerCallbackQuery", callback_query_id="1") == too_old
    words = (400, 'Bad Request: parameter "callback_query_id" is required')
    assert await api.refusal("answerCallbackQuery") == words
    long = await api.refusal("answerCallbackQuery", callback_query_id=query_id, text="x" * 201)
    assert long == (400, "Bad Request: MESSAGE_TOO_LONG")
    url = "https://example.org"
    foreign = await api.refusal("answerCallbackQuery", callback_query_id=query_id, url=url)
    assert foreign == (400, "Bad Request: URL_INVALID")
    clock.now += 15.1
    assert await api.refusal("answerCallbackQuery", callback_query_id=query_id) == too_old


async def test_stale_screen(api: Client, telegram: TelegramEmulator, marc: User) -> None:
    """A button of the past can be pressed on a screen that wasn't refreshed, a missing one can't."""
    await pressed(api, marc)
    screen = next(record for record in telegram.ledger if isinstance(record, Shown))
    await api.result("deleteMessage", chat_id=marc.id, message_id=screen.message_id)
    marc.presses(screen, "done:1")
    query = CallbackQuery.de_json((await api.result("getUpdates"))[-1]["callback_query"])
    assert query.message
    assert not query.message.is_accessible
    with pytest.raises(LookupError, match="no button 'Undo' calls back"):
        marc.presses(screen, "Undo")


# --- the rest ---------------------------------------------------------------------------------


async def test_about(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """getMe and getChat return what python-telegram-bot's own classes read."""
    me = PtbUser.de_json(await api.result("getMe"))
    assert (me.is_bot, me.username, me.can_join_groups) == (True, "parley_bot", True)
    chat = ChatFullInfo.de_json(await api.result("getChat", chat_id=marc.id))
    assert (chat.id, chat.type, chat.first_name, chat.username) == (
        marc.id,
        "private",
        "Marc",
        "marc",
    )
    stranger = telegram.user(first_name="Zoe").id
    unknown = (400, "Bad Request: chat not found")
    assert await api.refusal("getChat", chat_id=stranger) == unknown


async def test_chat_action(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """Known actions are shown; others are refused."""
    assert await api.result("sendChatAction", chat_id=marc.id, action="typing") is True
    words = (400, "Bad Request: wrong parameter action in request")
    assert await api.refusal("sendChatAction", chat_id=marc.id, action="thinking") == words
    assert len(telegram.ledger) == 1


async def test_commands(telegram: TelegramEmulator, api: Client) -> None:
    """Menus are kept by scope and language."""
    menu = [{"command": "jour", "description": "Ma journée"}]
    scope = {"type": "all_private_chats"}
    await api.result("setMyCommands", commands=menu, scope=scope, language_code="fr")
    assert await api.result("getMyCommands", scope=scope, language_code="fr") == menu
    assert await api.result("getMyCommands") == []
    assert list(telegram.commands) == [('{"type": "all_private_chats"}', "fr")]


@pytest.mark.parametrize(
    ("command", "description", "words"),
    [
        ("", "x", "command must be non-empty"),
        ("a" * 33, "x", "command length must not exceed 32"),
        ("Jour", "x", "BOT_COMMAND_INVALID"),
        ("journée", "x", "BOT_COMMAND_INVALID"),
        ("/jour", "x", "BOT_COMMAND_INVALID"),
        ("jour", " ", "command description must be non-empty"),
        ("jour", "x" * 257, "command description length must not exceed 256"),
        ("jour", None, "can't parse BotCommand: Can't find field \"description\""),
    ],
)
async def test_command_refused(api: Client, command: str, description: str | None, words: str) -> None:
    """Names are 1–32 of [a-z0-9_], descriptions 1–256 characters."""
    menu = [{"command": command, "description": description}]
    assert await api.refusal("setMyCommands", commands=menu) == (400, f"Bad Request: {words}")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"commands": "["}, "can't parse commands JSON object"),
        ({"commands": {}}, "expected an Array of BotCommand"),
        ({"commands": [{"command": "x", "description": "x"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": [], "scope": "{"}, "can't parse BotCommandScope JSON object"),
        (
            {"commands": [], "scope": {"type": "room"}},
            "can't parse BotCommandScope: Unsupported type specified",
        ),
        (
            {"commands": [], "scope": {"type": "chat"}},
            "can't parse BotCommandScope: Empty chat_id specified",
        ),
        ({"commands": [], "language_code": "fr-FR"}, "invalid language code specified"),
    ],
)
async def test_menu_refused(api: Client, parameters: dict[str, Any], words: str) -> None:
    """A menu has at most 100 commands, a known scope and a two-letter language."""
    assert await api.refusal("setMyCommands", **parameters) == (400, f"Bad Request: {words}")


async def test_people_block_and_edit(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """Edits and blocks reach the bot as updates that python-telegram-bot reads."""
    marc.edits(marc.said[0], "/today please")
    marc.blocks()
    with pytest.raises(RuntimeError, match="Marc is blocked"):
        marc.says("anybody?")
    marc.unblocks()
    updates = [Update.de_json(one, None) for one in await api.result("getUpdates")]
    edited, blocked, back = updates[1:]
    assert edited.edited_message
    assert edited.edited_message.parse_entities() != {}
    assert edited.edited_message.edit_date
    assert blocked.my_chat_member
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert back.my_chat_member
    assert back.my_chat_member.new_chat_member.status == "member"
    assert marc.says("again") > 0


async def test_waiting_in_vain(marc: User) -> None:
    """Who waits in vain is told what came instead."""
    with pytest.raises(AssertionError, match=r"waited 0.01 s for 'Done'; saw \[\]"):
        await marc.waits_for("Done", 0.01)


# --- faults -----------------------------------------------------------------------------------


async def test_status_fault(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """A status is answered so many times, without an effect, and then all is well."""
    fault = telegram.fault("sendMessage", times=2, status=502)
    for _ in range(2):
        assert await api.refusal("sendMessage", chat_id=marc.id, text="x") == (502, "Bad Gateway")
    await api.result("sendMessage", chat_id=marc.id, text="x")
    assert (fault.hits, marc.sees()) == (2, ["x"])


async def test_fault_for_one_chat(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """A fault can be kept to one chat, and lifted."""
    zoe = telegram.user(first_name="Zoe")
    zoe.says("/start")
    fault = telegram.fault("sendMessage", times=None, chat_id=zoe.id, error="Bad Request: no")
    await api.result("sendMessage", chat_id=marc.id, text="x")
    assert await api.refusal("sendMessage", chat_id=zoe.id, text="x") == (400, "Bad Request: no")
    fault.lift()
    await api.result("sendMessage", chat_id=zoe.id, text="x")


async def test_fault_for_a_while(telegram: TelegramEmulator, api: Client, marc: User, clock: Clock) -> None:
    """A fault can last for some seconds of the emulator's clock, for every method."""
    telegram.fault(times=None, for_seconds=120, status=500)
    assert (await api("getMe"))[0] == (await api("sendMessage"))[0] == 500
    clock.now += 120
    await api.result("getMe")


@pytest.mark.parametrize("retry_after", [30, 0, -1, "soon", 10**9])
async def test_retry_after_fault(telegram: TelegramEmulator, api: Client, retry_after: Any) -> None:
    """429 can carry any retry_after, sane or not."""
    telegram.fault("getMe", retry_after=retry_after)
    status, answer = await api("getMe")
    assert (status, answer["parameters"]) == (429, {"retry_after": retry_after})


async def test_body_fault(telegram: TelegramEmulator, api: Client) -> None:
    """Any bytes can stand for the answer."""
    telegram.fault("getUpdates", status=502, body=b"<html>Bad Gateway</html>")
    async with api.http.get(api.address("getUpdates")) as response:
        assert (response.status, await response.read()) == (502, b"<html>Bad Gateway</html>")


@pytest.mark.parametrize(("drop", "seen"), [("before", []), ("after", ["x"])])
async def test_drop_fault(
    telegram: TelegramEmulator, api: Client, marc: User, drop: Any, seen: list[str]
) -> None:
    """The connection can be cut before the effect or after it, with no answer either way."""
    telegram.fault("sendMessage", drop=drop)
    with pytest.raises(aiohttp.ClientConnectionError):
        await api("sendMessage", chat_id=marc.id, text="x")
    assert marc.sees() == seen


async def test_effect_with_a_spoiled_answer(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """A message can be sent although the answer says otherwise."""
    telegram.fault("sendMessage", status=500, effect=True)
    assert (await api("sendMessage", chat_id=marc.id, text="x"))[0] == 500
    assert marc.sees() == ["x"]


async def test_delay_fault(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """A late answer is late after its effect, so that a client may give up in doubt."""
    telegram.fault("sendMessage", delay=300)
    sending = asyncio.create_task(api("sendMessage", chat_id=marc.id, text="x"))
    await marc.waits_for("x")
    assert not sending.done()
    sending.cancel()


async def test_hung_poll(telegram: TelegramEmulator, api: Client) -> None:
    """A poll can hang, and the next one is not in its way."""
    telegram.fault("getUpdates", delay=300)
    hung = asyncio.create_task(api("getUpdates"))
    await telegram.until(lambda: telegram.polls)
    assert await api.result("getUpdates") == []
    assert not hung.done()
    hung.cancel()


async def test_fault_with_a_typo(telegram: TelegramEmulator) -> None:
    """A fault for a method that isn't there is refused."""
    with pytest.raises(ValueError, match="sendMesage is not emulated"):
        telegram.fault("sendMesage", status=500)


async def test_outage(telegram: TelegramEmulator, api: Client, marc: User) -> None:
    """It can go down and come back on the same port, with everything it knew."""
    url = telegram.url
    await telegram.stop()
    with pytest.raises(aiohttp.ClientConnectionError):
        await api("getMe")
    await telegram.start()
    assert telegram.url == url
    assert len(await api.result("getUpdates")) == 1


# --- stock python-telegram-bot ----------------------------------------------------------------


async def echo(update: Update, _: Context) -> None:
    assert update.message
    buttons = [[InlineKeyboardButton("Again", callback_data=f"again:{update.message.text}")]]
    await update.message.reply_text(
        f"<b>{update.message.text}</b>",
        parse_mode=ParseMode.HTML,
        reply_markup=InlineKeyboardMarkup(buttons),
        reply_parameters=ReplyParameters(update.message.message_id),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )


async def again(update: Update, _: Context) -> None:
    query = update.callback_query
    assert query
    await query.answer("Gladly")
    await query.edit_message_text(f"{query.data}, edited")


async def greet(update: Update, context: Context) -> None:
    assert update.effective_chat
    await context.bot.set_my_commands([BotCommand("today", "My day")])
    await update.effective_chat.send_action("typing")
    await update.effective_chat.send_message("Welcome")


@pytest.fixture
async def echo_bot(telegram: TelegramEmulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """The echo bot of python-telegram-bot's documentation, polling in the test's own loop."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    builder = ApplicationBuilder().token(telegram.token).base_url(f"{telegram.url}/bot")
    builder = builder.request(HTTPXRequest()).get_updates_request(HTTPXRequest()).job_queue(None)  # type: ignore[arg-type]  # its documentation allows None
    bot = builder.build()
    bot.add_handler(CommandHandler("start", greet))
    bot.add_handler(MessageHandler(filters.TEXT, echo))
    bot.add_handler(CallbackQueryHandler(again))
    async with bot:
        await bot.start()
        assert bot.updater
        await bot.updater.start_polling(timeout=5)
        yield bot
        await bot.updater.stop()
        await bot.stop()


async def test_stock_bot(telegram: TelegramEmulator, echo_bot: Bot, clock: Clock) -> None:
    """A stock bot greets, echoes with a button, takes the press, answers it and edits."""
    marc = telegram.user(first_name="Marc")
    marc.says("/start now")
    await marc.waits_for("Welcome")
    marc.says("Bonjour 🎉")
    echoed = await marc.waits_for(lambda shown: shown.labels == ("Again",))
    assert (echoed.text, echoed.html) == ("Bonjour 🎉", "<b>Bonjour 🎉</b>")
    marc.presses(echoed, "Again")
    await marc.waits_for("again:Bonjour 🎉, edited")
    assert marc.popups() == ["Gladly"]
    assert marc.sees() == ["Welcome", "again:Bonjour 🎉, edited"]
    assert telegram.refused == []


async def test_stock_bot_reads_refusals(telegram: TelegramEmulator, echo_bot: Bot) -> None:
    """Refusals reach a stock bot as the library's own exceptions."""
    bot, zoe = echo_bot.bot, telegram.user(first_name="Zoe")
    with pytest.raises(Forbidden, match="can't initiate"):
        await bot.send_message(zoe.id, "Hello")
    telegram.fault("sendMessage", retry_after=3)
    with pytest.raises(RetryAfter) as flood:
        await bot.send_message(zoe.id, "Hello")
    assert flood.value.retry_after == timedelta(seconds=3)
    telegram.fault("sendMessage", drop="after")
    with pytest.raises(NetworkError):
        await bot.send_message(zoe.id, "Hello")
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.set_webhook("https://example.org")
        await bot.get_updates()


async def test_stock_bot_survives_an_outage(telegram: TelegramEmulator, echo_bot: Bot) -> None:
    """A stock bot polls on after an outage and hears what was said meanwhile."""
    marc = telegram.user(first_name="Marc")
    await telegram.stop()
    marc.says("Anybody there?")
    await telegram.start()
    await marc.waits_for("Anybody there?", 10)
