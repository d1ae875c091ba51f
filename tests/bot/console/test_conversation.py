"""A conversation at a terminal, as a process: pipes, pseudo-terminals, signals."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path

import pytest

SEEN_IT = "Nothing is due today"


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A home of its own, and no variable of this machine's."""
    for variable in [name for name in os.environ if name.startswith(("PARLEY_", "XDG_", "NO_COLOR"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PARLEY_LOG__LEVEL", "warning")


@pytest.fixture(scope="module")
def with_lea(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in which Léa is the only member."""
    folder = tmp_path_factory.mktemp("with Léa")
    path = Path(shutil.copy(sqlite_template, folder))
    surroundings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PARLEY_DATABASE__URL": f"sqlite://{path}",
    }
    added = [sys.executable, "-m", "bot", "member", "add", "lea@acme.example", "--name", "Léa"]
    subprocess.run(added, check=True, capture_output=True, timeout=60, env=surroundings)
    return path


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, with_lea: Path, sqlite_url: str) -> list[str]:
    """The command line of a chat as the only member, whose database the environment names."""
    monkeypatch.setenv("PARLEY_DATABASE__URL", sqlite_url)
    shutil.copyfile(with_lea, sqlite_url.removeprefix("sqlite://"))
    return [sys.executable, "-m", "bot", "chat"]


def test_a_script(program: list[str]) -> None:
    """`printf '…' | parley chat`: one answer a line, none with an empty line in it, status 0."""
    said = "contact new Zoé Roy @ Tarte\nwho zoé\n\n\x1b[2J\u202e\x00\nabout"
    done = subprocess.run(program, input=said.encode(), capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    answers = done.stdout.decode().split("\n\n")
    assert answers.pop() == ""
    assert len(answers) == 5
    assert answers[0].startswith("✅ New contact C-1 · Zoé Roy (Tarte)\n[1] ")
    assert answers[4].startswith("Parley ")
    assert b"\x1b" not in done.stdout


def test_a_simulated_script(program: list[str]) -> None:
    """--at, /wait in each of its forms, /as: time passes in the waits alone, pushes are marked."""
    said = [
        "contact new Zoé Roy @ Tarte +33639980144",
        "remind call Zoé Roy tomorrow 10am",
        "/wait 20m",
        "/wait 2h",
        "today",
        "/wait 3d",
        "/wait until fri 10:00",
        "/as nobody@acme.example",
        "/as LEA@acme.example",
    ]
    done = subprocess.run(
        [*program, "--as", "lea@acme.example", "--at", "2026-10-14T15:30"],
        input="\n".join(said).encode(),
        env=os.environ | {"PARLEY_CONSOLE__SIMULATED": "true"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    *told, end = done.stdout.decode().split("\n\n")
    assert end == ""
    pushes = [part.splitlines() for part in told if part.startswith("» ")]
    answers = [part for part in told if not part.startswith("»")]
    assert [line[:2] for push in pushes for line in push] == ["» "] * sum(map(len, pushes))
    assert [push[0] for push in pushes] == ["» ⏰ call Zoé Roy"]
    assert told.index("\n".join(pushes[0])) == answers.index("It is Sat 17 Oct 17:50 now."), (
        "before it is told"
    )
    assert answers[1].startswith("⏰ Thu 15 Oct 10:00 · call Zoé Roy")
    assert answers[2:4] == ["It is Wed 14 Oct 15:50 now.", "It is Wed 14 Oct 17:50 now."]
    assert answers[5:7] == ["It is Sat 17 Oct 17:50 now.", "It is Fri 23 Oct 10:00 now."]
    assert "“nobody@acme.example”" in answers[7]
    assert answers[8:] == ["Léa is speaking now: lea@acme.example"]


def test_a_conversation_through_pipes(program: list[str]) -> None:
    """Each answer is there before the next line is written; the end of the input is the end."""
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as chat:
        assert chat.stdin and chat.stdout
        for line, first in (("today", SEEN_IT), ("about", "Parley"), ("today", SEEN_IT)):
            chat.stdin.write(f"{line}\n")
            chat.stdin.flush()
            assert chat.stdout.readline().startswith(first)
            while chat.stdout.readline() != "\n":
                pass
        chat.stdin.close()
        assert chat.wait(timeout=60) == 0


def test_a_pipe_loads_nothing_for_people(program: list[str]) -> None:
    """Prompt and boxes are not loaded where nobody sees them."""
    script = (
        "import sys; from bot.__main__ import main\n"
        "status = main(['chat'])\n"
        "loaded = {'prompt_toolkit', 'bot.console.prompt', 'bot.console.colour'} & sys.modules.keys()\n"
        "sys.exit(status or ', '.join(loaded) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=b"help\n", capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_reader_goes(program: list[str]) -> None:
    """`| head -1`: the chat ends without a word and with status 0, and the next one begins afresh."""
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as chat:
        assert chat.stdin and chat.stdout and chat.stderr
        chat.stdout.close()
        chat.stdin.write(b"today\nabout\n" * 10)
        chat.stdin.close()
        assert (chat.wait(timeout=60), chat.stderr.read()) == (0, b"")
    done = subprocess.run(program, input=b"about\n", capture_output=True, timeout=60, check=False)
    assert done.stdout.startswith(b"Parley ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full disk to write to")
def test_the_disk_is_full(program: list[str]) -> None:
    """What cannot be written is said on stderr, in one sentence."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            program, input=b"today\n", stdout=full, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"parley: Nothing more can be shown: ")
    assert done.stderr.count(b"\n") == 1


def _interruptible() -> None:
    """A shell lets what it runs in the background ignore Ctrl-C, these tests too, and what they start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_pipe(program: list[str], number: signal.Signals, sqlite_url: str) -> None:
    """While nothing comes: quietly, with the status that shells know, and the tick's lease is given back."""
    with subprocess.Popen(
        program,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_interruptible,  # noqa: PLW1509 # it takes no lock, it only sets a signal
    ) as chat:
        assert chat.stdin and chat.stdout and chat.stderr
        chat.stdin.write(b"today\n")
        chat.stdin.flush()
        assert chat.stdout.readline().startswith(SEEN_IT.encode())
        chat.send_signal(number)
        assert (chat.wait(timeout=60), chat.stderr.read()) == (128 + number, b"")
    assert "1970-01-01" in tick_of(sqlite_url)


@pytest.mark.parametrize("at", ["2021-10-14T15:30", "2031-10-14T15:30", ""])
def test_one_simulation_at_a_time(program: list[str], monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    """Whatever time it shows, another one is refused while it lives; killed, it stands in nobody's way."""
    monkeypatch.setenv("PARLEY_CONSOLE__SIMULATED", "true")
    program += ["--at", at] if at else []
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdin and first.stdout
        first.stdin.write(b"about\n")
        first.stdin.flush()
        assert first.stdout.readline().startswith(b"Parley ")
        refused = subprocess.run(program, input=b"about\n", capture_output=True, timeout=60, check=False)
        assert (refused.returncode, refused.stdout) == (1, b"")
        assert refused.stderr.startswith(b"parley: Another Parley works on this database (")
        first.kill()
    done = subprocess.run(program, input=b"about\n", capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"Parley ")


def tick_of(url: str) -> str:
    """Until when somebody has the tick."""
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite://"))) as database:
        return str(database.execute("SELECT expires_at FROM lease WHERE name = 'tick'").fetchone()[0])


def test_a_demonstration_that_is_ended_leaves_nothing(tmp_path: Path) -> None:
    """Its database goes with it, also when it is told to end."""
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "demo"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    ) as chat:
        assert chat.stdin and chat.stdout
        chat.stdin.write(b"about\n")
        chat.stdin.flush()
        assert chat.stdout.readline().startswith(b"Parley ")
        assert list(tmp_path.glob("parley-demo-*"))
        chat.terminate()
        assert chat.wait(timeout=60) == 128 + signal.SIGTERM
    assert not list(tmp_path.glob("parley-demo-*"))


def test_one_person_at_two_terminals(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    """Each shows the answers to its own lines, all of them and in their order, and nothing of the other's."""
    monkeypatch.setenv("PARLEY_DATABASE__URL", database_url)
    command = [sys.executable, "-m", "bot"]
    added = [*command, "member", "add", "lea@acme.example", "--name", "Léa"]
    subprocess.run(added, check=True, capture_output=True, timeout=60)
    with contextlib.ExitStack() as running:
        chats = {
            word: running.enter_context(
                subprocess.Popen(
                    [*command, "chat"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            for word in ("quokka", "numbat")
        }
        for word, chat in chats.items():
            assert chat.stdin
            chat.stdin.write("".join(f"find {word}{i}\n" for i in range(30)))
            chat.stdin.flush()
        for word, chat in chats.items():
            out, err = chat.communicate(timeout=60)
            assert (chat.returncode, err) == (0, "")
            assert re.findall(r"quokka\d+|numbat\d+", out) == [f"{word}{i}" for i in range(30)]
            assert out.count("\n\n") == 30


class Screen:
    """A pseudo-terminal, of 40 columns unless more are asked for, with a chat in it."""

    def __init__(
        self, program: list[str], environ: Mapping[str, str] | None = None, *, columns: int = 40
    ) -> None:
        self._keys, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self._other = other
        self._open = [self._keys, other]
        self.untouched = self.modes()
        settings = {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", **(environ or {})}
        self.process = subprocess.Popen(
            program, stdin=other, stdout=other, stderr=subprocess.PIPE, env=os.environ | settings
        )
        self.seen = ""
        self._looked_at = 0

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing of it outlives a test that failed."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=60)
        assert self.process.stderr
        self.process.stderr.close()
        for end in self._open:
            os.close(end)

    def types(self, keys: str) -> None:
        """Press keys."""
        os.write(self._keys, keys.encode())

    def sees(self, text: str) -> None:
        """Read on until the text has been shown, behind what was looked for before."""
        while (found := self.seen.find(text, self._looked_at)) < 0:
            assert select.select([self._keys], [], [], 60)[0], f"{text!r} was not shown: {self.seen!r}"
            self.seen += os.read(self._keys, 65_536).decode(errors="replace")
        self._looked_at = found + len(text)

    def modes(self) -> list[object]:
        """How the terminal is set: whether what is typed is echoed, and so on."""
        return termios.tcgetattr(self._other)

    def ends(self) -> tuple[int, bytes]:
        """The exit status, and what stood on stderr."""
        assert self.process.stderr
        os.close(self._other)
        self._open.remove(self._other)
        with contextlib.suppress(OSError):  # the other side is closed: there is no more to read
            while os.read(self._keys, 65_536):
                pass
        return self.process.wait(timeout=60), self.process.stderr.read()


@pytest.mark.parametrize(
    ("environ", "colours"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)]
)
def test_a_person_at_a_terminal(program: list[str], environ: dict[str, str], colours: bool) -> None:
    """A welcome, a prompt, an answer in colours unless they are not wanted; Ctrl-D ends with status 0."""
    with Screen(program, environ) as screen:
        screen.sees("❯")
        screen.types("contact new Zoé Roy @ Tarte\r")
        screen.sees("New contact")
        screen.sees("❯")
        screen.types("who zoe\r")
        screen.sees("╰")
        screen.sees("❯")
        screen.types("\x04")
        assert screen.ends() == (0, b"")
        coloured = re.search(r"\x1b\[(?:[0-9]+;)*3[0-7]m", screen.seen)
        assert bool(coloured) is colours


@pytest.mark.parametrize("terminal", ["dumb", ""])
def test_a_terminal_that_can_do_nothing(program: list[str], terminal: str) -> None:
    """Where the terminal says so, or says nothing of itself, there is plain text and a prompt."""
    with Screen(program, {"TERM": terminal}) as screen:
        screen.sees("❯")
        screen.types("contact new Zoé Roy @ Tarte\r")
        screen.sees("[1] Undo")
        screen.sees("❯")
        screen.types("\x04")
        assert screen.ends() == (0, b"")
        assert "\x1b" not in screen.seen
        assert "╭" not in screen.seen


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(program: list[str], number: signal.Signals) -> None:
    """What is typed afterwards is echoed again, as before the chat."""
    with Screen(program) as screen:
        screen.sees("❯")
        screen.types("call Jan")
        screen.sees("Jan")
        assert screen.modes() != screen.untouched
        screen.process.send_signal(number)
        screen.process.wait(timeout=60)
        assert screen.modes() == screen.untouched
        assert screen.ends() == (128 + number, b"")


def test_a_window_of_twenty_columns(program: list[str]) -> None:
    """Nothing is wider than it, whatever COLUMNS says, and every word is whole that fits into it."""
    with Screen(program, {"COLUMNS": "80"}, columns=20) as screen:
        screen.sees("❯")
        screen.types("contact new Zoé Roy @ Tarte\r")
        screen.sees("New contact")
        screen.sees("❯")
        start = len(screen.seen)
        screen.types("who zoe\r")
        screen.sees("╰")
        screen.sees("❯")
        card = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.seen[start:])
        boxed = re.findall(r"[╭│╰].*?[╮│╯]", card)
        assert {len(line) for line in boxed} <= set(range(21))
        assert "Zoé Roy" in card and "Company: Tarte" in card
        screen.types("\x04")
        assert screen.ends() == (0, b"")
