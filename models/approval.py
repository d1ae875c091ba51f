"""Approval: what somebody asks the owner of a record to do to it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.models import Model

from models.change import Author
from models.errors import AlreadyDone
from models.fields import UTCDatetimeField, personal, public
from models.notification import Notification

if TYPE_CHECKING:
    from models.member import Member
    from models.record import Record
    from models.workspace import Workspace


class ApprovalState(StrEnum):
    """Open until the owner, or somebody who leads the owner, has decided; amended: they do it differently."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    AMENDED = "amended"


class Approval(Model):
    """``asker`` asks ``owner`` to let a command run: ``command`` with ``arguments``, an Invocation,
    which came from ``line``.

    ``kind`` and ``record_id`` name the record. ``decided_by_id`` decided at ``decided_at``, aware UTC.
    """

    id = public(fields.BigIntField(primary_key=True))
    workspace: fields.ForeignKeyRelation[Workspace] = public(
        fields.ForeignKeyField("models.Workspace", related_name=False, on_delete=fields.RESTRICT)
    )
    workspace_id: int
    asker: fields.ForeignKeyRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, on_delete=fields.CASCADE)
    )
    asker_id: int
    owner: fields.ForeignKeyRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, on_delete=fields.CASCADE)
    )
    owner_id: int
    kind = public(fields.CharField(max_length=20))
    record_id = public(fields.BigIntField())
    command = public(fields.CharField(max_length=40))
    arguments: dict[str, Any] = personal(fields.JSONField(default=dict))
    line = personal(fields.CharField(max_length=500))
    state = public(fields.CharEnumField(ApprovalState, max_length=10, default=ApprovalState.OPEN))
    created_at = public(UTCDatetimeField())
    decided_at = public(UTCDatetimeField(null=True))
    decided_by_id = public(fields.BigIntField(null=True))

    class Meta:
        table = "approval"
        indexes = (("workspace_id", "owner_id", "state"), ("workspace_id", "asker_id", "state"))

    @property
    def subject(self) -> str:
        """What the push about it carries, see Reply.subject."""
        return f"approval:{self.id}"

    @classmethod
    async def ask(
        cls, by: Author, record: Record, owner: Member, *, command: str, arguments: dict[str, Any], line: str
    ) -> Approval:
        """Ask the owner; the push to them is due at once."""
        approval = await cls.create(
            workspace_id=by.member.workspace_id,
            asker_id=by.member.id,
            owner_id=owner.id,
            kind=record.KIND,
            record_id=record.id,
            command=command,
            arguments=arguments,
            line=line[:500],
            created_at=by.now,
        )
        await Notification.once(
            member=owner, kind="approval", key=approval.subject, record_id=approval.id, due_at=by.now
        )
        return approval

    async def decide(self, by: Author, state: ApprovalState, *, line: str | None = None) -> None:
        """Settle it; the asker is told. ``line`` is what is done instead of what was asked.

        Raises:
            AlreadyDone: it was decided before.
        """
        open_ = Approval.filter(id=self.id, state=ApprovalState.OPEN)
        line = self.line if line is None else line[:500]
        if not await open_.update(state=state, decided_at=by.now, decided_by_id=by.member.id, line=line):
            raise AlreadyDone("approval", at=self.decided_at)
        self.state, self.decided_at, self.decided_by_id, self.line = state, by.now, by.member.id, line
        await Notification.once(
            member=await self.asker,
            kind="decision",
            key=f"{self.subject}:decided",
            record_id=self.id,
            due_at=by.now,
        )
