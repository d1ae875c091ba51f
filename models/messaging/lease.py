"""Lease: what only one process may do at a time, with a term that tells a late one that it is late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tortoise import connections, fields
from tortoise.models import Model

from models.fields import UTCDatetimeField, public

# The end of a lease that was given back: the past by every clock.
GIVEN_BACK = datetime(1970, 1, 1, tzinfo=UTC)
# By how much the clocks of machines that share a database may differ; the doctor says when they do.
_SKEW = timedelta(minutes=1)


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

        One statement: of two that try at once, one gets it. One that reaches further than any living
        holder's would was given by a clock that nobody goes by any more: simulated, or put right since.
        """
        beyond = now + length + _SKEW
        rows = await connections.get("default").execute_query_dict(
            "INSERT INTO lease (name, holder, term, expires_at) VALUES ($1, $2, 1, $3)"
            " ON CONFLICT (name) DO UPDATE SET"
            " term = lease.term + CASE WHEN lease.holder = $2 AND lease.expires_at > $4 THEN 0 ELSE 1 END,"
            " holder = $2, expires_at = $3"
            " WHERE lease.holder = $2 OR lease.expires_at <= $4 OR lease.expires_at > $5 RETURNING term",
            [name, holder, *stored(now + length, now, beyond)],
        )
        return int(rows[0]["term"]) if rows else None

    @classmethod
    async def stands(cls, name: str, holder: str, *, now: datetime) -> bool:
        """Whether ``holder`` has it; until the end of the running transaction nobody else gets it."""
        lease = await cls.filter(name=name, holder=holder, expires_at__gt=now).select_for_update().first()
        return lease is not None

    @classmethod
    async def release(cls, name: str, holder: str) -> None:
        """Give it back, so that nobody waits for its end, by whatever clock they go."""
        await cls.filter(name=name, holder=holder).update(expires_at=GIVEN_BACK)


def stored(*instants: datetime) -> list[object]:
    """Instants as raw SQL needs them: SQLite keeps texts, PostgreSQL its own type."""
    column = Lease._meta.fields_map["expires_at"]
    dialect = connections.get("default").capabilities.dialect
    return [
        str(column.to_db_value(instant, Lease)) if dialect == "sqlite" else instant for instant in instants
    ]
