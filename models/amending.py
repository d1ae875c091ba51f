"""Amending: the records that a message wrote are brought to what its corrected words say; none is made anew.

What the message created is filled in again, what it changed is set back first; a record that the new words
do not need goes. All of it is one Change of each record, which can be undone like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from models import undo
from models.change import Author, Change
from models.kept import KINDS, Kept
from models.member import Member
from models.record import Record

# Lines of a message that are asked after, with those that were to be answered once a first was written.
_MOST_LINES = 41


async def written(member: Member, said: Sequence[int]) -> list[Change]:
    """What this member's messages (ids of the inbox) wrote, the first write first; what was undone too."""
    names = [f"{inbox_id}.{line}" for inbox_id in said for line in range(_MOST_LINES)]
    rows = Change.filter(workspace_id=member.workspace_id, member_id=member.id, said__in=names)
    return await rows.order_by("id")


@dataclass(slots=True)
class Amendment:
    """An amendment under way, until :meth:`close`.

    ``records`` are those that the message wrote, the first written first. ``gone`` are those of them that
    the new words did without.
    """

    by: Author
    records: list[Kept]
    gone: list[Kept] = field(default_factory=list)

    @property
    def wrote(self) -> bool:
        """Whether the new words wrote anything, or would have, had it not been there already."""
        return self.by.refilled > 0 or any(change.undo_of is None for change in self.by.changes.values())

    async def close(self) -> list[Change]:
        """Let go what the new words did without; returns what has changed in the end."""
        self.gone = list(self.by.reusing)
        self.by.reusing.clear()
        for record in self.gone:
            await record.write(self.by, **record.withdrawn(self.by.now))
            await record.after_undo(self.by)
        return [change for change in list(self.by.changes.values()) if await _settled(self.by, change)]

    @property
    def main_is_gone(self) -> bool:
        """Whether the record that the message was about first is none of the new words'."""
        return bool(self.gone) and self.gone[0] is self.records[0]

    def made(self) -> list[str]:
        """The kinds of what the new words created."""
        return [change.kind for change in self.by.changes.values() if change.created]


async def begin(by: Author, changes: Sequence[Change], *, all_the_same: bool = False) -> Amendment:
    """Take up what a message wrote and nobody undid.

    ``all_the_same``: also what something newer touched.

    Raises:
        ChangedSince: something newer touched the same fields.
        NotAllowed: it is not the author's to write any more.
        AlreadyDone: the author does not see it any more.
    """
    standing = [change for change in changes if change.undone_at is None]
    records = await undo.records_of(list(reversed(standing)), by.member)
    if not all_the_same:
        await undo.require_untouched(standing, records)
    created = {(change.kind, change.record_id) for change in standing if change.created}
    for change in reversed(standing):
        record = records[change.kind, change.record_id]
        await record.require_undoable(by, change)
        if (change.kind, change.record_id) not in created:
            await undo.set_back(by, change, record)
    keys = dict.fromkeys((change.kind, change.record_id) for change in standing)
    by.reusing += [record for key in keys if key in created and isinstance(record := records[key], Record)]
    by.given = {key: _columns(standing, key) for key in created}
    return Amendment(by, [records[key] for key in keys])


def _columns(changes: Sequence[Change], key: tuple[str, int]) -> set[str]:
    return {name for each in changes if (each.kind, each.record_id) == key for name in each.fields_json}


async def _settled(by: Author, change: Change) -> bool:
    """Leave in a Change what differs in the end; one in which nothing does goes."""
    pairs = {name: pair for name, pair in change.fields_json.items() if pair[0] != pair[1]}
    if not pairs and not change.created:
        await change.delete()
        by.changes.pop((change.kind, change.record_id))
        return False
    change.fields_json, change.undo_of = pairs, None
    await change.save(update_fields=["fields_json", "undo_of"])
    return True


async def record_of(change: Change) -> Kept:
    """The record that a Change is of."""
    return await KINDS[change.kind].get(pk=change.record_id)
