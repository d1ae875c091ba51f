"""Rooms: what is posted in a group or a channel, and who reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from handlers.cards import undoable
from handlers.chat import verbs
from handlers.chat.arguments import Rest
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.errors import Misread, UnknownVerb
from handlers.chat.i18n import msg
from handlers.chat.privacy import room_of
from handlers.chat.reply import Reply, Table, text
from handlers.setup.words import already, beginning, off, shown
from models.errors import NotAllowed
from models.member import Role
from models.room import Room, Topic
from models.search import fold

TOPICS: dict[Topic, str] = {
    Topic.WINS: msg("won deals"),
    Topic.MOVES: msg("moves"),
    Topic.STALE: msg("deals left alone"),
    Topic.DIGEST: msg("the digest"),
}
# What can be chosen, and is not sent to a room yet.
_LATER = frozenset({Topic.STALE, Topic.DIGEST})
_KEYS = tuple(topic.value for topic in Topic)
_BETWEEN = re.compile(r"^[\s,;+&]*(?:(?:and|et)\s+)?")


def _chooses(words: str) -> bool:
    return not words or beginning(words, "this_room", *_KEYS) is not None or fold(words) in off()


def _declares(words: str) -> bool:
    return not words or beginning(words, "internal", "external") is not None


@command(msg("Choose what is posted in this room"), role=Role.MANAGER, open=True, surely=_chooses)
async def post(ctx: Context, words: Rest | None = None) -> Reply:
    """``here wins``, ``here wins, moves``, ``moves off``, ``off``; alone it shows what is posted.

    Who chooses first lends the room their eyes; once they are gone, whoever says it again does.
    """
    if not words:
        return await _posted(ctx, await room_of(ctx.request, ctx.member.workspace_id))
    if not _chooses(words):
        raise UnknownVerb(ctx.line, verbs.nearest(ctx.line))
    _require_room(ctx)
    room = await _held(ctx)
    before = [] if room is None else list(room.posts)
    after = _chosen(ctx, words, before)
    orphaned = bool(before) and (room is None or await room.chooser() is None)
    if after == before and not orphaned:
        raise already(ctx)
    values: dict[str, Any] = {"posts": after}
    if not before or orphaned:
        values["posted_by_id"] = ctx.member.id
    request = ctx.request
    room = await Room.declare(ctx.author, request.platform, request.room, request.room_name, **values)
    if not after:
        return undoable(ctx, ctx.text("✅ Nothing is posted here any more."))
    return undoable(
        ctx, "\n".join([ctx.text("✅ Posted here: {what}", what=names(ctx, after)), *_but(ctx, room)])
    )


def _chosen(ctx: Context, words: str, before: Sequence[str]) -> list[str]:
    """What is posted after a line, in the order of the Topics.

    Raises: Misread, where a word names none.
    """
    here = beginning(words, "this_room")
    rest, named = (here[1] if here else words), list[str]()
    while rest and fold(rest) not in off():
        found = beginning(rest, *_KEYS)
        if found is None:
            known = ", ".join(shown(ctx, key) for key in _KEYS)
            raise Misread(ctx.text("I can post: {known}.", known=known))
        named.append(found[0])
        rest = _BETWEEN.sub("", found[1])
    if rest:  # it ends with off: what was named before it goes, or all
        return [key for key in before if named and key not in named]
    return [key for key in _KEYS if key in before or key in named]


def names(ctx: Context, topics: Sequence[str]) -> str:
    """Topics as the member reads them; a dash for none."""
    return ", ".join(ctx.text(TOPICS[Topic(topic)]) for topic in topics) or "–"


def _but(ctx: Context, room: Room) -> list[str]:
    """What is not posted, or not whole, and why."""
    lines = list[str]()
    later = [topic for topic in room.posts if topic in _LATER]
    if later:
        lines.append(ctx.text("Kept until I can post it in rooms: {what}", what=names(ctx, later)))
    if not room.among_colleagues:
        lines.append(
            ctx.text(
                "Without amounts, since others may read this room. If only colleagues do: {line}",
                line=f"{verbs.shown('here', ctx.locale.language)} {shown(ctx, 'internal')}",
            )
        )
    return lines


async def _posted(ctx: Context, room: Room | None) -> Reply:
    """What is posted in this room; in a private chat, what is posted where."""
    if ctx.request.room:
        if room is None or not room.posts:
            return text(ctx.text("Nothing is posted here."))
        return text(ctx.text("Posted here: {what}", what=names(ctx, room.posts)), *_but(ctx, room))
    rooms = [
        each for each in await Room.filter(workspace_id=ctx.member.workspace_id).order_by("id") if each.posts
    ]
    if not rooms:
        return text(
            ctx.text("Nothing is posted in any room."),
            ctx.text("In the group or channel, say: {line}", line=verbs.example("post", ctx.locale.language)),
        )
    rows = tuple((each.title, each.platform.capitalize(), names(ctx, each.posts)) for each in rooms)
    return Reply((Table((ctx.text("Room"), ctx.text("Platform"), ctx.text("Posted")), rows),))


@command(msg("Say whether only colleagues read this room"), open=True, surely=_declares)
async def here(ctx: Context, words: Rest | None = None) -> Reply:
    """``internal`` lets answers with customers' data stand in the room, ``external`` takes that back."""
    if not words:
        _require_room(ctx)
        room = await room_of(ctx.request, ctx.member.workspace_id)
        return text(_described(ctx, internal=room is not None and room.internal))
    found = beginning(words, "internal", "external")
    if found is None or found[1]:
        raise UnknownVerb(ctx.line, verbs.nearest(ctx.line))
    _require_room(ctx)
    if ctx.member.role is not Role.ADMIN:
        raise NotAllowed(role=Role.ADMIN)
    room = await _held(ctx)
    internal = found[0] == "internal"
    if internal and (ctx.request.outsiders or (room is not None and room.outsiders)):
        raise Misread(ctx.text("Others than colleagues read this room, so it cannot be internal."))
    if internal is (room is not None and room.internal):
        raise already(ctx)
    request = ctx.request
    await Room.declare(ctx.author, request.platform, request.room, request.room_name, internal=internal)
    return undoable(ctx, f"✅ {_described(ctx, internal=internal)}")


def _described(ctx: Context, *, internal: bool) -> str:
    if internal and not ctx.request.outsiders:
        return ctx.text("This room is internal: answers stand here, with customers’ data and amounts.")
    return ctx.text("Others may read this room: what concerns customers is answered in private.")


async def _held(ctx: Context) -> Room | None:
    """The room, as it is once whoever writes about one at this moment is done."""
    await ctx.member.workspace.hold()
    return await room_of(ctx.request, ctx.member.workspace_id)


def _require_room(ctx: Context) -> None:
    """Raises: Misread, in a private chat."""
    if not ctx.request.room:
        raise Misread(ctx.text("Say that in the group or channel that you mean."))
