"""Verbs: which command a line begins with, in any language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from handlers.chat.command import REGISTER
from handlers.chat.language import languages
from handlers.chat.reading import LONGEST_READ, QUOTED, flat
from models.search import fold


@dataclass(frozen=True, slots=True)
class Opening:
    """The command of a line and what stands after its verb.

    ``typed`` is the verb as typed; ``meant`` the verb that a slip was read as, empty without one.
    """

    command: str
    rest: str
    typed: str
    meant: str = ""


@cache
def _verbs() -> dict[str, str]:
    """Every folded verb, its hyphens as spaces, with its command, the most words first."""
    pairs = {
        fold(verb).replace("-", " "): name
        for language in languages()
        for name, verbs in language.verbs.items()
        for verb in verbs
        if name in REGISTER
    }
    return dict(sorted(pairs.items(), key=lambda pair: (-len(pair[0].split()), -len(pair[0]))))


@cache
def _pattern() -> re.Pattern[str]:
    words = (re.escape(verb).replace(r"\ ", r"[\s-]+") for verb in _verbs())
    them = "|".join(re.escape(fold(word)) for language in languages() for word in language.pronouns_alone)
    # An elided word (« rappelle-moi d'appeler ») ends in its apostrophe, any other where its letters do; a
    # pronoun may hang on it (« rappelle-la »).
    return re.compile(rf"\s*/?(?P<verb>{'|'.join(words)})(?:(?<=')|(?![\w'-])|(?=-(?:{them})(?![\w'-])))")


# Between the verb and its words. Looked for in the line as it was typed: an underscore may begin a word.
_GAP = re.compile(r"[_-]?\s*:?\s*")
# What people put in front by habit: the slash command of Slack.
_ROOT = re.compile(r"\s*/crm\b\s*", re.IGNORECASE)


def opening(line: str) -> Opening | None:
    """The command that a line begins with, None where it begins with none."""
    root = _ROOT.match(line)
    line = line[root.end() :] if root else line
    match = _pattern().match(flat(line[:LONGEST_READ]).replace("_", " "))
    if match:
        name = _verbs()[" ".join(match["verb"].replace("-", " ").split())]
        gap = _GAP.match(line, match.end())
        assert gap is not None  # it may be empty
        return Opening(name, line[gap.end() :], line[: match.end()].strip(" /"))
    return Opening("move", line, ">") if _arrow(line[:LONGEST_READ]) else None


def _arrow(line: str) -> bool:
    """``acme > negotiation`` needs no verb; a ``>`` inside quotes, or first in the line, is none."""
    return re.search(r"\S\s*(?:->|→|>)\s*\S", QUOTED.sub("", line)) is not None


def misspelt(line: str) -> Opening | None:
    """The command whose one-word verb the first word misses by a single slip, if just one fits."""
    first, rest = _first_word(line)
    if len(first) < 3:
        return None
    near = process.extract(first, _single_verbs(), scorer=OSA.distance, score_cutoff=1, limit=4)
    if len({_verbs()[verb] for verb, _, _ in near}) != 1:
        return None
    meant = str(near[0][0])
    return Opening(_verbs()[meant], rest, first, meant)


def nearest(line: str) -> Sequence[str]:
    """The two commands whose verbs are nearest to the first word."""
    first, _ = _first_word(line)
    ranked = process.extract(first, _single_verbs(), scorer=OSA.normalized_similarity, limit=None)
    names = dict.fromkeys(_verbs()[verb] for verb, _, _ in ranked)
    return list(names)[:2]


@cache
def _single_verbs() -> list[str]:
    return [verb for verb, name in _verbs().items() if verb.isalpha() and not REGISTER[name].hidden]


def _first_word(line: str) -> tuple[str, str]:
    parts = line.strip().lstrip("/").split(maxsplit=1)
    return fold(parts[0].rstrip(":,")) if parts else "", parts[1] if len(parts) > 1 else ""


def shown(name: str, language: str) -> str:
    """The verb to show for a command, in a language."""
    own = next(entry for entry in languages() if entry.tag == language)
    return own.verbs[name][0]


def others(name: str, language: str) -> list[str]:
    """What else may be typed for a command, the language's own first."""
    ordered = sorted(languages(), key=lambda entry: entry.tag != language)
    return [verb for entry in ordered for verb in entry.verbs.get(name, ())][1:]


def example(name: str, language: str) -> str:
    """A line that works in the demo, in a language; empty for commands that buttons alone use."""
    return next(entry for entry in languages() if entry.tag == language).examples.get(name, "")
