"""Whose deals a report is about: one's own, or, for managers, those of others."""

from __future__ import annotations

from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.whose import Owners
from models.member import Member, Role


async def reported(ctx: Context, asked: Owners | None, *, others: str, team: str) -> Owners:
    """The owners of a report. Unasked: a rep's own, a manager's team, everyone for an admin.

    Raises:
        Misread: a rep asks for ``others``’ or the ``team``’s report; these are the sentences for it.
    """
    if asked is None:
        return await usual(ctx.member)
    if ctx.member.role is Role.REP and asked != Owners(ctx.member):
        raise Misread(others if isinstance(asked.who, Member) else team)
    return asked


async def usual(member: Member) -> Owners:
    """Whom a member's reports are about where nobody is named."""
    if member.role is Role.REP:
        return Owners(member)
    leads = await Member.exists(team__manager_id=member.id, workspace_id=member.workspace_id)
    return Owners("team" if member.role is Role.MANAGER and leads else "everyone")
