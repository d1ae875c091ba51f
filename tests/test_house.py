"""The house rule: bot → handlers → models, never back, and no circle of imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("models", "handlers", "bot")
# What models may build on: the ORM and small libraries for values.
VALUES = {"tortoise", "babel", "rapidfuzz", "phonenumbers", "email_validator", "msgspec"}
PLATFORMS = ("telegram", "slack", "console", "web")


def modules(floor: str) -> dict[str, Path]:
    """Every module of a floor by its dotted name."""
    paths = sorted((ROOT / floor).rglob("*.py"))
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in paths
    }


ALL = {name: path for floor in FLOORS for name, path in modules(floor).items()}


def imports(path: Path) -> Iterator[str]:
    """What a module needs to run: imports for the type checker alone are left out."""
    tree = ast.parse(path.read_text())
    unneeded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in unneeded:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from _named(node)


def _named(node: ast.ImportFrom) -> Iterator[str]:
    assert node.module is not None
    for alias in node.names:
        whole = f"{node.module}.{alias.name}"
        yield whole if whole in ALL else node.module


def own(path: Path) -> set[str]:
    """The project's modules that a module needs."""
    return {name for name in imports(path) if name in ALL}


@pytest.mark.parametrize("name", sorted(ALL))
def test_no_arrow_goes_up(name: str) -> None:
    """A module imports from its own floor and those below it."""
    floor = FLOORS.index(name.split(".", maxsplit=1)[0])
    above = {needed for needed in own(ALL[name]) if FLOORS.index(needed.split(".")[0]) > floor}
    assert not above


def test_models_build_on_the_orm_and_values_alone() -> None:
    """No chat, no socket, no clock library stands in models/."""
    import sys

    foreign = {
        (name, package)
        for name, path in modules("models").items()
        for needed in imports(path)
        if (package := needed.split(".")[0]) not in {*VALUES, *FLOORS, *sys.stdlib_module_names}
    }
    assert not foreign


def test_platforms_do_not_know_one_another() -> None:
    """Only the composition root and what stands beside it know more than one."""
    crossed = {
        (name, needed)
        for platform in PLATFORMS
        for name, path in modules("bot").items()
        if name.startswith(f"bot.{platform}")
        for needed in own(path)
        for other in PLATFORMS
        if other != platform and needed.startswith(f"bot.{other}")
    }
    assert not crossed


def test_command_modules_do_not_know_one_another() -> None:
    """What two commands share stands in cards or in handlers/chat."""
    commands = {
        name
        for name in modules("handlers")
        if name.count(".") == 1 and name not in {"handlers.chat", "handlers.cards"}
    }
    crossed = {(name, needed) for name in commands for needed in own(ALL[name]) & commands}
    assert not crossed


def test_imports_go_in_no_circle() -> None:
    """Imports inside functions count too."""
    graph = {name: own(path) - {name} for name, path in ALL.items() if name != "handlers"}
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("floor", ["handlers", "models"])
def test_only_the_machine_opens_transactions(floor: str) -> None:
    """Transactions are opened in bot/ alone."""
    opened = [name for name, path in modules(floor).items() if "in_transaction(" in path.read_text()]
    assert not opened
