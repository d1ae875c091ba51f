"""Slack's markup, where plain text cannot do: times on the reader's clock, numbers and places to tap."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.mrkdwn import dated, escaped, reachable
from handlers.chat.reply import Field

TEN = ("Thu 15 Oct 10:00", 1792051200)
MOST = 3000
KINDS = ("phone", "email", "address")


def test_a_time_is_shown_on_each_readers_clock() -> None:
    """docs.slack.dev/messaging/formatting-message-text, "Date formatting"; its words are the fallback."""
    assert dated("⏰ Thu 15 Oct 10:00 · call <Omar> & co", [TEN], MOST) == (
        "⏰ <!date^1792051200^{date_short_pretty} {time}|Thu 15 Oct 10:00> · call &lt;Omar&gt; &amp; co"
    )


def test_a_time_whose_zone_is_named_stays_as_it_is_written() -> None:
    """Ten in New York would be shown as four in Paris, with New York behind it."""
    assert dated("⏰ Thu 15 Oct 10:00 (New York) · call Jane", [TEN], MOST) == ""


@pytest.mark.parametrize("words", ["*call*", "_me_", "`x`", "~y~", ":fire:", "> quoted", "a\n> b"])
def test_words_that_slack_would_style_stay_plain(words: str) -> None:
    """The time is then read as it was said."""
    assert dated(f"Thu 15 Oct 10:00\n{words}", [TEN], MOST) == ""


def test_what_would_not_fit_stays_plain() -> None:
    """A mark is longer than the time it stands for."""
    text = "Thu 15 Oct 10:00" + "x" * 100
    assert dated(text, [TEN], len(text)) == ""


def test_numbers_addresses_and_places_can_be_tapped() -> None:
    """Each of several; a place is looked up on a map by whoever presses it."""
    assert reachable(Field("Phone", "+33612345678, +4420", "phone"), MOST) == (
        "<tel:+33612345678|+33612345678>, <tel:+4420|+4420>"
    )
    assert reachable(Field("E-mail", "jane@acme.example", "email"), MOST) == (
        "<mailto:jane@acme.example|jane@acme.example>"
    )
    place = reachable(Field("Address", "1 rue <A> & B, Lyon", "address"), MOST)
    assert place.startswith(
        "<https://www.openstreetmap.org/search?query=1%20rue%20%3CA%3E%20%26%20B%2C%20Lyon|"
    )
    assert place.endswith("|1 rue &lt;A&gt; &amp; B, Lyon>")


@pytest.mark.threat("S8")
@given(
    st.text(alphabet="<>|&!@#:+*_`~/ a1.-\u202e\u200b", max_size=40),
    st.sampled_from(["phone", "email", "address"]),
)
def test_no_value_makes_a_link_of_its_own(value: str, kind: str) -> None:
    """A mark is a number's, an address's or the map's, and nothing in it is left unescaped."""
    shown = reachable(Field("x", value, kind), MOST)  # type: ignore[arg-type] # one of the three
    for target, label in re.findall(r"<([^|>]*)\|([^>]*)>", shown):
        assert target.startswith(("tel:+", "mailto:", "https://www.openstreetmap.org/search?query="))
        assert "<" not in label and "!" not in target[:1]
    left = re.sub(r"<[^|>]*\|[^>]*>", "", shown)
    assert not set("<>") & set(left)


@pytest.mark.threat("S8")
@given(st.text(alphabet="<>|&!@#:^ a1{}\n", max_size=40))
def test_words_around_a_time_ping_nobody(words: str) -> None:
    """Only the time is markup."""
    shown = dated(f"{words}Thu 15 Oct 10:00{words}", [TEN], MOST)
    token = "<!date^1792051200^{date_short_pretty} {time}|Thu 15 Oct 10:00>"
    assert shown in ("", escaped(words) + token + escaped(words))
