"""The workspace: its currency, its country, who sees what; the rates of other currencies; what was set up."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from babel.core import Locale as BabelLocale

from handlers.cards import undoable
from handlers.chat import reading as lines
from handlers.chat.arguments import Hidden, Rest
from handlers.chat.command import command
from handlers.chat.confirming import confirmation
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import msg
from handlers.chat.language import languages as grammars
from handlers.chat.regions import locale_tag, zone_called
from handlers.chat.reply import Card, Field, Reply, Table, Text, text
from handlers.chat.values import COUNTRY, country_name
from handlers.setup.told import changes
from handlers.setup.words import already, beginning, name_of, off, starting, words
from models import region
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.errors import NotAllowed
from models.lead import Lead
from models.member import Role
from models.rate import Rate, change_currency
from models.search import fold
from models.team import Team
from models.workspace import Visibility

VISIBILITIES: dict[Visibility, str] = {
    Visibility.EVERYONE: msg("everyone sees everything"),
    Visibility.TEAM: msg("a team sees its own"),
    Visibility.OWN: msg("everybody sees their own"),
}
_LABELS: dict[str, str] = {
    "name": msg("Name"),
    "currency": msg("Currency"),
    "country": msg("Country"),
    "zone": msg("Zone"),
    "locale": msg("Locale"),
    "visibility": msg("Visibility"),
    "week_start": msg("Week begins on"),
    "fiscal_year_start": msg("Fiscal year begins in"),
}
_COLUMNS = {"week": "week_start", "fiscal": "fiscal_year_start"}
_KEYS = ("name", "currency", "country", "zone", "locale", "visibility", "week", "fiscal")


@command(msg("Show or change what holds for the whole workspace"), surely=starting("history", *_KEYS))
async def workspace(ctx: Context, words: Rest | None = None, *, confirmed: Hidden | None = None) -> Reply:
    """``currency USD``, ``visibility team``, ``week monday``, ``fiscal year april``; alone it shows them."""
    if not words:
        return _card(ctx)
    if ctx.member.role is not Role.ADMIN:
        raise NotAllowed(role=Role.ADMIN)
    if beginning(words, "history"):
        return await _history(ctx)
    found = beginning(words, *_KEYS)
    if found is None:
        names = ", ".join([ctx.text(label) for label in _LABELS.values()])
        raise Misread(ctx.text("I can set: {names}.", names=names))
    column = _COLUMNS.get(found[0], found[0])
    await ctx.member.workspace.hold()
    value = await _READERS[column](ctx, found[1])
    here = ctx.member.workspace
    if value == getattr(here, column):
        raise already(ctx)
    line = ctx.text(
        "{field}: {before} → {after}",
        field=ctx.text(_LABELS[column]),
        before=_shown(ctx, column, getattr(here, column)),
        after=_shown(ctx, column, value),
    )
    consequences = await _consequences(ctx, column, value)
    if asked := await confirmation(ctx, [line, *consequences], risky=bool(consequences)):
        return asked
    if column == "currency":
        await change_currency(ctx.author, here, value)
    else:
        await here.write(ctx.author, **{column: value})
    return undoable(ctx, f"✅ {line}")


def _card(ctx: Context) -> Reply:
    here = ctx.member.workspace
    fields = tuple(
        Field(ctx.text(label), _shown(ctx, column, getattr(here, column)))
        for column, label in _LABELS.items()
    )
    return Reply((Card(here.name, fields),))


def _shown(ctx: Context, column: str, value: Any) -> str:
    match column:
        case "country":
            return country_name(ctx, value)
        case "visibility":
            return ctx.text(VISIBILITIES[value])
        case "week_start":
            return str(BabelLocale(ctx.locale.language).days["stand-alone"]["wide"][value])
        case "fiscal_year_start":
            return str(BabelLocale(ctx.locale.language).months["stand-alone"]["wide"][value])
    return str(value)


async def _consequences(ctx: Context, column: str, value: Any) -> list[str]:
    """What a change means for what is there; empty where it is done at once."""
    if column == "visibility":
        return [await _owned(ctx)]
    if column == "currency":
        return [await _amounts(ctx), await _rates_then(ctx, value)]
    return []


async def _owned(ctx: Context) -> str:
    n = 0
    for model in (Contact, Company, Lead, Deal):
        rows = model.filter(workspace_id=ctx.member.workspace_id, deleted_at__isnull=True)
        n += await rows.filter(owner_id__isnull=False).count()
    return ctx.locale.plural(
        "It holds at once, for {n} record that has an owner.",
        "It holds at once, for {n} records that have an owner.",
        n,
    )


async def _amounts(ctx: Context) -> str:
    rows = Deal.filter(workspace_id=ctx.member.workspace_id, deleted_at__isnull=True, amount__isnull=False)
    return ctx.locale.plural(
        "{n} deal keeps its amount in the currency it has.",
        "{n} deals keep their amounts in the currencies they have.",
        await rows.count(),
    )


async def _rates_then(ctx: Context, currency: str) -> str:
    rates = await Rate.of(ctx.member.workspace_id)
    if not rates:
        return ctx.text("Totals will be in {currency}.", currency=currency)
    if any(rate.currency == currency for rate in rates):
        return ctx.text("Rates are converted by the one of {currency}.", currency=currency)
    names = ", ".join(rate.currency for rate in rates)
    return ctx.text("Rates that no longer say anything go: {names}.", names=names)


# -- what is typed -----------------------------------------------------------------------------------


async def _name(ctx: Context, typed: str) -> str:
    return name_of(ctx, typed, Team)  # the columns are of one length


def _currency_code(ctx: Context, typed: str) -> str:
    code = typed.strip().upper()
    nearest = region.no_currency(code)
    if nearest is None:
        return code
    raise Misread(
        ctx.text("I know no currency “{code}”. Write it as EUR, USD, GBP.", code=typed.strip()[:20])
    )


async def _currency(ctx: Context, typed: str) -> str:
    return _currency_code(ctx, typed)


async def _country(ctx: Context, typed: str) -> str:
    code = await COUNTRY.read(ctx, typed)
    if code is None or region.no_country(code) is not None:
        raise Misread(ctx.text("I know no country “{name}”.", name=typed[:60]))
    return str(code)


async def _zone(ctx: Context, typed: str) -> str:
    return zone_called(ctx, typed)


async def _locale(ctx: Context, typed: str) -> str:
    return locale_tag(ctx, typed)


async def _visibility(ctx: Context, typed: str) -> Visibility:
    for visibility in Visibility:
        if fold(typed) in words(visibility.value):
            return visibility
    raise Misread(ctx.text("Say everyone, team or own: who sees a record that has an owner."))


async def _weekday(ctx: Context, typed: str) -> int:
    for grammar in grammars():
        for day, names in enumerate(grammar.time.weekdays):
            if fold(typed) in map(fold, names):
                return day
    raise Misread(ctx.text("Say the day on which a week begins, as Monday."))


async def _month(ctx: Context, typed: str) -> int:
    for grammar in grammars():
        for month, names in enumerate(grammar.time.months, 1):
            if fold(typed) in map(fold, names):
                return month
    if re.fullmatch(r"0?[1-9]|1[0-2]", typed):
        return int(typed)
    raise Misread(ctx.text("Say the month in which a fiscal year begins, as April."))


_READERS: dict[str, Callable[[Context, str], Awaitable[Any]]] = {
    "name": _name,
    "currency": _currency,
    "country": _country,
    "zone": _zone,
    "locale": _locale,
    "visibility": _visibility,
    "week_start": _weekday,
    "fiscal_year_start": _month,
}


# -- rates -------------------------------------------------------------------------------------------


def _is_rate(words: str) -> bool:
    return re.match(r"[A-Za-z]{3}\s*[=\s]\s*\d", words) is not None


@command(msg("Show or set what other currencies are worth"), surely=_is_rate)
async def rate(ctx: Context, words: Rest | None = None) -> Reply:
    """``USD 0.92``: one dollar in the workspace's currency, from today on; ``USD off`` takes it away."""
    if not words:
        return await _rates(ctx)
    if ctx.member.role is not Role.ADMIN:
        raise NotAllowed(role=Role.ADMIN)
    here = ctx.member.workspace
    await here.hold()
    code, _, figure = words.replace("=", " ").strip().partition(" ")
    code, figure = _currency_code(ctx, code), figure.strip()
    if code == here.currency:
        raise Misread(ctx.text("Amounts are counted in {currency} already.", currency=code))
    old = await Rate.get_or_none(workspace_id=here.id, currency=code, deleted_at__isnull=True)
    before = f"{old.rate}" if old else "–"
    if fold(figure) in off():
        if old is None:
            raise already(ctx)
        await old.write(ctx.author, deleted_at=ctx.now)
        return undoable(
            ctx, ctx.text("✅ Rate of {currency}: {before} → –", currency=code, before=_figure(ctx, before))
        )
    new = await Rate.set(ctx.author, code, _decimal(ctx, figure))
    fact = ctx.text(
        "✅ Rate of {currency}: {before} → {after} {own}, from {date}",
        currency=code,
        before=_figure(ctx, before),
        after=_figure(ctx, new.rate),
        own=here.currency,
        date=ctx.locale.date(new.set_on, now=ctx.now),
    )
    return undoable(ctx, fact)


def _decimal(ctx: Context, typed: str) -> Decimal:
    """Raises: Misread, InvalidValue."""
    span = next(lines.amounts(typed, ctx.speaker, bare=True), None)
    if (
        span is None
        or span.start != 0
        or typed[span.end :].strip().upper() not in ("", ctx.member.workspace.currency)
    ):
        raise Misread(ctx.text("Say what one is worth, as 0.92, or “off”."))
    return Decimal(span.value.number)


def _figure(ctx: Context, kept: str) -> str:
    """A rate in the member's digits, with all of its decimals."""
    from babel.numbers import format_decimal

    if kept == "–":
        return kept
    return format_decimal(Decimal(kept), locale=ctx.locale.tag.replace("-", "_"), decimal_quantization=False)


async def _rates(ctx: Context) -> Reply:
    own = ctx.member.workspace.currency
    rows = [
        (f"1 {each.currency}", f"{_figure(ctx, each.rate)} {own}", ctx.locale.date(each.set_on, now=ctx.now))
        for each in await Rate.of(ctx.member.workspace_id)
    ]
    if not rows:
        return text(ctx.text("No rates are set. Amounts are counted in {currency}.", currency=own))
    heads = (ctx.text("Currency"), ctx.text("Worth"), ctx.text("Since"))
    return Reply((Table(heads, tuple(rows), numeric=(1,)),))


# -- what was set up ---------------------------------------------------------------------------------


async def _history(ctx: Context) -> Reply:
    rows, more = await changes(ctx)
    if not rows:
        return text(ctx.text("Nothing was changed yet."))
    table = Table(
        (ctx.text("When"), ctx.text("Who"), ctx.text("What")), tuple(rows), title=ctx.text("Set-up")
    )
    tail = (Text(ctx.text("… older changes are kept too.")),) if more else ()
    return Reply((table, *tail))
