"""Reading a set-up file: every mistake with its file, line, key and remedy, before anything is compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from bot.config.errors import ConfigError, Problem
from bot.config.layers import line_of, read_toml
from bot.setup_file.checks import Where, check
from bot.setup_file.document import Document, FieldTable, PipelineTable, RoomTable, TeamTable
from models.member import Role

# A set-up is a few kilobytes; and so many mistakes at once are one: it is another kind of file.
LARGEST = 200_000  # bytes
MOST_PROBLEMS = 20

_SEE = "Compare it with what `parley config export` prints."
_WORDS = {
    "int": "a whole number",
    "str": "text, in quotes",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "float": "a number",
}


@dataclass(slots=True)
class Problems:
    """The mistakes of one file, as they are found."""

    file: Path
    text: str
    found: list[Problem] = field(default_factory=list)

    def add(self, path: Where, reason: str, remedy: str) -> None:
        """Something is wrong with what stands at this path."""
        if len(self.found) < MOST_PROBLEMS:
            key = ".".join(step for step in path if isinstance(step, str))
            self.found.append(Problem(str(self.file), key, line_of(self.text, path), reason, remedy))


def read(path: Path) -> Document:
    """What a file says.

    Raises:
        ConfigError: anything is unknown, of the wrong type, or impossible; all problems at once.
    """
    _require_small(path)
    missing = "Name another, or make one: parley config export FILE"
    text, given = read_toml(path, missing=missing, example=_SEE)
    problems = Problems(path, text)
    document = _document(given, problems)
    if not problems.found:
        for place, reason, remedy in check(document):
            problems.add(place, reason, remedy)
    if problems.found:
        raise ConfigError(problems.found)
    return document


def _require_small(path: Path) -> None:
    """Raises: ConfigError."""
    try:
        size = path.stat().st_size
    except OSError:
        return  # which reading it will say better
    if size > LARGEST:
        raise ConfigError([Problem(str(path), "", None, f"it has {size} bytes, which no set-up has", _SEE)])


def _document(given: dict[str, Any], problems: Problems) -> Document:
    known = get_type_hints(Document)
    tables = dict[str, Any]()
    for name, value in given.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            remedy = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
            problems.add((name,), "is not known", remedy)
            continue
        tables[name] = _converted(name, value, known[name], problems)
    return Document(**tables) if not problems.found else Document()


_ROWS: dict[str, Any] = {
    "fields": FieldTable,
    "pipelines": PipelineTable,
    "teams": TeamTable,
    "rooms": RoomTable,
}


def _converted(name: str, value: Any, hint: Any, problems: Problems) -> Any:
    """One top-level value; the rows of a list and the entries of a table of texts each by itself."""
    if name in _ROWS and isinstance(value, list):
        rows = enumerate(value)
        return [_one(each, _ROWS[name], (name, index), problems) for index, each in rows]
    if name == "rates" and isinstance(value, dict):
        return {key: _rate(each, (name, key), problems) for key, each in value.items()}
    if name == "roles" and isinstance(value, dict):
        return {key: _one(each, Role, (name, key), problems) for key, each in value.items()}
    return _one(value, hint, (name,), problems)


def _rate(value: Any, path: Where, problems: Problems) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        problems.add(path, "must be a number", 'Write it as USD = "0.92".')
    return str(value)


def _one(value: Any, kind: Any, path: Where, problems: Problems) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        problems.add(*_fault(str(error), path))
        return None


def _fault(message: str, path: Where) -> tuple[Where, str, str]:
    """What msgspec found, as: Expected `int`, got `str` - at `$.stages[1].probability`."""
    told, _, at = message.partition(" - at ")
    place = (*path, *_steps(at))
    if found := re.search(r"unknown field `(.*)`", told):
        return (*place, found[1]), "is not known", _SEE
    if found := re.search(r"missing required field `(.*)`", told):
        return place, f"lacks {found[1]}", f"Write {found[1]} = …"
    if found := re.search(r"Expected `([a-z]+)[^`]*`", told):
        return place, f"must be {_WORDS.get(found[1], found[1])}", _SEE
    if found := re.search(r"Invalid (?:enum )?value (.*)", told):
        return place, f"cannot be {found[1]}", _SEE
    return place, "cannot be read", _SEE


def _steps(at: str) -> Iterator[str | int]:
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", at):
        yield name or int(index)
