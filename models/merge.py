"""Merge: two records of one kind become one, and nothing of either is lost.

The survivor's Change lists what it took over and each child that moved; the loser is removed and keeps
``merged_into``, so that its number leads to the survivor. Undoing gives back what nothing newer touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, cast

from tortoise import fields
from tortoise.fields.relational import BackwardFKRelation
from tortoise.models import Model

from models import search
from models.change import Author
from models.errors import NotAllowed, NotFound
from models.fields import public
from models.member import Member
from models.record import Record

# A record merged into one that was merged itself: followed this often.
_LONGEST_CHAIN = 10
# Of two notes the survivor's stands first.
_BETWEEN_NOTES = "\n\n"

# What a merge did, as a Change keeps it: the loser's id, and "table.column" → ids of the rows that moved.
Merged = Mapping[str, Any]


class Mergeable(Record):
    """A record that can be merged into another of its kind.

    ``merged_into`` is the id of the record that this one became a part of.
    """

    merged_into = public(fields.BigIntField(null=True))

    class Meta:
        abstract = True

    @classmethod
    async def by_number(cls, member: Member, number: int) -> Self:
        try:
            return await super().by_number(member, number)
        except NotFound:
            survivor = await cls._survivor(member, number)
            if survivor is None:
                raise
            return survivor

    @classmethod
    async def _survivor(cls, member: Member, number: int) -> Self | None:
        if number >= 2**31:
            return None
        merged = await cls.filter(workspace_id=member.workspace_id, number=number).get_or_none()
        for _ in range(_LONGEST_CHAIN):
            if merged is None or merged.merged_into is None:
                break
            merged = await cls.filter(id=merged.merged_into).get_or_none()
        if merged is None:
            return None
        return await cls.visible_to(member).get_or_none(id=merged.id)

    async def absorb(self, loser: Self, by: Author) -> None:
        """Take the other record in: its values where this one has none, its lists, its children.

        Raises:
            NotAllowed: the author may not write one of the two.
        """
        if loser.id == self.id:
            raise NotAllowed(self)
        # A row that is just being put on either is waited for, so that it is adopted too.
        for record in sorted((self, loser), key=lambda each: each.id):
            await record.hold()
        merged = {"loser": loser.id, "children": await self._adopt(loser)}
        await self.write(by, **self.gains(loser), merged=merged)
        await loser.write(by, merged_into=self.id, deleted_at=by.now)

    def gains(self, loser: Self) -> dict[str, Any]:
        """What this record would gain, by column. Its own values stay; lists and notes are joined."""
        gained = dict[str, Any]()
        for name in self._meta.db_fields - _OWN:
            mine, theirs = getattr(self, name), getattr(loser, name)
            if joined := _joined(name, mine, theirs):
                gained[name] = joined
        if "currency" in gained and "amount" not in gained:
            del gained["currency"]
        return gained

    async def _adopt(self, loser: Self) -> dict[str, list[int]]:
        """Let the other record's children be this one's; returns which. What both have stays behind."""
        moved = dict[str, list[int]]()
        for model, column in _children(type(self)):
            rows = model.filter(**{column: loser.id})
            staying = await _doubled(model, column, loser.id, self.id)
            staying |= {self.id} if model is type(self) else set()  # nothing is its own parent
            found = [int(cast("int", each)) for each in await rows.values_list("id", flat=True)]
            if ids := [each for each in found if each not in staying]:
                await _move(model, column, ids, self.id)
                moved[f"{model._meta.db_table}.{column}"] = ids
        return moved

    async def _give_back(self, merged: Merged) -> None:
        """Let the children that moved, and that are still here, be the other's again."""
        for model, column in _children(type(self)):
            ids = merged["children"].get(f"{model._meta.db_table}.{column}", [])
            here = model.filter(id__in=ids, **{column: self.id})
            ids = [int(cast("int", each)) for each in await here.values_list("id", flat=True)]
            await _move(model, column, ids, merged["loser"])

    async def moved_on(self, merged: Merged) -> int:
        """How many of the children that moved are not here any more."""
        gone = 0
        for model, column in _children(type(self)):
            ids = merged["children"].get(f"{model._meta.db_table}.{column}", [])
            gone += len(ids) - await model.filter(id__in=ids, **{column: self.id}).count()
        return gone

    async def write(self, by: Author, **values: Any) -> dict[str, tuple[Any, Any]]:
        """As any record's; ``merged`` is written like a column, and taken back like one."""
        if "merged" not in values:
            return await super().write(by, **values)
        after, before = values.pop("merged"), None
        changed = await super().write(by, **values)
        if after is None and by.undoing is not None:
            before = by.undoing.fields_json["merged"][1]
            await self._give_back(before)
        changed["merged"] = (before, after)
        await self._store(by.now, {})
        await by.leave(self, {"merged": (before, after)})
        return changed


# Columns that are a record's own, and never another's.
_OWN = frozenset(
    {"id", "workspace_id", "number", "revision", "created_at", "updated_at", "deleted_at", "merged_into"}
    | {"stage_id", "closed_at", "name", "lost_reason"}
)


def _joined(name: str, mine: Any, theirs: Any) -> Any:
    """What a column becomes, None where it stays."""
    if theirs in (None, "", [], {}) or mine == theirs:
        return None
    if isinstance(mine, list):
        joined = [*mine, *(each for each in theirs if each not in mine)]
        return joined if joined != mine else None
    if isinstance(mine, dict):
        both = {**theirs, **mine}
        return both if both != mine else None
    if name == "notes" and mine:
        return f"{mine}{_BETWEEN_NOTES}{theirs}"
    return theirs if mine in (None, "") else None


def _children(model: type[Record]) -> list[tuple[type[Model], str]]:
    """Every model with a column that names a record of this kind, and that column."""
    relations = [model._meta.fields_map[name] for name in sorted(model._meta.backward_fk_fields)]
    return [
        (relation.related_model, relation.relation_source_field or relation.relation_field)
        for relation in cast("list[BackwardFKRelation[Any]]", relations)
    ]


async def _move(model: type[Model], column: str, ids: Sequence[int], to: int) -> None:
    await model.filter(id__in=ids).update(**{column: to})
    if issubclass(model, Record) and column in model.SEARCHED:
        for child in await model.filter(id__in=ids):
            await search.index(child)


async def _doubled(model: type[Model], column: str, loser_id: int, survivor_id: int) -> set[int]:
    """The rows that would stand twice: a deal's link to both of two contacts."""
    others = [name for pair in model._meta.unique_together if _names(pair, column) for name in pair]
    others = [name for name in others if not column.startswith(name)]
    if not others:
        return set()
    keys = [name if name in model._meta.db_fields else f"{name}_id" for name in others]
    mine = {
        tuple(row[key] for key in keys) for row in await model.filter(**{column: survivor_id}).values(*keys)
    }
    theirs = await model.filter(**{column: loser_id}).values("id", *keys)
    return {row["id"] for row in theirs if tuple(row[key] for key in keys) in mine}


def _names(pair: tuple[str, ...], column: str) -> bool:
    return any(column in (name, f"{name}_id") for name in pair)
