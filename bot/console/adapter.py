"""The terminal as a platform: what a member types is a delivery, what Parley says is printed."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TextIO

import msgspec

from bot.console import render
from bot.pace import Pace
from bot.platform import Arrival, Message, Receive, Unavailable, Unreadable
from handlers.chat.i18n import Locale
from handlers.chat.reply import Reply
from handlers.chat.request import Request, Sender

# Runs a write where it does not disturb what is being typed.
Beside = Callable[[Callable[[], None]], Awaitable[None]]


class _Line(msgspec.Struct, frozen=True, rename={"email": "as"}):
    """One delivery: the line, the member who typed it, and its unique id."""

    line: str
    email: str
    id: str


def arrival(line: str, *, email: str, id: str) -> Arrival:
    """What a member typed, as it goes into the inbox. ``id`` must be unique for ever."""
    return Arrival(key=id, address=email, raw=msgspec.to_builtins(_Line(line, email, id)))


class Console:
    """One terminal, at which one member speaks at a time.

    ``speaker`` is that member's e-mail address: the chat's address, and the sender's id.
    ``rich`` shows boxes and, unless ``colour`` is false, colours; else plain text.
    ``shared``: messages to other members are shown too, headed by their address (a simulation has
    one screen for everyone); else they are left for the terminals of those members.
    ``beside`` runs each write so that it does not disturb the prompt; None writes at once.
    ``failure`` is why nothing can be shown any more (a closed pipe, a full disk), None while it can.
    """

    name = "console"
    edits_in_place = False
    keeps_history = True
    pace: Pace | None = None

    def __init__(
        self,
        speaker: str,
        out: TextIO,
        *,
        rich: bool = False,
        colour: bool = True,
        shared: bool = False,
        beside: Beside | None = None,
    ) -> None:
        self.speaker = speaker
        self.rich = rich
        self.beside = beside
        self.failure: OSError | None = None
        self._out = out
        self._colour = colour
        self._shared = shared
        self._languages: dict[str, str] = {}
        # What was last printed in place of something, by chat, until anything else is said there.
        self._changed: dict[str, Reply] = {}

    def chats(self) -> frozenset[str] | None:
        """The speaker's alone; in a simulation everybody's. See :class:`bot.platform.Private`."""
        return None if self._shared else frozenset({self.speaker})

    async def run(self, receive: Receive) -> None:
        """Wait: lines come from the chat client, which gives them to the app itself."""
        await asyncio.Event().wait()

    def parse(self, key: str, raw: Mapping[str, Any]) -> Request | None:
        """A line stays text, digits too: the dispatcher knows which number is a button.

        Raises:
            Unreadable: no line, or nobody who typed it.
        """
        try:
            typed = msgspec.convert(raw, _Line)
        except msgspec.ValidationError as error:
            raise Unreadable(str(error)) from error
        if not typed.email:
            raise Unreadable("a line that nobody typed")
        return Request(
            platform=self.name,
            key=key,
            address=typed.email,
            sender=Sender(user=typed.email),
            text=typed.line,
        )

    async def send(self, message: Message) -> str:
        """Print it. The reference is the outbox row's id.

        An answer that nobody can see any more counts as given, as with any program in a pipe; what
        nobody asked for waits until the member is back.

        Raises:
            Unavailable: another member's message, or a push when nothing can be shown any more.
        """
        self._changed.pop(message.address, None)
        await self._show(message)
        return str(message.id)

    async def edit(self, message: Message) -> str:
        """Print the new content as a push: what a terminal has shown cannot be changed.

        Where two messages change alike, it is printed once. The answer to a line is never an edit here,
        since no line refers to a message.

        Raises:
            Unavailable: as :meth:`send`.
        """
        locale = self._locale(message.address, message.language)
        if message.reply != self._changed.get(message.address):
            before = locale.text("↻ in place of an earlier message") if self.rich else ""
            await self._show(replace(message, push=True), before)
            self._changed[message.address] = message.reply
        return message.edits or str(message.id)

    async def find(self, message: Message) -> str | None:
        """None: a terminal cannot be asked what it has shown."""
        return None

    def can_find(self, message: Message) -> bool:
        """False, see :meth:`find`."""
        return False

    async def answer(self, request: Request, reply: Reply | None) -> bool:
        """Print the reply at once; False where it could not be shown."""
        if reply is None:
            return True
        return await self.tell(reply, self._locale(request.address))

    async def tell(self, reply: Reply, locale: Locale) -> bool:
        """Print what is no message: the chat's own words. False where they could not be shown."""
        await self._write(self._rendered(reply, locale))
        return self.failure is None

    def ask(self, words: str) -> None:
        """Write ``words`` and leave the line open, for whoever types behind them."""
        self._print(words)

    async def close(self) -> None:
        """Nothing is held: the stream is the caller's."""

    async def _show(self, message: Message, before: str = "") -> None:
        if message.address != self.speaker:
            if not self._shared:
                raise Unavailable(f"console: {message.address} is not at this terminal")
            before = f"→ {message.address}\n{before}"
        locale = self._locale(message.address, message.language)
        after = locale.text("(sent again)") if message.repeated else ""
        await self._write(
            self._rendered(message.reply, locale, push=message.push, before=before, after=after)
        )
        if message.push and self.failure is not None:
            raise Unavailable(f"console: {self.failure}") from self.failure

    def _locale(self, address: str, language: str = "") -> Locale:
        """In the language of the last message to this member, where none is given."""
        if language:
            self._languages[address] = language
        return Locale(tag=self._languages.get(address, "en"), zone="UTC")

    def _rendered(
        self, reply: Reply, locale: Locale, *, push: bool = False, before: str = "", after: str = ""
    ) -> str:
        if not self.rich:
            return render.plain(reply, locale, push=push, before=before, after=after)
        from bot.console import colour

        look = colour.Look(self._columns(), self._colour)
        return colour.styled(reply, locale, look, push=push, before=before, after=after)

    def _columns(self) -> int:
        """How wide the window is now. COLUMNS follows no resize: it counts only where there is no window."""
        try:
            columns = os.get_terminal_size(self._out.fileno()).columns
        except (OSError, ValueError):
            columns = 0
        return columns or shutil.get_terminal_size().columns

    async def _write(self, text: str) -> None:
        if self.beside is None:
            self._print(text)
        else:
            await self.beside(lambda: self._print(text))

    def _print(self, text: str) -> None:
        """Write and flush; a failure is kept, as whoever runs a write beside the prompt would lose it."""
        if self.failure is not None:
            return
        try:
            self._out.write(text)
            self._out.flush()
        except OSError as error:
            self.failure = error
