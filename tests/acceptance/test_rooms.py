"""Rooms: what may stand where others read along, and who decides it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.database import Database
from bot.whereabouts import READ_BY_OTHERS
from handlers.chat.command import REGISTER
from handlers.chat.language import languages
from handlers.chat.privacy import Readers, may_stand
from handlers.chat.verbs import example
from models.change import Author, Change
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.member import Member
from models.messaging.focus import Focus
from models.messaging.inbox import Incoming
from models.messaging.outbox import Outgoing
from models.room import Room
from tests.acceptance.office import SALES, Office, at, office, private
from tests.acceptance.rooms import Rooms
from tests.bot.machine import eventually

ASIDE = "Answer sent to you in private."
# An address, a number to call, an amount: "12 000,00 €", "$9k", "5.000".
TELLING = re.compile(r"\w@\w|\+\d{6}|[€$£]|\d[\s\u00a0\u202f.,]\d{3}(?!\d)")
# Rooms that anybody may read, by how they came to be so.
OPEN = ("undeclared", "external", "shared")


_HELP = {example("help", entry.tag) for entry in languages()}


def _lines() -> Iterator[str]:
    """What is said of each command, in both languages: its example, its verb alone, a stranger's name."""
    for language in (entry.tag for entry in languages()):
        for name in sorted(REGISTER):
            if not REGISTER[name].hidden and (line := example(name, language)):
                yield line
    yield from ("Jane Doe", "quxx acme", "find jane@acme.example", "D-142", "who jane", "amount D-142 99k")


async def _becomes(here: Office, kind: str) -> None:
    """Make the room one of the kinds that anybody may read."""
    if kind == "external":
        await here.says("sam", "here internal")
        await here.says("sam", "here external")
    if kind == "shared":
        await here.says("sam", "here internal")
        here.rooms.outsiders.add(SALES)


async def _customers() -> set[str]:
    """The names of all that is kept of customers."""
    names = {contact.name for contact in await Contact.all()} | {deal.name for deal in await Deal.all()}
    return names | {company.name for company in await Company.all()}


@pytest.mark.threat("S6")
@pytest.mark.parametrize("kind", OPEN)
async def test_s6_nothing_of_customers_stands_where_anybody_may_read(sqlite_url: str, kind: str) -> None:
    """Every command, answers and questions, refusals and edits: no address, number, amount or name."""
    async with office(sqlite_url) as here:
        await _becomes(here, kind)
        for line in _lines():
            for name in ("lea", "nora"):
                # The examples that help shows are about the demonstration's customers, in every workspace.
                known = set() if line in _HELP else await _customers()
                for shown in await here.says(name, line):
                    if shown.address != SALES or shown.only_to:
                        continue
                    assert not TELLING.search(shown.text), f"{line}: {shown.text}"
                    assert not [each for each in known if each in shown.text], f"{line}: {shown.text}"
            await Room.filter(address=SALES).update(internal=kind == "shared")


@pytest.mark.threat("S6")
@pytest.mark.parametrize("kind", OPEN)
async def test_s6_the_asker_is_answered_in_private(database_url: str, kind: str) -> None:
    """The card is in their own chat, and the room is told so; the talk goes on there."""
    async with office(database_url) as here:
        await _becomes(here, kind)
        shown = await here.says("marc", "deal acme")
        assert at(shown, SALES) == [ASIDE]
        assert "D-142 Acme Renewal" in at(shown, private("marc"))[0]
        asked = await here.says("marc", "call Jane about pilot")
        assert at(asked, SALES) == [ASIDE]
        logged = await here.says("marc", "Jane Roy", "")
        assert "Call logged" in at(logged, private("marc"))[0]
        marc = await Member.get(email="marc@parley.example")
        assert not await Focus.exists(member_id=marc.id, address=SALES)


@pytest.mark.threat("S6")
async def test_s6_a_press_shows_its_answer_to_the_presser_alone(database_url: str) -> None:
    """Under a message of the time when the room was internal; who presses is told where the answer is."""
    async with office(database_url) as here:
        await here.says("sam", "here internal")
        (card,) = await here.says("marc", "deal D-90")
        await here.says("sam", "here external")
        shown = await here.presses("nora", card, "History")
        assert at(shown, SALES) == []
        assert "D-90" in at(shown, private("nora"))[0]
        (popup,) = [each for each in shown if each.only_to]
        assert popup.text.strip() == ASIDE


@pytest.mark.threat("S6")
@pytest.mark.parametrize("kind", ["internal", *OPEN])
async def test_s6_what_stands_in_a_room_is_amended_as_a_fresh_answer_might_be(
    database_url: str, kind: str
) -> None:
    """What was pushed where anybody reads by now stays as it was; among colleagues it is edited."""
    async with office(database_url) as here:
        await here.says("sam", "here internal")
        await here.says("marc", "remind call Jane Roy in 2h", "")
        (push,) = [each for each in await here.passes(timedelta(hours=2)) if each.push]
        await Outgoing.filter(message_ref=push.ref).update(address=SALES)
        if kind == "undeclared":
            await Room.all().delete()
        elif kind != "internal":
            await _becomes(here, kind)
            await here.says("sam", "about")
        await here.says("marc", "today", "")
        shown = await here.says("marc", "done 1", "")
        assert "✅ Done by Marc" in at(shown, private("marc"))[0]
        assert len(at(shown, SALES)) == (kind == "internal")


@pytest.mark.threat("S6")
async def test_s6_an_edit_is_answered_in_private_too(database_url: str) -> None:
    """The receipt in the room is not changed any more, once others may read it; the one in private is."""
    async with office(database_url) as here:
        await here.says("sam", "here internal")
        (receipt,) = await here.says("marc", "note D-90 legal waits", ref="m1")
        await here.says("sam", "here external")
        amended = await here.says("marc", "note D-90 legal agrees", ref="m1", edited=True)
        assert at(amended, SALES) == [ASIDE]
        assert any(each.address == private("marc") for each in amended)
        assert receipt.ref not in [each.ref for each in amended]
        (first,) = [
            each for each in await here.says("marc", "note D-90 ok", ref="m2") if each.address != SALES
        ]
        edited = await here.says("marc", "note D-90 all is well", ref="m2", edited=True)
        assert at(edited, SALES) == [ASIDE]
        assert first.ref in [each.ref for each in edited]


async def test_in_an_internal_room_answers_stand(database_url: str) -> None:
    """An admin said so; a rep and a manager cannot, and an admin can take it back."""
    async with office(database_url) as here:
        for name in ("marc", "nora"):
            refused = await here.says(name, "here internal")
            assert "Only admins can do that." in at(refused, private(name))[0]
        assert "This room is internal" in at(await here.says("sam", "here internal"), SALES)[0]
        assert "D-142 Acme Renewal" in at(await here.says("marc", "deal acme"), SALES)[0]
        assert "Others may read this room" in at(await here.says("sam", "here external"), SALES)[0]
        assert at(await here.says("marc", "deal acme"), SALES) == [ASIDE]


async def test_it_is_undone(database_url: str) -> None:
    """By the button; it stands in the history of the set-up."""
    async with office(database_url) as here:
        (said,) = await here.says("sam", "here internal")
        await here.presses("sam", said, "Undo")
        assert not (await Room.get()).internal
        assert await Change.filter(kind="room").count() == 2


async def test_where_outsiders_read_no_room_is_internal(database_url: str) -> None:
    """What the platform knows outweighs what an admin says, before and afterwards."""
    async with office(database_url) as here:
        here.rooms.outsiders.add(SALES)
        refused = await here.says("sam", "here internal")
        assert "it cannot be internal" in at(refused, private("sam"))[0]
        assert not await Room.filter(internal=True).exists()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", ["post", "here"])
async def test_the_example_that_help_shows_does_it(database_url: str, name: str, language: str) -> None:
    """Said in a room by an admin, in both languages."""
    async with office(database_url) as here:
        await here.says("sam", example(name, language))
        room = await Room.get()
        assert (room.posts == ["wins"]) is (name == "post")
        assert room.internal is (name == "here")


def test_only_what_says_nothing_of_a_customer_is_open() -> None:
    """The list is short, so that whoever adds to it is seen to."""
    known = {name for name in REGISTER if may_stand(name, Readers.ANYBODY)}
    assert known == {"help", "about", "cancel", "post", "here"}
    assert not may_stand("", Readers.ANYBODY)
    assert all(may_stand(name, readers) for name in REGISTER for readers in (Readers.ONE, Readers.COLLEAGUES))


@pytest.mark.threat("S6")
async def test_what_another_process_heard_of_a_room_goes_before_what_this_one_knew(database_url: str) -> None:
    """Others read it from that moment on; a minute later everybody's knowledge is newer than that."""
    async with office(database_url) as here:
        await here.says("sam", "here internal")
        assert len(at(await here.says("marc", "who jane"), SALES)[0]) > len(ASIDE)
        now = here.clock.now()
        await Room.all().update(outsiders=True)
        settled: dict[str, Any] = {
            "state": "done",
            "outcome": READ_BY_OTHERS,
            "received_at": now,
            "done_at": now,
        }
        await Incoming.create(platform=Rooms.name, key="joined", address=SALES, payload="{}", **settled)
        shown = await here.says("marc", "who jane")
        assert at(shown, SALES) == [ASIDE]
        assert at(shown, private("marc")) != []
        here.clock.advance_to(now + timedelta(minutes=2))
        assert len(at(await here.says("marc", "who jane"), SALES)[0]) > len(ASIDE)


async def test_two_who_set_up_one_room_at_once_both_do(postgres_url: str) -> None:
    """On Slack each says it in an answer of their own, so that nothing else keeps one behind the other."""
    async with office(postgres_url) as here:
        database = here.app.database
        sam = await Member.get(email="sam@parley.example").select_related("workspace")
        begun = asyncio.Event()

        async def elsewhere() -> None:
            async with database.transaction():
                await sam.workspace.hold()
                author = Author(sam, here.clock.now(), "other.0")
                await Room.declare(author, Rooms.name, SALES, internal=True)
                begun.set()
                await eventually(partial(_somebody_waits, database))

        async with asyncio.TaskGroup() as both:
            both.create_task(elsewhere())
            await begun.wait()
            await here.says("nora", "post here wins")
        room = await Room.get()
        assert (room.internal, room.posts) == (True, ["wins"])


async def _somebody_waits(database: Database) -> bool:
    return bool(await database.fetch("SELECT 1 AS waits FROM pg_locks WHERE NOT granted"))
