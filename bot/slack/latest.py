"""A memory that forgets what was not used for long, so that it never grows without end."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, Generic, TypeVar

_REMEMBERED: Final = 5000

_Value = TypeVar("_Value")


class Latest(Generic[_Value]):
    """The last few thousand values put in, by name."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Value] = OrderedDict()

    def get(self, name: str) -> _Value | None:
        """The value last put in under ``name``, None where there is none (any more)."""
        return self._kept.get(name)

    def put(self, name: str, value: _Value) -> None:
        """Remember ``value``; the one not put in for longest may be forgotten for it."""
        self._kept[name] = value
        self._kept.move_to_end(name)
        if len(self._kept) > _REMEMBERED:
            self._kept.popitem(last=False)

    def forget(self, name: str) -> None:
        """Remember nothing under ``name``."""
        self._kept.pop(name, None)
