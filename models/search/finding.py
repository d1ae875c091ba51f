"""Finding: which records have the words of a query, best first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from models.search import folding
from models.search.folding import LONGEST_TOKEN
from models.search.token import Token, by_company, fragments
from models.search.vocabulary import Vocabulary

if TYPE_CHECKING:
    from models.member import Member
    from models.record import Record

R = TypeVar("R", bound="Record")

# Words of one query that are looked up; more only narrow what is narrow already.
MOST_WORDS = 8
# Candidates looked at; a question shows five of them.
MOST_FOUND = 20
# Letters that initials are typed with.
_INITIALS = re.compile(r"[^\W\d_]{2,5}|[^\W\d_](?:\.[^\W\d_]){1,4}")


@dataclass(frozen=True, slots=True)
class Word:
    """One folded word of a query; ``begins``: it may be the beginning of a longer one.

    ``fragment``: it is no word but initials or a piece of a number.
    """

    text: str
    begins: bool = True
    fragment: bool = False


# For each word of a query, what may stand for it.
Asked = Sequence[Sequence[Word]]


async def leading(
    rows: QuerySet[R],
    query: Sequence[Word],
    member: Member,
    *,
    vocabulary: Vocabulary | None,
    slips: int | None = None,
    at_least: int = 1,
) -> tuple[list[R], int]:
    """The records named by the first words of a query, and how many words that took.

    Words are added while some record has them all: of "jane about pilot" only "jane" is the name.
    ``rows`` come from a ``visible_to(member)``. Where the first word names nobody it may be misspelt, see
    :func:`find` about ``slips``. Who has fewer than ``at_least`` of the words need not be found.
    """
    query = query[:MOST_WORDS]
    rows, best, used = await _first_two(rows, query, member)
    if at_least > 1 and slips == 0 and not best:
        return [], 0
    alone = len(query) > 1 and not best
    for count, word in enumerate(query[used:], start=used + 1):
        narrowed = rows.filter(_have(rows.model, [word], member))
        found = await _latest(narrowed)
        if not found and not best:
            alone = False
            narrowed, found = await _misspelt(rows, word, member, vocabulary, _tried(slips, vocabulary))
        if not found:
            break
        rows, best, used = narrowed, found, count
        if alone:
            break
    return best, used


async def _first_two(
    rows: QuerySet[R], query: Sequence[Word], member: Member
) -> tuple[QuerySet[R], list[R], int]:
    """The records that have the first two words: most names are two, and the first alone is hundreds'."""
    if len(query) < 2:
        return rows, [], 0
    narrowed = rows.filter(*(_have(rows.model, [word], member) for word in query[:2]))
    found = await _latest(narrowed)
    return (narrowed, found, 2) if found else (rows, [], 0)


async def _misspelt(
    rows: QuerySet[R], word: Word, member: Member, vocabulary: Vocabulary | None, tried: Sequence[int]
) -> tuple[QuerySet[R], list[R]]:
    """The records that have a word near this one, of one slip if there are any."""
    for slips in tried:
        if near := await _near(rows.model, word.text, member, vocabulary, slips):
            narrowed = rows.filter(_have(rows.model, near, member))
            if found := await _latest(narrowed):
                return narrowed, found
    return rows, []


async def _near(
    model: type[Record], word: str, member: Member, vocabulary: Vocabulary | None, slips: int
) -> list[Word]:
    if vocabulary is None or not slips:
        return []
    if slips == 1:
        kinds = (model.KIND, by_company(model.KIND))
        known = await vocabulary.nearest(member.workspace_id, word, kinds)
    else:
        known = await vocabulary.further(member.workspace_id, word)
    return [Word(other, begins=False) for other in known]


def _tried(slips: int | None, vocabulary: Vocabulary | None) -> Sequence[int]:
    if vocabulary is None:
        return () if slips else (0,)
    return (0, 1, 2) if slips is None else (slips,)


async def _latest(rows: QuerySet[R], limit: int = MOST_FOUND) -> list[R]:
    return await rows.order_by("-updated_at", "-id").limit(limit)


async def find(
    model: type[R],
    member: Member,
    text: str,
    *,
    vocabulary: Vocabulary | None = None,
    limit: int = MOST_FOUND,
    within: QuerySet[R] | None = None,
    loosely: bool = False,
    slips: int | None = None,
) -> list[R]:
    """The visible records that have every word of ``text``, best first.

    Without a hit each word may be misspelt, if a ``vocabulary`` is given: by one slip, else by two. Who
    looks in several kinds of records asks for one number of ``slips`` (0, 1, 2) after the other, so that
    a near one of one kind does not stand beside the very one of another. ``loosely``: initials and pieces
    of phone numbers count as words. ``within`` narrows ``model.visible_to(member)`` (only open deals, say)
    and must have been made from it.
    """
    rows = within if within is not None else model.visible_to(member)
    wanted = folding.typed(text)[:MOST_WORDS]
    for number in _tried(slips, vocabulary):
        if number:
            near = [await _near(model, word, member, vocabulary, number) for word in wanted]
            asked = [[Word(word), *others] for word, others in zip(wanted, near, strict=True)]
            readings: Iterable[Asked] = [asked] if any(near) else []
        else:
            readings = _readings(text, wanted, loosely=loosely)
        for reading in readings:
            if found := await _having(rows, reading, member, limit):
                return rank(found, wanted, member)[:limit]
    return []


def _readings(text: str, wanted: Sequence[str], *, loosely: bool) -> Iterator[Asked]:
    """What a query may mean, the likeliest first."""
    if not wanted:
        return
    plain = [[Word(word[:LONGEST_TOKEN])] for word in wanted]
    number = _with_numbers(text) if loosely else None
    if number is not None and all(word.isdigit() for word in wanted):
        yield number
    if loosely and len(wanted) == 1 and _INITIALS.fullmatch(wanted[0]):
        initials = Word(wanted[0].replace(".", ""), begins=False, fragment=True)
        plain = [[*plain[0], initials]]
    yield plain
    if number is not None:
        yield number
    pieces = folding.parts(text)[:MOST_WORDS]
    if pieces != list(wanted):
        yield [[Word(piece[:LONGEST_TOKEN])] for piece in pieces]


def _with_numbers(text: str) -> Asked | None:
    """The query with each run of digits as a piece of one phone number; None where it has none."""
    runs = folding.numbers(text)
    if not runs:
        return None
    asked = list[Sequence[Word]]()
    for run, digits in runs:
        text = text.replace(run, " ", 1)
        pieces = [Word(piece, fragment=True) for piece in folding.dialled(digits)]
        asked.append([Word(digits.removeprefix("00")), *pieces])
    others = [[Word(word[:LONGEST_TOKEN])] for word in folding.typed(text)]
    return [*others, *asked][:MOST_WORDS]


def rank(records: Sequence[R], wanted: Sequence[str], member: Member) -> list[R]:
    """Whole words before beginnings, then the member's own, then the most recently touched."""

    def score(record: R) -> tuple[int, int, bool, float, int]:
        whole, begun = folding.shared(wanted, folding.words(record.title))
        mine = getattr(record, "owner_id", None) == member.id
        return (-whole, -begun, not mine, -record.updated_at.timestamp(), -record.id)

    return sorted(records, key=score)


async def _having(rows: QuerySet[R], asked: Asked, member: Member, limit: int) -> list[R]:
    """The records that have one of the words for each that was asked, at least ``limit`` where there are.

    Where there are more than that, the best are among them: those with the very words, and one's own.
    """
    fitting = _narrowed(rows, asked, member)
    latest = await _latest(fitting, limit)
    if len(latest) < limit:
        return latest
    exactly = _narrowed(rows, [[replace(word, begins=False) for word in words] for words in asked], member)
    mine = Q(owner_id=member.id) if "owner_id" in rows.model._meta.fields_map else Q()
    found = dict[int, R]()
    for some in (exactly.filter(mine), exactly, fitting.filter(mine)):
        found |= {record.id: record for record in await _latest(some, limit)}
        if len(found) >= limit:
            return list(found.values())
    return [*found.values(), *(record for record in latest if record.id not in found)]


def _narrowed(rows: QuerySet[R], asked: Asked, member: Member) -> QuerySet[R]:
    for choices in asked:
        rows = rows.filter(_have(rows.model, choices, member))
    return rows


def _have(model: type[R], choices: Sequence[Word], member: Member) -> Q:
    """The condition that a record has one of these words, its company's among them where that is seen."""
    own, company = model.KIND, by_company(model.KIND)
    if "company_id" not in model._meta.fields_map:
        return Q(id__in=Subquery(_holders(own, (own,), choices, member)))
    either = Q(id__in=Subquery(_holders(own, (own, company), choices, member)))
    if member.sees_everything:
        return either
    # Said twice: of one OR of two subqueries, PostgreSQL would look at every record.
    itself = Q(id__in=Subquery(_holders(own, (own,), choices, member)))
    return either & (itself | member.owned("company__owner"))


def _holders(own: str, kinds: Sequence[str], choices: Sequence[Word], member: Member) -> QuerySet[Token]:
    words = _tokens([word for word in choices if not word.fragment])
    condition = Q(words, kind__in=kinds) if words else Q()
    pieces = _tokens([word for word in choices if word.fragment])
    if pieces and own in kinds:
        condition |= Q(pieces, kind=fragments(own))
    rows = Token.filter(condition, workspace_id=member.workspace_id)
    return rows.values("record_id")  # type: ignore[return-value] # a query of one column


def _tokens(words: Sequence[Word]) -> Q:
    whole = [word.text[:LONGEST_TOKEN] for word in words if not _begins(word)]
    condition = Q(token__in=whole) if whole else Q()
    for word in filter(_begins, words):
        # A range instead of LIKE: SQLite uses its index for the former only.
        condition |= Q(token__gte=word.text, token__lt=f"{word.text}\U0010ffff")
    return condition


def _begins(word: Word) -> bool:
    return word.begins and len(word.text) < LONGEST_TOKEN


def named(model: type[R], text: str, member: Member) -> Q:
    """The condition that a visible record has every word of ``text``, which may be a beginning.

    Its company's words are among them. No word: none has.
    """
    wanted = folding.typed(text)[:MOST_WORDS]
    condition = Q() if wanted else Q(id=0)
    for word in wanted:
        condition &= _have(model, [Word(word)], member)
    return condition
