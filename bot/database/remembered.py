"""Queries whose SQL is remembered: Tortoise makes it anew for each, which costs more than running it.

Two queries of one shape (the same model, conditions, order) differ in their values only. The first of a
shape is made once more with placeholders for its values; where each of them comes out again among the
parameters, the SQL serves for all of that shape. What is of another kind is made by Tortoise as ever.
"""

from __future__ import annotations

from collections.abc import Generator, Hashable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Literal, TypeVar, cast

from tortoise.expressions import Q, Subquery
from tortoise.manager import Manager
from tortoise.models import Model
from tortoise.queryset import AwaitableQuery, ExistsQuery, QuerySet, ValuesListQuery, ValuesQuery

M = TypeVar("M", bound=Model)

# Parley has a few hundred; each length of a list of ids is one of its own.
MOST_SHAPES = 2_000
LONGEST_LIST = 50


@dataclass(frozen=True, slots=True)
class Template:
    """SQL, and its parameters: the place of a value among those of the query, or a value of its own."""

    sql: str
    parameters: Sequence[tuple[int | None, Any]]
    related: list[Any]

    def filled(self, values: Sequence[Any]) -> list[Any]:
        return [own if place is None else values[place] for place, own in self.parameters]


_ATTRIBUTES = tuple({*AwaitableQuery.__slots__, *QuerySet.__slots__})
# Those that a query changes in place.
_COLLECTIONS = (
    "_prefetch_map",
    "_prefetch_queries",
    "_filter_kwargs",
    "_orderings",
    "_joined_tables",
    "_q_objects",
    "_annotations",
    "_having",
    "_custom_filters",
)

# By shape; None where the SQL cannot be remembered.
_templates: dict[Hashable, Template | None] = {}


def forget() -> None:
    """SQL is one database's: another one is being opened."""
    _templates.clear()


class Remembering(Manager):
    """Starts the queries of a model."""

    def get_queryset(self) -> QuerySet[Any]:
        return Remembered(self._model)


class Remembered(QuerySet[M]):
    """A query for rows of a model, or for some of their columns, or whether there are any."""

    __slots__ = ()

    def _clone(self) -> QuerySet[M]:
        # Each filter and order makes one. As Tortoise's, but for what is slow in it.
        twin = self.__class__.__new__(self.__class__)
        for name in _ATTRIBUTES:
            setattr(twin, name, getattr(self, name))
        for name in _COLLECTIONS:
            setattr(twin, name, getattr(self, name).copy())
        return twin

    def __await__(self) -> Generator[Any, None, list[M]]:
        self._choose_db_if_not_chosen(self._select_for_update)
        template = _prepare(self)
        if template is not None:
            self._select_related_idx = template.related
        return self._execute().__await__()

    def exists(self) -> ExistsQuery:
        found = super().exists()
        found.__class__ = _RememberedExists  # Tortoise names the class where it makes one
        return found

    def values_list(self, *columns: str, flat: bool = False) -> ValuesListQuery[Literal[False]]:
        found = super().values_list(*columns, flat=flat)
        found.__class__ = _RememberedColumns
        return found


class _RememberedExists(ExistsQuery):
    __slots__ = ()

    def __await__(self) -> Generator[Any, None, bool]:
        self._choose_db_if_not_chosen()
        _prepare(self)
        return self._execute().__await__()


class _RememberedColumns(ValuesListQuery[Any]):
    __slots__ = ()

    def __await__(self) -> Generator[Any, None, Any]:
        self._choose_db_if_not_chosen()
        _prepare(self)
        return self._execute().__await__()


@dataclass(frozen=True, slots=True)
class _Ready:
    """All that executing asks of the query that Tortoise would have made."""

    sql: str
    values: list[Any]

    def get_parameterized_sql(self) -> tuple[str, list[Any]]:
        return self.sql, self.values


def _prepare(query: AwaitableQuery[Any]) -> Template | None:
    """Give the query its SQL; returns the template that it came from, None where Tortoise made it."""
    values: list[Any] = []
    template = _template(query, values)
    if template is None:
        query._make_query()
    else:
        query.query = cast(Any, _Ready(template.sql, template.filled(values)))
    return template


def _template(query: AwaitableQuery[Any], values: list[Any]) -> Template | None:
    """The template for a query; its own values are put into ``values``."""
    try:
        shape = _shape(query, values)
    except _Unknown:
        return None
    if shape not in _templates:
        if len(_templates) >= MOST_SHAPES:
            _templates.clear()
        _templates[shape] = _made(query)
    return _templates[shape]


# -- the shape of a query --------------------------------------------------------------------------


class _Unknown(Exception):
    """A query with something in it whose SQL may depend on more than its shape."""


def _shape(query: Any, values: list[Any]) -> Hashable:
    if query._annotations or query._custom_filters or query._force_indexes or query._use_indexes:
        raise _Unknown
    conditions = tuple([_shape_of_q(condition, values) for condition in query._q_objects])
    return type(query), query.model, conditions, _rest(query)


def _rest(query: Any) -> Hashable:
    """What shapes a query beside its conditions."""
    match query:
        case QuerySet(_prefetch_map=prefetched) if not prefetched:
            selected: Hashable = (query._fields_for_select, frozenset(query._select_related), _locking(query))
        case ValuesListQuery(_group_bys=()):
            selected = tuple(query.fields.items())
        case ValuesQuery(_group_bys=()):
            selected = tuple(query._fields_for_select.items())
        case ExistsQuery():
            return None
        case _:
            raise _Unknown
    return selected, tuple(query._orderings), query._limit, query._offset, query._distinct


def _locking(query: QuerySet[Any]) -> Hashable:
    return query._select_for_update and (
        query._select_for_update_nowait,
        query._select_for_update_skip_locked,
        query._select_for_update_no_key,
        frozenset(query._select_for_update_of),
    )


def _shape_of_q(condition: Q, values: list[Any]) -> Hashable:
    return (
        condition.join_type,
        condition._is_negated,
        tuple([_shape_of_q(child, values) for child in condition.children]),
        tuple([(name, _shape_of_value(value, values)) for name, value in condition.filters.items()]),
    )


def _shape_of_value(value: Any, values: list[Any]) -> Hashable:
    kind = type(value)
    if kind is str or kind is int or (kind is datetime and value.tzinfo is UTC):
        values.append(value)
        return kind.__name__
    if value is None or kind is bool or isinstance(value, Enum):
        return kind, value
    if kind in (list, tuple) and len(value) <= LONGEST_LIST:
        return "in", tuple([_shape_of_value(each, values) for each in value])
    if kind is Subquery:
        return kind, _shape(value.query, values)
    raise _Unknown


# -- the SQL of a shape ----------------------------------------------------------------------------


class _Text(str):
    place: int


class _Number(int):
    place: int


class _Moment(datetime):
    place: int


def _made(query: AwaitableQuery[Any]) -> Template | None:
    """The template, or None where a value does not come out as it went in."""
    slots: list[Any] = []
    twin = _with_slots(query, slots)
    twin._choose_db_if_not_chosen()
    try:
        twin._make_query()
    except ValueError:  # a field that takes certain values only: an enumeration's, said as plain text
        return None
    sql, parameters = twin.query.get_parameterized_sql()
    places = [getattr(value, "place", None) for value in parameters]
    if sorted(place for place in places if place is not None) != list(range(len(slots))):
        return None
    related = getattr(twin, "_select_related_idx", [])
    return Template(sql, list(zip(places, parameters, strict=True)), related)


def _with_slots(query: AwaitableQuery[Any], slots: list[Any]) -> AwaitableQuery[Any]:
    twin = copy(query)
    twin._q_objects = [_q_with_slots(condition, slots) for condition in query._q_objects]
    return twin


def _q_with_slots(condition: Q, slots: list[Any]) -> Q:
    twin = Q(join_type=condition.join_type)
    twin._is_negated = condition._is_negated
    twin.children = tuple([_q_with_slots(child, slots) for child in condition.children])
    twin.filters = {name: _slot_for(value, slots) for name, value in condition.filters.items()}
    return twin


def _slot_for(value: Any, slots: list[Any]) -> Any:
    """What stands for a value. What a slot says does not matter: no field refuses or changes these."""
    match value:
        case Enum() | bool() | None:
            return value
        case list() | tuple():
            return [_slot_for(each, slots) for each in value]
        case Subquery():
            return Subquery(_with_slots(value.query, slots))
        case str():
            slot: Any = _Text("x")
        case int():
            slot = _Number(1)
        case _:
            slot = _Moment(2000, 1, 1, tzinfo=UTC)
    slot.place = len(slots)
    slots.append(slot)
    return slot
