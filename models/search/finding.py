"""Finding: which records have the words of a query, best first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
    rows: QuerySet[R], query: Sequence[Word], member: Member, *, vocabulary: Vocabulary | None
) -> tuple[list[R], int]:
    """The records named by the first words of a query, and how many words that took.

    Words are added while some record has them all: of "jane about pilot" only "jane" is the name.
    ``rows`` come from a ``visible_to(member)``. Where the first word names nobody it may be misspelt.
    """
    query = query[:MOST_WORDS]
    rows, best, used = await _first_two(rows, query, member)
    alone = len(query) > 1 and not best
    for count, word in enumerate(query[used:], start=used + 1):
        narrowed = rows.filter(_have(rows.model, [word], member))
        found = await _latest(narrowed)
        if not found and not best and vocabulary is not None:
            alone = False
            narrowed, found = await _misspelt(rows, word, member, vocabulary)
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
    rows: QuerySet[R], word: Word, member: Member, vocabulary: Vocabulary
) -> tuple[QuerySet[R], list[R]]:
    """The records that have a word near this one, of one slip if there are any."""
    for two in (False, True):
        if near := await _near(rows.model, word.text, member, vocabulary, two=two):
            narrowed = rows.filter(_have(rows.model, near, member))
            if found := await _latest(narrowed):
                return narrowed, found
    return rows, []


async def _near(
    model: type[Record], word: str, member: Member, vocabulary: Vocabulary, *, two: bool
) -> list[Word]:
    if two:
        known = await vocabulary.further(member.workspace_id, word)
    else:
        kinds = (model.KIND, by_company(model.KIND))
        known = await vocabulary.nearest(member.workspace_id, word, kinds)
    return [Word(other, begins=False) for other in known]


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
) -> list[R]:
    """The visible records that have every word of ``text``, best first.

    Without a hit each word may be misspelt, if a ``vocabulary`` is given. ``loosely``: initials and pieces
    of phone numbers count as words. ``within`` narrows ``model.visible_to(member)`` (only open deals,
    say) and must have been made from it.
    """
    rows = within if within is not None else model.visible_to(member)
    wanted = folding.typed(text)[:MOST_WORDS]
    for asked in _readings(text, wanted, loosely=loosely):
        if found := await _having(rows, asked, member, limit):
            return rank(found, wanted, member)[:limit]
    for two in (False, True):
        if vocabulary is None or not wanted:
            break
        near = [await _near(model, word, member, vocabulary, two=two) for word in wanted]
        asked = [[Word(word), *others] for word, others in zip(wanted, near, strict=True)]
        if any(near) and (found := await _having(rows, asked, member, limit)):
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
    found = {record.id: record for record in await _latest(exactly, limit)}
    if "owner_id" in rows.model._meta.fields_map:
        for some in (exactly, fitting):
            found |= {record.id: record for record in await _latest(some.filter(owner_id=member.id), limit)}
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
    if member.sees_everything:
        return Q(id__in=Subquery(_holders(own, (own, company), choices, member)))
    itself = Q(id__in=Subquery(_holders(own, (own,), choices, member)))
    if all(word.fragment for word in choices):
        return itself
    through = Q(id__in=Subquery(_holders(own, (company,), choices, member)))
    return itself | (through & member.owned("company__owner"))


def _holders(own: str, kinds: Sequence[str], choices: Sequence[Word], member: Member) -> QuerySet[Token]:
    condition = Q()
    for word in choices:
        if not word.fragment:
            condition |= Q(_token(word), kind__in=kinds)
        elif own in kinds:
            condition |= Q(_token(word), kind=fragments(own))
    rows = Token.filter(condition, workspace_id=member.workspace_id)
    return rows.values("record_id")  # type: ignore[return-value] # a query of one column


def _token(word: Word) -> Q:
    text = word.text[:LONGEST_TOKEN]
    if word.begins and len(text) < LONGEST_TOKEN:
        # A range instead of LIKE: SQLite uses its index for the former only.
        return Q(token__gte=text, token__lt=f"{text}\U0010ffff")
    return Q(token=text)


def beginning(model: type[R], word: str, member: Member) -> Q:
    """The condition that a visible record has a word that begins so, its company's words among them."""
    return _have(model, [Word(word)], member)
