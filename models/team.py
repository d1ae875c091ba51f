"""Team: some members and their manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields

from models.fields import UTCDatetimeField, public
from models.named import Named

if TYPE_CHECKING:
    from models.member import Member
    from models.workspace import Workspace


class Team(Named):
    """A sales team. The member ``manager_id`` sees its members' records and gets its digest."""

    KIND = "team"
    USED_BY = "member"

    id = public(fields.BigIntField(primary_key=True))
    workspace: fields.ForeignKeyRelation[Workspace] = public(
        fields.ForeignKeyField("models.Workspace", related_name="teams", on_delete=fields.RESTRICT)
    )
    workspace_id: int
    name = public(fields.CharField(max_length=200))
    members: fields.ReverseRelation[Member]
    # A plain column: the ORM cannot create two tables that refer to one another.
    manager_id = public(fields.BigIntField(null=True))
    deleted_at = public(UTCDatetimeField(null=True))

    class Meta:
        table = "team"
        unique_together = (("workspace", "name"),)

    async def uses(self) -> int:
        # By its table: models/member.py is made of this one.
        return await self.members.filter(active=True).count()
