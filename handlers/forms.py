"""What is filled in rather than typed: the menu of forms, a form, what it was filled in with."""

from __future__ import annotations

import json

from msgspec.structs import replace

from handlers.chat import binding, forms
from handlers.chat.arguments import Hidden, people_in
from handlers.chat.command import REGISTER, command
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.reply import Buttons, Invocation, Reply, Text
from models.errors import NotAllowed
from models.member import ChatIdentity


@command(msg("Choose what to write down"), hidden=True, reads=True)
async def menu(ctx: Context) -> Reply:
    """The forms that the member may fill in, a button each."""
    buttons = [forms.opener(forms.title_of(ctx.locale, entry), entry.name) for entry in forms.offered(ctx)]
    return Reply((Text(ctx.text("What do you want to write down?")), Buttons(tuple(buttons))))


@command(msg("Fill in a form"), hidden=True, reads=True)
async def form(
    ctx: Context,
    fills: Hidden,
    known: Hidden | None = None,
    typed: Hidden | None = None,
    source: Hidden | None = None,
) -> Reply:
    """The form of a command; where none can be shown, what it lacks is asked for."""
    entry = REGISTER[fills]
    if not entry.allows(ctx.member.role):
        raise NotAllowed(role=entry.role)
    given = json.loads(known or "{}")
    if not ctx.request.surface:
        return await ctx.press(ctx, Invocation(fills, given))
    title = ctx.text(forms.TITLE) if source else ""
    return await forms.form(
        ctx, entry, title=title, known=given, typed=json.loads(typed or "{}"), source=source or ""
    )


@command(msg("Fill in a form"), hidden=True)
async def fill(
    ctx: Context, fills: Hidden, known: Hidden | None = None, source: Hidden | None = None
) -> Reply:
    """Run a command with what its form was filled in with; the message it is about gets a tick."""
    entry = REGISTER[fills]
    ctx.command = fills
    values = await forms.values(ctx, entry, json.loads(known or "{}"))
    reply = await ctx.press(ctx, Invocation(fills, binding.dump(entry, values)))
    return replace(reply, marks=source or "")


@command(msg("Write a message of somebody else down"), hidden=True, reads=True)
async def log_message(ctx: Context) -> Reply:
    """The form of a note that holds a colleague's message, who wrote it and where it stands."""
    request = ctx.request
    lines = [request.text.strip()]
    if (told := request.forwarded) is not None:
        lines.append(" · ".join(part for part in ("— " + await _author(ctx, told.name), told.link) if part))
    known = await people_in(ctx, request.text)
    given = {"record": known[0].reference} if len(known) == 1 else {}
    return await forms.form(
        ctx,
        REGISTER["note"],
        title=ctx.text(forms.TITLE),
        known=given,
        typed={"notes": "\n".join(line for line in lines if line)},
        source=request.message or "",
    )


async def _author(ctx: Context, name: str) -> str:
    """The member's name behind an account; else what the platform calls them."""
    account = (
        await ChatIdentity.filter(
            platform=ctx.request.platform, user=name, member__workspace_id=ctx.member.workspace_id
        )
        .select_related("member")
        .first()
    )
    return account.member.name if account is not None else name
