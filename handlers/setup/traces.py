"""Traces: what became of a message, by the reference that its sender read out."""

from __future__ import annotations

from handlers.chat import verbs
from handlers.chat.arguments import Word
from handlers.chat.command import REGISTER, command
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import msg
from handlers.chat.reply import Card, Field, Reply
from models.member import ChatIdentity, Member, Role
from models.messaging.inbox import InboxState, Incoming, inbox_id, reference

_STATES = {
    InboxState.WAITING: msg("waiting for its turn"),
    InboxState.DONE: msg("answered"),
    InboxState.QUARANTINED: msg("set aside: it could not be done"),
}


@command(msg("What became of a message, by its reference"), role=Role.ADMIN, reads=True)
async def trace(ctx: Context, ref: Word) -> Reply:
    """When it came, whose it was, what it asked for and how that ended; never what it said."""
    wanted = inbox_id(ref)
    row = await Incoming.get_or_none(id=wanted) if wanted is not None else None
    member = await _sender(ctx, row) if row is not None else None
    if row is None or member is None:
        raise Misread(ctx.text("No message of this workspace has the reference {ref}.", ref=ref))
    took = "–" if row.took_ms is None else ctx.text("{n} ms", n=ctx.locale.number(row.took_ms))
    fields = (
        Field(ctx.text("State"), ctx.text(_STATES[row.state])),
        Field(ctx.text("From"), f"{member.name} · {row.platform.capitalize()}"),
        Field(ctx.text("Received"), ctx.instant(row.received_at)),
        Field(ctx.text("Command"), _called(ctx, row.command)),
        Field(ctx.text("Outcome"), row.outcome or "–"),
        Field(ctx.text("Attempts"), ctx.locale.number(row.attempts)),
        Field(ctx.text("Took"), took),
    )
    return Reply((Card(reference(row.id), fields),))


async def _sender(ctx: Context, row: Incoming) -> Member | None:
    """Whose message it was, of this workspace; one that was set aside is its chat's."""
    members = Member.filter(workspace_id=ctx.member.workspace_id)
    if row.member_id is not None:
        return await members.get_or_none(id=row.member_id)
    account = await ChatIdentity.filter(platform=row.platform, address=row.address).first()
    return await members.get_or_none(id=account.member_id) if account is not None else None


def _called(ctx: Context, name: str) -> str:
    """A command's verb in the reader's language; a button's has none, and keeps its name."""
    if name not in REGISTER:
        return "–"
    return name if REGISTER[name].hidden else verbs.shown(name, ctx.locale.language)
