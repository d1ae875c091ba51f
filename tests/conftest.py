"""What every test can ask for: a database of each kind, new, migrated and empty."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.database import Database
from tests import samples as samples_of
from tests.postgres import Administrator, Copies, OwnServer, place, ready
from tests.prepared import keep_prepared

BOTH = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgres", id="postgres", marks=pytest.mark.postgresql),
]
TEMPLATE = "parley_template"
REQUIRED = "PARLEY_REQUIRE_POSTGRES"  # set to 1 where a run without the PostgreSQL half has failed

_own_server = pytest.StashKey[OwnServer]()
_folder_of_files = pytest.StashKey[str]()
_numbers = itertools.count(1)


# -- databases -------------------------------------------------------------------------------------


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database, once of each kind."""
    opened = Database(database_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def samples(empty_url: str) -> AsyncIterator[Database]:
    """An open database of each kind with the two sample tables, for tests of the database itself."""
    opened = Database(empty_url, models=samples_of.MODELS, migrations=samples_of.ONE)
    await opened.open()
    await opened.migrate()
    yield opened
    await opened.close()


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database that nobody has open, once of each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest) -> str:
    """The address of a database without any table, once of each kind."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """As ``database_url``, of SQLite only."""
    path = tmp_path / "parley.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite://{path}"


@pytest.fixture
def postgres_url(postgres: Administrator, postgres_copies: Copies) -> Iterator[str]:
    """As ``database_url``, of PostgreSQL only."""
    name = postgres_copies.lend()
    yield postgres.server.url(name)
    postgres_copies.take_back(name)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """As ``empty_url``, of SQLite only."""
    return f"sqlite://{tmp_path / 'empty.db'}"


@pytest.fixture
def second_empty_url(empty_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """One more, of the same kind as ``empty_url``."""
    if empty_url.startswith("sqlite"):
        return f"sqlite://{tmp_path / 'second.db'}"
    return str(request.getfixturevalue("second_empty_postgres_url"))


@pytest.fixture
def empty_postgres_url(postgres: Administrator) -> Iterator[str]:
    """As ``empty_url``, of PostgreSQL only."""
    yield from _empty(postgres)


@pytest.fixture
def second_empty_postgres_url(postgres: Administrator) -> Iterator[str]:
    """One more."""
    yield from _empty(postgres)


def _empty(postgres: Administrator) -> Iterator[str]:
    name = f"empty_{os.getpid()}_{next(_numbers)}"
    postgres.create(name, "template1")
    yield postgres.server.url(name)
    postgres.drop(name)


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[Administrator]:
    """The server that the tests have started.

    Raises: NoPostgres, naming the remedy; there is no test run without it.
    """
    administrator = Administrator(ready(_folder(pytestconfig)))
    yield administrator
    administrator.close()


@pytest.fixture(scope="session")
def postgres_copies(postgres: Administrator) -> Copies:
    """Copies of a migrated database, which the first of the workers makes."""
    postgres.execute("SELECT pg_advisory_lock(1)")
    if not postgres.exists(TEMPLATE):
        postgres.create("unfinished", "template1")
        postgres.run(_migrate(postgres.server.url("unfinished")))
        postgres.execute(f"ALTER DATABASE unfinished RENAME TO {TEMPLATE}")
    copies = Copies(postgres, TEMPLATE)
    postgres.execute("SELECT pg_advisory_unlock(1)")
    return copies


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file."""
    path = tmp_path_factory.mktemp("template") / "parley.db"
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(_migrate(f"sqlite://{path}"))
    return path


async def _migrate(url: str) -> None:
    database = Database(url)
    await database.open()
    await database.migrate()
    await database.close()


# -- the server: started by the process that all others are children of ----------------------------


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist where the one server is."""
    node.workerinput["postgres"] = str(_folder(node.config))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and remove the tests' files; also after Ctrl-C."""
    if files := config.stash.get(_folder_of_files, None):
        shutil.rmtree(files, ignore_errors=True)
    if server := config.stash.get(_own_server, None):
        server.stop()


def _folder(config: pytest.Config) -> Path:
    if worker := getattr(config, "workerinput", None):
        return Path(worker["postgres"])
    if _own_server not in config.stash:
        config.stash[_own_server] = OwnServer()
    return config.stash[_own_server].folder


# -- what is there for good, and what comes and goes -----------------------------------------------


def pytest_collection_finish() -> None:
    """Leave out of every collection of garbage what stays to the end: the modules, and thousands of tests.

    With it, and a collection for every thousand new objects, a tenth of the whole run was spent looking.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


# -- both halves ran -------------------------------------------------------------------------------


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that wait for processes: begun last, they would keep one core idle."""
    items.sort(key=lambda item: "tests/kill/wire" not in item.nodeid)


def pytest_configure(config: pytest.Config) -> None:
    keep_prepared()
    if not hasattr(config, "workerinput"):
        if config.option.basetemp is None:
            # In memory if there is room: on a disk the tests would wait for each commit of each database.
            config.option.basetemp = config.stash[_folder_of_files] = tempfile.mkdtemp(
                prefix="parley-files-", dir=place()
            )
        config.pluginmanager.register(PostgresTally())
        config.pluginmanager.register(Figures())


class PostgresTally:
    """Counts the tests that ran on PostgreSQL, says so, and fails a full run without any."""

    def __init__(self) -> None:
        self.tests = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.tests += report.when == "call" and not report.skipped and "postgresql" in report.keywords

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self.tests and os.environ.get(REQUIRED) == "1":
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(f"PostgreSQL: {self.tests} tests")


class Figures:
    """Prints, in the end, what tests have recorded as their ``figure``, also of those that failed."""

    def __init__(self) -> None:
        self._told: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self._told += [str(value) for name, value in report.user_properties if name == "figure"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for figure in self._told:
            terminalreporter.write_line(figure)
