"""Sharing an answer with the room in which it was asked for."""

from __future__ import annotations

import json

from msgspec.structs import replace

from handlers.chat import sharing
from handlers.chat.arguments import Hidden
from handlers.chat.command import REGISTER, command
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.reply import Invocation, Reply, Text


@command(msg("Share an answer with everybody here"), hidden=True, reads=True)
async def share(ctx: Context, shown: Hidden, known: Hidden) -> Reply:
    """Answer anew, with the presser's rights, for all who read the room; never what may not stand there."""
    entry = REGISTER.get(shown)
    if not ctx.request.room or entry is None or not entry.reads or not await sharing.may_be(ctx, shown):
        return Reply((Text(ctx.text("Not here: others than colleagues may read this.")),), private=True)
    reply = await ctx.press(ctx, Invocation(shown, json.loads(known)))
    by = Text(ctx.text("{name} shares this:", name=ctx.member.name))
    return replace(reply, blocks=(by, *reply.blocks), shared=True, private=False, replaces=False)
