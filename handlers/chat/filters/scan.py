"""Scan: a filter's text read from left to right; at each place something is understood, or a word is not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from tortoise.expressions import Q

from handlers.chat import when
from handlers.chat.context import Context
from handlers.chat.language import languages
from handlers.chat.reading import flat, when_spans
from models.activity import Activity
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Pipeline, Stage
from models.lead import Lead
from models.option import Option, OptionList
from models.record import Record
from models.search import fold

Bias = Literal["plan", "log"]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition, and how it is said to the reader.

    ``state``: it says whether deals are open. ``alternative``: several of the kind are meant as any of them.
    """

    condition: Q
    words: str
    state: bool = False
    alternative: bool = False

    def joined(self, ctx: Context, other: Criterion) -> Criterion:
        """This one or the other: of what a record can be only one at a time."""
        words = ctx.text("{one} or {other}", one=self.words, other=other.words)
        return Criterion(self.condition | other.condition, words, self.state, alternative=True)


@dataclass(slots=True)
class Scan:
    """A filter's text for one kind of record, with what the workspace calls things.

    ``folded`` has the offsets of ``text``. ``closed``: it speaks of deals that are won or lost.
    """

    ctx: Context
    model: type[Record]
    text: str
    stages: list[Stage]
    pipelines: list[Pipeline]
    sources: list[Option]
    folded: str = ""
    closed: bool = False
    _spans: dict[Bias, dict[int, when.Span]] = field(default_factory=dict)

    @classmethod
    async def of(cls, ctx: Context, model: type[Record], text: str) -> Scan:
        """A scan at the beginning of a text."""
        workspace_id = ctx.member.workspace_id
        stages = Stage.filter(pipeline__workspace_id=workspace_id, deleted_at__isnull=True)
        scan = cls(
            ctx,
            model,
            text,
            await stages.order_by("pipeline_id", "position", "id"),
            await Pipeline.of(workspace_id),
            await Option.of(workspace_id, OptionList.LEAD_SOURCE),
        )
        scan.folded = flat(text)
        scan.closed = any(_anywhere(name).search(scan.folded) for name in ("won", "lost", "closed"))
        return scan

    @property
    def today(self) -> date:
        """The speaker's day."""
        return self.ctx.said_at.astimezone(ZoneInfo(self.ctx.zone)).date()

    def skip(self, at: int) -> int:
        """Past spaces and commas."""
        return _gap(self.text, at)

    def phrase(self, name: str, at: int) -> int | None:
        """Where one of those words (see FilterWords) ends that begin there; the longest. None: none does."""
        match = _pattern(name).match(self.folded, at)
        return match.end() if match else None

    def itself(self, at: int) -> int | None:
        """Where a verb for such a list ends that begins there: deals, in a filter of deals."""
        match = _nouns(self.model).match(self.folded, at)
        return match.end() if match else None

    def past(self, name: str, at: int) -> int:
        """Past one of those words and the gap behind it, where there is one."""
        end = self.phrase(name, at)
        return at if end is None else self.skip(end)

    def word(self, names: Iterable[str], at: int) -> tuple[str, int] | None:
        """The longest of these names (folded) that stands there, and its end."""
        for name in sorted(names, key=len, reverse=True):
            match = phrases((name,)).match(self.folded, at)
            if name and match:
                return name, match.end()
        return None

    def day(self, at: int, bias: Bias) -> when.Span | None:
        """The date that begins there, with the words that lead to it."""
        if bias not in self._spans:
            spans = when_spans(self.text, self.ctx.speaker, bias)
            self._spans[bias] = {span.start: span for span in spans}
        return self._spans[bias].get(at)


def _gap(text: str, at: int) -> int:
    match = _GAP.match(text, at)
    return match.end() if match else at


_GAP = re.compile(r"[\s,;:.!?]*")


# The list of each kind of record.
_LISTS: Mapping[type[Record], str] = {
    Deal: "deals",
    Contact: "contacts",
    Company: "companies",
    Lead: "leads",
    Activity: "activities",
}


@cache
def _nouns(model: type[Record]) -> re.Pattern[str]:
    return phrases(verb for language in languages() for verb in language.verbs[_LISTS[model]])


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return phrases(_words_of(name))


@cache
def _anywhere(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){_pattern(name).pattern}")


def _words_of(name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for language in languages() for word in getattr(language.filters, name)))


def phrases(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern of whole words and phrases in folded text, the longest first."""
    ordered = sorted({fold(word) for word in words}, key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(map(_flexible, ordered))})")


def _flexible(phrase: str) -> str:
    parts = "[\\s-]+".join(re.escape(part) for part in re.split(r"[\s-]+", phrase))
    return parts if phrase.endswith("'") else rf"{parts}(?!\w)"
