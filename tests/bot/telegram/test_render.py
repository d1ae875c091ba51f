"""Replies as Telegram messages: nothing lost, nothing refused, nothing spoken by a contact's name."""

from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.telegram.pieces import units
from bot.telegram.render import Part, popup, render
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
    text,
)
from tests.emulators.telegram.limits import (
    MAX_BUTTONS,
    MAX_BUTTONS_PER_ROW,
    MAX_KEYBOARD_BYTES,
    MAX_TEXT_UNITS,
)
from tests.emulators.telegram.markup import read_text

EN = Locale(tag="en-GB", zone="Europe/London")
FR = Locale(tag="fr-FR", zone="Europe/Paris")
TOKEN = "q1w2e3r4t5y6u7i8o9p0aa"

HOSTILE = [
    "*<b> <!channel> {0.__class__}",
    "</b></pre><a href='tg://user?id=1'>x</a>",
    "[a](tg://user?id=1)",
    "&amp;&lt;&#60;&bogus; <&>",
    "`code` _it_ ||sp|| ~s~ ```pre```",
    "\u202egnp.exe",
    "Ja\u200bne\u2060\ufeff",
    "nul\x00esc\x1b[2Jdel\x7f",
    "half\ud800",
    "{0.__class__} ${x} {{7*7}} %s %(a)s",
    "<tg-spoiler>x</tg-spoiler><script>alert(1)</script>",
    "Zoé 👩‍💻🏄🏽🇫🇷 ñ e\u0301",
    "@everyone @marcp /delete_all #tag",
    "line\nbreak\r\nand\ttab",
]


def buttons(*labels: str) -> Buttons:
    return Buttons(tuple(Button(label, token=TOKEN, number=i) for i, label in enumerate(labels, 1)))


def rendered(*blocks: Block, locale: Locale = EN) -> tuple[Part, ...]:
    return render(Reply(blocks), locale)


def only(*blocks: Block, locale: Locale = EN) -> Part:
    (part,) = rendered(*blocks, locale=locale)
    return part


def shown(part: Part) -> str:
    """What people read, by the emulator's strict reading of the markup."""
    return read_text(part.html, "HTML").text


def bold(part: Part) -> list[str]:
    return [html.unescape(piece) for piece in re.findall("<b>(.*?)</b>", part.html, re.DOTALL)]


def set_in_columns(part: Part) -> list[str]:
    (grid,) = re.findall("<pre>(.*?)</pre>", part.html, re.DOTALL)
    return html.unescape(grid).split("\n")


def test_text_is_escaped() -> None:
    """The three signs of HTML arrive as themselves."""
    part = only(Text("1 < 2 & 3 > 2"))
    assert part.html == "1 &lt; 2 &amp; 3 &gt; 2"
    assert part.plain == "1 < 2 & 3 > 2"


def test_a_card_is_a_bold_title_over_its_lines() -> None:
    """Each field is a line, the body comes last."""
    part = only(
        Card("D-142 Acme", (Field("Stage", "Proposal"), Field("Amount", "€12,000")), "50 seats\nby May")
    )
    assert part.html == "<b>D-142 Acme</b>\nStage: Proposal\nAmount: €12,000\n50 seats\nby May"


def test_no_value_can_pass_for_a_field() -> None:
    """A line break inside a value is shown as a sign."""
    part = only(Card("Jane", (Field("Company", "Acme\nOwner: me"), Field("Owner", "Léa"))))
    assert part.plain == "Jane\nCompany: Acme ⏎ Owner: me\nOwner: Léa"


def test_blocks_are_set_apart() -> None:
    """An empty line stands between two blocks, none around buttons or empty texts."""
    part = only(Text("Found two."), Text(" \n"), Card("Jane"), buttons("Open"), Text("Which one?"))
    assert part.plain == "Found two.\n\nJane\n\nWhich one?"


def test_a_table_has_columns() -> None:
    """Words are set to the left, figures to the right, under their heads, in fixed width."""
    table = Table(("Deal", "Amount"), (("D-9 Globex", "900"), ("D-142 Acme", "12,000")), "Open deals", (1,))
    part = only(table)
    assert bold(part) == ["Open deals"]
    assert set_in_columns(part) == ["Deal        Amount", "D-9 Globex     900", "D-142 Acme  12,000"]


def test_a_wide_table_is_cut_to_a_phone() -> None:
    """The widest words are cut visibly, to 40 cells in all; figures never are."""
    row = ("Müller & Söhne Maschinenbau GmbH", "Negotiation with the board", "1,234,567.00")
    part = only(Table(("Company", "Stage", "Amount"), (row,), numeric=(2,)))
    lines = set_in_columns(part)
    assert max(map(len, lines)) == 40
    assert lines[1].endswith("  1,234,567.00")
    assert lines[1].count("…") == 2


def test_a_table_of_words_stays_legible_on_a_phone() -> None:
    """Where the cut would leave less than a name's beginning, each row is a line of its words."""
    heads = ("Id", "Name", "Stage", "Amount", "Close")
    row = ("D-118", "Initech Rollout", "Negotiation", "25,000", "Fri, Jan 29, 2027")
    part = only(Table(heads, (row, ("D-9", "Acme", "New", "", "")), numeric=(3,)))
    assert part.plain == (
        "D-118 · Initech Rollout · Negotiation · Fri, Jan 29, 2027\nAmount: 25,000\n\nD-9 · Acme · New"
    )
    assert bold(part) == ["D-118", "\n\nD-9"]


def test_wide_signs_take_two_cells() -> None:
    """Columns stay in line under Chinese names and accents of their own."""
    part = only(Table(("Name", "n"), (("日本", "1"), ("e\u0301a", "2")), numeric=(1,)))
    assert set_in_columns(part) == ["Name  n", "日本  1", "e\u0301a    2"]


def test_a_table_that_no_phone_holds_becomes_a_list() -> None:
    """With too many figures for one line each row is written out under its first cell."""
    heads = ("Month", "Won", "Lost", "Open", "Forecast")
    rows = tuple((month, *["1,234,567"] * 4) for month in ("May", "June"))
    part = only(Table(heads, rows, "Year", (1, 2, 3, 4)))
    assert "<pre>" not in part.html
    assert bold(part) == ["Year", "May", "\n\nJune"]
    assert (
        "May\nWon: 1,234,567\nLost: 1,234,567\nOpen: 1,234,567\nForecast: 1,234,567\n\nJune\nWon"
        in part.plain
    )


@pytest.mark.parametrize("table", [Table((), ()), Table((), ((), ())), Table(("a",), (("1", "2"), ()))])
def test_an_uneven_table_is_shown_all_the_same(table: Table) -> None:
    """Missing cells are empty ones."""
    shown(only(Text("Here:"), table))


def test_a_chart_is_bars_of_text() -> None:
    """Bars share one scale; the figure beside each is the member's own way of writing it."""
    chart = Chart("bar", "Won", ("May", "June"), (Series("", (1500, 3000)),), "€", "Won doubled.")
    part = only(chart, locale=EN)
    assert bold(part) == ["Won (€)"]
    assert set_in_columns(part) == ["May  ██████       1,500", "June ████████████ 3,000"]
    assert part.plain.endswith("\nWon doubled.")


def test_a_chart_draws_what_is_no_size_too() -> None:
    """Losses are drawn otherwise than gains, what is no number has no bar, and all zero is no error."""
    chart = Chart(
        "line",
        "Δ",
        ("a", "b", "c"),
        (Series("2026", (-2, 2, float("nan"))), Series("2027", (0, float("inf")))),
    )
    lines = set_in_columns(only(chart))
    assert [line.rstrip() for line in lines] == [
        "2026",
        "a ░░░░░░░░░░░░ -2",
        "b ████████████ 2",
        "c              –",
        "",
        "2027",
        "a              0",
        "b              –",
    ]


@pytest.mark.parametrize(
    ("size", "locale", "line"),
    [
        (1, EN, "a.csv (1 byte)"),
        (999, EN, "a.csv (999 bytes)"),
        (12_345, EN, "a.csv (12.3 kB)"),
        (2_500_000, EN, "a.csv (2.5 MB)"),
        (2_500_000, FR, "a.csv (2,5 Mo)"),
    ],
)
def test_a_file_is_named_with_its_size(size: int, locale: Locale, line: str) -> None:
    """Until documents are sent, a person at least learns which file there is."""
    assert only(File("a.csv", "0" * 64, "text/csv", size), locale=locale).plain == line


def test_a_repeated_message_says_so() -> None:
    """Its end tells, in the reader's language, that it may be there twice; nothing else changes."""
    once, again = only(Text("Rappel")), render(text("Rappel"), FR, repeated=True)[0]
    assert again.plain.startswith(once.plain + "\n\n(")
    assert again.plain != render(text("Rappel"), EN, repeated=True)[0].plain


def test_a_reply_without_words_is_a_message_all_the_same() -> None:
    """Telegram refuses empty texts, so buttons alone hang under three dots."""
    part = only(buttons("Done"))
    assert (shown(part), part.rows[0][0].label) == ("…", "Done")
    assert shown(only(Text("\u200b\u2060"))) == "…"
    assert shown(only()) == "…"


# --- hostile names ----------------------------------------------------------------------------


def everywhere(value: str) -> list[Block]:
    """The value in every place of every block."""
    return [
        Text(f"Call logged · {value} (Acme)"),
        Card(value, (Field(value, value),), value),
        Table((value, "n"), ((value, value),), value, (1,)),
        Chart("bar", value, (value,), (Series(value, (1,)), Series(value, (2,))), value, value),
        File(value, "0" * 64, "text/csv", 5),
        buttons(value, value),
    ]


def is_safe(part: Part) -> None:
    """It is taken by a strict reader, says the same with and without markup, and links nowhere."""
    read = read_text(part.html, "HTML")
    assert read.text == part.plain.rstrip().lstrip(" \n") or read.text in part.plain
    assert {entity["type"] for entity in read.entities} <= {"bold", "pre"}
    assert units(read.text) <= MAX_TEXT_UNITS


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.threat("S8")
def test_a_hostile_name_is_only_text(value: str) -> None:
    """No name makes markup, links or errors, wherever it stands, and it reads as it was written."""
    for block in everywhere(value):
        for part in rendered(block):
            is_safe(part)
    assert shown(only(Text(value))) == sendable(value).strip()


def sendable(value: str) -> str:
    """Control characters and half surrogates stand as U+FFFD; all else as it is."""
    return re.sub("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "\ufffd", value.replace("\r\n", "\n"))


any_text = st.text(st.characters(exclude_categories=()), max_size=60) | st.sampled_from(HOSTILE)


@given(any_text)
@example("\r")
@example("\u2028")
@example("a\n")
def test_any_name_is_only_text(value: str) -> None:
    """The same for any characters at all."""
    for block in everywhere(value):
        for part in rendered(block):
            is_safe(part)
            assert all(key.label.strip() for row in part.rows for key in row)
            part.html.encode()


@pytest.mark.parametrize("value", ["@marcp", "(@marcp)", "ask @marcp_2 now", "@Léa"])
def test_in_a_group_no_name_pings(value: str) -> None:
    """Telegram turns @names into mentions by itself; in a group that is broken, invisibly."""
    (part,) = render(text(value), EN, group=True)
    assert re.search(r"@[A-Za-z]", part.plain) is None
    assert part.plain.replace("\u2060", "") == value


def test_addresses_stay_whole() -> None:
    """An e-mail address is no mention, and in private nothing is touched."""
    assert render(text("jane@acme.com"), EN, group=True)[0].plain == "jane@acme.com"
    assert render(text("@marcp"), EN)[0].plain == "@marcp"


# --- length -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "lengths"),
    [
        ("a" * 4096, [4096]),
        ("a" * 4097, [4096, 1]),
        ("a" * 4094 + "😀", [4096]),
        ("a" * 4095 + "😀", [4095, 2]),
        ("😀" * 2048, [4096]),
        ("😀" * 2049, [4096, 2]),
        ("a" * 4095 + "e\u0301", [4095, 2]),
        ("a" * 4090 + "👩‍👩‍👧‍👦", [4090, 11]),
        ("a" * 4094 + "🏄🏽", [4094, 4]),
        ("a" * 4093 + "🇫🇷🇩🇪", [4093, 8]),
        ("a" * 4090 + "🇫🇷🇩🇪", [4094, 4]),
        ("e" + "\u0301" * 9000, [4096, 4096, 809]),
    ],
)
def test_a_message_holds_4096_units_and_no_half_sign(value: str, lengths: list[int]) -> None:
    """Length counts in UTF-16 units; a sign made of several is not torn, unless it is longer than sense."""
    parts = rendered(Text(value))
    assert [units(part.plain) for part in parts] == lengths
    assert "".join(part.plain for part in parts) == value


def test_a_long_text_is_cut_between_lines_or_else_words() -> None:
    """A line's end is the best place, a word's the next best."""
    lines = "\n".join(f"{n:04d} " + "word " * 19 + "end" for n in range(200))
    parts = rendered(Text(lines))
    assert "\n".join(part.plain for part in parts) == lines
    assert all(part.plain.endswith("end") for part in parts)
    words = " ".join(f"word{n}" for n in range(2000))
    parts = rendered(Text(words))
    assert " ".join(part.plain for part in parts) == words


def test_markup_is_whole_in_every_part() -> None:
    """A table that runs over several messages is a table in each."""
    rows = tuple((f"D-{n}", f"Company & Söhne <{n}>", "1,000") for n in range(500))
    parts = rendered(Table(("Deal", "Company", "Amount"), rows, "All", (2,)))
    assert len(parts) > 3
    for part in parts:
        assert read_text(part.html, "HTML").entities[-1]["type"] == "pre"
        is_safe(part)
    cells = "\n".join(part.plain for part in parts).split()
    assert [cell for cell in cells if cell.startswith("D-")] == [row[0] for row in rows]


def test_the_last_part_carries_the_buttons() -> None:
    """They hang where the eye ends."""
    parts = rendered(Text("a" * 9000), buttons("Done"))
    assert [bool(part.rows) for part in parts] == [False, False, True]


@given(
    st.lists(st.text(st.characters(codec="utf-8"), max_size=30) | st.just("x" * 700) | st.just("😀" * 900))
)
def test_nothing_is_lost_at_the_cuts(words: list[str]) -> None:
    """But for white space at a cut and blank messages, all of a text arrives, in order."""
    value = sendable(" ".join(words))
    parts = rendered(Text(value))
    assert drawn("".join(part.plain for part in parts)) in (drawn(value), "…")
    for part in parts:
        is_safe(part)


def drawn(value: str) -> str:
    """Without white space and undrawn signs: a message of nothing else is left out."""
    return "".join(char for char in value if unicodedata.category(char)[0] not in "CZ")


# --- buttons ----------------------------------------------------------------------------------


def labels(*blocks: Block) -> list[list[str]]:
    return [[key.label for key in row] for row in rendered(Text("?"), *blocks)[-1].rows]


@pytest.mark.parametrize(
    ("given_labels", "rows"),
    [
        (["Undo", "Edit", "Open"], [["Undo", "Edit", "Open"]]),
        (["Tomorrow", "Fri", "Next Mon", "Skip"], [["Tomorrow", "Fri", "Next Mon", "Skip"]]),
        (
            ["Jane Doe · Acme", "Jane Roy · Globex", "New"],
            [["Jane Doe · Acme", "Jane Roy · Globex"], ["New"]],
        ),
        (
            ["Enregistrer comme note", "Afficher Acme", "Aide"],
            [["Enregistrer comme note"], ["Afficher Acme", "Aide"]],
        ),
        ([str(n) for n in range(1, 11)], [list("12345678"), ["9", "10"]]),
    ],
)
def test_buttons_stand_in_rows_that_a_phone_shows(given_labels: list[str], rows: list[list[str]]) -> None:
    """Short ones side by side, long ones alone, never more than eight."""
    assert labels(buttons(*given_labels)) == rows


def test_each_group_begins_a_row() -> None:
    """Two groups of buttons are not mixed."""
    assert labels(buttons("Done"), buttons("Yes", "No")) == [["Done"], ["Yes", "No"]]


def test_a_press_sends_the_token() -> None:
    """Nothing but the token goes into a button."""
    (row,) = only(Text("?"), buttons("Undo")).rows
    assert row[0].token == TOKEN


@pytest.mark.parametrize("token", ["", "x" * 65, "é" * 33])
def test_a_button_needs_a_token_that_fits(token: str) -> None:
    """One that the dispatcher did not mint, or that Telegram could not carry, is a mistake of ours."""
    with pytest.raises(ValueError, match="token"):
        render(Reply((Buttons((Button("Undo", token=token),)),)), EN)


def test_a_long_label_is_cut_visibly() -> None:
    """A name of 200 characters must not make the keyboard too large."""
    ((label,),) = labels(buttons("Jane " * 40))
    assert label.endswith("…")
    assert len(label) <= 60


@pytest.mark.parametrize(("count", "label"), [(130, "x"), (100, "name " * 20), (99, "日本" * 40)])
def test_buttons_that_find_no_room_are_counted(count: int, label: str) -> None:
    """At most 100 and 10 kB go; the text says how many more there are."""
    part = only(Text("?"), buttons(*[label] * count))
    keys = [key for row in part.rows for key in row]
    written = sum(len(f'{{"text":"{key.label}","callback_data":"{key.token}"}},'.encode()) for key in keys)
    assert written < MAX_KEYBOARD_BYTES
    assert len(keys) <= MAX_BUTTONS
    assert max(map(len, part.rows)) <= MAX_BUTTONS_PER_ROW
    assert f"… {count - len(keys)} more" in part.plain


# --- popups -----------------------------------------------------------------------------------


def test_a_popup_is_short_plain_text() -> None:
    """What a press can be answered with at once: 200 characters without anything to press."""
    assert popup(text("Already done.", "By Léa.")) == "Already done.\nBy Léa."
    assert popup(text("a" * 200)) == "a" * 200


@pytest.mark.parametrize(
    "reply",
    [
        text("a" * 201),
        text("😀" * 101),
        text(" "),
        Reply(()),
        Reply((Text("Sure?"), Buttons((Button("Yes", token=TOKEN),)))),
        Reply((Card("Jane"),)),
    ],
)
def test_what_a_popup_would_lose_is_no_popup(reply: Reply) -> None:
    """Then the reply has to go as a message."""
    assert popup(reply) is None


JANE = Card(
    "C-12 Jane Doe",
    (
        Field("Company", "Acme"),
        Field("Phone", "+33612345678, +442079460126", "phone"),
        Field("E-mail", "jane@acme.example", "email"),
        Field("Address", "12 rue de la Paix, 75002 Paris", "address"),
    ),
)


def test_a_card_s_numbers_are_copied_and_its_place_is_shown_on_a_map() -> None:
    """Above the commands; the numbers stand in the text as E.164 too, so that they can be tapped."""
    part = only(JANE, buttons("Log a call"))
    keys = [key for row in part.rows for key in row]
    assert [key.copies for key in keys] == ["+33612345678", "+442079460126", "jane@acme.example", "", ""]
    assert keys[3].url == (
        "https://www.openstreetmap.org/search?query=12%20rue%20de%20la%20Paix%2C%2075002%20Paris"
    )
    assert (keys[3].label, keys[4].token) == ("🗺 Map", TOKEN)
    assert "Phone: +33612345678, +442079460126" in shown(part)
    assert only(JANE, locale=FR).rows[-1][-1].label == "🗺 Carte"


def test_what_cannot_be_copied_has_no_key() -> None:
    """An empty value, one of several lines, and one of more than 256 characters."""
    values = ("", "\u200b", "a\nb", "x" * 257, "y" * 256)
    (row,) = only(Card("x", tuple(Field("E-mail", value, "email") for value in values))).rows
    assert [key.copies for key in row] == ["y" * 256]


def test_many_cards_have_no_keys_of_their_own() -> None:
    """Nobody could tell whose number it is."""
    assert only(JANE, JANE, JANE).rows == ()


@pytest.mark.threat("S8")
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_makes_no_link_of_its_own(value: str) -> None:
    """A map is asked for whatever stands there, and asked of the map alone."""
    for kind in ("phone", "email", "address"):
        for row in only(Card("x", (Field("Where", value, kind),))).rows:
            for key in row:
                assert not key.url or re.fullmatch(
                    r"https://www\.openstreetmap\.org/search\?query=[\w%.~/-]+", key.url, re.ASCII
                )
                assert "\x00" not in key.copies
