"""Values: what a field takes, as people type it and as it is shown; a workspace's own fields among them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.core import Locale as BabelLocale
from rapidfuzz import process
from rapidfuzz.distance import OSA

from handlers.chat import places
from handlers.chat import reading as lines
from handlers.chat.arguments import EmailsArgument, PhonesArgument
from handlers.chat.context import Context
from handlers.chat.date_order import require_order
from handlers.chat.errors import Misread
from handlers.chat.i18n import languages as sentences_in
from handlers.chat.i18n import msg
from handlers.chat.language import languages
from handlers.chat.options import named
from handlers.chat.reading import when_spans
from models.company import Company
from models.contact import Contact
from models.custom_field import CustomField, CustomKind
from models.deal import Deal
from models.errors import InvalidValue
from models.lead import Lead
from models.money import Money
from models.option import OptionList
from models.search import fold

# Columns of numbers are 32-bit.
_LARGEST_SIZE = 2**31 - 1
LONGEST_TEXT = 500

# What a typed text becomes; None where it does not fit.
Reader = Callable[[Context, str], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Takes:
    """What a field takes: ``words`` says it to people, ``read`` does it."""

    words: str
    read: Reader


KIND_WORDS: dict[CustomKind, str] = {
    CustomKind.TEXT: msg("some text"),
    CustomKind.NUMBER: msg("a number"),
    CustomKind.MONEY: msg("an amount, with its currency or in yours"),
    CustomKind.DATE: msg("a date, with or without its year"),
    CustomKind.CHOICE: msg("one of its choices"),
    CustomKind.YES_NO: msg("yes or no"),
}


def text_of(longest: int) -> Takes:
    """A text of so many characters."""

    async def read(ctx: Context, text: str) -> str | None:
        return text if 0 < len(text) <= longest else None

    return Takes(msg("a short text"), read)


async def _number(ctx: Context, text: str) -> Decimal | None:
    span = next(lines.amounts(text, ctx.speaker, bare=True), None)
    if span is None or (span.start, span.end) != (0, len(text)) or span.value.currency:
        return None
    return Decimal(span.value.number)


async def _size(ctx: Context, text: str) -> int | None:
    number = await _number(ctx, text)
    if number is None or number != number.to_integral_value() or not 0 <= number <= _LARGEST_SIZE:
        return None
    return int(number)


async def money(ctx: Context, text: str) -> Money | None:
    """An amount and nothing else; without a currency in the workspace's."""
    span = next(lines.amounts(text, ctx.speaker, bare=True), None)
    if span is None or (span.start, span.end) != (0, len(text)):
        return None
    amount = Money(span.value.number, span.value.currency or ctx.member.workspace.currency)
    amount.minor()  # raises InvalidValue where no column could hold it
    return amount


async def _day(ctx: Context, text: str) -> date | None:
    spans = when_spans(text, ctx.speaker, "plan")
    if len(spans) != 1 or (spans[0].start, spans[0].end) != (0, len(text)):
        return None
    require_order(ctx, spans[0], text)
    found = spans[0].when
    return found.wall.date() if found is not None and found.has_date else None


async def _yes_no(ctx: Context, text: str) -> bool | None:
    typed = fold(text)
    for language in languages():
        for words, value in ((language.yes, True), (language.no, False)):
            if typed in {fold(word) for word in words}:
                return value
    return None


async def _country(ctx: Context, text: str) -> str | None:
    """Its code, from its code or its name in any language of ours."""
    typed = fold(text)
    for language in sentences_in():
        for code, name in BabelLocale(language).territories.items():
            if len(code) == 2 and code.isalpha() and typed in (fold(code), fold(name)):
                return str(code)
    return None


def country_name(ctx: Context, code: str) -> str:
    """A country in the member's language."""
    return str(BabelLocale(ctx.locale.language).territories.get(code, code))


async def _website(ctx: Context, text: str) -> str | None:
    return places.website(text)


async def _emails(ctx: Context, text: str) -> list[str] | None:
    return await EmailsArgument().answer(ctx, text, {})


async def _phones(ctx: Context, text: str) -> list[str] | None:
    return await PhonesArgument().answer(ctx, text, {})


async def _source(ctx: Context, text: str) -> str | None:
    return await named(ctx, OptionList.LEAD_SOURCE, text)


SIZE = Takes(msg("a whole number"), _size)
COUNTRY = Takes(msg("a country"), _country)
WEBSITE = Takes(msg("a web address, as acme.example"), _website)
EMAILS = Takes(msg("an e-mail address"), _emails)
PHONES = Takes(msg("a phone number"), _phones)
SOURCE = Takes(msg("one of your sources"), _source)
AMOUNT = Takes(KIND_WORDS[CustomKind.MONEY], money)


def of(field: CustomField) -> Takes:
    """What a workspace's own field takes."""
    readers: dict[CustomKind, Reader] = {
        CustomKind.TEXT: text_of(LONGEST_TEXT).read,
        CustomKind.NUMBER: _number,
        CustomKind.MONEY: money,
        CustomKind.DATE: _day,
        CustomKind.YES_NO: _yes_no,
        CustomKind.CHOICE: _chosen(field.choices),
    }
    return Takes(KIND_WORDS[field.kind], readers[field.kind])


def _chosen(choices: list[str]) -> Reader:
    async def read(ctx: Context, text: str) -> str | None:
        by_fold = {fold(choice): choice for choice in choices}
        slips = 0 if len(text) < 3 else 1
        near = process.extract(fold(text), list(by_fold), scorer=OSA.distance, score_cutoff=slips, limit=2)
        best = [name for name, distance, _ in near if distance == near[0][1]]
        return by_fold[best[0]] if len(best) == 1 else None

    return read


async def stored(ctx: Context, field: CustomField, text: str) -> Any:
    """The JSON value to keep for a typed one.

    Raises:
        Misread: it does not fit; the sentence says what does.
    """
    value = await of(field).read(ctx, text)
    try:
        if value is not None:
            return field.stored(value)
    except InvalidValue as error:
        raise misfit(ctx, text, field.label, await _words(ctx, field)) from error
    raise misfit(ctx, text, field.label, await _words(ctx, field))


async def _words(ctx: Context, field: CustomField) -> str:
    if field.kind is CustomKind.CHOICE:
        return ctx.text("one of: {choices}", choices=", ".join(field.choices))
    return ctx.text(KIND_WORDS[field.kind])


def misfit(ctx: Context, text: str, label: str, words: str) -> Misread:
    """The refusal of a value."""
    return Misread(
        ctx.text(
            "“{text}” does not fit: {field} takes {what}.",
            text=text if len(text) <= 60 else text[:59] + "…",
            field=label,
            what=words,
        )
    )


def shown_value(ctx: Context, field: CustomField, kept: Any) -> str:
    """A kept value as the member reads it; empty for none."""
    if kept is None:
        return ""
    match field.loaded(kept):
        case bool() as answer:
            return ctx.text("yes") if answer else ctx.text("no")
        case date() as day:
            return ctx.locale.date(day, now=ctx.now)
        case Money() as amount:
            return ctx.locale.money(amount.amount, amount.currency)
        case Decimal() as number:
            return ctx.locale.number(number)
        case value:
            return str(value)


async def own_fields(ctx: Context, entity: str) -> list[CustomField]:
    """The workspace's own fields of a kind of record, the oldest first."""
    rows = CustomField.filter(workspace_id=ctx.member.workspace_id, entity=entity, deleted_at__isnull=True)
    return await rows.order_by("id")


async def own_values(ctx: Context, record: Contact | Company | Lead | Deal) -> list[tuple[str, str]]:
    """The label and shown value of each of the workspace's own fields that a record has."""
    if not record.custom:
        return []
    fields = await own_fields(ctx, record.KIND)
    return [(field.label, shown_value(ctx, field, record.custom.get(field.key))) for field in fields]
