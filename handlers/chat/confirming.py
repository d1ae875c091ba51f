"""Confirming: which writes are done at once, and which after a look at the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.chat import binding
from handlers.chat.command import REGISTER
from handlers.chat.context import CONFIRMED, Context, Question
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Text
from models.record import Record


async def confirmation(
    ctx: Context,
    lines: Sequence[str],
    *records: Record,
    risky: bool = False,
    ways: Sequence[tuple[str, Mapping[str, Any]]] = (),
    **more: Any,
) -> Reply | None:
    """The card to be confirmed before a command writes these records; None where it may write at once.

    ``lines`` show the difference. A write is confirmed where it is ``risky`` (won, lost, another owner,
    delete, merge, many records), or where a record is somebody else's whom the member leads. The
    command needs a parameter ``confirmed``; ``more`` are its other parameters as they shall stand in
    the button, where that differs from what was bound. ``ways`` are several ways to do it, each the label
    of a button and its own parameters; without any the button says Confirm.

    Raises:
        NotAllowed: a record belongs to somebody whom the member does not lead.
    """
    for record in records:
        await record.require_writable(ctx.member)
    if ctx.bound.get(CONFIRMED):
        return None
    others = [record for record in records if await record.owner_of() not in (None, ctx.member.id)]
    if not risky and not others:
        return None
    known = {**binding.dump(REGISTER[ctx.command], ctx.bound), **more, CONFIRMED: "yes"}
    confirm = [
        Button(label, Invocation(ctx.command, {**known, **own}), "primary")
        for label, own in ways or [(ctx.text("Confirm"), {})]
    ]
    buttons = (
        *confirm,
        Button(ctx.text("Edit"), Invocation("again")),
        Button(ctx.text("Cancel"), Invocation("cancel")),
    )
    for record in records:
        ctx.memory.show(record)
    # So that a word decides the card, and does not undo what was written before; not which of several ways.
    if ways:
        known.pop(CONFIRMED)
    ctx.memory.question = Question(Invocation(ctx.command, known), CONFIRMED, ctx.author.said, ctx.said_at)
    return Reply((Text("\n".join(lines)), Buttons(buttons)), replaces=ctx.request.pressed is not None)
