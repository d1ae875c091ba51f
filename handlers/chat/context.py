"""Context: who says it, where, when; what they were shown last; the question that is open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from babel.core import Locale as BabelLocale
from msgspec.structs import replace

from handlers.chat import when
from handlers.chat.i18n import Locale
from handlers.chat.reading import Speaker, when_spans
from handlers.chat.reply import Invocation, Reply
from handlers.chat.request import Request
from models.change import Author
from models.member import Member
from models.record import Record
from models.search import Vocabulary

# The parameter of a command that waits for its card to be confirmed; no line answers it.
CONFIRMED = "confirmed"
# Human ids kept in mind per chat.
MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Question:
    """An open question: the command that waits, and the parameter that is missing.

    ``said`` names the message that the command came with (see models.change), ``said_at`` its time.
    """

    invocation: Invocation
    parameter: str
    said: str
    said_at: datetime


@dataclass(slots=True)
class Memory:
    """What a member was shown in this chat within the last 15 minutes.

    ``shown`` are human ids, the last first; ``fresh`` those that this turn has shown. ``listed`` are the ids
    of the last list, in its order. ``expired``: a question was open, and its time is over. ``replied`` are
    the ids that the message shows to which this one is a reply, the one that it is about first.
    """

    shown: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    question: Question | None = None
    expired: bool = False
    fresh: list[str] = field(default_factory=list)
    replied: Sequence[str] = ()

    def reply_to(self, refs: Sequence[str]) -> None:
        """Let a reply continue what its message shows: that is in mind from now on."""
        self.replied = tuple(refs)
        self.shown = [*refs, *(ref for ref in self.shown if ref not in refs)][:MOST_SHOWN]

    def show(self, record: Record) -> None:
        """Keep in mind that this record was shown."""
        for kept in (self.shown, self.fresh):
            kept[:] = [record.reference, *(ref for ref in kept if ref != record.reference)][:MOST_SHOWN]


@dataclass(frozen=True, slots=True)
class About:
    """What the notice says. ``public_url``: where the internet reaches this Parley. Empty what is not set."""

    version: str
    source_url: str
    public_url: str = ""


@dataclass(slots=True)
class Context:
    """One line being answered.

    ``now`` is the time of receipt, ``said_at`` the platform's send time where it gives one, else
    ``now``; both aware UTC. ``author`` writes Changes in this message's name. ``answer`` runs a
    further line as if it had been typed now, ``press`` an invocation as if it had been pressed now.
    ``line`` is what was typed, empty for a press. ``command`` is the command that is running, ``bound``
    its values by parameter. ``then`` is a line to be answered once this one is written. ``dropped`` is
    the question that this line left unanswered, ``confirmed`` the card to which it said yes. ``amended``
    is what messages already sent about a subject shall say from now on. ``moments`` are the instants that
    were shown, by how they were.
    """

    member: Member
    request: Request
    locale: Locale
    now: datetime
    said_at: datetime
    author: Author
    memory: Memory
    vocabulary: Vocabulary
    about: About
    answer: Callable[[Context, str], Awaitable[Reply]]
    press: Callable[[Context, Invocation], Awaitable[Reply]]
    line: str = ""
    command: str = ""
    bound: Mapping[str, Any] = field(default_factory=dict)
    then: str = ""
    dropped: Question | None = None
    confirmed: Question | None = None
    amended: dict[str, Reply] = field(default_factory=dict)
    moments: dict[str, datetime] = field(default_factory=dict)

    def amend(self, subject: str, reply: Reply) -> None:
        """Let every message already sent about a subject say this instead."""
        self.amended[subject] = reply

    def text(self, message: str, **values: Any) -> str:
        """The message in the member's language."""
        return self.locale.text(message, **values)

    def instant(self, at: datetime) -> str:
        """An instant as the member's clock shows it."""
        shown = self.locale.instant(at, now=self.now)
        self.moments[shown] = at
        return shown

    def upcoming(self, words: str) -> when.When:
        """A time that our own grammar knows, such as ``next monday 9am``, seen from now."""
        found = when_spans(words, self.speaker, "plan")[0].when
        if found is None:
            raise ValueError(words)
        return found

    @property
    def zone(self) -> str:
        """The member's zone, an IANA name."""
        return self.member.zone

    @property
    def speaker(self) -> Speaker:
        """What reading has to know of the member."""
        sign = BabelLocale.parse(self.member.locale, sep="-").number_symbols["latn"]["decimal"]
        return Speaker(
            said_at=self.said_at,
            zone=self.member.zone,
            day_first=self.locale.day_first if self.member.day_first is None else self.member.day_first,
            decimal="," if sign == "," else ".",
            country=self.member.workspace.country,
            working_days=frozenset(int(day) for day in self.member.working_days),
        )


def marked(reply: Reply, moments: Mapping[str, datetime]) -> Reply:
    """The reply with the instants that were shown while it was made (Context.moments)."""
    shown = tuple((text, int(at.timestamp())) for text, at in moments.items())
    return replace(reply, moments=shown) if shown else reply


def dump_question(question: Question | None) -> Mapping[str, Any] | None:
    """A question as JSON, for the Focus row."""
    if question is None:
        return None
    return {
        "command": question.invocation.command,
        "arguments": dict(question.invocation.arguments),
        "parameter": question.parameter,
        "said": question.said,
        "said_at": question.said_at.isoformat(),
    }


def load_question(stored: Mapping[str, Any] | None) -> Question | None:
    """From :func:`dump_question`'s JSON."""
    if stored is None:
        return None
    return Question(
        invocation=Invocation(stored["command"], stored["arguments"]),
        parameter=stored["parameter"],
        said=stored["said"],
        said_at=datetime.fromisoformat(stored["said_at"]),
    )
