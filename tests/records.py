"""Every class of records, by its kind."""

from __future__ import annotations

from importlib import import_module

from models import MODELS
from models.record import LETTERS, Record

for module in MODELS:  # each class enters itself
    import_module(module)
RECORDS: dict[str, type[Record]] = {model.KIND: model for model in LETTERS.values()}
