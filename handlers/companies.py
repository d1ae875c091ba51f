"""Companies: a new one, and its card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.cards import card, receipt
from handlers.chat import twins
from handlers.chat.arguments import Hidden, Name, Rest
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.people import ACompany
from handlers.chat.places import APlace, Place, Website
from handlers.chat.reply import Invocation, Reply
from models.company import Company


@command(msg("Add a company"))
async def company_new(
    ctx: Context,
    website: Website | None = None,
    place: APlace | None = None,
    *,
    name: Name,
    notes: Rest | None = None,
    twin: Hidden | None = None,
) -> Reply:
    """Add a company; one that looks like a known one is shown first, and added only if told to."""
    where = place or Place("", "")
    known = [] if twin else await twins.companies_like(ctx, name, website=website or "", city=where.city)
    if known:
        typed = {"website": website, "notes": notes, "place": [place.city, place.postcode] if place else None}
        return _is_it(ctx, known, {"name": name, **{key: value for key, value in typed.items() if value}})
    company = await Company.add(
        ctx.author,
        name=name,
        owner_id=ctx.member.id,
        website=website or "",
        city=where.city,
        postcode=where.postcode,
        notes=notes or "",
    )
    chips = [ctx.text("✅ New company {id} · {name}", id=company.reference, name=name)]
    chips += [each for each in (f"{where.postcode} {where.city}".strip(), website) if each]
    return receipt(ctx, " · ".join(chips), company)


def _is_it(ctx: Context, known: Sequence[Company], typed: dict[str, Any]) -> Reply:
    again = Invocation("company_new", {**typed, "twin": "new"})
    names = ", ".join(
        f"{each.reference} {each.name}" + (f" ({each.city})" if each.city else "") for each in known
    )
    choices = [
        (ctx.text("Yes, open {id}", id=each.reference), Invocation("show", {"record": each.reference}))
        for each in known
    ]
    sentence = ctx.text("{names}: is it the same company? Nothing was added yet.", names=names)
    return twins.is_it(ctx, sentence, [*choices, (ctx.text("Add all the same"), again)])


@command(msg("Show a company"), reads=True)
async def company(ctx: Context, company: ACompany) -> Reply:
    """Show a company's card."""
    return Reply(await card(ctx, company))
