"""The log: what it says, what can never be read from it, and that writing it harms nobody."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import os
import sqlite3
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest
import structlog
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from telegram import Bot
from telegram.error import TelegramError

from bot.config import Log
from bot.log import configure
from bot.log.discretion import summary
from bot.log.sink import Unhurried

TELEGRAM = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SLACK = "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy"
APP = "xapp-1-A0123-4567-abcdef"
HOOK = "hooks/lead/x5wJ_CANARY-of-a-form"
SHAPED = (TELEGRAM, SLACK, APP, HOOK, "jane@acme.com", "+33612345678", "+33 6 12 34 56 78")
CANARIES = (*SHAPED, TELEGRAM.partition(":")[2], "veut 50 licences")


class Page:
    """A log under test: ``text()`` is all that was written."""

    def __init__(self, level: str = "debug", layout: str = "text", secrets: tuple[str, ...] = ()) -> None:
        # What the test runner listens with would format each record in its own way, and fail on one.
        logging.getLogger().handlers.clear()
        self.stream = io.StringIO()
        self.sink = configure(Log(level=level, format=layout), secrets, self.stream)  # type: ignore[arg-type]

    def text(self) -> str:
        return self.stream.getvalue()


pytestmark = pytest.mark.usefixtures("own_logging")


def ours() -> logging.Logger:
    return logging.getLogger("bot.dispatcher")


# --- what it says


def test_a_record_of_the_standard_library_is_one_line_with_its_facts() -> None:
    """Time in UTC, level, logger, event, then what stands in ``extra``."""
    page = Page()
    ours().info("turn", extra={"platform": "telegram", "command": "call", "member": 3, "ms": 12})
    head, _, facts = page.text().partition("INFO")
    assert len(datetime.fromisoformat(head.strip()).isoformat(timespec="milliseconds")) == len(head.strip())
    assert facts.strip() == "bot.dispatcher: turn platform=telegram command=call member=3 ms=12"
    assert page.text().count("\n") == 1


def test_a_record_of_structlog_is_written_the_same() -> None:
    """Keywords are facts, and what a turn has bound stands on each of its lines."""
    page = Page()
    with structlog.contextvars.bound_contextvars(turn="K7Q2M"):
        structlog.get_logger("bot.dispatcher").info("turn", ms=12)
        ours().info("turn", extra={"ms": 12})
    assert [line.split("bot.dispatcher: ")[1] for line in page.text().splitlines()] == [
        "turn ms=12 turn=K7Q2M",
        "turn ms=12 turn=K7Q2M",
    ]


def test_json_is_one_object_a_line() -> None:
    """Machines get the same facts with their types, and a trace inside the object."""
    page = Page(layout="json")
    ours().info("turn", extra={"ms": 12, "outcome": "a b"})
    _fail_and_log()
    first, second = (json.loads(line) for line in page.text().splitlines())
    assert first["level"] == "info"
    assert first["logger"] == "bot.dispatcher"
    assert first["at"].endswith("+00:00")
    assert (first["event"], first["ms"], first["outcome"]) == ("turn", 12, "a b")
    assert "_fail_and_log" in second["trace"]


def _fail_and_log(words: str = "secret words") -> None:
    try:
        raise ValueError(words)
    except ValueError:
        ours().exception("turn failed")


def test_an_exception_is_told_by_its_class_and_its_places() -> None:
    """File, line and function of every step; the exception's own words are left out."""
    page = Page()
    _fail_and_log()
    assert "error=ValueError" in page.text()
    assert f'File "{__file__}", line' in page.text()
    assert "in _fail_and_log" in page.text()
    assert "secret words" not in page.text()


def test_the_cause_of_an_exception_comes_first() -> None:
    """A chain and a group are told whole."""
    page = Page()
    try:
        try:
            raise KeyError("jane@acme.com")
        except KeyError as error:
            raise ExceptionGroup("veut 50 licences", [OSError(28, "No space left on device")]) from error
    except ExceptionGroup:
        ours().exception("failed")
    text = page.text()
    assert text.index("KeyError") < text.index("then:") < text.index("OSError(No space left on device)")
    assert not any(canary in text for canary in CANARIES)


def test_database_errors_are_told_by_number() -> None:
    """SQLite's and PostgreSQL's codes and names of constraints; never the row."""
    with sqlite3.connect(":memory:") as database:
        database.execute("create table t (email text unique)")
        database.execute("insert into t values ('jane@acme.com')")
        with pytest.raises(sqlite3.IntegrityError) as caught:
            database.execute("insert into t values ('jane@acme.com')")
    assert summary(caught.value) == "sqlite3.IntegrityError(SQLITE_CONSTRAINT_UNIQUE)"
    database.close()
    refused = asyncpg.UniqueViolationError("duplicate key (email)=(jane@acme.com)")
    assert "23505" in summary(refused)
    assert "jane" not in summary(refused)
    assert "23505" in summary(RuntimeError(refused)), "an error inside an error is told too"


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_the_level_decides_for_our_own_records(level: str) -> None:
    """Records below the configured level are not written."""
    page = Page(level=level)
    for name in ("debug", "info", "warning", "error"):
        getattr(ours(), name)(f"at-{name}")
        getattr(structlog.get_logger("handlers.deals"), name)(f"also-{name}")
    names = ["debug", "info", "warning", "error"]
    heard = names[names.index(level) :]
    assert [name for name in names if f"at-{name}" in page.text()] == heard
    assert [name for name in names if f"also-{name}" in page.text()] == heard


def test_a_library_is_heard_from_warning_on_even_if_it_lowers_its_own_level() -> None:
    """At DEBUG, httpx prints addresses with tokens and the ORM prints rows."""
    page = Page(level="debug")
    library = logging.getLogger("httpx")
    level = library.level
    library.setLevel(logging.DEBUG)
    try:
        library.debug("quiet")
        library.info("quiet")
        library.warning("loud")
    finally:
        library.setLevel(level)
    assert "quiet" not in page.text()
    assert "loud" in page.text()


# --- what can never be read from it


@pytest.mark.parametrize("layout", ["text", "json"])
def test_whatever_has_the_shape_of_a_secret_or_of_a_person_goes(layout: str) -> None:
    """Tokens, addresses and numbers in a message, an argument, a fact or an exception."""
    page = Page(layout=layout)
    for canary in SHAPED:
        ours().debug(f"in words {canary}")
        ours().debug("as an argument %s", canary)
        ours().debug("as a fact", extra={"url": f"https://h/bot{canary}/getMe"})
        structlog.get_logger("bot.x").debug("as a keyword", reference=canary)
        structlog.get_logger("bot.x").debug("positional %s", ValueError(canary))
        ours().debug("as an error %r", ValueError(canary))
        _fail_and_log(canary)
        with structlog.contextvars.bound_contextvars(bound=canary):
            ours().debug("bound")
    assert page.text().count("in words") == len(SHAPED)
    assert [canary for canary in SHAPED if canary in page.text()] == []


@pytest.mark.parametrize("layout", ["text", "json"])
def test_a_secret_that_lies_across_the_cut_of_a_long_fact_goes_too(layout: str) -> None:
    """Facts are bounded after they are redacted, and a line of JSON stays whole."""
    page = Page(layout=layout)
    for padding in range(15_950, 16_050, 7):
        ours().info("long", extra={"value": "." * padding + TELEGRAM + "." * 50_000})
    assert TELEGRAM[:12] not in page.text()
    assert max(map(len, page.text().splitlines())) < 17_000
    if layout == "json":
        assert all(json.loads(line)["value"] for line in page.text().splitlines())


def test_facts_with_a_private_name_are_blanked_and_objects_are_not_spelled_out() -> None:
    """Even by mistake: text=, name-bearing rows, raw payloads. Numbers stay."""
    page = Page()
    ours().info("x", extra={"text": "veut 50 licences", "raw": {"a": 1}, "contact": 12, "row": {"n": "Jane"}})
    assert "text=… raw=… contact=12 row=<dict>" in page.text()


def test_another_handler_s_text_is_not_taken_for_a_fact() -> None:
    """A handler that came first leaves the whole message on the record."""
    page = Page()
    logging.getLogger().handlers.insert(0, logging.StreamHandler(io.StringIO()))
    logging.getLogger("slack_bolt").warning("Unhandled request ({'text': 'veut 50 licences'})")
    ours().info("once")
    assert "licences" not in page.text()
    assert page.text().count("once") == 1


def test_a_library_s_words_end_where_it_begins_to_quote() -> None:
    """Bolt prints the whole request, PTB the whole update: only the words before it stay."""
    page = Page()
    logging.getLogger("slack_bolt").warning(
        "Unhandled request ({'type': 'event', 'text': 'veut 50 licences'})"
    )
    logging.getLogger("telegram.Bot").critical(
        "Error while parsing updates! Received data was %r", {"t": "Jane Doe"}
    )
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task Jane Doe>")
    logging.getLogger("apscheduler").warning("Run time of job %s was missed by %s seconds", "Jane Doe", 3.5)
    assert "Unhandled request (…" in page.text()
    assert "Error while parsing updates! Received data was …" in page.text()
    assert "Task exception was never retrieved…" in page.text()
    assert "was missed by 3.5 seconds" in page.text()
    assert "Jane" not in page.text()
    assert "licences" not in page.text()


@pytest.mark.parametrize("layout", ["text", "json"])
@pytest.mark.threat("S17")
def test_configured_secrets_go_in_every_form(layout: str) -> None:
    """A password with quotes and signs is known again in JSON, in a repr and in an address."""
    secret = 'pä"ss\\w/rd @1'
    page = Page(layout=layout, secrets=(secret, ""))
    ours().info(f"plain {secret} and {secret!r}")
    ours().info("fact", extra={"dsn": "postgres://u:p%C3%A4%22ss%5Cw%2Frd%20%401@h/d", "value": secret})
    for form in (secret, "ss\\\\w", "p%C3%A4", "w/rd"):
        assert form not in page.text()


@given(st.text(min_size=3, max_size=40), st.sampled_from(["text", "json"]))
def test_no_configured_secret_is_ever_written_verbatim(secret: str, layout: str) -> None:
    """Any text at all, as message, argument, fact and exception, between brackets of ours."""
    page = Page(layout=layout, secrets=(secret,))
    ours().info("%s", secret)
    _fail_and_log(secret)
    ours().info("said", extra={"value": secret})
    # What Parley itself writes on the line may happen to contain a short secret.
    bare = Page(layout=layout)
    ours().info("%s", "")
    _fail_and_log("")
    ours().info("said", extra={"value": ""})
    if secret not in bare.text() and secret not in "[secret][token][e-mail][phone]":
        assert page.text().count(secret) == 0


def test_a_fact_cannot_forge_a_record() -> None:
    """Line breaks and escape sequences inside a value are written as escapes, in one line."""
    page = Page()
    ours().info("x\n2026-01-01 00:00:00.000 ERROR   bot: forged", extra={"f": "a\r\nb\x1b[31m\u2028c"})
    assert len(page.text().splitlines()) == 1
    assert "\x1b" not in page.text()


def test_a_long_number_costs_nothing() -> None:
    """The patterns stay linear on hostile input."""
    page = Page()
    for hostile in (
        "9" * 200_000,
        "a" * 200_000,
        "a@" * 100_000,
        "+1" * 100_000,
        "://" * 70_000,
        "a." * 100_000,
    ):
        before = os.times().user
        ours().info("%s", hostile)
        assert os.times().user - before < 1.0
    assert len(page.text()) < 6 * 17_000, "and one fact has a bound"


@pytest.mark.threat("S17")
async def test_the_platforms_libraries_leak_no_token_at_debug() -> None:
    """Real calls of PTB, httpx, slack_sdk and aiohttp against a server that refuses them."""
    page = Page(level="debug")

    async def refuse(request: web.Request) -> web.Response:
        await request.read()
        return web.json_response(
            {"ok": False, "error_code": 400, "description": "no", "error": "no"}, status=400
        )

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    root = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        bot = Bot(TELEGRAM, base_url=f"{root}/bot")
        with pytest.raises(TelegramError):
            async with bot:
                pass
        with pytest.raises(SlackApiError):
            await AsyncWebClient(SLACK, base_url=f"{root}/api/").chat_postMessage(
                channel="C", text="veut 50 licences"
            )
        logging.getLogger("bot.telegram").exception("refused", exc_info=TelegramError(TELEGRAM))
    finally:
        await runner.cleanup()
    assert "refused" in page.text()
    assert not any(canary in page.text() for canary in CANARIES)


async def test_a_task_nobody_waited_for_is_told_without_its_words() -> None:
    """asyncio's own report of a lost exception goes through the same nets."""
    page = Page()

    async def fail() -> None:
        raise ValueError("veut 50 licences")

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    del task
    gc.collect()
    assert "Task exception was never retrieved" in page.text()
    assert "licences" not in page.text()


# --- writing it harms nobody


def test_a_closed_pipe_does_not_end_the_process() -> None:
    """`parley run 2>&1 | head -1`: the reader goes, the bot stays."""
    script = (
        "import logging; from bot.config import Log; from bot.log import configure\n"
        "configure(Log()); log = logging.getLogger('bot')\n"
        "for number in range(2000): log.info('line', extra={'number': number})\n"
        "print('alive')"
    )
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=writer, timeout=60, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stdout) == (0, b"alive\n")


def test_a_reader_that_sleeps_is_not_waited_for() -> None:
    """A full pipe drops records at once, counts them, and says so when there is room again."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stream:
        sink = configure(Log(), (), stream)
        for number in range(5_000):
            ours().info("line", extra={"number": number, "padding": "x" * 200})
        lost = sink.lost
        assert 0 < lost < 5_000
        os.read(reader, 1 << 20)
        ours().info("room again")
        ours().info("and again")
    rest = b""
    while piece := os.read(reader, 1 << 16):
        rest += piece
    os.close(reader)
    assert rest.decode().count(f"{lost} log records were lost before this line\n") == 1
    assert "and again" in rest.decode().splitlines()[-1]


def test_a_line_cut_by_a_full_pipe_does_not_swallow_the_next() -> None:
    """What was begun is ended by a line break before the next record begins."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stream:
        unhurried = Unhurried(stream)
        with pytest.raises(BlockingIOError):
            unhurried.write("x" * 10_000_000 + "\n")
        os.read(reader, 1 << 20)
        unhurried.write("next\n")
    assert os.read(reader, 1 << 20).endswith(b"\nnext\n")
    os.close(reader)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
def test_a_full_disk_loses_records_and_nothing_else() -> None:
    """ENOSPC is counted, not raised."""
    with Path("/dev/full").open("w") as stream:
        sink = configure(Log(), (), stream)
        ours().info("line")
        _fail_and_log()
        assert sink.lost == 2


def test_a_closed_stream_loses_records_and_nothing_else() -> None:
    """Something closed stderr: its descriptor may be another file's by now, and is not written to."""
    stream = io.StringIO()
    sink = configure(Log(), (), stream)
    stream.close()
    ours().info("line")
    assert sink.lost == 1


def test_a_record_that_cannot_be_formatted_names_its_place_and_not_its_words() -> None:
    """A wrong placeholder is a bug of ours; the standard library would print the arguments."""
    page = Page()
    ours().info("%d calls", "veut 50 licences")
    assert "could not be written: TypeError" in page.text()
    assert __file__ in page.text()
    assert "licences" not in page.text()


def test_an_uncaught_exception_is_logged_without_its_words() -> None:
    """sys.excepthook and threading.excepthook go through the log too; stderr shows no token."""
    script = (
        "import threading; from bot.config import Log; from bot.log import configure\n"
        "configure(Log())\n"
        f"def fail(): raise ValueError('{TELEGRAM} veut 50 licences')\n"
        "thread = threading.Thread(target=fail); thread.start(); thread.join()\n"
        "fail()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("CRITICAL bot: uncaught error=ValueError") == 2
    assert not any(canary in done.stderr for canary in CANARIES)


def test_configuring_again_replaces_the_first_sink() -> None:
    """One record is one line, however often it was set up."""
    first, second = Page(), Page()
    ours().info("once")
    assert (first.text(), second.text().count("once")) == ("", 1)
