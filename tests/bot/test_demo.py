"""The made-up sales team of `parley demo`."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import phonenumbers

from bot import demo, founding
from bot.database import Database
from models.change import Change, last_said
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Stage
from models.lead import Lead
from models.member import Member
from models.messaging.counter import Counter
from models.money import Money
from models.workspace import Workspace


async def seeded(database: Database) -> Workspace:
    async with database.transaction():
        workspace = await founding.workspace(demo.SETTINGS, now=demo.WRITTEN)
        await demo.seed(workspace)
        return workspace


async def test_the_people_and_deals_of_the_documentation_are_there(database: Database) -> None:
    """Léa, Marc and Nora; two Janes; D-142 and D-90 with their owners, stages, amounts and contacts."""
    await seeded(database)
    team = {member.name.split()[0]: member for member in await Member.all()}
    assert (team["Léa"].locale, team["Léa"].zone) == ("fr-FR", "Europe/Paris")
    assert (team["Marc"].locale, team["Marc"].zone) == ("en-US", "America/New_York")
    assert await team["Nora"].leads(team["Léa"].id)
    assert await team["Nora"].leads(team["Marc"].id)
    assert await Contact.filter(name__startswith="Jane").count() == 2
    acme = await Deal.get(number=142)
    assert (acme.name, acme.owner_id, acme.money) == (
        "Acme Renewal",
        team["Léa"].id,
        Money(Decimal(12_000), "EUR"),
    )
    assert (await Stage.get(id=acme.stage_id)).name == "Proposal"
    main, *_ = await acme.contact_ids()
    assert (await Contact.get(id=main)).name == "Jane Doe"
    globex = await Deal.get(number=90)
    assert (globex.name, globex.owner_id) == ("Globex Pilot", team["Marc"].id)
    assert (await Company.get(id=globex.company_id)).name == "Globex"


async def test_new_records_get_numbers_after_the_seeded_ones(database: Database) -> None:
    """The counters stand behind the highest number of each kind."""
    workspace = await seeded(database)
    async with database.transaction():
        for kind in (Contact, Company, Deal, Lead):
            highest = await kind.all().order_by("-number").first()
            assert highest is not None
            assert await Counter.take(workspace.id, kind.KIND) == highest.number + 1


async def test_undo_of_the_first_minute_does_not_take_the_demo_apart(database: Database) -> None:
    """What was seeded is older than the day within which the word `undo` reaches back."""
    await seeded(database)
    for member in await Member.all():
        yesterday = demo.NOW - timedelta(hours=24)
        assert await last_said(member, since=yesterday, removals_since=yesterday) is None
    assert await Change.all().count() > 0


def test_nobody_real_can_be_called_or_written_to() -> None:
    """Phone numbers are well-formed, addresses lie in the domain kept for examples (RFC 2606)."""
    for person in demo.PEOPLE:
        assert all(email.endswith(".example") for email in person.emails)
        assert all(phonenumbers.is_possible_number(phonenumbers.parse(phone)) for phone in person.phones)
    assert all(newcomer.email.endswith(".example") for newcomer in demo.TEAM)
