"""Undo: taking back what one message wrote, where nothing newer stands on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from models.change import Author, Change
from models.deal import DealContact
from models.errors import AlreadyDone, ChangedSince
from models.member import Member
from models.record import KINDS, Record


async def undo(by: Author, said: str) -> list[Record]:
    """Take back everything that one message wrote; returns the records, first written first.

    Raises:
        AlreadyDone: it was taken back before; or it wrote nothing, or what the author may not see, which
            are not told apart.
        ChangedSince: something newer touched the same fields; nothing is taken back.
        NotAllowed: the message was somebody else's, whom the author does not lead.
    """
    changes = await Change.filter(workspace_id=by.member.workspace_id, said=said).order_by("-id")
    records = dict[tuple[str, int], Record]()
    for change in changes:
        if (change.kind, change.record_id) not in records:
            records[change.kind, change.record_id] = await _record(change, by.member)
    done = [change for change in changes if change.undone_at is None]
    if not done:
        raise AlreadyDone("undo", at=changes[0].undone_at if changes else None)
    records = {key: record for key, record in records.items() if key in _touched(done)}
    pairs = [(change, records[change.kind, change.record_id]) for change in done]
    for change, record in pairs:
        await _require_untouched(change, record, done)
    for change, record in pairs:
        if change.member_id != by.member.id:
            await record.require_writable(by.member)
        await _take_back(by, change, record)
    for change, record in pairs:
        if change.created and await _in_use(record):
            raise ChangedSince(record, by="", at=by.now, fields=())
    return list(reversed(records.values()))


async def _record(change: Change, member: Member) -> Record:
    record = await KINDS[change.kind].ever_visible_to(member).get_or_none(id=change.record_id)
    if record is None:
        raise AlreadyDone("undo")
    return record


def _touched(changes: Sequence[Change]) -> set[tuple[str, int]]:
    return {(change.kind, change.record_id) for change in changes}


async def _require_untouched(change: Change, record: Record, group: Sequence[Change]) -> None:
    newer = await Change.filter(
        workspace_id=change.workspace_id,
        kind=change.kind,
        record_id=change.record_id,
        id__gt=change.id,
        undo_of__isnull=True,
        undone_at__isnull=True,
    ).order_by("-id")
    for later in newer:
        touched = (
            later.fields_json.keys() if change.created else later.fields_json.keys() & change.fields_json
        )
        if touched and later.id not in {other.id for other in group}:
            raise ChangedSince(record, by=await _name(later), at=later.at, fields=sorted(touched))


async def _name(change: Change) -> str:
    return (await Member.get(id=change.member_id)).name


async def _take_back(by: Author, change: Change, record: Record) -> None:
    by.undoing = change
    by.changes.pop((record.KIND, record.id), None)
    await record.write(by, **_before(change, record, by.now))
    change.undone_at = by.now
    await change.save(update_fields=["undone_at"])
    await record.after_undo(by)
    by.undoing = None


async def _in_use(record: Record) -> bool:
    column = f"{record.KIND}_id"
    for other in KINDS.values():
        if column not in other._meta.fields_map:
            continue
        if await other.exists(**{column: record.id, "deleted_at__isnull": True}):
            return True
    return record.KIND == "contact" and await DealContact.exists(
        contact_id=record.id, deal__deleted_at__isnull=True
    )


def _before(change: Change, record: Record, now: datetime) -> dict[str, Any]:
    if change.created:
        return {"deleted_at": now}
    columns = record._meta.fields_map
    return {
        name: columns[name].to_python_value(before) if name in columns else before
        for name, (before, _) in change.fields_json.items()
    }
