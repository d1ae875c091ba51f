"""Confirming: which writes are done at once, and which after a look at the difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.chat import binding
from handlers.chat.command import REGISTER
from handlers.chat.context import Context
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Text
from models.record import Record


async def confirmation(
    ctx: Context, lines: Sequence[str], *records: Record, risky: bool = False, **more: Any
) -> Reply | None:
    """The card to be confirmed before a command writes these records; None where it may write at once.

    ``lines`` show the difference. A write is confirmed where it is ``risky`` (won, lost, another owner,
    delete, merge, many records), or where a record is somebody else's whom the member leads. The
    command needs a parameter ``confirmed``; ``more`` are its other parameters as they shall stand in
    the button, where that differs from what was bound.

    Raises:
        NotAllowed: a record belongs to somebody whom the member does not lead.
    """
    for record in records:
        await record.require_writable(ctx.member)
    if ctx.bound.get("confirmed"):
        return None
    others = [record for record in records if await record.owner_of() not in (None, ctx.member.id)]
    if not risky and not others:
        return None
    known = {**binding.dump(REGISTER[ctx.command], ctx.bound), **more, "confirmed": "yes"}
    buttons = (
        Button(ctx.text("Confirm"), Invocation(ctx.command, known), "primary"),
        Button(ctx.text("Edit"), Invocation("again")),
        Button(ctx.text("Cancel"), Invocation("cancel")),
    )
    for record in records:
        ctx.memory.show(record)
    return Reply((Text("\n".join(lines)), Buttons(buttons)), replaces=ctx.request.pressed is not None)
