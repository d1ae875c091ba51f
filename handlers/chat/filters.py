"""Filters in words: ``> 10k closing this month without next step``, ``@marc``, ``#vip``, ``in Lyon``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import Any

from handlers.chat import reading as lines
from handlers.chat.arguments import Argument, Bound, stage_name
from handlers.chat.colleagues import named
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import msg
from handlers.chat.language import Language, languages
from handlers.chat.options import named as option_named
from handlers.chat.options import option_name
from handlers.chat.periods import instants, period
from handlers.chat.reading import Kind, Reading, flat, tidy
from models import search
from models.deal import Deal, Stage, StageKind
from models.lead import Lead
from models.member import Member
from models.option import OptionList
from models.record import Record
from models.selection import Lack, Selection

# Days without anything, where no length is said.
_IDLE_DAYS = 14
_LONGEST_IDLE = 3650


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to: the line as typed, the conditions, and how they read in words."""

    line: str
    selection: Selection
    words: Sequence[str]
    colleague: Member | None = None


@dataclass(slots=True)
class _Draft:
    """A filter while it is read. ``left`` is the folded text; what is understood is blanked out."""

    ctx: Context
    model: type[Record]
    line: str
    left: str
    selection: Selection = field(default_factory=Selection)
    words: list[str] = field(default_factory=list)
    colleague: Member | None = None

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first match in what is left, which is understood from then on."""
        match = pattern.search(self.left)
        if match is not None:
            self.blank(match.start(), match.end())
        return match

    def blank(self, start: int, end: int) -> None:
        self.left = self.left[:start] + " " * (end - start) + self.left[end:]

    def narrow(self, shown: str, /, **conditions: Any) -> None:
        """One condition more, and its words."""
        self.selection = replace(self.selection, **conditions)
        self.words.append(shown)


class FilterArgument(Argument[Filter]):
    """All of a line that narrows a list of ``model``; a line without words narrows nothing."""

    shape = msg("filter")
    kinds = frozenset({Kind.MENTION, Kind.SLUG, Kind.EMAIL, Kind.QUOTED})
    last = True

    def __init__(self, model: type[Record], *, idle: bool = False) -> None:
        self.model = model
        self.idle = idle
        """Whether a bare length (14d) is one in which nothing happened."""

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Filter | None:
        found = await self._read(ctx, reading)
        reading.claim(0, len(reading.text))
        return found

    def dump(self, value: Filter) -> str:
        return value.line

    async def load(self, ctx: Context, stored: str) -> Filter:
        return await self._read(ctx, lines.read(stored, self.kinds, ctx.speaker))

    async def _read(self, ctx: Context, reading: Reading) -> Filter:
        return await read(ctx, self.model, reading, idle=self.idle)


async def read(ctx: Context, model: type[Record], reading: Reading, *, idle: bool = False) -> Filter:
    """What a line asks of a list.

    Raises:
        Misread: a condition that this kind of record does not have.
        NotFound, Ambiguous: a colleague that is not one, or several.
    """
    draft = _Draft(ctx, model, reading.text, flat(reading.text))
    await _people(draft, reading)
    _tags(draft, reading)
    _amounts(draft)
    _idle(draft, bare=idle)
    for step in (_lacking, _periods, _states):
        step(draft)
    if model is Deal:
        await _stages(draft)
    if model is Lead:
        await _sources(draft)
    _places(draft)
    _others(draft)
    return Filter(draft.line, draft.selection, tuple(draft.words), draft.colleague)


async def _people(draft: _Draft, reading: Reading) -> None:
    ctx = draft.ctx
    for span in [*reading.free(Kind.MENTION), *reading.free(Kind.EMAIL)]:
        draft.colleague = await named(ctx, str(span.value))
        draft.blank(span.start, span.end)
        draft.narrow(draft.colleague.name, owner_ids=[draft.colleague.id])
    if draft.take(_any_of(lambda language: language.mine)):
        draft.colleague = ctx.member
        draft.narrow(ctx.member.name, owner_ids=[ctx.member.id])


def _tags(draft: _Draft, reading: Reading) -> None:
    for span in reading.free(Kind.SLUG):
        draft.blank(span.start, span.end)
        tags = [*draft.selection.tags, str(span.value)]
        draft.narrow(f"#{span.value}", tags=tags)


def _amounts(draft: _Draft) -> None:
    ctx = draft.ctx
    for name, choose in (("least", _over), ("most", _under)):
        match = _before_an_amount(choose).search(draft.left)
        spans = lines.amounts(draft.line, ctx.speaker, bare=True)
        span = next((each for each in spans if match and each.start in (match.end(), match.end() - 1)), None)
        if match is None or span is None:
            continue
        _require(draft, Deal)
        amount = span.value
        draft.blank(match.start(), span.end)
        shown = (
            ctx.locale.money(amount.number, amount.currency)
            if amount.currency
            else ctx.locale.number(amount.number)
        )
        words = ctx.text("{amount} or more", amount=shown)
        if name == "most":
            words = ctx.text("at most {amount}", amount=shown)
        draft.narrow(words, **{name: amount.number, "currency": amount.currency or ""})


def _over(language: Language) -> tuple[str, ...]:
    return language.over


def _under(language: Language) -> tuple[str, ...]:
    return language.under


def _idle(draft: _Draft, *, bare: bool) -> None:
    said = draft.take(_any_of(lambda language: language.idle))
    days = _length(draft) if said or bare else None
    if said is None and days is None:
        return
    days = days or _IDLE_DAYS
    since = draft.ctx.now - timedelta(days=days)
    words = draft.ctx.locale.plural("no activity for {n} day", "no activity for {n} days", days)
    draft.narrow(words, idle_since=since)


def _length(draft: _Draft) -> int | None:
    """A length in days, such as 14d or 2 semaines."""
    for language in languages():
        for long, names in language.days.items():
            match = draft.take(re.compile(rf"(?<![\w.,])(\d{{1,4}})\s*(?:{_choice(names)})(?!\w)"))
            if match is not None:
                return min(int(match[1]) * long, _LONGEST_IDLE)
    return None


def _lacking(draft: _Draft) -> None:
    without = _choice([word for language in languages() for word in language.without])
    for lack in Lack:
        names = [name for language in languages() for name in language.lacking[lack]]
        if not draft.take(
            re.compile(rf"(?<!\w)(?:{without})\s+(?:an?\s+|une?\s+)?(?:{_choice(names)})(?!\w)")
        ):
            continue
        if lack not in _LACKS[draft.model.KIND]:
            raise _misfit(draft, draft.ctx.text(_LACK_NAMES[lack]))
        words = draft.ctx.text("without {what}", what=draft.ctx.text(_LACK_NAMES[lack]))
        draft.narrow(words, lacks=draft.selection.lacks | {lack})


_LACK_NAMES = {
    Lack.STEP: msg("next step"),
    Lack.CONTACT: msg("contact"),
    Lack.AMOUNT: msg("amount"),
    Lack.CLOSE: msg("close date"),
    Lack.COMPANY: msg("company"),
    Lack.OWNER: msg("owner"),
    Lack.EMAIL: msg("e-mail"),
    Lack.PHONE: msg("phone"),
    Lack.TAG: msg("tag"),
}
# What a record of each kind may be without.
_LACKS: Mapping[str, frozenset[Lack]] = {
    "deal": frozenset(Lack) - {Lack.EMAIL, Lack.PHONE},
    "contact": frozenset({Lack.STEP, Lack.COMPANY, Lack.OWNER, Lack.EMAIL, Lack.PHONE, Lack.TAG}),
    "company": frozenset({Lack.OWNER, Lack.TAG}),
    "lead": frozenset({Lack.STEP, Lack.COMPANY, Lack.OWNER, Lack.AMOUNT, Lack.EMAIL, Lack.PHONE}),
}


def _periods(draft: _Draft) -> None:
    """A period belongs to the word before it: closing, won, created; alone to what the list is about."""
    ctx = draft.ctx
    phrases = {search.fold(said): code for language in languages() for said, code in language.periods.items()}
    phrase = _choice(sorted(phrases, key=len, reverse=True))
    match = draft.take(re.compile(rf"(?<!\w)(?P<before>[\w-]+\s+)?(?P<period>{phrase})(?!\w)"))
    if match is None:
        return
    days = period(ctx, phrases[match["period"]])
    before = (match["before"] or "").strip()
    shown = draft.line[match.start("period") : match.end("period")].strip()
    if before in _folded(lambda language: language.made) or draft.model is not Deal:
        if before and before not in _folded(lambda language: language.made):
            draft.left = f"{draft.left} {before}"
        draft.narrow(ctx.text("new {period}", period=shown), created=instants(ctx, days))
        return
    for state, names in _state_words().items():
        if before in names:
            _closed(draft, state, shown, days)
            return
    if before and before not in _folded(lambda language: language.close):
        draft.left = f"{draft.left} {before}"
    draft.narrow(ctx.text("closing {period}", period=shown), closing=days, stage_kind=StageKind.OPEN)


def _closed(draft: _Draft, state: str, shown: str, days: Any) -> None:
    ctx = draft.ctx
    if state == "open":
        draft.narrow(ctx.text("closing {period}", period=shown), closing=days, stage_kind=StageKind.OPEN)
        return
    kind = StageKind(state) if state != "closed" else None
    words = f"{ctx.text(_STATE_NAMES[state])} {shown}"
    draft.narrow(words, closed=instants(ctx, days), stage_kind=kind)


_STATE_NAMES = {"open": msg("open"), "won": msg("won"), "lost": msg("lost"), "closed": msg("closed")}


@cache
def _state_words() -> dict[str, set[str]]:
    return {state: _folded(lambda language, own=state: language.states[own]) for state in _STATE_NAMES}  # type: ignore[misc]


def _states(draft: _Draft) -> None:
    if draft.model is not Deal:
        return
    for state, names in _state_words().items():
        if state != "closed" and draft.take(_whole(names)):
            draft.narrow(draft.ctx.text(_STATE_NAMES[state]), stage_kind=StageKind(state))
            return


async def _stages(draft: _Draft) -> None:
    """``in negotiation``, by a stage's name in any language; of all pipelines."""
    workspace_id = draft.ctx.member.workspace_id
    stages = await Stage.filter(pipeline__workspace_id=workspace_id, deleted_at__isnull=True)
    joints = _choice([word for language in languages() for word in language.inside])
    for stage in stages:
        names = {stage.name, *(n for each in languages() for n in each.stages.get(stage.name, ()))}
        if draft.take(re.compile(rf"(?<!\w)(?:(?:{joints})\s+)?(?:{_choice(names)})(?!\w)")):
            same = [each.id for each in stages if search.fold(each.name) == search.fold(stage.name)]
            draft.narrow(stage_name(draft.ctx, stage), stage_ids=same)
            return


async def _sources(draft: _Draft) -> None:
    joints = _choice([word for language in languages() for word in language.source])
    match = re.search(rf"(?<!\w)(?:{joints})\s+(\w+(?:\s\w+)?)", draft.left)
    for words in [match[1], match[1].split()[0]] if match else []:
        source = await option_named(draft.ctx, OptionList.LEAD_SOURCE, words)
        if source is not None and match is not None:
            draft.blank(match.start(), match.start(1) + len(words))
            draft.narrow(option_name(draft.ctx, source), source=source)
            return


def _places(draft: _Draft) -> None:
    """``in Lyon``, ``à Lyon``, a postcode of five digits or with letters and digits behind ``in``."""
    joints = _choice(
        [word for language in languages() for word in (*language.inside, *language.at, "à", "in")]
    )
    match = draft.take(
        re.compile(rf"(?<!\w)(?:{joints})\s*(?P<city>[^\W\d_][\w'’-]*(?:[ -][^\W\d_][\w'’-]*)*|\d{{4,6}})")
    )
    if match is None:
        match = draft.take(re.compile(r"(?<!\w)(?P<city>\d{5})(?!\w)"))
    if match is not None:
        if draft.model is Lead:
            raise _misfit(draft, draft.ctx.text("place"))
        place = tidy(draft.line[match.start("city") : match.end("city")])
        draft.narrow(place, places=[*draft.selection.places, place])


def _others(draft: _Draft) -> None:
    """What is left are words of the record itself, its name or its company's."""
    fillers = _folded(lambda language: language.fillers)
    left = [word for word in search.words(draft.left) if word not in fillers and len(word) > 1]
    if left:
        draft.narrow(f"“{' '.join(left)}”", words=left[: search.MOST_WORDS])


def _require(draft: _Draft, model: type[Record]) -> None:
    if draft.model is not model:
        raise _misfit(draft, draft.ctx.text("amount"))


def _misfit(draft: _Draft, what: str) -> Misread:
    return Misread(draft.ctx.text("This list cannot be narrowed by: {what}.", what=what))


def _choice(words: Iterable[str]) -> str:
    return "|".join(sorted({re.escape(search.fold(word)) for word in words}, key=len, reverse=True))


def _folded(choose: Callable[[Language], Sequence[str]]) -> set[str]:
    return {search.fold(word) for language in languages() for word in choose(language)}


def _any_of(choose: Callable[[Language], Sequence[str]]) -> re.Pattern[str]:
    return _whole(_folded(choose))


def _whole(words: Iterable[str]) -> re.Pattern[str]:
    """Any of these, as whole words."""
    return re.compile(rf"(?<!\w)(?:{_choice(words)})(?!\w)")


@cache
def _before_an_amount(choose: Callable[[Language], Sequence[str]]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_choice(_folded(choose))})\s*(?=[\d$€£]|[a-z]{{3}}\s?\d)")
