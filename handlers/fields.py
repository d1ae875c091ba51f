"""Fields: what is known of a record is filled in; a workspace adds fields of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from handlers.cards import FIELDS, LEAD_STATUSES, receipt, undoable
from handlers.chat import values
from handlers.chat.arguments import Argument, Bound, Hidden, RestArgument
from handlers.chat.command import command
from handlers.chat.confirming import confirmation
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import Locale, languages, msg
from handlers.chat.language import languages as grammars
from handlers.chat.options import option_name
from handlers.chat.people import LivingArgument
from handlers.chat.reading import Kind, Reading
from handlers.chat.reply import Reply, Text
from handlers.chat.values import Takes, misfit, text_of
from models.company import Company
from models.contact import Contact
from models.custom_field import CustomField, CustomKind
from models.deal import Deal
from models.errors import NotAllowed
from models.lead import Lead, LeadStatus
from models.member import Role
from models.money import Money
from models.record import Record
from models.search import fold

# What a workspace may add fields to.
_ENTITIES: dict[str, str] = {
    Contact.KIND: msg("contact"),
    Company.KIND: msg("company"),
    Lead.KIND: msg("lead"),
    Deal.KIND: msg("deal"),
}

# Words of a field's name; the columns' lengths.
_MOST_WORDS = 5
_LONGEST_LABEL = 100
_LONGEST_KEY = 50
_MOST_CHOICES = 50
# Fields of one kind of record: a card is read, not scrolled.
_MOST_FIELDS = 30


async def _status(ctx: Context, text: str) -> LeadStatus | None:
    """Where a lead stands; converted is not a word but a deed."""
    for status, name in LEAD_STATUSES.items():
        if fold(text) in _in_all_languages(name) and status is not LeadStatus.CONVERTED:
            return status
    return None


_PLACE = {"street": text_of(300), "postcode": text_of(20), "city": text_of(100), "country": values.COUNTRY}

# The columns that can be filled in, each with what it takes.
_BUILT_IN: dict[str, dict[str, Takes]] = {
    Contact.KIND: {
        "name": text_of(200),
        "job_title": text_of(200),
        "phones": values.PHONES,
        "emails": values.EMAILS,
        **_PLACE,
    },
    Company.KIND: {
        "name": text_of(200),
        "website": values.WEBSITE,
        "industry": text_of(100),
        "size": values.SIZE,
        "tax_number": text_of(50),
        **_PLACE,
    },
    Lead.KIND: {
        "person": text_of(200),
        "company": text_of(200),
        "status": Takes(msg("new, in progress or lost"), _status),
        "source": values.SOURCE,
        "phones": values.PHONES,
        "emails": values.EMAILS,
        "amount": values.AMOUNT,
    },
    Deal.KIND: {"name": text_of(200), "source": values.SOURCE},
}
# Columns that a record cannot be without.
_NEEDED = frozenset({"name", "person", "status"})


class SubjectArgument(Argument["Record | str"]):
    """A record, or a kind of record (``contact``, ``société``) whose fields are meant."""

    shape = msg("record, or kind of record")
    prompt = msg("What is it about?")
    # No addresses: a number to be filled in names nobody.
    kinds = frozenset({Kind.ID, Kind.SLUG})
    _records = LivingArgument(Contact, Company, Deal, Lead, prompt=msg("What is it about?"))

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Record | str | None:
        word = re.match(r"\s*([^\W\d_]+)\s+(?=\S)", reading.text)
        entity = _entity(word[1]) if word else None
        if word is not None and entity is not None:
            reading.claim(word.start(), word.end())
            return entity
        return await self._records.take(ctx, reading, bound)

    def dump(self, value: Record | str) -> str:
        return value if isinstance(value, str) else self._records.dump(value)

    async def load(self, ctx: Context, stored: str) -> Record | str:
        return stored if stored in _ENTITIES else await self._records.load(ctx, stored)


class AssignmentArgument(RestArgument):
    """A field's name and what shall stand in it."""

    shape = msg("field value")
    prompt = msg("Which field, and what shall it be?")


Subject = Annotated[Record | str, SubjectArgument()]
Assignment = Annotated[str, AssignmentArgument()]


@cache
def _in_all_languages(name: str) -> frozenset[str]:
    return frozenset(fold(Locale(language).text(name)) for language in languages())


def _entity(word: str) -> str | None:
    return next((kind for kind, name in _ENTITIES.items() if fold(word) in _in_all_languages(name)), None)


@command(msg("Fill a field in, or add one of your own"))
async def field(
    ctx: Context, subject: Subject, assignment: Assignment, *, confirmed: Hidden | None = None
) -> Reply:
    """Set a record's field; for a kind of record, define a new field (an admin) or take one away."""
    if not isinstance(subject, str):
        return await _fill(ctx, subject, assignment)
    if ctx.member.role is not Role.ADMIN:
        raise NotAllowed(role=Role.ADMIN)
    return await _define(ctx, subject, assignment)


# -- filling in ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Filling:
    """One field before and after, as it is shown; ``columns`` is what is written."""

    label: str
    before: str
    after: str
    columns: dict[str, Any]


async def _fill(ctx: Context, record: Any, assignment: str) -> Reply:
    own = await values.own_fields(ctx, record.KIND)
    for name, text in _splits(assignment):
        column = _column(record.KIND, name)
        added = next((each for each in own if name in (fold(each.label), fold(each.key))), None)
        if added is not None:
            return await _write(ctx, record, await _own_filling(ctx, record, added, text))
        if column is not None:
            return await _write(ctx, record, await _filling(ctx, record, column, text))
    known = [ctx.text(FIELDS[column]) for column in _BUILT_IN[record.KIND]] + [each.label for each in own]
    raise Misread(ctx.text("I find no such field. There are: {fields}.", fields=", ".join(known)))


def _splits(assignment: str) -> Iterator[tuple[str, str]]:
    """A folded name and the text behind it, the longest name first."""
    ends = [match.end() for match in re.finditer(r"\S+", assignment)][:_MOST_WORDS]
    for end in reversed(ends):
        yield fold(assignment[:end]).rstrip(":="), assignment[end:].strip(" :=\n")


def _column(kind: str, name: str) -> str | None:
    for column in _BUILT_IN[kind]:
        typed = {fold(other) for entry in grammars() for other in entry.fields.get(column, ())}
        if name in typed | _in_all_languages(FIELDS[column]):
            return column
    return None


def _is_off(text: str) -> bool:
    return fold(text) in {fold(word) for entry in grammars() for word in entry.off}


async def _filling(ctx: Context, record: Any, column: str, text: str) -> _Filling:
    """Raises: Misread, for a value that does not fit."""
    label, takes = ctx.text(FIELDS[column]), _BUILT_IN[record.KIND][column]
    if not text:
        raise Misread(ctx.text("{field} takes {what}.", field=label, what=ctx.text(takes.words)))
    if _is_off(text) and column not in _NEEDED:
        columns = _columns(record, column, None)
    else:
        value = await takes.read(ctx, text)
        if value is None:
            raise misfit(ctx, text, label, ctx.text(takes.words))
        columns = _columns(record, column, value)
    now = {name: getattr(record, name) for name in columns}
    return _Filling(label, _shown(ctx, column, now), _shown(ctx, column, columns), columns)


def _columns(record: Any, column: str, value: Any) -> dict[str, Any]:
    if column == "amount":
        money = value if isinstance(value, Money) else None
        return {"amount": money.minor() if money else None, "currency": money.currency if money else None}
    if column in ("phones", "emails") and value is not None:
        # One takes the place of the main one; the others stay. Several are all there are.
        others = getattr(record, column)[1:] if len(value) == 1 else []
        return {column: [*value, *(each for each in others if each not in value)]}
    if value is None:
        empty: dict[str, Any] = {"phones": [], "emails": [], "size": None}
        return {column: empty.get(column, "")}
    return {column: value}


def _shown(ctx: Context, column: str, columns: dict[str, Any]) -> str:
    value = columns[column]
    if value in (None, "", []):
        return "–"
    match column:
        case "amount":
            money = Money.from_minor(value, columns["currency"])
            return ctx.locale.money(money.amount, money.currency)
        case "phones" | "emails":
            return ", ".join(value)
        case "size":
            return ctx.locale.number(value)
        case "country":
            return values.country_name(ctx, value)
        case "source":
            return option_name(ctx, value)
        case "status":
            return ctx.text(LEAD_STATUSES[LeadStatus(value)])
    return str(value)


async def _own_filling(ctx: Context, record: Any, added: CustomField, text: str) -> _Filling:
    """Raises: Misread, for a value that does not fit."""
    if not text:
        what = ctx.text(values.of(added).words)
        raise Misread(ctx.text("{field} takes {what}.", field=added.label, what=what))
    before = record.custom.get(added.key)
    custom = {key: value for key, value in record.custom.items() if key != added.key}
    if added.kind is CustomKind.YES_NO or not _is_off(text):
        custom[added.key] = await values.stored(ctx, added, text)
    shown = [values.shown_value(ctx, added, value) or "–" for value in (before, custom.get(added.key))]
    return _Filling(added.label, shown[0], shown[1], {"custom": custom})


async def _write(ctx: Context, record: Record, filling: _Filling) -> Reply:
    named = f"{record.reference} {record.title}"
    difference = ctx.text(
        "{field}: {before} → {after}", field=filling.label, before=filling.before, after=filling.after
    )
    if asked := await confirmation(ctx, [named, difference], record):
        return asked
    if not await record.write(ctx.author, **filling.columns):
        ctx.memory.show(record)
        return Reply((Text(ctx.text("It says so already.")),), private=True)
    return receipt(ctx, f"✅ {named} · {difference}", record)


# -- fields of one's own ---------------------------------------------------------------------------

_CHOICES = re.compile(r"\s*\(([^()]*)\)\s*$")


async def _define(ctx: Context, entity: str, typed: str) -> Reply:
    choices = _CHOICES.search(typed)
    words = (typed[: choices.start()] if choices else typed).split()
    if len(words) > 1 and _is_off(words[-1]):
        return await _take_away(ctx, entity, " ".join(words[:-1]))
    kind = _kind(words[-1]) if len(words) > 1 else None
    if kind is None:
        kinds = ", ".join(_kind_name(ctx, each) for each in CustomKind)
        raise Misread(ctx.text("Say the field’s name and what it holds, one of: {kinds}.", kinds=kinds))
    label = " ".join(words[:-1])
    await _require_free(ctx, entity, label)
    added = await _enter(ctx, entity, label, kind, _choice_list(ctx, kind, choices[1] if choices else ""))
    chips = [ctx.text(_ENTITIES[entity]), added.label, _kind_name(ctx, kind), ", ".join(added.choices)]
    return undoable(ctx, ctx.text("✅ New field: {field}", field=" · ".join(chip for chip in chips if chip)))


def _kind(word: str) -> CustomKind | None:
    for kind in CustomKind:
        if fold(word) in {fold(name) for entry in grammars() for name in entry.kinds[kind]}:
            return kind
    return None


def _kind_name(ctx: Context, kind: CustomKind) -> str:
    own = next(entry for entry in grammars() if entry.tag == ctx.locale.language)
    return own.kinds[kind][0]


def _choice_list(ctx: Context, kind: CustomKind, typed: str) -> list[str]:
    """Raises: Misread, for a choice with nothing to choose from."""
    found = {fold(name.strip()): name.strip() for name in typed.split(",") if name.strip()}
    if kind is not CustomKind.CHOICE:
        return []
    if not 2 <= len(found) <= _MOST_CHOICES or max(map(len, found)) > _LONGEST_LABEL:
        raise Misread(ctx.text("Name the choices: choice(small, medium, large)."))
    return list(found.values())


async def _require_free(ctx: Context, entity: str, label: str) -> None:
    """Raises: Misread, where the name is too long, or taken already."""
    known = await values.own_fields(ctx, entity)
    if len(label) > _LONGEST_LABEL or not _key(label):
        raise Misread(ctx.text("A field’s name has at most {most} characters.", most=_LONGEST_LABEL))
    if len(known) >= _MOST_FIELDS:
        raise Misread(ctx.text("There are {n} fields already; take one away first.", n=len(known)))
    if _column(entity, fold(label)) or any(fold(each.label) == fold(label) for each in known):
        raise Misread(ctx.text("There is a field “{field}” already.", field=label))


def _key(label: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:_LONGEST_KEY]


async def _enter(ctx: Context, entity: str, label: str, kind: CustomKind, choices: list[str]) -> CustomField:
    """A new field; one of that kind that was taken away comes back, with its values."""
    key, rows = _key(label), CustomField.filter(workspace_id=ctx.member.workspace_id, entity=entity)
    for number in range(1, _MOST_FIELDS * 10):
        old = await rows.get_or_none(key=key)
        if old is None:
            return await CustomField.enter(
                ctx.author, entity=entity, key=key, label=label, kind=kind, choices=choices
            )
        if old.deleted_at is not None and old.kind is kind:
            await old.write(ctx.author, deleted_at=None, label=label, choices=choices)
            return old
        key = f"{_key(label)[: _LONGEST_KEY - 4]}_{number + 1}"
    raise Misread(ctx.text("There is a field “{field}” already.", field=label))


async def _take_away(ctx: Context, entity: str, label: str) -> Reply:
    known = await values.own_fields(ctx, entity)
    old = next((each for each in known if fold(label) in (fold(each.label), fold(each.key))), None)
    if old is None:
        names = ", ".join(each.label for each in known) or "–"
        raise Misread(ctx.text("I find no such field. There are: {fields}.", fields=names))
    await old.remove(ctx.author)
    return undoable(ctx, ctx.text("✅ Field taken away: {field}. Its values are kept.", field=old.label))
