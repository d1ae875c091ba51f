"""Promise: a sentence, and what in the evidence shows that it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.promises.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it is held, and the figure that says so."""

    held: bool
    figure: str


@dataclass(frozen=True, slots=True)
class Promise:
    """``look`` finds the verdict; what it raises means: not held."""

    sentence: str
    look: Callable[[Evidence], Verdict]

    def verdict(self, evidence: Evidence) -> Verdict:
        """What the evidence says."""
        try:
            return self.look(evidence)
        except (LookupError, ValueError, OSError) as error:
            return Verdict(False, f"no evidence: {type(error).__name__}: {error}"[:200])


def shown_by(*modules: str) -> Callable[[Evidence], Verdict]:
    """Every test of these modules passed, one at least of each; with the figures that they noted."""

    def look(evidence: Evidence) -> Verdict:
        cases = [case for module in modules for case in evidence.tests.of(module)]
        bad = [case.name for case in cases if not case.passed]
        figures = [f"{len(cases)} tests", *(figure for case in cases for figure in case.figures)]
        return Verdict(not bad, "; ".join([*bad[:3], *figures]))

    return look
