"""Posts: what a room reads of deals that were won or moved. See models.post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from handlers.cards import member_name
from handlers.chat import verbs
from handlers.chat.arguments import stage_name
from handlers.chat.context import Context
from handlers.chat.language import languages
from handlers.chat.push import composer
from handlers.chat.reply import Block, Button, Buttons, Card, Field, Invocation, Reply, Text, text
from models.company import Company
from models.deal import Deal, Stage, StageKind
from models.notification import Notification
from models.post import Post
from models.room import Room, Topic

# From so many on, what somebody did is one message.
_TOGETHER_FROM = 3
# Deals named in such a message; the rest is counted.
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Said:
    """One message for a room, which tells of ``posts``; it goes on the thread of ``deal_id``, if of one."""

    reply: Reply
    posts: Sequence[Post]
    deal_id: int | None = None


@dataclass(slots=True)
class _Way:
    """What one member did to one deal within a while: where it stood first, and last."""

    deal: Deal
    before: Stage
    after: Stage
    posts: list[Post] = field(default_factory=list)


async def compose(ctx: Context, room: Room, posts: Sequence[Post], *, earlier: int = 0) -> list[Said]:
    """What is said of posts that belong together, in the order in which they happened.

    ``ctx`` is of who chose what is posted, in the room's language: only what they may see is told.
    ``earlier`` are messages of that kind that were said within the same while. Nothing is said of a deal
    that stands where it stood before, that is gone, or that was won and is open again.
    """
    ways = [way for way in await _ways(ctx, posts) if await _is_news(way, posts[0].topic)]
    if not ways:
        return []
    who = await member_name(posts[0].member_id)
    if len(ways) + earlier >= _TOGETHER_FROM and len(ways) > 1:
        return [
            Said(
                _together(ctx, room, posts[0].topic, who, ways), [each for way in ways for each in way.posts]
            )
        ]
    one = _won if posts[0].topic is Topic.WINS else _moved
    return [Said(await one(ctx, room, who, way), way.posts, way.deal.id) for way in ways]


async def taken_back(ctx: Context, room: Room, left: Sequence[Post], gone: Sequence[Post]) -> Reply:
    """What a message says once some of what it told was undone; ``left`` is what still holds."""
    ways = await _ways(ctx, gone)
    named = ", ".join(_name(way.deal) for way in ways)
    sentence = ctx.text("↩︎ Undone · {names}", names=named or "–")
    still = await compose(ctx, room, left) if left else []
    blocks = [block for said in still for block in said.reply.blocks if not isinstance(block, Buttons)]
    return Reply((*blocks, Text(sentence)))


async def _ways(ctx: Context, posts: Sequence[Post]) -> list[_Way]:
    deals = Deal.visible_to(ctx.member).filter(id__in=[post.deal_id for post in posts])
    seen = {deal.id: deal for deal in await deals}
    stage_ids = {stage_id for post in posts for stage_id in (post.from_stage_id, post.to_stage_id)}
    stages = {stage.id: stage for stage in await Stage.filter(id__in=stage_ids)}
    ways = dict[int, _Way]()
    for post in sorted(posts, key=lambda post: post.id):
        if post.deal_id not in seen:
            continue
        before, after = stages[post.from_stage_id], stages[post.to_stage_id]
        way = ways.setdefault(post.deal_id, _Way(seen[post.deal_id], before, after))
        way.after = after
        way.posts.append(post)
    return list(ways.values())


async def _is_news(way: _Way, topic: Topic) -> bool:
    if topic is Topic.WINS:
        return await Stage.exists(id=way.deal.stage_id, kind=StageKind.WON)
    return bool(way.before.id != way.after.id)


def _name(deal: Deal) -> str:
    return f"{deal.reference} {deal.name}"


def _amount(ctx: Context, room: Room, deal: Deal) -> str:
    """Among colleagues only: anybody else reads no amount."""
    if deal.money is None or not room.among_colleagues:
        return ""
    return ctx.locale.money(deal.money.amount, deal.money.currency)


def _together(ctx: Context, room: Room, topic: Topic, who: str, ways: Sequence[_Way]) -> Reply:
    if topic is Topic.WINS:
        first = ctx.locale.plural("🎉 {name} won {n} deal", "🎉 {name} won {n} deals", len(ways), name=who)
    else:
        first = ctx.locale.plural("{name} moved {n} deal", "{name} moved {n} deals", len(ways), name=who)
    lines = [_line(ctx, room, topic, way) for way in ways[:_MOST_NAMED]]
    more = len(ways) - len(lines)
    return text(first, *lines, *([ctx.text("… {n} more", n=more)] if more else []))


def _line(ctx: Context, room: Room, topic: Topic, way: _Way) -> str:
    stages = f"{stage_name(ctx, way.before)} → {stage_name(ctx, way.after)}" if topic is Topic.MOVES else ""
    return " · ".join(part for part in (_name(way.deal), stages, _amount(ctx, room, way.deal)) if part)


async def _moved(ctx: Context, room: Room, who: str, way: _Way) -> Reply:
    return Reply((Text(f"{who} · {_line(ctx, room, Topic.MOVES, way)}"), *_open(ctx, room, way.deal)))


async def _won(ctx: Context, room: Room, who: str, way: _Way) -> Reply:
    fact = Text(ctx.text("🎉 {name} won {deal}", name=who, deal=_name(way.deal)))
    if not room.among_colleagues:
        return Reply((fact,), aloud=True)
    pairs = (
        (ctx.text("Amount"), _amount(ctx, room, way.deal)),
        (ctx.text("Company"), await Company.name_for(ctx.member, way.deal.company_id)),
        (ctx.text("Owner"), await member_name(way.deal.owner_id)),
    )
    fields = tuple(Field(label, value) for label, value in pairs if value)
    card = [Card(_name(way.deal), fields)] if fields else []
    return Reply((fact, *card, *_open(ctx, room, way.deal)), aloud=True)


def _open(ctx: Context, room: Room, deal: Deal) -> tuple[Block, ...]:
    """The button that shows the deal, to whoever presses it and may see it; not among strangers."""
    if not room.among_colleagues:
        return ()
    return (Buttons((Button(ctx.text("Open"), Invocation("show", {"record": deal.reference})),)),)


async def tell_of_orphan(room: Room, now: datetime) -> None:
    """Let the admins know, once, that nothing is posted: who chose it is no member any more."""
    for member in await room.keepers():
        key = f"room_orphaned:{room.id}:{room.posted_by_id}:{member.id}"
        await Notification.once(member=member, kind="room_orphaned", key=key, record_id=room.id, due_at=now)


@composer("room_orphaned")
async def room_orphaned(ctx: Context, notification: Notification) -> Reply | None:
    """Nothing is posted in a room, since who chose it has gone; None where somebody chose again."""
    room = await Room.get_or_none(id=notification.record_id, workspace_id=ctx.member.workspace_id)
    if room is None or not room.posts or await room.chooser() is not None:
        return None
    own = next(entry for entry in languages() if entry.tag == ctx.locale.language)
    line = f"{verbs.shown('post', own.tag)} {own.setup[room.posts[0]][0]}"
    return text(
        ctx.text("⚠️ Nothing is posted in {room} any more: who chose it has left.", room=room.title),
        ctx.text("To post there with what you may see, say in that room: {line}", line=line),
    )


@composer("room_closed")
async def room_closed(ctx: Context, notification: Notification) -> Reply | None:
    """A room in which something was posted takes no more messages; None where it does again."""
    room = await Room.get_or_none(id=notification.record_id, workspace_id=ctx.member.workspace_id)
    if room is None or not room.closed_because or not room.posts:
        return None
    return text(
        ctx.text(
            "⚠️ I cannot post in {room} on {platform} any more.",
            room=room.title,
            platform=room.platform.capitalize(),
        ),
        ctx.text("It says: {reason}", reason=room.closed_because),
        ctx.text("Let me into that room again and say something to me there; then I go on posting."),
    )
