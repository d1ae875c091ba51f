"""Every value that a parameter can have: told by the type in its command's signature.

A new kind of argument joins by itself. Only one that takes fewer values than its type has needs a case in
:func:`possible`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from tortoise.models import Model

from handlers.approvals import ApprovalArgument
from handlers.chat import when
from handlers.chat.arguments import RecordArgument
from handlers.chat.command import Command, Parameter
from handlers.chat.context import Context
from handlers.chat.date_order import DAY_FIRST, MONTH_FIRST, DateOrderArgument
from handlers.chat.filters import FilterArgument
from handlers.chat.whose import Owners, OwnersArgument
from handlers.deals.requirements import Filling, FillingArgument
from handlers.fields import SubjectArgument
from handlers.removal import RemovedArgument
from handlers.reports.forecast import HorizonArgument
from handlers.reports.stale import DaysArgument
from models.activity import Activity
from models.approval import Approval
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.lead import Lead
from models.member import Member
from models.money import Money
from models.record import Record

_FILTERS: dict[type[Record], Sequence[str]] = {
    Deal: ("", "> 5k closing next month without next step", "#vip globex", "> $1k idle 14d", "sans montant"),
    Contact: ("", "in Lyon created last week", "without e-mail", "69003 #vip"),
    Company: ("", "à Lyon", "#vip sans responsable"),
    Lead: ("", "from web", "new > 5k", "last month"),
    Activity: ("", "calls last week", "planned"),
}
_WALLS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1))
_ZONES = st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"])
_PHRASES = ("tomorrow 10am", "next monday", "end of month", "30/11", "in 2h", "eod", "dans 3 jours ouvrés")
_MOMENTS = st.one_of(
    st.builds(
        lambda wall, zone, fold: when.at(wall.replace(fold=fold), zone),
        _WALLS,
        _ZONES,
        st.sampled_from([0, 1]),
    ),
    st.builds(
        lambda words, now, zone: (
            when.find(
                words,
                now=when.at(now, zone).instant,
                zone=zone,
                day_first=True,
                bias="plan",
                working_days=frozenset(range(5)),
            )[0].when
        ),
        st.sampled_from(_PHRASES),
        _WALLS,
        _ZONES,
    ),
)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
_MINOR = st.integers(0, 2**63 - 1)
_CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "TND"])
_LISTS = st.lists(_TEXTS, min_size=1, max_size=3)
_BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: _TEXTS,
    bool: st.booleans(),
    int: st.integers(0, 2**31 - 1),
    float: st.floats(-180, 180),
    date: st.dates(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    timedelta: st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
    list[str]: _LISTS,
    Mapping[str, Any]: st.dictionaries(_TEXTS, _TEXTS | _LISTS, max_size=3),
    when.When: _MOMENTS,
    Money: st.builds(Money.from_minor, _MINOR, _CURRENCIES),
}


async def possible(ctx: Context, command: Command, parameter: Parameter) -> st.SearchStrategy[Any]:
    """Every value that this parameter can have for who speaks."""
    match parameter.argument:
        case RemovedArgument(models=models):
            return st.sampled_from(await _rows(ctx, *models, removed=True))
        case RecordArgument(models=models):
            return st.sampled_from(await _rows(ctx, *models))
        case SubjectArgument():
            records = await _rows(ctx, Contact, Company, Deal, Lead)
            return st.sampled_from([*records, *(model.KIND for model in (Contact, Company, Deal, Lead))])
        case DateOrderArgument():
            return st.sampled_from([DAY_FIRST, MONTH_FIRST])
        case FilterArgument(model=model):
            return st.sampled_from([await parameter.argument.load(ctx, line) for line in _FILTERS[model]])
        case OwnersArgument():
            members = await Member.filter(workspace_id=ctx.member.workspace_id)
            return st.sampled_from([Owners("team"), Owners("everyone"), *map(Owners, members)])
        case HorizonArgument():
            return st.sampled_from(["month", "quarter"])
        case DaysArgument():
            return st.integers(1, 36_500).map(lambda days: timedelta(days=days))
        case FillingArgument():
            return st.builds(Filling, await _filled(ctx), _TEXTS)
        case ApprovalArgument():
            return st.sampled_from(await Approval.filter(owner_id=ctx.member.id))
    return await _of(ctx, get_type_hints(command.handler)[parameter.name])


async def _filled(ctx: Context) -> st.SearchStrategy[dict[str, Any]]:
    """Answers to what a stage requires, by column."""
    contacts, companies = await _rows(ctx, Contact), await _rows(ctx, Company)
    return st.fixed_dictionaries(
        {},
        optional={
            "amount": _MINOR,
            "currency": _CURRENCIES,
            "expected_close": st.dates(date(2020, 1, 1), date(2040, 1, 1)),
            "contacts": st.lists(st.sampled_from([contact.id for contact in contacts]), max_size=2),
            "company_id": st.sampled_from([company.id for company in companies]),
            "next_step": _TEXTS,
            "custom": st.dictionaries(_TEXTS, _TEXTS | _LISTS, max_size=2),
        },
    )


async def _of(ctx: Context, hint: Any) -> st.SearchStrategy[Any]:
    if hint in _BY_TYPE:
        return _BY_TYPE[hint]
    if get_origin(hint) in (Union, UnionType):
        # What is left out is not kept.
        return st.one_of([await _of(ctx, part) for part in get_args(hint) if part is not NoneType])
    if get_origin(hint) is tuple:
        return st.lists(await _of(ctx, get_args(hint)[0]), max_size=3).map(tuple)
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Model):
        return st.sampled_from(await _rows(ctx, hint))
    if is_dataclass(hint) and isinstance(hint, type):
        hints = get_type_hints(hint)
        return st.builds(hint, *[await _part(ctx, hints[each.name]) for each in fields(hint)])
    raise AssertionError(f"no values for {hint}: say them in {__name__}")


async def _part(ctx: Context, hint: Any) -> st.SearchStrategy[Any]:
    """As :func:`_of`; a part of a value may be None."""
    found = await _of(ctx, hint)
    return st.none() | found if NoneType in get_args(hint) else found


async def _rows(ctx: Context, *models: type[Model], removed: bool = False) -> list[Any]:
    """The records that the speaker sees; of what is set up, all there are."""
    found = list[Any]()
    for model in models:
        if issubclass(model, Record):
            seen = model.ever_visible_to(ctx.member)
            found += await seen.filter(deleted_at__isnull=not removed)
        else:
            found += await model.all()
    return found
