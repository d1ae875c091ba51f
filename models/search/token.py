"""Tokens: what each record is found by, renewed with its words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.expressions import Subquery
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models.fields import personal, public
from models.search.folding import LONGEST_TOKEN, ends_of_number, fold, initials, joined, words

if TYPE_CHECKING:
    from models.member import Member
    from models.record import Record
    from models.workspace import Workspace

# Rows inserted by one statement.
_BATCH = 500


class Token(Model):
    """One folded word of one record. ``kind`` and ``record_id`` name the record.

    The words of its company have a kind of their own, see :func:`by_company`, and so has what is no word
    of it, see :func:`fragments`.
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


def by_company(kind: str) -> str:
    """The kind of the tokens that a record has of its company: they find it for who sees the company."""
    return f"{kind}@company"


def fragments(kind: str) -> str:
    """The kind of a record's initials and of its numbers from both ends."""
    return f"{kind}@fragment"


class Facet(StrEnum):
    """What is compared as a whole, and not word by word."""

    TAG = "tag"
    CITY = "city"
    POSTCODE = "postcode"


def by_facet(kind: str, facet: Facet) -> str:
    """The kind of the tokens that a record has of a facet."""
    return f"{kind}#{facet}"


def holding(
    model: type[Record], member: Member, facet: Facet, value: str, *, begins: bool = False
) -> QuerySet[Token]:
    """A query of the ids of the records with that facet; ``begins``: its value may be longer."""
    rows = Token.filter(workspace_id=member.workspace_id, kind=by_facet(model.KIND, facet))
    text = whole(facet, value)
    rows = rows.filter(token__gte=text, token__lt=f"{text}\U0010ffff") if begins else rows.filter(token=text)
    return rows.values("record_id")  # type: ignore[return-value] # a query of one column


def whole(facet: Facet, value: str) -> str:
    """A facet's value as it is compared: a city by its words, a postcode by its letters and digits."""
    if facet is Facet.TAG:
        return fold(value)[:LONGEST_TOKEN]
    between = "" if facet is Facet.POSTCODE else " "
    return between.join(_LETTERS_OR_DIGITS.findall(fold(value)))[:LONGEST_TOKEN]


_LETTERS_OR_DIGITS = re.compile(r"[^\W_]+")


def _facets(record: Record) -> set[tuple[str, str]]:
    return {
        (by_facet(record.KIND, facet), whole(facet, value))
        for facet, values in record.facets().items()
        for value in values
        if whole(facet, value)
    }


def tokens(
    kind: str, *, text: str, name: str = "", phones: Iterable[str] = (), company: str = ""
) -> set[tuple[str, str]]:
    """What a record is found by, as kind and token.

    ``text`` are its words, ``name`` what a person or an organisation is called, ``phones`` E.164.
    """
    pieces = [*initials(name), *(end for phone in phones for end in ends_of_number(phone))]
    found = {(kind, word) for word in (*words(text), *joined(name))}
    found |= {(by_company(kind), word) for word in words(company)}
    return found | {(fragments(kind), piece[:LONGEST_TOKEN]) for piece in pieces}


async def index(record: Record, *, new: bool = False) -> None:
    """Renew a record's tokens after its words changed; a ``new`` one has none yet."""
    kind = record.KIND
    wanted = tokens(
        kind,
        text=await record.search_text(),
        name=record.search_name,
        phones=getattr(record, "phones", ()),
        company=await record.company_text(),
    ) | _facets(record)
    known = dict[tuple[str, str], int]()
    if not new:
        kinds = [kind, by_company(kind), fragments(kind), *(by_facet(kind, facet) for facet in Facet)]
        mine = Token.filter(workspace_id=record.workspace_id, kind__in=kinds, record_id=record.id)
        known = {(str(each), str(token)): row for row, each, token in await _listed(mine)}
    if gone := [row for key, row in known.items() if key not in wanted]:
        await Token.filter(id__in=gone).delete()
    await Token.bulk_create(
        Token(workspace_id=record.workspace_id, kind=each, token=token, record_id=record.id)
        for each, token in sorted(wanted - known.keys())
    )


async def _listed(rows: object) -> list[tuple[int, str, str]]:
    return await rows.values_list("id", "kind", "token")  # type: ignore[attr-defined, no-any-return]


async def renamed(company: Record, models: Sequence[type[Record]], before: str, after: str) -> None:
    """Let all that hangs on a company be found by its new name, and by the old one no more.

    Takes a few statements for each kind, and one more for every few hundred records.
    """
    gone, come = set(words(before)) - set(words(after)), sorted(set(words(after)) - set(words(before)))
    for model in models:
        kind = by_company(model.KIND)
        its = model.filter(workspace_id=company.workspace_id, company_id=company.id)
        if gone:
            await Token.filter(
                workspace_id=company.workspace_id,
                kind=kind,
                token__in=sorted(gone),
                record_id__in=Subquery(its.values("id")),
            ).delete()
        ids = [int(str(each)) for each in await its.values_list("id", flat=True)]
        await Token.bulk_create(
            (
                Token(workspace_id=company.workspace_id, kind=kind, token=token, record_id=record_id)
                for record_id in ids
                for token in come
            ),
            batch_size=_BATCH,
            ignore_conflicts=True,
        )
