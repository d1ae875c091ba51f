"""Filters: conditions on records as people ask for them, each a Q for a ``visible_to`` query.

What they say of other records (touches, follow-ups, companies) counts only those that the member sees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from enum import StrEnum
from typing import Any, Literal

from tortoise.expressions import Q, RawSQL, Subquery
from tortoise.functions import Max
from tortoise.queryset import QuerySet

from models import search
from models.activity import Activity, ActivityStatus
from models.company import Company
from models.contact import Contact
from models.deal import Deal, DealContact, Stage, StageChange, StageKind
from models.lead import Lead
from models.member import Member
from models.money import CURRENCIES_BY_EXPONENT, Money, exponent
from models.record import Record
from models.reminder import Reminder, ReminderState
from models.search import Facet

Than = Literal["gt", "gte", "lt", "lte"]

# A currency of two decimals, as most are.
_USUAL = "EUR"
_DIGITS = 80
# No row has it.
_NONE = Q(id=0)


def worth(than: Than, amount: Decimal, currency: str | None) -> Q:
    """An amount in that currency; without one, so many of whatever currency the record's is.

    Raises:
        InvalidValue: an amount that no column may hold.
    """
    if currency is not None:
        exactly: dict[str, Any] = {f"amount__{than}": _bound(than, amount, currency)}
        return Q(currency=currency, **exactly)
    any_of, unusual = Q(), list[str]()
    for currencies in CURRENCIES_BY_EXPONENT.values():
        minor: dict[str, Any] = {f"amount__{than}": _bound(than, amount, currencies[0])}
        any_of |= Q(currency__in=currencies, **minor)
        unusual += currencies
    usual: dict[str, Any] = {f"amount__{than}": _bound(than, amount, _USUAL)}
    return any_of | (Q(**usual) & ~Q(currency__in=unusual))


def _bound(than: Than, amount: Decimal, currency: str) -> int:
    """The whole minor units to compare with: nothing lies between them and a finer amount."""
    places = Decimal(1).scaleb(-exponent(currency))
    rounding = ROUND_FLOOR if than in ("gt", "lte") else ROUND_CEILING
    with localcontext(prec=_DIGITS):
        # An amount that is far too large is left as it is, and refused as such.
        bound = amount if amount.adjusted() > _DIGITS // 2 else amount.quantize(places, rounding)
    return Money(bound, currency).minor()


def on_days(column: str, first: date | None, last: date | None) -> Q:
    """A date from ``first`` to ``last``, both included; None leaves that side open."""
    return _between(column, "lte", first, last)


def at_moments(column: str, start: datetime | None, end: datetime | None) -> Q:
    """An instant from ``start`` (aware) and before ``end``; None leaves that side open."""
    return _between(column, "lt", start, end)


def _between(column: str, until: str, start: Any, end: Any) -> Q:
    conditions: dict[str, Any] = {f"{column}__isnull": False}
    conditions |= {} if start is None else {f"{column}__gte": start}
    conditions |= {} if end is None else {f"{column}__{until}": end}
    return Q(**conditions)


def tagged(model: type[Record], member: Member, tag: str) -> Q:
    """With that tag, in whatever letters."""
    return Q(id__in=Subquery(search.holding(model, member, Facet.TAG, tag)))


def placed(model: type[Record], member: Member, *, city: str = "", postcode: str = "") -> Q:
    """In a city, or where the postcode begins so.

    A contact that has no address of its own, and every deal, is where its company is.
    """
    if model is Company:
        return _there(Company, member, city, postcode)
    companies = Company.visible_to(member).filter(_there(Company, member, city, postcode))
    through = Q(company_id__in=Subquery(companies.values("id")))
    if model is Contact:
        return _there(Contact, member, city, postcode) | (Q(city="", postcode="") & through)
    return through


def _there(model: type[Record], member: Member, city: str, postcode: str) -> Q:
    there = Q()
    if city:
        there &= Q(id__in=Subquery(search.holding(model, member, Facet.CITY, city)))
    if postcode:
        there &= Q(id__in=Subquery(search.holding(model, member, Facet.POSTCODE, postcode, begins=True)))
    return there


def without_step(member: Member, now: datetime) -> Q:
    """A deal for which nothing is to come: no next step, no open follow-up, no planned activity."""
    # Any deal, said as a range: SQLite looks no "is not null" up in an index.
    waiting = Reminder.visible_to(member).filter(state=ReminderState.OPEN, deal_id__gt=0)
    planned = Activity.visible_to(member).filter(status=ActivityStatus.PLANNED, deal_id__isnull=False)
    return (
        Q(next_step="")
        & ~Q(id__in=Subquery(waiting.values("deal_id")))
        & ~Q(id__in=Subquery(planned.filter(at__gte=now).values("deal_id")))
    )


class Lack(StrEnum):
    """What may be missing."""

    CONTACT = "contact"
    AMOUNT = "amount"
    CLOSE = "close"
    COMPANY = "company"
    OWNER = "owner"
    EMAIL = "email"
    PHONE = "phone"
    TAG = "tag"


LACKS: Mapping[type[Record], Sequence[Lack]] = {
    Deal: (Lack.CONTACT, Lack.AMOUNT, Lack.CLOSE, Lack.COMPANY, Lack.OWNER, Lack.TAG),
    Contact: (Lack.COMPANY, Lack.OWNER, Lack.EMAIL, Lack.PHONE, Lack.TAG),
    Company: (Lack.OWNER, Lack.TAG),
    Lead: (Lack.COMPANY, Lack.OWNER, Lack.AMOUNT, Lack.EMAIL, Lack.PHONE),
}
"""What a record of each kind may be without."""


def lacking(model: type[Record], member: Member, lack: Lack) -> Q:
    """Without it, as far as the member sees: a hidden company or contact is none."""
    match lack:
        case Lack.CONTACT:
            seen = Contact.visible_to(member).values("id")
            linked = DealContact.filter(contact_id__in=Subquery(seen))
            return Q(id__not_in=Subquery(linked.values("deal_id")))
        case Lack.COMPANY if model is Lead:
            return Q(company="")
        case Lack.COMPANY:
            seen = Company.visible_to(member).values("id")
            return Q(company_id__isnull=True) | Q(company_id__not_in=Subquery(seen))
        case Lack.TAG:
            kind = search.by_facet(model.KIND, Facet.TAG)
            with_tags = search.Token.filter(workspace_id=member.workspace_id, kind=kind)
            return Q(id__not_in=Subquery(with_tags.values("record_id")))
    return _EMPTY[lack]


_EMPTY: Mapping[Lack, Q] = {
    Lack.AMOUNT: Q(amount__isnull=True),
    Lack.CLOSE: Q(expected_close__isnull=True),
    Lack.OWNER: Q(owner_id__isnull=True),
    Lack.EMAIL: Q(emails=[]),
    Lack.PHONE: Q(phones=[]),
}


def untouched(model: type[Record], member: Member, since: datetime | None = None) -> Q:
    """Older than ``since`` (aware), with no touch that happened from then on; None: never touched.

    A deal's moves are touches.
    """
    parent = f"{model.KIND}_id"
    some: dict[str, Any] = {f"{parent}__isnull": False}
    touches = Activity.visible_to(member).filter(status=ActivityStatus.DONE, **some)
    moves = StageChange.filter(deal__workspace_id=member.workspace_id)
    quiet = Q()
    if since is not None:
        touches, moves = touches.filter(at__gte=since), moves.filter(at__gte=since)
        quiet = Q(created_at__lt=since)
    quiet &= ~Q(id__in=Subquery(touches.values(parent)))
    return quiet & ~Q(id__in=Subquery(moves.values("deal_id"))) if model is Deal else quiet


async def stale(member: Member, now: datetime, after: timedelta | None = None) -> Q:
    """An open deal untouched for longer than its stage allows, or than ``after``."""
    rows = Stage.filter(pipeline__workspace_id=member.workspace_id, kind=StageKind.OPEN).order_by("id")
    stages = await rows
    if after is not None:
        return Q(stage_id__in=[stage.id for stage in stages]) & untouched(Deal, member, now - after)
    by_days: dict[int, list[int]] = {}
    for stage in stages:
        if stage.stale_days is not None:
            by_days.setdefault(stage.stale_days, []).append(stage.id)
    condition = _NONE
    for days, ids in by_days.items():
        condition |= Q(stage_id__in=ids) & untouched(Deal, member, now - timedelta(days=days))
    return condition


async def last_touches(member: Member, deals: Sequence[Deal]) -> dict[int, datetime]:
    """When each deal was last touched (aware UTC): a touch, a move, or that it was opened."""
    last = {deal.id: deal.created_at for deal in deals}
    touches = Activity.visible_to(member).filter(status=ActivityStatus.DONE, deal_id__in=list(last))
    moves = StageChange.filter(deal_id__in=list(last))
    found = [*await _latest(touches), *await _latest(moves)]
    for row in found:
        # The aggregate of an instant comes as the database stores it.
        at = StageChange._meta.fields_map["at"].to_python_value(row["last"])
        last[row["deal_id"]] = max(last[row["deal_id"]], at)
    return last


async def _latest(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    return await rows.annotate(last=Max("at")).group_by("deal_id").values("deal_id", "last")


async def by_last_touch(rows: QuerySet[Deal], member: Member) -> QuerySet[Deal]:
    """The deal left alone for longest first: by its last touch, of those whose owner the member sees.

    As in :func:`last_touches`, its moves and that it was opened are touches too.
    """
    whose = ""
    if not member.sees_everything:
        ids = await member.led().values_list("id", flat=True)
        whose = f" AND (touch.owner_id IS NULL OR touch.owner_id IN ({', '.join(map(str, ids))}))"
    last = RawSQL(
        "(SELECT MAX(one.at) FROM (SELECT touch.at FROM activity AS touch WHERE touch.deal_id = deal.id"  # noqa: S608 # numbers of ours
        f" AND touch.status = 'done' AND touch.deleted_at IS NULL{whose}"
        " UNION ALL SELECT move.at FROM stage_change AS move WHERE move.deal_id = deal.id"
        " UNION ALL SELECT deal.created_at) AS one)"
    )
    return rows.annotate(last_touch=last).order_by("last_touch", "id")
