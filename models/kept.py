"""Kept: a row whose writes leave a Change, so that it has a history and can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tortoise.models import Model
from tortoise.queryset import QuerySet

from models.change import Author, Change
from models.errors import LostUpdate, NotAllowed

if TYPE_CHECKING:
    from models.member import Member

# Role.ADMIN, which models/member.py cannot lend to what it is made of.
ADMIN = "admin"

# The classes by kind; each enters itself.
KINDS: dict[str, type[Kept]] = {}


class Kept(Model):
    """A row of a workspace, written through :meth:`enter` and :meth:`write` only.

    A kind with ``deleted_at`` can be created and removed; undoing a creation removes.
    """

    KIND: ClassVar[str]

    class Meta:
        abstract = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "KIND" in vars(cls):
            KINDS[cls.KIND] = cls

    @property
    def reference(self) -> str:
        """What it is called in a receipt."""
        return self.title

    @property
    def title(self) -> str:
        """What people call it."""
        return str(getattr(self, "name", self.pk))

    @classmethod
    async def enter(cls, by: Author, **values: Any) -> Self:
        """Create one, with its Change."""
        if "workspace_id" in cls._meta.fields_map:  # a stage has its pipeline's
            values = {"workspace_id": by.member.workspace_id, **values}
        row = cls(**values)
        await row.save(force_create=True)
        await by.leave(row, given(values, "workspace_id"), created=True)
        return row

    async def write(self, by: Author, **values: Any) -> dict[str, tuple[Any, Any]]:
        """Set these columns, save only them, and leave a Change. Returns name → (before, after).

        Raises:
            LostUpdate: somebody else's transaction wrote them since they were read.
        """
        changed = {
            name: (getattr(self, name), value)
            for name, value in values.items()
            if getattr(self, name) != value
        }
        if not changed:
            return {}
        await self._store(by.now, changed)
        await by.leave(self, changed)
        return changed

    async def _store(self, now: datetime, changed: Mapping[str, tuple[Any, Any]]) -> None:
        # save() would write every column and undo what others wrote; the old values find out who was first.
        unchanged = {
            (name if before is not None else f"{name}__isnull"): (before if before is not None else True)
            for name, (before, _) in changed.items()
            if not isinstance(before, list | dict)  # JSON cannot be compared on both databases
        }
        values = {name: after for name, (_, after) in changed.items()}
        if not await type(self).filter(pk=self.pk, **unchanged).update(**values):
            raise LostUpdate(self)
        for name, value in values.items():
            setattr(self, name, value)

    @classmethod
    def ever_visible_to(cls, member: Member) -> QuerySet[Self]:
        """The rows that this member may see, removed ones too; what an admin sets up is everybody's."""
        return cls.filter(workspace_id=member.workspace_id)

    async def hold(self) -> None:
        """Lock it until the end of the transaction: who wants to write it waits."""
        await type(self).filter(pk=self.pk).select_for_update().first()

    async def require_undoable(self, by: Author, change: Change) -> None:
        """See that the author may take a Change of it back; what was set up, only an admin may.

        Raises:
            NotAllowed: another may, or another role.
        """
        if by.member.role != ADMIN:
            raise NotAllowed(role=ADMIN)

    async def require_free(self, values: Mapping[str, Any]) -> None:
        """See that these columns may be written back now.

        Raises:
            NameTaken: another has the name by now.
        """

    def withdrawn(self, now: datetime) -> dict[str, Any]:
        """What an undo of its creation writes."""
        return {"deleted_at": now}

    async def in_use(self) -> bool:
        """Whether something stands on it, so that its creation cannot be undone."""
        return False

    async def after_undo(self, by: Author) -> None:
        """Put in order what follows from its fields, once an undo has restored them."""


def given(values: Mapping[str, Any], *without: str) -> dict[str, tuple[Any, Any]]:
    """The values of a new row as the fields of its Change, ``without`` those columns."""
    return {
        name: (None, value) for name, value in values.items() if value is not None and name not in without
    }
