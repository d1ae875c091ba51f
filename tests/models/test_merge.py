"""Merging two records: nothing of either is lost, and it can be taken back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot import demo, founding
from bot.database import Database
from models.activity import Activity, ActivityKind
from models.change import Author, Change
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.errors import NotAllowed
from models.member import Member
from models.undo import undo

NOW = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)


async def _world(database: Database) -> Author:
    async with database.transaction():
        await demo.seed(await founding.workspace(demo.SETTINGS, now=demo.WRITTEN))
    return Author(await Member.get(email="sam@parley.example").select_related("workspace"), NOW, "1.0")


async def _twins(by: Author) -> tuple[Contact, Contact]:
    jane = await Contact.get(name="Jane Doe")
    twin = await Contact.add(
        Author(by.member, NOW, "0.0"),
        name="Jane Doe",
        emails=["j@acme.example"],
        job_title="Buyer",
        notes="shy",
    )
    deal = await Deal.get(number=142)
    await deal.set_contacts(Author(by.member, NOW, "0.1"), [jane.id, twin.id])
    await Activity.log(
        ActivityKind.CALL, Author(by.member, NOW, "0.2"), at=NOW, notes="hello", contact_id=twin.id
    )
    return jane, twin


async def test_the_survivor_has_everything(database: Database) -> None:
    """Its own values stay, the other's fill what was empty, lists are joined, children move."""
    by = await _world(database)
    jane, twin = await _twins(by)
    async with database.transaction():
        await jane.absorb(twin, by)
    jane = await Contact.get(id=jane.id)
    assert (jane.emails[-1], jane.notes) == ("j@acme.example", "shy")
    assert (await Activity.get(notes="hello")).contact_id == jane.id
    assert await (await Deal.get(number=142)).contact_ids() == [jane.id]
    assert {found.id for found in [await Contact.by_number(by.member, twin.number)]} == {jane.id}
    assert await Change.filter(said="1.0").count() == 2


async def test_it_is_taken_back_whole(database: Database) -> None:
    """Both stand as before, with the children each had."""
    by = await _world(database)
    jane, twin = await _twins(by)
    before = await Contact.all().order_by("id").values("name", "emails", "notes", "deleted_at", "merged_into")
    async with database.transaction():
        await jane.absorb(twin, by)
    async with database.transaction():
        await undo(Author(by.member, NOW, "2.0"), "1.0")
    assert (
        await Contact.all().order_by("id").values("name", "emails", "notes", "deleted_at", "merged_into")
        == before
    )
    assert (await Activity.get(notes="hello")).contact_id == twin.id
    assert await (await Deal.get(number=142)).contact_ids() == [jane.id, twin.id]


async def test_merged_companies_are_found_by_their_people(database: Database) -> None:
    """What searched by the company's name follows it."""
    by = await _world(database)
    acme = await Company.get(name="Acme")
    other = await Company.add(Author(by.member, NOW, "0.0"), name="Acme France", city="Lyon")
    async with database.transaction():
        await other.absorb(acme, by)
    assert (await Contact.get(name="Jane Doe")).company_id == other.id
    assert (await Company.by_number(by.member, acme.number)).id == other.id


async def test_a_record_is_not_merged_with_itself(database: Database) -> None:
    """Refused, and nothing is written."""
    by = await _world(database)
    jane = await Contact.get(name="Jane Doe")
    with pytest.raises(NotAllowed):
        await jane.absorb(jane, by)
    assert not await Change.exists(said="1.0")
