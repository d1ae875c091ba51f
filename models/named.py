"""Named: what an admin sets up under a name that nothing else of its sort has: stages, teams, lists."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any, ClassVar, Self, TypeVar

from models.change import Author
from models.errors import InUse, NameTaken
from models.kept import Kept
from models.search import fold

N = TypeVar("N", bound="Named")


class Named(Kept):
    """A row with a ``name`` and ``deleted_at``, made, renamed and removed through the methods here.

    Names differ by more than case and accents among those that agree in the columns ``WITHIN``. What
    was removed comes back when one is made by its name. Who writes one holds the workspace first.
    """

    WITHIN: ClassVar[tuple[str, ...]] = ("workspace_id",)
    # What may stand on one.
    USED_BY: ClassVar[str] = ""

    name: Any
    deleted_at: Any

    class Meta:
        abstract = True

    @classmethod
    def longest(cls) -> int:
        """How many characters a name may have."""
        return int(cls._meta.fields_map["name"].constraints["max_length"])

    @classmethod
    async def called(cls, name: str, within: Mapping[str, Any]) -> Self | None:
        """The one by that name, in whatever letters; None where there is none."""
        return _by_name(await cls.filter(**within, deleted_at__isnull=True).order_by("id"), name)

    @classmethod
    async def make(cls, by: Author, name: str, within: Mapping[str, Any], **values: Any) -> Self:
        """A new one, or the removed one of that name with these values.

        Raises:
            NameTaken: there is one.
        """
        if await cls.called(name, within) is not None:
            raise NameTaken(cls.KIND, name)
        former = _by_name(await cls.filter(**within, deleted_at__isnull=False).order_by("id"), name)
        if former is None:
            own = {column: value for column, value in within.items() if column != "workspace_id"}
            return await cls.enter(by, name=name, **own, **values)
        await former.write(by, name=name, deleted_at=None, **values)
        return former

    async def rename(self, by: Author, name: str) -> None:
        """Give it another name.

        Raises:
            NameTaken: there is one.
        """
        await self._require_name(name)
        former = await type(self).get_or_none(**self._within(), name=name)
        if former is not None and former.pk != self.pk:
            await former._step_aside(by)
        await self.write(by, name=name)

    async def remove(self, by: Author) -> None:
        """Take it away.

        Raises:
            InUse: something stands on it.
        """
        if n := await self.uses():
            raise InUse(self, self.USED_BY, n)
        await self.write(by, deleted_at=by.now)

    async def uses(self) -> int:
        """How many stand on it."""
        return 0

    async def in_use(self) -> bool:
        return await self.uses() > 0

    async def require_free(self, values: Mapping[str, Any]) -> None:
        comes_back = values.get("deleted_at", self.deleted_at) is None
        if comes_back and values.keys() & {"name", "deleted_at"}:
            await self._require_name(values.get("name", self.name))

    async def _require_name(self, name: str) -> None:
        other = await type(self).called(name, self._within())
        if other is not None and other.pk != self.pk:
            raise NameTaken(self.KIND, name)

    async def _step_aside(self, by: Author) -> None:
        """Give a removed one's name free: the table knows no two of the same."""
        for number in count(2):
            tail = f" ({number})"
            name = f"{str(self.name)[: self.longest() - len(tail)]}{tail}"
            if not await type(self).exists(**self._within(), name=name):
                await self.write(by, name=name)
                return

    def _within(self) -> dict[str, Any]:
        return {column: getattr(self, column) for column in self.WITHIN}


def _by_name(rows: list[N], name: str) -> N | None:
    exact = next((row for row in rows if row.name == name), None)
    return exact or next((row for row in rows if fold(row.name) == fold(name)), None)


async def place(by: Author, rows: list[Any], row: Any, index: int) -> list[Any]:
    """Put a row at that index among the others of ``rows``, and number all anew; returns the new order."""
    order = [each for each in rows if each.pk != row.pk]
    order.insert(index, row)
    for position, each in enumerate(order):
        await each.write(by, position=position)
    return order
