"""How much a generated test tries: the same few cases in every run of ``make test``, new and many in a soak.

``PARLEY_SOAK=1`` (as ``make soak`` sets it) asks for the many. What Hypothesis finds then it prints, and
keeps in .hypothesis/ until it is mended.
"""

from __future__ import annotations

import os
import random

from hypothesis import HealthCheck, settings

SOAK = os.environ.get("PARLEY_SOAK") == "1"
# How many times as many examples a soak takes.
_TIMES = 50


def tries(examples: int, *, steps: int = 50) -> settings:
    """So many examples, always the same ones; in a soak fifty times as many, new each time.

    ``steps``: how long a run of a state machine is at most.
    """
    return settings(
        max_examples=examples * (_TIMES if SOAK else 1),
        stateful_step_count=steps,
        derandomize=not SOAK,
        deadline=None,
        # How fast a machine is says nothing about what is tested.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def seeds(count: int, soaked: int) -> list[int]:
    """Seeds for worlds made by chance: the first ``count``; in a soak ``soaked`` that nobody has seen."""
    if not SOAK:
        return list(range(1, count + 1))
    # The workers of one run must agree on their tests: xdist gives them the name of the run.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or random.SystemRandom().random()
    return random.Random(run).sample(range(1_000, 10**9), soaked)
