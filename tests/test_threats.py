"""Every threat of CONTRIBUTING.md has a test that bears its number: ``@pytest.mark.threat("S7")``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
THREATS = re.findall(r"^\| (S\d+) \| ", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)


@cache
def marked() -> list[tuple[str, str]]:
    """The number and the name of each test that is marked with one; read when a test asks."""
    return list(_marked())


def _marked() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text)) if "mark.threat(" in text else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from ((number, node.name) for number in _numbers(node))


def _numbers(test: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.threat":
            yield from (ast.literal_eval(argument) for argument in mark.args)


@pytest.mark.parametrize("number", THREATS)
def test_each_threat_has_its_test(number: str) -> None:
    """At least one test is marked with its number."""
    assert number in {marks for marks, _ in marked()}


def test_each_mark_is_a_threat_of_the_list() -> None:
    """A number that the list does not have is a slip of the hand."""
    assert [(number, test) for number, test in marked() if number not in THREATS] == []
