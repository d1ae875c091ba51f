"""Verbs: where the command ends and its words begin."""

from __future__ import annotations

import pytest

import handlers
from handlers.chat import reading, verbs

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


@pytest.mark.parametrize(
    ("line", "command", "rest"),
    [
        ("called Jane Roy yesterday 15min", "call", "Jane Roy yesterday 15min"),
        ("J’ai appelé Jane hier", "call", "Jane hier"),
        ("remind me to send the quote friday 9am", "remind", "send the quote friday 9am"),
        ("Remind me Jane friday", "remind", "Jane friday"),
        ("rappelle-moi d’appeler Jane mardi 9h", "remind", "appeler Jane mardi 9h"),
        ("rappelle moi de relancer Jane mardi", "remind", "relancer Jane mardi"),
        ("new-contact Ann Lee", "contact_new", "Ann Lee"),
        ("log  call Jane", "call", "Jane"),
        ("meeting with Jane at 3pm", "meeting", "Jane at 3pm"),
        ("RDV avec Jane demain 14h", "meeting", "Jane demain 14h"),
    ],
)
def test_a_verb_is_read_as_people_write_it(line: str, command: str, rest: str) -> None:
    """In the past, with its little words, with or without its hyphen."""
    found = verbs.opening(reading.normalise(line))
    assert found is not None
    assert (found.command, found.rest) == (command, rest)


@pytest.mark.parametrize("line", ["caller Jane", "notebook for Jane", "dealers"])
def test_a_longer_word_is_not_the_verb_that_it_begins_with(line: str) -> None:
    """So that ``notebook`` is no note."""
    assert verbs.opening(reading.normalise(line)) is None
