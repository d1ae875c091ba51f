"""The address of a database: ``sqlite:///absolute/path.db`` or ``postgres://user:password@host/name``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from bot.database.errors import DatabaseUnusable

Dialect = Literal["sqlite", "postgres"]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is. ``path`` is SQLite's file, ``dsn`` what PostgreSQL's driver is given."""

    dialect: Dialect
    path: Path
    dsn: str
    shown: str
    """For people and logs: without user and password."""

    @classmethod
    def of(cls, url: str) -> Address:
        """Read a URL.

        ``sqlite://parley.db`` is relative to the current folder; ``%20`` and the like are decoded.

        Raises: DatabaseUnusable, for an address of another kind.
        """
        scheme, _, rest = url.partition("://")
        if scheme == "sqlite" and rest:
            return cls._sqlite(rest)
        if scheme in ("postgres", "postgresql") and rest:
            cls._require_encoded(url)
            parts = urlsplit(url)
            place = parts.netloc.rpartition("@")[2] or "local socket"
            return cls("postgres", Path(), url, f"{place}{parts.path}")
        raise DatabaseUnusable(
            scheme or "database.url",
            "is not an address of a database that Parley knows",
            "Write sqlite:///absolute/path.db or postgres://user:password@host/name.",
        )

    @staticmethod
    def _require_encoded(url: str) -> None:
        """Raises: DatabaseUnusable, where a sign of a password would be read as the end of it."""
        login = url.partition("://")[2].rpartition("@")[0]
        if any(sign in login for sign in "@/#?"):
            raise DatabaseUnusable(
                "database.url",
                "holds a sign in its user or password that an address reads as its own",
                "Write @ as %40, # as %23, / as %2F and ? as %3F there.",
            )

    def redacted(self, text: str) -> str:
        """A text of the driver's, without the password should it quote one."""
        password = urlsplit(self.dsn).password
        return text.replace(password, "…") if password else text

    @classmethod
    def _sqlite(cls, rest: str) -> Address:
        path = Path(unquote(rest)).expanduser()
        if rest.startswith(":memory:") or "?" in rest:
            raise DatabaseUnusable(
                rest,
                "a database of Parley's is a file and takes no options",
                "Write sqlite:///absolute/path.db.",
            )
        # Two leading slashes are one path to the system, but two to a person who compares them.
        path = Path(f"/{str(path).lstrip('/')}") if path.is_absolute() else path
        return cls("sqlite", path, "", str(path))
