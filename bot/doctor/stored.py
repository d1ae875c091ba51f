"""The database: whether it can be used, how far it is migrated, and what lies in it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from tortoise.exceptions import BaseORMException

from bot.config import Config
from bot.database import Address, Database, DatabaseUnusable, SchemaState
from bot.doctor.finding import Finding
from bot.log.discretion import summary
from models import region
from models.fields import in_utc
from models.member import Member, Role
from models.messaging.inbox import InboxState, Incoming, reference
from models.messaging.outbox import OutboxState, Outgoing

SKEW = timedelta(minutes=1)
OLDEST_WAITING = timedelta(minutes=10)


async def opened(config: Config) -> tuple[Database | None, list[Finding]]:
    """The database, open but not migrated; None where it cannot be opened, or is not there yet."""
    address = Address.of(config.database.url)
    if address.dialect == "sqlite" and not address.path.exists():
        detail = f"{address.shown} is not there yet"
        return None, [Finding("note", "database", detail, "The first start makes it.")]
    database = Database(config.database.url)
    try:
        await database.open()
    except DatabaseUnusable as error:
        return None, [Finding("wrong", "database", f"{error.where} {error.problem}", error.remedy)]
    return database, [Finding("ok", "database", f"{address.dialect}, {address.shown}")]


async def examined(database: Database, config: Config, now: datetime) -> AsyncIterator[Finding]:
    """Its soundness, its schema and its contents."""
    restore = "Restore a backup: parley restore FILE"
    try:
        damage = await database.check()
        if damage:
            yield Finding("wrong", "database", f"it is damaged: {damage[0]}", restore)
            return
        schema = await database.schema_state()
        yield _migrations(schema, config, database)
        if schema.current:
            async for finding in _contents(config, database, now):
                yield finding
    except (BaseORMException, sqlite3.Error) as error:
        yield Finding("wrong", "database", f"it cannot be read ({summary(error)})", restore)


def _migrations(schema: SchemaState, config: Config, database: Database) -> Finding:
    if schema.unknown:
        detail = f"the schema is newer than this Parley ({', '.join(schema.unknown)})"
        remedy = "Start the newer version, or restore the backup from before the upgrade."
        return Finding("wrong", "migrations", detail, remedy)
    if not schema.pending:
        return Finding("ok", "migrations", f"{len(schema.applied)} applied, none waits")
    waiting = f"{', '.join(schema.pending)} wait{'s' if len(schema.pending) == 1 else ''}"
    if database.dialect == "sqlite" or config.database.auto_migrate:
        return Finding("note", "migrations", waiting, "Nothing to do: the next start applies them.")
    return Finding("wrong", "migrations", waiting, "Run: parley migrate")


async def _contents(config: Config, database: Database, now: datetime) -> AsyncIterator[Finding]:
    yield await _members()
    yield await _members_zones()
    for finding in (await _messages(now), await _undelivered()):
        if finding is not None:
            yield finding
    if not config.console.simulated:
        yield await _clock_of_data(database, now)


async def _members() -> Finding:
    count = await Member.filter(active=True).count()
    if await Member.filter(active=True, role=Role.ADMIN).exists():
        return Finding("ok", "members", f"{count} active")
    remedy = "Add one: parley member add EMAIL --name NAME --role admin"
    return Finding("note", "members", f"{count} active, no admin among them", remedy)


async def _members_zones() -> Finding:
    zones = await Member.filter(active=True).distinct().values_list("zone", flat=True)
    unknown = [str(zone) for zone in zones if region.no_zone(str(zone)) is not None]
    if unknown:
        detail = f"this machine does not know {', '.join(unknown)}"
        return Finding("wrong", "members' zones", detail, "Bring the machine's tzdata up to date.")
    return Finding("ok", "members' zones", f"{len(zones)} in use, all known")


async def _messages(now: datetime) -> Finding | None:
    stuck = await Incoming.filter(state=InboxState.WAITING, received_at__lt=now - OLDEST_WAITING).count()
    if stuck:
        detail = f"{stuck} message(s) wait for an answer for more than 10 minutes"
        return Finding("wrong", "inbox", detail, "Start Parley (parley run), or look at its log.")
    refused = await Incoming.filter(state=InboxState.QUARANTINED).order_by("-id").limit(3)
    if refused:
        refs = ", ".join(reference(turn.id) for turn in refused)
        return Finding(
            "note", "inbox", f"unreadable messages were set aside, lately {refs}", "See: parley trace REF"
        )
    return None


async def _undelivered() -> Finding | None:
    failed = await Outgoing.filter(state=OutboxState.FAILED).count()
    if failed:
        detail = f"{failed} message(s) could not be delivered at all"
        return Finding(
            "note", "outbox", detail, "A blocked bot or an archived channel? Ask those people to write."
        )
    return None


async def _clock_of_data(database: Database, now: datetime) -> Finding:
    """Whether the rows, and PostgreSQL's own clock, agree with this machine's."""
    newest = await Incoming.all().order_by("-id").first()
    ahead = newest.received_at - now if newest else timedelta(0)
    if database.dialect == "postgres":
        (row,) = await database.fetch("SELECT now() AS instant")
        ahead = max(ahead, abs(in_utc(row["instant"]) - now))
    if ahead > SKEW:
        detail = f"the database is {ahead.total_seconds():.0f} s away from this machine's clock"
        return Finding("wrong", "clock", detail, "Set the clocks of the machines (NTP).")
    return Finding("ok", "clock", "the database agrees")
