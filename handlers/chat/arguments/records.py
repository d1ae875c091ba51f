"""Parameters that are records: named, found, and never picked in silence among several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.queryset import QuerySet

from handlers.chat import focus
from handlers.chat.arguments.base import MOST_CHOICES, Argument, Bound
from handlers.chat.context import Context
from handlers.chat.errors import Choice
from handlers.chat.i18n import msg
from handlers.chat.language import languages
from handlers.chat.reading import Kind, Reading, flat, tidy
from models import search
from models.company import Company
from models.contact import Contact
from models.deal import Deal, StageKind
from models.errors import Ambiguous, NotFound
from models.record import LETTERS, Record


class RecordArgument(Argument[Record]):
    """A record of one of several kinds: by id, address, ``#name``, or the first words of the line.

    Where nothing is named it is what the message replies to; with ``by_reply`` a name in its words is no
    more than a word then. A pronoun is what was shown last. ``exactly``: what the words only resemble, or
    abbreviate, is not meant.
    """

    def __init__(
        self,
        *models: type[Record],
        prompt: str,
        shape: str = "",
        open_only: bool = False,
        slug: bool = False,
        by_reply: bool = False,
        exactly: bool = False,
    ) -> None:
        self.models = models
        self.shape = shape  # type: ignore[misc] # each use is shown in its own words
        self.open_only = open_only
        self.slug_only = slug
        self.by_reply = by_reply
        self.exactly = exactly
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
        if (it := focus.pronoun(reading)) and not self.slug_only:
            record = await focus.focused(ctx, ctx.memory.shown, self.models)
            if record is not None:
                reading.claim(*it)
                return record
        continued = await self._continued(ctx)
        if continued is not None and (self.by_reply or self.slug_only):
            return continued
        return None if self.slug_only else await self._named_or_continued(ctx, reading, continued)

    async def _continued(self, ctx: Context) -> Record | None:
        """What the message replies to, where it can be meant here."""
        record = await focus.focused(ctx, ctx.memory.replied, self.models)
        if record is None or await self._rows(ctx, type(record)).filter(id=record.id).exists():
            return record
        return None

    async def _named_or_continued(
        self, ctx: Context, reading: Reading, continued: Record | None
    ) -> Record | None:
        try:
            return await self._from_head(ctx, reading) or continued
        except NotFound:
            if continued is None:
                raise
        except Ambiguous as error:
            if continued not in error.choices:
                raise
            start, _ = reading.head()
            reading.claim(start, start + len(error.text))
        return continued

    async def _from_head(self, ctx: Context, reading: Reading) -> Record | None:
        start, end = reading.head()
        query = _query(reading.text[start:end])
        if not query:
            return None
        found, used = await self._longest(ctx, [word for _, word in query])
        if loose := await self._loosely(ctx, reading.text[start:end], found):
            records, length = loose
            typed = reading.text[start : start + length]
            if typed.islower() and typed.replace(".", "").isalpha():
                # Initials, or a name that nobody has: one may not be picked in silence either.
                raise Ambiguous(records[0].KIND, typed, records)
            reading.claim(start, start + length)
            # Of "c 12" a name that begins with a C is the lesser part.
            named = found if used and query[used - 1][0] >= length else []
            return _only([*records, *named], records[0].KIND, typed)
        if not found:
            raise NotFound(self.models[0].KIND, _name_guess(reading.text[start:end]))
        reading.claim(start, start + query[used - 1][0])
        name = tidy(reading.text[start : start + query[used - 1][0]])
        best = _narrowed(search.rank(found, [word.text for _, word in query[:used]], ctx.member), name)
        return _only(best, found[0].KIND, name)

    async def _loosely(
        self, ctx: Context, head: str, named: Sequence[Record]
    ) -> tuple[list[Record], int] | None:
        """What the head's beginning means otherwise than by words, and its length.

        That is an id without its hyphen; and, where the words name nobody, initials or a piece of a number.
        """
        for pattern in (_LOOSE_ID, _PIECE_OF_NUMBER, _INITIALS, _WHOLE_HEAD):
            match = pattern.match(head)
            if match is None or ((named or self.exactly) and pattern is not _LOOSE_ID):
                continue
            if pattern is _LOOSE_ID:
                record = await identified(ctx, match.group())
                found = [record] if isinstance(record, self.models) and record not in named else []
            else:
                found = await self._fragments(ctx, match.group())
            if found:
                return found, match.end()
        return None

    async def _fragments(self, ctx: Context, text: str) -> list[Record]:
        return [
            record
            for model in self.models
            for record in await search.find(
                model, ctx.member, text, within=self._rows(ctx, model), loosely=True
            )
        ]

    async def _longest(self, ctx: Context, query: Sequence[search.Word]) -> tuple[list[Record], int]:
        """Those that have most of the first words, and how many; where nobody has any, near ones."""
        # In a reply a word that is nobody's name is a word of the note, and no slip of a name.
        for slips in (0,) if self.exactly or ctx.memory.replied else (0, 1, 2):
            best, used = list[Record](), 0
            for model in self.models:
                found, count = await search.leading(
                    self._rows(ctx, model),
                    query,
                    ctx.member,
                    vocabulary=ctx.vocabulary,
                    slips=slips,
                    at_least=max(used, 1),
                )
                if count > used:
                    best, used = list(found), count
                elif count == used:
                    best += found
            if best:
                return best, used
        return [], 0

    async def _named(self, ctx: Context, model: type[Record], text: str) -> list[Record]:
        found = await search.find(
            model, ctx.member, text, vocabulary=ctx.vocabulary, within=self._rows(ctx, model)
        )
        return _narrowed(found, text)

    async def like(self, ctx: Context, words: str) -> list[Record]:
        """Those that words may mean which are still being typed."""
        return [
            record
            for model in self.models
            for record in await search.find(model, ctx.member, words, within=self._rows(ctx, model))
        ]

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


# What people type for an id: c12, D 142; a letter and a number that mean a record if there is one.
_LOOSE_ID = re.compile(r"#?([a-z])[ -]?(\d{1,9})(?=[\s:]|$)", re.IGNORECASE)
_PIECE_OF_NUMBER = re.compile(r"\+?\(?\d[\d ./()-]*\d(?=\s|$)")
# Initials in capitals anywhere in front, in small letters only where the head has nothing else.
_INITIALS = re.compile(r"(?:[^\W\d_a-z]\.?){2,5}(?=\s|$)")
_WHOLE_HEAD = re.compile(r"(?:[^\W\d_]\.?){2}$")


async def identified(ctx: Context, text: str) -> Record | None:
    """The record whose id was typed, in whatever case, with its hyphen or without; None where it is none.

    Raises: NotFound, where it is an id beyond doubt and leads nowhere.
    """
    match = _LOOSE_ID.fullmatch(text.strip())
    if match is None or (model := LETTERS.get(match[1].upper())) is None:
        return None
    try:
        return await model.by_number(ctx.member, int(match[2]))
    except NotFound:
        if "-" in text:
            raise
        return None


def _only(found: Sequence[Record], kind: str, text: str) -> Record:
    if not found:
        raise NotFound(kind, text)
    if len(found) > 1:
        raise Ambiguous(kind, text, found)
    return found[0]


def _narrowed(found: Sequence[Record], text: str) -> list[Record]:
    """Only those whose full name was typed, if any; else only those with whole words, if any."""
    wanted = search.parts(text)
    full = [record for record in found if search.parts(record.title) == wanted]
    whole = [record for record in found if set(wanted) <= set(search.parts(record.title))]
    return full or whole or list(found)


_TOKEN = re.compile(r"[^\W_]+(?:[.+'&-][^\W_]+)*")


def _query(text: str) -> list[tuple[int, search.Word]]:
    """The words of a head with the offset of each one's end; joining words (at, chez) are passed over.

    The first word, and a later one with a capital, may be the beginning of a name ("Jane D").
    """
    joining = {fold for language in languages() for fold in map(search.fold, (*language.at, *language.of))}
    query = list[tuple[int, search.Word]]()
    for match in _TOKEN.finditer(text):
        for word in search.parts(match.group()):
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


class SomeoneArgument(RecordArgument):
    """A contact that the line's words name in passing: found, and left in the text."""

    def __init__(self) -> None:
        super().__init__(Contact, prompt=msg("Who is it about?"))

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Record | None:
        for span in reading.free(Kind.ID):
            if span.value[0] == Contact.LETTER:
                return await Contact.by_number(ctx.member, int(span.value[2:]))
        text = " ".join(reading.text[start:end] for start, end in reading.stretches())
        if focus.is_pronoun(text):
            return await focus.focused(ctx, ctx.memory.shown, self.models)
        named = self._the_one(await people_in(ctx, text), bound.get("deal"))
        return named or await self._continued(ctx)

    @staticmethod
    def _the_one(found: Sequence[Record], deal: Deal | None) -> Record | None:
        """Nobody where several fit: the words stay in the text, nothing is picked in silence."""
        if len(found) > 1 and deal is not None and deal.company_id is not None:
            found = [record for record in found if getattr(record, "company_id", None) == deal.company_id]
        return found[0] if len(found) == 1 else None


async def people_in(ctx: Context, text: str) -> list[Record]:
    """The contacts whom the words of a text name in passing; several where they are namesakes.

    A particle names nobody by itself: of "the van photos" the van is not Anneke van der Meer.
    """
    query = [search.Word(word.text, False) for _, word in _query(text)]
    best, used = list[Record](), 0
    for first in range(min(len(query), search.MOST_WORDS)):
        rows = Contact.visible_to(ctx.member)
        found, count = await search.leading(rows, query[first:], ctx.member, vocabulary=None)
        named = any(
            len(word.text) > 1 and word.text not in search.PARTICLES for word in query[first:][:count]
        )
        if named and count > used:
            best, used = list(found), count
    return best


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
        exact = [company for company in found if search.parts(company.name) == search.parts(name)]
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
