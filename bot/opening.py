"""From the command line to an open database: configuration, log, data folder, schema."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import holder, log
from bot.config import Config, ConfigError, load, make_data_folder
from bot.database import (
    BackupRefused,
    Database,
    DatabaseUnusable,
    SchemaForked,
    SchemaPending,
    SchemaTooNew,
)
from bot.refused import Refused
from models.messaging.lease import GIVEN_BACK, Lease

# A lease that reaches further is not a living process's: a simulation has left it behind.
_LONGEST_LEASE = timedelta(minutes=1)


def configured(path: Path | None, environ: Mapping[str, str]) -> Config:
    """The configuration, with the log set up as it says and the default data folder made.

    Raises:
        Refused: with status 2 and every mistake, one a line.
    """
    try:
        config = load(path, environ)
        make_data_folder(config, environ)
    except ConfigError as error:
        raise Refused(str(error), status=2) from None
    log.configure(config.log, config.secrets())
    return config


@contextmanager
def refusing() -> Iterator[None]:
    """What the database refuses, as a sentence for the terminal."""
    refusals = (BackupRefused, DatabaseUnusable, SchemaForked, SchemaPending, SchemaTooNew)
    try:
        yield
    except refusals as error:
        raise Refused(str(error)) from None


@asynccontextmanager
async def connected(config: Config) -> AsyncIterator[Database]:
    """The database as it is, closed in the end.

    Raises:
        Refused: it cannot be opened.
    """
    with refusing():
        database = Database(config.database.url)
        await database.open()
        try:
            yield database
        finally:
            await database.close()


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Database]:
    """The database with the schema of this version, closed in the end. SQLite is migrated if need be.

    Raises:
        Refused: it cannot be opened, or its schema is another version's.
    """
    async with connected(config) as database:
        await database.prepare(auto_migrate=config.database.auto_migrate)
        yield database


def lives(lease: Lease, now: datetime) -> bool:
    """Whether a living process has it, as far as can be known here. ``now`` is the real time, in UTC."""
    if lease.expires_at == GIVEN_BACK or holder.is_gone(lease.holder):
        return False
    return holder.simulates_here(lease.holder) or now < lease.expires_at <= now + _LONGEST_LEASE


def moment(text: str, config: Config) -> datetime:
    """An instant in UTC, from ISO 8601; without an offset it is in the workspace's zone.

    Raises:
        Refused: it is none.
    """
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=ZoneInfo(config.workspace.zone))
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        remedy = "Write it as 2026-10-14T15:30 or 2026-10-14T15:30+02:00."
        raise Refused(f"--at {text!r} is no instant. {remedy}", status=2) from None
