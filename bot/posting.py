"""Posting: what is due for rooms becomes outbox rows; runs inside the scheduler's tick."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import structlog

from bot import outbox
from bot.outbox import Place
from bot.surroundings import Surroundings
from handlers import posts as words
from handlers.chat.context import Context
from handlers.chat.i18n import Locale
from handlers.chat.reply import Reply
from handlers.chat.request import Request, Sender
from handlers.posts import Said
from models.member import Member
from models.messaging.outbox import OutboxState, Outgoing
from models.notification import Priority
from models.post import TOGETHER, Post, PostState
from models.room import Room

log = structlog.get_logger(__name__)

# Posts of one tick; more are taken by the next one, at once.
_BATCH = 100
# A message that is still on its way is corrected after that: so soon it is looked for again.
_LOOK_AGAIN = timedelta(seconds=10)


async def settle(here: Surroundings, now: datetime) -> int:
    """Say what is due and take back what was undone; returns how many posts were looked at.

    What breaks us is left out of it for good: a room's line is worth no second try at the cost of others.
    """
    due = await Post.due(now, _BATCH)
    for (state, *_), group in groupby(sorted(due, key=_together), key=_together):
        posts = list(group)
        try:
            async with here.database.savepoint():
                await (_say if state == PostState.WAITING else _take_back)(here, posts, now)
        except Exception as error:
            if here.database.is_transient(error):
                raise
            log.error("post failed", room=posts[0].room_id, exc_info=error)
            await _settled(posts, PostState.DROPPED)
    return len(due)


def _together(post: Post) -> tuple[str, int, str, int, datetime, int]:
    """What belongs into one message, or is taken back from one."""
    if post.state == PostState.TAKEN_BACK:
        return post.state.value, post.room_id, "", 0, post.due_at, post.outgoing_id or 0
    return post.state.value, post.room_id, post.topic.value, post.member_id, post.due_at, 0


async def _say(here: Surroundings, due: Sequence[Post], now: datetime) -> None:
    room, member = await _room(due[0])
    same = {"room_id": room.id, "topic": due[0].topic, "member_id": due[0].member_id}
    posts = await Post.filter(**same, due_at=due[0].due_at, state=PostState.WAITING).order_by("id")
    said = list[Said]()
    if member is None and room.is_posted(due[0].topic):
        await words.tell_of_orphan(room, now)
    if room.is_posted(due[0].topic) and member is not None:
        earlier = await Post.filter(
            **same, at__gt=posts[0].at - TOGETHER, state=PostState.SETTLED, outgoing_id__isnull=False
        ).count()
        said = await words.compose(_context(here, room, member, now), room, posts, earlier=earlier)
    await _settled(posts, PostState.SETTLED)
    for each in said:
        thread = await _thread(room, each)
        row = await _put(here, room, each.reply, now, key=f"post:{each.posts[0].id}", answers=thread)
        await Post.filter(id__in=[post.id for post in each.posts]).update(outgoing_id=row.id)


async def _take_back(here: Surroundings, gone: Sequence[Post], now: datetime) -> None:
    """Correct the message in which they stand; one that is still on its way is corrected after that.

    Where nothing of that topic is posted any more, what stands there stays as it was.
    """
    row = await Outgoing.get_or_none(id=gone[0].outgoing_id)
    if row is not None and row.state is OutboxState.WAITING:
        # Not due until then: it would be in the way of others, and each tick would find it again.
        later = max(now + _LOOK_AGAIN, row.not_before)
        await Post.filter(id__in=[post.id for post in gone]).update(due_at=later)
        return
    await _settled(gone, PostState.DROPPED)
    room, member = await _room(gone[0])
    if row is None or row.state is not OutboxState.SENT or row.message_ref is None:
        return
    if member is None or not room.is_posted(gone[0].topic):
        return
    left = await Post.filter(outgoing_id=row.id, state=PostState.SETTLED).order_by("id")
    undone = await Post.filter(outgoing_id=row.id, state=PostState.DROPPED).order_by("id")
    reply = await words.taken_back(_context(here, room, member, now), room, left, undone)
    await _put(here, room, reply, now, key=f"post:undone:{gone[0].id}", edits=row.message_ref)


async def _room(post: Post) -> tuple[Room, Member | None]:
    """Where it is posted, and who chose so."""
    room = await Room.get(id=post.room_id)
    return room, await room.chooser()


async def _settled(posts: Sequence[Post], state: PostState) -> None:
    await Post.filter(id__in=[post.id for post in posts]).update(state=state)


async def _thread(room: Room, said: Said) -> str | None:
    """The message under which a deal's news go on: the first that told of it alone, if that was sent."""
    if said.deal_id is None:
        return None
    told = Post.filter(room_id=room.id, deal_id=said.deal_id, outgoing_id__isnull=False).order_by("id")
    for outgoing_id in dict.fromkeys(await told.values_list("outgoing_id", flat=True)):
        if await Post.filter(outgoing_id=outgoing_id).exclude(deal_id=said.deal_id).exists():
            continue
        row = await Outgoing.get_or_none(id=outgoing_id, address=room.address)
        if row is not None and row.state is OutboxState.SENT and row.message_ref is not None:
            return row.message_ref
    return None


async def _put(here: Surroundings, room: Room, reply: Reply, now: datetime, **more: Any) -> Outgoing:
    workspace = await room.workspace
    place = Place(room.platform, room.address, workspace.locale, room.workspace_id)
    return await outbox.put(here.database, reply, place, now=now, priority=Priority.DIGEST, push=True, **more)


def _context(here: Surroundings, room: Room, member: Member, now: datetime) -> Context:
    """Of ``member``, who chose what is posted, in the workspace's language and zone."""
    workspace = member.workspace
    key = f"room:{room.id}"
    request = Request(room.platform, key, room.address, Sender(""), private=False, room=room.address)
    return here.context(member, request, key, now, locale=Locale(workspace.locale, workspace.zone))
