"""Everything that is posted to Parley, through its own server: Telegram's webhook, Slack's requests, a form.

And after a working day with all of them, at the most talkative log level, no secret stands anywhere.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.config import Config, Database, Slack, Telegram
from bot.config.schema import Http
from bot.tally import Tally
from models.lead import Lead
from tests.acceptance.live import (
    MARC,
    SAM,
    invited,
    nothing_waits,
    prepare,
    served,
    set_aside,
    standing_clock,
)
from tests.bot.http.serving import Served, free_port, get, post
from tests.emulators.slack import SlackEmulator
from tests.emulators.telegram import TelegramEmulator
from tests.recording import ROOT

SECRET = "canary-webhook-secret-of-telegram-0123456789"
PATH = "/telegram/0c4e"


async def test_both_services_post_and_a_form_too(database_url: str) -> None:
    """One process on one port: a line on each platform, a press, and a lead that is told on both."""
    await prepare(database_url)
    clock, port = standing_clock(), free_port()
    root = f"http://127.0.0.1:{port}"
    async with (
        TelegramEmulator(flood_limits=False, clock=lambda: clock.now().timestamp()) as telegram,
        SlackEmulator(clock=lambda: clock.now().timestamp()) as slack,
    ):
        config = Config(
            database=Database(url=database_url),
            telegram=Telegram(
                token=telegram.token,
                api_url=telegram.url,
                mode="webhook",
                webhook_url=root + PATH,
                webhook_secret=SECRET,
            ),
            slack=Slack(
                bot_token=slack.bot_token,
                signing_secret=slack.signing_secret,
                api_url=slack.api_url,
                mode="http",
            ),
            http=Http(port=port, public_url=root),
        )
        async with served(config, clock) as app:
            await slack.posts_to(f"{root}/slack/events")
            await telegram.until(lambda: telegram.webhook.url)
            marc, sam = telegram.user(first_name="Marc"), slack.user("Sam")
            marc.says(f"/start {await invited(app, MARC)}")
            await marc.waits_for(MARC)
            sam.says(f"link {await invited(app, SAM)}")
            await sam.waits_for(SAM)

            sam.says("hook new Website @marc")
            shown = (await sam.waits_for("/hooks/lead/")).seen
            path = "/hooks/lead/" + shown.partition("/hooks/lead/")[2].split()[0].strip("<>|")
            form = post(
                path,
                b"name=Zoe+Roy&email=zoe@tarte.example",
                "Content-Type: application/x-www-form-urlencoded",
            )
            assert await Served(port, Tally()).status(form) == 202
            pushed = await marc.waits_for("New lead from Web")
            marc.presses(pushed, "Call")
            await marc.waits_for("Call logged")
            lead = await Lead.filter(person="Zoe Roy").order_by("-id").first()
            assert lead is not None
            assert (lead.emails, lead.source) == (["zoe@tarte.example"], "Website")
            await nothing_waits()
            assert await set_aside() == []


# -- no secret anywhere ------------------------------------------------------------------------------

TOKENS = {
    "telegram_token": "110201543:CANARYhdqTcvCH1vGWJxfSeofSAs0K5PALD",
    "webhook_secret": SECRET,
    "slack_token": "xoxb-CANARY-of-the-bot",
    "signing_secret": "canary0signing0secret",
    "metrics_token": "canary-of-the-figures-0123",
}
SETTINGS = """
[database]
url = "{url}"
[telegram]
token_file = "telegram_token"
mode = "webhook"
webhook_secret_file = "webhook_secret"
api_url = "{telegram}"
[slack]
bot_token_file = "slack_token"
signing_secret_file = "signing_secret"
mode = "http"
api_url = "{slack}"
[http]
port = {port}
public_url = "https://127.0.0.1:8443"
metrics_token_file = "metrics_token"
[log]
level = "debug"
format = "{layout}"
"""


@dataclass
class Day:
    """A process at work that was told secrets, and all that it left behind."""

    folder: Path
    process: asyncio.subprocess.Process
    server: Served
    left: dict[str, str]

    async def keeps(self, name: str, *command: str) -> None:
        """Run a command beside it, and keep what it printed."""
        done = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *command),
            cwd=self.folder,
            env=environment(self.folder),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await done.communicate()
        self.left[name] = printed.decode("utf-8", "replace")


def environment(folder: Path) -> dict[str, str]:
    """Of a process that finds its settings in ``folder``."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    return inherited | {"PYTHONPATH": str(ROOT), "PARLEY_CONFIG": str(folder / "config.toml")}


@asynccontextmanager
async def at_work(folder: Path, url: str, layout: str, telegram: str, slack: str) -> AsyncIterator[Day]:
    """``parley run``, stopped in the end; its log is kept too."""
    port = free_port()
    settings = SETTINGS.format(url=url, telegram=telegram, slack=slack, port=port, layout=layout)
    (folder / "config.toml").write_text(settings)
    for name, value in TOKENS.items():
        (folder / name).write_text(value)
        (folder / name).chmod(0o600)
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"), cwd=folder, env=environment(folder), stderr=log
        )
    day = Day(folder, process, Served(port, Tally()), {})
    try:
        async with asyncio.timeout(60):
            while await _status(day, "/readyz") != 200:  # noqa: ASYNC110 # another process rings no bell
                await asyncio.sleep(0.1)
        yield day
    finally:
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        day.left["log"] = (folder / "log").read_text()


async def _status(day: Day, path: str) -> int:
    try:
        return await day.server.status(get(path))
    except ConnectionError:
        return 0


@pytest.mark.threat("S17")
@pytest.mark.parametrize("layout", ["text", "json"])
async def test_no_secret_is_left_anywhere(layout: str, sqlite_url: str, tmp_path: Path) -> None:
    """Log at DEBUG, failures, process list, health and figures, doctor and its bundle, export, every row."""
    await prepare(sqlite_url)
    async with (
        TelegramEmulator(token=TOKENS["telegram_token"], flood_limits=False) as telegram,
        SlackEmulator(bot_token=TOKENS["slack_token"], signing_secret=TOKENS["signing_secret"]) as slack,
        at_work(tmp_path, sqlite_url, layout, telegram.url, slack.api_url) as day,
    ):
        await slack.posts_to(f"http://127.0.0.1:{day.server.port}/slack/events")
        await telegram.until(lambda: telegram.webhook.url)
        sam = slack.user("Sam")
        await day.keeps("invitation", "member", "invite", SAM)
        sam.says(f"link {day.left['invitation'].split()[0]}")
        await sam.waits_for(SAM)
        sam.says("hook new Website")
        shown = (await sam.waits_for("/hooks/lead/")).seen
        hook = shown.partition("/hooks/lead/")[2].split()[0].strip("<>|")
        canaries = [*TOKENS.values(), TOKENS["telegram_token"].partition(":")[2], hook]

        await _post_all(day, telegram, hook)
        telegram.fault("sendMessage", status=401)
        await _post_update(day, telegram, 2)
        day.left["processes"] = "".join(
            path.read_bytes().decode("utf-8", "replace").replace("\0", " ")
            for path in Path("/proc").glob(f"{day.process.pid}/**/cmdline")
        )
        for path in ("/healthz", "/readyz"):
            day.left[path] = (await day.server.says(get(path))).decode()
        bearer = f"Authorization: Bearer {TOKENS['metrics_token']}"
        day.left["/metrics"] = (await day.server.says(get("/metrics", bearer))).decode()
        await day.keeps("doctor", "doctor", "--bundle", "support.zip")
        await day.keeps("export", "config", "export")
        with zipfile.ZipFile(tmp_path / "support.zip") as bundle:
            day.left["bundle"] = "".join(bundle.read(name).decode() for name in bundle.namelist())
    with sqlite3.connect(sqlite_url.removeprefix("sqlite://")) as database:
        day.left["rows"] = "\n".join(database.iterdump())
    database.close()

    assert "parley_turns_total" in day.left["/metrics"]
    assert "-m bot run" in day.left["processes"] or sys.platform != "linux"
    assert "asked" in day.left["log"]
    assert "Zoe Roy" in day.left["rows"]
    found = [(where, canary) for where, text in day.left.items() for canary in canaries if canary in text]
    assert found == []


async def _post_all(day: Day, telegram: TelegramEmulator, hook: str) -> None:
    """What is right, and secrets where they do not belong."""
    form = "Content-Type: application/x-www-form-urlencoded"
    assert await day.server.status(post(f"/hooks/lead/{hook}", b"name=Zoe+Roy", form)) == 202
    await _post_update(day, telegram, 1)
    for secret in (hook, *TOKENS.values()):
        await day.server.status(post(f"/hooks/lead/{secret}x?key={secret}", b"name=a", form))
        await day.server.status(post("/slack/events", secret.encode(), f"X-Slack-Signature: v0={secret}"))
        await day.server.status(get(f"/{secret}", f"Authorization: Bearer {secret}x"))
        await day.server.says(f"{secret} HTTP/1.1\r\n\r\n".encode())


async def _post_update(day: Day, telegram: TelegramEmulator, number: int) -> None:
    """What Telegram posts; its own server, in front of ours, is not part of this."""
    marc = telegram.user(first_name="Marc")
    chat = {"id": marc.id, "type": "private", "first_name": "Marc"}
    sender = {"id": marc.id, "is_bot": False, "first_name": "Marc"}
    message = {"message_id": number, "date": 1, "chat": chat, "from": sender, "text": "hello"}
    path = telegram.webhook.url.removeprefix("https://127.0.0.1:8443")
    headers = ("Content-Type: application/json", f"X-Telegram-Bot-Api-Secret-Token: {SECRET}")
    body = json.dumps({"update_id": number, "message": message}).encode()
    assert await day.server.status(post(path, body, *headers)) == 200
