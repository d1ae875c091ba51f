"""Fail points: the process ends where a test says, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bot import failpoint
from bot.failpoint import EXIT_STATUS, POINTS, VARIABLE

PASSES = """
import atexit
from bot.failpoint import reach
atexit.register(print, "at exit")
for number in range(1, 4):
    reach("after_inbox")
    reach("before_commit")
    print(number, flush=True)
"""


def _run(setting: str | None) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if name != VARIABLE}
    environ |= {VARIABLE: setting} if setting is not None else {}
    return subprocess.run(
        [sys.executable, "-c", PASSES], env=environ, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("passes", [1, 2, 3])
def test_the_process_ends_at_the_pass_that_was_asked_for(passes: int) -> None:
    """It ends at the n-th pass of that point, with the status of a kill, and runs nothing on its way out."""
    ended = _run(f"before_commit:{passes}")
    assert ended.returncode == EXIT_STATUS
    assert ended.stdout.split() == [str(number) for number in range(1, passes)]


@pytest.mark.parametrize("setting", [None, "", "before_commit:4", "after_send:1"])
def test_nothing_happens_at_other_points_and_passes(setting: str | None) -> None:
    """Without the variable, and at points that it does not name, the process goes on to its end."""
    ended = _run(setting)
    assert ended.returncode == 0
    assert ended.stdout.split() == ["1", "2", "3", "at", "exit"]


@pytest.mark.parametrize(
    "setting", ["before_lunch:1", "before_commit", "before_commit:", "before_commit:0", "x"]
)
def test_a_setting_that_names_no_point_or_no_pass_is_refused_at_once(setting: str) -> None:
    """A misspelt point would make a kill test pass without a kill; the import fails instead."""
    ended = _run(setting)
    assert ended.returncode not in (0, EXIT_STATUS)
    assert f"ValueError: {VARIABLE}={setting}" in ended.stderr
    assert not ended.stdout


def test_the_twelve_points_are_known() -> None:
    """The points are those between which a message can be lost or done twice."""
    assert len(POINTS) == len(set(POINTS)) == 12
    assert failpoint.reach(POINTS[0]) is None  # type: ignore[func-returns-value]
