"""Team: some members and their manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields

from models.fields import UTCDatetimeField, public
from models.kept import Kept

if TYPE_CHECKING:
    from models.workspace import Workspace


class Team(Kept):
    """A sales team. The member ``manager_id`` sees its members' records and gets its digest."""

    KIND = "team"

    id = public(fields.BigIntField(primary_key=True))
    workspace: fields.ForeignKeyRelation[Workspace] = public(
        fields.ForeignKeyField("models.Workspace", related_name="teams", on_delete=fields.RESTRICT)
    )
    workspace_id: int
    name = public(fields.CharField(max_length=200))
    # A plain column: the ORM cannot create two tables that refer to one another.
    manager_id = public(fields.BigIntField(null=True))
    deleted_at = public(UTCDatetimeField(null=True))

    class Meta:
        table = "team"
        unique_together = (("workspace", "name"),)
