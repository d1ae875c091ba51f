"""No text can steer the terminal that shows it."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.console import harmless

STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
anything = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07", "␛[2J␛]0;owned␇"),
        ("nul\x00 del\x7f", "nul␀ del␡"),
        ("\u202egnp.exe", "<U+202E>gnp.exe"),
        ("\u2066a\u2069", "<U+2066>a<U+2069>"),
        ("Ja\u200bne", "Ja<U+200B>ne"),
        ("Ja\u200dne", "Ja<U+200D>ne"),
        ("\x9b31m", "<U+009B>31m"),
        ("\ufeffJane", "<U+FEFF>Jane"),
        ("\ud800", "<U+D800>"),
        ("\u3164", "<U+3164>"),
        ("a\tb", "a b"),
        ("*<b> <!channel> {0.__class__}", "*<b> <!channel> {0.__class__}"),
    ],
)
def test_what_would_steer_is_shown(given_text: str, shown: str) -> None:
    """Escapes, overrides and undrawn characters become visible signs, and markup stays as typed."""
    assert harmless.line(given_text) == shown


@pytest.mark.parametrize(
    "text", ["12\u202f000\u00a0€", "Zoé", "e\u0301", "日本", "שלום", "🏄🏽", "\U0001f1eb\U0001f1f7"]
)
def test_writing_of_every_language_stays(text: str) -> None:
    """Letters, marks, flags and the narrow spaces of French figures are left alone."""
    assert harmless.line(text) == text


def test_joiners_go_where_they_only_shape() -> None:
    """A Persian name and a composed picture stay readable, without the characters nobody sees."""
    assert harmless.line("علی\u200cرضا 👩\u200d💻 ↩\ufe0e") == "علیرضا 👩💻 ↩"


def test_a_line_is_one_line() -> None:
    """What breaks lines is marked where one line is shown."""
    assert harmless.line("12 rue\r\n\n  Paris\u2028x\n") == "12 rue ⏎ Paris<U+2028>x"


def test_lines_keep_their_indent_and_lose_empty_ones() -> None:
    """A text keeps its shape, but for the lines that say nothing."""
    assert harmless.lines("a\n\n  b \n\t\n") == ["a", "  b"]


@given(anything)
@example("\r")
@example("\x1c\x85\u2029")
def test_nothing_that_steers_gets_out(text: str) -> None:
    """Whatever is shown holds no control, format, surrogate or line-breaking character."""
    for line in harmless.lines(text):
        assert not {unicodedata.category(char) for char in line} & STEERING
        assert line.strip()


@given(st.text(st.characters(exclude_characters="<")))
def test_no_letter_is_lost(text: str) -> None:
    """Every letter and digit of a text is still there, in order."""
    shown = re.sub(r"<U\+[0-9A-F]{4,6}>", "", harmless.line(text))
    said = "".join(char for char in text if harmless.line(char)[:3] != "<U+")
    assert _letters(shown) == _letters(said)


def _letters(text: str) -> list[str]:
    return [char for char in text if unicodedata.category(char)[0] in "LN"]


@pytest.mark.parametrize(
    ("text", "cells"), [("Jane", 4), ("日本", 4), ("e\u0301", 1), ("12\u202f000", 6), ("✅", 2)]
)
def test_cells(text: str, cells: int) -> None:
    """Wide signs take two cells and combining marks none."""
    assert harmless.cells(text) == cells
