"""What can be wrong with a configuration, said so that it can be mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. ``file`` is a path, or ``environment``; ``line`` counts from 1.

    ``key`` is dotted (``telegram.token``), or the variable's name in the environment, or empty where
    the file as a whole is meant.
    """

    file: str
    key: str
    line: int | None
    reason: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        subject = f"{self.key} {self.reason}" if self.key else self.reason
        return f"{place}: {subject}. {self.remedy}"


class ConfigError(Exception):
    """The configuration cannot be used; every problem found is named, one a line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)

    @property
    def file(self) -> str:
        """Of the first problem."""
        return self.problems[0].file

    @property
    def key(self) -> str:
        """Of the first problem."""
        return self.problems[0].key

    @property
    def line(self) -> int | None:
        """Of the first problem."""
        return self.problems[0].line

    @property
    def remedy(self) -> str:
        """Of the first problem."""
        return self.problems[0].remedy
