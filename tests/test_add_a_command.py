"""The page that says how a command is added is taken at its word, in both languages."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.recording import FENCE, ROOT

PAGES = {"en": "docs/howto/add-a-command.md", "fr": "docs/fr/howto/add-a-command.md"}
# The parts of the tree that the page has to do with.
TREE = ("bot", "handlers", "models", "tests", "docs", "pyproject.toml")
# A file in bold, perhaps a line behind which it goes, and the block.
STEP = re.compile(
    r"^\*\*`(?P<file>[^`]+)`\*\*(?:[^`\n]*`(?P<behind>[^`]+)`)?[^`\n]*\n\n```\w+\n(?P<block>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
LIMIT = 150  # seconds for what the page lets run


class Step(NamedTuple):
    """A block, the file that it goes into, and the line behind which; at the end where that is empty."""

    file: str
    behind: str
    block: str

    def follow(self, tree: Path) -> None:
        """Do it in a copy of the tree."""
        path = tree / self.file
        text = path.read_text("utf-8") if path.exists() else ""
        if not self.behind:
            path.write_text(text + self.block, "utf-8")
            return
        lines = text.splitlines(keepends=True)
        (place,) = [number for number, line in enumerate(lines) if line.strip() == self.behind]
        path.write_text("".join([*lines[: place + 1], self.block, *lines[place + 1 :]]), "utf-8")


def steps(page: str) -> list[Step]:
    """What the page lets be written, in its order."""
    text = (ROOT / page).read_text("utf-8")
    return [Step(match["file"], match["behind"] or "", match["block"]) for match in STEP.finditer(text)]


def fences(page: str, kind: str) -> list[str]:
    """The bodies of the page's fences of a kind."""
    text = (ROOT / page).read_text("utf-8")
    return [match["body"] for match in FENCE.finditer(text) if match["kind"] == kind]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the tree, with what is installed here."""
    skipped = shutil.ignore_patterns("__pycache__")
    for name in TREE:
        source, target = ROOT / name, tmp_path / name
        shutil.copytree(source, target, ignore=skipped) if source.is_dir() else shutil.copy(source, target)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


def test_both_pages_say_the_same_steps() -> None:
    """The same blocks for the same files, and the same commands."""
    english, french = PAGES["en"], PAGES["fr"]
    assert steps(english) == steps(french)
    assert fences(english, "sh") == fences(french, "sh")
    assert len(steps(english)) == len(fences(english, "python")) + len(fences(english, "po"))


@pytest.mark.timeout(2 * LIMIT)
def test_a_command_is_added_by_the_page(tree: Path) -> None:
    """Its blocks make a command whose tests pass; the demonstration answers it in both languages."""
    for step in steps(PAGES["en"]):
        step.follow(tree)
    for line in "".join(fences(PAGES["en"], "sh")).splitlines():
        run(tree, line)
    assert "birthday" in (tree / "docs/reference/commands.md").read_text("utf-8")
    for language, page in PAGES.items():
        (said,) = fences(page, "text")
        seen = run(
            tree, f".venv/bin/python -m bot demo --as sam@parley.example <<END\nlang {language}\n{said}END"
        )
        answer = seen.partition({"en": "Birthdays\n", "fr": "Anniversaires\n"}[language])[2]
        assert "Ann Lee" in answer, seen


def run(tree: Path, command: str) -> str:
    """What a command prints in the copy, where it ends well."""
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=tree,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LIMIT,
        check=False,
    )
    shown = done.stdout.decode()
    assert done.returncode == 0, f"{command}\n{shown}"
    return shown
