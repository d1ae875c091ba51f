"""Draft of the migration that the models ask for: ``python -m tests.drafting`` prints it.

A draft is read by its author before it becomes a migration: see docs/migrations.md.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.writer import MigrationWriter
from tortoise.models import Model

from bot.database.connection import MIGRATIONS
from models import MODELS

# What the writer spells out although the field would have it anyway. Left in, a migration would hang
# on the JSON library that happens to be installed, and on the names of an enumeration's members.
DEFAULTS = re.compile(
    r", (?:encoder=JSON_DUMPS|decoder=loads|db_constraint=True|to_field='id'|unique=False|generated=False"
    r"|unique=True, db_index=True(?=, max_length)|description='[^']*')"
    r"|(?<=primary_key=True), unique=True, db_index=True"
    r"|(?<=\()(?:unique=False, |description='[^']*', )|(?<=TextField\()unique=False"
)


async def draft(models: Sequence[str] = MODELS, package: str = MIGRATIONS) -> list[MigrationWriter]:
    """The migrations by which the tables would become what the models say; none where they are that."""
    apps = {"models": {"models": list(models), "migrations": package, "default_connection": "default"}}
    engine = {"engine": "bot.sqlite", "credentials": {"file_path": "unused"}}
    with TortoiseContext() as context:
        await context.init(config={"connections": {"default": engine}, "apps": apps})
        assert context.apps is not None
        for model in context.apps["models"].values():
            _forget_words(model)
        return await MigrationAutodetector(context.apps, apps).changes()


def _forget_words(model: type[Model]) -> None:
    """A docstring is no part of the schema: rewording one asks for no migration."""
    model._meta.table_description = ""


def tidy(text: str) -> str:
    text = DEFAULTS.sub("", text)
    text = re.sub(r", 'pk_attr': 'id'|'app': 'models', |\n +bases=\[[^\n]*", "", text)
    return re.sub(r"(?m)^from (?:orjson|tortoise\.fields\.data) import .*\n", "", text)


if __name__ == "__main__":
    for migration in asyncio.run(draft()):
        print(f"# {migration.name}.py\n{tidy(migration.as_string())}")  # noqa: T201
