"""Scope: whose deals a report is about."""

from __future__ import annotations

from typing import Annotated, Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.filters import Filter, FilterArgument
from models.deal import Deal
from models.member import Member, Role

Wanted = Annotated[Filter, FilterArgument(Deal)]


async def team_s(ctx: Context, wanted: Filter | None) -> QuerySet[Any]:
    """The deals of a report: one's own; for who leads, those of everyone they lead.

    Raises:
        Misread: another's, asked for by somebody who does not lead them.
    """
    rows = Deal.visible_to(ctx.member)
    colleague = wanted.colleague if wanted else None
    if colleague is not None and not await ctx.member.leads(colleague.id):
        raise Misread(ctx.text("Only managers can view another rep’s pipeline."))
    if colleague is None and ctx.member.role is not Role.ADMIN:
        rows = rows.filter(_led(ctx.member))
    return wanted.selection.narrow(rows, ctx.member) if wanted else rows


def _led(member: Member) -> Q:
    if member.role is Role.MANAGER:
        return Q(owner_id=member.id) | Q(owner__team__manager_id=member.id)
    return Q(owner_id=member.id)
