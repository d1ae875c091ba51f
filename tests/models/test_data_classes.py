"""Every field says what it holds of people."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest
from tortoise.models import Model

from models import MODELS
from models.fields import DataClass, data_class_of


def columns() -> Iterator[tuple[type[Model], str]]:
    """Every stored field of every table."""
    for name in MODELS:
        for model in vars(importlib.import_module(name)).values():
            mine = isinstance(model, type) and issubclass(model, Model) and model.__module__ == name
            if mine and not model._meta.abstract:
                yield from ((model, field) for field in model._meta.fields_db_projection)


@pytest.mark.parametrize(
    ("model", "field"), [pytest.param(*each, id=f"{each[0].__name__}.{each[1]}") for each in columns()]
)
def test_every_field_has_a_data_class(model: type[Model], field: str) -> None:
    """Public, personal, sensitive or secret: what has none could leak unnoticed."""
    assert isinstance(data_class_of(model, field), DataClass)


def test_there_are_fields_to_look_at() -> None:
    """The tables of the core schema are among them."""
    tables = {model.__name__ for model, _ in columns()}
    assert {"Contact", "Deal", "Activity", "Reminder", "Incoming", "Outgoing", "Token"} <= tables
