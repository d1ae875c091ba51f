"""Values that have the right type and still cannot be right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
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
# core.telegram.org/bots/api#setwebhook allows 1 to 256 of these, and short ones can be guessed.
WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{32,256}")
# core.telegram.org/bots/webhooks: the ports that Telegram posts to.
WEBHOOK_PORTS = (443, 80, 88, 8443)
# As the pages write it: 123456789:put-the-token-from-BotFather-here, put0the0signing0secret0here00000.
EXAMPLES = re.compile(r"\bput[-0](?:the|at)[-0].*[-0]here", re.ASCII)
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
    yield from _webhook(settings)
    yield from _slack_over_http(settings)
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


def _public(value: str) -> Wrong | None:
    wrong = _address(value)
    if wrong is None and not value.startswith("https://"):
        return (
            "does not begin with https://",
            "Telegram and Slack post to https only: put a reverse proxy in front.",
        )
    return wrong


def _webhook_url(value: str) -> Wrong | None:
    if wrong := _public(value):
        return wrong
    parts = urlsplit(value)
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", parts.path):
        return "has no plain path", "Write it with one, as https://host/telegram."
    if (parts.port or 443) not in WEBHOOK_PORTS:
        return "has a port that Telegram does not post to", "Use 443, 80, 88 or 8443."
    return None


def _webhook_secret(value: str) -> Wrong | None:
    if WEBHOOK_SECRET.fullmatch(value):
        return None
    remedy = "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
    return "is not 32 to 256 of A-Z, a-z, 0-9, _ and -", remedy


def _host(value: str) -> Wrong | None:
    try:
        ip_address(value)
    except ValueError:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", value):
            return "is no address to listen on", "Write 127.0.0.1, 0.0.0.0 or ::1."
    return None


def _port(value: int) -> Wrong | None:
    return (
        None if 0 <= value < 65536 else ("is no port", "Write a number from 1 to 65535, or 0 for no server.")
    )


def _metrics_token(value: str) -> Wrong | None:
    if len(value) >= 16 and value.isascii() and value.isprintable() and " " not in value:
        return None
    return (
        "is not 16 or more plain characters",
        "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'",
    )


def _lead_fields(value: str) -> Wrong | None:
    for entry in value.split(","):
        name, equals, target = entry.rpartition("=")
        if not equals or not name.strip() or target.strip() not in LEAD_FIELDS:
            return f'holds "{entry.strip()}"', f"Write FIELD=MEANING, with one of {', '.join(LEAD_FIELDS)}."
    return None


def _database(value: str) -> Wrong | None:
    scheme = value.partition("://")[0]
    if scheme in SCHEMES and "://" in value:
        return None
    remedy = "Write sqlite:///absolute/path.db or postgres://user:password@host/name."
    return "is not the address of a database that Parley knows", remedy


def _real(*others: Callable[[str], Wrong | None]) -> Callable[[str], Wrong | None]:
    """Not the words that stand in a page's example where the secret belongs, before what else is asked."""

    def rule(value: str) -> Wrong | None:
        if EXAMPLES.search(value):
            return "is still the example's", "Put your own in its place."
        return next((wrong for other in others if (wrong := other(value))), None)

    return rule


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
# What a web form's field can be for a lead.
LEAD_FIELDS = ("name", "first_name", "last_name", "email", "phone", "company", "message", "source")

_RULES: dict[str, Callable[[Any], Wrong | None]] = {
    "source_url": _address,
    "database.url": _database,
    "telegram.token": _real(_telegram_token),
    "telegram.api_url": _address,
    "telegram.webhook_url": _webhook_url,
    "telegram.webhook_secret": _real(_webhook_secret),
    "slack.bot_token": _real(_slack_token("xoxb-")),
    "slack.app_token": _real(_slack_token("xapp-")),
    "slack.signing_secret": _real(),
    "slack.api_url": _address,
    "slack.command": _command,
    "http.host": _host,
    "http.port": _port,
    "http.public_url": _public,
    "http.metrics_token": _metrics_token,
    "http.lead_fields": _lead_fields,
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


def _webhook(settings: Settings) -> Iterator[Problem]:
    """What Telegram's webhook needs beside its mode."""
    if settings["telegram.mode"] != "webhook":
        return
    if not settings["telegram.webhook_secret"]:
        remedy = "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        yield settings.problem(
            "telegram.mode", 'is "webhook", but telegram.webhook_secret is not set', remedy
        )
    if not settings["telegram.webhook_url"] and not settings["http.public_url"]:
        remedy = "Say where the internet reaches Parley: http.public_url, as https://crm.example.com."
        yield settings.problem("telegram.mode", 'is "webhook", but http.public_url is not set', remedy)
    yield from _no_server(settings, "telegram.mode")


def _slack_over_http(settings: Settings) -> Iterator[Problem]:
    if settings["slack.mode"] == "http":
        yield from _no_server(settings, "slack.mode")


def _no_server(settings: Settings, mode: str) -> Iterator[Problem]:
    if not settings["http.port"]:
        reason = f'is "{settings[mode]}", but http.port is 0, so that nothing listens'
        yield settings.problem(mode, reason, "Choose a port for your reverse proxy, as http.port = 8080.")
