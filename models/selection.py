"""Selection: which records a list is narrowed to, as conditions that the indexes answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from models import search
from models.activity import Activity, ActivityStatus
from models.company import Company
from models.deal import Deal, DealContact, StageChange, StageKind
from models.lead import Lead, LeadStatus
from models.money import CURRENCIES_BY_EXPONENT
from models.reminder import Reminder, ReminderState

if TYPE_CHECKING:
    from models.record import Record

R = TypeVar("R", bound="Record")


class Lack(StrEnum):
    """What may be missing."""

    STEP = "step"
    CONTACT = "contact"
    AMOUNT = "amount"
    CLOSE = "close"
    COMPANY = "company"
    OWNER = "owner"
    EMAIL = "email"
    PHONE = "phone"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days on a calendar: from the first to before ``until``."""

    first: date
    until: date


@dataclass(frozen=True, slots=True)
class Instants:
    """Time from ``first`` to before ``until``, aware UTC."""

    first: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Selection:
    """Conditions that all have to hold; what is None or empty narrows nothing.

    ``least`` and ``most`` are amounts in major units, of whatever currency, or of ``currency`` (ISO 4217).
    ``idle_since``: nothing happened from then on. ``closed`` implies won or lost.
    """

    owner_ids: Sequence[int] | None = None
    stage_ids: Sequence[int] | None = None
    stage_kind: StageKind | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    currency: str = ""
    closing: Days | None = None
    closed: Instants | None = None
    created: Instants | None = None
    idle_since: datetime | None = None
    lacks: frozenset[Lack] = frozenset()
    tags: Sequence[str] = ()
    places: Sequence[str] = ()
    words: Sequence[str] = ()
    source: str = ""
    status: LeadStatus | None = None

    def narrow(self, rows: QuerySet[R], member: Any) -> QuerySet[R]:
        """Those of ``rows`` (from a ``visible_to(member)``) for which every condition holds."""
        model = rows.model
        for condition in (*self._plain(model), *self._of_deals(), *self._missing(model)):
            rows = rows.filter(condition)
        for word in self.words:
            rows = rows.filter(search.beginning(model, word, member))
        return rows

    def _plain(self, model: type[Record]) -> list[Q]:
        found = [search.marked(model.KIND, search.Facet.TAG, tag) for tag in self.tags]
        found += [self._lies_in(model, place) for place in self.places]
        if self.owner_ids is not None:
            found.append(Q(owner_id__in=list(self.owner_ids)))
        if self.created is not None:
            found.append(Q(created_at__gte=self.created.first, created_at__lt=self.created.until))
        if self.idle_since is not None:
            found.append(idle(model, self.idle_since))
        if self.source:
            found.append(Q(source=self.source))
        if self.status is not None:
            found.append(Q(status=self.status))
        return found

    @staticmethod
    def _lies_in(model: type[Record], place: str) -> Q:
        """A deal lies where its company does."""
        if model is not Deal:
            return search.marked(model.KIND, search.Facet.PLACE, place)
        there = search.marked(Company.KIND, search.Facet.PLACE, place)
        return Q(company_id__in=Subquery(Company.filter(there).values("id")))

    def _of_deals(self) -> list[Q]:
        found = list[Q]()
        if self.stage_ids is not None:
            found.append(Q(stage_id__in=list(self.stage_ids)))
        if self.stage_kind is not None:
            found.append(Q(stage__kind=self.stage_kind))
        if self.currency:
            found.append(Q(currency=self.currency))
        if self.least is not None:
            found.append(_amount("gte", self.least))
        if self.most is not None:
            found.append(_amount("lte", self.most))
        if self.closing is not None:
            found.append(Q(expected_close__gte=self.closing.first, expected_close__lt=self.closing.until))
        if self.closed is not None:
            found.append(Q(closed_at__gte=self.closed.first, closed_at__lt=self.closed.until))
        return found

    def _missing(self, model: type[Record]) -> list[Q]:
        return [_LACKS[lack](model) for lack in sorted(self.lacks)]


def _amount(comparison: str, amount: Decimal) -> Q:
    """Compared in major units: each currency's minor unit is its own."""
    found, others = Q(), list[str]()
    for exponent, currencies in CURRENCIES_BY_EXPONENT.items():
        within: dict[str, Any] = {
            "currency__in": currencies,
            f"amount__{comparison}": int(amount.scaleb(exponent)),
        }
        found |= Q(**within)
        others += currencies
    usual: dict[str, Any] = {f"amount__{comparison}": int(amount.scaleb(2))}
    return found | (Q(**usual) & Q(currency__not_in=others))


def idle(model: type[Record], since: datetime) -> Q:
    """Nothing that was done with it, no move and no creation from then on."""
    name: dict[str, Any] = {f"{model.KIND}_id__isnull": False}
    touched = Activity.filter(**name, status=ActivityStatus.DONE, at__gte=since, deleted_at__isnull=True)
    quiet = Q(created_at__lt=since) & Q(id__not_in=Subquery(touched.values(f"{model.KIND}_id")))
    if model is Deal:
        quiet &= Q(id__not_in=Subquery(StageChange.filter(at__gte=since).values("deal_id")))
    return quiet


def _without_step(model: type[Record]) -> Q:
    name: dict[str, Any] = {f"{model.KIND}_id__isnull": False}
    ahead = Reminder.filter(**name, state=ReminderState.OPEN, deleted_at__isnull=True)
    free = Q(id__not_in=Subquery(ahead.values(f"{model.KIND}_id")))
    return free & Q(next_step="") if model is Deal else free


def _without_contact(model: type[Record]) -> Q:
    linked = DealContact.filter(contact__deleted_at__isnull=True).values("deal_id")
    return Q(id__not_in=Subquery(linked))


_LACKS: dict[Lack, Callable[[type[Record]], Q]] = {
    Lack.STEP: _without_step,
    Lack.CONTACT: _without_contact,
    Lack.AMOUNT: lambda model: Q(amount__isnull=True),
    Lack.CLOSE: lambda model: Q(expected_close__isnull=True),
    Lack.COMPANY: lambda model: Q(company="") if model is Lead else Q(company_id__isnull=True),
    Lack.OWNER: lambda model: Q(owner_id__isnull=True),
    Lack.EMAIL: lambda model: Q(emails="[]"),
    Lack.PHONE: lambda model: Q(phones="[]"),
    Lack.TAG: lambda model: ~Q(id__in=Subquery(_tagged(model))),
}


def _tagged(model: type[Record]) -> Any:
    kind = search.by_facet(model.KIND, search.Facet.TAG)
    return search.Token.filter(kind=kind).values("record_id")
