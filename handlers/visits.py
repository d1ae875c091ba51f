"""Visits: a place that is shared from where somebody stands is a meeting there."""

from __future__ import annotations

from typing import Annotated, Any

from handlers.cards import receipt
from handlers.chat import binding
from handlers.chat.carrying import APlaceShared
from handlers.chat.command import REGISTER, command
from handlers.chat.context import Context
from handlers.chat.focus import last_shown
from handlers.chat.i18n import msg
from handlers.chat.people import LivingArgument
from handlers.chat.reply import Reply
from handlers.chat.request import Location
from models.activity import Activity, ActivityKind
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.lead import Lead
from models.record import Record

# The subject column's length.
_LONGEST_PLACE = 300

Visited = Annotated[
    Record, LivingArgument(Contact, Company, Deal, Lead, prompt=msg("Whom did you visit there?"))
]


@command(msg("Log a visit to a shared place"), hidden=True)
async def visit(ctx: Context, place: APlaceShared, *, record: Visited | None = None) -> Reply:
    """Log a meeting there, with the record that is replied to or was shown last; else ask whom with."""
    record = record or await last_shown(ctx)
    if record is None:
        entry = REGISTER[ctx.command]
        raise await binding.asking(ctx, entry, ctx.bound, entry.parameter("record"))
    about: dict[str, Any] = {f"{record.KIND}_id": record.id}
    where = _shown(place)
    meeting = await Activity.log(ActivityKind.MEETING, ctx.author, at=ctx.said_at, subject=where, **about)
    fact = ctx.text("✅ Visit logged · {id} {name}", id=record.reference, name=record.title)
    return receipt(ctx, f"{fact} · {where}", meeting)


def _shown(place: Location) -> str:
    """The place as people call it, and where it is on any map: ``48.85661, 2.35222``."""
    named = ", ".join(part for part in (place.name.strip(), place.address.strip()) if part)
    point = f"{place.latitude:.5f}, {place.longitude:.5f}"
    most = _LONGEST_PLACE - len(point) - len(" ()")
    return f"{named[:most]} ({point})" if named else point
