"""Finding the file, laying the environment over it, and building a :class:`Config` that is sound."""

from __future__ import annotations

import hashlib
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from bot.config.checks import Settings, check_together, check_values
from bot.config.errors import ConfigError, Problem
from bot.config.layers import Entry, read_environment, read_file
from bot.config.schema import Config, Key, choices, keys, section_types
from bot.config.secret_files import read_secret


def find(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file that :func:`load` reads, None for the built-in defaults."""
    if path is not None:
        return path
    if named := environ.get("PARLEY_CONFIG"):
        return Path(named).expanduser()
    beside = Path("config.toml")
    return beside if beside.exists() else None


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """The configuration, with the database's address filled in and secrets read from their files.

    Nothing is created on the disk. ``api_url``s come out with the slash that their service expects.

    Raises:
        ConfigError: anything is unknown, of the wrong type, or impossible; all problems at once.
    """
    known = keys()
    source = find(path, environ)
    sections = frozenset(section_types())
    layers = [
        read_file(source, sections) if source else [],
        list(read_environment(environ, frozenset(key for key in known if "." not in key))),
    ]
    problems: list[Problem] = []
    entries: dict[str, Entry] = {}
    for layer in layers:
        _overlay(entries, _understood(layer, known, problems), problems)
    _read_secrets(entries, known, problems)
    values = {dotted: entry.value for dotted, entry in entries.items()}
    settings = Settings(known, values, {dotted: entry.place for dotted, entry in entries.items()})
    problems += check_values(settings)
    # What is missing may be what was misspelt: first things first.
    problems += () if problems else check_together(settings)
    if problems:
        raise ConfigError(problems)
    return _build(known, values, environ)


def data_folder(environ: Mapping[str, str], system: str = sys.platform) -> Path:
    """Where this person's data lives: macOS's own place, else the XDG base directory.

    Raises:
        ConfigError: the person has no home folder.
    """
    try:
        home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    except RuntimeError:
        remedy = 'Set HOME, or give the database itself: PARLEY_DATABASE__URL="sqlite:///path/to/parley.db".'
        reason = "has no default, because this user has no home folder"
        raise ConfigError([Problem("environment", "database.url", None, reason, remedy)]) from None
    if system == "darwin":
        return home / "Library" / "Application Support" / "Parley"
    # The specification has relative paths ignored (XDG Base Directory 0.8, "Environment variables").
    data = Path(environ.get("XDG_DATA_HOME", ""))
    return (data if data.is_absolute() else home / ".local" / "share") / "parley"


def default_url(environ: Mapping[str, str]) -> str:
    """The database where none is configured: SQLite in the data folder.

    Raises:
        ConfigError: as :func:`data_folder`.
    """
    return f"sqlite://{quote(str(data_folder(environ) / 'parley.db'))}"


def make_data_folder(config: Config, environ: Mapping[str, str]) -> None:
    """Create the data folder, for its owner alone, where the database is to lie in it.

    A folder that the configuration names itself is never made: it may be a disk that is not mounted.

    Raises:
        ConfigError: it cannot be made.
    """
    if config.database.url != default_url(environ):
        return
    folder = data_folder(environ)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = f"is in {folder}, which cannot be made ({error.strerror})"
        remedy = "Set database.url to a place that Parley may write to."
        raise ConfigError([Problem("the built-in defaults", "database.url", None, reason, remedy)]) from None


def _understood(
    layer: Iterable[Entry], known: Mapping[str, Key], problems: list[Problem]
) -> dict[str, Entry]:
    """The entries of one layer whose key is known and whose value has its type."""
    found = {}
    for entry in layer:
        key = known.get(entry.dotted)
        if key is None:
            problems.append(_unknown(entry, known))
            continue
        try:
            value = msgspec.convert(entry.value, key.type, strict=not entry.from_environment)
        except msgspec.ValidationError:
            problems.append(entry.place.problem(f"must be {_wanted(key)}", _example(key, entry)))
            continue
        if fault := _unprintable(value):
            problems.append(entry.place.problem(fault, "Write it again, by hand."))
        found[entry.dotted] = replace(entry, value=value)
    return found


def _overlay(entries: dict[str, Entry], layer: dict[str, Entry], problems: list[Problem]) -> None:
    """Lay a layer over the ones below; a secret and the file of it replace one another."""
    for dotted, entry in layer.items():
        twin = dotted.removesuffix("_file") if dotted.endswith("_file") else f"{dotted}_file"
        if dotted > twin and twin in layer and entry.value and layer[twin].value:
            problems.append(entry.place.problem(f"and {layer[twin].place.key} are both given", "Keep one."))
        entries.pop(twin, None)
    entries.update(layer)


def _read_secrets(entries: dict[str, Entry], known: Mapping[str, Key], problems: list[Problem]) -> None:
    """Replace each ``…_file`` entry that is set by the secret which that file holds."""
    for dotted in [dotted for dotted in entries if known[dotted].file_for]:
        entry = entries.pop(dotted)
        if not entry.value:
            continue
        read = read_secret(entry)
        if isinstance(read, Problem):
            problems.append(read)
        else:
            entries[dotted.removesuffix("_file")] = replace(entry, value=read)


def _unknown(entry: Entry, known: Mapping[str, Key]) -> Problem:
    if entry.section or entry.name not in section_types():
        return entry.place.problem("is not a key", _nearest(entry, known))
    return entry.place.problem("is a section, not a value", f"Write [{entry.name}] on a line of its own.")


def _nearest(entry: Entry, known: Mapping[str, Key]) -> str:
    """What was probably meant: a section, a key of the same one, or the same name in another."""
    sections = get_close_matches(entry.section or entry.name, section_types(), n=1)
    if isinstance(entry.value, dict) and sections:
        return f"Did you mean [{sections[0]}]?"
    beside = {key.name: key for key in known.values() if key.section == entry.section}
    candidates = [beside[name] for name in get_close_matches(entry.name, beside, n=1)]
    namesakes = [key for key in known.values() if key.name == entry.name]
    candidates += sorted(namesakes, key=lambda key: key.section not in sections)
    if candidates:
        return f"Did you mean {candidates[0].variable if entry.from_environment else candidates[0].dotted}?"
    if beside and entry.section:
        return f"The keys of [{entry.section}] are {', '.join(beside)}."
    return f"The sections are {', '.join(section_types())}; config.example.toml explains every key."


def _wanted(key: Key) -> str:
    quoted = [f'"{choice}"' for choice in choices(key.type)]
    if quoted:
        return f"one of {', '.join(quoted)}" if len(quoted) > 1 else quoted[0]
    return {bool: "true or false", int: "a whole number"}.get(key.type, "text in quotes")


def _example(key: Key, entry: Entry) -> str:
    if entry.from_environment:
        return f"For example {key.variable}={str(key.default).lower()}."
    written = f'"{key.default}"' if key.type not in (bool, int) else str(key.default).lower()
    return f"For example {key.name} = {written}."


def _unprintable(value: Any) -> str:
    """Why a text cannot be right whatever its key: control characters, or bytes that are no UTF-8."""
    if not isinstance(value, str):
        return ""
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        return "is not valid UTF-8"
    if any(unicodedata.category(character) == "Cc" for character in value):
        return "holds control characters"
    return ""


def _build(known: Mapping[str, Key], values: Mapping[str, Any], environ: Mapping[str, str]) -> Config:
    given: dict[str, dict[str, Any]] = {name: {} for name in ("", *section_types())}
    for dotted, value in values.items():
        # Empty is the same as not given: an environment cannot unset a variable it inherited.
        if value != "":
            key = known[dotted]
            given[key.section][key.name] = _address(key, value)
    if "url" not in given["database"]:
        given["database"]["url"] = default_url(environ)
    _complete_webhook(given)
    tables: dict[str, Any] = {name: kind(**given[name]) for name, kind in section_types().items()}
    for platform, needed in (("telegram", "token"), ("slack", "bot_token")):
        if not given[platform].get(needed):
            del tables[platform]
    return Config(**given[""], **tables)


def _complete_webhook(given: dict[str, dict[str, Any]]) -> None:
    """Where Telegram posts to, if the configuration does not say it itself."""
    telegram, public_url = given["telegram"], given["http"].get("public_url")
    if telegram.get("mode") == "webhook" and "webhook_url" not in telegram:
        # Nobody shall find the address by trying; it stays the same for every process and every start.
        path = hashlib.sha256(str(telegram.get("webhook_secret", "")).encode()).hexdigest()[:32]
        telegram["webhook_url"] = f"{public_url}/telegram/{path}"


def _address(key: Key, value: Any) -> Any:
    """With the slash at its end that Slack's client expects, without the one that others add."""
    if key.name not in ("api_url", "public_url"):
        return value
    return value.rstrip("/") + ("/" if key.section == "slack" else "")
