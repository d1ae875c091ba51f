"""The platform contract: every kind of block is shown, whole and harmless."""

from __future__ import annotations

import re

import pytest

from handlers.chat.reply import (
    Block,
    Button,
    Buttons,
    Card,
    Chart,
    Field,
    File,
    Invocation,
    Reply,
    Series,
    Table,
    Text,
    text,
)
from tests.platforms.stage import Stage

ABOUT = Invocation("about")
WICKED = "<b>Jo & Co</b> *x* `y` <!here> [z](tg://user?id=1) {0}"


async def test_a_text_is_shown_as_it_is(stage: Stage) -> None:
    """Line for line."""
    marc = await stage.joined("marc")
    assert (
        "one\n two < three & four\nfive"
        in (await stage.puts(marc, text("one", " two < three & four", "five"))).text
    )


async def test_a_card_shows_its_title_its_fields_and_its_body(stage: Stage) -> None:
    """In this order."""
    marc = await stage.joined("marc")
    card = Card("D-142 Acme", (Field("Stage", "Proposal"), Field("Amount", "€12,000")), "50 seats")
    seen = (await stage.puts(marc, Reply((card,)))).plain
    places = [
        seen.index(word) for word in ("D-142 Acme", "Stage", "Proposal", "Amount", "€12,000", "50 seats")
    ]
    assert places == sorted(places)


async def test_a_table_shows_every_cell(stage: Stage) -> None:
    """Row by row under its heads."""
    marc = await stage.joined("marc")
    table = Table(("Deal", "Amount"), (("D-9", "900"), ("D-142", "12,000")), "Open deals", (1,))
    seen = (await stage.puts(marc, Reply((table,)))).plain
    places = [seen.index(word) for word in ("Open deals", "Deal", "D-9", "900", "D-142", "12,000")]
    assert places == sorted(places)


async def test_a_chart_shows_its_figures(stage: Stage) -> None:
    """Each with its label, and what the picture says in words."""
    marc = await stage.joined("marc")
    chart = Chart("bar", "Won", ("May", "June"), (Series("", (1500, 3000)),), "€", "Won doubled.")
    seen = await stage.puts(marc, Reply((chart,)))
    for words in ("Won", "May", "1,500", "June", "3,000", "Won doubled."):
        assert words in seen


async def test_a_file_is_named_with_its_size(stage: Stage) -> None:
    """In the reader's units."""
    marc = await stage.joined("marc")
    file = File("deals.csv", "0" * 64, "text/csv", 12_300)
    assert "deals.csv (12.3 kB)" in await stage.puts(marc, Reply((file,)))


async def test_buttons_are_shown_in_their_order(stage: Stage) -> None:
    """All of them, whatever rows and menus they stand in."""
    marc = await stage.joined("marc")
    labels = [f"Choice {n}" for n in range(1, 8)]
    reply = Reply((Text("Which?"), Buttons(tuple(Button(label, ABOUT) for label in labels))))
    seen = await stage.puts(marc, reply)
    assert seen.labels == labels
    assert "Parley" in await marc.presses(seen, "Choice 7")


@pytest.mark.threat("S8")
@pytest.mark.parametrize(
    "block",
    [
        Text(WICKED),
        Card(WICKED, (Field(WICKED, WICKED),), WICKED),
        Table((WICKED,), ((WICKED,),), WICKED),
        Chart("bar", WICKED, (WICKED,), (Series(WICKED, (1,)),), "", WICKED),
        File(WICKED, "0" * 64, "text/csv", 5),
        Buttons((Button(WICKED, ABOUT),)),
    ],
    ids=lambda block: type(block).__name__,
)
async def test_nothing_that_stands_in_a_block_is_markup(stage: Stage, block: Block) -> None:
    """The service takes it, and finds neither a mention nor an error in it."""
    marc = await stage.joined("marc")
    seen = await stage.puts(marc, Reply((Text("Here:"), block)))
    assert len(seen.shown) == 1
    assert "Jo & Co" in seen.plain + " ".join(seen.labels)


async def test_a_long_text_arrives_whole(stage: Stage) -> None:
    """In as many messages as it takes, in order, none of it lost."""
    marc = await stage.joined("marc")
    said = "\n".join(f"line {n} of a long report" for n in range(250))
    seen = (await stage.puts(marc, text(said))).text
    assert re.findall(r"line (\d+) of a long report", seen) == [str(n) for n in range(250)]


async def test_the_buttons_of_a_long_text_stand_at_its_end(stage: Stage) -> None:
    """They can be pressed, however many messages it took."""
    marc = await stage.joined("marc")
    said = "\n".join(f"line {n} of a long report" for n in range(250))
    reply = Reply((Text(said), Buttons((Button("About", ABOUT),))))
    seen = await stage.puts(marc, reply)
    assert seen.shown[-1].keys and seen.labels == ["About"]
    assert "Parley" in await marc.presses(seen, "About")


async def test_signs_of_all_scripts_arrive(stage: Stage) -> None:
    """Accents, signs made of several, writing from right to left."""
    marc = await stage.joined("marc")
    said = "Zoë Łukasz 日本 🏄🏽 مرحبا e\u0301"
    assert said in (await stage.puts(marc, text(said))).text


async def test_control_signs_do_nothing(stage: Stage) -> None:
    """They are replaced, and what stands around them is shown."""
    marc = await stage.joined("marc")
    seen = (await stage.puts(marc, text("be\x07fore \x1b[31m after"))).text
    assert "\x07" not in seen and "\x1b" not in seen
    assert "fore" in seen and "after" in seen


async def test_the_readers_language_is_that_of_the_message(stage: Stage) -> None:
    """A unit of a file's size in French."""
    lea = await stage.joined("lea", language="fr")
    file = File("ventes.csv", "0" * 64, "text/csv", 2_500_000)
    assert "(2,5 Mo)" in await stage.puts(lea, Reply((file,)), language="fr-FR")


async def test_a_record_is_a_card_with_what_can_be_done(stage: Stage) -> None:
    """A contact as a member sees it."""
    marc = await stage.joined("marc")
    seen = await marc.says("who Omar")
    for words in ("C-47 Omar Haddad", "CTO", "Initech", "omar@initech.example"):
        assert words in seen
    assert seen.labels


async def test_a_list_is_a_table_of_records(stage: Stage) -> None:
    """The open deals."""
    marc = await stage.joined("marc")
    seen = await marc.says("pipeline")
    assert "D-90" in seen.plain or "Qualified" in seen.plain
