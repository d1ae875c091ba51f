"""A reply in a terminal: as plain lines for a pipe, in boxes for a person; the same content in both."""

import math
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.console import colour, harmless, render
from bot.console.colour import Look
from handlers.chat.i18n import Locale
from handlers.chat.reply import (
    Block,
    Button,
    Buttons,
    Card,
    Chart,
    Field,
    File,
    Reply,
    Series,
    Table,
    Text,
)

ENGLISH = Locale(tag="en-GB", zone="Europe/Paris")
FRENCH = Locale(tag="fr-FR", zone="Europe/Paris")

RECEIPT = Reply(
    (
        Text("✅ Call logged · Jane Doe (Acme) · 20 min"),
        Buttons((Button("Undo", number=4), Button("Edit", number=5), Button("Open", number=6))),
    )
)
DEAL = Reply(
    (
        Card(
            "D-142 · Acme Renewal",
            (Field("Stage", "Proposal"), Field("Amount", "€12,000"), Field("Next step", "")),
            "wants 50 seats\n\nlegal is blocking",
        ),
    )
)
DEALS = Reply(
    (
        Table(
            ("#", "Deal", "Amount"),
            (
                ("1", "D-142 Acme Renewal", "€12,000"),
                ("2", "D-90 日本 Pilot", "€900"),
                ("3", "Zoe\u0301", ""),
            ),
            title="Your deals",
            numeric=(0, 2),
        ),
    )
)
WON = Reply(
    (
        Chart(
            "bar",
            "Won",
            ("Sep", "Oct", "Nov"),
            (Series("won", (2000, 1000.5, -500)),),
            unit="EUR",
            alt="Two thousand in September.",
        ),
    )
)
CARD_AT_30 = """\
╭──────────────────────╮
│ D-142 · Acme Renewal │
│ Stage      Proposal  │
│ Amount     €12,000   │
│ Next step            │
│ wants 50 seats       │
│ legal is blocking    │
╰──────────────────────╯

"""
TABLE_AT_60 = """\
Your deals
╭───┬────────────────────┬─────────╮
│ # │ Deal               │  Amount │
├───┼────────────────────┼─────────┤
│ 1 │ D-142 Acme Renewal │ €12,000 │
│ 2 │ D-90 日本 Pilot    │    €900 │
│ 3 │ Zoe\u0301                │         │
╰───┴────────────────────┴─────────╯

"""
TABLE_AT_24 = """\
Your deals
╭──────────────────────╮
│ #       1            │
│ Deal    D-142 Acme   │
│         Renewal      │
│ Amount  €12,000      │
╰──────────────────────╯
"""


def plain(reply: Reply) -> str:
    """The reply as a pipe reads it, in English."""
    return render.plain(reply, ENGLISH)


def drawn(reply: Reply, width: int = 80, *, push: bool = False) -> str:
    """The reply as a person sees it, with the terminal's own sequences taken out."""
    return unstyled(colour.styled(reply, ENGLISH, Look(width), push=push))


def unstyled(shown: str) -> str:
    """What is left on the screen of a text with colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", shown)


def ordinary(text: str) -> str:
    """With spaces as they are typed."""
    return re.sub("[\u00a0\u2007\u202f]", " ", text)


def test_plain_receipt() -> None:
    """A receipt is its sentence, its numbered buttons on one line, and an empty line."""
    assert plain(RECEIPT) == "✅ Call logged · Jane Doe (Acme) · 20 min\n[4] Undo  [5] Edit  [6] Open\n\n"


def test_plain_card() -> None:
    """A card is its title, a line for each field, and its body without empty lines."""
    assert plain(DEAL) == (
        "D-142 · Acme Renewal\nStage: Proposal\nAmount: €12,000\nNext step:\n"
        "wants 50 seats\nlegal is blocking\n\n"
    )


def test_plain_table() -> None:
    """A table's columns line up by the cells that signs take on the screen."""
    assert plain(DEALS) == (
        "Your deals\n"
        "#  Deal                 Amount\n"
        "1  D-142 Acme Renewal  €12,000\n"
        "2  D-90 日本 Pilot        €900\n"
        "3  Zoe\u0301\n"
        "\n"
    )


def test_plain_chart() -> None:
    """A chart is text bars of one scale with their figures, and what the picture says in words."""
    assert plain(WON) == (
        "Won (EUR)\n"
        "Sep  ████████████████████    2,000\n"
        "Oct  ██████████▏           1,000.5\n"
        "Nov  ░░░░░                    -500\n"
        "Two thousand in September.\n"
        "\n"
    )


def test_plain_chart_of_several_series() -> None:
    """Each bar of a chart with several series is named; a value that is missing or no number has none."""
    chart = Chart("line", "Calls", ("Mon", "Tue"), (Series("Léa", (4, math.nan)), Series("Marc", (2,))))
    assert plain(Reply((chart,))) == (
        "Calls\n"
        "Mon  Léa   ████████████████████  4\n"
        "Mon  Marc  ██████████            2\n"
        "Tue  Léa                         –\n"
        "Tue  Marc                        –\n"
        "\n"
    )


@pytest.mark.parametrize(
    ("size", "locale", "shown"),
    [
        (1, ENGLISH, "deals.csv (1 byte)"),
        (999, ENGLISH, "deals.csv (999 bytes)"),
        (12_345, ENGLISH, "deals.csv (12.3 kB)"),
        (2_000_000, ENGLISH, "deals.csv (2 MB)"),
        (12_345, FRENCH, "deals.csv (12,3 ko)"),
    ],
)
def test_plain_file(size: int, locale: Locale, shown: str) -> None:
    """A file is its name and its size, in the reader's units."""
    assert render.plain(Reply((File("deals.csv", "0" * 64, "text/csv", size),)), locale) == f"{shown}\n\n"


def test_a_pipe_reads_ordinary_spaces() -> None:
    """The spaces inside French figures can be searched for; at a prompt they keep the figure together."""
    reply = Reply((Card("x", (Field("Montant", "12\u202f000\u00a0€"),)),))
    assert render.plain(reply, FRENCH) == "x\nMontant : 12 000 €\n\n"
    assert "12\u202f000\u00a0€" in drawn(reply)


def test_every_line_of_a_push_is_marked() -> None:
    """A push is told from an answer by the mark on each of its lines."""
    assert render.plain(RECEIPT, ENGLISH, push=True, before="→ lea@acme.example", after="(sent again)") == (
        "» → lea@acme.example\n"
        "» ✅ Call logged · Jane Doe (Acme) · 20 min\n"
        "» [4] Undo  [5] Edit  [6] Open\n"
        "» (sent again)\n"
        "\n"
    )


def test_an_answer_cannot_pass_for_a_push() -> None:
    """A note that begins like a push is set in by a space, in both forms."""
    reply = Reply((Text("» Pay invoice 7\n»»"), Card("» x")))
    assert plain(reply) == " » Pay invoice 7\n »»\n » x\n\n"
    assert drawn(reply).startswith(" » Pay invoice 7\n »»\n")


def test_a_hostile_name_is_harmless() -> None:
    """A name that would clear the screen, reorder the line or add buttons is shown as what it is."""
    name = "Eve\x1b[2J\u202e\n[1] Pay\x00*<b> [red]:bomb:[/]"
    shown = "Eve␛[2J<U+202E> ⏎ [1] Pay␀*<b> [red]:bomb:[/]"
    reply = Reply((Card(name, (Field("Name", name),)), Buttons((Button(name, number=1),))))
    assert plain(reply) == f"{shown}\nName: {shown}\n[1] {shown}\n\n"
    assert drawn(reply).count(shown) == 3


def test_drawn_card() -> None:
    """A card is drawn in a box, its labels in a column."""
    assert drawn(DEAL, 30) == CARD_AT_30


def test_drawn_table() -> None:
    """A table is drawn with rules, figures to the right, wide and combining signs in step."""
    assert drawn(DEALS, 60) == TABLE_AT_60


def test_a_table_too_wide_becomes_cards() -> None:
    """Where a narrow window would break words, each row is a card, and nothing is cut."""
    assert drawn(DEALS, 24).startswith(TABLE_AT_24)


def test_buttons_wrap_between_buttons() -> None:
    """Buttons go on to the next line whole."""
    assert drawn(RECEIPT, 25).split("\n")[-4:] == ["[4] Undo  [5] Edit", "[6] Open", "", ""]


def test_drawn_push_is_marked_on_every_line() -> None:
    """Wrapped lines of a push carry its mark too, and stay within the window."""
    shown = drawn(DEAL, 40, push=True).split("\n")
    assert shown[-2:] == ["", ""]
    assert all(line.startswith("» ") and harmless.cells(line) <= 40 for line in shown[:-2])


def test_colours_follow_the_wish() -> None:
    """With colours a danger button is red; without them its number is still bold, and no colour is left."""
    reply = Reply((Buttons((Button("Delete", number=1, style="danger"),)),))
    assert colour.styled(reply, ENGLISH, Look(80)) == "\x1b[1;31m[1]\x1b[0m Delete\n\n"
    assert colour.styled(reply, ENGLISH, Look(80, colour=False)) == "\x1b[1m[1]\x1b[0m Delete\n\n"


def test_record_numbers_stand_out() -> None:
    """The numbers that can be typed again are highlighted, other words with a dash are not."""
    shown = colour.styled(Reply((Text("D-142 X-RAY AB-12 D-0 C-1"),)), ENGLISH, Look(80))
    assert shown == "\x1b[1;36mD-142\x1b[0m X-RAY AB-12 D-0 \x1b[1;36mC-1\x1b[0m\n\n"


def replies_of(words: st.SearchStrategy[str]) -> st.SearchStrategy[Reply]:
    """Replies of up to four blocks of every kind, whose strings are drawn from ``words``."""
    cells = st.lists(words, max_size=4).map(tuple)
    styles = st.sampled_from(("default", "primary", "danger"))
    values = st.lists(st.floats(), max_size=4).map(tuple)
    fields = st.lists(st.builds(Field, words, words), max_size=3).map(tuple)
    series = st.lists(st.builds(Series, words, values), max_size=3).map(tuple)
    numeric = st.lists(st.integers(0, 4), max_size=2).map(tuple)
    rows = st.lists(cells, max_size=3).map(tuple)
    buttons = st.lists(st.builds(Button, words, style=styles, number=st.integers(0, 99)), max_size=4).map(
        tuple
    )
    kinds = st.sampled_from(("bar", "line"))
    blocks: st.SearchStrategy[Block] = st.one_of(
        st.builds(Text, words),
        st.builds(Card, words, fields, words),
        st.builds(Table, cells, rows, words, numeric),
        st.builds(Chart, kinds, words, cells, series, words, words),
        st.builds(Buttons, buttons),
        st.builds(File, words, st.just("0" * 64), st.just("text/csv"), st.integers(0, 10**12)),
    )
    return st.builds(Reply, st.lists(blocks, max_size=4).map(tuple))


anything = replies_of(st.text(st.characters(exclude_categories=()), max_size=30))
short_words = replies_of(st.text("abcé日 ", max_size=6))


def texts(reply: Reply) -> list[str]:
    """Every string of a reply that must be readable, as it is shown."""
    found: list[str] = []
    for block in reply.blocks:
        match block:
            case Text(text):
                found += text.replace("\r\n", "\n").split("\n")
            case Card(title, fields, body):
                found += [title, *body.replace("\r\n", "\n").split("\n")]
                found += [part for field in fields for part in (field.label, field.value)]
            case Table(columns, rows, title):
                found += [title, *columns, *(cell for row in rows for cell in row)]
            case Chart():
                found += [block.title, block.unit, *(block.labels if block.series else ())]
            case Buttons():
                found += [button.label for button in block.buttons]
            case File(name):
                found.append(name)
    return [shown for shown in map(harmless.line, found) if shown]


@given(anything, st.booleans())
def test_plain_replies_keep_their_promise(reply: Reply, push: bool) -> None:
    """No line is empty or steers, each reply ends with one empty line, each line of a push is marked."""
    shown = render.plain(reply, ENGLISH, push=push)
    *lines, last, end = shown.split("\n") if shown != "\n" else ["", ""]
    assert (last, end) == ("", "")
    assert all(line.strip() and line.startswith("»") is push for line in lines)
    assert not _steers("".join(lines))


@given(anything)
def test_plain_replies_lose_nothing(reply: Reply) -> None:
    """Every text of every block is in the answer."""
    shown = plain(reply)
    assert [text for text in map(ordinary, texts(reply)) if text not in shown] == []


@settings(max_examples=60)
@given(anything, st.integers(1, 120), st.booleans())
def test_drawn_replies_keep_their_promise(reply: Reply, width: int, push: bool) -> None:
    """In any window no steering character but our own colours gets out, and no line is wider."""
    shown = drawn(reply, width, push=push)
    assert shown.endswith("\n")
    for line in shown.split("\n"):
        assert not _steers(line)
        assert harmless.cells(line) <= max(width, 20)


@settings(max_examples=60)
@given(short_words)
def test_drawn_replies_say_the_same(reply: Reply) -> None:
    """What a pipe reads, a person sees: every text of every block."""
    shown = drawn(reply, 100)
    assert [text for text in texts(reply) if text not in shown] == []


def _steers(text: str) -> bool:
    return any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text)
