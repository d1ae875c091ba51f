"""Web forms: the addresses that they post leads to."""

from __future__ import annotations

from handlers.cards import member_name, undoable
from handlers.chat.arguments import Rest
from handlers.chat.colleagues import Colleague
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import msg
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Table, text
from handlers.setup.words import beginning, leading, name_of, none_called, off, starting
from models.lead_hook import LeadHook
from models.member import Member, Role
from models.search import fold

# A workspace's websites and campaigns, with room.
MOST_HOOKS = 20
PATH = "/hooks/lead/"


@command(msg("Show or change the web forms that leads come from"), role=Role.ADMIN, surely=starting("new"))
async def hook(ctx: Context, colleague: Colleague | None = None, words: Rest | None = None) -> Reply:
    """``new Website @lea``: an address for its leads, shown once. ``off Website`` closes it."""
    line = words or ""
    if not line and colleague is None:
        return await _list(ctx)
    await ctx.member.workspace.hold()
    rows = await _hooks(ctx)
    if found := beginning(line, "new"):
        return await _new(ctx, rows, found[1], colleague)
    first, _, rest = line.partition(" ")
    removed = beginning(line, "remove")
    if fold(first) not in off() and removed is None:
        raise Misread(ctx.text("Say new, or off, and the form’s name."))
    return await _off(ctx, rows, removed[1] if removed else rest)


async def _hooks(ctx: Context) -> list[LeadHook]:
    rows = LeadHook.filter(workspace_id=ctx.member.workspace_id, deleted_at__isnull=True)
    return await rows.order_by("name", "id")


async def _list(ctx: Context) -> Reply:
    rows = await _hooks(ctx)
    if not rows:
        return text(ctx.text("No web form yet. Try: {line}", line="hook new Website"))
    heads = (ctx.text("Web form"), ctx.text("Its leads are for"))
    everyone = ctx.text("managers and admins")
    return Reply(
        (Table(heads, tuple([(row.name, await member_name(row.owner_id) or everyone) for row in rows])),)
    )


async def _new(ctx: Context, rows: list[LeadHook], called: str, owner: Member | None) -> Reply:
    name = name_of(ctx, called, LeadHook)
    if len(rows) >= MOST_HOOKS:
        raise Misread(ctx.text("There are at most {most} web forms.", most=MOST_HOOKS))
    made, secret = await LeadHook.issue(ctx.author, name, owner)
    whose = owner.name if owner else ctx.text("managers and admins")
    lines = [
        ctx.text("✅ New web form: {name} · its leads are for {whose}", name=made.name, whose=whose),
        ctx.text("Let it post here. The address is shown once, to you alone; who has it can add leads:"),
        f"{ctx.about.public_url or 'https://…'}{PATH}{secret}",
    ]
    if not ctx.about.public_url:
        lines.append(ctx.text("For https://… put where the internet reaches Parley ([http] public_url)."))
    undo = Button(ctx.text("Undo"), Invocation("undo", {"said": ctx.author.said}))
    return Reply((*text(*lines).blocks, Buttons((undo,))), private=True, fleeting=True)


async def _off(ctx: Context, rows: list[LeadHook], called: str) -> Reply:
    found = leading(called, rows, {row.pk: {fold(row.name)} for row in rows})
    if found is None or found[1]:
        raise none_called(ctx, called, [row.name for row in rows])
    await found[0].remove(ctx.author)
    return undoable(
        ctx, ctx.text("✅ {name} is closed: nothing comes in there any more.", name=found[0].name)
    )
