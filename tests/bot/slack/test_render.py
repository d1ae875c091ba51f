"""A reply as Slack shows it: within every limit, and with nothing in it that could be markup."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack import render
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
    Style,
    Table,
    Text,
    text,
)
from tests.emulators.slack import blocks as slack_blocks
from tests.emulators.slack import typed

EN = Locale(tag="en-GB", zone="UTC")
HOSTILE = [
    "<!channel>",
    "<!here|hello>",
    "<@U0PARLEYBOT>",
    "<#C123|sales>",
    "<http://evil.example|acme.com>",
    "http://evil.example",
    "</b><b>",
    "*bold* _it_ ~no~ `code` ```block```",
    "&lt;!channel&gt; &amp;",
    "\u202eright to left",
    "zero\u200bwidth",
    "{0.__class__} {{7*7}} %s",
    ":tada:",
    "> quoted",
    "\x00nul\ud800lone",
    "[a](tg://user?id=1)",
]


def rendered(*blocks: Block, **more: Any) -> render.Content:
    """The blocks in an English reply."""
    return render.rendered(Reply(blocks), EN, **more)


def texts(value: object) -> Iterator[dict[str, Any]]:
    """Every text object and table cell."""
    if isinstance(value, dict):
        if value.get("type") in {"plain_text", "mrkdwn", "raw_text"}:
            yield value
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def accepted(content: render.Content) -> bool:
    """Whether Slack would take it."""
    assert slack_blocks.message_problems(content.blocks) == []
    return bool(content.text) and len(content.text) < 4000 and not slack_blocks.too_long(content.blocks)


def shown(content: render.Content) -> str:
    """All that is to be read in it, a line each."""
    return "\n".join(found["text"] for found in texts(content.blocks))


def test_each_block_has_its_form() -> None:
    """A paragraph, a record, rows and buttons become sections, header and fields, a table and actions."""
    content = rendered(
        Text("Two things"),
        Card("D-142", (Field("Stage", "Proposal"), Field("Next step", "call Jane")), "Legal is blocking"),
        Table(("Deal", "Amount"), (("Acme", "12 000 €"),), title="Pipeline", numeric=(1,)),
        Buttons((Button("Won", token="w", style="primary"), Button("Undo", token="u"))),
    )
    assert [block["type"] for block in content.blocks] == [
        "section",
        "header",
        "section",
        "section",
        "header",
        "table",
        "actions",
    ]
    assert [field["text"] for field in content.blocks[2]["fields"]] == [
        "*Stage*",
        "Proposal",
        "*Next step*",
        "call Jane",
    ]
    assert content.blocks[5]["column_settings"][1]["align"] == "right"
    assert [button["value"] for button in content.blocks[6]["elements"]] == ["w", "u"]
    assert content.text == "Two things"
    assert accepted(content)


def test_the_notification_is_the_headline_cut_and_escaped() -> None:
    """A telephone shows at most 150 characters, in which nothing is a mark."""
    content = rendered(Text("<!channel> & " + "x" * 300 + "\nsecond line"))
    assert content.text.startswith("&lt;!channel&gt; &amp; xxx")
    assert content.text.endswith("…")
    assert len(typed.unescaped(content.text)) == 150


def test_buttons_alone_and_nothing_at_all_still_have_a_text() -> None:
    """Slack refuses a message without text, so something always stands there."""
    assert rendered(Buttons((Button("Yes", token="y"), Button("No", token="n")))).text == "Yes · No"
    assert accepted(rendered())
    assert accepted(rendered(Text(" \n "), Card(""), Table((), ())))


@pytest.mark.parametrize("wicked", HOSTILE)
def test_hostile_words_are_shown_as_they_are(wicked: str) -> None:
    """In every place of every block they are plain text; only control signs are replaced."""
    content = rendered(
        Text(f"note {wicked}"),
        Card(f"title {wicked}", (Field(f"label {wicked}", f"value {wicked}"),), f"body {wicked}"),
        Table((f"head {wicked}",), ((f"cell {wicked}",),), title=f"table {wicked}"),
        Chart("bar", f"chart {wicked}", (f"bar {wicked}",), (Series("s", (1.0,)),), alt=f"alt {wicked}"),
        File(f"file {wicked}.csv", "0" * 64, "text/csv", 12),
        Buttons((Button(f"press {wicked}", token="t", style="danger"),)),
        after=f"after {wicked}",
    )
    assert accepted(content)
    seen = shown(content)
    kept = re.sub("[\x00\ud800]", "\N{REPLACEMENT CHARACTER}", wicked)
    for place in (
        "note",
        "title",
        "label",
        "value",
        "body",
        "head",
        "cell",
        "table",
        "chart",
        "bar",
        "alt",
        "press",
    ):
        assert f"{place} {kept}" in seen, place
    assert not any(found["type"] == "mrkdwn" for found in texts(content.blocks))
    assert not re.search("[<>]", content.text)
    assert typed.unescaped(content.text) == f"note {kept}"


def test_a_label_is_bold_only_where_it_cannot_be_markup() -> None:
    """Letters, digits, spaces and hyphens may stand between asterisks, nothing else."""
    labels = ("Next step", "Étape", "a*b", "x_y", "<@U1>")
    fields = rendered(Card("t", tuple(Field(label, "v") for label in labels))).blocks[1]["fields"]
    assert [field["type"] for field in fields[::2]] == [
        "mrkdwn",
        "mrkdwn",
        "plain_text",
        "plain_text",
        "plain_text",
    ]


def test_slack_is_asked_to_convert_nothing() -> None:
    """Colon words stay words, and web addresses in labels stay text."""
    for found in texts(rendered(Text(":tada:"), Card("t", (Field("Site", "acme.com"),))).blocks):
        assert found["emoji"] is False if found["type"] == "plain_text" else found["verbatim"] is True


def test_long_texts_are_broken_between_lines_without_loss() -> None:
    """Sections hold 3,000 characters; what is longer goes on in the next one."""
    lines = [f"line {n} " + "é" * 40 for n in range(150)]
    content = rendered(Text("\n".join(lines)))
    assert len(content.blocks) == 3
    assert shown(content).split("\n") == lines
    assert accepted(content)


def test_nothing_is_cut_inside_a_composed_character() -> None:
    """A family, a flag's colour or an accent at the border stays whole."""
    family = "👨‍👩‍👧‍👦"
    for before in range(2980, 3001):
        parts = list(render.parts("x" * before + family + "e\u0301" * 20, 3000))
        assert "".join(parts) == "x" * before + family + "e\u0301" * 20
        assert all(render.units(part) <= 3000 for part in parts)
        assert not any(part.startswith(("\u200d", "\u0301", "👩", "👧", "👦")) for part in parts)


def test_what_does_not_fit_is_counted() -> None:
    """A list of 400 rows shows as many as Slack takes, says how many more, and keeps its buttons."""
    rows = tuple((f"D-{n}", "x" * 30) for n in range(400))
    content = rendered(Table(("Deal", "Name"), rows), Buttons((Button("Next", token="n"),)))
    table, note, actions = content.blocks
    count = len(table["rows"]) - 1
    assert 50 < count < 100
    assert note["elements"][0]["text"] == EN.text("… {n} more", n=EN.number(400 - count))
    assert actions["elements"][0]["value"] == "n"
    assert accepted(content)


def test_a_text_of_forty_thousand_characters_shows_its_beginning() -> None:
    """It is cut at a section's end, visibly, and what follows it is not shown out of turn."""
    content = rendered(Text("é\n" * 20_000), Text("after"), Buttons((Button("More", token="m"),)))
    assert accepted(content)
    assert content.blocks[-1]["type"] == "actions"
    assert "more" in content.blocks[-2]["elements"][0]["text"]
    assert "after" not in shown(content)


@pytest.mark.parametrize(
    "blocks",
    [
        (Text("hi"),) * 60,
        (Card("t", (Field("a", "b"),) * 300),),
        (Buttons((Button("b", token="t"),) * 3),) * 40,
    ],
)
def test_never_more_than_fifty_blocks(blocks: tuple[Block, ...]) -> None:
    """However many blocks a reply has, Slack gets what it takes and the reader the count of the rest."""
    content = rendered(*blocks)
    assert len(content.blocks) <= 50
    assert "more" in shown(content)
    assert accepted(content)


def test_a_second_table_is_lines_of_text() -> None:
    """Slack takes one table a message."""
    one = Table(("A", "B"), (("1", "2"),))
    kinds = [block["type"] for block in rendered(one, one).blocks]
    assert kinds == ["table", "section"]
    assert [block["type"] for block in rendered(one, tables=False).blocks] == ["section"]
    assert rendered(one, tables=False).blocks[0]["text"]["text"] == "A · B\n1 · 2"


@pytest.mark.parametrize(
    ("count", "visible", "hidden"), [(1, 1, 0), (3, 3, 0), (4, 3, 1), (8, 3, 5), (9, 9, 0), (30, 30, 0)]
)
def test_three_buttons_are_visible_and_the_rest_in_a_menu(count: int, visible: int, hidden: int) -> None:
    """Up to five more go into the menu beside them; where more are needed, all are visible."""
    content = rendered(Buttons(tuple(Button(f"Choice {n}", token=f"t{n}") for n in range(count))))
    elements = [element for block in content.blocks for element in block["elements"]]
    menus = [element for element in elements if element["type"] == "overflow"]
    assert len(elements) - len(menus) == visible
    assert sum(len(menu["options"]) for menu in menus) == hidden
    assert accepted(content)


def test_what_destroys_asks_first_and_never_hides() -> None:
    """A dangerous button is red, asks, and stands outside of the menu."""
    buttons = (
        *(Button(f"b{n}", token=f"t{n}") for n in range(5)),
        Button("Delete", token="d", style="danger"),
    )
    elements = rendered(Buttons(buttons)).blocks[0]["elements"]
    (delete,) = (element for element in elements if element.get("style") == "danger")
    assert delete["confirm"]["text"]["text"] == "Delete"
    assert [option["value"] for option in elements[-1]["options"]] == ["t3", "t4"]


_words = st.text(max_size=60) | st.sampled_from(HOSTILE) | st.text(min_size=100, max_size=4000)
_fields = st.lists(st.builds(Field, _words, _words), max_size=25).map(tuple)
_rows = st.lists(st.lists(_words, max_size=4).map(tuple), max_size=8).map(tuple)
_styles = st.sampled_from(["default", "primary", "danger"])


def _button(label: str, style: Style) -> Button:
    return Button(label, style=style, token="q" * 22)


_blocks = st.one_of(
    st.builds(Text, _words),
    st.builds(Card, _words, _fields, _words),
    st.builds(Table, st.lists(_words, max_size=4).map(tuple), _rows, _words),
    st.builds(Buttons, st.lists(st.builds(_button, _words, _styles), min_size=1, max_size=12).map(tuple)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_blocks, max_size=8).map(tuple), st.booleans())
def test_slack_takes_any_reply(blocks: tuple[Block, ...], tables: bool) -> None:
    """Whatever a reply holds, its blocks keep every limit, can be sent as JSON, and hold no mark."""
    content = rendered(*blocks, tables=tables)
    assert accepted(content)
    json.dumps(content.blocks, ensure_ascii=False).encode()
    assert not re.search("[<>]", content.text)
    assert all(
        found["text"].strip("*").replace(" ", "").replace("-", "").isalnum()
        for found in texts(content.blocks)
        if found["type"] == "mrkdwn"
    )


@given(st.text(max_size=200), st.integers(2, 50))
def test_cutting_keeps_the_beginning(words: str, most: int) -> None:
    """A cut text is short enough and begins as the whole one does."""
    short = render.cut(words, most)
    assert render.units(short) <= most
    assert short == words or words.startswith(short.removesuffix("…"))


def test_a_file_and_a_chart_are_told_in_words() -> None:
    """Until they are uploaded, a file shows its name and size, a chart its figures."""
    content = rendered(
        File("deals.csv", "0" * 64, "text/csv", 12_300),
        Chart(
            "bar",
            "Won",
            ("Oct", "Nov"),
            (Series("Léa", (1.0, 2.5)), Series("Marc", (3.0,))),
            "k€",
            "Léa leads",
        ),
    )
    assert (
        shown(content) == "deals.csv (12.3 kB)\nWon (k€)\n— · Léa · Marc\nOct · 1 · 3\nNov · 2.5\nLéa leads"
    )


def test_an_empty_reply_is_not_an_error() -> None:
    """Even nothing is a message that Slack takes."""
    assert accepted(render.rendered(text(""), EN))


def test_each_button_says_to_a_screen_reader_what_it_is_about() -> None:
    """Rows of the same labels differ by the line above them; at most 75 characters are read out."""
    rows = (
        Text("⏰ 10:00 · call Omar"),
        Buttons((Button("Done", token="a"),)),
        Text("⏰ 11:00 · " + "call Eve " * 20),
        Buttons((Button("Done", token="b"),)),
    )
    actions = [block for block in rendered(*rows).blocks if block["type"] == "actions"]
    first, second = (block["elements"][0]["accessibility_label"] for block in actions)
    assert first == "Done · ⏰ 10:00 · call Omar"
    assert second.startswith("Done · ⏰ 11:00 · call Eve")
    assert len(second) == 75


def test_a_time_in_a_text_and_a_field_is_the_readers() -> None:
    """Beside words that Slack would style it stays as it was said."""
    card = Card("R-1 call", (Field("When", "Thu 15 Oct 10:00"),), "*now*, Thu 15 Oct 10:00")
    content = render.rendered(Reply((card,), moments=(("Thu 15 Oct 10:00", 1792051200),)), EN)
    _, fields, body = content.blocks
    assert fields["fields"][1]["text"].startswith("<!date^1792051200^")
    assert body["text"] == {"type": "plain_text", "text": "*now*, Thu 15 Oct 10:00", "emoji": False}
