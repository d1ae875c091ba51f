"""Counter: the next human number of each kind of record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import connections, fields
from tortoise.models import Model

from models.fields import public

if TYPE_CHECKING:
    from models.workspace import Workspace


class Counter(Model):
    """``next`` is the number that the next record of that kind gets."""

    id = public(fields.BigIntField(primary_key=True))
    workspace: fields.ForeignKeyRelation[Workspace] = public(
        fields.ForeignKeyField("models.Workspace", related_name=False, on_delete=fields.CASCADE)
    )
    workspace_id: int
    kind = public(fields.CharField(max_length=20))
    next = public(fields.IntField(default=1))

    class Meta:
        table = "counter"
        unique_together = (("workspace", "kind"),)

    @classmethod
    async def take(cls, workspace_id: int, kind: str, count: int = 1) -> int:
        """Reserve ``count`` numbers inside the running transaction; returns the first.

        One statement, so that two transactions never get the same number; the second waits.
        """
        rows = await connections.get("default").execute_query_dict(
            "INSERT INTO counter (workspace_id, kind, next) VALUES ($1, $2, $3 + 1)"
            " ON CONFLICT (workspace_id, kind) DO UPDATE SET next = counter.next + $3 RETURNING next",
            [workspace_id, kind, count],
        )
        return int(rows[0]["next"]) - count

    @classmethod
    async def advance(cls, workspace_id: int, kind: str, until: int) -> None:
        """Let the next number be at least ``until``."""
        await cls.get_or_create(workspace_id=workspace_id, kind=kind)
        await cls.filter(workspace_id=workspace_id, kind=kind, next__lt=until).update(next=until)
