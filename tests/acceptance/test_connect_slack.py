"""The page that connects Slack, walked word by word: its configuration and commands, against the emulator."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from bot.config import Http, Slack
from bot.doctor.slack import app
from tests.emulators.slack import Person, SlackEmulator
from tests.recording import FENCE, ROOT, play

PAGES = ("docs/howto/connect-slack.md", "docs/fr/howto/connect-slack.md")
SECRET = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Page:
    """What a page tells its reader to type, in its order, and to read."""

    text: str

    def bodies(self, kind: str) -> list[str]:
        """The fences of a kind."""
        return [dedent(match["body"]) for match in FENCE.finditer(self.text) if match["kind"] == kind]

    def span(self, beginning: str) -> str:
        """The code span that begins so."""
        spans: list[str] = re.findall(r"`([^`\n]+)`", self.text)
        return next(span for span in spans if span.startswith(beginning))

    def proofs(self) -> list[str]:
        """The lines of the doctor."""
        return re.findall(r"`(ok    slack[^`\n]+)`", self.text)


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> Page:
    return Page((ROOT / request.param).read_text("utf-8"))


def installed(manifest: str) -> SlackEmulator:
    """The workspace in which an app of that manifest was installed."""
    asked = json.loads(manifest)
    return SlackEmulator(
        bot_token="xoxb-walked",
        app_token="xapp-walked",
        signing_secret=SECRET,
        rate_limits=False,
        scopes=asked["oauth_config"]["scopes"]["bot"],
        subscriptions=asked["settings"]["event_subscriptions"]["bot_events"],
    )


async def typed(command: str, home: Path) -> str:
    """What a command prints that the reader types."""
    return await asyncio.to_thread(play, command, home)


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[None]:
    """``parley run``, until it is stopped as a supervisor does."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PARLEY_", "XDG_"))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        cwd=home,
        env={**environ, "HOME": str(home), "PYTHONPATH": str(ROOT)},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


def configured(page: Page, which: int, slack: SlackEmulator, home: Path, *more: tuple[str, str]) -> None:
    """The page's configuration, with the tokens that the reader has copied and the emulator for Slack."""
    text = page.bodies("toml")[which]
    values = [
        ("xoxb-put-the-bot-token-here", slack.bot_token),
        ("xapp-put-the-app-level-token-here", slack.app_token),
        ("put0the0signing0secret0here00000", SECRET),
        ("[slack]", f'[slack]\napi_url = "{slack.api_url}"'),
        *more,
    ]
    for shown, value in values:
        text = text.replace(shown, value)
    (home / "config.toml").write_text(text, "utf-8")
    (home / "config.toml").chmod(0o600)


async def says(person: Person, line: str, wanted: str) -> str:
    """What is shown once a line of the page was said."""
    person.says(line)
    return (await person.waits_for(wanted, within=20.0)).seen


async def test_the_page_connects_slack_by_socket_mode(page: Page, tmp_path: Path) -> None:
    """From the manifest to a mention in a channel; each proof is what is shown then."""
    manifest, doctor, run = (command.strip() for command in page.bodies("sh")[:3])
    today, invite = (line.strip() for line in page.bodies("text"))
    assert run == "parley run"
    async with installed(await typed(f"{manifest} --json", tmp_path)) as slack:
        configured(page, 0, slack, tmp_path)
        await typed(page.span("parley member add"), tmp_path)
        found = await typed(doctor, tmp_path)
        for proof in page.proofs()[:3]:
            assert proof.replace("https://slack.com/api/", slack.api_url) in found
        async with running(tmp_path):
            await slack.connected(2, within=30.0)
            admin = slack.user("you", email="you@acme.example")
            colleagues = [slack.user(name, email=f"{name}@acme.example") for name in ("lea", "marc")]
            await says(admin, today, "you@acme.example")
            answer = await says(admin, invite, "lea@acme.example")
            assert "marc@acme.example" in answer
            await says(colleagues[0], today, "lea@acme.example")
            sales = slack.channel("sales", [admin, *colleagues])
            admin.mentions("about", sales)
            await admin.waits_for("Affero", channel=sales)
            listed = await typed("parley member list", tmp_path)
        for name, accounts in (("you", "slack"), ("lea", "slack"), ("marc", "-")):
            assert re.search(rf"^.*{name}@acme\.example .* {accounts} +active$", listed, re.MULTILINE)
        assert slack.refused == ()
        assert slack.oddities == ()


async def test_the_page_connects_slack_by_signed_http(page: Page, tmp_path: Path) -> None:
    """The app first, then its secret, then the address; the loopback stands for a reverse proxy."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    first, http = page.bodies("sh")[0].strip(), page.bodies("sh")[3].strip()
    async with installed(await typed(f"{first} --json", tmp_path)) as slack:
        configured(page, 1, slack, tmp_path, ("port = 8080", f"port = {port}"))
        await typed(page.span("parley member add"), tmp_path)
        root = f"http://127.0.0.1:{port}"
        async with running(tmp_path):
            asked = json.loads(await typed(f"{http} --json", tmp_path))
            url = asked["settings"]["event_subscriptions"]["request_url"]
            assert url == "https://crm.example.com/slack/events"
            await reached(slack, url.replace("https://crm.example.com", root))
            settings = Slack(
                bot_token=slack.bot_token, signing_secret=SECRET, mode="http", api_url=slack.api_url
            )
            found = [str(finding) for finding in await app(settings, Http(public_url=root))]
            proof = page.proofs()[3].replace("https://crm.example.com", root)
            assert any(line.startswith(proof) for line in found), found
            admin = slack.user("you", email="you@acme.example")
            await says(admin, page.bodies("text")[0].strip(), "you@acme.example")
            admin.commands("/crm", "about")
            await admin.waits_for("Affero", within=20.0)
        assert slack.connections == 0
        assert slack.refused == ()


async def reached(slack: SlackEmulator, url: str) -> None:
    """Wait until Slack's challenge is answered there."""
    async with asyncio.timeout(30):
        while True:
            try:
                await slack.posts_to(url)
            except OSError:  # nobody listens yet; a process rings no bell
                await asyncio.sleep(0.05)
            else:
                return
