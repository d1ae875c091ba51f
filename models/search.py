"""Search: words to records, always inside what the member may see.

Names are folded in Python (case, accents), so that both databases answer alike. A record's words are
rows of :class:`Token`; each word of a query must begin one of them. A word that begins none is
corrected to the nearest ones of the workspace's vocabulary.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from rapidfuzz import process
from rapidfuzz.distance import OSA
from tortoise import fields
from tortoise.expressions import Q, Subquery
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models.fields import personal, public

if TYPE_CHECKING:
    from models.member import Member
    from models.record import Record
    from models.workspace import Workspace

R = TypeVar("R", bound="Record")

# Longer words are cut: a 10 kB "word" must not become an index entry.
LONGEST_TOKEN = 64
# Words of one query that are looked up; more only narrow what is narrow already.
MOST_WORDS = 8
# Vocabulary kept in memory per workspace (200,000 words measured: 9 ms for one misspelt word).
LARGEST_VOCABULARY = 200_000
MOST_CORRECTIONS = 5
# Candidates looked at; a question shows five of them.
MOST_FOUND = 20

_PLAIN = re.compile(r"[^\W_]+")
_WORD = re.compile(r"[^\W_]+(?:[@.+-][^\W_]+)*")
# Letters that NFKD does not take apart.
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ß": "ss"})


class Token(Model):
    """One folded word of one record. ``kind`` and ``record_id`` name the record.

    The words of its company have a kind of their own, see :func:`by_company`, and so has what filters ask
    for whole, see :func:`facet`.
    """

    id = public(fields.BigIntField(primary_key=True))
    workspace: fields.ForeignKeyRelation[Workspace] = public(
        fields.ForeignKeyField("models.Workspace", related_name=False, on_delete=fields.CASCADE)
    )
    workspace_id: int
    kind = public(fields.CharField(max_length=20))
    token = personal(fields.CharField(max_length=LONGEST_TOKEN))
    record_id = public(fields.BigIntField())

    class Meta:
        table = "token"
        unique_together = (("workspace", "kind", "token", "record_id"),)
        indexes = (("workspace_id", "kind", "record_id"),)


def fold(text: str) -> str:
    """Lower case, without accents, ligatures written out: the same on every database."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    """The folded words of a text, each once, in order. Addresses stay whole and give their parts too."""
    found: dict[str, None] = {}
    for match in _WORD.finditer(fold(text)):
        word = match.group()
        found[word[:LONGEST_TOKEN]] = None
        for part in re.split(r"[@.+-]", word):
            if part:
                found[part[:LONGEST_TOKEN]] = None
    return list(found)


async def index(record: Record, *, new: bool = False) -> None:
    """Renew a record's tokens after its words changed; a ``new`` one has none yet."""
    wanted = {(record.KIND, word) for word in words(await record.search_text())}
    wanted |= {(by_company(record.KIND), word) for word in words(await record.company_text())}
    wanted |= facets_of(record)
    kinds = [record.KIND, by_company(record.KIND), *(facet(record.KIND, name) for name in record.facets())]
    mine = Token.filter(workspace_id=record.workspace_id, kind__in=kinds, record_id=record.id)
    known = set() if new else {(str(kind), str(token)) for kind, token in await _tokens(mine)}
    for kind in {kind for kind, _ in known - wanted}:
        gone = [token for each, token in known - wanted if each == kind]
        await mine.filter(kind=kind, token__in=gone).delete()
    await Token.bulk_create(
        Token(workspace_id=record.workspace_id, kind=kind, token=token, record_id=record.id)
        for kind, token in sorted(wanted - known)
    )


def by_company(kind: str) -> str:
    """The kind of the tokens that a record has of its company: they find it for who sees the company."""
    return f"{kind}@company"


def facet(kind: str, name: str) -> str:
    """The kind of the tokens that are a record's whole tag, city or postcode and no word of a name."""
    return f"{kind}#{name}"


def facets_of(record: Record) -> set[tuple[str, str]]:
    """The kind and the folded text of each of its facets."""
    return {
        (facet(record.KIND, name), whole(name, value))
        for name, values in record.facets().items()
        for value in values
        if whole(name, value)
    }


def whole(name: str, value: str) -> str:
    """A facet's value as it is compared: a city by its words, a postcode by its letters and digits."""
    if name == "tag":
        return fold(value)[:LONGEST_TOKEN]
    return ("" if name == "postcode" else " ").join(_PLAIN.findall(fold(value)))[:LONGEST_TOKEN]


def holding(
    model: type[R], member: Member, name: str, value: str, *, begins: bool = False
) -> QuerySet[Token]:
    """A query of the ids of the records with that facet; ``begins``: its value may be longer."""
    rows = Token.filter(workspace_id=member.workspace_id, kind=facet(model.KIND, name))
    text = whole(name, value)
    rows = rows.filter(token__gte=text, token__lt=f"{text}\U0010ffff") if begins else rows.filter(token=text)
    return rows.values("record_id")  # type: ignore[return-value] # a query of one column


async def _tokens(rows: QuerySet[Token]) -> Iterable[tuple[object, object]]:
    return await rows.values_list("kind", "token")


@dataclass(slots=True)
class Vocabulary:
    """The words of each workspace in memory, for spelling correction; read on as rows are added.

    Words that no record has any more stay: a correction to them just finds nothing.
    """

    words: dict[int, set[str]] = field(default_factory=dict)
    seen: dict[int, int] = field(default_factory=dict)

    async def nearest(self, workspace_id: int, word: str) -> list[str]:
        """Known words within one slip (two from six letters on), nearest first."""
        if len(word) < 3 or word.isdigit():
            return []
        await self._read_on(workspace_id)
        slips = 1 if len(word) < 6 else 2
        near = process.extract(
            word,
            self.words[workspace_id],
            scorer=OSA.distance,
            score_cutoff=slips,
            limit=MOST_CORRECTIONS,
        )
        return [str(known) for known, _, _ in near if known != word]

    async def _read_on(self, workspace_id: int) -> None:
        known = self.words.setdefault(workspace_id, set())
        since = self.seen.get(workspace_id, 0)
        room = LARGEST_VOCABULARY - len(known)
        if room <= 0:
            return
        rows = (
            await Token.filter(workspace_id=workspace_id, id__gt=since)
            .order_by("id")
            .limit(room)
            .values_list("id", "kind", "token")
        )
        named = (str(token) for _, kind, token in rows if "#" not in str(kind))
        known.update(token for token in named if not token.isdigit())
        if rows:
            self.seen[workspace_id] = max(int(str(row_id)) for row_id, _, _ in rows)


@dataclass(frozen=True, slots=True)
class Word:
    """One folded word of a query; ``begins``: it may be the beginning of a longer one."""

    text: str
    begins: bool = True


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
        if not found and not best:
            alone = False
            near = await vocabulary.nearest(member.workspace_id, word.text) if vocabulary else []
            narrowed = rows.filter(_have(rows.model, [Word(other, False) for other in near], member))
            found = await _latest(narrowed) if near else []
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


async def _latest(rows: QuerySet[R]) -> list[R]:
    return await rows.order_by("-updated_at", "-id").limit(MOST_FOUND)


async def find(
    model: type[R],
    member: Member,
    text: str,
    *,
    vocabulary: Vocabulary | None = None,
    limit: int = MOST_FOUND,
    within: QuerySet[R] | None = None,
) -> list[R]:
    """The visible records that have every word of ``text``, best first.

    Without a hit each word may be misspelt, if a ``vocabulary`` is given. ``within`` narrows
    ``model.visible_to(member)`` (only open deals, say) and must have been made from it.
    """
    wanted = _query_words(text)
    rows = within if within is not None else model.visible_to(member)
    if not wanted:
        return []
    found = await _having(rows, [[Word(word)] for word in wanted], member, limit)
    if not found and vocabulary is not None:
        alternatives = [
            [Word(word), *(Word(near, False) for near in await vocabulary.nearest(member.workspace_id, word))]
            for word in wanted
        ]
        found = await _having(rows, alternatives, member, limit)
    return rank(found, wanted, member)


def rank(records: Sequence[R], wanted: Sequence[str], member: Member) -> list[R]:
    """Whole words before beginnings, then the member's own, then the most recently touched."""

    def score(record: R) -> tuple[int, bool, float]:
        whole = set(words(record.title))
        exact = sum(word in whole for word in wanted)
        mine = getattr(record, "owner_id", None) == member.id
        return (-exact, not mine, -record.updated_at.timestamp())

    return sorted(records, key=score)


def named(model: type[R], text: str, member: Member) -> Q:
    """The condition that a record has every word of ``text``, which may be a beginning; no word: none has."""
    wanted = _query_words(text)
    condition = Q() if wanted else Q(id=0)
    for word in wanted:
        condition &= _have(model, [Word(word)], member)
    return condition


def _query_words(text: str) -> list[str]:
    return [match.group()[:LONGEST_TOKEN] for match in _WORD.finditer(fold(text))][:MOST_WORDS]


async def _having(
    rows: QuerySet[R], alternatives: Sequence[Sequence[Word]], member: Member, limit: int
) -> list[R]:
    for choices in alternatives:
        rows = rows.filter(_have(rows.model, choices, member))
    return await rows.order_by("-updated_at", "-id").limit(limit)


def _have(model: type[R], choices: Sequence[Word], member: Member) -> Q:
    """The condition that a record has one of these words, its company's among them where that is seen."""
    own, company = model.KIND, by_company(model.KIND)
    if "company_id" not in model._meta.fields_map:
        return Q(id__in=Subquery(_holders((own,), choices)))
    if member.sees_everything:
        return Q(id__in=Subquery(_holders((own, company), choices)))
    through = Q(id__in=Subquery(_holders((company,), choices))) & member.owned("company__owner")
    return Q(id__in=Subquery(_holders((own,), choices))) | through


def _holders(kinds: Sequence[str], choices: Sequence[Word]) -> QuerySet[Token]:
    condition = Q()
    for word in choices:
        text = word.text[:LONGEST_TOKEN]
        if word.begins and len(text) < LONGEST_TOKEN:
            # A range instead of LIKE: SQLite uses its index for the former only.
            condition |= Q(token__gte=text, token__lt=f"{text}\U0010ffff")
        else:
            condition |= Q(token=text)
    return Token.filter(condition, kind__in=kinds).values("record_id")  # type: ignore[return-value] # a query of one column
