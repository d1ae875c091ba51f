"""Telegram lists the commands: by language, for private chats, groups, and who leads."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping

import pytest
import telegram as library

from bot.config import Telegram
from bot.refused import Refused
from bot.telegram import setting_menus
from bot.telegram.menus import Menus
from bot.telegram.transport import STAND_IN, Transport
from handlers.chat.i18n import languages
from models.member import Role
from tests.emulators.telegram import TelegramEmulator

PRIVATE, GROUPS = json.dumps({"type": "all_private_chats"}), json.dumps({"type": "all_group_chats"})


class Team:
    """Who leads, by their chats' addresses."""

    def __init__(self) -> None:
        self.roles: dict[str, Role] = {}

    async def __call__(self) -> Mapping[str, Role]:
        return dict(self.roles)


@pytest.fixture
async def server() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator() as emulator:
        yield emulator


@pytest.fixture
async def bot(server: TelegramEmulator) -> AsyncIterator[library.Bot]:
    transport = Transport(server.token)
    yield library.Bot(STAND_IN, base_url=f"{server.url}/bot", request=transport)
    await transport.shutdown()


def names(server: TelegramEmulator, scope: str, code: str) -> list[str]:
    return [one["command"] for one in server.commands[scope, code]]


def chat(chat_id: int) -> str:
    return json.dumps({"chat_id": chat_id, "type": "chat"})


async def test_each_language_and_kind_of_chat_has_its_menu(
    server: TelegramEmulator, bot: library.Bot
) -> None:
    """English for all that have none of their own; in groups only the usual."""
    await Menus(bot, Team()).publish()
    assert set(server.commands) == {(scope, code) for scope in (PRIVATE, GROUPS) for code in ("", "fr")}
    assert names(server, PRIVATE, "")[:3] == ["call", "deal", "who"]
    assert names(server, PRIVATE, "fr")[:3] == ["appel", "affaire", "qui"]
    assert len(names(server, GROUPS, "fr")) == 10
    assert set(server.descriptions) == {
        (kind, code) for kind in ("description", "short_description") for code in ("", "fr")
    }
    assert not server.refused
    assert languages() == ("en", "fr")


async def test_who_leads_has_a_menu_of_their_own(server: TelegramEmulator, bot: library.Bot) -> None:
    """And the common one again, when they lead no more."""
    nora, team = server.user(first_name="Nora"), Team()
    nora.says("/start")
    team.roles = {str(nora.id): Role.ADMIN}
    menus = Menus(bot, team)
    await menus.publish()
    assert "stage_new" in names(server, chat(nora.id), "")
    assert "etape_nouvelle" in names(server, chat(nora.id), "fr")
    assert "stage_new" not in names(server, PRIVATE, "")
    team.roles = {}
    await menus.publish()
    assert set(server.commands) == {(scope, code) for scope in (PRIVATE, GROUPS) for code in ("", "fr")}


async def test_what_is_set_already_is_not_set_again(server: TelegramEmulator, bot: library.Bot) -> None:
    """Neither by the process that set it nor by the next one; one that somebody changed is."""
    menus = Menus(bot, Team())
    assert len(await menus.publish()) == 4
    server.calls.clear()
    assert await menus.publish() == []
    assert await Menus(bot, Team()).publish() == []
    assert not [call.method for call in server.calls if call.method.startswith("set")]
    server.commands[PRIVATE, "fr"].pop()
    assert await Menus(bot, Team()).publish() == [("all_private_chats", "fr")]


async def test_one_who_is_gone_keeps_no_menu_from_the_others(
    server: TelegramEmulator, bot: library.Bot
) -> None:
    """A chat that the bot does not know any more is passed over."""
    nora, team = server.user(first_name="Nora"), Team()
    nora.says("/start")
    team.roles = {"999": Role.MANAGER, str(nora.id): Role.MANAGER}
    server.fault("setMyCommands", status=400, error="Bad Request: chat not found")
    changed = await Menus(bot, team).publish()
    assert len(changed) == 7


async def test_a_service_that_is_not_reached_has_refused_nothing() -> None:
    """The command line says that nobody answered, and what to look at."""
    settings = Telegram(token="110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", api_url="http://127.0.0.1:1")
    with pytest.raises(Refused, match=r"^http://127\.0\.0\.1:1 does not answer .*telegram\.api_url"):
        await setting_menus.publish(settings, {})
