"""The page that connects Telegram, walked word by word: what it says is typed, against the emulator."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.config import Telegram
from bot.doctor.telegram import bot
from tests.acceptance.test_connect_slack import Page, running, typed
from tests.emulators.telegram import TelegramEmulator, User
from tests.recording import ROOT

PAGES = ("docs/howto/connect-telegram.md", "docs/fr/howto/connect-telegram.md")
TOKEN, SECRET = "123456789:put-the-token-from-BotFather-here", "put-at-least-32-letters-and-digits-here"


class TelegramPage(Page):
    """What the page tells its reader to type, in its order, and to read."""

    def proofs(self) -> list[str]:
        """The lines of the doctor."""
        return re.findall(r"`(ok    telegram[^`\n]+)`", self.text)


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> TelegramPage:
    return TelegramPage((ROOT / request.param).read_text("utf-8"))


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    """Telegram, in which @BotFather has made a bot."""
    async with TelegramEmulator(flood_limits=False, username="your_bot") as emulator:
        yield emulator


def configured(
    page: Page, which: int, telegram: TelegramEmulator, home: Path, *more: tuple[str, str]
) -> None:
    """The page's configuration, with the token that the reader has copied and the emulator for Telegram."""
    text = page.bodies("toml")[which]
    for shown, value in [
        (TOKEN, telegram.token),
        ("[telegram]", f'[telegram]\napi_url = "{telegram.url}"'),
        *more,
    ]:
        assert shown in text
        text = text.replace(shown, value)
    (home / "config.toml").write_text(text, "utf-8")
    (home / "config.toml").chmod(0o600)


async def joins(person: User, invite: str, home: Path) -> None:
    """What a command prints is sent to the bot, as the page says."""
    code = (await typed(invite, home)).split()[0]
    person.says(f"/start {code}")
    await person.waits_for(invite.rsplit(maxsplit=1)[-1], within=30.0)


async def test_the_page_connects_telegram_by_polling(
    page: TelegramPage, telegram: TelegramEmulator, tmp_path: Path
) -> None:
    """From the token to a command in a group; each proof is what is shown then."""
    doctor, run, invite, colleague = (command.strip() for command in page.bodies("sh"))
    proofs = [proof.replace("https://api.telegram.org", telegram.url) for proof in page.proofs()]
    assert (run, len(proofs)) == ("parley run", 7)
    configured(page, 0, telegram, tmp_path)
    await typed(page.span("parley member add"), tmp_path)
    found = await typed(doctor, tmp_path)
    assert all(proof in found for proof in proofs[:4])
    add, give = colleague.split("\n")
    async with running(tmp_path):
        await telegram.until(lambda: len(telegram.commands) == 4, within=30.0)
        assert proofs[4] in await typed(doctor, tmp_path)
        you, lea = telegram.user(first_name="You"), telegram.user(first_name="Léa", language_code="fr")
        await joins(you, invite, tmp_path)
        you.says(page.bodies("text")[0].strip())
        await you.waits_for(lambda shown: shown.text, within=30.0)
        await typed(add, tmp_path)
        await joins(lea, give, tmp_path)
        sales = telegram.group("Sales")
        you.says(page.span("/about@"), group=sales)
        await you.waits_for("Affero", within=30.0, group=sales)
        listed = await typed("parley member list", tmp_path)
    for name in ("you", "lea"):
        assert re.search(rf"^.*{name}@acme\.example .* telegram +active$", listed, re.MULTILINE)
    assert telegram.refused == []
    assert "/call" in await typed(page.span("parley telegram menu"), tmp_path)


async def test_the_page_connects_telegram_by_webhook(
    page: TelegramPage, telegram: TelegramEmulator, tmp_path: Path
) -> None:
    """The same bot, another road; a reverse proxy would stand where the loopback does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = (await typed(page.span("python3 -c"), tmp_path)).strip()
    configured(page, 1, telegram, tmp_path, ("port = 8080", f"port = {port}"), (SECRET, secret))
    await typed(page.span("parley member add"), tmp_path)
    async with running(tmp_path):
        await telegram.until(lambda: telegram.webhook.url, within=30.0)
        assert telegram.webhook.url.startswith("https://crm.example.com/")
        assert telegram.webhook.secret == secret
        path = telegram.webhook.url.removeprefix("https://crm.example.com")
        root = f"http://127.0.0.1:{port}"
        telegram.webhook.url = root + path
        await joins(telegram.user(first_name="You"), page.bodies("sh")[2].strip(), tmp_path)
        settings = Telegram(
            token=telegram.token,
            api_url=telegram.url,
            mode="webhook",
            webhook_url=root + path,
            webhook_secret=secret,
        )
        found = [str(finding) for finding in await bot(settings, Clock().now())]
        for proof in page.proofs()[5:]:
            assert any(line.startswith(proof.replace("https://crm.example.com", root)) for line in found), (
                found
            )
    assert telegram.polls == 0
    assert telegram.refused == []
