"""A real PostgreSQL server, started by the tests for themselves and gone with them.

It listens on a Unix socket only, in a folder of its own, and does not wait for the disk: the tests
kill processes, not the machine. It ends when the process that started it ends, however that ends.
"""

from __future__ import annotations

import asyncio
import importlib.util
import io
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

DEBIAN = Path("/usr/lib/postgresql")
REMEDY = (
    "The tests need PostgreSQL: install it (Debian: apt-get install postgresql; macOS: brew install "
    "postgresql), or the development dependencies (make setup-dev), which carry one."
)
PORT = 5432  # only part of the socket's name
START_LIMIT = 60  # seconds
ROOM = 1 << 30  # bytes that must be free in memory's file system; a container's has 64 MiB

# As of a server whose machine never loses power, and which the tests share.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    # The log that nobody will read back is as short as it can be.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_init_zero": "off",
    "wal_recycle": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "deadlock_timeout": "50ms",
    "log_min_messages": "fatal",
}

INITDB = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"]
# An order of words as people's servers have it, where a < B: what must not depend on it shows in the tests.
LANGUAGE = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
NO_LANGUAGE = ["--locale=C"]  # for servers before version 15, or built without

# Runs the server until standard input ends, which it does when its parent is gone.
KEEPER = """
"$1/postgres" -D "$2/data" -k "$2" $3 >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$2"
"""

T = TypeVar("T")


class NoPostgres(Exception):
    """There is no PostgreSQL to test with, or it does not start; says what to do."""


@dataclass(frozen=True)
class Server:
    """A running server. ``folder`` holds its socket."""

    folder: Path

    def url(self, database: str) -> str:
        return f"postgres://postgres@/{database}?host={self.folder}&port={PORT}"


class OwnServer:
    """The server of this process and of its children."""

    def __init__(
        self,
        programs: Path | None = None,
        *,
        where: Path | None = None,
        settings: Mapping[str, str] = SETTINGS,
    ) -> None:
        self._programs = programs
        self._settings = settings
        self.folder = Path(tempfile.mkdtemp(prefix="parley-", dir=where or place()))
        self._keeper: subprocess.Popen[bytes] | None = None
        self._failure: Exception | None = None
        self._starter = threading.Thread(target=self._start)
        self._starter.start()  # other preparations go on meanwhile

    def _start(self) -> None:
        try:
            self._keeper = _started(self._programs or binaries(), self.folder, self._settings)
        except (NoPostgres, OSError, subprocess.CalledProcessError) as error:
            self._failure = error
            # Renamed when it is whole: who waits for the file must not read it half written.
            written = self.folder / "failing"
            written.write_text(f"{error} {getattr(error, 'stderr', None) or ''}")
            written.rename(self.folder / "failed")

    def stop(self) -> None:
        """End the server and remove all of it."""
        self._starter.join()
        if self._keeper is not None:
            assert self._keeper.stdin is not None
            self._keeper.stdin.close()
            self._keeper.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def ready(folder: Path) -> Server:
    """Wait until the server in that folder, which this process or its parent starts, answers.

    Raises: NoPostgres.
    """
    until = time.monotonic() + START_LIMIT
    while time.monotonic() < until:
        if (folder / "failed").exists():
            raise NoPostgres((folder / "failed").read_text())
        with suppress(FileNotFoundError):
            if (folder / "data" / "postmaster.pid").read_text().endswith("ready   \n"):
                return Server(folder)
        time.sleep(0.01)  # another process's progress, which it can show in files only
    raise NoPostgres(f"PostgreSQL does not start. {REMEDY}")


class Administrator:
    """Makes databases on a server, from synchronous code."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._loop = asyncio.new_event_loop()
        self._connection = self.run(asyncpg.connect(server.url("postgres")))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    def execute(self, sql: str, *values: object) -> None:
        self.run(self._connection.execute(sql, *values))

    def create(self, database: str, template: str) -> None:
        """By copying files, where the server could also write it all into its log: half the time."""
        # postgresql.org/docs/15/sql-createdatabase.html; before 15 there was no other way.
        how = " STRATEGY FILE_COPY" if self._connection.get_server_version().major >= 15 else ""
        self.execute(f"CREATE DATABASE {database} TEMPLATE {template}{how}")

    def drop(self, database: str) -> None:
        """Also from under clients that are still connected."""
        self.execute(f"DROP DATABASE {database} WITH (FORCE)")

    def exists(self, database: str) -> bool:
        query = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
        return bool(self.run(self._connection.fetchval(query, database)))

    def close(self) -> None:
        self.run(self._connection.close())
        self._loop.close()


class Copies:
    """Copies of a template, a new one for each test: quicker than to empty one."""

    def __init__(self, administrator: Administrator, template: str) -> None:
        self._administrator = administrator
        self._template = template
        self._made = 0

    def lend(self) -> str:
        """The name of a database that is as the template is."""
        self._made += 1
        name = f"copy_{os.getpid()}_{self._made}"
        self._administrator.create(name, self._template)
        return name

    def take_back(self, name: str) -> None:
        """Also from a process that the test left behind, which must not write into the next test."""
        self._administrator.drop(name)


@dataclass(frozen=True)
class Rows:
    """What stands in a database: its tables' rows as COPY writes them, and where its sequences are."""

    tables: Mapping[str, bytes]
    sequences: Mapping[str, int]


_FILLED = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    AND relname <> 'tortoise_migrations'
"""
_ADVANCED = """
    SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'
    AND last_value IS NOT NULL AND sequencename <> 'tortoise_migrations_id_seq'
"""


async def rows_of(url: str) -> Rows:
    """Everything in a migrated database but its migrations' own table."""
    connection = await asyncpg.connect(url)
    try:
        tables = dict[str, bytes]()
        for (table,) in await connection.fetch(_FILLED):
            if await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{table}")'):
                written = io.BytesIO()
                await connection.copy_from_table(table, output=written, format="binary")
                tables[table] = written.getvalue()
        return Rows(tables, dict(await connection.fetch(_ADVANCED)))
    finally:
        await connection.close()


async def put_in(url: str, rows: Rows) -> None:
    """Into a migrated, empty database."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            # Rows may stand before those they refer to.
            await connection.execute("SET LOCAL session_replication_role = replica")
            for table, written in rows.tables.items():
                await connection.copy_to_table(table, source=io.BytesIO(written), format="binary")
            moves = (f"setval('\"{name}\"', {last})" for name, last in rows.sequences.items())
            await connection.execute(f"SELECT {', '.join(moves)}")
    finally:
        await connection.close()


def binaries() -> Path:
    """Where PostgreSQL's programs are.

    Debian's newest, else those that pg_config names, else those of the development dependency.

    Raises: NoPostgres.
    """
    for folder in _installed():
        if (folder / "initdb").exists():
            return folder
    return carried()


def carried() -> Path:
    """The programs that the development dependency carries. Not imported: that changes the rights of folders.

    Raises: NoPostgres.
    """
    package = importlib.util.find_spec("pgserver")
    if package is None or package.origin is None:
        raise NoPostgres(REMEDY)
    return Path(package.origin).parent / "pginstall" / "bin"


def _installed() -> Iterator[Path]:
    if DEBIAN.is_dir():
        versions = [folder for folder in DEBIAN.iterdir() if re.fullmatch(r"[\d.]+", folder.name)]
        for folder in sorted(versions, key=lambda folder: float(folder.name), reverse=True):
            yield folder / "bin"
    if config := shutil.which("pg_config"):
        yield Path(subprocess.check_output([config, "--bindir"], text=True).strip())


def _started(programs: Path, folder: Path, chosen: Mapping[str, str] = SETTINGS) -> subprocess.Popen[bytes]:
    user = _user()
    account: dict[str, Any] = {}
    if user is not None:
        shutil.chown(folder, user)
        programs = _reachable(programs, folder)
        account = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    _initialise(programs, folder / "data", account)
    settings = " ".join(f"-c {name}={value}" for name, value in chosen.items())
    return subprocess.Popen(
        ["/bin/sh", "-c", KEEPER.replace("$3", settings), "keeper", programs, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,  # Ctrl-C is for the tests; they end the server when they are done
        **account,
    )


def _initialise(programs: Path, data: Path, account: dict[str, Any]) -> None:
    command: list[str | Path] = [programs / "initdb", "-D", data, *INITDB]
    options: dict[str, Any] = {"capture_output": True, "cwd": "/", "text": True, **account}
    if subprocess.run([*command, *LANGUAGE], check=False, **options).returncode != 0:
        subprocess.run([*command, *NO_LANGUAGE], check=True, **options)


def _user() -> str | None:
    """Whom to run as; PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {account.pw_name for account in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _reachable(programs: Path, folder: Path) -> Path:
    """The programs where another user than root can run them: the dependency's are in root's own folders."""
    if "pginstall" not in programs.parts:
        return programs
    packages, copy = programs.parents[2], folder / "install"
    shutil.copytree(programs.parent, copy / programs.parent.relative_to(packages))
    for libraries in packages.glob("pgserver*.libs"):  # looked for beside the package
        shutil.copytree(libraries, copy / libraries.name)
    return copy / programs.relative_to(packages)


def place() -> str:
    """A folder in memory if there is room, else on the disk.

    Its name leaves room for a socket's, of which the system takes 103 bytes.
    """
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        return str(memory)
    return tempfile.gettempdir() if len(tempfile.gettempdir()) < 50 else "/tmp"
