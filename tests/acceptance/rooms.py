"""A chat service in memory, for tests that need many people: private chats, and rooms where all read along.

It gives the app what a service gives: numeric user ids, teams, messages by reference, presses by token.
What it shows is kept by chat, so that a test can say who read what.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from bot.console import render
from bot.pace import Pace
from bot.platform import Arrival, Message, Receive, Unreachable, Unreadable
from handlers.chat.i18n import Locale
from handlers.chat.reply import Reply
from handlers.chat.request import Request, Sender

_NUMBERED = re.compile(r"\[\d+\] ")


class _Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """One delivery: who, where, and what was typed or pressed."""

    user: str
    address: str
    team: str = ""
    name: str = ""
    text: str = ""
    pressed: str | None = None
    under: str | None = None
    ref: str | None = None
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """One person's account: the ids that the service gives, and the name that the person chose."""

    user: str
    team: str = ""
    name: str = ""

    @property
    def address(self) -> str:
        """Their private chat."""
        return f"private:{self.team}:{self.user}"


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as it stands in a chat. ``only_to`` is the one person who sees a popup."""

    address: str
    reply: Reply
    language: str
    ref: str = ""
    push: bool = False
    only_to: str = ""

    @property
    def text(self) -> str:
        """All that it says, buttons too, without the numbers that differ from one time to the next."""
        return _NUMBERED.sub("[] ", render.plain(self.reply, Locale(self.language, "UTC")))

    def token(self, label: str) -> str:
        """What a press of the button with that label sends back."""
        found = [button.token for button in self.reply.buttons() if button.label == label]
        assert len(found) == 1, f"{len(found)} buttons “{label}” in:\n{self.text}"
        return found[0]


class Rooms:
    """The service. An address that begins with ``private:`` is read by one person, any other by many."""

    name = "rooms"
    edits_in_place = True
    keeps_history = True
    pace: Pace | None = None

    def __init__(self) -> None:
        self.shown: list[Shown] = []
        self.closed: dict[str, str] = {}  # chats that cannot be written to, and the reason that is given
        self.outsiders: set[str] = set()  # rooms of which the service says that strangers read them
        self._said = 0

    def typed(
        self, account: Account, line: str, *, address: str = "", ref: str | None = None, edited: bool = False
    ) -> Arrival:
        """A line that somebody typed, in their private chat unless another is given.

        ``edited``: it is what the message ``ref`` says by now.
        """
        return self._arrival(account, address, text=line, ref=ref, edited=edited)

    def press(self, account: Account, token: str, *, address: str = "", under: str | None = None) -> Arrival:
        """A button that somebody pressed under the message ``under``."""
        return self._arrival(account, address, pressed=token, under=under)

    def taken(self) -> list[Shown]:
        """What was shown since this was last asked for."""
        shown, self.shown = self.shown, []
        return shown

    def _arrival(self, account: Account, address: str, **said: Any) -> Arrival:
        self._said += 1
        place = address or account.address
        raw = _Said(account.user, place, account.team, account.name, **said)
        return Arrival(f"said:{self._said}", place, msgspec.to_builtins(raw))

    async def run(self, receive: Receive) -> None:
        """Wait: the test gives what is said to the app itself."""
        await asyncio.Event().wait()

    def parse(self, key: str, raw: Mapping[str, Any]) -> Request | None:
        """Raises: Unreadable."""
        try:
            said = msgspec.convert(raw, _Said)
        except msgspec.ValidationError as error:
            raise Unreadable(str(error)) from error
        return Request(
            platform=self.name,
            key=key,
            address=said.address,
            sender=Sender(said.user, said.team, said.name),
            text=said.text,
            private=said.address.startswith("private:"),
            room="" if said.address.startswith("private:") else said.address,
            outsiders=said.address in self.outsiders,
            pressed=said.pressed,
            message=said.under,
            ref=said.ref,
            edited=said.edited,
        )

    async def send(self, message: Message) -> str:
        """Show it in its chat; the reference is the outbox row's id. Raises: Unreachable."""
        if message.address in self.closed:
            raise Unreachable(self.closed[message.address])
        ref = str(message.id)
        self.shown.append(Shown(message.address, message.reply, message.language, ref, message.push))
        return ref

    async def edit(self, message: Message) -> str:
        """Show it in place of an earlier one."""
        assert message.edits is not None
        self.shown.append(Shown(message.address, message.reply, message.language, message.edits, True))
        return message.edits

    async def find(self, message: Message) -> str | None:
        """None: nothing is ever lost here."""
        return None

    def can_find(self, message: Message) -> bool:
        """True: every answer arrives."""
        return True

    async def answer(self, request: Request, reply: Reply | None) -> bool:
        """Show a popup to who pressed, and to nobody else."""
        if reply is not None:
            sender = request.sender
            self.shown.append(Shown(request.address, reply, "en-GB", only_to=f"{sender.team}:{sender.user}"))
        return True

    async def close(self) -> None:
        """Nothing is held."""
