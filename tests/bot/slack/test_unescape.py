"""What people type, out of what Slack makes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.unescape import mentions, unescaped, without_mention
from tests.emulators.slack import typed


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("R&amp;D &lt;b&gt;", "R&D <b>"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("assign D-142 <@U024BE7LH>", "assign D-142 @U024BE7LH"),
        ("assign D-142 <@U024BE7LH|sam>", "assign D-142 @U024BE7LH"),
        ("deal <#C024BE7LR|acme>", "deal #acme"),
        ("deal <#C024BE7LR>", "deal #C024BE7LR"),
        ("deal <#C024BE7LR|>", "deal #C024BE7LR"),
        ("<!here> and <!channel|@channel>", "@here and @channel"),
        ("<!subteam^S0123|@sales> <!subteam^S0123>", "@sales @S0123"),
        ("<!date^1392734382^{date}|18 Feb 2014>", "18 Feb 2014"),
        ("<mailto:a@b.fr|a@b.fr>", "a@b.fr"),
        ("<mailto:a@b.fr|Jane>", "Jane (a@b.fr)"),
        ("<tel:+33612345678|+33 6 12 34 56 78>", "+33 6 12 34 56 78"),
        ("<tel:+33612345678|the office>", "the office (+33612345678)"),
        ("<http://acme.com|acme.com>", "acme.com"),
        ("<http://acme.com/|Acme.com>", "Acme.com"),
        ("<https://acme.com/42>", "https://acme.com/42"),
        ("<https://acme.com/42|https://acme.com/42>", "https://acme.com/42"),
        ("<https://acme.com/42|our offer>", "our offer (https://acme.com/42)"),
        ("<https://acme.com/?a=1&amp;b=2>", "https://acme.com/?a=1&b=2"),
        ("5 < 6 > 4 <b> <>", "5 < 6 > 4 <b> <>"),
        ("", ""),
    ],
)
def test_slacks_marks_become_what_was_typed(sent: str, meant: str) -> None:
    """Escapes, mentions, channels, addresses and links read as the person wrote them."""
    assert unescaped(sent) == meant


@given(st.text(alphabet=st.sampled_from("&<>;|@#!alt gmp\n")))
def test_any_plain_text_survives_slacks_escaping(text: str) -> None:
    """What people type without marks comes back exactly, whatever signs it is made of."""
    assert unescaped(typed.escaped(text)) == text


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    """Nothing that arrives makes reading fail."""
    assert isinstance(unescaped(text), str)


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        ("<@UBOT> deal acme", "deal acme"),
        ("<@UBOT>: deal acme", "deal acme"),
        ("<@UBOT|parley>, deal acme", "deal acme"),
        ("hey <@UBOT> deal acme", "hey deal acme"),
        ("first\n<@UBOT> second", "first\n second"),
        ("assign D-1 <@USAM> <@UBOT>", "assign D-1 <@USAM>"),
        ("<@UBOTTLE> deal acme", "<@UBOTTLE> deal acme"),
        (" : deal", " : deal"),
    ],
)
def test_the_mention_of_the_bot_is_taken_out(sent: str, left: str) -> None:
    """Only the bot's own mention goes, with the sign that sets it off."""
    assert without_mention(sent, "UBOT") == left


@pytest.mark.parametrize(
    ("sent", "named"), [("<@UBOT> hi", True), ("<@UBOT|parley>", True), ("<@UBOTTLE> UBOT", False)]
)
def test_a_mention_is_told_from_a_longer_id(sent: str, named: bool) -> None:
    """An id that only begins with ours names somebody else."""
    assert mentions(sent, "UBOT") is named
