"""What every kind of parameter is: taken from a line, asked for, kept by a button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from handlers.chat import reading as lines
from handlers.chat.context import Context
from handlers.chat.errors import Choice
from handlers.chat.i18n import msg
from handlers.chat.reading import Kind, Reading

T = TypeVar("T")


# Likely answers shown under a question; more would have to be read instead of seen.
MOST_CHOICES = 5


Bound = Mapping[str, Any]


class Argument(Generic[T]):
    """One kind of parameter.

    ``kinds`` are the spans it wants read. ``shape`` is how usage lines show it (hidden
    where empty), ``prompt`` the question where it is missing. ``last``:
    it takes what the others left. Taking raises models' NotFound and Ambiguous, or Misread.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset()
    shape: ClassVar[str] = ""
    prompt: ClassVar[str] = msg("What should it be?")
    last: ClassVar[bool] = False

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> T | None:
        """Take the value from a line; None where the line has none. ``bound`` are earlier parameters."""
        raise NotImplementedError

    async def answer(self, ctx: Context, text: str, bound: Bound) -> T | None:
        """Take the value from the answer to :attr:`prompt`, which is nothing but the value."""
        return await self.take(ctx, lines.read(text, self.kinds, ctx.speaker), bound)

    def dump(self, value: T) -> Any:
        """The value as JSON."""
        raise NotImplementedError

    async def load(self, ctx: Context, stored: Any) -> T:
        """The value behind :meth:`dump`'s JSON, seen through the presser's rights."""
        raise NotImplementedError

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        """Likely answers to the question."""
        return ()
