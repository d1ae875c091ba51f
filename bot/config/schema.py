"""Every key, its type and its default. ``config.example.toml`` is tested to say the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import unquote, urlsplit

import msgspec

Secret = Annotated[str, msgspec.Meta(extra={"secret": True})]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of the file. Its ``repr`` shows no secret."""

    def __repr__(self) -> str:
        hidden = secret_names(type(self))
        shown = (
            f"{name}=…" if name in hidden else f"{name}={getattr(self, name)!r}"
            for name in self.__struct_fields__
        )
        return f"{type(self).__name__}({', '.join(shown)})"


class Telegram(Section, frozen=True, kw_only=True):
    """``api_url`` is a server's root, without the token and without a slash at its end.

    With the mode ``webhook`` there is a ``webhook_secret``, and ``webhook_url`` is the whole address that
    Telegram posts to; :func:`bot.config.load` has made it from ``http.public_url`` where it was empty.
    ``rate_limits``: keep to Telegram's limits on how much a bot may send, see bot.telegram.pace.
    """

    token: Secret = ""
    mode: Literal["polling", "webhook"] = "polling"
    webhook_url: str = ""
    webhook_secret: Secret = ""
    api_url: str = "https://api.telegram.org"
    rate_limits: bool = True


class Slack(Section, frozen=True, kw_only=True):
    """``mode`` "socket" needs ``app_token``, "http" ``signing_secret``. ``api_url`` ends with a slash;
    ``command`` begins with one.

    ``rate_limits``: keep to Slack's limits on how much an app may send, see bot.slack.pace, and ask for
    when it reads back.
    """

    bot_token: Secret = ""
    app_token: Secret = ""
    signing_secret: Secret = ""
    mode: Literal["socket", "http"] = "socket"
    api_url: str = "https://slack.com/api/"
    command: str = "/crm"
    rate_limits: bool = True


class Database(Section, frozen=True, kw_only=True):
    """``url`` is secret because it may hold a password; empty means SQLite in the data folder,
    which :func:`bot.config.load` has filled in."""

    url: Secret = ""
    auto_migrate: bool = False


class Http(Section, frozen=True, kw_only=True):
    """Parley's own HTTP server; ``port`` 0 means that there is none.

    ``public_url`` is the root under which the internet reaches it, without a slash at its end.
    ``lead_fields`` maps names of form fields to the lead's, as ``votre-nom=name, tel2=phone``.
    """

    host: str = "127.0.0.1"
    port: int = 0
    public_url: str = ""
    metrics_token: Secret = ""
    lead_fields: str = ""


class Console(Section, frozen=True, kw_only=True):
    """``simulated``: the terminal may set the clock and switch speakers (demos and tests only)."""

    simulated: bool = False


class Log(Section, frozen=True, kw_only=True):
    """What is written to stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Workspace(Section, frozen=True, kw_only=True):
    """What the workspace is made with at the very first start; later it is changed in the chat.

    ``currency`` ISO 4217, ``country`` ISO 3166 alpha-2, ``zone`` IANA, ``locale`` as ``fr-FR``.
    """

    name: str = "Parley"
    currency: str = "EUR"
    country: str = "FR"
    zone: str = "Europe/Paris"
    locale: str = "en-GB"


class Config(Section, frozen=True, kw_only=True):
    """The whole of it. ``telegram`` and ``slack`` are None where they are not configured."""

    source_url: str = ""
    database: Database = Database()
    telegram: Telegram | None = None
    slack: Slack | None = None
    http: Http = Http()
    console: Console = Console()
    log: Log = Log()
    workspace: Workspace = Workspace()

    def secrets(self) -> tuple[str, ...]:
        """Every secret value that is set, and the password inside the database's address."""
        values = [password_of(self.database.url)]
        for section in (self.telegram, self.slack, self.http):
            if section is not None:
                values += (getattr(section, name) for name in sorted(secret_names(type(section))))
        return tuple(value for value in values if value)


@dataclass(frozen=True, slots=True)
class Key:
    """One key that may be written. ``section`` is empty at the top of the file.

    ``file_for`` names the secret that this key gives the file of (``token`` for ``token_file``).
    """

    section: str
    name: str
    type: Any
    default: Any
    secret: bool = False
    file_for: str = ""

    @property
    def dotted(self) -> str:
        """As ``telegram.token``."""
        return f"{self.section}.{self.name}" if self.section else self.name

    @property
    def variable(self) -> str:
        """Its name in the environment, as ``PARLEY_TELEGRAM__TOKEN``."""
        return "PARLEY_" + self.dotted.replace(".", "__").upper()


def secret_names(section: type[Section]) -> frozenset[str]:
    """The fields of a section that are declared Secret."""
    hints = get_type_hints(section, include_extras=True)
    return frozenset(name for name, hint in hints.items() if hint == Secret)


def section_types() -> dict[str, type[Section]]:
    """Each section's name and struct, in the order of :class:`Config`."""
    found = {}
    for name, hint in get_type_hints(Config).items():
        for kind in (hint, *get_args(hint)):
            if isinstance(kind, type) and issubclass(kind, Section):
                found[name] = kind
    return found


def keys() -> dict[str, Key]:
    """Every key there is, by its dotted name."""
    sections = section_types()
    found = [key for key in _keys_of("", Config) if key.name not in sections]
    for name, kind in sections.items():
        found += _keys_of(name, kind)
    return {key.dotted: key for key in found}


def _keys_of(section: str, kind: type[Section]) -> Iterator[Key]:
    secrets = secret_names(kind)
    hints = get_type_hints(kind)
    for field in msgspec.structs.fields(kind):
        yield Key(section, field.name, hints[field.name], field.default, field.name in secrets)
        if field.name in secrets:
            yield Key(section, f"{field.name}_file", str, "", file_for=field.name)


def choices(kind: Any) -> tuple[str, ...]:
    """What a Literal allows; nothing for any other type."""
    return get_args(kind) if get_origin(kind) is Literal else ()


def password_of(url: str) -> str:
    """The password inside a database's address, decoded; empty where there is none."""
    try:
        return unquote(urlsplit(url).password or "")
    except ValueError:
        return ""
