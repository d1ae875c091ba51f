"""What the engines of both databases share: savepoints, and the refusal of queries in the wrong place."""

from __future__ import annotations

from typing import Any, NoReturn

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.exceptions import TransactionManagementError


class Savepoint(TransactionContext):
    """A part of a transaction that is undone alone when it raises, whatever it raises."""

    def __init__(self, client: TransactionalDBClient) -> None:
        self.client = client

    async def __aenter__(self) -> TransactionalDBClient:
        await self.client.savepoint()
        return self.client

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        if error is None:
            await self.client.release_savepoint()
        else:
            await self.client.savepoint_rollback()


def refuse_outsider() -> NoReturn:
    """Refuse a query that was bound to the connection before the transaction in which it is awaited.

    On SQLite it would wait for ever for the connection that its own transaction holds; on PostgreSQL
    it would silently run beside the transaction.
    """
    raise TransactionManagementError(
        "this query was made before the transaction that awaits it: make it inside"
    )


def refuse_latecomer() -> NoReturn:
    """Refuse a query of a task that was started inside a transaction and has outlived it."""
    raise TransactionManagementError("this transaction is over: start no task inside one that may outlive it")
