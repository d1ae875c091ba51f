"""Change: who wrote what, when, because of which message. Feeds history and undo."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.models import Model

from models.fields import UTCDatetimeField, personal, public

if TYPE_CHECKING:
    from models.kept import Kept
    from models.member import Member
    from models.record import Record
    from models.workspace import Workspace


class Change(Model):
    """What one message did to one record.

    ``kind`` and ``record_id`` name the record. ``said`` names the message and its line
    (``inbox id.line``). ``fields`` maps a column to ``[before, after]`` as JSON values; a created
    record has ``created`` true. ``undo_of`` is the Change that this one took back, ``undone_at`` when
    this one was taken back.
    """

    id = public(fields.BigIntField(primary_key=True))
    workspace: fields.ForeignKeyRelation[Workspace] = public(
        fields.ForeignKeyField("models.Workspace", related_name=False, on_delete=fields.RESTRICT)
    )
    workspace_id: int
    member: fields.ForeignKeyRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, on_delete=fields.RESTRICT)
    )
    member_id: int
    kind = public(fields.CharField(max_length=20))
    record_id = public(fields.BigIntField())
    said = public(fields.CharField(max_length=64))
    at = public(UTCDatetimeField())
    created = public(fields.BooleanField(default=False))
    fields_json: dict[str, list[Any]] = personal(fields.JSONField(source_field="fields"))
    undo_of = public(fields.BigIntField(null=True))
    undone_at = public(UTCDatetimeField(null=True))

    class Meta:
        table = "change"
        indexes = (
            ("workspace_id", "kind", "record_id", "id"),
            ("workspace_id", "said"),
            ("workspace_id", "member_id", "id"),
            ("workspace_id", "kind", "at"),
        )

    @property
    def removes(self) -> bool:
        """Whether it removed the record, for itself or as a part of another."""
        return self.fields_json.get("deleted_at", [None, None])[1] is not None


# The last part of the name of what no member said: a web form was sent. See Change.said.
BY_FORM = "form"


@dataclass(slots=True)
class Author:
    """Who writes, when, and because of which message: one for each line of a turn.

    ``now`` is aware UTC. ``said`` is the message's name, see :class:`Change`. ``undoing`` is set while
    a Change is taken back. While a message is amended ``reusing`` are the records that it created and that
    are to be filled in again, ``given`` the columns of each that it gave; ``refilled`` is how many of them
    were by now.
    """

    member: Member
    now: datetime
    said: str
    undoing: Change | None = None
    changes: dict[tuple[str, int], Change] = field(default_factory=dict)
    reusing: list[Record] = field(default_factory=list)
    given: Mapping[tuple[str, int], AbstractSet[str]] = field(default_factory=dict)
    refilled: int = 0

    def reuse(self, kind: str) -> Record | None:
        """The first record of that kind that is to be filled in again, and not created."""
        found = next((record for record in self.reusing if kind == record.KIND), None)
        if found is not None:
            self.reusing.remove(found)
            self.refilled += 1
        return found

    async def leave(
        self, record: Kept, changed: Mapping[str, tuple[Any, Any]], *, created: bool = False
    ) -> None:
        """Leave a Change; a second write of the same record in one message joins the first."""
        pairs = {name: [plain(before), plain(after)] for name, (before, after) in changed.items()}
        known = self.changes.get((record.KIND, record.pk))
        if known is not None:
            if self.undoing is None:
                # A correction takes back and writes anew. What it wrote can itself be taken back, and an
                # older undo must not pass over it.
                known.undo_of = None
            await _join(known, pairs)
            return
        self.changes[record.KIND, record.pk] = await Change.create(
            workspace_id=self.member.workspace_id,
            member_id=self.member.id,
            kind=record.KIND,
            record_id=record.pk,
            said=self.said,
            at=self.now,
            created=created,
            fields_json=pairs,
            undo_of=self.undoing.id if self.undoing else None,
        )


async def _join(change: Change, pairs: dict[str, list[Any]]) -> None:
    for name, (before, after) in pairs.items():
        first = change.fields_json.get(name, [before])[0]
        change.fields_json[name] = [first, after]
    await change.save(update_fields=["fields_json", "undo_of"])


def plain(value: Any) -> Any:
    """A column's value as JSON: instants and dates as ISO 8601, enumerations by value."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


async def last_said(member: Member, *, since: datetime, removals_since: datetime) -> str | None:
    """The name of this member's last message that wrote something and was not undone.

    What a web form wrote in their name is none of theirs.

    It counts where it was said after ``since``; one that removed or merged a record, ``removals_since``.
    """
    change = (
        await Change.filter(
            workspace_id=member.workspace_id,
            member_id=member.id,
            at__gte=removals_since,
            undo_of__isnull=True,
            undone_at__isnull=True,
        )
        .exclude(said__endswith=f".{BY_FORM}")
        .order_by("-id")
        .first()
    )
    if change is None or (change.at < since and not change.removes):
        return None
    return change.said
