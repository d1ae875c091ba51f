"""The manifest of the Slack app: what Slack takes, in both modes and both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bot.config import Slack
from bot.slack.endpoint import PATH
from bot.slack.interactions import SHORTCUTS
from bot.slack.manifest import EVENTS, SCOPES, as_yaml, manifest
from handlers.chat.i18n import Locale
from tests.emulators.slack import limits
from tests.emulators.slack.scopes import EVENTS as TAKEN

ROOT = Path(__file__).parents[3]
URL = "https://crm.acme.example"


def made(language: str = "en-GB", **settings: Any) -> dict[str, Any]:
    return manifest(Slack(**settings), URL, Locale(language, "UTC"))


@pytest.mark.parametrize("language", ["en-GB", "fr-FR"])
def test_its_words_are_not_too_long_for_slack(language: str) -> None:
    """docs.slack.dev/reference/app-manifest: names, descriptions and hints have their limits."""
    found = made(language)
    assert len(found["display_information"]["name"]) <= limits.APP_NAME
    assert len(found["display_information"]["description"]) <= limits.APP_DESCRIPTION
    for shortcut in found["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= limits.SHORTCUT_NAME
        assert len(shortcut["description"]) <= limits.SHORTCUT_DESCRIPTION
    assert len(found["features"]["slash_commands"][0]["usage_hint"]) <= limits.USAGE_HINT


def test_its_words_are_in_the_language_asked_for() -> None:
    """A French workspace finds French shortcuts."""
    english, french = (
        {shortcut["name"] for shortcut in made(language)["features"]["shortcuts"]}
        for language in ("en-GB", "fr-FR")
    )
    assert english == {"Log to CRM", "Write something down"}
    assert french == {"Noter dans le CRM", "Noter quelque chose"}


def test_its_shortcuts_are_those_that_are_understood() -> None:
    """Each callback id has its command, and each command that a shortcut may open is offered."""
    assert {shortcut["callback_id"] for shortcut in made()["features"]["shortcuts"]} == SHORTCUTS.keys()


def test_socket_mode_needs_no_address() -> None:
    """And the command has the name that the configuration gives it."""
    found = made(command="/vente")
    assert found["settings"]["socket_mode_enabled"] is True
    assert "crm.acme" not in str(found)
    assert found["features"]["slash_commands"][0]["command"] == "/vente"
    assert found["features"]["slash_commands"][0]["should_escape"] is True


def test_over_http_every_road_leads_to_the_same_address() -> None:
    """Events, commands, presses and menus' entries."""
    found = made(mode="http")
    settings, address = found["settings"], f"{URL}{PATH}"
    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == address
    assert settings["interactivity"]["request_url"] == address
    assert settings["interactivity"]["message_menu_options_url"] == address
    assert found["features"]["slash_commands"][0]["url"] == address


def test_each_event_has_the_scope_that_it_takes() -> None:
    """Slack refuses a manifest that subscribes to what the app may not hear."""
    assert {TAKEN[event] for event in EVENTS if event in TAKEN} <= SCOPES.keys()


def test_as_yaml_each_scope_has_its_reason() -> None:
    """What is printed names all of it, and comments are all that it has more."""
    printed = as_yaml(made())
    for scope, reason in SCOPES.items():
        assert f'- "{scope}"  # {reason}\n' in printed
    assert re.search(
        r'^  shortcuts:\n    - name: "Log to CRM"\n      type: "message"\n', printed, re.MULTILINE
    )
    assert re.search(r"^  socket_mode_enabled: true$", printed, re.MULTILINE)


@pytest.mark.parametrize("page", ["docs/howto/connect-slack.md", "docs/fr/howto/connect-slack.md"])
def test_the_page_names_each_scope(page: str) -> None:
    """In the order of the manifest; in English with the same words."""
    text = (ROOT / page).read_text("utf-8")
    rows = re.findall(r"^\| `([a-z_:.]+)` \| (.+) \|$", text, re.MULTILINE)
    assert [scope for scope, _ in rows] == list(SCOPES)
    assert "/fr/" in page or dict(rows) == dict(SCOPES)
