"""docs/dependencies.md, pyproject.toml and the lock files say the same of the same packages."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("bot", "handlers", "models")
LOCKS = ("run.lock", "dev.lock")

# What packages write where today's metadata have an SPDX expression, and which licence they mean by it.
SPDX = {
    "Apache": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


@cache
def project() -> dict[str, list[str]]:
    """The requirements of pyproject.toml, by what they are needed for."""
    read = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return {
        "To run": read["project"]["dependencies"],
        "To develop": read["project"]["optional-dependencies"]["dev"],
        "To build": read["build-system"]["requires"],
    }


def direct() -> set[str]:
    return {name_of(requirement) for requirements in project().values() for requirement in requirements}


def name_of(requirement: str) -> str:
    """Of ``Tortoise_ORM[accel]>=1`` the normal form ``tortoise-orm``."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found.group()).lower()


def table(heading: str) -> dict[str, list[str]]:
    """The rows under a heading of docs/dependencies.md by their first cell, which no two share."""
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("|")
    ][2:]
    assert rows, f"no table under {heading}"
    assert len({len(row) for row in rows}) == 1, f"rows of different lengths under {heading}"
    assert len({row[0] for row in rows}) == len(rows), f"a row is there twice under {heading}"
    return {row[0]: row[1:] for row in rows}


@cache
def lock(name: str) -> dict[str, tuple[str, list[str]]]:
    """A lock's packages: version and hashes."""
    entries: dict[str, tuple[str, list[str]]] = {}
    for line in (ROOT / "requirements" / name).read_text("utf-8").replace("\\\n", " ").splitlines():
        package, version = line.split()[0].split("==")
        entries[package] = (version, re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
    return entries


def licence(package: str) -> str:
    """What the installed package says of its licence, as SPDX writes it."""
    about = metadata.metadata(package)
    classifiers: list[str] = about.get_all("Classifier") or []
    said: str = [
        *(about.get_all("License-Expression") or []),
        *(about.get_all("License") or []),
        *(entry.rpartition(" :: ")[2] for entry in classifiers if entry.startswith("License")),
    ][0]
    if re.match(r"\s*Apache License\s+Version 2\.0", said):  # the whole text
        return "Apache-2.0"
    return SPDX.get(said, said)


@pytest.mark.parametrize("purpose", ["To run", "To develop", "To build"])
def test_every_dependency_has_its_row(purpose: str) -> None:
    """Every dependency has a row that tells what for, why, its licence and its trap; no row is left over."""
    rows = table(purpose)
    assert list(rows) == sorted(name_of(requirement) for requirement in project()[purpose])
    assert all(all(cells) for cells in rows.values()), "a cell is empty"


@pytest.mark.parametrize("purpose", ["To run", "To develop", "To build"])
def test_rows_give_the_licence_of_the_installed_package(purpose: str) -> None:
    """The licence in a dependency's row is the one that the installed package declares."""
    rows = table(purpose)
    assert {name: cells[2] for name, cells in rows.items()} == {name: licence(name) for name in rows}


def test_everything_brought_along_has_its_row() -> None:
    """Every other package that running Parley installs has a row with its licence and who needs it."""
    expected = {name: licence(name) for name in lock("run.lock") if name not in direct()}
    rows = table("What they bring along")
    assert {name: cells[1] for name, cells in rows.items()} == expected
    for name, (brought_by, _) in rows.items():
        for parent in brought_by.split(", "):
            assert name in map(name_of, metadata.requires(parent) or ()), f"{parent} does not need {name}"


def test_every_licence_is_compatible() -> None:
    """Each licence of each package is one that the document says goes together with the AGPL."""
    compatible = table("Why these licences go together with AGPL-3.0-or-later")
    assert all(cells[0].startswith("yes: ") for cells in compatible.values())
    used = set()
    for package in direct() | lock("run.lock").keys():
        used |= set(re.findall(r"[A-Za-z0-9.-]+", licence(package))) - {"AND", "OR"}
    assert list(compatible) == sorted(used)


@pytest.mark.parametrize("name", LOCKS)
def test_locks_hold_pins_and_hashes_only(name: str) -> None:
    """Every entry of a lock has one version and its hashes; no line names an index, a host or a path."""
    allowed = re.compile(
        r"""[a-z0-9]+(?:-[a-z0-9]+)*==[0-9][0-9a-z.+]*(?:\ ;\ [a-z_ ]+[=!<>]+\ '[^'/:@]*'
            (?:\ (?:and|or)\ [a-z_ ]+[=!<>]+\ '[^'/:@]*')*)?\ \\|\ {4}--hash=sha256:[0-9a-f]{64}(?:\ \\)?""",
        re.VERBOSE,
    )
    lines = (ROOT / "requirements" / name).read_text("utf-8").splitlines()
    assert [line for line in lines if not allowed.fullmatch(line)] == []
    assert [package for package, (_, hashes) in lock(name).items() if not hashes] == []


def test_locks_agree() -> None:
    """What running Parley installs is, version by version, part of what developing it installs."""
    assert lock("run.lock").items() <= lock("dev.lock").items()


@pytest.mark.parametrize(("purpose", "name"), [("To run", "run.lock"), ("To develop", "dev.lock")])
def test_locks_are_of_today(purpose: str, name: str) -> None:
    """The version in the lock is one that pyproject.toml asks for."""
    for requirement in [*project()[purpose], *project()["To build"]]:
        version = lock(name)[name_of(requirement)][0]
        bounds = re.findall(r"(>=|<)([\d.]+)", requirement)
        assert bounds, f"{requirement} has no bound"
        for sign, bound in bounds:
            fits = _parts(version) >= _parts(bound) if sign == ">=" else _parts(version) < _parts(bound)
            assert fits, f"{requirement}, but {name} has {version}: make lock"


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


@pytest.mark.parametrize("floor", [*FLOORS, "tests"])
def test_whatever_is_imported_is_declared(floor: str) -> None:
    """No module leans on a package that only happens to be there because another one needs it."""
    declared = direct() if floor == "tests" else {name_of(entry) for entry in project()["To run"]}
    owners = metadata.packages_distributions()
    strays = set()
    for module, path in _imports(ROOT / floor):
        found = {name_of(owner) for owner in owners.get(module, [f"nothing ({module})"])}
        if module not in {*FLOORS, "tests"} and not found & declared:
            strays.add(f"{path.relative_to(ROOT)}: {', '.join(found)}")
    assert sorted(strays) == []


def _imports(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                if name.partition(".")[0] not in sys.stdlib_module_names:
                    yield name.partition(".")[0], path
