"""The prompt: what a person types becomes messages, and is helped along."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.console.prompt import Names, Prompt

CTRL_C, CTRL_D, ENTER, UP, TAB = "\x03", "\x04", "\r", "\x1b[A", "\t"
PASTE, END_OF_PASTE = "\x1b[200~", "\x1b[201~"


@dataclass(slots=True)
class Desk:
    """A prompt at a keyboard without a screen."""

    prompt: Prompt
    keys: PipeInput

    async def types(self, *parts: str) -> list[str]:
        """The messages that came of it, with Ctrl-D at the end; each part is typed when all is quiet."""
        listening = asyncio.create_task(self._listen())
        for part in (*parts, CTRL_D):
            await quiet()
            self.keys.send_text(part)
        return await listening

    async def _listen(self) -> list[str]:
        return [line async for line in self.prompt.lines()]


async def quiet() -> None:
    """Let the prompt do all that it can do without a further key. It uses no thread and no timer for that."""
    for _ in range(100):
        await asyncio.sleep(0)


@asynccontextmanager
async def sitting(history: Path | None = None, known: Iterable[str] = ()) -> AsyncIterator[Desk]:
    """A person at a prompt that completes the known words."""

    async def words(begun: str, *, opens: bool) -> list[str]:
        return [word for word in known if word.lower().startswith(begun.lower())]

    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        async with asyncio.timeout(30):
            yield Desk(Prompt(words, lambda: ("Léa", "15:30"), lambda: "Ctrl-D ends", history), keys)


async def test_lines_until_ctrl_d() -> None:
    """Each line is a message; one that says nothing is none; Ctrl-D ends."""
    async with sitting() as desk:
        assert await desk.types(f"today{ENTER}{ENTER}  {ENTER}appel Zoé{ENTER}") == ["today", "appel Zoé"]


async def test_ctrl_c_clears_the_line() -> None:
    """What was begun is gone, the chat goes on."""
    async with sitting() as desk:
        assert await desk.types(f"delete everyth{CTRL_C}today{ENTER}") == ["today"]


async def test_a_paste_is_one_message() -> None:
    """Pasted lines belong together."""
    async with sitting() as desk:
        assert await desk.types(f"{PASTE}call Jane\ncall Bob{END_OF_PASTE}{ENTER}") == ["call Jane\ncall Bob"]


async def test_history_outlives_the_chat(tmp_path: Path) -> None:
    """The arrow brings back what was typed, also in the next chat; only its owner can read the file."""
    file = tmp_path / "data" / "history"
    async with sitting(file) as desk:
        assert await desk.types(f"deal acme{ENTER}", UP, ENTER) == ["deal acme", "deal acme"]
    async with sitting(file) as desk:
        assert await desk.types(UP, ENTER) == ["deal acme"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_history_that_cannot_be_kept(tmp_path: Path) -> None:
    """Without a place for the file there is a history of this chat alone."""
    (tmp_path / "data").write_text("no folder")
    async with sitting(tmp_path / "data" / "history") as desk:
        assert await desk.types(f"today{ENTER}", UP, ENTER) == ["today", "today"]


async def test_writing_beside_the_prompt() -> None:
    """A push is written while a line is being typed, and the line goes on."""
    async with sitting() as desk:
        answer = asyncio.ensure_future(anext(desk.prompt.lines()))
        await quiet()
        desk.keys.send_text("call Ja")
        await quiet()
        written: list[str] = []
        await desk.prompt.beside(lambda: written.append("a push"))
        assert written
        desk.keys.send_text(f"ne{ENTER}")
        assert await answer == "call Jane"


async def test_writing_without_a_prompt() -> None:
    """Between two lines there is no prompt to mind."""
    async with sitting() as desk:
        written: list[str] = []
        await desk.prompt.beside(lambda: written.append("an answer"))
        assert written


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("ja", [("Jane Doe", -2)]),
        ("call ja", [("Jane Doe", -2)]),
        ("call jane d", [("Jane Doe", -6)]),
        ("chez de la ro", [("de la Rosa", -8)]),
        ("note #ja", []),
        ("call jane ", []),
        ("", []),
        ("xjane", []),
    ],
)
async def test_completion_looks_back_over_a_name(typed: str, offered: list[tuple[str, int]]) -> None:
    """A name of several words is completed as a whole, and takes the place of what was begun of it."""

    async def words(begun: str, *, opens: bool) -> list[str]:
        return [name for name in ("Jane Doe", "de la Rosa") if name.lower().startswith(begun.lower())]

    found = Names(words).get_completions_async(Document(typed), CompleteEvent())
    assert [(each.text, each.start_position) async for each in found] == offered


@pytest.mark.parametrize(("typed", "opens"), [("ca", True), ("  ca", True), ("call ca", False)])
async def test_completion_knows_where_a_line_opens(typed: str, opens: bool) -> None:
    """Verbs are asked for at the beginning of the line only."""
    asked = []

    async def words(begun: str, *, opens: bool) -> list[str]:
        asked.append((begun, opens))
        return []

    async for _ in Names(words).get_completions_async(Document(typed), CompleteEvent()):
        pass
    assert ("ca", opens) in asked


async def test_tab_completes() -> None:
    """Tab takes the word that is offered."""
    async with sitting(known=["Jane Doe"]) as desk:
        assert await desk.types("call ja", TAB, ENTER) == ["call Jane Doe"]
