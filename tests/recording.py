"""Sessions in the documents: each ``console`` fence is played in a shell, and shows what came of it.

``python -m tests.recording`` records them all anew; read the difference before you keep it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
RECORDED = ("README.md", "README.fr.md", "docs/quickstart.md", "docs/fr/quickstart.md")
FENCE = re.compile(r"^ *```(?P<kind>\w*)\n(?P<body>.*?)^ *```$", re.MULTILINE | re.DOTALL)
LIMIT = 60  # seconds for one command; it takes about one


def sessions(text: str) -> list[str]:
    """The bodies of a document's recorded fences, in order: each goes on from what the last one left."""
    return [match["body"] for match in FENCE.finditer(text) if match["kind"] == "console"]


def steps(session: str) -> Iterator[tuple[str, str]]:
    """Each command as it is shown, behind ``$``, its further lines behind ``>``; and what it printed."""
    yield from re.findall(r"^(\$ .*\n(?:> .*\n)*)((?:(?!\$ ).*\n)*)", session, re.MULTILINE)


def play(shown: str, home: Path) -> str:
    """What a command, as it is shown, prints in the folder ``home``, errors and all.

    Raises: CalledProcessError, where it does not end with status 0.
    """
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("PARLEY_", "XDG_"))
    }
    programs = f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}"
    done = subprocess.run(
        ["sh", "-c", shown.removeprefix("$ ").replace("\n> ", "\n")],
        cwd=home,
        # PYTHONPATH: what is installed may be another tree than this one.
        env={**inherited, "HOME": str(home), "PATH": programs, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LIMIT,
        check=True,
    )
    return done.stdout.decode()


def _recorded(text: str, home: Path) -> str:
    def anew(match: re.Match[str]) -> str:
        if match["kind"] != "console":
            return match[0]
        parts = [command + play(command, home).rstrip("\n") for command, _ in steps(match["body"])]
        return "\n".join(["```console", *(part.rstrip("\n") for part in parts), "```"])

    return FENCE.sub(anew, text)


if __name__ == "__main__":
    for name in RECORDED:
        with tempfile.TemporaryDirectory() as folder:
            document = ROOT / name
            document.write_text(_recorded(document.read_text("utf-8"), Path(folder)), "utf-8")
