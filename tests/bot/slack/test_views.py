"""A form as Slack's modal, and an answer as its Home tab: within every limit, with no markup in it."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.slack import views
from bot.slack.address import Address
from bot.slack.speaking import Words
from handlers.chat.i18n import Locale
from handlers.chat.reply import Button, Buttons, Form, Input, Reply, Text
from tests.bot.slack.test_render import HOSTILE, texts
from tests.emulators.slack.methods.views import view_problems

EN = Locale("en-GB")


def words(reply: Reply) -> Words:
    """A reply for somebody's own surface."""
    return Words(reply, EN, Address("", "U1"))


_said = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=200)).filter(str.strip)
_choices = st.lists(st.tuples(_said, st.text(min_size=1, max_size=20)), min_size=1, max_size=120).map(tuple)


KINDS: tuple[Literal["line", "lines", "choice", "record"], ...] = ("line", "lines", "choice", "record")
_an_input = st.builds(
    Input,
    name=st.just(""),
    label=_said,
    kind=st.sampled_from(KINDS),
    required=st.booleans(),
    value=st.text(max_size=40),
    hint=_said,
    choices=_choices,
)


@st.composite
def _inputs(draw: st.DrawFn) -> tuple[Input, ...]:
    found = draw(st.lists(_an_input, min_size=1, max_size=12))
    return tuple(replace(each, name=f"p{number}") for number, each in enumerate(found))


@settings(max_examples=60, deadline=None)
@given(_said, _inputs())
def test_slack_takes_any_form(said: str, inputs: tuple[Input, ...]) -> None:
    """Whatever records are called: each text is plain, and none is too long."""
    form = Form(said, said, said, "note", inputs, token="t" * 22)
    view = views.modal(words(Reply((), form=form)), "x" * 40)
    assert view_problems(view, "modal") == []
    assert {found["type"] for found in texts(view)} == {"plain_text"}


@pytest.mark.threat("S7")
def test_nothing_but_the_token_stands_in_the_metadata() -> None:
    """What a form is for is kept by Parley, and not by the one who fills it in."""
    form = Form("Note", "Save", "Cancel", "note", (Input("notes", "What?"),), token="t" * 22)
    view = views.modal(words(Reply((), form=form)))
    assert view["private_metadata"] == "t" * 22
    assert views.form_of(view["callback_id"]) == ("note", "en-GB")


@pytest.mark.parametrize("callback", ["", "form", "form note", "other note en-GB", "form note en-GB more"])
def test_a_callback_id_of_another_shape_is_none_of_ours(callback: str) -> None:
    """A form that was altered fills nothing and has no language."""
    assert views.form_of(callback) == ("", "")


def test_a_full_day_fits_the_home_tab() -> None:
    """Ten follow-ups with three buttons each, and what stands below them: at most a hundred blocks."""
    rows: list[Any] = []
    for number in range(10):
        rows.append(Text(f"⏰ {number}:00 · " + "call somebody about something " * 5))
        rows.append(Buttons(tuple(Button(label, token="t" * 22) for label in ("Done", "Snooze", "Open"))))
    view = views.home(words(Reply(tuple(rows))))
    assert view_problems(view, "home") == []
    assert len(view["blocks"]) == 20
