"""Sharing: an answer that one person sees in a room, offered to all who read there."""

from __future__ import annotations

import json

from msgspec.structs import replace

from handlers.chat import binding, privacy
from handlers.chat.command import REGISTER
from handlers.chat.context import Context
from handlers.chat.reply import Button, Buttons, Invocation, Reply

# What is said of the asker's own settings and of Parley itself concerns nobody else.
_OWN_BUSINESS = frozenset({"account", "forms", "help", "home", "settings"})


async def offered(ctx: Context, reply: Reply) -> Reply:
    """The reply with a button that shares it, where it stands in a room for the asker alone and may be."""
    entry = REGISTER.get(ctx.command)
    apart = bool(ctx.request.room) and ctx.request.private and not ctx.request.surface
    if not apart or reply.private or reply.shared or entry is None or not entry.reads:
        return reply
    if entry.module in _OWN_BUSINESS or not await may_be(ctx, entry.name):
        return reply
    known = json.dumps(binding.dump(entry, ctx.bound))
    button = Button(ctx.text("Share to channel"), Invocation("share", {"shown": entry.name, "known": known}))
    return replace(reply, blocks=(*reply.blocks, Buttons((button,))))


async def may_be(ctx: Context, command: str) -> bool:
    """Whether the answer of a command may stand in the room of the request."""
    room = await privacy.room_of(ctx.request, ctx.member.workspace_id)
    return privacy.may_stand(command, privacy.readers(ctx.request, room, shared=True))
