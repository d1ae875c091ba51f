"""A sentence that was not understood: what went wrong, as data. The words are made in answering.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers.chat.reply import Invocation


@dataclass(frozen=True, slots=True)
class Choice:
    """One likely answer: its label, and what the parameter's kind dumped for it."""

    label: str
    value: Any


class NotUnderstood(Exception):
    """A line, or a part of it, that cannot be read."""


class Asked(NotUnderstood):
    """One argument is missing or can be read in several ways: it is asked for, nothing is written.

    ``invocation`` holds what is known so far, ``parameter`` what is asked, ``prompt`` the question,
    ``choices`` likely answers. ``extra`` are further buttons, each a whole command.
    """

    def __init__(
        self,
        invocation: Invocation,
        parameter: str,
        prompt: str,
        choices: Sequence[Choice] = (),
        extra: Sequence[tuple[str, Invocation]] = (),
    ) -> None:
        super().__init__(f"{invocation.command}: {parameter}")
        self.invocation = invocation
        self.parameter = parameter
        self.prompt = prompt
        self.choices = tuple(choices)
        self.extra = tuple(extra)


class Misread(NotUnderstood):
    """A value that was recognised and cannot be: 30 February, 25 o'clock, an amount out of range.

    ``sentence`` is in the reader's language.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class UnknownVerb(NotUnderstood):
    """A line that begins with no command. ``nearest`` are the two nearest commands."""

    def __init__(self, line: str, nearest: Sequence[str]) -> None:
        super().__init__(line)
        self.line = line
        self.nearest = tuple(nearest)
