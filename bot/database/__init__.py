"""The database: one SQLite file or one PostgreSQL database, with the same answers from both."""

from bot.database.address import Address, Dialect
from bot.database.connection import Database
from bot.database.errors import (
    BackupRefused,
    DatabaseUnusable,
    SchemaForked,
    SchemaPending,
    SchemaTooNew,
)
from bot.database.letters import holdable
from bot.database.migrating import SchemaState
from bot.database.trouble import is_transient

__all__ = [
    "Address",
    "BackupRefused",
    "Database",
    "DatabaseUnusable",
    "Dialect",
    "SchemaForked",
    "SchemaPending",
    "SchemaState",
    "SchemaTooNew",
    "holdable",
    "is_transient",
]
