"""Figures: what was measured, beside what, and whether that is enough."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure must not exceed or, ``at_least``, must reach, in its unit."""

    limit: float
    unit: str = "×"
    at_least: bool = False

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.limit:g}{self.unit if self.unit == '×' else f' {self.unit}'}"

    def holds(self, value: float) -> bool:
        """Whether a figure is good enough."""
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement.

    ``ours`` and ``theirs`` say both sides in words, with their units; ``theirs`` names the peer.
    ``value`` is what the bar is held against: a ratio, or our own figure where the bar has a unit.
    ``bar`` None: printed, without a bar for now.
    """

    what: str
    ours: str
    theirs: str
    value: float
    bar: Bar | None = None
    unit: str = "×"

    @property
    def held(self) -> bool | None:
        """Whether the bar is held; None where there is none."""
        return None if self.bar is None else self.bar.holds(self.value)

    @property
    def verdict(self) -> str:
        """``held``, ``not held``, or a dash where there is no bar."""
        return {True: "held", False: "not held", None: "–"}[self.held]

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of a table, see :data:`HEAD`."""
        shown = f"{self.value:.1f}×" if self.unit == "×" else f"{self.value:.2f} {self.unit}"
        return (self.what, self.ours, self.theirs, shown, str(self.bar or "–"), self.verdict)


HEAD = ("measured", "Parley", "beside it", "figure", "must", "verdict")


def text(figures: Sequence[Figure]) -> str:
    """A table for a terminal."""
    rows = [HEAD, *(figure.row for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(_padded(row, widths).rstrip() for row in rows)


def _padded(row: Iterable[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))


def markdown(figures: Sequence[Figure]) -> str:
    """The same table for docs/benchmarks.md."""
    rows = [HEAD, ("---",) * len(HEAD), *(figure.row for figure in figures)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


@dataclass(frozen=True, slots=True)
class Sides:
    """What two sides took in alternating rounds, in one unit; a round of each stands side by side."""

    ours: Sequence[float]
    theirs: Sequence[float]

    @property
    def ratio(self) -> float:
        """How many times theirs ours is: the median of the rounds, so that a disturbed one weighs little."""
        return statistics.median(a / b for a, b in zip(self.ours, self.theirs, strict=True))

    @property
    def medians(self) -> tuple[float, float]:
        """Ours and theirs."""
        return statistics.median(self.ours), statistics.median(self.theirs)
