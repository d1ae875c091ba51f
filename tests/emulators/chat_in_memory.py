"""A chat service in memory: it shows what it is sent, and refuses what a test orders it to refuse.

It has no quirks of any real service: tests of the machine that stands behind all of them use it.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec

from bot.pace import Pace
from bot.platform import AnswerLost, Arrival, Message, Receive, Rejected, ServiceError, Unreadable
from handlers.chat.reply import Button, Buttons, Card, Reply, Table, Text
from handlers.chat.request import Attachment, Forwarded, Location, Request, Sender, SharedContact
from tests.emulators.slack.bell import Bell

_NOT_FOR_US: Final = "not for us"


class _Delivery(msgspec.Struct, frozen=True, omit_defaults=True):
    user: str
    text: str = ""
    room: str = ""
    name: str = ""
    language: str = ""
    pressed: str | None = None
    message: str | None = None
    sent_at: datetime | None = None
    ref: str | None = None
    edited: bool = False
    attachments: tuple[Attachment, ...] = ()
    contact: SharedContact | None = None
    location: Location | None = None
    forwarded: Forwarded | None = None


@dataclass
class Refusal:
    """What goes wrong with the next ``times`` messages for ``address`` (None: for anybody).

    ``arrives``: the message stands in the chat nevertheless.
    """

    error: BaseException
    times: int | None
    address: str | None
    arrives: bool
    hits: int = 0

    def strikes(self, address: str) -> bool:
        return self.address in (None, address) and (self.times is None or self.hits < self.times)

    def lift(self) -> None:
        """Let everything go well again."""
        self.times = self.hits


@dataclass
class Hold:
    """Messages that are under way: the service has them and does not answer yet."""

    address: str | None
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let them, and all that follow, arrive."""
        self.released.set()


@dataclass
class Standing:
    """A message in a chat; an edit changes its words and its buttons."""

    ref: str
    message: Message

    @property
    def text(self) -> str:
        again = self.message.repeated and self.message.edits is None
        return words(self.message.reply) + (" (sent again)" if again else "")

    def button(self, label: str) -> Button:
        """The one button of that label."""
        [found] = [button for button in self.message.reply.buttons() if button.label == label]
        return found


class ChatService:
    """A service called ``name``. ``history``: whether a lost message can be looked up in it.

    ``pace``: what it asks of whoever writes to it; it refuses nobody who is faster.
    """

    edits_in_place = True

    def __init__(self, name: str = "telegram", *, history: bool = False, pace: Pace | None = None) -> None:
        self.name = name
        self.pace = pace
        self.history = self.keeps_history = history
        self.bell = Bell()
        self.last_heard: datetime | None = None
        # Every message and every edit that was tried, and what of it arrived.
        self.tries: list[Message] = []
        self.arrived: list[Message] = []
        self._standing: dict[str, list[Standing]] = {}
        # What was said at once, beside the outbox; None acknowledges a press and shows nothing.
        self.popups: list[tuple[Request, Reply | None]] = []
        self.shows_popups = True
        self.breaks_popups: Exception | None = None
        # What reading a line with these words raises: an error of ours in an adapter.
        self.misread: dict[str, BaseException] = {}
        self.closed = False
        # What can be fetched, by its source: the content, or what fetching it raises.
        self.files: dict[str, bytes | ServiceError] = {}
        self.fetched: list[str] = []
        # How many receive at the moment, and how many began to.
        self.receiving = self.begun = 0
        self.gone: Exception | None = None
        self._refusals: list[Refusal] = []
        self._holds: list[Hold] = []
        self._waiting: deque[Arrival] = deque()
        self._news = asyncio.Event()
        self._numbers = itertools.count(1)

    # -- people --------------------------------------------------------------------------------

    def says(self, user: str, text: str, *, room: str = "", key: str = "", **more: Any) -> Arrival:
        """Somebody's line, in their own chat or in a room; ``key`` where it is not a new one."""
        return self._arrival(_Delivery(user, text, room, **more), key)

    def presses(self, user: str, standing: Standing, label: str, *, room: str = "") -> Arrival:
        """Somebody's press of a button."""
        return self.forges(user, standing.button(label).token, message=standing.ref, room=room)

    def forges(self, user: str, token: str, *, message: str | None = None, room: str = "") -> Arrival:
        """A press of a token, whoever made it up."""
        return self._arrival(_Delivery(user, room=room, pressed=token, message=message), "")

    def garbles(self, address: str) -> Arrival:
        """A delivery that nobody can read."""
        return Arrival(f"{self.name} {next(self._numbers)}", address, {"user": ["no", "name"]})

    def murmurs(self, address: str) -> Arrival:
        """A delivery that is nothing for us."""
        return Arrival(f"{self.name} {next(self._numbers)}", address, {_NOT_FOR_US: True})

    def delivers(self, *arrivals: Arrival) -> None:
        """Hand deliveries to whoever receives, again and again until they are taken."""
        self._waiting.extend(arrivals)
        self._news.set()

    def seen(self, address: str) -> list[str]:
        """What stands in a chat now, oldest first."""
        return [standing.text for standing in self._standing.get(address, [])]

    def last(self, address: str) -> Standing:
        """The newest message in a chat."""
        return self._standing[address][-1]

    async def shows(self, address: str, text: str, within: float = 10.0) -> Standing:
        """Wait until a message with these words stands in a chat."""

        def find() -> Standing | None:
            return next((one for one in self._standing.get(address, []) if text in one.text), None)

        try:
            return await self.bell.until(find, within)
        except TimeoutError:
            raise AssertionError(f"{text!r} is not among {self.seen(address)}") from None

    @property
    def undelivered(self) -> int:
        """How many deliveries nobody has taken yet."""
        return len(self._waiting)

    def reference(self, message: Message) -> str:
        """The reference of the message that stands for it; its own, or the one that it changed."""
        standing = (one for ones in self._standing.values() for one in ones)
        return next((one.ref for one in standing if one.message.id == message.id), message.edits or "")

    # -- what goes wrong -----------------------------------------------------------------------

    def refuses(
        self, error: BaseException, *, to: str | None = None, times: int | None = 1, arrives: bool = False
    ) -> Refusal:
        """Order that the next messages, or edits, are answered with this error; None: until lifted."""
        self._refusals.append(Refusal(error, times, to, arrives))
        return self._refusals[-1]

    def loses_answers(self, *, to: str | None = None, times: int | None = 1, arrives: bool = True) -> Refusal:
        """Order that answers are lost, of messages that stand there or do not."""
        return self.refuses(AnswerLost("no answer"), to=to, times=times, arrives=arrives)

    def holds(self, address: str | None = None) -> Hold:
        """Order that messages are taken and not answered until they are released."""
        self._holds.append(Hold(address))
        return self._holds[-1]

    # -- what Parley calls: see bot.platform.Platform ------------------------------------------

    async def run(self, receive: Receive) -> None:
        self.begun += 1
        self.receiving += 1
        self.bell.ring()
        try:
            while self.gone is None:
                await self._hand_over(receive)
                await self._news.wait()
                self._news.clear()
            raise self.gone
        finally:
            self.receiving -= 1
            self.bell.ring()

    def leaves(self, error: Exception) -> None:
        """Receiving ends with this error."""
        self.gone = error
        self._news.set()

    async def _hand_over(self, receive: Receive) -> None:
        while self._waiting:
            batch = list(self._waiting)
            try:
                await receive(batch)
            except Exception:  # noqa: BLE001 # like every service it delivers again what was not taken
                await asyncio.sleep(0.02)
                continue
            for _ in batch:
                self._waiting.popleft()
            self.bell.ring()

    def parse(self, key: str, raw: Mapping[str, Any]) -> Request | None:
        if _NOT_FOR_US in raw:
            return None
        try:
            said = msgspec.convert(raw, _Delivery)
        except msgspec.ValidationError as error:
            raise Unreadable(str(error)) from None
        if said.text in self.misread:
            raise self.misread[said.text]
        return Request(
            platform=self.name,
            key=key,
            address=said.room or said.user,
            sender=Sender(said.user, name=said.name, language=said.language),
            text=said.text,
            private=not said.room,
            room=said.room,
            sent_at=said.sent_at,
            pressed=said.pressed,
            message=said.message,
            ref=said.ref or (f"said {key}" if said.room else None),
            edited=said.edited,
            attachments=said.attachments,
            contact=said.contact,
            location=said.location,
            forwarded=said.forwarded,
        )

    async def send(self, message: Message) -> str:
        async with self._under_way(message):
            standing = Standing(f"{message.address}#{message.id}.{next(self._numbers)}", message)
            self._standing.setdefault(message.address, []).append(standing)
        return standing.ref

    async def edit(self, message: Message) -> str:
        async with self._under_way(message):
            found = [one for one in self._standing.get(message.address, []) if one.ref == message.edits]
            if not found:
                raise Rejected("no such message")
            found[0].message = message
        return found[0].ref

    async def find(self, message: Message) -> str | None:
        standing = self._standing.get(message.address, []) if self.history else []
        return next((one.ref for one in standing if one.message.id == message.id), None)

    def can_find(self, message: Message) -> bool:
        return self.history

    async def answer(self, request: Request, reply: Reply | None) -> bool:
        if self.breaks_popups is not None:
            raise self.breaks_popups
        self.popups.append((request, reply))
        self.bell.ring()
        return self.shows_popups

    async def fetch(self, attachment: Attachment) -> bytes:
        self.fetched.append(attachment.source)
        content = self.files[attachment.source]
        if isinstance(content, ServiceError):
            raise content
        return content

    async def close(self) -> None:
        self.closed = True

    def _under_way(self, message: Message) -> _UnderWay:
        return _UnderWay(self, message)

    def _arrival(self, delivery: _Delivery, key: str) -> Arrival:
        key = key or f"{self.name} {next(self._numbers)}"
        return Arrival(key, delivery.room or delivery.user, msgspec.to_builtins(delivery), delivery.user)

    def _struck(self, address: str) -> Refusal | None:
        found = next((refusal for refusal in self._refusals if refusal.strikes(address)), None)
        if found is not None:
            found.hits += 1
        return found

    def _held(self, address: str) -> Hold | None:
        return next((hold for hold in self._holds if hold.address in (None, address)), None)


class _UnderWay:
    """One message between Parley and the screen: held back, refused, or shown."""

    def __init__(self, service: ChatService, message: Message) -> None:
        self._service = service
        self._message = message
        self._refusal: Refusal | None = None

    async def __aenter__(self) -> None:
        service = self._service
        service.tries.append(self._message)
        service.bell.ring()
        if (hold := service._held(self._message.address)) is not None:
            hold.reached.set()
            await hold.released.wait()
        self._refusal = service._struck(self._message.address)
        if self._refusal is not None and not self._refusal.arrives:
            raise self._refusal.error

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            self._service.arrived.append(self._message)
            self._service.bell.ring()
            if self._refusal is not None:
                raise self._refusal.error


def words(reply: Reply | None) -> str:
    """A reply as plain text, its buttons in brackets."""
    if reply is None:
        return ""
    return "\n".join(part for block in reply.blocks for part in _words(block) if part)


def _words(block: object) -> list[str]:
    match block:
        case Text(text):
            return [text]
        case Card(title, fields, body):
            return [title, *(f"{one.label}: {one.value}" for one in fields), body]
        case Table(columns, rows, title):
            return [title, *(" | ".join(row) for row in (columns, *rows))]
        case Buttons(buttons):
            return [" ".join(f"[{button.label}]" for button in buttons)]
    return []
