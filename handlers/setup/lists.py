"""Lists: lost reasons, lead sources, outcomes of activities."""

from __future__ import annotations

from handlers.cards import undoable
from handlers.chat.arguments import Rest
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import msg
from handlers.chat.language import languages
from handlers.chat.options import option_name
from handlers.chat.reply import Reply, text
from handlers.setup.words import already, beginning, behind_joint, leading, name_of, none_called, starting
from models.errors import NameTaken, NotAllowed
from models.member import Role
from models.named import place
from models.option import Option, OptionList
from models.search import fold

# What is offered as buttons and read in a glance, with room for a large team's list.
MOST_ENTRIES = 50

_DEEDS = ("new", "rename", "remove", "order")
_TITLES = {
    OptionList.LOST_REASON: msg("Lost reasons: {names}"),
    OptionList.LEAD_SOURCE: msg("Lead sources: {names}"),
    OptionList.OUTCOME: msg("Outcomes of calls: {names}"),
}


@command(msg("Show or change the list of lost reasons"), surely=starting(*_DEEDS))
async def reason(ctx: Context, words: Rest | None = None) -> Reply:
    """``reason new Too slow``, ``rename``, ``remove``, ``order``; alone it shows the list."""
    return await _change(ctx, OptionList.LOST_REASON, words or "")


@command(msg("Show or change the list of lead sources"), surely=starting(*_DEEDS))
async def source(ctx: Context, words: Rest | None = None) -> Reply:
    """As :func:`reason`."""
    return await _change(ctx, OptionList.LEAD_SOURCE, words or "")


@command(msg("Show or change the list of outcomes"), surely=starting(*_DEEDS))
async def outcome(ctx: Context, words: Rest | None = None) -> Reply:
    """As :func:`reason`."""
    return await _change(ctx, OptionList.OUTCOME, words or "")


async def _change(ctx: Context, which: OptionList, line: str) -> Reply:
    if not line:
        return text(await _shown(ctx, which))
    if ctx.member.role is not Role.ADMIN:
        raise NotAllowed(role=Role.ADMIN)
    await ctx.member.workspace.hold()
    found = beginning(line, *_DEEDS)
    if found is None or not found[1]:
        raise Misread(ctx.text("Say new, rename, remove or order, and which one."))
    deed, rest = found
    if deed == "new":
        return await _add(ctx, which, rest)
    option, rest = await _leading(ctx, which, rest)
    if deed == "rename":
        return await _rename(ctx, which, option, rest)
    if deed == "order":
        return await _order(ctx, which, option, rest)
    if rest:
        raise none_called(ctx, f"{option.name} {rest}", await _names(ctx, which))
    await option.remove(ctx.author)
    return await _receipt(ctx, which, ctx.text("✅ {name} removed", name=option_name(ctx, option.name)))


async def _names(ctx: Context, which: OptionList) -> list[str]:
    rows = await Option.of(ctx.member.workspace_id, which)
    return [option_name(ctx, option.name) for option in rows]


async def _shown(ctx: Context, which: OptionList) -> str:
    return ctx.text(_TITLES[which], names=", ".join(await _names(ctx, which)) or "–")


async def _receipt(ctx: Context, which: OptionList, fact: str) -> Reply:
    return undoable(ctx, f"{fact}\n{await _shown(ctx, which)}")


def _known(rows: list[Option]) -> dict[int, set[str]]:
    """The folded names of each entry, in every language, by primary key."""
    usual = [entry.options for entry in languages()]
    return {
        row.pk: {fold(row.name), *(fold(each) for names in usual for each in names.get(row.name, ()))}
        for row in rows
    }


async def _leading(ctx: Context, which: OptionList, line: str) -> tuple[Option, str]:
    rows = await Option.of(ctx.member.workspace_id, which)
    found = leading(line, rows, _known(rows))
    if found is None:
        raise none_called(ctx, line, await _names(ctx, which))
    return found


async def _add(ctx: Context, which: OptionList, line: str) -> Reply:
    rows, name = await Option.of(ctx.member.workspace_id, which), name_of(ctx, line, Option)
    _require_free(rows, name)
    if len(rows) >= MOST_ENTRIES:
        raise Misread(ctx.text("A list has at most {most} entries.", most=MOST_ENTRIES))
    within = {"workspace_id": ctx.member.workspace_id, "list": which}
    last = max((row.position for row in rows), default=-1)
    option = await Option.make(ctx.author, name, within, position=last + 1)
    return await _receipt(ctx, which, ctx.text("✅ New: {name}", name=option.name))


def _require_free(rows: list[Option], name: str) -> None:
    """Raises: NameTaken, also for what a usual entry is called in another language."""
    if any(fold(name) in names for names in _known(rows).values()):
        raise NameTaken(Option.KIND, name)


async def _rename(ctx: Context, which: OptionList, option: Option, rest: str) -> Reply:
    name, before = name_of(ctx, behind_joint(rest), Option), option_name(ctx, option.name)
    if name == option.name:
        raise already(ctx)
    rows = await Option.of(ctx.member.workspace_id, which)
    _require_free([row for row in rows if row.id != option.id], name)
    await option.rename(ctx.author, name)
    after = option_name(ctx, name)
    return await _receipt(ctx, which, ctx.text("✅ {before} → {after}", before=before, after=after))


async def _order(ctx: Context, which: OptionList, option: Option, rest: str) -> Reply:
    rows = [row for row in await Option.of(ctx.member.workspace_id, which) if row.id != option.id]
    where = beginning(rest, "after", "before", "first", "last")
    if where is None:
        raise Misread(ctx.text("Say after or before which one it comes, or first, or last."))
    key, name = where
    index = {"first": 0, "last": len(rows)}.get(key)
    if index is None:
        found = leading(name, rows, _known(rows))
        if found is None or found[1]:
            raise none_called(ctx, name, [option_name(ctx, row.name) for row in rows])
        index = rows.index(found[0]) + (key == "after")
    before = await _names(ctx, which)
    await place(ctx.author, rows, option, index)
    if before == await _names(ctx, which):
        raise already(ctx)
    return await _receipt(ctx, which, ctx.text("✅ {name} moved", name=option_name(ctx, option.name)))
