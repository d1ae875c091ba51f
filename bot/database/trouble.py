"""Which errors are the database's trouble, and pass: worth another try with the same work."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator

import asyncpg

# Primary result codes (sqlite.org/rescode.html); the extended code's low byte is its primary code.
# A full disk and a failing read are here too: nothing was stored, and the work is as good as before.
_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
}

# Classes and codes of SQLSTATE (PostgreSQL documentation, Appendix A).
_POSTGRES = (
    "08",  # connection exceptions
    "40",  # deadlock, serialization failure
    "53",  # out of disk, memory or connections
    "57014",  # statement timeout
    "57P",  # shutdown, crash, starting up, idle timeout
    "58030",  # input/output error
    "55P03",  # lock not available
    "25006",  # a standby took over and is read-only for now
    "25P03",  # the transaction was idle for too long
)

_NETWORK = (ConnectionError, TimeoutError, socket.gaierror)


def is_transient(error: BaseException) -> bool:
    """Whether ``error`` says that the database could not do the work now, though it may later.

    True for a lock, a deadlock, a lost, refused or exhausted connection, a timeout, a server that
    starts or stops, a full disk. False for what the work itself is to blame for: a broken rule, a wrong
    statement, a value that does not fit.
    """
    return any(_passes(cause) for cause in _causes(error))


def _passes(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", -1) & 0xFF in _SQLITE
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(_POSTGRES)
    if isinstance(error, asyncpg.InterfaceError):
        # The driver's own words for using what the server has closed; its others blame the caller.
        return "closed" in str(error) or "closing" in str(error)
    if isinstance(error, FileNotFoundError):
        return error.filename is None  # a server's socket; what looks for a file names it
    return isinstance(error, _NETWORK)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what Tortoise has wrapped in it: as its cause, or as its first argument."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        found = waiting.pop()
        if found not in seen:
            seen.append(found)
            yield found
            waiting += [
                part for part in (found.__cause__, *found.args[:1]) if isinstance(part, BaseException)
            ]
