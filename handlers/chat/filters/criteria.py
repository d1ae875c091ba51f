"""Criteria: what a filter may ask for, each with the words that ask for it.

A matcher looks at one place of the text and returns a criterion and where it ends, or None. The matchers
of a kind of record are tried in their order; adding one is all that a new criterion takes.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from rapidfuzz import fuzz
from tortoise.expressions import Q, Subquery

from handlers.chat import reading as lines
from handlers.chat.arguments import stage_name
from handlers.chat.filters import periods
from handlers.chat.filters.scan import Bias, Criterion, Scan, phrases
from handlers.chat.i18n import msg
from handlers.chat.language import languages
from handlers.chat.options import names_of, option_name
from models import filters, search
from models.activity import Activity, ActivityKind, ActivityStatus
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Stage, StageKind
from models.lead import Lead, LeadStatus
from models.record import Record
from models.search import fold

Found = tuple[Criterion, int] | None
Matcher = Callable[[Scan, int], Awaitable[Found]]

# Words of a name or a city that are looked up.
_MOST_WORDS = 4
# rapidfuzz's ratio, 0 to 100: one slip in a stage's name stays above it.
_NEAR_STAGE = 85

_TAG = re.compile(r"#([^\W_](?:[\w.&+-]*\w)?)")


async def tag(scan: Scan, at: int) -> Found:
    """``#vip``."""
    match = _TAG.match(scan.text, at)
    if match is None:
        return None
    return Criterion(filters.tagged(scan.model, scan.ctx.member, match[1]), f"#{match[1]}"), match.end()


_SIGNS: Mapping[str, tuple[str, filters.Than]] = {
    ">=": ("≥", "gte"),
    "=>": ("≥", "gte"),
    "≥": ("≥", "gte"),
    "<=": ("≤", "lte"),
    "=<": ("≤", "lte"),
    "≤": ("≤", "lte"),
    ">": (">", "gt"),
    "<": ("<", "lt"),
}
_SIGN = re.compile(r">=|=>|≥|<=|=<|≤|>|<")
_THAN = {"at_least": ">=", "at_most": "<=", "over": ">", "under": "<"}


async def amount(scan: Scan, at: int) -> Found:
    """``> 10k``, ``moins de 5 000 €``; without a currency: so many of the record's own."""
    sign = _SIGN.match(scan.text, at)
    ends = ((key, scan.phrase(name, at)) for name, key in _THAN.items())
    named = next(((key, end) for key, end in ends if end is not None), None)
    key, end = (sign.group(), sign.end()) if sign else named or ("", 0)
    if not key:
        return None
    start = scan.skip(end)
    span = next(lines.amounts(scan.text[start:], scan.ctx.speaker, bare=True), None)
    if span is None or span.start != 0:
        return None
    shown, than = _SIGNS[key]
    number, currency = span.value.number, span.value.currency
    condition = filters.worth(than, number, currency)
    locale = scan.ctx.locale
    money = locale.money(number, currency) if currency else locale.number(number)
    return Criterion(condition, f"{shown} {money}"), start + span.end


async def without_step(scan: Scan, at: int) -> Found:
    """``without next step``: nothing is to come."""
    end = _joined(scan, at, "none", "step")
    if end is None:
        return None
    condition = filters.without_step(scan.ctx.member, scan.ctx.now)
    return Criterion(condition, scan.ctx.text("without next step")), end


async def lacking(scan: Scan, at: int) -> Found:
    """``without amount``, ``sans société``, of what this kind of record may have."""
    end = scan.phrase("none", at)
    if end is None:
        return None
    start = scan.skip(end)
    for lack in filters.LACKS[scan.model]:
        match = phrases(_many("lacking", lack.value)).match(scan.folded, start)
        # With a length behind it, contact is a touch.
        if match is None or periods.length(scan, scan.past("lasting", scan.skip(match.end()))) is not None:
            continue
        condition = filters.lacking(scan.model, scan.ctx.member, lack)
        return Criterion(condition, scan.ctx.text(_LACKS[lack])), match.end()
    return None


_LACKS: Mapping[filters.Lack, str] = {
    filters.Lack.CONTACT: msg("without contact"),
    filters.Lack.AMOUNT: msg("without amount"),
    filters.Lack.CLOSE: msg("without close date"),
    filters.Lack.COMPANY: msg("without company"),
    filters.Lack.OWNER: msg("without owner"),
    filters.Lack.EMAIL: msg("without e-mail"),
    filters.Lack.PHONE: msg("without phone"),
    filters.Lack.TAG: msg("without tag"),
}


async def untouched(scan: Scan, at: int) -> Found:
    """``without activity 14d``, ``sans activité depuis 2 semaines``, ``idle for 30 days``."""
    end = _joined(scan, at, "none", "touch") or scan.phrase("idle", at)
    if end is None:
        return None
    start = scan.past("lasting", scan.skip(end))
    long = periods.length(scan, start)
    member = scan.ctx.member
    if long is None and scan.model is Deal and scan.phrase("idle", at) is not None:
        condition = await filters.stale(member, scan.ctx.now)
        return Criterion(condition, scan.ctx.text("stale"), state=True), end
    if long is None:
        return Criterion(filters.untouched(scan.model, member), scan.ctx.text("without activity")), end
    since = scan.ctx.now - timedelta(days=long[0])
    words = scan.ctx.locale.plural("without activity for {n} day", "without activity for {n} days", long[0])
    return Criterion(filters.untouched(scan.model, member, since), words), long[1]


def _joined(scan: Scan, at: int, first: str, second: str) -> int | None:
    end = scan.phrase(first, at)
    return None if end is None else scan.phrase(second, scan.skip(end))


async def closing(scan: Scan, at: int) -> Found:
    """``closing this month``, ``clôture avant le 30/11``: the expected close."""
    return _dated(scan, at, "closing", "plan", _closing)


def _dated(
    scan: Scan, at: int, word: str, bias: Bias, made: Callable[[Scan, periods.Period], Criterion]
) -> Found:
    """One of the words of that name, with the time that it says something of."""
    end = scan.phrase(word, at)
    found = None if end is None else periods.period(scan, scan.skip(end), bias, led=True)
    return None if found is None else (made(scan, found[0]), found[1])


def _closing(scan: Scan, period: periods.Period) -> Criterion:
    shown = scan.ctx.text("closing {period}", period=period.shown(scan.ctx))
    return Criterion(period.of_dates("expected_close"), shown)


async def created(scan: Scan, at: int) -> Found:
    """``created last week``."""
    return _dated(scan, at, "created", "log", _created)


def _created(scan: Scan, period: periods.Period) -> Criterion:
    shown = scan.ctx.text("created {period}", period=period.shown(scan.ctx))
    return Criterion(period.of_moments(scan.ctx, "created_at"), shown)


async def any_time(scan: Scan, at: int) -> Found:
    """A period with no word that says of what: of the close, the creation, or when it happened."""
    bias: Bias = "plan" if scan.model is Deal and not scan.closed else "log"
    found = periods.period(scan, at, bias)
    if found is None:
        return None
    period, end = found
    if scan.model is Activity:
        return Criterion(period.of_moments(scan.ctx, "at"), period.shown(scan.ctx)), end
    if scan.model is not Deal:
        return _created(scan, period), end
    if not scan.closed:
        return _closing(scan, period), end
    shown = scan.ctx.text("closed {period}", period=period.shown(scan.ctx))
    return Criterion(period.of_moments(scan.ctx, "closed_at"), shown), end


async def late(scan: Scan, at: int) -> Found:
    """``overdue``: open, and the expected close is over."""
    end = scan.phrase("closing", at)
    end = scan.phrase("late", at if end is None else scan.skip(end))
    if end is None:
        return None
    condition = _in_state(scan, StageKind.OPEN) & Q(expected_close__lt=scan.today)
    return Criterion(condition, scan.ctx.text("past their expected close"), state=True), end


def _in_state(scan: Scan, *kinds: StageKind) -> Q:
    return Q(stage_id__in=[stage.id for stage in scan.stages if stage.kind in kinds])


_STATES: Mapping[str, tuple[str, tuple[StageKind, ...]]] = {
    "every": (msg("open or closed"), tuple(StageKind)),
    "won": (msg("won"), (StageKind.WON,)),
    "lost": (msg("lost"), (StageKind.LOST,)),
    "closed": (msg("won or lost"), (StageKind.WON, StageKind.LOST)),
    "open": (msg("open"), (StageKind.OPEN,)),
}


async def state(scan: Scan, at: int) -> Found:
    """``won``, ``lost``, ``closed``, ``open``, ``all``."""
    for name, (words, kinds) in _STATES.items():
        end = scan.phrase(name, at)
        if end is not None:
            return Criterion(_in_state(scan, *kinds), scan.ctx.text(words), state=True), end
    return None


def open_state(scan: Scan) -> Criterion:
    """What deals are meant where nothing says it."""
    return Criterion(_in_state(scan, StageKind.OPEN), scan.ctx.text("open"), state=True)


async def stage(scan: Scan, at: int) -> Found:
    """``in negotiation``, ``en négociation``, ``proposal``: that stage of any pipeline."""
    start = scan.past("stage", at)
    named: dict[str, list[Stage]] = {}
    for each in scan.stages:
        for name in _stage_names(each):
            named.setdefault(name, []).append(each)
    found = scan.word(named, at) or scan.word(named, start)
    found = found or (_near(scan, named, start) if start > at else None)
    if found is None:
        return None
    chosen = named[found[0]]
    condition = Q(stage_id__in=[each.id for each in chosen])
    shown = scan.ctx.text("in {name}", name=stage_name(scan.ctx, chosen[0]))
    return Criterion(condition, shown, state=True, alternative=True), found[1]


def _stage_names(stage: Stage) -> set[str]:
    names = {fold(name) for language in languages() for name in language.stages.get(stage.name, ())}
    return {fold(stage.name), *names} - {""}


def _near(scan: Scan, named: Mapping[str, Any], at: int) -> tuple[str, int] | None:
    """A name with one slip."""
    word = _WORD.match(scan.folded, at)
    if word is None:
        return None
    near = [name for name in named if len(name) > 4 and fuzz.ratio(name, word.group()) >= _NEAR_STAGE]
    return (near[0], word.end()) if near else None


async def pipeline(scan: Scan, at: int) -> Found:
    """``in Renewals``: the deals of a pipeline."""
    by_name = {fold(each.name): each for each in scan.pipelines}
    found = scan.word(by_name, at) or scan.word(by_name, scan.past("stage", at))
    if found is None:
        return None
    chosen = by_name[found[0]]
    condition = Q(stage_id__in=[each.id for each in scan.stages if each.pipeline_id == chosen.id])
    return Criterion(condition, scan.ctx.text("in {name}", name=chosen.name)), found[1]


async def source(scan: Scan, at: int) -> Found:
    """``from web``, ``via un salon``."""
    match = _source_joint().match(scan.folded, at)
    names = {name: option for option in scan.sources for name in names_of(option.name)}
    found = scan.word(names, scan.skip(match.end())) if match else None
    if found is None:
        return None
    chosen = names[found[0]]
    condition = Q(source__in=sorted({chosen.name, *names_of(chosen.name)}))
    shown = scan.ctx.text("from {name}", name=option_name(scan.ctx, chosen.name))
    return Criterion(condition, shown), found[1]


@cache
def _source_joint() -> re.Pattern[str]:
    return phrases(word for language in languages() for word in language.source)


async def place(scan: Scan, at: int) -> Found:
    """``in Lyon``, ``à Lyon 69003``. A city that nobody is in is one where ``in`` says so."""
    end = scan.phrase("place", at)
    start = at if end is None else scan.skip(end)
    ends = _ends(scan, start)
    for last in reversed(ends):
        found = _placed(scan, start, last)
        rows = scan.model.visible_to(scan.ctx.member)
        if (end is not None or len(ends) == 1) and await rows.filter(found.condition).exists():
            return found, last
    return (_placed(scan, start, ends[-1]), ends[-1]) if end is not None and ends else None


async def place_of_deals(scan: Scan, at: int) -> Found:
    """As :func:`place`, where some deal is there: ``in`` may mean a stage."""
    found = await place(scan, at) if scan.phrase("place", at) is not None else None
    if found is None or not await Deal.visible_to(scan.ctx.member).filter(found[0].condition).exists():
        return None
    return found


def _placed(scan: Scan, start: int, end: int) -> Criterion:
    words = scan.text[start:end].split()
    codes = [word for word in words if any(char.isdigit() for char in word)]
    city = " ".join(word for word in words if word not in codes)
    condition = filters.placed(scan.model, scan.ctx.member, city=city, postcode="".join(codes))
    return Criterion(condition, scan.ctx.text("in {place}", place=scan.text[start:end]))


_WORD = re.compile(r"[^\W_][\w.'’&/-]*")


def _ends(scan: Scan, at: int) -> list[int]:
    """Where each of the next words ends, up to a separator or to a word that means something else."""
    found = list[int]()
    while len(found) < _MOST_WORDS and (word := _WORD.match(scan.text, at)):
        if found and any(scan.phrase(name, at) is not None for name in _BORDERS):
            break
        found.append(word.end())
        at = word.end()
        while at < len(scan.text) and scan.text[at] == " ":
            at += 1
    return found


_BORDERS = ("none", "idle", "created", "closing", "over", "under", "at_least", "at_most", "little", "late")

_CODE = re.compile(r"[0-9]{2,10}(?![\w.,€$£%])")


async def postcode(scan: Scan, at: int) -> Found:
    """``69003``, or how it begins."""
    match = _CODE.match(scan.text, at)
    if match is None:
        return None
    condition = filters.placed(scan.model, scan.ctx.member, postcode=match.group())
    return Criterion(condition, scan.ctx.text("postcode {code}", code=match.group())), match.end()


async def lead_status(scan: Scan, at: int) -> Found:
    """``new``, ``in progress``, ``converted``, ``lost``."""
    for status, words in _LEAD_STATUSES.items():
        end = phrases(_many("statuses", status.value)).match(scan.folded, at)
        if end:
            return Criterion(Q(status=status), scan.ctx.text(words), state=True), end.end()
    return None


_LEAD_STATUSES: Mapping[LeadStatus, str] = {
    LeadStatus.NEW: msg("new"),
    LeadStatus.WORKING: msg("in progress"),
    LeadStatus.CONVERTED: msg("converted"),
    LeadStatus.LOST: msg("lost"),
}


async def activity_kind(scan: Scan, at: int) -> Found:
    """``calls``, ``rdv``."""
    for kind, words in _ACTIVITY_KINDS.items():
        match = phrases(_many("kinds", kind.value)).match(scan.folded, at)
        if match:
            return Criterion(Q(kind=kind), scan.ctx.text(words)), match.end()
    return None


_ACTIVITY_KINDS: Mapping[ActivityKind, str] = {
    ActivityKind.CALL: msg("calls"),
    ActivityKind.MEETING: msg("meetings"),
    ActivityKind.EMAIL: msg("e-mails"),
    ActivityKind.NOTE: msg("notes"),
    ActivityKind.TASK: msg("tasks"),
}


def _many(table: str, key: str) -> tuple[str, ...]:
    return tuple(word for language in languages() for word in getattr(language.filters, table)[key])


async def planned(scan: Scan, at: int) -> Found:
    """``planned``: still to come."""
    match = _planned().match(scan.folded, at)
    if match is None:
        return None
    return Criterion(Q(status=ActivityStatus.PLANNED), scan.ctx.text("planned")), match.end()


@cache
def _planned() -> re.Pattern[str]:
    return phrases(
        word for language in languages() for word in (*language.planned, *map(_several, language.planned))
    )


def _several(word: str) -> str:
    return f"{word}s"


async def called(scan: Scan, text: str) -> Criterion | None:
    """Words that name something: the record itself or its company; of an activity, what it is about.

    None: nothing that the member sees is called so.
    """
    if len(text.split()) > search.MOST_WORDS:
        return None
    member, condition = scan.ctx.member, search.named(scan.model, text, scan.ctx.member)
    models: tuple[type[Record], ...] = (scan.model, Company)
    if scan.model is Activity:
        models, condition = _ABOUT, Q()
        for model in models:
            rows = model.visible_to(member).filter(search.named(model, text, member))
            column: dict[str, Any] = {f"{model.KIND}_id__in": Subquery(rows.values("id"))}
            condition |= Q(**column)
    for model in models:
        if await model.visible_to(member).filter(search.named(model, text, member)).exists():
            return Criterion(condition, scan.ctx.text("“{text}”", text=text))
    return None


# What an activity may be about.
_ABOUT: tuple[type[Record], ...] = (Contact, Company, Deal, Lead)


MATCHERS: Mapping[type[Record], Sequence[Matcher]] = {
    Deal: (
        tag, without_step, lacking, untouched, late, closing, created, amount, state, stage, pipeline, source,
        place_of_deals, any_time,
    ),
    Contact: (tag, lacking, untouched, created, any_time, place, postcode),
    Company: (tag, lacking, untouched, created, any_time, place, postcode),
    Lead: (lacking, untouched, created, amount, lead_status, source, any_time),
    Activity: (activity_kind, planned, any_time),
}  # fmt: skip
