"""People: a new contact, and looking things up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tortoise.queryset import QuerySet

from handlers.cards import card, named, receipt
from handlers.chat import twins
from handlers.chat.arguments import (
    AnyCompany,
    Emails,
    Hidden,
    Name,
    NewCompany,
    Phones,
    Rest,
    identified,
    label,
)
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Table, Text
from models import search
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.errors import NotFound
from models.lead import Lead
from models.record import LETTERS, Record

# Lines of a list, a phone's screen; and buttons under it.
_PAGE = 10
_MOST_BUTTONS = 5
# Of each kind that is looked up, so many are shown in the end; whoever has more adds a word.
_MOST_LISTED = 50


@command(msg("Add a contact"))
async def contact_new(
    ctx: Context,
    company: AnyCompany | None = None,
    emails: Emails | None = None,
    phones: Phones | None = None,
    *,
    name: Name,
    notes: Rest | None = None,
    job: Hidden | None = None,
    twin: Hidden | None = None,
) -> Reply:
    """Add a person; one who looks like somebody known is shown first, and added only if told to."""
    like = [] if twin else await twins.people_like(ctx, Contact, name, emails or [], phones or [])
    if like:
        known = {
            "name": name,
            "emails": emails,
            "phones": phones,
            "notes": notes,
            "job": job,
            "company": _dumped(company),
        }
        return await _is_it(ctx, like, {key: value for key, value in known.items() if value})
    employer = await employed_by(ctx, company)
    contact = await Contact.add(
        ctx.author,
        name=name,
        company_id=employer.id if employer else None,
        owner_id=ctx.member.id,
        emails=emails or [],
        phones=phones or [],
        notes=notes or "",
        job_title=job or "",
    )
    fact = ctx.text("✅ New contact {id} · {name}", id=contact.reference, name=await named(ctx, contact))
    return receipt(ctx, " · ".join([fact, *contact.emails, *contact.phones]), contact)


async def employed_by(ctx: Context, company: Company | NewCompany | None) -> Company | None:
    """The company itself; one that was only named is created."""
    if isinstance(company, NewCompany):
        return await Company.add(ctx.author, name=company.name, owner_id=ctx.member.id)
    return company


def _dumped(company: Company | NewCompany | None) -> Any:
    if isinstance(company, NewCompany):
        return {"new": company.name}
    return company.reference if company else None


async def _is_it(ctx: Context, known: Sequence[Contact], typed: dict[str, Any]) -> Reply:
    names = ", ".join([f"{contact.reference} {await named(ctx, contact)}" for contact in known])
    choices = [
        (ctx.text("Yes, open {id}", id=contact.reference), Invocation("show", {"record": contact.reference}))
        for contact in known
    ]
    again = Invocation("contact_new", {**typed, "twin": "new"})
    sentence = ctx.text("{names}: is it the same person? Nothing was added yet.", names=names)
    return twins.is_it(ctx, sentence, [*choices, (ctx.text("Add all the same"), again)])


@command(msg("Find a person, a company, a deal or a lead"), reads=True, cost=2)
async def find(ctx: Context, text: Rest, *, after: Hidden | None = None) -> Reply:
    """Look everything up that the words fit: contacts, companies, deals, leads."""
    return await _look_up(ctx, text, (Contact, Company, Deal, Lead), after)


@command(msg("Look a person up"), reads=True, cost=2)
async def who(ctx: Context, text: Rest, *, after: Hidden | None = None) -> Reply:
    """Look a person up."""
    return await _look_up(ctx, text, (Contact, Lead), after)


@command(msg("Show a record"), hidden=True, reads=True)
async def show(ctx: Context, record: Hidden) -> Reply:
    """Show the record behind a button."""
    found = await LETTERS[record[0]].by_number(ctx.member, int(record[2:]))
    return Reply(await card(ctx, found))


async def _look_up(ctx: Context, words: str, models: Sequence[type[Record]], after: str | None) -> Reply:
    by_id = await identified(ctx, words)
    found: list[Record] = [by_id] if by_id is not None else []
    if not (found and "-" in words):
        found += [record for record in await _fitting(ctx, words, models) if record not in found]
    if not found:
        raise NotFound("contact" if len(models) == 2 else "record", words)
    if len(found) == 1:
        return Reply(await card(ctx, found[0]))
    first, others = found[: by_id is not None], found[by_id is not None :]
    ranked = [*first, *search.rank(others, search.typed(words), ctx.member)]
    return await _list(ctx, ranked, words, min(int(after or 0), len(ranked) - 1))


async def _fitting(ctx: Context, words: str, models: Sequence[type[Record]]) -> list[Record]:
    """What has the words; where nothing of any kind has, what has words near them."""
    for slips in (0, 1, 2):
        found = list[Record]()
        for model in models:
            within: QuerySet[Any] | None = Lead.open_to(ctx.member) if model is Lead else None
            found += await search.find(
                model,
                ctx.member,
                words,
                vocabulary=ctx.vocabulary,
                within=within,
                loosely=True,
                slips=slips,
                limit=_MOST_LISTED,
            )
        if found:
            return found
    return []


async def _list(ctx: Context, found: Sequence[Record], words: str, start: int) -> Reply:
    """A page of what was found, with a button for the first ones and one for the next page."""
    page = found[start : start + _PAGE]
    ctx.memory.listed = [record.reference for record in found[: start + len(page)]]
    labels = [(await label(ctx, record)).removeprefix(f"{record.reference} ") for record in page]
    rows = tuple(
        (str(i), record.reference, shown)
        for i, (record, shown) in enumerate(zip(page, labels, strict=True), start + 1)
    )
    table = Table((ctx.text("No."), ctx.text("Id"), ctx.text("Name")), rows, numeric=(0,))
    buttons = [
        Button(record.reference + " " + record.title, Invocation("show", {"record": record.reference}))
        for record in page[:_MOST_BUTTONS]
    ]
    blocks: tuple[Table | Text, ...] = (table,)
    more = len(found) - start - len(page)
    if not more and len(found) >= _MOST_LISTED:
        blocks = (table, Text(ctx.text("There may be more: add a word.")))
    if more:
        next_page = Invocation(ctx.command, {"text": words, "after": str(start + len(page))})
        buttons.append(Button(ctx.text("… {n} more", n=more), next_page))
    return Reply((*blocks, Buttons(tuple(buttons))))
