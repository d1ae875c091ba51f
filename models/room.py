"""Room: a chat that several people read (a group, a channel): what may stand and what is posted there."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tortoise import fields

from models.change import Author, Change
from models.errors import NotAllowed
from models.fields import UTCDatetimeField, personal, public
from models.kept import Kept
from models.member import Member, Role

if TYPE_CHECKING:
    from models.workspace import Workspace


class Topic(StrEnum):
    """What can be posted in a room: deals won, deals moved, deals left alone, the team's day."""

    WINS = "wins"
    MOVES = "moves"
    STALE = "stale"
    DIGEST = "digest"


class Room(Kept):
    """One group or channel of a platform, once somebody declared something about it.

    ``name`` is its title there, empty where the platform does not say it. ``internal``: an admin said that
    only colleagues read it. ``outsiders``: its platform says that others do, which outweighs that.
    ``posts`` are the Topics that are posted there, with what ``posted_by`` may see, who chose the first of
    them. ``closed_because`` is the service's reason why nothing can be written there, empty while it can.
    """

    KIND = "room"

    id = public(fields.BigIntField(primary_key=True))
    workspace: fields.ForeignKeyRelation[Workspace] = public(
        fields.ForeignKeyField("models.Workspace", related_name=False, on_delete=fields.RESTRICT)
    )
    workspace_id: int
    platform = public(fields.CharField(max_length=20))
    address = personal(fields.CharField(max_length=254))
    name = personal(fields.CharField(max_length=200, default=""))
    internal = public(fields.BooleanField(default=False))
    outsiders = public(fields.BooleanField(default=False))
    posts: list[str] = public(fields.JSONField(default=list))
    posted_by: fields.ForeignKeyNullableRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, null=True, on_delete=fields.SET_NULL)
    )
    posted_by_id: int | None
    closed_because = public(fields.CharField(max_length=300, default=""))
    created_at = public(UTCDatetimeField())

    class Meta:
        table = "room"
        unique_together = (("workspace", "platform", "address"),)
        indexes = (("platform", "address"),)

    @property
    def title(self) -> str:
        return self.name or self.address

    @property
    def among_colleagues(self) -> bool:
        """Whether only colleagues read it, as far as anybody knows."""
        return self.internal and not self.outsiders

    def is_posted(self, topic: Topic) -> bool:
        """Whether this topic is posted here now."""
        return topic.value in self.posts and not self.closed_because

    async def chooser(self) -> Member | None:
        """Who chose what is posted, with the workspace; None once they are no active member: then nothing is.

        Only what they may see is told there.
        """
        active = Member.filter(id=self.posted_by_id or 0, active=True)
        return await active.select_related("workspace").first()

    @classmethod
    async def at(cls, workspace_id: int, platform: str, address: str) -> Room | None:
        """The one at an address; None where nothing was declared about it."""
        return await cls.get_or_none(workspace_id=workspace_id, platform=platform, address=address)

    @classmethod
    async def declare(cls, by: Author, platform: str, address: str, name: str = "", **values: Any) -> Room:
        """Write something about the room at an address, which is known from then on."""
        room = await cls.at(by.member.workspace_id, platform, address)
        if room is None:
            given = {"platform": platform, "address": address, "name": name, "posts": [], **values}
            return await cls.enter(by, created_at=by.now, **given)
        await room.write(by, **values, **({"name": name} if name else {}))
        return room

    @classmethod
    async def posted_in(cls, workspace_id: int) -> list[Room]:
        """Those of a workspace in which something is posted, the oldest first."""
        rooms = await cls.filter(workspace_id=workspace_id, closed_because="").order_by("id")
        return [room for room in rooms if room.posts]

    async def heard(self, name: str, *, outsiders: bool) -> None:
        """Somebody spoke there: it can be written to, and its platform says this of it."""
        seen = {"closed_because": "", "outsiders": outsiders, "name": name or self.name}
        fresh = {column: value for column, value in seen.items() if getattr(self, column) != value}
        if fresh:
            await Room.filter(id=self.id).update(**fresh)
            self.update_from_dict(fresh)

    async def close(self, reason: str) -> None:
        """Nothing can be written there any more, for the service's ``reason``."""
        self.closed_because = reason[:300] or "?"
        await self.save(update_fields=["closed_because"])

    async def keepers(self) -> list[Member]:
        """Who is told of a trouble with it: who chose what is posted, while they may; else the admins."""
        members = Member.filter(workspace_id=self.workspace_id, active=True)
        if not self.posts:
            return []
        own = await members.filter(id=self.posted_by_id or 0, role__in=(Role.MANAGER, Role.ADMIN))
        return own or await members.filter(role=Role.ADMIN).order_by("id")

    async def require_undoable(self, by: Author, change: Change) -> None:
        """As what admins set up; what is posted, managers choose too. Raises: NotAllowed."""
        chosen = change.fields_json.keys() - {"platform", "address", "name", "created_at"}
        manager = by.member.role is Role.MANAGER and chosen <= _CHOSEN_BY_MANAGERS
        if by.member.role is not Role.ADMIN and not manager:
            raise NotAllowed(role=Role.ADMIN)

    def withdrawn(self, now: datetime) -> dict[str, Any]:
        return {"internal": False, "posts": [], "posted_by_id": None}


_CHOSEN_BY_MANAGERS = frozenset({"posts", "posted_by_id"})
