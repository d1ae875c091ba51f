"""The two places that settings come from, each value with the place where it stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from bot.config.errors import ConfigError, Problem

PREFIX = "PARLEY_"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was written. ``key`` as it is called there, ``text`` the whole of that file.

    The environment is a place too; it has no text and no lines.
    """

    file: str
    key: str
    text: str | None = None

    @property
    def line(self) -> int | None:
        """Counted from 1; looked for only when something is wrong there."""
        return None if self.text is None else line_of(self.text, tuple(self.key.split(".")))

    def problem(self, reason: str, remedy: str) -> Problem:
        """Something is wrong right here."""
        return Problem(self.file, self.key, self.line, reason, remedy)


@dataclass(frozen=True, slots=True)
class Entry:
    """One value as it was given. ``folder`` is what a relative path in it counts from."""

    section: str
    name: str
    value: Any
    place: Place
    folder: Path

    @property
    def from_environment(self) -> bool:
        """Whether its value had to be text, whatever its type."""
        return self.place.text is None

    @property
    def dotted(self) -> str:
        """As ``telegram.token``."""
        return f"{self.section}.{self.name}" if self.section else self.name


def read_file(path: Path, sections: frozenset[str]) -> list[Entry]:
    """The entries of a TOML file. A section that is no table is an entry without a section.

    Raises:
        ConfigError: it cannot be read, or is no TOML; the line is named where there is one.
    """
    text, document = read_toml(path)
    entries = []
    for name, value in document.items():
        inside = value if name in sections and isinstance(value, dict) else None
        if inside is None:
            entries.append(_entry(path, text, "", name, value))
        else:
            entries += (_entry(path, text, name, key, item) for key, item in inside.items())
    return entries


def read_toml(
    path: Path,
    *,
    missing: str = "Copy config.example.toml to it, or name another.",
    example: str = "Compare it with config.example.toml.",
) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file, and what it says. ``missing`` and ``example`` are remedies.

    Raises:
        ConfigError: it cannot be read, or is no TOML; the line is named where there is one.
    """
    text = _text(path, missing)
    return text, _document(path, text, example)


def read_environment(environ: Mapping[str, str], top_level: frozenset[str]) -> Iterator[Entry]:
    """The entries of ``PARLEY_SECTION__KEY`` variables, and of ``PARLEY_KEY`` for the top level.

    A variable without the double underscore that is no key is left alone: orchestrators set
    ``PARLEY_PORT`` and the like for a service of this name.
    """
    for variable, value in environ.items():
        if not variable.startswith(PREFIX):
            continue
        section, double, name = variable[len(PREFIX) :].lower().rpartition("__")
        if double or name in top_level:
            yield Entry(section, name, value, Place("environment", variable), Path.cwd())


def line_of(text: str, path: tuple[str | int, ...]) -> int:
    """The line on which a key of a valid TOML text begins, counted from 1.

    ``path`` is made of keys, and of indexes from 0 into lists. The standard parser keeps no positions,
    so beginnings of the text are parsed: the value begins right after the longest one that is valid
    and does not hold the key yet.
    """
    lines = text.split("\n")
    without, with_ = 0, len(lines)
    while with_ - without > 1:
        count, document = _valid_beginning(lines, without, with_)
        if document is None:
            break
        if _holds(document, path):
            with_ = count
        else:
            without = count
    return without + 1


# Lines of one value. Of a longer one the beginning is not looked for: it would take minutes.
_MOST_TRIED = 100


def _valid_beginning(lines: list[str], without: int, with_: int) -> tuple[int, dict[str, Any] | None]:
    """How many lines between the two make a valid text, as near to the middle as there is one."""
    middle = (without + with_) // 2
    candidates = [*range(middle, without, -1), *range(middle + 1, with_)]
    for count in candidates[:_MOST_TRIED]:
        try:
            return count, tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
    return 0, None


def _holds(document: Any, path: tuple[str | int, ...]) -> bool:
    for step in path:
        if isinstance(step, int):
            if not isinstance(document, list) or len(document) <= step:
                return False
        elif not isinstance(document, dict) or step not in document:
            return False
        document = document[step]
    return True


def _entry(path: Path, text: str, section: str, name: str, value: Any) -> Entry:
    keys = (section, name) if section else (name,)
    return Entry(section, name, value, Place(str(path), ".".join(keys), text), path.parent)


def _text(path: Path, missing: str) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        _refuse(path, None, "there is no such file", missing)
    except OSError as error:
        _refuse(path, None, f"it cannot be read ({error.strerror})", "Check the path and its permissions.")
    try:
        # TOML counts \r\n as one line end; a byte order mark is what Windows editors leave.
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        _refuse(path, line, "it is not UTF-8", "Save the file as UTF-8.")


def _document(path: Path, text: str, example: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, line = _toml_fault(str(error), text)
        twice = "twice" in reason or "overwrite" in reason
        remedy = "Keep it once." if twice else "Write key = value, text in quotes."
        if table := re.search(r"declare \('(\w+)',\) twice", str(error)):
            remedy = f"[{table[1]}] is there already: write its keys under that one."
        _refuse(path, line, f"it is not valid TOML: {reason}", remedy)
    except (ValueError, RecursionError):
        # A number of thousands of digits, or brackets nested by the thousand.
        _refuse(path, None, "it holds a value out of all bounds", example)


def _toml_fault(message: str, text: str) -> tuple[str, int]:
    """The parser says ``Invalid value (at line 3, column 9)`` or ``… (at end of document)``."""
    reason = message.partition(" (at ")[0]
    found = re.search(r"at line (\d+)", message)
    return reason[:1].lower() + reason[1:], int(found[1]) if found else text.rstrip("\n").count("\n") + 1


def _refuse(path: Path, line: int | None, reason: str, remedy: str) -> NoReturn:
    raise ConfigError([Problem(str(path), "", line, reason, remedy)]) from None
