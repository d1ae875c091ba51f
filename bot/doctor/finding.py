"""What was found: one line, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``remedy`` says what to do, empty where all is well."""

    level: Level
    subject: str
    detail: str
    remedy: str = ""

    def __str__(self) -> str:
        mark = {"ok": "ok   ", "note": "note ", "wrong": "WRONG"}[self.level]
        return f"{mark} {self.subject}: {self.detail}" + (f"\n      → {self.remedy}" if self.remedy else "")


def report(findings: Iterable[Finding]) -> str:
    """One finding after another, what is wrong last, where it is seen."""
    order: dict[Level, int] = {"ok": 0, "note": 1, "wrong": 2}
    return "\n".join(str(finding) for finding in sorted(findings, key=lambda finding: order[finding.level]))
