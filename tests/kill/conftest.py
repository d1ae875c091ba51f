"""For tests in which processes are killed: seeded databases of each kind, and a supervisor."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Iterator
from os import getpid
from pathlib import Path

import pytest

from tests.conftest import BOTH
from tests.earlier import earlier
from tests.kill.seeded import FIRST_RELEASE, seed
from tests.kill.stage import Stage
from tests.kill.supervisor import Supervisor
from tests.kill.undisturbed import Undisturbed
from tests.postgres import Administrator


@pytest.fixture(scope="session")
def supervisor() -> Iterator[Supervisor]:
    """One for all tests: each start costs a fork."""
    started = Supervisor()
    yield started
    started.close()


@pytest.fixture(params=BOTH)
def stage(request: pytest.FixtureRequest, supervisor: Supervisor, tmp_path: Path) -> Iterator[Stage]:
    """A database of each kind, seeded, with the schema of today."""
    yield from _stage(request, supervisor, tmp_path, "current")


@pytest.fixture(params=BOTH)
def old_stage(request: pytest.FixtureRequest, supervisor: Supervisor, tmp_path: Path) -> Iterator[Stage]:
    """A database of each kind, seeded, with the schema of the first release."""
    yield from _stage(request, supervisor, tmp_path, "first")


def _stage(
    request: pytest.FixtureRequest, supervisor: Supervisor, folder: Path, schema: str
) -> Iterator[Stage]:
    template = request.getfixturevalue(f"{schema}_{request.param}")
    log = folder / "log"
    if request.param == "sqlite":
        shutil.copyfile(template, folder / "parley.db")
        yield Stage(f"sqlite://{folder}/parley.db", log, supervisor)
    else:
        postgres: Administrator = request.getfixturevalue("postgres")
        name = f"{template}_copy"
        postgres.create(name, template)
        yield Stage(postgres.server.url(name), log, supervisor)
        postgres.drop(name)
    told = log.read_text() if log.exists() else ""
    sys.stdout.write(told)  # shown where the test has failed
    assert " ERROR " not in told


@pytest.fixture(scope="session")
def current_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seeded file to copy."""
    path = tmp_path_factory.mktemp("seeded") / "parley.db"
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(seed(f"sqlite://{path}"))
    return path


@pytest.fixture(scope="session")
def first_sqlite(tmp_path_factory: pytest.TempPathFactory, current_sqlite: Path) -> Path:
    """A seeded file of the first release."""
    path = tmp_path_factory.mktemp("seeded") / "parley.db"
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(earlier(f"sqlite://{path}", FIRST_RELEASE, source=f"sqlite://{current_sqlite}"))
    return path


@pytest.fixture(scope="session")
def current_postgres(postgres: Administrator) -> str:
    """The name of a seeded database to copy."""
    name = f"kill_current_{getpid()}"
    postgres.create(name, "template1")
    postgres.run(seed(postgres.server.url(name)))
    return name


@pytest.fixture(scope="session")
def first_postgres(postgres: Administrator, current_postgres: str) -> str:
    """The name of a seeded database of the first release."""
    name = f"kill_first_{getpid()}"
    postgres.create(name, "template1")
    url, source = postgres.server.url(name), postgres.server.url(current_postgres)
    postgres.run(earlier(url, FIRST_RELEASE, source=source))
    return name


@pytest.fixture(scope="session")
def expected(
    supervisor: Supervisor, current_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Undisturbed:
    """What every killed process's heir has to leave."""
    return Undisturbed(supervisor, current_sqlite, tmp_path_factory.mktemp("undisturbed"))
