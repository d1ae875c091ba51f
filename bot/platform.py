"""What a chat service must do for Parley, and the ways it can refuse."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable

from bot.pace import Pace
from handlers.chat.reply import Reply
from handlers.chat.request import Attachment, Request


@dataclass(frozen=True, slots=True)
class Arrival:
    """One raw delivery of a platform, as it goes into the inbox.

    ``key`` is the platform's own unique id of it; ``address`` the chat it belongs to (the empty
    string where none can be read: such a row is quarantined by parsing); ``raw`` its JSON object.
    ``sender`` is the account it comes from, as ``Request.sender.user`` will be; empty where the service
    itself says something. It counts for how much one may ask (bot.allowance).
    """

    key: str
    address: str
    raw: Mapping[str, Any]
    sender: str = ""


# Commits the arrivals to the inbox, then wakes the dispatcher. Nothing may be acknowledged to a
# platform before this has returned. A key that is there already is passed over.
Receive = Callable[[Sequence[Arrival]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Message:
    """One outbox row on its way to a chat.

    ``id`` is the outbox row's: put it where a lost answer can be looked up again.
    ``edits`` is the reference of the message to replace, None for a new one.
    ``answers`` is the reference of the person's message that is answered, if there is one.
    ``push`` is true where nobody asked (a reminder, a digest).
    ``repeated``: an earlier try may have arrived; say so at the end ("(sent again)").
    """

    id: int
    address: str
    reply: Reply
    language: str
    edits: str | None = None
    answers: str | None = None
    push: bool = False
    repeated: bool = False


class Platform(Protocol):
    """A chat service.

    ``edits_in_place``: what was sent can be changed. Where it cannot, as on a terminal, ``edit`` says it
    anew, and nobody is told again what an answer in the same chat has just said.
    ``keeps_history``: what was sent can mostly be looked up with ``find``; where it cannot, few messages are
    under way at once, for a crash leaves those in doubt.
    ``pace``: how fast it takes messages, see bot.pace; None: as fast as it answers.
    ``run`` receives until it is cancelled; it returns early only to be started again.
    ``parse`` asks nobody anything; None means: nothing for us (the bot's own post, another bot, an anonymous
    admin), settled quietly. What is said about a chat or an account is one of the
    others.
    ``send`` returns the new message's reference; ``edit`` returns the reference to use from then
    on. Both raise a :class:`ServiceError`. ``find`` looks whether an outbox message arrived although
    its answer was lost, and returns its reference or None; ``can_find`` says whether that None means
    that it did not arrive: where a service has no history, nobody can know.
    ``answer`` says at once what cannot wait for the outbox (a press's popup; what a request's ``surface``
    waits for; with None the press is just acknowledged); best effort, never retried; False where it could
    not show the reply.
    """

    name: str
    edits_in_place: bool
    keeps_history: bool
    pace: Pace | None

    async def run(self, receive: Receive) -> None: ...

    def parse(
        self, key: str, raw: Mapping[str, Any]
    ) -> Request | Moved | Standing | Readership | Closed | None:
        """Raises: Unreadable."""

    async def send(self, message: Message) -> str: ...

    async def edit(self, message: Message) -> str: ...

    async def find(self, message: Message) -> str | None: ...

    def can_find(self, message: Message) -> bool: ...

    async def answer(self, request: Request, reply: Reply | None) -> bool: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What an HTTP request is answered with; ``media_type`` counts where there is a body."""

    status: int
    body: bytes = b""
    media_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Receiver:
    """One address of ours that a chat service posts to.

    ``name`` may stand in a log, ``path`` may not: it can hold a secret. It is matched as it is; one that ends
    with a slash stands for everything beneath it. ``receive`` is given the headers as they came (names in
    any case, repeated ones each), before them the path as ``:path``, and the raw body; it refuses by a
    status from 400, and raises nothing. A body of more than ``largest`` bytes is refused before it is read
    to its end.
    """

    name: str
    method: str
    path: str
    receive: Callable[[Sequence[tuple[str, str]], bytes], Awaitable[Answer]]
    largest: int = 1024 * 1024


@runtime_checkable
class Curious(Protocol):
    """A platform that has to ask its service who somebody is, or who reads a room.

    ``learn`` is called with a row before the transaction in which it is answered; ``parse`` then adds what
    is known. It raises nothing and keeps nobody waiting for more than two seconds. What could not be learnt
    is unknown, or known as it was: an account without a profile, a room that outsiders may read.
    """

    async def learn(self, raw: Mapping[str, Any]) -> None: ...


@runtime_checkable
class Hooked(Protocol):
    """A platform that is told by HTTP requests, in every process that has it open.

    ``receivers`` is called once, before the server starts; it is empty where the platform asks by itself.
    ``refused`` counts, by reason, the requests that were not let in since the start of this process.
    """

    refused: Mapping[str, int]

    def receivers(self, receive: Receive) -> Sequence[Receiver]: ...


@runtime_checkable
class Marking(Protocol):
    """A platform that can put a tick under a person's message, where it was taken in without an answer."""

    async def mark(self, reference: str) -> None:
        """Best effort, never retried."""


@runtime_checkable
class Silent(Protocol):
    """A platform on which nothing can be said, as a web form: what fails there is told to an admin."""

    silent: bool


@runtime_checkable
class Private(Protocol):
    """A platform of which every process has chats of its own, as a terminal is: no other can show them."""

    def chats(self) -> frozenset[str] | None:
        """The addresses of this process's; None: every chat of the platform."""


@runtime_checkable
class Fetching(Protocol):
    """A platform whose people send files."""

    async def fetch(self, attachment: Attachment) -> bytes:
        """The content of what came with a message; nothing but the platform's own host is asked.

        Raises: Rejected where it is larger than :data:`LARGEST_FILE` or is not to be had any more;
        another ServiceError where it may be had later.
        """


# What a bot may download from Telegram is the smallest of the services' limits, and so everybody's:
# python-telegram-bot, telegram.constants.FileSizeLimit.FILESIZE_DOWNLOAD.
LARGEST_FILE = 20_000_000  # bytes

# Reads a stored file by the SHA-256 of its content (hexadecimal); None where there is none. Adapters are
# given one, so that a File block goes out as a file.
Files = Callable[[str], Awaitable[bytes | None]]


@dataclass(frozen=True, slots=True)
class Moved:
    """A chat goes on under another address: what is kept under ``old`` belongs to ``new`` from now on."""

    platform: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether Parley may write to a chat, as its service just said.

    ``user`` is the person whose own chat it is, empty where it is a room. ``by`` is who changed it, an
    account's id, for rooms.
    """

    platform: str
    address: str
    reachable: bool
    user: str = ""
    by: str = ""


@runtime_checkable
class Linked(Protocol):
    """A platform on which a link opens a person's private chat with Parley."""

    def private_link(self) -> str:
        """The link; empty while it is not known."""


@dataclass(frozen=True, slots=True)
class Readership:
    """Others read a room than before: somebody joined it, or it was shared. ``outsiders`` as in a Request."""

    platform: str
    address: str
    outsiders: bool = True


@dataclass(frozen=True, slots=True)
class Closed:
    """An account was deactivated by its service: whose it was may not use Parley any more, by no account."""

    platform: str
    team: str
    user: str


class Unreadable(Exception):
    """A delivery whose meaning cannot be read: it goes to quarantine and blocks nobody."""


class ServiceError(Exception):
    """A chat service did not take a message. Its text names the method and the service's words."""


class Throttled(ServiceError):
    """Too many requests: nothing was sent; the chat waits exactly ``retry_after``."""

    def __init__(self, reason: str, retry_after: timedelta) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Unavailable(ServiceError):
    """Nothing was sent (refused connection, 5xx): tried again later, with backoff."""


class AnswerLost(ServiceError):
    """The request went out and no answer came back: it may have arrived."""


class Unreachable(ServiceError):
    """This person or chat cannot be written to any more (blocked, kicked, deactivated, archived)."""


class ChatMoved(ServiceError):
    """The chat goes on under another address, ``to``: nothing was sent; it is sent there."""

    def __init__(self, reason: str, to: str) -> None:
        super().__init__(reason)
        self.to = to


class Rejected(ServiceError):
    """The service will never take this message (malformed, too long, no such message)."""


class Unauthorised(ServiceError):
    """The token is wrong or was revoked: sending stops for the whole platform until it is mended."""
