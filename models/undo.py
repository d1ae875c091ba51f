"""Undo: taking back what one message wrote, where nothing newer stands on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.change import Author, Change
from models.deal import DealContact
from models.errors import AlreadyDone, ChangedSince
from models.kept import KINDS, Kept
from models.member import Member
from models.merge import Mergeable
from models.record import LETTERS, Record


@dataclass(frozen=True, slots=True)
class Stayed:
    """What an undone merge left as it is.

    Either ``fields`` that ``by`` changed since, or a number of ``children`` that have moved on.
    """

    record: Kept
    fields: Sequence[str] = ()
    by: str = ""
    children: int = 0


@dataclass(frozen=True, slots=True)
class Undone:
    """The records that an undo wrote, first written first, and what it left as it is.

    ``carried``: those that the author does not see, which had gone along with the others.
    """

    records: Sequence[Kept]
    stayed: Sequence[Stayed]
    carried: Sequence[Kept] = ()


async def undo(by: Author, said: str) -> Undone:
    """Take back everything that one message wrote; of a merge, what nothing newer touched.

    Raises:
        AlreadyDone: it was taken back before; or it wrote nothing, or what the author may not see, which
            are not told apart.
        ChangedSince: something newer touched the same fields, and it was no merge; nothing is taken back.
        NotAllowed: the message was somebody else's, whom the author does not lead; or an admin's.
        NameTaken: another has by now the name that would come back.
    """
    changes = await Change.filter(workspace_id=by.member.workspace_id, said=said).order_by("-id")
    records = await records_of(changes, by.member)
    done = [change for change in changes if change.undone_at is None]
    if not done:
        raise AlreadyDone("undo", at=changes[0].undone_at if changes else None)
    records = {key: record for key, record in records.items() if key in _written(done)}
    pairs = [(change, records[change.kind, change.record_id]) for change in done]
    try:
        stayed = await _take_all_back(by, pairs)
    except ChangedSince as error:
        raise await _told(error, list(records.values()), by) from error
    ordered = list(reversed(records.values()))
    seen = [record for record in ordered if await _sees(by.member, record)]
    told = [each for each in stayed if each.record in seen]
    return Undone(seen, told, [record for record in ordered if record not in seen])


async def _take_all_back(by: Author, pairs: Sequence[tuple[Change, Kept]]) -> list[Stayed]:
    """Returns what a merge leaves as it is. Raises: ChangedSince, NotAllowed."""
    stayed = await _stayed(pairs, [change for change, _ in pairs])
    for change, record in pairs:
        await record.require_undoable(by, change)
        await _take_back(by, change, record, [each for each in stayed if each.record is record])
    for change, record in pairs:
        if change.created and await _in_use(record):
            raise ChangedSince(record, by="", at=by.now, fields=())
    return stayed


async def _told(error: ChangedSince, records: Sequence[Kept], by: Author) -> ChangedSince | AlreadyDone:
    """The refusal, without a word of a record that the author does not see."""
    if await _sees(by.member, error.record):
        return error
    for record in records:
        if await _sees(by.member, record):
            return ChangedSince(record, by="", at=by.now, fields=())
    return AlreadyDone("undo")


async def _stayed(pairs: Sequence[tuple[Change, Kept]], group: Sequence[Change]) -> list[Stayed]:
    """What a merge leaves as it is.

    Raises: ChangedSince, where no merge is taken back and something newer touched it.
    """
    partly = any("merged" in change.fields_json for change in group)
    stayed = list[Stayed]()
    for change, record in pairs:
        for later, touched in await _touched(change, group):
            who = await _name(later)
            if not partly:
                raise ChangedSince(record, by=who, at=later.at, fields=touched)
            stayed.append(Stayed(record, touched, who))
        if "merged" in change.fields_json and isinstance(record, Mergeable):
            children = await record.moved_on(change.fields_json["merged"][1])
            stayed += [Stayed(record, children=children)] if children else []
    return stayed


async def records_of(changes: Sequence[Change], member: Member) -> dict[tuple[str, int], Kept]:
    """The records that a message wrote, by kind and id, the last written first.

    Raises:
        AlreadyDone: the member does not see one; of what they wrote themselves, all. What went along with
            a record, and what they gave away, stays theirs to take back.
    """
    records, seen = dict[tuple[str, int], Kept](), False
    for change in changes:
        kind, key = KINDS[change.kind], (change.kind, change.record_id)
        record = await kind.ever_visible_to(member).get_or_none(pk=change.record_id)
        seen = seen or record is not None or "owner_id" in change.fields_json
        if record is None and change.member_id == member.id:
            record = await kind.get_or_none(pk=change.record_id)
        if record is None:
            raise AlreadyDone("undo")
        records.setdefault(key, record)
    if changes and not seen:
        raise AlreadyDone("undo")
    return records


async def require_untouched(changes: Sequence[Change], records: Mapping[tuple[str, int], Kept]) -> None:
    """Raises: ChangedSince, where something newer than these Changes touched the same fields."""
    for change in changes:
        for later, touched in await _touched(change, changes):
            record = records[change.kind, change.record_id]
            raise ChangedSince(record, by=await _name(later), at=later.at, fields=touched)


async def set_back(by: Author, change: Change, record: Kept) -> None:
    """Write what was before a Change, which stands nevertheless: what follows is one Change with it."""
    by.undoing = change
    await record.write(by, **_before(change, record, by.now))
    await record.after_undo(by)
    by.undoing = None


async def _sees(member: Member, record: Kept) -> bool:
    return await type(record).ever_visible_to(member).filter(pk=record.pk).exists()


def _written(changes: Sequence[Change]) -> set[tuple[str, int]]:
    return {(change.kind, change.record_id) for change in changes}


async def _touched(change: Change, group: Sequence[Change]) -> list[tuple[Change, list[str]]]:
    """The newer Changes that touched the same fields, the last first, and which fields those are."""
    newer = Change.filter(
        workspace_id=change.workspace_id,
        kind=change.kind,
        record_id=change.record_id,
        id__gt=change.id,
        undo_of__isnull=True,
        undone_at__isnull=True,
    )
    found = list[tuple[Change, list[str]]]()
    for later in await newer.order_by("-id"):
        # A further merge adds to the first one, it does not change it.
        touched = later.fields_json.keys() - {"merged"}
        touched &= later.fields_json.keys() if change.created else change.fields_json.keys()
        if touched and later.id not in {other.id for other in group}:
            found.append((later, sorted(touched)))
    return found


async def _name(change: Change) -> str:
    return (await Member.get(id=change.member_id)).name


async def _take_back(by: Author, change: Change, record: Kept, stayed: Sequence[Stayed]) -> None:
    by.undoing = change
    by.changes.pop((record.KIND, record.pk), None)
    kept = {name for each in stayed for name in each.fields}
    before = {name: value for name, value in _before(change, record, by.now).items() if name not in kept}
    await record.require_free(before)
    await record.write(by, **before)
    change.undone_at = by.now
    await change.save(update_fields=["undone_at"])
    await record.after_undo(by)
    by.undoing = None


async def _in_use(record: Kept) -> bool:
    if not isinstance(record, Record):
        return await record.in_use()
    column = f"{record.KIND}_id"
    for other in LETTERS.values():
        if column not in other._meta.fields_map:
            continue
        if await other.exists(**{column: record.pk, "deleted_at__isnull": True}):
            return True
    return record.KIND == "contact" and await DealContact.exists(
        contact_id=record.pk, deal__deleted_at__isnull=True
    )


def _before(change: Change, record: Kept, now: datetime) -> dict[str, Any]:
    if change.created:
        return record.withdrawn(now)
    columns = record._meta.fields_map
    return {
        name: columns[name].to_python_value(before) if name in columns else before
        for name, (before, _) in change.fields_json.items()
    }
