"""Leads: a new one, its card, and what it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.cards import card, named, receipt
from handlers.chat import twins
from handlers.chat.arguments import AnAmount, AnyNumber, Emails, Hidden, Name, Phones, Rest, label
from handlers.chat.command import command
from handlers.chat.confirming import confirmation
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.options import Source, option_name
from handlers.chat.people import ALead
from handlers.chat.places import Employer
from handlers.chat.reply import Invocation, Reply
from models.company import Company
from models.contact import Contact
from models.errors import AlreadyDone
from models.lead import Converted, Lead, LeadStatus
from models.money import Money
from models.record import Record

# What a button says where a new record is wanted, not one of the known ones.
_NEW = "new"


@command(msg("Add a lead"))
async def lead_new(
    ctx: Context,
    *,
    source: Source | None = None,
    emails: Emails | None = None,
    phones: Phones | None = None,
    amount: AnAmount | None = None,
    company: Employer | None = None,
    name: Name,
    notes: Rest | None = None,
    twin: Hidden | None = None,
) -> Reply:
    """Add an inquiry; one that is there already is shown first, a known contact is named."""
    values = {"company": company, "source": source, "emails": emails, "phones": phones, "notes": notes}
    typed = {column: value for column, value in values.items() if value}
    like = [] if twin else await twins.people_like(ctx, Lead, name, emails or [], phones or [])
    if like:
        money = {"amount": [str(amount.amount), amount.currency]} if amount else {}
        return _is_it(ctx, like, {**typed, **money, "name": name})
    lead = await Lead.add(
        ctx.author,
        person=name,
        owner_id=ctx.member.id,
        amount=amount.minor() if amount else None,
        currency=amount.currency if amount else None,
        **typed,
    )
    return receipt(ctx, " · ".join([*_facts(ctx, lead), *await _known_as(ctx, lead)]), lead)


def _facts(ctx: Context, lead: Lead) -> list[str]:
    chips = [ctx.text("✅ New lead {id} · {name}", id=lead.reference, name=_named(lead))]
    chips += [option_name(ctx, lead.source)] if lead.source else []
    chips += [*lead.emails, *lead.phones]
    return [*chips, ctx.locale.money(lead.money.amount, lead.money.currency)] if lead.money else chips


def _named(lead: Lead) -> str:
    return f"{lead.person} ({lead.company})" if lead.company else lead.person


async def _known_as(ctx: Context, lead: Lead) -> list[str]:
    """The contacts that it may be; which of them it is will be asked when it is converted."""
    known = await twins.people_like(ctx, Contact, lead.person, lead.emails, lead.phones)
    names = ", ".join([f"{contact.reference} {await named(ctx, contact)}" for contact in known])
    return [ctx.text("perhaps {names}", names=names)] if names else []


def _is_it(ctx: Context, like: Sequence[Lead], typed: dict[str, Any]) -> Reply:
    names = ", ".join(f"{each.reference} {_named(each)}" for each in like)
    choices = [
        (ctx.text("Yes, open {id}", id=each.reference), Invocation("show", {"record": each.reference}))
        for each in like
    ]
    again = Invocation("lead_new", {**typed, "twin": _NEW})
    sentence = ctx.text("{names}: is it the same person? Nothing was added yet.", names=names)
    return twins.is_it(ctx, sentence, [*choices, (ctx.text("Add all the same"), again)])


@command(msg("Show a lead"), reads=True)
async def lead(ctx: Context, lead: ALead) -> Reply:
    """Show a lead's card."""
    return Reply(await card(ctx, lead))


@command(msg("Turn a lead into a contact, and into a deal"))
async def convert(
    ctx: Context,
    lead: ALead,
    amount: AnyNumber | None = None,
    *,
    contact: Hidden | None = None,
    company: Hidden | None = None,
    confirmed: Hidden | None = None,
) -> Reply:
    """Convert a lead; who may be known already is offered, and a deal is opened where an amount is known."""
    if lead.status is LeadStatus.CONVERTED:
        raise AlreadyDone("convert")
    known: dict[str, Any] = {"lead": lead.reference}
    known |= {"amount": [str(amount.amount), amount.currency]} if amount else {}
    if contact is None and (
        like := await twins.people_like(ctx, Contact, lead.person, lead.emails, lead.phones)
    ):
        return await _who(ctx, lead, like, known)
    person = await _chosen(ctx, Contact, contact)
    if person is not None and person.company_id is not None:
        company = _NEW  # a contact's own employer stays; none is asked for
    known |= {"contact": contact} if contact else {}
    if company is None and (same := await _employers(ctx, lead)):
        if len(same) > 1 or same[0].name != lead.company:
            return _which_company(ctx, lead, same, known)
        company = same[0].reference
    employer = await _chosen(ctx, Company, company)
    lines = [f"{lead.reference} {_named(lead)}", *_becoming(ctx, lead, person, employer, amount)]
    written: list[Record] = [lead]
    written += [person] if person is not None and lead.gains(person, employer) else []
    known |= {"company": company} if company else {}
    if asked := await confirmation(ctx, lines, *written, **known):
        return asked
    converted = await lead.convert(ctx.author, contact=person, company=employer, money=amount)
    return await _receipt(ctx, lead, converted)


async def _chosen(ctx: Context, model: type[Any], reference: str | None) -> Any:
    if reference in (None, _NEW):
        return None
    return await model.by_number(ctx.member, int(reference[2:]))


async def _employers(ctx: Context, lead: Lead) -> list[Company]:
    return await twins.companies_like(ctx, lead.company) if lead.company else []


async def _who(ctx: Context, lead: Lead, like: Sequence[Contact], known: dict[str, Any]) -> Reply:
    choices = [
        (
            f"{each.reference} {await label(ctx, each)}",
            Invocation("convert", {**known, "contact": each.reference}),
        )
        for each in like
    ]
    choices.append((ctx.text("New contact {name}", name=lead.person), _convert(known, "contact")))
    return twins.is_it(ctx, ctx.text("Is {name} somebody we know?", name=_named(lead)), choices)


def _which_company(ctx: Context, lead: Lead, same: Sequence[Company], known: dict[str, Any]) -> Reply:
    choices = [
        (f"{each.reference} {each.name}", Invocation("convert", {**known, "company": each.reference}))
        for each in same
    ]
    choices.append((ctx.text("New company {name}", name=lead.company), _convert(known, "company")))
    return twins.is_it(ctx, ctx.text("Which company is {name}?", name=lead.company), choices)


def _convert(known: dict[str, Any], new: str) -> Invocation:
    return Invocation("convert", {**known, new: _NEW})


def _becoming(
    ctx: Context, lead: Lead, contact: Contact | None, company: Company | None, money: Money | None
) -> list[str]:
    """What will be there, before it is confirmed."""
    person = (
        f"{contact.reference} {contact.name}" if contact else ctx.text("New contact {name}", name=lead.person)
    )
    lines = [person]
    if company is not None:
        lines.append(f"{company.reference} {company.name}")
    elif lead.company and (contact is None or contact.company_id is None):
        lines.append(ctx.text("New company {name}", name=lead.company))
    if amount := money or lead.money:
        shown = ctx.locale.money(amount.amount, amount.currency)
        lines.append(ctx.text("New deal {name}", name=shown))
    return lines


async def _receipt(ctx: Context, lead: Lead, converted: Converted) -> Reply:
    contact, deal = converted.contact, converted.deal
    chips = [f"{contact.reference} {await named(ctx, contact)}"]
    if deal is not None and deal.money is not None:
        shown = ctx.locale.money(deal.money.amount, deal.money.currency)
        chips.append(f"{deal.reference} {deal.name} {shown}")
    fact = ctx.text("✅ {id} converted", id=lead.reference) + " → " + " · ".join(chips)
    return receipt(ctx, fact, contact)
