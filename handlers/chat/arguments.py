"""Arguments: what a command's parameters take from a line, and how they are kept by a button.

A command annotates its parameters with the names at the end of this file. Each names one kind: how it
is taken from a :class:`~handlers.chat.reading.Reading`, how it is dumped into a saved command and
loaded from it, and what is asked where it is missing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import chain
from operator import itemgetter
from typing import Annotated, Any, ClassVar, Generic, TypeVar, cast

from email_validator import EmailNotValidError, validate_email
from rapidfuzz import fuzz
from tortoise.queryset import QuerySet

from handlers.chat import reading as lines
from handlers.chat import when
from handlers.chat.context import Context
from handlers.chat.errors import Choice, Misread
from handlers.chat.i18n import msg
from handlers.chat.language import languages
from handlers.chat.reading import Kind, Reading, Span, flat, tidy
from models import search
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Stage, StageKind
from models.errors import Ambiguous, NotFound
from models.lead import Lead
from models.messaging.lane import HIGHEST_BUTTON
from models.money import Money
from models.record import LETTERS, Record
from models.reminder import Reminder, ReminderState

T = TypeVar("T")

# Likely answers shown under a question; more would have to be read instead of seen.
MOST_CHOICES = 5

Bound = Mapping[str, Any]


class Argument(Generic[T]):
    """One kind of parameter.

    ``kinds`` are the spans it wants read. ``shape`` is how usage lines show it (hidden
    where empty), ``prompt`` the question where it is missing. ``last``:
    it takes what the others left. Taking raises models' NotFound and Ambiguous, or Misread.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset()
    shape: ClassVar[str] = ""
    prompt: ClassVar[str] = msg("What should it be?")
    last: ClassVar[bool] = False

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> T | None:
        """Take the value from a line; None where the line has none. ``bound`` are earlier parameters."""
        raise NotImplementedError

    async def answer(self, ctx: Context, text: str, bound: Bound) -> T | None:
        """Take the value from the answer to :attr:`prompt`, which is nothing but the value."""
        return await self.take(ctx, lines.read(text, self.kinds, ctx.speaker), bound)

    def dump(self, value: T) -> Any:
        """The value as JSON."""
        raise NotImplementedError

    async def load(self, ctx: Context, stored: Any) -> T:
        """The value behind :meth:`dump`'s JSON, seen through the presser's rights."""
        raise NotImplementedError

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        """Likely answers to the question."""
        return ()


class RecordArgument(Argument[Record]):
    """A record of one of several kinds: by id, address, ``#name``, or the first words of the line."""

    def __init__(
        self, *models: type[Record], prompt: str, shape: str = "", open_only: bool = False, slug: bool = False
    ) -> None:
        self.models = models
        self.shape = shape  # type: ignore[misc] # each use is shown in its own words
        self.open_only = open_only
        self.slug_only = slug
        self.prompt = prompt  # type: ignore[misc] # each use asks in its own words
        self.kinds = frozenset({Kind.ID, Kind.SLUG, Kind.EMAIL, Kind.PHONE})  # type: ignore[misc] # as above

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Record | None:
        for span in reading.free(Kind.ID):
            model = LETTERS[span.value[0]]
            if model in self.models:
                reading.claim(span.start, span.end)
                return await model.by_number(ctx.member, int(span.value[2:]))
        for kind in (Kind.EMAIL, Kind.PHONE):
            if Contact in self.models and (address := reading.take(kind)):
                return _only(await search.find(Contact, ctx.member, address.value), "contact", address.value)
        if Deal in self.models and (slug := reading.take(Kind.SLUG)):
            return _only(await self._named(ctx, Deal, slug.value), "deal", slug.value)
        return None if self.slug_only else await self._from_head(ctx, reading)

    async def _from_head(self, ctx: Context, reading: Reading) -> Record | None:
        start, end = reading.head()
        query = _query(reading.text[start:end])
        if not query:
            return None
        found, used = await self._longest(ctx, [word for _, word in query])
        if not found:
            raise NotFound(self.models[0].KIND, _name_guess(reading.text[start:end]))
        reading.claim(start, start + query[used - 1][0])
        name = tidy(reading.text[start : start + query[used - 1][0]])
        best = _narrowed(search.rank(found, [word.text for _, word in query[:used]], ctx.member), name)
        return _only(best, found[0].KIND, name)

    async def _longest(self, ctx: Context, query: Sequence[search.Word]) -> tuple[list[Record], int]:
        best, used = list[Record](), 0
        for model in self.models:
            found, count = await search.leading(
                self._rows(ctx, model), query, ctx.member, vocabulary=ctx.vocabulary
            )
            if count > used:
                best, used = list(found), count
            elif count == used:
                best += found
        return best, used

    async def _named(self, ctx: Context, model: type[Record], text: str) -> list[Record]:
        found = await search.find(
            model, ctx.member, text, vocabulary=ctx.vocabulary, within=self._rows(ctx, model)
        )
        return _narrowed(found, text)

    def _rows(self, ctx: Context, model: type[Record]) -> QuerySet[Any]:
        rows = model.visible_to(ctx.member)
        return rows.filter(stage__kind=StageKind.OPEN) if model is Deal and self.open_only else rows

    def dump(self, value: Record) -> str:
        return value.reference

    async def load(self, ctx: Context, stored: str) -> Record:
        return await LETTERS[stored[0]].by_number(ctx.member, int(stored[2:]))

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        recent = [
            record
            for ref in ctx.memory.shown
            if LETTERS[ref[0]] in self.models
            and (record := await LETTERS[ref[0]].visible_to(ctx.member).get_or_none(number=int(ref[2:])))
        ]
        if not recent:
            rows = self._rows(ctx, self.models[0])
            recent = await rows.order_by("-updated_at", "-id").limit(MOST_CHOICES)
        return [Choice(await label(ctx, record), record.reference) for record in recent[:MOST_CHOICES]]


def _only(found: Sequence[Record], kind: str, text: str) -> Record:
    if not found:
        raise NotFound(kind, text)
    if len(found) > 1:
        raise Ambiguous(kind, text, found)
    return found[0]


def _narrowed(found: Sequence[Record], text: str) -> list[Record]:
    """Only those whose full name was typed, if any; else only those with whole words, if any."""
    wanted = search.words(text)
    full = [record for record in found if search.words(record.title) == wanted]
    whole = [record for record in found if set(wanted) <= set(search.words(record.title))]
    return full or whole or list(found)


_TOKEN = re.compile(r"[^\W_]+(?:[.+'&-][^\W_]+)*")


def _query(text: str) -> list[tuple[int, search.Word]]:
    """The words of a head with the offset of each one's end; joining words (at, chez) are passed over.

    The first word, and a later one with a capital, may be the beginning of a name ("Jane D").
    """
    joining = {fold for language in languages() for fold in map(search.fold, (*language.at, *language.of))}
    query = list[tuple[int, search.Word]]()
    for match in _TOKEN.finditer(text):
        for word in (
            search.words(match.group())[-2:] if "'" in match.group() else [search.fold(match.group())]
        ):
            if word not in joining:
                query.append((match.end(), search.Word(word, not query or match.group()[0].isupper())))
    return query


def _name_guess(text: str) -> str:
    """Which words of a head are probably the unknown name: the capitalised ones it begins with."""
    typed = text.split()
    count = next((i for i, word in enumerate(typed) if not word[0].isupper()), len(typed))
    return " ".join(typed[: max(count, 1)])


async def label(ctx: Context, record: Record) -> str:
    """How a record stands on a button: its name, and what tells it from its namesakes."""
    match record:
        case Contact():
            company = await Company.name_for(ctx.member, record.company_id)
            return f"{record.name} · {company}" if company else record.name
        case Deal():
            return f"{record.reference} {record.name}"
    return record.title


@dataclass(frozen=True, slots=True)
class NewCompany:
    """A company that does not exist yet."""

    name: str


class CompanyArgument(Argument["Company | NewCompany"]):
    """The company behind ``@``, ``at``, ``chez``: a known one, or a new one by that name."""

    shape = msg("@ company")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Company | NewCompany | None:
        for start, end in [*reading.stretches(), *_marked(reading)]:
            joint = _joint(reading.text[start:end])
            if joint is not None:
                reading.claim(start + joint.start(), end)
                return await self._named(ctx, tidy(reading.text[start + joint.end() : end]))
        return None

    async def _named(self, ctx: Context, name: str) -> Company | NewCompany:
        found = await search.find(Company, ctx.member, name, vocabulary=ctx.vocabulary)
        exact = [company for company in found if search.words(company.name) == search.words(name)]
        if len(exact) == 1:
            return exact[0]
        if found:
            raise Ambiguous("company", name, found[:MOST_CHOICES])
        return NewCompany(name)

    async def answer(self, ctx: Context, text: str, bound: Bound) -> Company | NewCompany | None:
        return await self._named(ctx, tidy(text))

    def dump(self, value: Company | NewCompany) -> Any:
        return value.reference if isinstance(value, Company) else {"new": value.name}

    async def load(self, ctx: Context, stored: Any) -> Company | NewCompany:
        if isinstance(stored, str):
            return await Company.by_number(ctx.member, int(stored[2:]))
        return NewCompany(stored["new"])


def _marked(reading: Reading) -> list[tuple[int, int]]:
    """What stands behind a comma and an ``@``; a mere "at" there may belong to a note."""
    return [(start, end) for start, end in reading.listed() if reading.text[start] == "@"]


def _joint(text: str) -> re.Match[str] | None:
    words = sorted({search.fold(word) for language in languages() for word in language.at} - {"@"})
    return re.search(rf"(?:^|\s)(?:@\s*|(?:{'|'.join(map(re.escape, words))})\s+)(?=\S)", flat(text))


class NameArgument(Argument[str]):
    """The first words of the line, up to a separator, a company or another span; else the first listed."""

    shape = msg("name")
    prompt = msg("What is the name?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        quoted = reading.take(Kind.QUOTED)
        if quoted:
            return _checked_name(ctx, quoted.value.strip())
        found = next(chain(reading.stretches(), reading.listed()), None)
        if found is None:
            return None
        reading.claim(*found)
        return _checked_name(ctx, tidy(reading.text[slice(*found)]))

    async def answer(self, ctx: Context, text: str, bound: Bound) -> str | None:
        return _checked_name(ctx, tidy(text.replace("\n", " ")))

    def dump(self, value: str) -> str:
        return value

    async def load(self, ctx: Context, stored: str) -> str:
        return stored


# The name columns' length.
LONGEST_NAME = 200


def _checked_name(ctx: Context, name: str) -> str | None:
    if len(name) > LONGEST_NAME:
        raise Misread(
            ctx.text("A name may have {most} characters; this one has {n}.", most=LONGEST_NAME, n=len(name))
        )
    return name or None


class RestArgument(Argument[str]):
    """All the words that nothing else took: the note."""

    shape = msg("note")
    prompt = msg("What should it say?")
    last = True

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        rest = reading.rest()
        whole = lines.QUOTED.fullmatch(rest)
        return (lines.unquoted(whole) if whole else rest).strip() or None

    async def answer(self, ctx: Context, text: str, bound: Bound) -> str | None:
        return text.strip() or None

    def dump(self, value: str) -> str:
        return value

    async def load(self, ctx: Context, stored: str) -> str:
        return stored


class EmailsArgument(Argument["list[str]"]):
    """E-mail addresses, lower case."""

    shape = msg("e-mail")
    kinds = frozenset({Kind.EMAIL})

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> list[str] | None:
        found = []
        while span := reading.take(Kind.EMAIL):
            found.append(_checked_email(ctx, span.value))
        return found or None

    def dump(self, value: list[str]) -> list[str]:
        return value

    async def load(self, ctx: Context, stored: list[str]) -> list[str]:
        return stored


def _checked_email(ctx: Context, address: str) -> str:
    try:
        # Reserved names (example, test) are refused by default; demos and trials use them.
        checked = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise Misread(ctx.text("“{address}” is not an e-mail address.", address=address)) from error
    return checked.normalized.lower()


class PhonesArgument(Argument["list[str]"]):
    """Phone numbers, E.164, read by the workspace's country."""

    shape = msg("phone")
    kinds = frozenset({Kind.PHONE})

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> list[str] | None:
        found = []
        while span := reading.take(Kind.PHONE):
            found.append(str(span.value))
        return found or None

    def dump(self, value: list[str]) -> list[str]:
        return value

    async def load(self, ctx: Context, stored: list[str]) -> list[str]:
        return stored


class DurationArgument(Argument[timedelta]):
    """How long it took. Only the line's first clause is looked at, or a clause that says nothing else."""

    shape = msg("20 min")
    kinds = frozenset({Kind.DURATION})
    prompt = msg("How long did it take?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> timedelta | None:
        clauses = _clauses(reading.text)
        for span in reading.free(Kind.DURATION):
            if _stands_in_a_clause_of_its_own(reading.text, clauses, span):
                reading.claim(span.start, span.end)
                return cast("timedelta", span.value)
        return None

    def dump(self, value: timedelta) -> int:
        return int(value.total_seconds())

    async def load(self, ctx: Context, stored: int) -> timedelta:
        return timedelta(seconds=stored)


def _clauses(text: str) -> list[tuple[int, int]]:
    """Start and end of what stands between separators, in order."""
    separators = [match.span() for match in lines.SEPARATOR.finditer(text)]
    starts, ends = [end for _, end in separators], [start for start, _ in separators]
    return list(zip([0, *starts], [*ends, len(text)], strict=True))


def _stands_in_a_clause_of_its_own(text: str, clauses: Sequence[tuple[int, int]], span: Span) -> bool:
    """Whether it says something about the whole line: in its first clause, or with no other word."""
    index = bisect_right(clauses, span.start, key=itemgetter(0)) - 1
    start, end = clauses[index]
    return index == 0 or not (text[start : span.start] + text[span.end : end]).strip()


class WhenArgument(Argument[when.When]):
    """A date, a time, or both."""

    shape = msg("when")
    kinds = frozenset({Kind.WHEN})
    prompt = msg("When?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> when.When | None:
        span = reading.take(Kind.WHEN)
        if span is None:
            return None
        chosen = _checked_when(ctx, span.value, reading.text[span.start : span.end])
        # A day and an hour that stand apart are two spans of one moment: neither belongs to the note.
        for other in list(reading.free(Kind.WHEN)):
            if other.value.when == chosen:
                reading.claim(other.start, other.end)
        return chosen

    def dump(self, value: when.When) -> str:
        return when.dump(value)

    async def load(self, ctx: Context, stored: str) -> when.When:
        return when.load(stored)

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        likely = [ctx.upcoming(words) for words in _LIKELY_TIMES]
        return [Choice(ctx.instant(moment.instant), self.dump(moment)) for moment in likely]


# What a rep picks most: read by our own grammar, so that non-working days are passed over.
_LIKELY_TIMES = ("tomorrow 9am", "in 3 days", "next monday 9am")


def _checked_when(ctx: Context, span: when.Span, typed: str) -> when.When:
    if span.when is None:
        raise Misread(ctx.text("“{text}” is not a date I can find in a calendar.", text=typed.strip()))
    return span.when


class OtherReadingArgument(WhenArgument):
    """The other order of day and month, where 3/4 was typed and both exist."""

    shape = ""

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> when.When | None:
        spans = (span.value for span in reading.spans if span.kind is Kind.WHEN)
        return next((span.swapped for span in spans if span.swapped is not None), None)


class UntilArgument(WhenArgument):
    """When to remind again: a date, a time, or a while from now (``2h``)."""

    kinds = frozenset({Kind.WHEN, Kind.DURATION})

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> when.When | None:
        span = reading.take(Kind.DURATION)
        if span is not None:
            return when.at(ctx.said_at + span.value, ctx.zone)
        return await super().take(ctx, reading, bound)

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        whiles = [
            Choice(ctx.locale.duration(length), self.dump(when.at(ctx.said_at + length, ctx.zone)))
            for length in _SNOOZES
        ]
        return [*whiles, *(await super().choices(ctx, bound))[::2]]


# The usual snoozes; tomorrow 9:00 and next Monday 9:00 follow them.
_SNOOZES = (timedelta(minutes=20), timedelta(hours=1), timedelta(hours=3))


class CloseArgument(WhenArgument):
    """An expected close: behind ``close``, or the only date of the line."""

    shape = msg("close date")
    kinds = frozenset({Kind.CLOSE, Kind.WHEN})

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> when.When | None:
        span = reading.take(Kind.CLOSE)
        if span is not None:
            return _checked_when(ctx, span.value, reading.text[span.start : span.end])
        return await super().take(ctx, reading, bound)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What to do next, and when. ``text`` is empty where only a time was given."""

    text: str
    at: when.When


class FollowUpArgument(Argument[FollowUp]):
    """A clause such as ``, next demo Thu 10am`` or ``relance jeudi 10h``."""

    shape = msg("next … when")
    kinds = frozenset({Kind.FOLLOW})

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> FollowUp | None:
        span = reading.take(Kind.FOLLOW)
        if span is None:
            return None
        text, found = span.value
        return FollowUp(text, _checked_when(ctx, found, reading.text[span.start : span.end]))

    def dump(self, value: FollowUp) -> list[str]:
        return [value.text, when.dump(value.at)]

    async def load(self, ctx: Context, stored: list[str]) -> FollowUp:
        return FollowUp(stored[0], when.load(stored[1]))


class MoneyArgument(Argument[Money]):
    """An amount; without a currency it is the workspace's. ``bare``: any number is one."""

    shape = msg("amount")
    kinds = frozenset({Kind.MONEY})
    prompt = msg("How much?")

    def __init__(self, *, bare: bool = False) -> None:
        self.bare = bare

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Money | None:
        span = reading.take(Kind.MONEY)
        if span is None and self.bare:
            span = next(lines.amounts(reading.rest(), ctx.speaker, bare=True), None)
            if span is not None:
                start = reading.text.rindex(reading.rest()[span.start : span.end])
                reading.claim(start, start + span.end - span.start)
        return None if span is None else _money(ctx, span.value)

    async def answer(self, ctx: Context, text: str, bound: Bound) -> Money | None:
        span = next(lines.amounts(text, ctx.speaker, bare=True), None)
        return None if span is None else _money(ctx, span.value)

    def dump(self, value: Money) -> list[str]:
        return [str(value.amount), value.currency]

    async def load(self, ctx: Context, stored: list[str]) -> Money:
        return Money(Decimal(stored[0]), stored[1])


def _money(ctx: Context, amount: lines.Amount) -> Money:
    money = Money(amount.number, amount.currency or ctx.member.workspace.currency)
    money.minor()  # raises InvalidValue where no column could hold it
    return money


class StageArgument(Argument[Stage]):
    """A stage of the deal's pipeline, behind ``>`` or ``to``, or as the line's other words."""

    shape = msg("stage")
    kinds = frozenset({Kind.STAGE, Kind.MONEY})
    prompt = msg("Which stage?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Stage | None:
        span = reading.take(Kind.STAGE)
        if span is not None:
            return await self.answer(ctx, span.value, bound) if span.value else None
        start, end = reading.head()
        stretch = reading.text[start:end]
        joint = _to_joint(stretch)
        name = stretch[joint.end() :] if joint else stretch
        if not name.strip():
            return None
        reading.claim(start, end)
        return await self.answer(ctx, name, bound)

    async def answer(self, ctx: Context, text: str, bound: Bound) -> Stage | None:
        stages = await self._stages(ctx, bound)
        name = search.fold(tidy(text))
        scored = sorted(
            ((_stage_score(stage, name), -stage.position, stage) for stage in stages),
            reverse=True,
            key=lambda row: row[:2],
        )
        near = [stage for score, _, stage in scored if score >= _NEAR_STAGE]
        if not near:
            raise NotFound("stage", tidy(text))
        if len(near) > 1 and scored[1][0] == scored[0][0]:
            raise Ambiguous("stage", tidy(text), near[:MOST_CHOICES])
        return near[0]

    async def _stages(self, ctx: Context, bound: Bound) -> list[Stage]:
        deal = bound.get("deal")
        rows = Stage.filter(pipeline__workspace_id=ctx.member.workspace_id).order_by(
            "pipeline_id", "position"
        )
        if isinstance(deal, Deal):
            current = await Stage.get(id=deal.stage_id)
            rows = rows.filter(pipeline_id=current.pipeline_id)
        return await rows

    def dump(self, value: Stage) -> int:
        return int(value.id)

    async def load(self, ctx: Context, stored: int) -> Stage:
        return await Stage.get(id=stored, pipeline__workspace_id=ctx.member.workspace_id)

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        deal = bound.get("deal")
        current = deal.stage_id if isinstance(deal, Deal) else None
        stages = [stage for stage in await self._stages(ctx, bound) if stage.id != current]
        return [Choice(stage_name(ctx, stage), stage.id) for stage in stages[:MOST_CHOICES]]


# rapidfuzz's ratio, 0 to 100: one slip in a short stage name stays above it.
_NEAR_STAGE = 85


def _to_joint(text: str) -> re.Match[str] | None:
    words = sorted(
        {search.fold(word) for language in languages() for word in language.to}, key=len, reverse=True
    )
    return re.match(rf"(?:{'|'.join(map(re.escape, words))})\s+", flat(text))


def _stage_score(stage: Stage, typed: str) -> float:
    """How well what was typed names the stage in any language: 100 for its name, 99 for its beginning."""
    names = {search.fold(stage.name)}
    for language in languages():
        names |= {search.fold(name) for name in language.stages.get(stage.name, ())}
    if typed in names:
        return 100
    if len(typed) >= 3 and any(name.startswith(typed) for name in names):
        return 99
    return max(fuzz.ratio(typed, name) for name in names) - 1


def stage_name(ctx: Context, stage: Stage) -> str:
    """A stage's name for this member: the default pipeline's own are known in each language."""
    own = next(language for language in languages() if language.tag == ctx.locale.language)
    return own.stages[stage.name][0].capitalize() if stage.name in own.stages else stage.name


class ReminderArgument(Argument[Reminder]):
    """A reminder: line 3 of the last list, ``R-5``, words of it, or the one last shown."""

    shape = msg("number")
    kinds = frozenset({Kind.ID})
    prompt = msg("Which follow-up?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Reminder | None:
        span = next((span for span in reading.free(Kind.ID) if span.value[0] == Reminder.LETTER), None)
        if span is not None:
            reading.claim(span.start, span.end)
            return await Reminder.by_number(ctx.member, int(span.value[2:]))
        other = reading.take(Kind.ID)
        if other is not None:
            raise NotFound(Reminder.KIND, other.value)
        start, end = reading.head()
        typed = reading.text[start:end].strip()
        reading.claim(start, end)
        if not typed:
            return await self._last_shown(ctx)
        return await self._line(ctx, int(typed)) if _is_line(typed) else await self._named(ctx, typed)

    async def _line(self, ctx: Context, number: int) -> Reminder:
        listed = ctx.memory.listed
        if not 1 <= number <= len(listed) or listed[number - 1][0] != Reminder.LETTER:
            raise Misread(ctx.text("There is no line {n} in the last list. Try: today", n=number))
        return await Reminder.by_number(ctx.member, int(listed[number - 1][2:]))

    async def _named(self, ctx: Context, typed: str) -> Reminder:
        wanted = search.words(typed)
        mine = await self._open(ctx)
        found = [reminder for reminder in mine if set(wanted) <= set(search.words(reminder.text))]
        return cast("Reminder", _only(found[:MOST_CHOICES], "reminder", typed))

    async def _last_shown(self, ctx: Context) -> Reminder | None:
        for ref in ctx.memory.shown:
            if ref[0] == Reminder.LETTER:
                return await Reminder.by_number(ctx.member, int(ref[2:]))
        mine = await self._open(ctx)
        return mine[0] if len(mine) == 1 else None

    async def _open(self, ctx: Context) -> list[Reminder]:
        rows = Reminder.visible_to(ctx.member).filter(member_id=ctx.member.id, state=ReminderState.OPEN)
        return await rows.order_by("due_at", "id")

    def dump(self, value: Reminder) -> str:
        return value.reference

    async def load(self, ctx: Context, stored: str) -> Reminder:
        return await Reminder.by_number(ctx.member, int(stored[2:]))

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        return [
            Choice(reminder.text, reminder.reference) for reminder in (await self._open(ctx))[:MOST_CHOICES]
        ]


def _is_line(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) <= len(str(HIGHEST_BUTTON)) + 1


class WordArgument(Argument[str]):
    """The first word: a code, a verb."""

    shape = msg("word")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        word = reading.rest().split(maxsplit=1)
        return word[0] if word else None

    def dump(self, value: str) -> str:
        return value

    async def load(self, ctx: Context, stored: str) -> str:
        return stored


class VerbArgument(WordArgument):
    """A verb, which may be of two words: contact new."""

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        return reading.rest() or None


class LineArgument(RestArgument):
    """A whole line, to be answered in its turn."""

    prompt = msg("How should it read? Send the whole line again; it replaces what was written.")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        return reading.text.strip() or None


class SomeoneArgument(RecordArgument):
    """A contact that the line's words name in passing: found, and left in the text."""

    def __init__(self) -> None:
        super().__init__(Contact, prompt=msg("Who is it about?"))

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Record | None:
        for span in reading.free(Kind.ID):
            if span.value[0] == Contact.LETTER:
                return await Contact.by_number(ctx.member, int(span.value[2:]))
        text = " ".join(reading.text[start:end] for start, end in reading.stretches())
        query = [search.Word(word.text, False) for _, word in _query(text)]
        best, used = list[Record](), 0
        for first in range(min(len(query), search.MOST_WORDS)):
            rows = Contact.visible_to(ctx.member)
            found, count = await search.leading(rows, query[first:], ctx.member, vocabulary=None)
            if count > used:
                best, used = list(found), count
        return self._the_one(best, bound.get("deal"))

    @staticmethod
    def _the_one(found: Sequence[Record], deal: Deal | None) -> Record | None:
        """Nobody where several fit: the words stay in the text, nothing is picked in silence."""
        if len(found) > 1 and deal is not None and deal.company_id is not None:
            found = [record for record in found if getattr(record, "company_id", None) == deal.company_id]
        return found[0] if len(found) == 1 else None


class HiddenArgument(Argument[str]):
    """What only a button knows; nobody types it."""

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        return None

    def dump(self, value: str) -> str:
        return value

    async def load(self, ctx: Context, stored: str) -> str:
        return str(stored)


AnyContact = Annotated[Contact, RecordArgument(Contact, prompt=msg("Who is it about?"), shape=msg("who"))]
AnyDeal = Annotated[Deal, RecordArgument(Deal, prompt=msg("Which deal?"), shape=msg("deal"))]
OpenDeal = Annotated[Deal, RecordArgument(Deal, prompt=msg("Which deal?"), shape=msg("deal"), open_only=True)]
NamedDeal = Annotated[
    Deal, RecordArgument(Deal, prompt=msg("Which deal?"), shape=msg("#deal"), open_only=True, slug=True)
]
AnyRecord = Annotated[
    Record,
    RecordArgument(Contact, Company, Deal, Lead, prompt=msg("What is it about?"), shape=msg("who or what")),
]
AnyCompany = Annotated[Company | NewCompany, CompanyArgument()]
AnyReminder = Annotated[Reminder, ReminderArgument()]
Name = Annotated[str, NameArgument()]
Rest = Annotated[str, RestArgument()]
Emails = Annotated[list[str], EmailsArgument()]
Phones = Annotated[list[str], PhonesArgument()]
Duration = Annotated[timedelta, DurationArgument()]
When = Annotated[when.When, WhenArgument()]
OtherReading = Annotated[when.When, OtherReadingArgument()]
Until = Annotated[when.When, UntilArgument()]
Close = Annotated[when.When, CloseArgument()]
Next = Annotated[FollowUp, FollowUpArgument()]
AnAmount = Annotated[Money, MoneyArgument()]
AnyNumber = Annotated[Money, MoneyArgument(bare=True)]
AStage = Annotated[Stage, StageArgument()]
Line = Annotated[str, LineArgument()]
Someone = Annotated[Contact, SomeoneArgument()]
Word = Annotated[str, WordArgument()]
Verb = Annotated[str, VerbArgument()]
Hidden = Annotated[str, HiddenArgument()]
