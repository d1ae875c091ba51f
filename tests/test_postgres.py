"""The server that the tests start for themselves."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import postgres
from tests.postgres import Administrator, NoPostgres, OwnServer, binaries, carried, ready

pytestmark = pytest.mark.postgresql

PARENT = """
import os, signal
from tests.postgres import OwnServer, ready
server = OwnServer()
ready(server.folder)
print(server.folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("programs", [binaries, carried])
def test_a_server_starts_answers_and_is_gone(programs: object) -> None:
    """The machine's PostgreSQL and the one that a development dependency carries both do."""
    assert callable(programs)
    server = OwnServer(programs())
    try:
        administrator = Administrator(ready(server.folder))
        administrator.create("one", "template1")
        assert administrator.exists("one")
        administrator.drop("one")
        assert not administrator.exists("one")
        administrator.close()
    finally:
        server.stop()
    assert not server.folder.exists()


def test_a_server_ends_with_the_process_that_started_it() -> None:
    """Even where that is killed, no server and no file of it stays behind."""
    killed = subprocess.run([sys.executable, "-c", PARENT], capture_output=True, text=True, check=False)
    folder = Path(killed.stdout.strip())
    until = time.monotonic() + 20
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.01)  # the server's own shutdown, which nothing of ours is told of
    assert folder.name.startswith("parley-")
    assert not folder.exists()


def test_a_machine_without_postgres_is_told_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing is skipped: the tests fail, and say what to install."""
    monkeypatch.setattr(postgres, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    server = OwnServer()
    with pytest.raises(NoPostgres, match="apt-get install postgresql"):
        ready(server.folder)
    server.stop()
    assert not server.folder.exists()
