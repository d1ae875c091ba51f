"""Filters in words: ``> 10k closing this month without next step``, read from left to right.

What is understood becomes conditions, which the reader is told again; what is not is named, never passed
over. The words stand in the languages' files, the criteria in :mod:`handlers.chat.filters.criteria`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Any

from tortoise.queryset import QuerySet

from handlers.chat.arguments import Argument, Bound
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.filters import criteria
from handlers.chat.filters.scan import Criterion, Scan
from handlers.chat.i18n import msg
from handlers.chat.reading import Reading, tidy
from models.activity import Activity
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.lead import Lead
from models.record import Record

# More is no filter, but a note that lost its way.
_LONGEST = 300
# Of what was not understood so much is said again.
_LONGEST_SAID = 60


@dataclass(frozen=True, slots=True)
class Filter:
    """What was typed, and what it means."""

    text: str
    criteria: tuple[Criterion, ...] = field(compare=False)

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the rows, from a ``visible_to``, that it lets through."""
        for criterion in self.criteria:
            rows = rows.filter(criterion.condition)
        return rows

    @property
    def words(self) -> list[str]:
        """What was understood, for the reader."""
        return [criterion.words for criterion in self.criteria]


class FilterArgument(Argument[Filter]):
    """A filter: all the words that nothing else took. A button keeps them as they were typed."""

    shape = msg("filter")
    prompt = msg("Which ones?")
    last = True

    def __init__(self, model: type[Record]) -> None:
        self.model = model

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Filter:
        text = list(reading.text)
        for start, end in reading.taken:
            text[start:end] = " " * (end - start)
        reading.claim(0, len(text))
        return await understood(ctx, self.model, "".join(text))

    async def answer(self, ctx: Context, text: str, bound: Bound) -> Filter:
        return await understood(ctx, self.model, text)

    def dump(self, value: Filter) -> str:
        return value.text

    async def load(self, ctx: Context, stored: str) -> Filter:
        return await understood(ctx, self.model, str(stored))


async def understood(ctx: Context, model: type[Record], text: str) -> Filter:
    """The filter that a text means for a kind of record; deals are open ones, unless it says which.

    Raises:
        Misread: a part of it is not understood; the sentence names it. InvalidValue: an amount too large.
    """
    text = " ".join(text.split())
    if len(text) > _LONGEST:
        raise Misread(ctx.text("A filter may have {most} characters.", most=_LONGEST))
    scan = await Scan.of(ctx, model, text)
    found, unknown = list[Criterion](), list[str]()
    at, name = scan.skip(0), ""
    while at < len(text):
        criterion, end = await _here(scan, at)
        if criterion is None and end == at:
            word = _WORD.match(text, at)
            end = word.end() if word else at + 1
            name = f"{name} {text[at:end]}"
        else:
            name = await _settle(scan, name, found, unknown)
            _join(ctx, found, criterion)
        at = scan.skip(end)
    await _settle(scan, name, found, unknown)
    if model is Deal and not any(criterion.state for criterion in found):
        found.insert(0, criteria.open_state(scan))
    if unknown:
        raise _misread(ctx, unknown, found)
    return Filter(text, tuple(found))


def _join(ctx: Context, found: list[Criterion], criterion: Criterion | None) -> None:
    """One condition more; of a stage, one more in which a deal may be."""
    if criterion is None:
        return
    place = next((i for i, each in enumerate(found) if each.alternative and criterion.alternative), None)
    if place is None:
        found.append(criterion)
    else:
        found[place] = found[place].joined(ctx, criterion)


_WORD = re.compile(r'"[^"]*"|«[^»]*»|[^\s,;]+')


async def _here(scan: Scan, at: int) -> tuple[Criterion | None, int]:
    """What stands there: a criterion, a little word that means nothing, or (at its own place) neither."""
    for matcher in criteria.MATCHERS[scan.model]:
        if found := await matcher(scan, at):
            return found
    ends = (scan.phrase("little", at), scan.itself(at))
    return None, next((end for end in ends if end is not None), at)


async def _settle(scan: Scan, name: str, found: list[Criterion], unknown: list[str]) -> str:
    """Words with no meaning of their own are a name, where something visible has it."""
    name = tidy(name.strip().strip('"«»@').strip())
    if name:
        criterion = await criteria.called(scan, name)
        if criterion is None:
            unknown.append(name)
        else:
            found.append(criterion)
    return ""


def _misread(ctx: Context, unknown: list[str], found: list[Criterion]) -> Misread:
    named = ", ".join(ctx.text("“{text}”", text=each[:_LONGEST_SAID]) for each in unknown)
    sentence = ctx.text("I do not understand {words} in this filter.", words=named)
    if found:
        known = " · ".join(criterion.words for criterion in found).removesuffix(".")
        sentence += " " + ctx.text("I understood: {words}.", words=known)
    return Misread(sentence)


DealFilter = Annotated[Filter, FilterArgument(Deal)]
ContactFilter = Annotated[Filter, FilterArgument(Contact)]
CompanyFilter = Annotated[Filter, FilterArgument(Company)]
LeadFilter = Annotated[Filter, FilterArgument(Lead)]
ActivityFilter = Annotated[Filter, FilterArgument(Activity)]
