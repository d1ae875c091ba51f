"""Lease: what only one process may do at a time, with a term that tells a late one that it is late."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise import connections, fields
from tortoise.models import Model

from models.fields import UTCDatetimeField, public


class Lease(Model):
    """``holder`` is a process, ``term`` goes up each time that the lease changes hands."""

    name = public(fields.CharField(max_length=60, primary_key=True))
    holder = public(fields.CharField(max_length=64))
    term = public(fields.BigIntField())
    expires_at = public(UTCDatetimeField())

    class Meta:
        table = "lease"

    @classmethod
    async def take(cls, name: str, holder: str, *, now: datetime, length: timedelta) -> int | None:
        """Take or renew the lease until ``now + length``; returns the term, None where another holds it.

        One statement: of two that try at once, one gets it.
        """
        rows = await connections.get("default").execute_query_dict(
            "INSERT INTO lease (name, holder, term, expires_at) VALUES ($1, $2, 1, $3)"
            " ON CONFLICT (name) DO UPDATE SET"
            " term = lease.term + CASE WHEN lease.holder = $2 AND lease.expires_at > $4 THEN 0 ELSE 1 END,"
            " holder = $2, expires_at = $3"
            " WHERE lease.holder = $2 OR lease.expires_at <= $4 RETURNING term",
            [name, holder, *stored(now + length, now)],
        )
        return int(rows[0]["term"]) if rows else None

    @classmethod
    async def stands(cls, name: str, holder: str, *, now: datetime) -> bool:
        """Whether ``holder`` has it; until the end of the running transaction nobody else gets it."""
        lease = await cls.filter(name=name, holder=holder, expires_at__gt=now).select_for_update().first()
        return lease is not None

    @classmethod
    async def release(cls, name: str, holder: str, *, now: datetime) -> None:
        """Give it back, so that nobody waits for its end."""
        await cls.filter(name=name, holder=holder).update(expires_at=now)


def stored(*instants: datetime) -> list[object]:
    """Instants as raw SQL needs them: SQLite keeps texts, PostgreSQL its own type."""
    column = Lease._meta.fields_map["expires_at"]
    dialect = connections.get("default").capabilities.dialect
    return [
        str(column.to_db_value(instant, Lease)) if dialect == "sqlite" else instant for instant in instants
    ]
