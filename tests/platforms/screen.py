"""What people read, the same from every platform."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """A button. ``press`` is what its platform presses it by: a token, or at a terminal its number."""

    label: str
    press: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One message, or one popup, as it came.

    ``ref`` is the same for the same message; empty for a popup. ``edited``: it took the place of an
    earlier one. ``native`` is what the platform's emulator has of it.
    """

    ref: str
    text: str
    keys: tuple[Key, ...] = ()
    edited: bool = False
    native: object = None


@dataclass(frozen=True, slots=True)
class Screen:
    """What somebody was shown since they last looked, oldest first."""

    shown: tuple[Shown, ...] = ()

    @property
    def text(self) -> str:
        """All words, without the buttons."""
        return "\n".join(each.text for each in self.shown)

    @property
    def plain(self) -> str:
        """With ordinary spaces, each run of them as one."""
        return re.sub(r"[^\S\n]+", " ", self.text)

    @property
    def labels(self) -> list[str]:
        """The labels of all buttons, in order."""
        return [key.label for each in self.shown for key in each.keys]

    def with_button(self, label: str) -> tuple[Shown, Key]:
        """The last message that has this button, and the button."""
        found = list(self._buttons(label))
        assert found, f"no button “{label}” among {self.labels} under:\n{self.text}"
        return found[-1]

    def _buttons(self, label: str) -> Iterator[tuple[Shown, Key]]:
        for each in self.shown:
            yield from ((each, key) for key in each.keys if key.label == label)

    def __contains__(self, words: str) -> bool:
        return words in self.plain
