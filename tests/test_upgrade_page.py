"""The page that says how to upgrade, and how to go back, is walked with the real command line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.database import Database
from tests.earlier import earlier
from tests.models.test_upgrades import ALIAS, MIGRATIONS, everything, shape_of
from tests.recording import FENCE, ROOT

PAGE = ROOT / "docs/howto/upgrade.md"
LAST = MIGRATIONS[-1]
SAID = (
    "contact new Jane Roy @ Globex",
    "call Jane 20m: wants a pilot",
    "remind send the quote tomorrow 10am",
)


@dataclass
class Machine:
    """One where Parley is installed: two versions of it, and the one that is there now."""

    home: Path
    url: str
    versions: dict[str, Path]
    version: str = "old"
    shown: list[str] = field(default_factory=list)

    def runs(self, line: str, *, status: int = 0) -> str:
        """Run what a page says to type, in the version that is there; returns what it printed."""
        match line.split():
            case ["git", "pull"]:
                self.version = "new"
            case ["git", "checkout", *_]:
                self.version = "old"
            case ["parley", *_]:
                return self._parley(line, status)
        return ""

    def _parley(self, line: str, status: int) -> str:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
        tree = self.versions[self.version]
        done = subprocess.run(
            [sys.executable, "-m", "bot", *line.split()[1:]],
            cwd=self.home,
            env={**inherited, "PYTHONPATH": str(tree), "PARLEY_DATABASE__URL": self.url},
            input="\n".join(SAID) if "chat" in line else "",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        shown = done.stdout + done.stderr
        assert done.returncode == status, f"{self.version}: {line}\n{shown}"
        return shown


@pytest.fixture
def before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The package of the migrations of the version before."""
    (tmp_path / "version_before").mkdir()
    (tmp_path / "version_before" / "__init__.py").touch()
    for name in MIGRATIONS[:-1]:
        (tmp_path / "version_before" / f"{name}.py").write_text(ALIAS.format(name=name))
    monkeypatch.syspath_prepend(tmp_path)
    yield "version_before"
    for name in [name for name in sys.modules if name.partition(".")[0] == "version_before"]:
        del sys.modules[name]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A tree that knows all migrations but the last."""
    for floor in ("bot", "handlers", "models"):
        skipped = shutil.ignore_patterns("__pycache__", f"{LAST}.py")
        shutil.copytree(ROOT / floor, tmp_path / "old" / floor, ignore=skipped)
    return tmp_path / "old"


def typed() -> list[str]:
    """Every line of the shell blocks for a folder of one's own, in order."""
    text = PAGE.read_text("utf-8").partition("## Under systemd")[0]
    return [
        line for match in FENCE.finditer(text) if match["kind"] == "sh" for line in match["body"].splitlines()
    ]


async def rows_of(url: str) -> dict[str, list[dict[str, object]]]:
    """All that a database holds, whatever its version."""
    database = Database(url)
    await database.open()
    try:
        return await everything(database, await shape_of(database))
    finally:
        await database.close()


@pytest.mark.timeout(240)
async def test_the_page_leads_to_the_new_version_and_back(
    empty_url: str, second_empty_url: str, before: str, old: Path, tmp_path: Path
) -> None:
    """With every row there at each end; meanwhile the old version refuses what the new one has migrated."""
    machine = Machine(tmp_path, second_empty_url, {"old": old, "new": ROOT}, "new")
    machine.runs("parley migrate")
    machine.runs("parley member add lea@acme.example --name Lea --role admin")
    assert "Jane Roy" in machine.runs("parley chat")
    await earlier(empty_url, before, source=second_empty_url)
    at_first = await rows_of(empty_url)
    machine.url, machine.version = empty_url, "old"

    lines = typed()
    forth, back = lines[: lines.index("parley doctor") + 1], lines[lines.index("parley doctor") + 1 :]
    said = [machine.runs(line) for line in forth]
    assert machine.version == "new"
    assert re.search(rf"applied {LAST}\n", "".join(said))
    assert f"{len(MIGRATIONS)} applied, none waits" in said[-1]
    assert "Jane Roy" in machine.runs("parley chat")
    machine.version = "old"
    assert "newer version of Parley" in machine.runs("parley migrate", status=1)
    machine.version = "new"

    assert back[0].startswith("git checkout")
    # The old tree has today's models: what its doctor says of their rows is not what a real one would say.
    for line in back[:-1]:
        machine.runs(line)
    assert await rows_of(empty_url) == at_first
    assert "The database is up to date." in machine.runs("parley migrate")


def test_the_page_says_each_step() -> None:
    """Back up, bring the new version, migrate, look; then the old version, its backup, look."""
    steps = [" ".join(line.split()[:2]) for line in typed()]
    assert [step for step in steps if step.startswith(("parley", "git pull", "git checkout", "make"))] == [
        *("parley backup", "git pull", "make setup", "parley migrate", "parley doctor"),
        *("git checkout", "make setup", "parley restore", "parley doctor"),
    ]


@pytest.mark.parametrize("way", ["Under systemd", "In containers"])
def test_a_server_has_each_step_too(way: str) -> None:
    """Stop, back up, bring the new version, start; and the way back: each by commands of that way."""
    part = PAGE.read_text("utf-8").partition(f"## {way}\n")[2].partition("\n## ")[0]
    forth, back = [match["body"] for match in FENCE.finditer(part) if match["kind"] == "sh"]
    for step in ("stop parley", "backup /", "pull", "doctor"):
        assert step in forth, step
    assert forth.index("stop parley") < forth.index("backup /") < forth.index("pull")
    for step in ("stop parley", "checkout", "restore /", "--replace", "doctor"):
        assert step in back, step
    saved = re.findall(r"backup (/\S+)", forth)
    assert re.findall(r"restore (/\S+)", back) == saved
    assert all(line.startswith(("sudo ", "git ", "parley ")) for line in (forth + back).splitlines())
