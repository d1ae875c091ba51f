"""Named points at which a test can kill the process, to prove that nothing is lost there.

``PARLEY_FAILPOINT=before_commit:3`` ends the process at its third pass of that point, as ``kill -9``
would: no handler runs, no buffer is written. Without the variable a point does nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal, get_args

Point = Literal[
    "after_fetch",
    "after_inbox",
    "before_commit",
    "after_commit",
    "after_ack",
    "before_send",
    "after_send",
    "after_sent_mark",
    "mid_import",
    "mid_migration",
    "lease_lost",
    "mid_shutdown",
]
POINTS: tuple[Point, ...] = get_args(Point)
VARIABLE = "PARLEY_FAILPOINT"
EXIT_STATUS = 137  # what a shell reports of a process that was killed by SIGKILL: 128 + 9


class _Fuse:
    """The one armed point and how many passes are left until it burns."""

    def __init__(self, point: str | None, passes: int) -> None:
        self.point = point
        self.passes = passes

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> _Fuse:
        setting = environ.get(VARIABLE, "")
        if not setting:
            return cls(None, 0)
        point, _, passes = setting.partition(":")
        if point not in POINTS:
            raise ValueError(f"{VARIABLE}={setting}: no such point; there are {', '.join(POINTS)}")
        if not passes.isascii() or not passes.isdigit() or int(passes) < 1:
            raise ValueError(f"{VARIABLE}={setting}: name the pass too, such as {point}:1")
        return cls(point, int(passes))

    def burn(self) -> None:
        self.passes -= 1
        if self.passes == 0:
            os._exit(EXIT_STATUS)


_fuse = _Fuse.of(os.environ)


def reach(point: Point) -> None:
    """Note that the process passes ``point``; ends it there where a test asked for that."""
    if point == _fuse.point:
        _fuse.burn()
