"""Record: a row with rules, seen through ``visible_to`` only, written through ``add`` and ``write`` only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tortoise import fields
from tortoise.expressions import Q
from tortoise.fields import Field
from tortoise.queryset import QuerySet

from models import search
from models.change import Author, Change
from models.errors import LostUpdate, NotAllowed, NotFound
from models.fields import UTCDatetimeField, public
from models.kept import KINDS, Kept, given
from models.messaging.counter import Counter

if TYPE_CHECKING:
    from models.member import Member
    from models.workspace import Workspace

# The classes of records by the letter of their human ids; each class enters itself.
LETTERS: dict[str, type[Record]] = {}


class Record(Kept):
    """What a workspace keeps, with a human id (``D-142``), a revision and a history.

    ``number`` counts per workspace and kind. ``revision`` goes up by one with each write.
    ``deleted_at`` marks a soft delete; such a row is invisible but can come back.
    """

    LETTER: ClassVar[str]
    # Attributes whose words are found by search; writing one of them renews the record's tokens.
    SEARCHED: ClassVar[frozenset[str]] = frozenset()

    id = public(fields.BigIntField(primary_key=True))
    workspace: fields.ForeignKeyRelation[Workspace] = public(
        fields.ForeignKeyField("models.Workspace", related_name=False, on_delete=fields.RESTRICT)
    )
    workspace_id: int
    number = public(fields.IntField())
    revision = public(fields.IntField(default=1))
    created_at = public(UTCDatetimeField())
    updated_at = public(UTCDatetimeField())
    deleted_at = public(UTCDatetimeField(null=True))

    class Meta:
        abstract = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "LETTER" in vars(cls):
            LETTERS[cls.LETTER] = cls

    @property
    def reference(self) -> str:
        """Its human id, such as ``C-12``."""
        return f"{self.LETTER}-{self.number}"

    @property
    def title(self) -> str:
        """What people call it."""
        return self.reference

    @classmethod
    def seen_by(cls, member: Member) -> Q:
        """The condition on rows that this member may see."""
        return member.owned()

    @classmethod
    def visible_to(cls, member: Member) -> QuerySet[Self]:
        """The only way to start a query for a person: their workspace, their visibility, nothing deleted."""
        return cls.ever_visible_to(member).filter(deleted_at__isnull=True)

    @classmethod
    def ever_visible_to(cls, member: Member) -> QuerySet[Self]:
        """As ``visible_to``, and what was deleted too: for what brings it back."""
        return cls.filter(cls.seen_by(member), workspace_id=member.workspace_id)

    @classmethod
    async def seen_under(cls, subject: str, member: Member) -> bool:
        """Whether this member may see what a push's ``subject`` (``reminder:5``) names, deleted or not."""
        kind, _, record_id = subject.partition(":")
        return await KINDS[kind].ever_visible_to(member).filter(id=int(record_id)).exists()

    @classmethod
    async def by_number(cls, member: Member, number: int) -> Self:
        """The visible record with that number.

        Raises:
            NotFound: it does not exist, or not for this member; the two are not told apart.
        """
        # Numbers are 32-bit columns: a larger one cannot exist and would be an error on one database only.
        record = await cls.visible_to(member).get_or_none(number=number) if number < 2**31 else None
        if record is None:
            raise NotFound(cls.KIND, f"{cls.LETTER}-{number}")
        return record

    async def owner_of(self) -> int | None:
        """The id of the member who decides over it; None means everyone."""
        return getattr(self, "owner_id", None)

    async def require_writable(self, member: Member) -> None:
        """Raises: NotAllowed, where it belongs to somebody this member does not lead."""
        if not await member.leads(await self.owner_of()):
            raise NotAllowed(self)

    async def search_text(self) -> str:
        """The words it is found by."""
        return ""

    @property
    def search_name(self) -> str:
        """What has initials, and perhaps a family name of several words; empty where nothing has."""
        return ""

    async def company_text(self) -> str:
        """The words of its company: it is found by them too, by whoever may see that company."""
        return ""

    def facets(self) -> Mapping[search.Facet, Sequence[str]]:
        """Its tags and its place, which are compared as a whole."""
        return {
            search.Facet.TAG: getattr(self, "tags", ()),
            search.Facet.CITY: [getattr(self, "city", "")],
            search.Facet.POSTCODE: [getattr(self, "postcode", "")],
        }

    async def require_undoable(self, by: Author, change: Change) -> None:
        if change.member_id != by.member.id:
            await self.require_writable(by.member)

    @classmethod
    async def add(cls, by: Author, **values: Any) -> Self:
        """Create one, numbered, indexed, and with its Change.

        While a message is amended, the one that it created is filled in again instead.
        """
        again = by.reuse(cls.KIND)
        if isinstance(again, cls):
            await again.write(by, **again._anew(by, values))
            return again
        number = await Counter.take(by.member.workspace_id, cls.KIND)
        record = cls(
            workspace_id=by.member.workspace_id,
            number=number,
            created_at=by.now,
            updated_at=by.now,
            **values,
        )
        await record.save(force_create=True)
        await record._stays_with(values)
        await by.leave(record, given(values), created=True)
        if cls.SEARCHED:
            await search.index(record, new=True)
        return record

    def _anew(self, by: Author, values: Mapping[str, Any]) -> dict[str, Any]:
        """What filling it in again writes: the values, and the default of what is not said any more."""
        given = by.given.get((self.KIND, self.pk), frozenset())
        unsaid = [name for name in given if name in self._meta.db_fields and name not in values]
        return {**{name: _default(self._meta.fields_map[name]) for name in unsaid}, **values}

    async def write(self, by: Author, **values: Any) -> dict[str, tuple[Any, Any]]:
        """As any kept row's, and renews what search finds it by."""
        if by.undoing is not None:
            values = await self._followed(values)
        changed = await super().write(by, **values)
        await self._stays_with(changed)
        if self.SEARCHED & changed.keys():
            await search.index(self)
        return changed

    @classmethod
    def _mergeable(cls) -> dict[str, type[Record]]:
        """The columns that name a record which can be merged into another, each with its class."""
        found = dict[str, type[Record]]()
        for name in cls._meta.fk_fields:
            model = getattr(cls._meta.fields_map[name], "related_model", None)
            if model is not None and "merged_into" in model._meta.db_fields:
                found[f"{name}_id"] = model
        return found

    async def _followed(self, values: dict[str, Any]) -> dict[str, Any]:
        """Values of an older time: what has become a part of another record since is replaced by that one."""
        followed = dict(values)
        for column, model in self._mergeable().items():
            if followed.get(column) is not None:
                followed[column] = await survivor(model, followed[column])
        return followed

    async def _stays_with(self, columns: Iterable[str]) -> None:
        """Raises: LostUpdate, where what it was just put on became a part of another record meanwhile.

        From here on that waits: whoever merges locks both records first, and a new row locks what it names.
        """
        if not type(self)._meta.db.capabilities.support_for_update:
            return  # one writer at a time
        for column, model in self._mergeable().items():
            if column in columns and (named := getattr(self, column)) is not None:
                await require_unmerged(model, [named])

    async def _store(self, now: datetime, changed: Mapping[str, tuple[Any, Any]]) -> None:
        values = {name: after for name, (_, after) in changed.items()}
        stamped = {**values, "revision": self.revision + 1, "updated_at": now}
        # save() would write every column and undo what others wrote; the revision finds out who was first.
        if not await type(self).filter(id=self.id, revision=self.revision).update(**stamped):
            raise LostUpdate(self)
        for name, value in stamped.items():
            setattr(self, name, value)


def _default(column: Field[Any]) -> Any:
    return column.default() if callable(column.default) else column.default


async def survivor(model: type[Any], record_id: int) -> int:
    """The id of what a record has become a part of; its own where it is still there."""
    while True:
        row = await model.get_or_none(id=record_id)
        if row is None or row.merged_into is None:
            return record_id
        record_id = row.merged_into


async def require_unmerged(model: type[Any], record_ids: Sequence[int]) -> None:
    """Raises: LostUpdate, where one of them has become a part of another record."""
    lost = await model.filter(id__in=record_ids, merged_into__isnull=False).first()
    if lost is not None:
        raise LostUpdate(lost)
