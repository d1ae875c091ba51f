"""Instants in UTC, and the class of data that every field holds."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from tortoise.fields import DatetimeField, Field
from tortoise.fields.relational import BackwardFKRelation

if TYPE_CHECKING:
    from tortoise.models import Model

Moment = TypeVar("Moment", datetime, datetime | None)
AnyField = TypeVar("AnyField")


def in_utc(value: object) -> datetime:
    """The same instant in UTC, from an aware datetime or from the text in which SQLite stores one.

    Raises: ValueError for a naive one, for one that UTC cannot hold (year 0, year 10000), and for
    anything that is no instant.
    """
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        raise ValueError(f"not an instant: {value!r}")
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:
        raise ValueError(f"an instant needs its zone: {value!r} has none")
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"no such instant in UTC: {value!r}") from error


class UTCDatetimeField(DatetimeField[Moment]):
    """An instant, stored and read in UTC.

    Tortoise converts values to UTC only when a model is constructed: in ``filter``, ``update`` and
    ``save`` it sends them as they are, and SQLite then compares the texts of two zones. This field
    converts in both directions, always. A naive datetime raises ValueError, at once on construction.

    It has no ``auto_now``: the time is a parameter everywhere.
    """

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: UTCDatetimeField[datetime], *, null: Literal[False] = False, **kwargs: Any
        ) -> None: ...

        @overload
        def __init__(
            self: UTCDatetimeField[datetime | None], *, null: Literal[True], **kwargs: Any
        ) -> None: ...

    def __init__(self, **kwargs: Any) -> None:
        if kwargs.keys() & {"auto_now", "auto_now_add"}:
            raise TypeError("a UTCDatetimeField never sets itself to the clock")
        super().__init__(**kwargs)  # type: ignore[misc] # its overloads name DatetimeField only

    def to_python_value(self, value: Any) -> datetime | None:
        return None if value is None else in_utc(value)

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        moment = None if value is None else in_utc(value)
        self.validate(moment)
        return moment


class DataClass(StrEnum):
    """What a field holds, and so who may see it where."""

    PUBLIC = "public"
    """Says nothing of a person: ids, stages, counters, the workspace's own settings."""
    PERSONAL = "personal"
    """Says something of a person: names, addresses, what was said and when."""
    SENSITIVE = "sensitive"
    """Would harm if it were seen by the wrong eyes: free notes, amounts, tax numbers, raw messages."""
    SECRET = "secret"  # noqa: S105 - the name of a class of data
    """Opens a door: tokens, codes, salts. Never shown, never exported."""


def public(field: AnyField) -> AnyField:
    return _classified(field, DataClass.PUBLIC)


def personal(field: AnyField) -> AnyField:
    return _classified(field, DataClass.PERSONAL)


def sensitive(field: AnyField) -> AnyField:
    return _classified(field, DataClass.SENSITIVE)


def secret(field: AnyField) -> AnyField:
    return _classified(field, DataClass.SECRET)


def data_class_of(model: type[Model], name: str) -> DataClass:
    """The class of a model's field; a foreign key's column (``company_id``) has its key's class.

    Raises: LookupError where the model has no such field of its own, or where it has no class.
    """
    field = model._meta.fields_map[name]
    if isinstance(field, BackwardFKRelation):
        raise LookupError(f"{model.__name__}.{name} is the other end of another model's field")
    found: DataClass | None = getattr(field.reference or field, "data_class", None)
    if found is None:
        raise LookupError(f"{model.__name__}.{name} has no data class ({', '.join(DataClass)})")
    return found


def _classified(field: AnyField, data_class: DataClass) -> AnyField:
    # An attribute and not a parameter: the migration writer deconstructs a field by its parameters,
    # so the class of a field can change without a migration.
    if not isinstance(field, Field):
        raise TypeError(f"not a field: {field!r}")
    field.data_class = data_class  # type: ignore[attr-defined]
    return field
