"""Binding: spans fill a command's parameters by kind, what is missing is asked for, the rest is the note."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.chat import binding, reading
from handlers.chat.arguments import RestArgument
from handlers.chat.command import REGISTER, Command, Parameter
from handlers.chat.context import Context
from handlers.chat.errors import Asked, Misread
from handlers.chat.language import languages
from handlers.chat.verbs import example
from models.approval import Approval
from models.attachment import Attachment, AttachmentKind
from models.deal import Deal
from models.errors import InvalidValue, NotFound
from models.lead import Lead
from models.money import Money
from models.record import LETTERS, Record
from models.reminder import Reminder
from models.removal import bring_back, remove
from tests.effort import tries
from tests.handlers.chat.possible import possible
from tests.handlers.chat.speaking import Bound, bound, demo_world, speaker


@pytest.fixture
async def marc(database_url: str) -> AsyncIterator[Context]:
    """Marc of the demo, on each database."""
    async with demo_world(database_url):
        yield await speaker("marc")


async def values(ctx: Context, line: str) -> dict[str, Any]:
    return (await bound(ctx, line)).values


# -- by kind, not by place


async def test_a_line_binds_by_what_its_words_are(marc: Context) -> None:
    """A person, a length, a follow-up, and the note."""
    found = await values(marc, "call Jane Doe @ Acme 20m: wants 50 seats, next demo Thu 10am")
    assert found.keys() == {"contact", "duration", "follow_up", "notes"}
    assert (found["contact"].name, found["duration"]) == ("Jane Doe", timedelta(minutes=20))
    assert (found["follow_up"].text, found["follow_up"].at.wall) == ("demo", datetime(2026, 10, 15, 10))
    assert found["notes"] == "wants 50 seats"


@pytest.mark.parametrize(
    ("verb", "between", "parts"),
    [
        ("contact new", ", ", ("Ann Lee", "@ Acme", "ann@acme.example", "+33 6 39 98 01 19")),
        ("contact new", " ", ("Ann Lee @ Acme", "ann@acme.example", "+33 6 39 98 01 19")),
        ("deal new", ", ", ("Acme Upgrade", "$12k", "close Nov 30")),
        ("deal new", " ", ("Acme Upgrade", "$12k", "close Nov 30")),
        ("call", " ", ("C-12", "D-142", "20m", "yesterday")),
        ("remind", ", ", ("send the quote", "tomorrow 10am", "#acme")),
        ("remind", " ", ("send the quote", "tomorrow 10am", "#acme")),
    ],
)
async def test_the_order_of_the_parts_does_not_matter(
    marc: Context, verb: str, between: str, parts: tuple[str, ...]
) -> None:
    """With commas or without, they mean the same in any order."""
    expected = _comparable(await values(marc, f"{verb} {between.join(parts)}"))
    for order in permutations(parts):
        assert _comparable(await values(marc, f"{verb} {between.join(order)}")) == expected, order


@pytest.mark.parametrize("line", ["contact new ann@x.example: met at lunch", "call 20m, she was happy"])
async def test_a_note_is_not_taken_for_a_name(marc: Context, line: str) -> None:
    """What was not said is asked for; the note stays a note."""
    with pytest.raises(Asked) as asked:
        await bound(marc, line)
    assert asked.value.invocation.arguments["notes"] in ("met at lunch", "she was happy")


@pytest.mark.parametrize("line", ["call 20m, left voicemail", "appel 20 min, message laissé"])
async def test_a_clause_that_is_an_outcome_is_no_note(marc: Context, line: str) -> None:
    """How it ended is kept by its name in the workspace's list."""
    with pytest.raises(Asked) as asked:
        await bound(marc, line)
    assert asked.value.invocation.arguments == {"duration": 1200, "outcome": "Left voicemail"}


async def test_a_place_in_a_note_is_no_company(marc: Context) -> None:
    """An ``at`` behind a comma or a colon is part of what is told."""
    for line in ("contact new Ann Lee, met at lunch", "contact new Ann Lee: met @ lunch"):
        assert (await values(marc, line)).keys() == {"name", "notes"}


async def test_an_id_that_is_no_reminder_s_is_not_passed_over(marc: Context) -> None:
    """Finishing C-12 does not finish the only follow-up that is open."""
    wall = datetime(2026, 10, 20, 9)
    await Reminder.schedule("send it", marc.author, wall=wall, zone=marc.zone)
    assert (await values(marc, "done"))["reminder"].text == "send it"
    with pytest.raises(NotFound):
        await bound(marc, "done C-12")


def _comparable(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value.reference if isinstance(value, Record) else value for name, value in found.items()}


async def test_place_breaks_the_tie_of_two_of_a_kind(marc: Context) -> None:
    """The first amount is the amount, the first length the length, the first id of a kind the record."""
    assert (await values(marc, "deal new Acme Upgrade $12k $15k"))["amount"] == Money(Decimal(12_000), "USD")
    assert (await values(marc, "call C-31 20m 30m"))["duration"] == timedelta(minutes=20)
    assert (await values(marc, "call C-31 C-12"))["contact"].number == 31


async def test_an_id_goes_to_the_parameter_of_its_kind(marc: Context) -> None:
    """Whichever stands first in the line or in the signature."""
    for line in ("call D-90 C-31", "call C-31 D-90"):
        found = await values(marc, line)
        assert (found["contact"].number, found["deal"].number) == (31, 90)


async def test_an_arrow_selects_the_move(marc: Context) -> None:
    """Without a verb; its stage in either language, its amount bare."""
    for line in ("globex pilot > negotiation 9500", "globex pilot → négociation 9500"):
        found = await bound(marc, line)
        assert found.command.name == "move"
        assert found.values["stage"].name == "Negotiation"
        assert found.values["amount"] == Money(Decimal(9500), "EUR")


# -- the note


async def test_what_binds_nothing_is_the_note(marc: Context) -> None:
    """An amount is no parameter of a call, a second length neither: both stay in the note."""
    found = await values(marc, "call Jane Roy 20m: 5k€ is too much, she needs 30m > won")
    assert found["notes"] == "5k€ is too much, she needs 30m > won"


async def test_a_new_deal_keeps_what_else_was_said(marc: Context) -> None:
    """The words behind its name, amount and close are its note."""
    found = await values(marc, "deal new Acme Upgrade $12k close Nov 30: they asked for it in writing")
    assert (found["name"], found["notes"]) == ("Acme Upgrade", "they asked for it in writing")


async def test_quotes_around_a_whole_note_are_not_part_of_it(marc: Context) -> None:
    """They protected it: nothing inside was read."""
    found = await values(marc, 'note D-142 "won 5k tomorrow, next demo Thu 10am"')
    assert found["notes"] == "won 5k tomorrow, next demo Thu 10am"
    assert (await values(marc, "note D-142 « le juridique bloque »"))["notes"] == "le juridique bloque"


async def test_a_quoted_name_is_kept_as_typed(marc: Context) -> None:
    """With the separators, amounts and dates inside it."""
    assert (await values(marc, 'deal new "Acme > May, 5k" $12k'))["name"] == "Acme > May, 5k"


async def test_a_quoted_name_is_no_longer_than_its_column(marc: Context) -> None:
    """It is refused as one without quotes is, instead of breaking the write on one of the databases."""
    for name in ("x" * 201, f'"{"x" * 201}"', f"« {'x' * 201} »"):
        with pytest.raises(Misread):
            await bound(marc, f"contact new {name}")


async def test_quotes_around_nothing_are_no_name(marc: Context) -> None:
    """It is asked for."""
    with pytest.raises(Asked) as asked:
        await bound(marc, 'contact new "  "')
    assert asked.value.parameter == "name"


# -- what is missing, what fits twice, what cannot be


@pytest.mark.parametrize(
    ("line", "parameter", "known"),
    [
        ("call", "contact", set()),
        ("call 20m", "contact", {"duration"}),
        ("note D-142", "notes", {"record"}),
        ("note", "record", set()),
        ("contact new", "name", set()),
        ("contact new ann@acme.example", "name", {"emails"}),
        ("deal new $12k", "name", {"amount"}),
        ("deal", "deal", set()),
        ("move D-90", "stage", {"deal"}),
        ("move D-90 >", "stage", {"deal"}),
        ("remind call Jane Doe", "at", {"text", "contact"}),
        ("remind tomorrow 10am", "text", {"at"}),
        ("remind", "text", set()),
        ("done", "reminder", set()),
        ("find", "text", set()),
        ("history", "record", set()),
    ],
)
async def test_a_missing_argument_is_asked_for_and_nothing_else(
    marc: Context, line: str, parameter: str, known: set[str]
) -> None:
    """The question keeps all that was said."""
    with pytest.raises(Asked) as asked:
        await bound(marc, line)
    assert asked.value.parameter == parameter
    assert asked.value.invocation.arguments.keys() == known
    assert asked.value.prompt


async def test_the_answer_completes_what_was_said(marc: Context) -> None:
    """It is read as nothing but the value, and binds what the whole line would have bound."""
    with pytest.raises(Asked) as asked:
        await bound(marc, "move D-90")
    command = REGISTER["move"]
    found = await binding.restore(marc, command, asked.value.invocation.arguments)
    assert await binding.complete(marc, command, found, command.parameter("stage"), "négo")
    assert _comparable(found).keys() == {"deal", "stage"}
    assert found["stage"] == (await values(marc, "D-90 > negotiation"))["stage"]


async def test_an_answer_that_is_none_changes_nothing(marc: Context) -> None:
    """A time is asked for, and no time was said."""
    command = REGISTER["remind"]
    found: dict[str, Any] = {"text": "x"}
    assert not await binding.complete(marc, command, found, command.parameter("at"), "whenever you like")
    assert found == {"text": "x"}


async def test_several_that_fit_are_asked_about_with_all_else_kept(marc: Context) -> None:
    """Each choice is the value that the question's parameter would have had."""
    with pytest.raises(Asked) as asked:
        await bound(marc, "call Jane 20m about pilot")
    assert (asked.value.parameter, asked.value.invocation.arguments) == (
        "contact",
        {"duration": 1200, "notes": "about pilot"},
    )
    assert {choice.value for choice in asked.value.choices} == {"C-12", "C-31"}


@pytest.mark.parametrize(
    "line", ["call C-999", "note D-1 x", "deal nosuchdeal", "history O-77", "D-90 > nowhere"]
)
async def test_what_does_not_exist_is_refused_by_its_name(marc: Context, line: str) -> None:
    """Not asked about: it was said."""
    with pytest.raises(NotFound) as refused:
        await bound(marc, line)
    assert refused.value.text


async def test_an_impossible_date_is_refused(marc: Context) -> None:
    """It is not taken for a note."""
    with pytest.raises(Misread):
        await bound(marc, "remind call Jane Doe 30 feb 10am")


# -- kept by a button, and had back


@pytest.fixture(scope="module")
def runner(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[asyncio.Runner]:
    """A loop in which the demo's world is open, for tests that ask many small questions of it."""
    path = tmp_path_factory.mktemp("binding") / "parley.db"
    shutil.copyfile(sqlite_template, path)
    with asyncio.Runner() as loop:
        world = demo_world(f"sqlite://{path}")
        loop.run(world.__aenter__())
        yield loop
        loop.run(world.__aexit__(None, None, None))


def _parameters() -> list[Any]:
    return [
        pytest.param(command, parameter, id=f"{name} {parameter.name}")
        for name, command in sorted(REGISTER.items())
        for parameter in command.parameters
    ]


@pytest.fixture(scope="module")
def busy(runner: asyncio.Runner) -> Context:
    """Marc, who has two reminders, a lead and files, is asked for something, and removed a deal."""

    async def busy() -> Context:
        ctx = await speaker("marc")
        for hour in (9, 10):
            wall = datetime(2026, 10, 20, hour)
            await Reminder.schedule(f"at {hour}", ctx.author, wall=wall, zone="Europe/Paris")
        deal = await Deal.get(number=90)
        by = (await speaker("lea")).author
        known = {"deal": deal.reference}
        await Approval.ask(by, deal, ctx.member, command="won", arguments=known, line="gagné D-90")
        await remove(await Deal.get(number=118), ctx.author)
        await Lead.add(ctx.author, person="Ann Lee", owner_id=ctx.member.id)
        for kind in (AttachmentKind.PHOTO, AttachmentKind.VCARD):
            await Attachment.receive(kind, ctx.author, name="a file", platform="telegram", source="x")
        return ctx

    return runner.run(busy())


@pytest.mark.parametrize(("command", "parameter"), _parameters())
def test_every_value_that_a_button_keeps_comes_back(
    runner: asyncio.Runner, busy: Context, command: Command, parameter: Parameter
) -> None:
    """Dumped, written as JSON, read and restored, it is the value it was: for every parameter there is."""
    every = runner.run(possible(busy, command, parameter))

    @tries(15)
    @given(every)
    def comes_back(value: Any) -> None:
        kept = json.loads(json.dumps(binding.dump(command, {parameter.name: value})))
        back = runner.run(binding.restore(busy, command, kept))
        assert back == {parameter.name: value}

    comes_back()


@pytest.mark.parametrize(
    ("name", "language"),
    [
        (name, entry.tag)
        for entry in languages()
        for name in sorted(entry.examples)
        if name in REGISTER and name not in ("done", "snooze", "skip")
    ],
)
def test_what_an_example_binds_a_button_can_keep(
    runner: asyncio.Runner, busy: Context, name: str, language: str
) -> None:
    """All its values together, so that a question about one of them loses none."""

    async def round_trip() -> tuple[Bound, dict[str, Any]]:
        async with _ready(name, language) as line:
            found = await bound(busy, line)
            kept = json.loads(json.dumps(binding.dump(found.command, found.values)))
            return found, await binding.restore(busy, found.command, kept)

    try:
        found, back = runner.run(round_trip())
    except Asked as asked:
        # Two Janes: the example's own question. What it keeps is restored below by its answer.
        assert asked.parameter in ("contact", "text", "record")
        return
    assert back == found.values


@asynccontextmanager
async def _ready(name: str, language: str) -> AsyncIterator[str]:
    """An example, as long as there is what it refers to: a new lead, what was removed."""
    line = example(name, language)
    if name == "convert" and not await Lead.exists(number=8):
        ctx = await speaker("marc")
        await Lead.add(ctx.author, person="Ann Lee", company="Lee Foods", owner_id=ctx.member.id)
    if name != "restore":
        yield line
        return
    reference = line.split()[-1]
    model, number = LETTERS[reference[0]], int(reference[2:])
    await remove(await model.get(number=number), (await speaker("sam")).author)
    yield line
    await bring_back(await model.get(number=number), (await speaker("sam")).author)


# -- whatever is typed

_PARTS = st.sampled_from(
    [
        *(
            "Jane Doe",
            "Jane",
            "Acme",
            "@ Acme",
            "chez Globex",
            "D-142",
            "C-12",
            "R-1",
            "#acme",
            "x@y.example",
        ),
        *(
            "+33 6 39 98 01 12",
            "5k€",
            "12 000 €",
            "9500",
            "20m",
            "tomorrow 10am",
            "jeudi",
            "30 feb",
            "\n",
            ";",
        ),
        *("> won", "> négo", ", next demo Thu 10am", ": wants 50 seats", "“ok”", "*<b> {0}", "' OR 1=1"),
        *("close 30/11", '"', "«", "–"),
    ]
)
_LINES = st.lists(
    st.tuples(_PARTS | st.text(max_size=5), st.sampled_from([" ", ", ", "\n"])), max_size=7
).map(lambda parts: reading.normalise("".join(part + gap for part, gap in parts)))
# What a note may lose: white space, separators that lost a side, quotes that stood around all of it.
_LOSABLE = ' \t\n,;:.–—-"«»'


@pytest.mark.parametrize("name", sorted(REGISTER))
def test_whatever_is_typed_is_bound_asked_refused_or_noted(
    runner: asyncio.Runner, busy: Context, name: str
) -> None:
    """No line breaks a command; of one that is bound, what no other parameter took is the note, all of it."""
    command = REGISTER[name]
    note = next((each for each in command.parameters if type(each.argument) is RestArgument), None)

    @tries(25)
    @given(_LINES)
    def is_answered(line: str) -> None:
        read = reading.read(line, command.kinds, busy.speaker, log=command.log)
        try:
            found = runner.run(binding.bind(busy, command, read))
        except (Asked, Misread, NotFound, InvalidValue):
            return
        if note is not None:
            assert _solid(found.get(note.name, "")) == _solid(_untaken(read))

    is_answered()


def _untaken(read: reading.Reading) -> str:
    taken = {place for start, end in read.taken for place in range(start, end)}
    return "".join(char for place, char in enumerate(read.text) if place not in taken)


def _solid(text: str) -> str:
    return "".join(char for char in text if char not in _LOSABLE and not char.isspace())
