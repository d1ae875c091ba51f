"""Post: what happened to a deal, to be said in one room."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

from models.change import Author
from models.fields import UTCDatetimeField, public
from models.messaging.inbox import Incoming
from models.room import Room, Topic

if TYPE_CHECKING:
    from models.deal import Deal, Stage
    from models.member import Member

# What one member does within this time is said together.
TOGETHER = timedelta(minutes=10)


class PostState(StrEnum):
    """To be said when due; settled; called back before it was said; to be taken back where it stands."""

    WAITING = "waiting"
    SETTLED = "settled"
    DROPPED = "dropped"
    TAKEN_BACK = "taken_back"


class Post(Model):
    """One move of one deal, for one room.

    ``member`` moved it at ``at``; ``said`` names the message (see models.change). Those that are due at
    the same ``due_at`` (aware UTC) of one member and topic belong together. ``outgoing_id`` is the outbox
    row in which it stands, None where nothing was said of it.
    """

    id = public(fields.BigIntField(primary_key=True))
    room: fields.ForeignKeyRelation[Room] = public(
        fields.ForeignKeyField("models.Room", related_name=False, on_delete=fields.CASCADE)
    )
    room_id: int
    topic = public(fields.CharEnumField(Topic, max_length=10))
    deal: fields.ForeignKeyRelation[Deal] = public(
        fields.ForeignKeyField("models.Deal", related_name=False, on_delete=fields.CASCADE)
    )
    deal_id: int
    member: fields.ForeignKeyRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, on_delete=fields.RESTRICT)
    )
    member_id: int
    from_stage_id = public(fields.BigIntField())
    to_stage_id = public(fields.BigIntField())
    said = public(fields.CharField(max_length=64))
    at = public(UTCDatetimeField())
    due_at = public(UTCDatetimeField())
    state = public(fields.CharEnumField(PostState, max_length=10, default=PostState.WAITING))
    outgoing_id = public(fields.BigIntField(null=True))

    class Meta:
        table = "post"
        unique_together = (("room", "deal", "said"),)
        indexes = (("state", "due_at"), ("room_id", "deal_id"), ("deal_id", "said"), ("outgoing_id",))

    @classmethod
    async def of_move(cls, deal: Deal, before: Stage, after: Stage, by: Author) -> None:
        """Place what a move says in each room that follows such moves, except where it was just said."""
        won = after.kind == _WON
        for room in await Room.posted_in(deal.workspace_id):
            topic = Topic.WINS if won and room.is_posted(Topic.WINS) else Topic.MOVES
            if not room.is_posted(topic) or await _was_said_in(room, by.said):
                continue
            await cls.bulk_create(
                [
                    cls(
                        room_id=room.id,
                        topic=topic,
                        deal_id=deal.id,
                        member_id=by.member.id,
                        from_stage_id=before.id,
                        to_stage_id=after.id,
                        said=by.said,
                        at=by.now,
                        due_at=await cls._due(room, topic, by),
                    )
                ],
                ignore_conflicts=True,
            )

    @classmethod
    async def _due(cls, room: Room, topic: Topic, by: Author) -> datetime:
        """When it is said: with what the member did before it; a first win at once, for it is good news."""
        mine = cls.filter(room_id=room.id, topic=topic, member_id=by.member.id)
        waiting = await mine.filter(state=PostState.WAITING, due_at__gt=by.now).order_by("due_at").first()
        if waiting is not None:
            return waiting.due_at
        if topic is not Topic.WINS:
            return by.now + TOGETHER
        recent = mine.filter(at__gt=by.now - TOGETHER).exclude(state=PostState.DROPPED)
        last = await recent.order_by("at").first()
        return by.now if last is None else last.at + TOGETHER

    @classmethod
    async def take_back(cls, deal_id: int, said: str, now: datetime) -> None:
        """What a message did to a deal is undone: it is not said, or corrected where it stands."""
        theirs = cls.filter(deal_id=deal_id, said=said)
        await theirs.filter(state=PostState.WAITING).update(state=PostState.DROPPED)
        stands = theirs.filter(state=PostState.SETTLED, outgoing_id__isnull=False)
        await stands.update(state=PostState.TAKEN_BACK, due_at=now)

    @classmethod
    async def due(cls, now: datetime, limit: int) -> list[Post]:
        """The next ones to be said or taken back, locked; rows that another process holds are passed over."""
        rows = cls.filter(state__in=_PENDING, due_at__lte=now).order_by("due_at", "id")
        return await rows.limit(limit).select_for_update(skip_locked=True)

    @classmethod
    async def next_due(cls) -> datetime | None:
        """When the next one falls due, aware UTC."""
        first = await cls.filter(state__in=_PENDING).order_by("due_at").first()
        return first.due_at if first else None


_PENDING = (PostState.WAITING, PostState.TAKEN_BACK)
# StageKind.WON: models/deal.py places posts, so that this cannot import it.
_WON = "won"


async def _was_said_in(room: Room, said: str) -> bool:
    """Whether the message, and so its receipt, stands in that room: among colleagues all of it does."""
    name = said.partition(".")[0]
    if not room.among_colleagues or not (name.isascii() and name.isdigit()):
        return False
    return await Incoming.exists(id=int(name), platform=room.platform, address=room.address)
