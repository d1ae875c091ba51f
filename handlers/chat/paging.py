"""Paging: a list of records, how many there are, what narrows it, and the way on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from tortoise.queryset import QuerySet

from handlers.chat.context import Context
from handlers.chat.filters import Filter
from handlers.chat.reply import Block, Button, Buttons, Invocation, Reply, Table, Text
from handlers.chat.sums import sums_of, sums_shown
from models.deal import Deal

# How a record of a list becomes a row.
Line = Callable[[Context, Any], Awaitable[Sequence[str]]]

# Lines of a page: a phone's screen.
PAGE = 10


async def page(
    ctx: Context,
    rows: QuerySet[Any],
    columns: Sequence[str],
    line: Line,
    *,
    wanted: Filter | None,
    after: str | None,
) -> Reply:
    """A page of a list, how many there are, what narrows it, and for deals their sums."""
    start = int(after or 0)
    found = await rows.offset(start).limit(PAGE)
    total = await rows.count() if start or len(found) == PAGE else len(found)
    head = " · ".join([ctx.locale.plural("{n} found", "{n} found", total), *(wanted.words if wanted else ())])
    if not found:
        return Reply((Text(ctx.text("Nothing fits: {filter}", filter=head.partition(" · ")[2] or "–")),))
    lines = [head]
    if rows.model is Deal and (sums := await sums_of(rows)):
        lines.append(await sums_shown(ctx, sums))
    ctx.memory.listed = [record.reference for record in found]
    table = Table(tuple(columns), tuple([tuple(await line(ctx, record)) for record in found]))
    blocks: list[Block] = [Text("\n".join(lines)), table]
    left = total - start - len(found)
    if left > 0:
        known: dict[str, Any] = {"after": str(start + len(found))}
        known |= {"wanted": wanted.line} if wanted else {}
        label = ctx.text("Next ({n} more)", n=ctx.locale.number(left))
        blocks.append(Buttons((Button(label, Invocation(ctx.command, known)),)))
    return Reply(tuple(blocks), replaces=ctx.request.pressed is not None)
