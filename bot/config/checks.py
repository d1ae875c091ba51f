"""Values that have the right type and still cannot be right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.config.errors import Problem
from bot.config.layers import Place
from bot.config.schema import Key
from models import region

# What the services themselves give out. core.telegram.org/bots/api#authorizing-your-bot;
# docs.slack.dev/authentication/tokens: xoxb- a bot's, xapp- an app's, xoxp- a person's.
TELEGRAM_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
SLACK_TOKENS = {
    "xoxb-": ("a bot token", "It belongs in slack.bot_token."),
    "xapp-": ("an app-level token", "It belongs in slack.app_token."),
    "xoxp-": ("a person's token", "Parley speaks as a bot only: copy the token that begins with xoxb-"),
}
SCHEMES = ("sqlite", "postgres", "postgresql")


@dataclass(frozen=True, slots=True)
class Settings:
    """What was given, by dotted key; ``settings[key]`` is its value or its default."""

    known: Mapping[str, Key]
    values: Mapping[str, Any]
    places: Mapping[str, Place]

    def __getitem__(self, dotted: str) -> Any:
        return self.values.get(dotted, self.known[dotted].default)

    def problem(self, dotted: str, reason: str, remedy: str) -> Problem:
        """Something is wrong with the value of this key, wherever it came from."""
        return self.places.get(dotted, Place("the built-in defaults", dotted)).problem(reason, remedy)


def check_values(settings: Settings) -> Iterator[Problem]:
    """Each value by itself."""
    for dotted, rule in _RULES.items():
        value = settings[dotted]
        if value and (wrong := rule(value)):
            yield settings.problem(dotted, *wrong)


def wrong_with(dotted: str, value: Any) -> tuple[str, str] | None:
    """What is wrong with the value of a key, and the remedy; None where nothing is."""
    return _RULES[dotted](value)


def check_together(settings: Settings) -> Iterator[Problem]:
    """Values that need one another, or exclude one another."""
    yield from _tokens_missing(settings)
    live = [name for name in ("telegram.token", "slack.bot_token") if settings[name]]
    if settings["console.simulated"] and live:
        reason = f"cannot be true while {live[0]} is set: a simulated clock would reach real people"
        yield settings.problem("console.simulated", reason, "Remove one of the two.")


Wrong = tuple[str, str]


def _address(value: str) -> Wrong | None:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if sound and not parts.query and not parts.fragment:
        return None
    return "is not the address of a server", "Write it as https://host/path, or remove it."


def _database(value: str) -> Wrong | None:
    scheme = value.partition("://")[0]
    if scheme in SCHEMES and "://" in value:
        return None
    remedy = "Write sqlite:///absolute/path.db or postgres://user:password@host/name."
    return "is not the address of a database that Parley knows", remedy


def _telegram_token(value: str) -> Wrong | None:
    if TELEGRAM_TOKEN.fullmatch(value):
        return None
    remedy = "Copy it from @BotFather; it reads like 123456:ABC-DEF…"
    return _slack_family(value) or ("is not a Telegram bot's token", remedy)


def _slack_token(expected: str) -> Callable[[str], Wrong | None]:
    def rule(value: str) -> Wrong | None:
        if TELEGRAM_TOKEN.fullmatch(value):
            remedy = f"It belongs in telegram.token; this one begins with {expected}"
            return "holds a Telegram bot's token", remedy
        # Only what is certainly another's is refused: Slack has added prefixes before (xoxe.xoxb-…).
        return None if value.startswith(expected) else _slack_family(value)

    return rule


def _slack_family(value: str) -> Wrong | None:
    for prefix, (name, remedy) in SLACK_TOKENS.items():
        if value.startswith(prefix):
            return f"holds {name} of Slack ({prefix}…)", remedy
    return None


def _command(value: str) -> Wrong | None:
    # api.slack.com/interactivity/slash-commands: a slash, no spaces, at most 32 characters.
    if re.fullmatch(r"/[a-z0-9_-]{1,31}", value):
        return None
    return "is not the name of a slash command", "Write a slash and up to 31 of a-z, 0-9, _ and -, as /crm."


def _known(what: str, missing: Callable[[str], str | None], form: str) -> Callable[[str], Wrong | None]:
    def rule(value: str) -> Wrong | None:
        nearest = missing(value)
        if nearest is None:
            return None
        remedy = f"Did you mean {nearest}?" if nearest else f"Write it as {form}."
        return f'is "{value}", which is no {what}', remedy

    return rule


_SLACK = ("slack.bot_token", "slack.app_token", "slack.signing_secret")

_RULES: dict[str, Callable[[str], Wrong | None]] = {
    "source_url": _address,
    "database.url": _database,
    "telegram.token": _telegram_token,
    "telegram.api_url": _address,
    "slack.bot_token": _slack_token("xoxb-"),
    "slack.app_token": _slack_token("xapp-"),
    "slack.api_url": _address,
    "slack.command": _command,
    "workspace.currency": _known("currency in use", region.no_currency, "EUR"),
    "workspace.country": _known("country", region.no_country, "FR"),
    "workspace.zone": _known("time zone", region.no_zone, "Europe/Paris"),
    "workspace.locale": _known("locale that Parley speaks", region.no_locale, "fr-FR"),
}


def _tokens_missing(settings: Settings) -> Iterator[Problem]:
    given = [name for name in _SLACK if settings[name]]
    if not given:
        return
    second, why = _SECOND_KEY["http" if settings["slack.mode"] == "http" else "socket"]
    for name in ("slack.bot_token", second):
        if not settings[name]:
            yield settings.problem(given[0], f"is set, but {name} is not", why)


_SECOND_KEY = {
    "socket": (
        "slack.app_token",
        "Socket Mode needs both tokens (api.slack.com/apps: OAuth; Basic Information).",
    ),
    "http": (
        "slack.signing_secret",
        "HTTP needs the bot token and the signing secret (api.slack.com/apps: OAuth; Basic Information).",
    ),
}
