"""What can be wrong with a database or a backup, said so that it can be mended."""

from __future__ import annotations

from collections.abc import Sequence


class DatabaseUnusable(Exception):
    """The database cannot be opened. ``where`` is its path, or host and name, never a password."""

    def __init__(self, where: object, problem: str, remedy: str) -> None:
        super().__init__(f"{where}: {problem}. {remedy}")
        self.where = str(where)
        self.problem = problem
        self.remedy = remedy


class BackupRefused(Exception):
    """A backup cannot be written to, or restored from, this ``path``. Nothing was changed."""

    def __init__(self, path: object, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: {problem}. {remedy}")
        self.path = str(path)
        self.problem = problem
        self.remedy = remedy


class SchemaTooNew(Exception):
    """The database was migrated by a newer Parley; ``names`` are the migrations this one lacks."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"the database was migrated by a newer version of Parley ({', '.join(names)}). "
            "Start that version, or restore the backup that was made before the upgrade."
        )
        self.names = tuple(names)


class SchemaPending(Exception):
    """The database waits for migrations, ``names``, and Parley was not told to apply them by itself."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"the database waits for {', '.join(names)}. "
            "Run `parley migrate`, or set database.auto_migrate = true."
        )
        self.names = tuple(names)


class SchemaForked(Exception):
    """Two migrations, ``names``, both claim to be the last: one must come to depend on the other."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"the migrations {' and '.join(names)} both claim to be the last. "
            "This checkout is broken: install a released version."
        )
        self.names = tuple(names)
