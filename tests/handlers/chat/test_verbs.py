"""Verbs: where the command ends and its words begin."""

from __future__ import annotations

import pytest

import handlers
from handlers.chat import verbs

assert handlers.__all__  # the register is full


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("/start _t4jwQjPJQR7aj6qH74dpA", "_t4jwQjPJQR7aj6qH74dpA"),
        ("link __uF1DaSF_17LMJtJztHUQ", "__uF1DaSF_17LMJtJztHUQ"),
        ("link -9a_b", "-9a_b"),
        ("note _urgent_ call back", "_urgent_ call back"),
        ("/contact_new: Jane Doe", "Jane Doe"),
        ("call_Jane", "Jane"),
    ],
)
def test_what_follows_the_verb_is_kept_as_it_was_typed(line: str, rest: str) -> None:
    """A code or a word that begins with an underscore keeps it; one that joins it to the verb goes."""
    found = verbs.opening(line)
    assert found is not None
    assert found.rest == rest
