"""A conversation at a terminal, from its beginning to its end: a person at a prompt, or a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from bot.config import ConfigError
from bot.config.loading import data_folder
from bot.console import pipe
from bot.console.adapter import Console
from bot.console.chat import LONGEST, Chat
from bot.output import abandon
from bot.refused import Refused

if TYPE_CHECKING:
    from bot.app import App


async def converse(app: App, terminal: Console, *, person: bool) -> None:
    """Talk with ``terminal.speaker``, a member with an identity there, until the input or output ends.

    A ``person`` types at a prompt, and time passes while they think; where the terminal shows no more
    than text, without completion and history. A pipe is read line by line: the answer to one is printed
    before the next is read, and a simulated clock stands still between waits.

    Raises:
        Refused: the input cannot be read, or the output failed for another reason than that its reader
            has gone.
    """
    member = await app.console_identity(terminal.speaker)
    assert member is not None
    chat = Chat(app, terminal, member)
    await chat.take_up()
    if not person:
        await _with_pipe(chat)
    elif terminal.rich:
        await _with_person(chat)
    else:
        await _with_typewriter(chat)
    _let_go(terminal)


async def _with_pipe(chat: Chat) -> None:
    descriptor = sys.stdin.fileno()
    try:
        os.read(descriptor, 0)
    except OSError as error:  # it was opened for writing only
        raise Refused(f"Standard input cannot be read: {error.strerror}.", status=2) from None
    async with chat.passing_time(stands=chat.simulation is not None):
        await chat.hear_all(pipe.lines(descriptor, most=LONGEST + 1))


async def _with_person(chat: Chat) -> None:
    from bot.console.prompt import Prompt

    prompt = Prompt(chat.words, chat.who, chat.hint, _history(chat))
    chat.terminal.beside = prompt.beside
    await chat.welcome()
    async with chat.passing_time(prompt):
        await chat.hear_all(prompt.lines())


async def _with_typewriter(chat: Chat) -> None:
    """At a terminal that can only write on: the system itself reads the line."""
    await chat.welcome()
    async with chat.passing_time():
        await chat.hear_all(_asked(chat))
    chat.terminal.ask("\n")


async def _asked(chat: Chat) -> AsyncIterator[str]:
    """Each line that says something, behind a prompt of its own."""
    lines = pipe.lines(sys.stdin.fileno(), most=LONGEST + 1)
    while True:
        chat.terminal.ask(f"{' '.join(filter(None, reversed(chat.who())))} ❯ ")
        line = await anext(lines, None)
        if line is None:
            return
        if line.strip():
            yield line


def _history(chat: Chat) -> Path | None:
    """In the user's data folder, if there is one; of what is made up nothing is kept."""
    if chat.simulation:
        return None
    try:
        return data_folder(os.environ) / "history"
    except ConfigError:
        return None


def _let_go(terminal: Console) -> None:
    """Leave a broken output without a word if its reader has gone, as ``| head -1`` does."""
    if terminal.failure is None:
        return
    abandon()
    if not isinstance(terminal.failure, BrokenPipeError):
        raise Refused(f"Nothing more can be shown: {terminal.failure.strerror}.")
