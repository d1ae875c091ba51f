"""``python -m tests.promises``: prints each promise, held or not held, with its figure."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.promises import crm, house, services
from tests.promises.evidence import Evidence

ALL = (*house.PROMISES, *crm.PROMISES, *services.PROMISES)


def main() -> int:
    """Look at all of them; returns the exit status, 1 where one is not held."""
    broken = 0
    with tempfile.TemporaryDirectory(prefix="parley-promises-") as folder:
        evidence = Evidence(Path(folder))
        for promise in ALL:
            verdict = promise.verdict(evidence)
            broken += not verdict.held
            _say(f"{'held    ' if verdict.held else 'NOT HELD'}  {promise.sentence}")
            _say(f"          {verdict.figure}")
    _say(f"\n{len(ALL) - broken} of {len(ALL)} held")
    return 1 if broken else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
