"""Twins: is it the same? What is already known is shown before it is created a second time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from handlers.chat.context import Context
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Text
from models import search
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.lead import Lead, LeadStatus
from models.record import Record

Person = TypeVar("Person", Contact, Lead)

Alike = TypeVar("Alike", bound=Record)

# Offered as buttons; more would have to be read instead of seen.
MOST_TWINS = 5

# What may stand or be missing in the same company's name.
_LEGAL_FORMS = frozenset(
    {"sarl", "sas", "sasu", "sa", "eurl", "sci", "snc", "gmbh", "ag", "kg", "inc", "llc", "ltd", "limited"}
    | {"plc", "corp", "co", "bv", "nv", "srl", "spa"}
)


async def people_like(
    ctx: Context, model: type[Person], name: str, emails: Sequence[str], phones: Sequence[str]
) -> list[Person]:
    """Visible people with the same address, number, or full name; leads only until they are converted."""
    found = dict[int, Person]()
    for address in (*emails, *phones):
        for person in await search.find(model, ctx.member, address):
            if address in person.emails or address in person.phones:
                found[person.id] = person
    for person in await search.find(model, ctx.member, name):
        if sorted(search.parts(person.title)) == sorted(search.parts(name)):
            found[person.id] = person
    return _others(ctx, [person for person in found.values() if not _is_converted(person)])[:MOST_TWINS]


def _is_converted(person: Contact | Lead) -> bool:
    return isinstance(person, Lead) and person.status is LeadStatus.CONVERTED


async def companies_like(ctx: Context, name: str, *, website: str = "", city: str = "") -> list[Company]:
    """Visible companies with the same website or name, or, in the same city, a name within the other."""
    found = dict[int, Company]()
    if website:
        for company in await search.find(Company, ctx.member, website):
            if search.fold(company.website) == search.fold(website):
                found[company.id] = company
    own = _core(name)
    for word in sorted(own, key=len, reverse=True)[:1]:
        for company in await search.find(Company, ctx.member, word):
            other = _core(company.name)
            same_city = bool(city) and search.fold(city) == search.fold(company.city)
            if own == other or (same_city and (own <= other or other <= own)):
                found[company.id] = company
    return _others(ctx, list(found.values()))[:MOST_TWINS]


def _others(ctx: Context, found: list[Alike]) -> list[Alike]:
    """Without what an edited message created itself."""
    return [record for record in found if record not in ctx.author.reusing]


def _core(name: str) -> set[str]:
    """The words that tell a company from others; all of them where it has none but legal forms."""
    typed = set(search.parts(name))
    return typed - _LEGAL_FORMS or typed


def is_it(ctx: Context, question: str, choices: Sequence[tuple[str, Invocation]]) -> Reply:
    """The question with a button for each answer; nothing is written."""
    buttons = tuple(Button(label, invocation) for label, invocation in choices)
    return Reply((Text(question), Buttons(buttons)), replaces=ctx.request.pressed is not None)


async def like(ctx: Context, record: Record) -> list[Record]:
    """Visible records of its kind that may be the same as this one."""
    found: Sequence[Record] = ()
    match record:
        case Contact():
            found = await people_like(ctx, Contact, record.name, record.emails, record.phones)
        case Lead():
            found = await people_like(ctx, Lead, record.person, record.emails, record.phones)
        case Company():
            found = await companies_like(ctx, record.name, website=record.website, city=record.city)
        case Deal():
            found = await _deals_like(ctx, record)
    return [other for other in found if other.pk != record.pk]


async def _deals_like(ctx: Context, deal: Deal) -> list[Deal]:
    """Deals of that name with the same company: two customers may both want a renewal."""
    found = await search.find(Deal, ctx.member, deal.name)
    own = sorted(search.words(deal.name))
    return [
        other
        for other in found
        if sorted(search.words(other.name)) == own and other.company_id == deal.company_id
    ][:MOST_TWINS]
