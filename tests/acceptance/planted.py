"""Records with a secret in every column: whatever is shown of one betrays whose it is and which column."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA
from tortoise import fields

from models.activity import Activity, ActivityKind, ActivityStatus
from models.approval import Approval
from models.attachment import Attachment, AttachmentKind, AttachmentState
from models.change import Author
from models.deal import Deal, Pipeline, Stage
from models.member import Member
from models.messaging.counter import Counter
from models.record import Record
from models.reminder import Reminder
from models.search import fold
from models.workspace import Visibility
from tests.acceptance.sight import ABROAD, CAST, HOME, Owned, Person, decides, sees
from tests.records import RECORDS

# In every name, so that one word fits everything there is.
COMMON = "Commonia"
# As many letters of a secret give it away; no two begin alike.
TELLING = 6
# The beginnings of words that stand in many names and addresses.
_EVERYONE_S = {COMMON[:TELLING].lower(), "example"[:TELLING]}
# Columns of text that have a form: a secret in them would not be a possible value.
_FORMED = frozenset({"zone", "wall", "rule", "consent", "currency", "country"})
_SHORTEST = 20


@cache
def _taken() -> dict[str, str]:
    """The words in use by their beginnings."""
    return {}


@cache
def word(name: str) -> str:
    """A made-up word, always the same for a name; too far from all others to be one of them misspelt."""
    dice = random.Random(name)
    while True:
        made = "".join(dice.choice("bdfgklmnprstvz") + dice.choice("aeiou") for _ in range(5))
        if made[:TELLING] in _taken():
            continue
        if process.extractOne(made, _taken(), scorer=OSA.distance, score_cutoff=2) is None:
            _taken()[made[:TELLING]] = made
            return made


@dataclass(frozen=True, slots=True)
class Planted:
    """One record to be made. ``key`` names it in a failing test, ``number`` is that of its human id."""

    key: str
    number: int
    owned: Owned
    parents: tuple[Planted, ...] = ()

    @property
    def kind(self) -> str:
        """As a record's KIND."""
        return self.owned.kind

    @property
    def model(self) -> type[Record]:
        """Its class."""
        return RECORDS[self.kind]

    @property
    def reference(self) -> str:
        """Its human id."""
        return f"{self.model.LETTER}-{self.number}"

    @property
    def title(self) -> str:
        """Its whole name; a touch has none."""
        first, last = word(f"{self.key} first"), word(f"{self.key} last")
        return f"{first.capitalize()} {last.capitalize()} {COMMON}"

    @property
    def email(self) -> str:
        """Its address."""
        return f"{word(f'{self.key} local')}@{word(f'{self.key} domain')}.example"

    @property
    def phone(self) -> str:
        """Its number, of the range that France keeps free for fiction."""
        return f"+336399{80000 + self.number:05d}"

    @property
    def website(self) -> str:
        """Its address in the web."""
        return f"{word(f'{self.key} website')}.example"

    @property
    def is_asked_for(self) -> bool:
        """Whether somebody asked its owner to let them write it."""
        return not self.owned.hangs and self.owned.owner is not None

    @property
    def amount(self) -> int:
        """In minor units; no two alike."""
        return (73_000_000 + self.number * 137) * 100

    @property
    def said(self) -> str:
        """The name of the message that wrote it last."""
        return f"touch:{self.key}"


def _holdings() -> Iterator[Planted]:
    numbers = iter(range(101, 9000, 3))

    def plant(kind: str, owner: str | None, about: str, *parents: Planted) -> Planted:
        where = CAST[owner].workspace if owner else HOME
        owned = Owned(kind, owner, where, tuple(parent.owned for parent in parents))
        return Planted(f"{kind} {about}", next(numbers), owned, parents)

    whole: dict[str, tuple[Planted, ...]] = {}
    for owner in ("ann", "ben", "mia", "cid", "lou", "eve", "dee", None, "fay"):
        name = owner or "nobody"
        company = plant("company", owner, f"of {name}")
        contact = plant("contact", owner, f"of {name}", company)
        deal = plant("deal", owner, f"of {name}", company, contact)
        lead = plant("lead", owner, f"of {name}")
        whole[name] = (company, contact, deal, lead)
        yield from whole[name]
        doer = owner or "ada"
        yield plant("activity", doer, f"on all of {name}", company, contact, deal)
        yield plant("activity", doer, f"on the lead of {name}", lead)
        yield plant("activity", doer, f"on the company of {name}", company)
        yield plant("reminder", doer, f"on all of {name}", company, contact, deal)
        yield plant("attachment", doer, f"on the deal of {name}", deal)
        yield plant("attachment", doer, f"on the company of {name}", company)
    ann, cid, nobody = whole["ann"], whole["cid"], whole["nobody"]
    # What one person has leads to what another has.
    yield (inside := plant("contact", "ann", "of ann in a company of cid", cid[0]))
    yield plant("contact", "cid", "of cid in a company of ann", ann[0])
    yield plant("deal", "ann", "of ann with a company and a contact of cid", cid[0], cid[1])
    yield plant("deal", "cid", "of cid with a company and a contact of ann", ann[0], ann[1])
    yield plant("activity", "ann", "of ann on a contact in a company of cid", cid[0], inside)
    yield plant("activity", "ben", "of ben on a contact of ann and a deal of cid", ann[1], cid[2])
    yield plant("activity", "ben", "of ben on a contact of nobody", nobody[1])
    yield plant("reminder", "ann", "of ann on a contact in a company of cid", cid[0], inside)
    yield plant("reminder", "ann", "of ann on a contact of cid", cid[1])
    yield plant("reminder", "cid", "of cid on a contact of ann", ann[1])
    yield plant("reminder", "mia", "of mia on a contact of ann", ann[1])
    # Everyone sees two of a kind at least.
    for kind in ("company", "contact", "deal", "lead"):
        yield plant(kind, None, "of nobody, by itself")


PLANTED: tuple[Planted, ...] = tuple(_holdings())
# A number that no record has.
NOBODY_S_NUMBER = 9_998
# New records are numbered from here on, so that they are told from what was planted.
FIRST_NEW = 5_000


def visible(viewer: Person, visibility: Visibility) -> list[Planted]:
    """What this person may see."""
    return [planted for planted in PLANTED if sees(viewer, planted.owned, visibility)]


def hidden(viewer: Person, visibility: Visibility) -> list[Planted]:
    """What this person may not see."""
    return [planted for planted in PLANTED if not sees(viewer, planted.owned, visibility)]


# -- into the database -----------------------------------------------------------------------------


@dataclass(slots=True)
class Sown:
    """The planted records' rows, and every secret by what gives it away: (record or person, column)."""

    rows: dict[str, Record] = field(default_factory=dict)
    requests: dict[str, Approval] = field(default_factory=dict)
    secrets: dict[str, tuple[str, str]] = field(default_factory=dict)

    def keep(self, key: str, column: str, value: object) -> None:
        """Remember that this value stands in this column."""
        for sign in set(_signs(str(value))) - _EVERYONE_S:
            self.secrets.setdefault(sign, (key, column))


async def sow(members: dict[str, Member], *, at: datetime) -> Sown:
    """Make all planted records, each by its owner, and write each once more. Inside a transaction."""
    sown = Sown()
    for name, member in members.items():
        sown.keep(name, "name", member.name)
    for planted in PLANTED:
        by = members[planted.owned.owner or "ada"]
        await Counter.advance(by.workspace_id, planted.kind, planted.number)
        values = _values(planted) | await _relations(planted, by, sown, at)
        row = await planted.model.add(Author(by, at, f"seed:{planted.key}"), **values)
        if isinstance(row, Deal):
            contacts = [sown.rows[each.key].id for each in planted.parents if each.kind == "contact"]
            await row.set_contacts(Author(by, at, f"seed:{planted.key}"), contacts)
        if isinstance(row, Reminder):
            await row.after_undo(Author(by, at, f"seed:{planted.key}"))
        again = {_touched(planted): word(f"{planted.key} again")}
        await row.write(Author(by, at, planted.said), **again)
        sown.rows[planted.key] = row
        if planted.is_asked_for:
            sown.requests[planted.key] = await _ask(planted, row, members, at)
        for column, value in [*values.items(), *again.items(), ("id", planted.reference)]:
            if not column.endswith("_id"):
                sown.keep(planted.key, column, value)
    for workspace_id in {member.workspace_id for member in members.values()}:
        for kind in RECORDS:
            await Counter.advance(workspace_id, kind, FIRST_NEW)
    return sown


async def _ask(planted: Planted, row: Record, members: dict[str, Member], at: datetime) -> Approval:
    """Somebody's request to write it. Nobody is told of it, as if they had been long ago."""
    owner = members[planted.owned.owner or ""]
    asker = members["lou" if planted.owned.workspace == HOME else "fay"]
    return await Approval.create(
        workspace_id=owner.workspace_id,
        asker_id=asker.id,
        owner_id=owner.id,
        kind=row.KIND,
        record_id=row.id,
        command="note",
        arguments={"record": row.reference, "notes": "as agreed"},
        line=f"note {row.reference}: as agreed",
        created_at=at,
    )


def _values(planted: Planted) -> dict[str, Any]:
    """A secret for every column of text, lists too: a new column has one without being named here."""
    values: dict[str, Any] = {}
    for name, column in planted.model._meta.fields_map.items():
        secret = word(f"{planted.key} {name}")
        if isinstance(column, fields.JSONField):
            values[name] = {secret: secret} if name == "custom" else [secret]
        elif isinstance(column, fields.CharField | fields.TextField) and not _is_formed(name, column):
            values[name] = secret
    own = {"emails": [planted.email], "phones": [planted.phone], "amount": planted.amount, "currency": "EUR"}
    own["website"] = planted.website
    values |= {name: value for name, value in own.items() if name in planted.model._meta.fields_map}
    named = {"name", "person", "text"} & values.keys()
    return values | dict.fromkeys(named, planted.title)


def _is_formed(name: str, column: fields.Field[Any]) -> bool:
    too_short = isinstance(column, fields.CharField) and column.max_length < _SHORTEST
    return name in _FORMED or hasattr(column, "enum_type") or too_short


def _touched(planted: Planted) -> str:
    """The column that the second write changes."""
    return {"activity": "subject", "reminder": "text", "attachment": "caption"}.get(planted.kind, "notes")


async def _relations(planted: Planted, by: Member, sown: Sown, at: datetime) -> dict[str, Any]:
    parents = {f"{parent.kind}_id": sown.rows[parent.key].id for parent in planted.parents}
    columns = {name: value for name, value in parents.items() if name in planted.model._meta.fields_map}
    owner = by.id if planted.owned.owner else None
    if planted.model is Reminder:
        return columns | {"member_id": owner, "wall": f"{at:%Y-%m-%dT%H:%M}", "zone": "UTC", "due_at": at}
    columns["owner_id"] = owner
    if planted.model is Activity:
        done = ActivityStatus.DONE
        columns |= {"kind": ActivityKind.CALL, "status": done, "at": at}
    if planted.model is Attachment:
        columns |= {"kind": AttachmentKind.DOCUMENT, "state": AttachmentState.KEPT, "not_before": at}
    if planted.model is Deal:
        pipeline = await Pipeline.default_of(by.workspace_id)
        columns["stage_id"] = (await Stage.get(pipeline_id=pipeline.id, name="Proposal")).id
    return columns


# -- out of what is shown --------------------------------------------------------------------------

_WORD = re.compile(rf"[^\W\d_]{{{TELLING},}}")
_REFERENCE = re.compile(r"\b[A-Z]-\d+\b")
_FIGURE = re.compile(r"\d(?:[\d\s.,'\u00a0\u202f]*\d)?")


def _signs(text: str) -> Iterator[str]:
    """What gives a secret away: a word's first letters, a human id, the digits of an amount or a number."""
    yield from (match.group()[:TELLING] for match in _WORD.finditer(fold(text)))
    yield from _REFERENCE.findall(text.upper())
    for match in _FIGURE.finditer(_REFERENCE.sub("", text)):
        digits = re.sub(r"\D", "", match.group())
        if len(digits) >= TELLING:
            yield digits.removesuffix("00") if len(digits) == len("7300000000") else digits


def secrets_in(text: str, sown: Sown, *, typed: str = "") -> list[tuple[str, str]]:
    """The secrets that a text holds, as (record or person, column); what was typed is no secret any more."""
    known = set(_signs(typed))
    return [sown.secrets[sign] for sign in _signs(text) if sign in sown.secrets and sign not in known]


def concealed(viewer: Person, visibility: Visibility) -> set[str]:
    """The keys of what may never be shown to this person: records, and colleagues known from those alone."""
    seen = visible(viewer, visibility)
    met = {planted.owned.owner or "ada" for planted in seen} | {viewer.name}
    # Who speaks in the matrix writes on what is everyone's, and stands in its history.
    strangers = {person.name for person in CAST.values() if not person.speaks} - met
    return strangers | {planted.key for planted in hidden(viewer, visibility)}


def may_change(viewer: Person, visibility: Visibility) -> set[str]:
    """The keys of the records that this person may change."""
    return {planted.key for planted in PLANTED if decides(viewer, planted.owned, visibility)}


def abroad(records: Iterable[Planted]) -> list[Planted]:
    """Those of another workspace."""
    return [planted for planted in records if planted.owned.workspace == ABROAD]
