"""The world of the documentation: a Wednesday afternoon in October, two Janes, a handful of deals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot import members
from bot.demo.team import TEAM
from models.change import Author
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Pipeline, Stage
from models.lead import Lead
from models.member import Member
from models.messaging.counter import Counter
from models.money import Money
from models.record import Record
from models.workspace import Workspace

NOW = datetime(2026, 10, 14, 15, 30, tzinfo=ZoneInfo("Europe/Paris"))
# When all of it was written: so long ago that `undo` of the first minute does not take it back.
WRITTEN = NOW - timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone outside the team. Telephone numbers are of the ranges kept free for fiction."""

    number: int
    name: str
    company: str
    owner: str
    title: str = ""
    emails: Sequence[str] = ()
    phones: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Sale:
    """A deal, with the names of those it is made with; the amount in euros."""

    number: int
    name: str
    company: str
    owner: str
    stage: str
    amount: int
    close: date
    people: Sequence[str] = field(default=())


COMPANIES = {"Acme": "Paris", "Globex": "Boston", "Tarte & Fils": "Lyon", "Initech": "London"}
PEOPLE = (
    Person(12, "Jane Doe", "Acme", "lea", "Head of Sales", ["jane.doe@acme.example"], ["+33639980112"]),
    Person(15, "Luc Moreau", "Acme", "lea", "Acheteur", ["luc.moreau@acme.example"], ["+33639980113"]),
    Person(31, "Jane Roy", "Globex", "marc", "COO", ["jane.roy@globex.example"], ["+16175550142"]),
    Person(34, "May Chen", "Globex", "marc", "Procurement", ["may.chen@globex.example"], ["+16175550187"]),
    Person(40, "Zoé Roy", "Tarte & Fils", "lea", "Gérante", ["zoe@tarte.example"], ["+33639980144"]),
    Person(47, "Omar Haddad", "Initech", "marc", "CTO", ["omar@initech.example"], ["+442079460171"]),
)
DEALS = (
    Sale(90, "Globex Pilot", "Globex", "marc", "Qualified", 8_000, date(2026, 11, 30), ["Jane Roy"]),
    Sale(118, "Initech Rollout", "Initech", "marc", "New", 25_000, date(2027, 1, 29), ["Omar Haddad"]),
    Sale(
        131,
        "Tarte & Fils Boutique",
        "Tarte & Fils",
        "lea",
        "Proposal",
        4_500,
        date(2026, 11, 13),
        ["Zoé Roy"],
    ),
    Sale(
        142, "Acme Renewal", "Acme", "lea", "Proposal", 12_000, date(2026, 11, 30), ["Jane Doe", "Luc Moreau"]
    ),
)


async def seed(workspace: Workspace, *, now: datetime = WRITTEN) -> None:
    """Fill an empty workspace, inside a transaction. Numbers are those of the documentation."""
    team = {newcomer.email: await members.add(newcomer, workspace, now=now) for newcomer in TEAM}
    authors = {email.partition("@")[0]: Author(member, now, "demo") for email, member in team.items()}
    companies = {name: await _company(name, city, authors["nora"]) for name, city in COMPANIES.items()}
    people = {
        person.name: await _contact(person, companies[person.company], authors[person.owner])
        for person in PEOPLE
    }
    stages = await _stages(workspace)
    for sale in DEALS:
        deal = await _deal(sale, companies[sale.company], stages[sale.stage], authors[sale.owner])
        await deal.set_contacts(authors[sale.owner], [people[name].id for name in sale.people])
    await _next(Lead, 7, authors["lea"].member)
    await Lead.add(
        authors["lea"],
        person="Paul Vidal",
        company="Vidal Traiteur",
        source="Web",
        emails=["paul@vidal.example"],
        owner_id=authors["lea"].member.id,
    )


async def _company(name: str, city: str, by: Author) -> Company:
    return await Company.add(by, name=name, city=city)


async def _contact(person: Person, company: Company, by: Author) -> Contact:
    await _next(Contact, person.number, by.member)
    return await Contact.add(
        by,
        name=person.name,
        job_title=person.title,
        company_id=company.id,
        owner_id=by.member.id,
        emails=list(person.emails),
        phones=list(person.phones),
    )


async def _deal(sale: Sale, company: Company, stage: Stage, by: Author) -> Deal:
    await _next(Deal, sale.number, by.member)
    money = Money(Decimal(sale.amount), "EUR")
    return await Deal.add(
        by,
        name=sale.name,
        company_id=company.id,
        stage_id=stage.id,
        owner_id=by.member.id,
        amount=money.minor(),
        currency=money.currency,
        expected_close=sale.close,
    )


async def _stages(workspace: Workspace) -> dict[str, Stage]:
    pipeline = await Pipeline.default_of(workspace.id)
    return {stage.name: stage for stage in await Stage.filter(pipeline=pipeline)}


async def _next(kind: type[Record], number: int, member: Member) -> None:
    await Counter.advance(member.workspace_id, kind.KIND, number)
