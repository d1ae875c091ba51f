"""A person at a terminal as a source of messages: editing, history, completion."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.styles import Style


class Words(Protocol):
    """Finds the words that go on from what was ``begun``; ``opens``: it is the line's beginning."""

    async def __call__(self, begun: str, *, opens: bool) -> Sequence[str]: ...


_LONGEST_NAME = 3  # words of a name that are looked back at: "de la Ro" → "de la Rosa"
_STYLE = Style.from_dict(
    {
        "bottom-toolbar": "noreverse ansibrightblack",
        "who": "bold ansicyan",
        "clock": "ansibrightblack",
    }
)


class Prompt:
    """The line at the bottom of the terminal.

    ``who`` and ``hint`` are asked each time it is drawn: the speaker and a clock (or nothing), and
    the line below. ``words`` completes. ``history`` is the file that keeps what was typed, readable
    by its owner alone; None keeps it for this run only.
    """

    def __init__(
        self,
        words: Words,
        who: Callable[[], tuple[str, str]],
        hint: Callable[[], str],
        history: Path | None,
    ) -> None:
        self._who = who
        self._session: PromptSession[str] = PromptSession(
            message=self._message,
            bottom_toolbar=lambda: FormattedText([("class:bottom-toolbar", hint())]),
            completer=Names(words),
            complete_while_typing=True,
            history=_kept(history),
            enable_history_search=False,
            key_bindings=_keys(),
            style=_STYLE,
            reserve_space_for_menu=6,
        )

    async def lines(self) -> AsyncIterator[str]:
        """Each message that says something, until Ctrl-D; a pasted one may have several lines."""
        while True:
            try:
                line = await self._session.prompt_async()
            except EOFError:
                return
            if line.strip():
                yield line

    def redraw(self) -> None:
        """Show the clock and the hint as they are now."""
        self._session.app.invalidate()

    async def beside(self, write: Callable[[], None]) -> None:
        """Run ``write`` above the line being typed, which is drawn again below."""
        await run_in_terminal(write)

    def _message(self) -> FormattedText:
        name, clock = self._who()
        return FormattedText(
            [("class:clock", f"{clock} " if clock else ""), ("class:who", name), ("", " ❯ ")]
        )


class Names(Completer):
    """Completes the longest end of the line that something goes on from: all of a name, or a verb."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Nothing: names are looked up without blocking, below."""
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        typed = document.current_line_before_cursor
        for begun in _begun(typed):
            found = await self._words(begun, opens=begun == typed.lstrip())
            for word in dict.fromkeys(found):
                yield Completion(word, start_position=-len(begun))
            if found:
                return


def _begun(typed: str) -> list[str]:
    """The ends of what was typed that may be a name begun, the longest first."""
    starts = [match.start() for match in re.finditer(r"(?<!\S)[^\s:,;#]", typed)]
    return [typed[start:] for start in starts[-_LONGEST_NAME:]] if typed and not typed[-1].isspace() else []


def _kept(file: Path | None) -> History:
    """History in a file that only its owner reads; in memory where the file cannot be written."""
    if file is None:
        return InMemoryHistory()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(file))


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("c-c")
    def clear(event: KeyPressEvent) -> None:
        """Begin the line anew."""
        event.current_buffer.reset()

    return keys
