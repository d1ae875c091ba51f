"""Tortoise's models are prepared once in a process for each kind of database, and not at each opening.

A process of Parley opens one database and prepares its models once, in some ten milliseconds; the tests
open thousands, which comes to the same each time: what a model's fields and filters are on SQLite, and on
PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from tortoise.apps import Apps
from tortoise.models import MetaInfo, Model

# What Apps._build_initial_querysets writes into a model's MetaInfo, of tortoise-orm 1.1; its filters besides.
_WRITTEN = (
    *("db_fields", "fields", "fields_db_projection_reverse", "fetch_fields", "generated_db_fields"),
    *("db_default_db_columns", "_ordering_validated"),
    *("db_native_fields", "db_default_fields", "db_complex_fields"),
    *("basetable", "basequery", "basequery_all_fields"),
)

Prepared = dict[str, Any]
# By model and class of executor. A migration makes models of its own, which go again.
_known: WeakKeyDictionary[type[Model], dict[type, Prepared]] = WeakKeyDictionary()


def keep_prepared(prepare: Callable[[Apps], None] = Apps._build_initial_querysets) -> None:
    """From now on, put back what is known; what is not, Tortoise prepares and is kept."""

    def put_back_or_prepare(apps: Apps) -> None:
        models = [model for app in apps.values() for model in app.values()]
        kinds = {model: model._meta.db.executor_class for model in models}
        if all(kinds[model] in _known.get(model, ()) for model in models):
            for model, kind in kinds.items():
                _put_back(model._meta, _known[model][kind])
            return
        prepare(apps)
        for model, kind in kinds.items():
            _known.setdefault(model, {})[kind] = _taken(model._meta)

    Apps._build_initial_querysets = put_back_or_prepare  # type: ignore[assignment]  # that is its purpose


def _taken(meta: MetaInfo) -> Prepared:
    # Tortoise empties its lists and sets and fills them again: they are copied on both ways.
    taken = {name: _copy(getattr(meta, name)) for name in _WRITTEN}
    return taken | {"filters": {name: meta.filters[name] for name in meta._filters}}


def _put_back(meta: MetaInfo, known: Prepared) -> None:
    for name in _WRITTEN:
        setattr(meta, name, _copy(known[name]))
    meta.filters.update(known["filters"])


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, list | set | dict) else value
