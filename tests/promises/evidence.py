"""Evidence: a fresh clone, the README's two commands in it, the test report, and the bench."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]
# Seconds: a command that hangs must end too. They are no promise.
_LONGEST = 1800


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended: its status, everything it printed, and how long it took."""

    status: int
    printed: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Case:
    """One test of the report."""

    module: str
    name: str
    passed: bool
    skipped: bool
    figures: tuple[str, ...]


class Report:
    """The report of a whole run, in JUnit's form."""

    def __init__(self, report: Path) -> None:
        self.cases = [_case(found) for found in ElementTree.parse(report).iter("testcase")]

    def of(self, module: str) -> list[Case]:
        """The tests of a module or package, such as ``tests.kill``; skipped ones are none.

        Raises: LookupError, where there is none.
        """
        found = [
            case
            for case in self.cases
            if not case.skipped and (case.module == module or case.module.startswith(f"{module}."))
        ]
        if not found:
            raise LookupError(f"no test of {module} ran")
        return found


def _case(found: ElementTree.Element) -> Case:
    properties = [each for each in found.iter("property") if each.get("name") == "figure"]
    return Case(
        module=found.get("classname", ""),
        name=found.get("name", ""),
        passed=found.find("failure") is None and found.find("error") is None,
        skipped=found.find("skipped") is not None,
        figures=tuple(each.get("value", "") for each in properties),
    )


class Evidence:
    """What is found out in ``folder``, each thing once, when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def clone(self) -> Path:
        """A clone of the last commit."""
        clone = self._folder / "parley"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        return clone

    @cached_property
    def ci(self) -> Ran:
        """``.ci/run``, which is ``make test`` with PostgreSQL demanded."""
        return self.run(["bash", ".ci/run"], PYTEST_ADDOPTS=f"--junitxml={self._report}")

    @cached_property
    def tests(self) -> Report:
        """What ``.ci/run`` reported."""
        _ = self.ci
        return Report(self._report)

    @cached_property
    def bench(self) -> Ran:
        """``make bench``, which fails where a bar is missed."""
        return self.run(["make", "bench"])

    def run(self, command: list[str], said: str = "", **environ: str) -> Ran:
        """A command in the clone, without this process's settings; ``said`` is its input."""
        kept = {name: value for name, value in os.environ.items() if name in _KEPT}
        begun = time.monotonic()
        done = subprocess.run(
            command,
            cwd=self.clone,
            env={**kept, "HOME": str(self._folder), **environ},
            input=said.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_LONGEST,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(errors="replace"), time.monotonic() - begun)

    @property
    def _report(self) -> Path:
        return self._folder / "tests.xml"


# What a command needs of the machine: where programs are, and how a package registry is reached.
_KEPT = {"PATH", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "PYTHON"} | {
    name for name in os.environ if name.lower().endswith("_proxy") or name.startswith("PIP_")
}
